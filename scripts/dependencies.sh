#!/usr/bin/env bash
# Finds which Debian packages are missing and installs them. Does nothing, and needs no rights, when all is there.
#
#   scripts/dependencies.sh [--list] build|quickstart|tests|browser|bench …
#
# Installs as root, with sudo, or not at all: then it names the packages and exits 1. `--list` only prints what
# is missing, one name a line. Where there is no dpkg the tools themselves are looked for instead.
set -euo pipefail

build=(librocksdb-dev libsodium-dev libxxhash-dev libcli11-dev catch2 libzstd-dev liblz4-dev libssl-dev libgumbo-dev libpugixml-dev
       nlohmann-json3-dev libtomlplusplus-dev libpq-dev libre2-dev libsimdjson-dev cmake g++ pkg-config ninja-build)
quickstart=(rsync)
tests=(zlib1g-dev rsync attr acl python3 python3-nacl strace postgresql-15 postgresql-client-15)
browser=(chromium-headless-shell)  # 60 MB: the report is looked at where it is there
bench=(restic borgbackup time rsync python3 zstd openssl xz-utils linux-source-6.1 texlive-latex-extra-doc
       pgbackrest postgresql-15 postgresql-client-15 postgresql-filedump)

say() { printf '%s\n' "$*" >&2; }

wanted=() list_only=no
for word in "$@"; do
  case $word in
    --list) list_only=yes ;;
    build) wanted+=("${build[@]}") ;;
    quickstart) wanted+=("${quickstart[@]}") ;;
    tests) wanted+=("${tests[@]}") ;;
    browser) wanted+=("${browser[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    *) say "dependencies.sh: unknown set: $word (build, quickstart, tests, browser, bench)"; exit 2 ;;
  esac
done

# Another distribution: we cannot install there, but need not stand in the way of who has done it by hand.
if ! command -v dpkg-query >/dev/null; then
  for tool in cmake c++ pkg-config; do
    command -v "$tool" >/dev/null && continue
    say "this is not a Debian system and $tool is missing; install what corresponds to: ${wanted[*]}"
    exit 1
  done
  say "this is not a Debian system: going on with what is installed"
  exit 0
fi

# A package counts as there when it is configured, or when another one provides it (pkgconf for pkg-config).
installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
    dpkg-query -W -f '${db:Status-Status} ${Provides}\n' 2>/dev/null |
      grep -Eq "^installed (.*, )?${1//+/\\+}( |,|\$)"
}
missing=()
for package in "${wanted[@]}"; do
  case " ${missing[*]-} " in *" $package "*) continue ;; esac
  installed "$package" || missing+=("$package")
done

if [ "$list_only" = yes ]; then
  [ ${#missing[@]} = 0 ] || printf '%s\n' "${missing[@]}"
  exit 0
fi
[ ${#missing[@]} = 0 ] && exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
elif command -v sudo >/dev/null && [ -t 0 ] && [ -t 2 ]; then
  as_root=(sudo)
else
  say "these Debian packages are missing: ${missing[*]}"
  say "and this user may not install them; as root: apt-get install ${missing[*]}"
  exit 1
fi

say "installing: ${missing[*]}"
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@" >&2
}
# A stale package list often still serves, so a failed update alone does not stop us.
apt update || say "could not refresh the package lists; trying with those at hand"
if ! apt install -y --no-install-recommends "${missing[@]}"; then
  say "could not install: ${missing[*]}"
  exit 1
fi

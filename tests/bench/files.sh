#!/usr/bin/env bash
# Measures pulih beside restic and borg: the same input, one run, several rounds in turn. It never fails on a
# number; it fails when a tool fails or gives back other bytes than it was given.
#
#   tests/bench/files.sh [--rounds N] [--tools pulih,restic,borg] [--inputs kernel,pdfs] [--json FILE]
#                        [--scratch DIRECTORY] [--pulih PROGRAM] [--no-install]
#
# An input is `kernel` (the unpacked source of Debian's linux-source-6.1), `pdfs` (what texlive-latex-extra-doc
# carries), or a directory. Every tool reads a warm page cache; dirty pages are written out before each
# measurement; nothing is dropped. In each round an operation is done by all tools before the next one starts,
# and who goes first changes from round to round, so that a noisy minute does not hit one tool alone.
#
# pulih is opened by role files, as a nightly host opens it; what a passphrase costs is measured apart.
# borg names by HMAC-SHA-256 (repokey), which is its faster mode on a processor with SHA instructions.
# Needs about 6 GB in the scratch folder. Read next: tests/bench/report.py, docs/performance.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }
rounds=3 tools=pulih,restic,borg inputs=kernel,pdfs json='' scratch_parent=${TMPDIR:-/tmp} install=yes
PULIH=${PULIH:-$root/build/pulih}
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift ;;
    --tools) tools=$2; shift ;;
    --inputs) inputs=$2; shift ;;
    --json) json=$2; shift ;;
    --scratch) scratch_parent=$2; shift ;;
    --pulih) PULIH=$2; shift ;;
    --no-install) install=no ;;
    --help | -h) usage; exit 0 ;;
    *) echo "files.sh: unknown option: $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
IFS=, read -r -a tools <<<"$tools"
IFS=, read -r -a inputs <<<"$inputs"
case " ${tools[*]} " in *" pulih "*)
  [ -x "$PULIH" ] || { echo "files.sh: no program at $PULIH: build it, or set PULIH" >&2; exit 1; } ;;
esac
[ "$install" = no ] || bash "$root/scripts/dependencies.sh" bench

mkdir -p "$scratch_parent"
scratch=$(mktemp -d "$scratch_parent/pulih-bench.XXXXXX")
trap 'chmod -R u+rwX "$scratch" 2>/dev/null || true; rm -rf "$scratch"' EXIT
results=$scratch/results.tsv
: >"$results"
say() { printf '%s\n' "$*" >&2; }
die() { say "files.sh: $*"; exit 1; }

# --- input -------------------------------------------------------------------------------------------------
# Leaves the folder of an input in $tree. All trees lie in the scratch folder, since the bench changes them.
prepare() {
  local input=$1
  tree=$scratch/input/$(basename "$input")
  mkdir -p "$tree"
  case $input in
    kernel)
      tar -C "$tree" -xJf /usr/src/linux-source-6.1.tar.xz ;;
    pdfs)  # the package lists links into the TeX tree: follow them, and keep their folders
      dpkg -L texlive-latex-extra-doc | grep -a '\.pdf$' | tr '\n' '\0' |
        (cd / && xargs -0 cp -L --parents -t "$tree") ;;
    *)
      [ -d "$input" ] || die "no such input: $input"
      cp -a "$input/." "$tree/" ;;
  esac
  tree=$(cd "$tree" && pwd -P)
  find "$tree" -type f -print0 | sort -z >"$scratch/files"
  files=$(tr -cd '\0' <"$scratch/files" | wc -c)
  bytes=$(find "$tree" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')
  [ "$files" -gt 0 ] || die "the input $input has no files"
  printf 'input\t%s\t%s\t%s\n' "$name" "$files" "$bytes" >>"$results"
}

warm() { find "$tree" -type f -print0 | xargs -0 cat >/dev/null; }

# Appends a line to 1% of the files, chosen by a seed, the same for every tool; remembers their former sizes.
change_some() {
  python3 - "$scratch/files" "$scratch/changed" "$1" <<'PY'
import os, random, sys
listing, remembered, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
paths = open(listing, "rb").read().split(b"\0")[:-1]
chosen = random.Random(seed).sample(paths, max(1, len(paths) // 100))
with open(remembered, "wb") as out:
    for path in chosen:
        out.write(b"%d %s\0" % (os.path.getsize(path), path))
        os.chmod(path, os.stat(path).st_mode | 0o200)
        with open(path, "ab") as f:
            f.write(b"changed by the bench, seed %d\n" % seed)
PY
}
change_back() {
  python3 - "$scratch/changed" <<'PY'
import os, sys
for entry in open(sys.argv[1], "rb").read().split(b"\0")[:-1]:
    size, path = entry.split(b" ", 1)
    os.truncate(path, int(size))
PY
}

# --- measuring ---------------------------------------------------------------------------------------------
# timed TOOL OPERATION COMMAND…: one measurement: seconds by the clock, peak memory of the largest process.
timed() {
  local tool=$1 operation=$2 from to
  shift 2
  sync
  from=${EPOCHREALTIME/./}
  /usr/bin/time -f %M -o "$scratch/peak" "$@" >"$scratch/out" 2>"$scratch/err" || {
    tail -n 20 "$scratch/err" >&2
    die "$tool failed: $operation on $name"
  }
  to=${EPOCHREALTIME/./}
  printf 'time\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$tool" "$operation" "$round" "$((to - from))" \
    "$(tail -n 1 "$scratch/peak")" >>"$results"
}

stored() {  # the sum of the sizes of a repository's files, not of the blocks they happen to take
  local size
  size=$(find "$repositories/$1" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')
  printf 'size\t%s\t%s\t%s\t%s\t%s\n' "$name" "$1" "$2" "$round" "$size" >>"$results"
}

# same_tree TOOL A B: names, contents, modes, owners, times, links, extended attributes.
same_tree() {
  local differences
  differences=$(rsync -aHAXn --checksum --delete --itemize-changes "$2/" "$3/" 2>&1 | grep -av '^$' || true)
  [ -z "$differences" ] && return
  printf '%s\n' "$differences" | head -n 10 >&2
  die "$1 restored another tree than it was given: $name"
}

# --- the tools: how each does each operation -----------------------------------------------------------------
export RESTIC_PASSWORD=bench BORG_PASSPHRASE=bench
export BORG_RELOCATED_REPO_ACCESS_IS_OK=yes

pulih_as() {  # pulih_as KEYFILE-STEM WORD…: leaves the command in $command
  local key=$1
  shift
  command=("$PULIH" --key "$work/$key.key" --cache "$work/pulih-cache" --state "$work/pulih-state" --no-progress
           "$@" -r "$repositories/pulih")
}
pulih_by_passphrase() {
  command=("$PULIH" --passphrase-file "$work/pass" --cache "$work/pulih-cache" --state "$work/pulih-state"
           --no-progress "$@" -r "$repositories/pulih")
}

create_pulih() {
  echo bench >"$work/pass"
  chmod 600 "$work/pass"
  pulih_by_passphrase init
  "${command[@]}" >/dev/null 2>&1 || die "pulih init failed"
  for role in backup restore; do
    pulih_by_passphrase key export --role "$role" -o "$work/$role.key"
    "${command[@]}" >/dev/null || die "pulih key export --role $role failed"
  done
}
create_restic() { restic init -q -r "$repositories/restic" || die "restic init failed"; }
create_borg() { borg init -e repokey "$repositories/borg" 2>"$scratch/err" || die "borg init failed"; }

backup_pulih() { pulih_as backup backup "$tree"; }
backup_restic() { command=(restic -q -r "$repositories/restic" backup "$tree"); }
backup_borg() { command=(borg create --compression lz4 "$repositories/borg::$1" "$tree"); }

verify_pulih() { pulih_as restore verify --read-data; }
verify_restic() { command=(restic -q -r "$repositories/restic" check --read-data); }
verify_borg() { command=(borg check --verify-data "$repositories/borg"); }

# A restore leaves its tree in $2/$tree (restic and borg keep the whole path) or in $2 (pulih); see restored_*.
restore_pulih() { pulih_as restore restore "latest:$tree" --to "$1"; }
restore_restic() { command=(restic -q -r "$repositories/restic" restore latest --target "$1"); }
restore_borg() { command=(env -C "$1" borg extract "$repositories/borg::changed"); }
restored_pulih() { printf '%s' "$1"; }
restored_restic() { printf '%s' "$1$tree"; }
restored_borg() { printf '%s' "$1$tree"; }

# --- one round ---------------------------------------------------------------------------------------------
# all OPERATION: every tool in turn; a round starts with another tool than the one before.
all() {
  local operation=$1 i tool
  for ((i = 0; i < ${#tools[@]}; i++)); do
    tool=${tools[$(((i + round - 1) % ${#tools[@]}))]}
    do_"$operation" "$tool"
  done
}
do_create() { "create_$1"; }
do_first() { "backup_$1" first; timed "$1" first "${command[@]}"; stored "$1" first; }
do_unchanged() { "backup_$1" unchanged; timed "$1" unchanged "${command[@]}"; }
do_changed() { "backup_$1" changed; timed "$1" changed "${command[@]}"; stored "$1" changed; }
do_verify() { "verify_$1"; timed "$1" verify "${command[@]}"; }
do_restore() {
  local target=$work/restored
  mkdir "$target"
  "restore_$1" "$target"
  timed "$1" restore "${command[@]}"
  [ "$round" != 1 ] || same_tree "$1" "$tree" "$("restored_$1" "$target")"
  rm -rf "$target"
}
do_open() {
  [ "$1" = pulih ] || return 0
  pulih_as restore snapshots
  timed pulih open-by-key "${command[@]}"
  pulih_by_passphrase snapshots
  timed pulih open-by-passphrase "${command[@]}"
}

# What the machine itself can do, without a backup program.
yardsticks() {
  local target=$work/restored
  # shellcheck disable=SC2016
  timed yardstick 'tar | zstd -3 | openssl enc' bash -c '
    set -o pipefail
    tar -C "$0" -cf - . | zstd -q -3 | openssl enc -aes-256-ctr -pbkdf2 -pass pass:bench >"$1"' "$tree" "$work/pipe"
  printf 'size\t%s\tyardstick\tpipe\t%s\t%s\n' "$name" "$round" "$(stat -c %s "$work/pipe")" >>"$results"
  timed yardstick 'openssl enc -d | zstd -d | tar x' bash -c '
    set -o pipefail
    mkdir "$1" && openssl enc -d -aes-256-ctr -pbkdf2 -pass pass:bench <"$0" | zstd -q -d | tar -C "$1" -xf -' \
    "$work/pipe" "$target"
  rm -rf "$target" "$work/pipe"
  tar -C "$tree" -cf "$work/plain.tar" .
  mkdir "$target"
  timed yardstick 'tar x' tar -C "$target" -xf "$work/plain.tar"
  rm -rf "$target" "$work/plain.tar"
  timed yardstick 'cp -r' cp -r "$tree" "$target"
  rm -rf "$target"
}

one_round() {
  work=$scratch/work
  repositories=$work/repositories
  rm -rf "$work"
  mkdir -p "$repositories"
  export RESTIC_CACHE_DIR=$work/restic-cache BORG_BASE_DIR=$work/borg-base
  warm
  all create
  all first
  all unchanged
  all open
  change_some $((2014 + round))
  all changed
  all verify
  all restore
  change_back
  yardsticks
}

{
  printf 'rounds\t%s\n' "$rounds"
  printf 'tools\t%s\n' "${tools[*]}"
  for tool in "${tools[@]}"; do
    case $tool in
      pulih) version=$("$PULIH" --version | head -n 1) ;;
      restic) version=$(restic version | cut -d' ' -f2) ;;
      borg) version=$(borg --version | cut -d' ' -f2) ;;
      *) die "unknown tool: $tool (pulih, restic, borg)" ;;
    esac
    printf 'version\t%s\t%s\n' "$tool" "$version"
  done
  printf 'machine\t%s\t%s\t%s\n' "$(nproc)" "$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" \
    "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
} >>"$results"

for input in "${inputs[@]}"; do
  name=$(basename "$input")
  say "preparing $name"
  prepare "$input"
  for ((round = 1; round <= rounds; round++)); do
    say "$name, round $round of $rounds"
    one_round
  done
  rm -rf "$scratch/work" "$tree"
done
python3 "$here/report.py" "$results" ${json:+"$json"}

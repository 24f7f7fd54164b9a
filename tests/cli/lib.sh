# Common to the command-line tests. A test is a script that sources this, uses $PULIH as a person would, and ends
# with `finish`; it prints only what falls short. ctest gives PULIH; exit 0 passed, 1 failed, 77 skipped whole.
#
# Each test has a scratch folder with a home of its own, so that nothing of the machine's leaks in or stays behind.
# shellcheck shell=bash disable=SC2034
set -u
: "${PULIH:?set PULIH to the program under test}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for variable in $(compgen -e PULIH_); do unset "$variable"; done
umask 022

scratch=$(mktemp -d "${TMPDIR:-/tmp}/pulih-cli.XXXXXX")
scratch=$(cd "$scratch" && pwd -P)
chmod 755 "$scratch"
export HOME=$scratch/home XDG_CACHE_HOME=$scratch/home/cache XDG_STATE_HOME=$scratch/home/state
export XDG_CONFIG_HOME=$scratch/home/config TZ=UTC LC_ALL=C.UTF-8
mkdir -p "$HOME"

at_end=()
clean_up() {
  local command
  for command in ${at_end[0]+"${at_end[@]}"}; do eval "$command"; done
  chmod -R u+rwX "$scratch" 2>/dev/null
  rm -rf "$scratch"
}
trap clean_up EXIT

checks=0 failures=0 skips=0
good() { checks=$((checks + 1)); }
bad() { checks=$((checks + 1)); failures=$((failures + 1)); echo "FAILED: $*"; }
skip() { skips=$((skips + 1)); echo "skipped: $*"; }
finish() {
  echo "$checks checks, $failures failed, $skips skipped"
  [ "$failures" = 0 ] || exit 1
  [ "$checks" != 0 ] || exit 77
  exit 0
}

# --- running the program -------------------------------------------------------------------------------------
# The repository and the places in use; a test changes them as it likes.
repo=$scratch/repo cache=$scratch/cache state=$scratch/state passphrase_file=$scratch/pass key_file=
echo 'correct horse battery' >"$passphrase_file"
chmod 600 "$passphrase_file"

# owner: by passphrase. with_key: by the role file $key_file, with places of its own, as another host has.
owner() {
  "$PULIH" -r "$repo" --passphrase-file "$passphrase_file" --cache "$cache" --state "$state" --no-progress "$@"
}
with_key() {
  "$PULIH" -r "$repo" --key "$key_file" --cache "$key_file.cache" --state "$key_file.state" --no-progress "$@"
}
# In the background only: `exec`, so that $! is the program itself.
exec_owner() {
  exec "$PULIH" -r "$repo" --passphrase-file "$passphrase_file" --cache "$cache" --state "$state" --no-progress "$@"
}
# export_role ROLE FILE: makes a role file, which later stands in $key_file.
export_role() { owner key export --role "$1" -o "$2"; }

# --- checks --------------------------------------------------------------------------------------------------
# What the last command said is in $scratch/out and $scratch/err.
ran() { "$@" >"$scratch/out" 2>"$scratch/err"; }
told() { tail -n 3 "$scratch/err" | tr '\n' ' '; }

# exits CODES WHAT COMMAND…: CODES is one exit code, or several as 0,3.
exits() {
  local wanted=$1 what=$2 got
  shift 2
  ran "$@"
  got=$?
  case ,$wanted, in
    *,$got,*) good ;;
    *) bad "$what: exit $got, wanted $wanted: $(told)" ;;
  esac
}
check() { exits 0 "$@"; }

# refuses WHAT PATTERN COMMAND…: a clear failure: exit 1 or 12, and a message that matches PATTERN (any case).
refuses() {
  local what=$1 pattern=$2
  shift 2
  exits 1,12 "$what" "$@"
  said "$what: the message" "$pattern"
}
# said WHAT PATTERN: the last command's output or messages match.
said() {
  if grep -aqiE -e "$2" "$scratch/out" "$scratch/err"; then good; else bad "$1: nothing like '$2' in: $(told)"; fi
}
said_nothing_of() {
  if grep -aqiE -e "$2" "$scratch/out" "$scratch/err"; then bad "$1: '$2' was said"; else good; fi
}
is() { if [ "$2" = "$3" ]; then good; else bad "$1: got '$2', wanted '$3'"; fi; }
# holds WHAT TEST-EXPRESSION…: holds "small" "$n" -lt 10
holds() {
  local what=$1
  shift
  if [ "$@" ]; then good; else bad "$what: $*"; fi
}

# json EXPRESSION: evaluates it over the one JSON document on stdin, which is `d`.
json() {
  python3 -c 'import json, sys
text = sys.stdin.buffer.read().decode("utf-8", "strict")
d = json.loads(text)
print(eval(sys.argv[1]))' "$1" 2>&1 | tail -n 1
}
# answer EXPRESSION: the same over the last command's stdout.
answer() { json "$1" <"$scratch/out"; }

# same_tree WHAT A B: contents, names, modes, owners, times, hard links, extended attributes and ACLs.
same_tree() {
  local differences
  differences=$(rsync -aHAXn --checksum --delete --itemize-changes "$2/" "$3/" 2>&1 | grep -av '^$')
  if [ -z "$differences" ]; then good; else bad "$1: $(head -n 4 <<<"$differences" | tr '\n' ' ')"; fi
}

# --- material ------------------------------------------------------------------------------------------------
# random_file PATH BYTES SEED: incompressible, and the same for the same seed.
random_file() {
  python3 -c 'import random, sys
r, left = random.Random(int(sys.argv[3])), int(sys.argv[2])
with open(sys.argv[1], "wb") as f:
    while left > 0:
        n = min(left, 1 << 20)
        f.write(r.randbytes(n))
        left -= n' "$@"
}
# A small tree with a bit of everything: 203 files.
make_tree() {
  mkdir -p "$1/sub/deeper" "$1/empty" "$1/many"
  local i
  for i in $(seq 1 200); do echo "paket $i nilai $((i * 7919))" >"$1/many/$i.txt"; done
  random_file "$1/big.bin" 5000000 1
  echo 'laporan tahunan' >"$1/sub/deeper/laporan.txt"
  : >"$1/zero"
  ln -s sub/deeper/laporan.txt "$1/link"
}
bytes_in() { find "$1" -type f -printf '%s\n' 2>/dev/null | awk '{ n += $1 } END { printf "%.0f", n }'; }

# patch FILE OFFSET HEX: overwrites bytes in place, as damage or an enemy would.
patch() {
  chmod u+w "$1"
  python3 -c 'import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    f.write(bytes.fromhex(sys.argv[3]))' "$@"
}
flip_middle() {
  chmod u+w "$1"
  python3 -c 'import os, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(os.path.getsize(sys.argv[1]) // 2)
    b = f.read(1)
    f.seek(-1, 1)
    f.write(bytes([b[0] ^ 1]))' "$1"
}
cut_to() { chmod u+w "$1"; truncate -s "$2" "$1"; }
largest_pack() { find "$repo/packs" -type f -printf '%s %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-; }

# wait_until WHAT COMMAND…: polls for a condition, at most a minute; a test never waits for time as such.
wait_until() {
  local what=$1 i
  shift
  for ((i = 0; i < 3000; i++)); do
    "$@" && return 0
    sleep 0.02
  done
  bad "never came true: $what"
  return 1
}

# as_nobody COMMAND…: as an ordinary user, whoever runs the tests.
as_nobody() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
}

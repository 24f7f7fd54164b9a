#!/usr/bin/env bash
# Measures the rebuilding of a year: the remains of a made-up LPSE (../shared/spse/evidence.py: dumps, pages, WAL, lists, feeds), the
# same seed for all, go through `recover add`, `run`, `report` and `export`; what comes out is compared with the truth. What the
# usual tools get from the same remains stands beside it (../shared/spse/baseline.sh).
#
#   tests/bench/rebuild.sh [--profile small|full] [--seeds N] [--claims N] [--no-baseline] [--json FILE] [--scratch DIRECTORY] [--keep]
#                          [--pulih PROGRAM] [--shared DIRECTORY] [--no-install]
#
# full: 1,200 tenders, 141,737 rows (the default). --claims N (default 1,000,000; 0: not): makes lists of so many claims about
# tenders, told twice, and measures how long it takes to fuse them all, and in how much memory. It never fails on a number.
# Read next: tests/bench/rebuild.py, docs/performance.md, "Rebuilding".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }
profile=full seeds=1 claims=1000000 baseline=yes json='' scratch_parent=${TMPDIR:-/tmp} keep=no install=yes shared=$(dirname "$root")/shared
PULIH=${PULIH:-$root/build/pulih}
while [ $# -gt 0 ]; do
  case $1 in
    --profile) profile=$2; shift ;;
    --seeds) seeds=$2; shift ;;
    --claims) claims=$2; shift ;;
    --no-baseline) baseline=no ;;
    --json) json=$2; shift ;;
    --scratch) scratch_parent=$2; shift ;;
    --keep) keep=yes ;;
    --pulih) PULIH=$2; shift ;;
    --shared) shared=$2; shift ;;
    --no-install) install=no ;;
    --help | -h) usage; exit 0 ;;
    *) echo "rebuild.sh: unknown option: $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
say() { printf '%s\n' "$*" >&2; }
die() { say "rebuild.sh: $*"; exit 1; }
[ -x "$PULIH" ] || die "no program at $PULIH: build it, or set PULIH"
PULIH=$(realpath "$PULIH")
kit=$shared/spse
[ -e "$kit/evidence.py" ] || die "no $kit: say with --shared where the test database is"
[ "$install" = no ] || bash "$root/scripts/dependencies.sh" bench
mkdir -p "$scratch_parent"
scratch=$(mktemp -d "$scratch_parent/pulih-rebuild.XXXXXX")
chmod 755 "$scratch"
finish() { if [ "$keep" = yes ]; then say "kept: $scratch"; else rm -rf "$scratch"; fi; }
trap finish EXIT
export PYTHONDONTWRITEBYTECODE=1
results=()

for ((seed = 2014; seed < 2014 + seeds; ++seed)); do
  say "seed $seed: making the remains"
  python3 "$kit/evidence.py" --case "$scratch/case$seed" --seed "$seed" --profile "$profile" >&2
  python3 "$here/rebuild.py" case "$PULIH" "$kit" "$scratch/case$seed" "$scratch/work$seed" >"$scratch/result$seed.json"
  results+=("$scratch/result$seed.json")
  if [ "$baseline" = yes ]; then
    say "seed $seed: the usual tools"
    bash "$kit/baseline.sh" "$scratch/case$seed" "$scratch/base$seed" >"$scratch/base$seed.txt" 2>&1 || say "baseline.sh did not end well: see --keep"
    grep -iE 'union' "$scratch/base$seed.txt" >&2 || true
  fi
done
if [ "$claims" != 0 ]; then
  python3 "$here/rebuild.py" claims "$PULIH" "$claims" "$scratch/claims" >"$scratch/claims.json"
  results+=("$scratch/claims.json")
fi
python3 "$here/rebuild.py" table "${results[@]}"
[ -z "$json" ] || python3 -c 'import json, sys; json.dump([json.load(open(name)) for name in sys.argv[2:]], open(sys.argv[1], "w"), indent=1)' "$json" "${results[@]}"

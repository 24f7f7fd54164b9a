#!/usr/bin/env bash
# Rebuilds the year of a small procurement office that never was. It loses its database first: of the last dump a
# beginning is left, with a few bytes of something else in it. The rest is what others kept: two pages that somebody
# saved, the list that the site gave its readers, and the bidders as a national aggregator copied them.
#
#   examples/rebuild-2014/run.sh [DIRECTORY]     default: a new folder below ${TMPDIR:-/tmp}
#
# Everything is written into DIRECTORY and stays there: remains/ is what was left, case/ the case, report.html the report
# (in Indonesian), lists/ the figures behind it, export/ the rows. PULIH names the program; default: build/pulih.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case ${1-} in
  --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  -*) echo "run.sh: unknown option: $1 (see --help)" >&2; exit 2 ;;
esac
die() { printf 'run.sh: %s\n' "$*" >&2; exit 1; }

PULIH=${PULIH:-$here/../../build/pulih}
[ -x "$PULIH" ] || die "no program at $PULIH: build it, or name it with PULIH"
if [ $# = 0 ]; then
  work=$(mktemp -d "${TMPDIR:-/tmp}/pulih-rebuild.XXXXXX")
else
  work=$1
  mkdir -p "$work"
  [ -z "$(ls -A "$work")" ] || die "not empty: $work"
fi
work=$(realpath "$work")

# Exit 3 says that evidence is damaged: here it is, and that is no failure.
recover() {
  local rc=0
  "$PULIH" --no-progress recover "$@" || rc=$?
  [ "$rc" = 0 ] || [ "$rc" = 3 ] || die "failed: pulih recover $1"
}

# --- the loss ------------------------------------------------------------------------------------------------
lose_the_year() {
  local whole=$here/office-30-september.sql left=$work/remains/drawer/office-30-september.sql at
  mkdir "$work/remains" "$work/remains/drawer"
  cp -R "$here/remains/." "$work/remains/"
  # It ends inside the row of a bidder, and with it went the contracts.
  at=$(grep -abo '^4006901' "$whole" | head -n 1 | cut -d: -f1)
  head -c "$((at + 30))" "$whole" >"$left"
  # And the row of one vendor has bytes of something else in it.
  at=$(grep -abo '^504901' "$whole" | cut -d: -f1)
  printf '\377%.0s' {1..16} | dd of="$left" bs=1 seek="$((at + 3))" conv=notrunc status=none
}
lose_the_year

# --- what is left --------------------------------------------------------------------------------------------
recover open "$work/case"
recover add "$work/case" "$work/remains/drawer" --custodian "Budi, helpdesk" --origin "desk drawer"
recover add "$work/case" "$work/remains/browser" --custodian "Sari, committee" --origin "pages saved in a browser" --captured 2014-10-02T15:00:00+07:00
recover add "$work/case" "$work/remains/list" --custodian "Tono, a reader" --origin "the site's list" --captured 2014-10-03T08:00:00+07:00
recover add "$work/case" "$work/remains/lkpp" --custodian "Aggregator" --origin "an open data set" --captured 2014-10-04T00:00:00+07:00
recover run "$work/case" --schema "$here/schema.sql"

# --- what it says --------------------------------------------------------------------------------------------
recover report "$work/case"
recover report "$work/case" --lang id -o "$work/report.html" --csv "$work/lists" --quiet
recover export "$work/case" --to "$work/export"
echo "report: $work/report.html"

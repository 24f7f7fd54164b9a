#!/usr/bin/env bash
# The report as a browser shows it: nothing runs over its edge, no section is empty, words stand out from what is behind them
# also without colour, and the picture is not blank. Needs Chromium (scripts/dependencies.sh browser); skipped without.
. "$(dirname "$0")/lib.sh"
browser=
for name in chromium-headless-shell chromium chromium-browser; do
  if command -v "$name" >/dev/null; then browser=$name; break; fi
done
if [ -z "$browser" ]; then
  skip "no Chromium here"
  finish
fi
export PYTHONDONTWRITEBYTECODE=1
PULIH=$PULIH bash "$here/../../examples/rebuild-2014/run.sh" "$scratch/year" >"$scratch/year.log" 2>&1 || bad "the example: $(tail -n 3 "$scratch/year.log")"
exits 0,3 "in English" "$PULIH" recover report "$scratch/year/case" -o "$scratch/year/english.html"
check "a report of rows only" "$PULIH" recover open "$scratch/rows"
check "of one dump" "$PULIH" recover add "$scratch/rows" "$here/../../examples/recovery/office-october.sql"
exits 0,3 "read" "$PULIH" recover run "$scratch/rows" --schema "$here/../../examples/recovery/schema.sql"
exits 0,3 "as a page" "$PULIH" recover report "$scratch/rows" -o "$scratch/year/rows.html"
for page in report english rows; do
  # A desk's window, and the width of A4.
  for width in 1200 794; do
    check "$page at $width" python3 "$here/report_browser.py" "$browser" "$scratch/year/$page.html" "$width" "$scratch"
  done
done
finish

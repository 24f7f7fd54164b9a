#!/usr/bin/env bash
# What several sources tell of one year, joined: the same evidence in any order gives the same bytes, and two captures of one
# publisher a week apart give what changed in between, all of it and nothing else.
# By day 3 orders chosen by the seed, with PULIH_NIGHTLY=1 20. PULIH_ORDER_SEED repeats one.
orders=${PULIH_NIGHTLY:+20} seed=${PULIH_ORDER_SEED:-$(date +%-j)}
. "$(dirname "$0")/lib.sh"
orders=${orders:-3}
example=$here/../../examples
remains=$scratch/remains
export PYTHONDONTWRITEBYTECODE=1
echo "seed $seed"

# --- the order of evidence -----------------------------------------------------------------------------------
mkdir "$remains"
bash "$example/recovery/damage.sh" "$scratch/office"
cp -R "$example/rebuild-2014/remains/." "$remains/"
head -c 3000 "$example/rebuild-2014/office-30-september.sql" >"$remains/office.sql"
find "$remains" -type f | LC_ALL=C sort >"$scratch/list"

# What a report says, but for what hangs on the numbers that evidence gets as it comes.
without_numbers() {
  python3 - "$1" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
names = {one["evidence"]: one["id"] for one in report["evidence"]}
def mend(value):
    if isinstance(value, dict):
        return {k: names.get(v, v) if k in ("evidence", "evidence_before") and not isinstance(v, list) else mend(v) for k, v in value.items()}
    return [mend(one) for one in value] if isinstance(value, list) else value
for key in ("case", "path", "custody"):
    del report[key]
report["evidence"] = sorted((mend(one) for one in report["evidence"]), key=lambda one: one["id"])
for one in report["evidence"]:
    one.pop("found_at", None)
json.dump(mend(report), open(sys.argv[1] + ".plain", "w"), sort_keys=True, indent=1)
PY
}

for ((order = 0; order < orders; ++order)); do
  case=$scratch/case$order
  check "a case" "$PULIH" recover open "$case"
  shuf --random-source=<(yes "$seed $order") "$scratch/list" >"$scratch/order"
  while read -r file; do
    check "add" "$PULIH" recover add "$case" "$file" --captured 2014-10-02
  done <"$scratch/order"
  exits 0,3 "run" "$PULIH" recover run "$case" --schema "$example/rebuild-2014/schema.sql"
  exits 0,3 "export" "$PULIH" recover export "$case" --to "$scratch/rows$order"
  exits 0,3 "report" "$PULIH" recover report "$case" --json --csv "$scratch/lists$order"
  cp "$scratch/out" "$scratch/report$order"
  without_numbers "$scratch/report$order"
  [ "$order" = 0 ] && continue
  check "the same rows in any order" diff -r "$scratch/rows0" "$scratch/rows$order"
  check "the same report in any order" cmp "$scratch/report0.plain" "$scratch/report$order.plain"
done

# --- two captures of one publisher ---------------------------------------------------------------------------
captures=$here/../../../shared/data/isb-lkpp
if [ ! -d "$captures" ]; then
  skip "no captures of a real publisher beside the project"
  finish
fi
for list in tender-pengumuman tender-selesai; do
  case=$scratch/$list
  check "a case" "$PULIH" recover open "$case"
  check "the first" "$PULIH" recover add "$case" "$captures/2025-10-03_$list.json" --captured 2025-10-03
  check "a week later" "$PULIH" recover add "$case" "$captures/2025-10-10_$list.csv" --captured 2025-10-10
  exits 0,3 "run" "$PULIH" recover run "$case"
  exits 0,3 "report" "$PULIH" recover report "$case" --json
  cp "$scratch/out" "$scratch/$list.json"
  check "what changed in $list" python3 "$here/capture_edits.py" "$captures" "$list" "$scratch/$list.json"
done
finish

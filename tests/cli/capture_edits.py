"""capture_edits.py FOLDER LIST REPORT: compares two captures of LKPP's list of tenders by hand, so to say: JSON of 3 October
2025, CSV of 10 October. REPORT (`pulih recover report --json`) must name the edits of the fields below, and no others."""
import csv
import json
import re
import sys

folder, name, report = sys.argv[1:]
FIELDS = {"nama_paket": "name", "pagu": "budget", "hps": "estimate", "status_tender": "status", "tgl_buat_paket": "created",
          "tgl_pengumuman_tender": "announced", "nama_satker": "unit_name", "jenis_pengadaan": "category", "mtd_pemilihan": "method"}


def plain(value):
    if value is None:
        return ""
    text = re.sub(r"\s+", " ", str(value)).strip()
    try:
        return f"{float(text):.2f}"
    except ValueError:
        return re.sub(r"[^0-9A-Z]+", " ", text.upper()).strip()


before = {str(row["kd_tender"]): row for row in json.load(open(f"{folder}/2025-10-03_{name}.json"))}
with open(f"{folder}/2025-10-10_{name}.csv", newline="", encoding="utf-8-sig") as file:
    after = {row["kd_tender"]: row for row in csv.DictReader(file)}
wanted = {}
for code in before.keys() & after.keys():
    for column, field in FIELDS.items():
        was, now = plain(before[code].get(column)), plain(after[code].get(column))
        if was and now and was != now:
            wanted[code, field] = (was, now)
told = json.load(open(report))
got = {(one["key"], one["field"]): (plain(one["before"]), plain(one["after"])) for one in told["edits"] if one["entity"] == "tender" and one["field"] in FIELDS.values()}
print(f"{name}: {len(before)} and {len(after)} tenders, {len(wanted)} edits, {len(got)} told; {told['tenders']} tenders in the report")
for key in sorted(wanted.keys() | got.keys()):
    if wanted.get(key) != got.get(key):
        print(key, "wanted", wanted.get(key), "told", got.get(key))
if wanted != got or told["tenders"] != len(before.keys() | after.keys()):
    sys.exit(1)

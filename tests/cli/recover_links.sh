#!/usr/bin/env bash
# Bidders told of without their NPWP become candidates; a person says who they are, and takes it back. Rules that the records
# break are told. Fictional.
. "$(dirname "$0")/lib.sh"

python3 - "$scratch" <<'PY'
import json, sys
def npwp(i):
    for check in range(10):
        nine = '90%06d%d' % (i * 137, check)
        digits = [int(c) * (1 + n % 2) for n, c in enumerate(nine)]
        if sum(d - 9 if d > 9 else d for d in digits) % 10 == 0:
            return '%s.%s.%s.%s-901.000' % (nine[:2], nine[2:5], nine[5:8], nine[8])
first = ['Karya', 'Bangun', 'Maju', 'Sinar', 'Tirta', 'Graha']
second = ['Contoh', 'Rekaan', 'Khayal', 'Umpama', 'Andai']
rows = []
for i in range(30):
    rows.append({'tahun_anggaran': 2014, 'kd_klpd': 'D901', 'kd_lpse': 901, 'kd_tender': 1201901 + i % 6 * 1000, 'kd_peserta': 700901 + i * 1000, 'kd_penyedia': 100901 + i * 1000, 'nama_penyedia': 'PT ' + first[i % 6] + ' ' + second[i // 6], 'npwp_penyedia': npwp(i + 1), 'nilai_penawaran': 1000000 + i * 1000, 'nilai_terkoreksi': 1000000 + i * 1000, 'pemenang_terverifikasi': 0, 'alasan': None, '_event_date': '2014-10-04', 'pemenang': 1 if i in (0, 6) else 0})
json.dump(rows, open(sys.argv[1] + '/peserta.json', 'w'))
told = [dict(r, npwp_penyedia=None, nama_penyedia=r['nama_penyedia'][3:].upper() + ', PT', kd_peserta=None, kd_penyedia=None, nilai_penawaran=None, nilai_terkoreksi=None, pemenang=None) for r in rows[:12]]
json.dump(told, open(sys.argv[1] + '/tanpa.json', 'w'))
PY
check "a case" "$PULIH" recover open "$scratch/case"
check "with two lists" "$PULIH" recover add "$scratch/case" "$scratch/peserta.json" "$scratch/tanpa.json"
check "read" "$PULIH" recover run "$scratch/case"
report() { check "$1" "$PULIH" recover report "$scratch/case" --json; }
keyless() { answer '[e["without_key"] for e in d["entities"] if e["entity"] == "bid"][0]'; }

report "a report"
is "each has a candidate of its own tender and name" "$(answer 'sorted({(c["tender"] == c["to"].split("/")[0], c["fields"][0]["field"], c["fields"][0]["how"], c["ruling"]) for c in d["candidates"] if c["entity"] == "bid"}, key=str)')" "[(True, 'vendor', 'equal', None)]"
is "and there are twelve" "$(answer 'len([c for c in d["candidates"] if c["entity"] == "bid"])')" 12
is "nothing is joined by itself" "$(keyless)" 12
is "two winners are told of" "$(answer '[(c["check"], c["tender"], [v["value"] for v in c["values"]]) for c in d["checks"] if c["name"] == "several_winners"]')" "[('E3', '1201901', ['1', '1'])]"
record=$(answer '[c for c in d["candidates"] if c["entity"] == "bid"][0]["record"]')
key=$(answer '[c for c in d["candidates"] if c["entity"] == "bid"][0]["to"]')

rule() { "$PULIH" recover decide "$scratch/case" --link "$record" "$@"; }
exits 2 "a ruling without a name" rule --to "$key"
exits 2 "with two words at once" rule --to "$key" --apart "$key" --by Sari --reason "daftar hadir"
exits 2 "and on a field, too" rule paket 1 pkt_nama x --to "$key" --by Sari --reason "daftar hadir"
exits 2 "a bid of another tender" rule --to "9999901/${key#*/}" --by Sari --reason "daftar hadir"
refuses "a record that there is not" 'no record' "$PULIH" recover decide "$scratch/case" --link 0000000000000000 --to "$key" --by Sari --reason x
check "a ruling" rule --to "$key" --by "Ibu Sari" --reason "daftar hadir"
report "the report"
is "has it" "$(answer '[(c["ruling"]["by"], c["ruling"]["joined"]) for c in d["candidates"] if c["ruling"]]')" "[('Ibu Sari', True)]"
is "and joins it" "$(keyless)" 11
check "once more read" "$PULIH" recover run "$scratch/case"
report "a ruling outlives a run"
is "with what it joins" "$(keyless)" 11
check "a page" "$PULIH" recover report "$scratch/case" -o "$scratch/report.html" --csv "$scratch/lists" --lang id
grep -q 'digabung oleh Ibu Sari' "$scratch/report.html" || bad "the page does not say who joined"
grep -q 'Aturan yang dilanggar' "$scratch/report.html" || bad "the page has no rules"
[ -s "$scratch/lists/candidates.csv" ] && [ -s "$scratch/lists/checks.csv" ] || bad "lists are missing"
check "taken back" rule --withdraw --by "Ibu Sari" --reason "orang lain"
report "the report"
is "is as before" "$(keyless)" 12
check "all of them" "$PULIH" recover decide "$scratch/case" --list --json
is "are told" "$(answer '[(r["record"] == "'"$record"'", r["holds"]) for r in d]')" "[(True, False)]"
finish

#!/usr/bin/env bash
# A small office's rows, rebuilt from a dump with pieces missing, go where people need them: ruled on (recover decide), into
# files (recover export), into a repository beside live nights (recover snapshot), into a live server (recover load).
. "$(dirname "$0")/lib.sh"
. "$here/postgres.sh"

# Fictional. In it: a circle of keys, a key to the own table, one that can be deferred, a generated column, an identity, a
# sequence, a second unique constraint, a CHECK, keys of text, and a type of the office's own.
cat >"$scratch/schema.sql" <<'SQL'
SET standard_conforming_strings = on;
CREATE TYPE public.tahap AS ENUM ('rencana', 'lelang', 'selesai');
CREATE TABLE public.kantor (kan_id integer PRIMARY KEY, kan_nama text NOT NULL, kan_kepala integer);
CREATE TABLE public.pegawai (peg_id integer PRIMARY KEY, peg_nama text NOT NULL, kan_id integer NOT NULL, peg_atasan integer);
ALTER TABLE public.kantor ADD CONSTRAINT kantor_kepala FOREIGN KEY (kan_kepala) REFERENCES public.pegawai (peg_id);
ALTER TABLE public.pegawai ADD CONSTRAINT pegawai_kantor FOREIGN KEY (kan_id) REFERENCES public.kantor (kan_id);
ALTER TABLE public.pegawai ADD CONSTRAINT pegawai_atasan FOREIGN KEY (peg_atasan) REFERENCES public.pegawai (peg_id);
COMMENT ON CONSTRAINT pegawai_kantor ON public.pegawai IS 'tempat kerja';
CREATE TABLE public.paket (
    pkt_id serial PRIMARY KEY, pkt_kode varchar(8) UNIQUE, pkt_nama text NOT NULL, pkt_hps numeric(12,2) CHECK (pkt_hps >= 0),
    pkt_tahap public.tahap DEFAULT 'rencana', pkt_kata bpchar(2), pkt_isi bytea, kan_id integer REFERENCES public.kantor (kan_id) DEFERRABLE);
CREATE TABLE public.catatan (cat_waktu timestamp, cat_isi text);
CREATE TABLE public.satuan (sat_kode text PRIMARY KEY, sat_nama text);
SQL
# Copies of one night. Row 6 of paket has a code that row 2 has, 7 a price below nothing, 8 one with too many digits, 9 a stage that
# there is not, 10 an office that nobody has, and 11 and 12 are cut.
cat "$scratch/schema.sql" - >"$scratch/malam.sql" <<'SQL'
COPY public.kantor (kan_id, kan_nama, kan_kepala) FROM stdin;
1	Kantor Contoh	12
2	Kantor Rekaan	11
\.
COPY public.pegawai (peg_id, peg_nama, kan_id, peg_atasan) FROM stdin;
11	Sari	2	12
12	Budi	1	\N
13	Tono	3	12
14	Rini	1	99
\.
COPY public.paket (pkt_id, pkt_kode, pkt_nama, pkt_hps, pkt_tahap, pkt_kata, pkt_isi, kan_id) FROM stdin;
1	A-1	Meja "besar", dua\\tiga	1500.50	selesai	ya	\\x00ff	1
2	A-2	Jembatan\nSungai Rekaan	\N	lelang	a 	\N	2
3	\N	Marka jalan é	0.00	\N	\N	\\x	\N
4		Obat	12.30	rencana	\N	\N	1
6	A-2	Kembar	1.00	\N	\N	\N	1
7	A-7	Utang	-1.00	\N	\N	\N	1
8	A-8	Pecahan	1.555	\N	\N	\N	1
9	A-9	Entah	1.00	batal	\N	\N	1
10	A-10	Yatim	1.00	\N	\N	\N	77
\.
COPY public.satuan (sat_kode, sat_nama) FROM stdin;
	tanpa kode
a,"b"	koma
\.
COPY public.catatan (cat_waktu, cat_isi) FROM stdin;
2014-10-04 21:59:59	tutup
2014-10-04 22:00:00	\N
\.
SQL
check "a case" "$PULIH" recover open "$scratch/case"
check "with one night" "$PULIH" recover add "$scratch/case" "$scratch/malam.sql" --captured 2014-10-04T22:00:00+07:00 --custodian Budi
exits 0,3 "read" "$PULIH" recover run "$scratch/case" --schema "$scratch/schema.sql"

# --- rulings ------------------------------------------------------------------------------------------------------
rule() { "$PULIH" recover decide "$scratch/case" "$@"; }
refused() { local what=$1 words=$2; shift 2; exits 2 "$what" "$@"; said "$what" "$words"; }
exits 2 "a ruling without a name" rule paket 2 pkt_hps 10
exits 2 "and without a value" rule paket 2 pkt_hps --by Sari --reason "kontrak 12"
exits 2 "or with two" rule paket 2 pkt_hps 10 --null --by Sari --reason "kontrak 12"
refused "a value that is none" 'not a number' rule paket 2 pkt_hps banyak --by Sari --reason "kontrak 12"
refused "a value that the column would round" 'digits behind the point' rule paket 2 pkt_hps 10.555 --by Sari --reason "kontrak 12"
refused "a key" 'of the key' rule paket 2 pkt_id 5 --by Sari --reason "kontrak 12"
refused "a column that there is not" 'no column' rule paket 2 pkt_x 5 --by Sari --reason "kontrak 12"
refuses "a row that nobody has" 'no evidence' rule paket 5 pkt_hps 5 --by Sari --reason "kontrak 12"
check "a ruling" rule paket 2 pkt_hps 10 --by "Ibu Sari" --reason "kontrak 12, hal. 3"
check "by another" rule paket 2 pkt_hps 11.5 --by "Pak Budi" --reason "adendum"
check "on what the evidence says as well" rule paket 1 pkt_hps 1500.5 --by "Pak Budi" --reason "adendum"
check "that it is nothing" rule paket 1 pkt_kata --null --by "Pak Budi" --reason "salah ketik"
check "is shown" "$PULIH" recover explain "$scratch/case" paket 2 --json
is "in its place" "$(answer '[(f["grade"], f["decided"]) for f in [d["fields"]["pkt_hps"]]]')" "[('D', True)]"
is "as a claim of class 7" "$(answer '[c for c in d["claims"] if c["path"].startswith("decided by Pak Budi")][0]["fields"]["pkt_hps"]["text"]')" 11.50
check "where evidence agrees, it proves" "$PULIH" recover explain "$scratch/case" paket 1 --json
is "as before" "$(answer '(d["fields"]["pkt_hps"]["grade"], d["fields"]["pkt_hps"]["decided"])')" "('B', True)"
check "all of them" rule --list --json
is "with what was replaced" "$(answer '[(r["value"], r["holds"]) for r in d]')" "[('10.00', False), ('11.50', True), ('1500.50', True), (None, True)]"
check "taken back" rule paket pkt_id=1 pkt_kata --withdraw --by "Pak Budi" --reason "keliru"
refuses "twice is once too often" 'no ruling' rule paket 1 pkt_kata --withdraw --by "Pak Budi" --reason "keliru"
check "the report" "$PULIH" recover report "$scratch/case" --json
is "counts them" "$(answer 'd["tables"]["public.paket"]["decided_fields"]')" 2
cp -r "$scratch/case" "$scratch/forged"
sed -i 's/11\.50/99.50/' "$scratch/forged/custody.log"
refuses "a ruling that somebody changed" 'signature' "$PULIH" recover explain "$scratch/forged" paket 2

# --- files --------------------------------------------------------------------------------------------------------
for format in csv jsonl sql; do check "export as $format" "$PULIH" recover export "$scratch/case" --to "$scratch/$format" --format $format; done
is "the ruling is in the CSV" "$(grep -A1 -n '^2,' "$scratch/csv/paket.csv" | tail -n 1)" '4-Sungai Rekaan",11.50,lelang,a ,,2'
is "and in JSON, with numbers as numbers" "$(sed -n 2p "$scratch/jsonl/paket.jsonl")" '{"pkt_id":2,"pkt_kode":"A-2","pkt_nama":"Jembatan\nSungai Rekaan","pkt_hps":11.50,"pkt_tahap":"lelang","pkt_kata":"a ","pkt_isi":null,"kan_id":2}'
is "parents first in SQL" "$(grep -n 'ir' "$scratch/sql/_all.sql" | grep -E 'kantor|paket' | cut -d"'" -f2 | tr '\n' ' ')" 'kantor.sql paket.sql '

# --- a repository -------------------------------------------------------------------------------------------------
check "init" owner init --kdf-memory 8
check "snapshot" owner recover snapshot "$scratch/case" --json
is "of all tables, and where they come from" "$(answer '(d["tables"], d["database"][:8], d["problems"])')" "(7, 'rebuilt_', [])"
check "tables" owner records tables latest
said "are tables" 'public\.paket +9'
check "a row" owner records get latest paket 2 --json
is "with the ruling" "$(answer 'd["pkt_hps"]')" 11.5
check "where it comes from" owner records find latest fields --where "key = '2' and \"table\" = 'public.paket' and decided = 'true'" --csv
said "says who decided" 'decided by Pak Budi'
check "the evidence" owner dump "latest:$scratch/malam.sql"
if cmp -s "$scratch/out" "$scratch/malam.sql"; then good; else bad "the evidence came back otherwise"; fi
check "the custody log" owner dump "latest:$scratch/case/custody.log"
exits 1 "but never its key" owner dump "latest:$scratch/case/keys"
check "it all holds" owner verify --read-data
mv "$scratch/malam.sql" "$scratch/pergi.sql"
exits 3 "evidence that is gone is told" owner recover snapshot "$scratch/case" --database lain
said "by name" 'malam\.sql'
check "without evidence" owner recover snapshot "$scratch/case" --database lain --without-evidence
mv "$scratch/pergi.sql" "$scratch/malam.sql"

# --- a live server ------------------------------------------------------------------------------------------------
start_postgres
if [ -z "$conninfo" ]; then
  skip "no PostgreSQL server can be started here: recover load"
  finish
fi
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
fresh() { dropdb --if-exists kembali 2>/dev/null; createdb kembali; sql -d kembali -f "$scratch/schema.sql"; }
load() { "$PULIH" recover load "$scratch/case" --postgres "$conninfo dbname=kembali" --no-progress "$@"; }
seen() { sql -d kembali -c "$1" | tr '\n' ' '; }

fresh 2>"$scratch/err" || { bad "preparing: $(told)"; finish; }
exits 3 "a dry run" load --dry-run --json
is "says what would be" "$(answer '(d["committed"], d["loaded"], d["incomplete"], d["orphans"])')" '(False, 15, 4, 3)'
is "and leaves nothing" "$(seen "SELECT count(*) FROM paket UNION ALL SELECT count(*) FROM pg_namespace WHERE nspname = 'provenance'")" '0 0 '
exits 3 "load" load --json
is "loads what can be" "$(answer '[(t["table"][7:], t["loaded"], t["incomplete"], t["orphans"]) for t in d["tables"]]')" "[('catatan', 2, 0, 0), ('kantor', 2, 0, 0), ('paket', 5, 4, 1), ('pegawai', 4, 0, 2), ('satuan', 2, 0, 0)]"
is "values as they were" "$(seen "SELECT pkt_nama, pkt_hps, pkt_tahap, format('%s', pkt_kata), pkt_isi FROM paket WHERE pkt_id <= 2 ORDER BY 1 DESC")" 'Meja "besar", dua\tiga|1500.50|selesai|ya|\x00ff Jembatan Sungai Rekaan|11.50|lelang|a | '
is "no default for what is NULL" "$(seen "SELECT pkt_id FROM paket WHERE pkt_tahap IS NULL ORDER BY 1")" '3 10 '
is "the better of two that may not both be" "$(seen "SELECT pkt_id FROM paket WHERE pkt_kode = 'A-2'")" '2 '
is "what was refused, and why" "$(seen "SELECT key || ':' || left(why, 34) FROM provenance.incomplete ORDER BY key::int")" '6:another row of the case, of the sa 7:new row for relation "pulih_t2" vi 8:pkt_hps has more digits than the c 9:invalid input value for enum tahap '
is "with what is known" "$(seen "SELECT known->>'pkt_nama' FROM provenance.incomplete WHERE key = '8'")" 'Pecahan '
is "orphans" "$(seen "SELECT \"table\", key, foreign_key, columns, \"values\", parent FROM provenance.orphans ORDER BY 1, 2")" 'public.paket|10|paket_kan_id_fkey|{kan_id}|{77}|public.kantor public.pegawai|13|pegawai_kantor|{kan_id}|{3}|public.kantor public.pegawai|14|pegawai_atasan|{peg_atasan}|{99}|public.pegawai '
is "keys as they were, but for those" "$(seen "SELECT conname, convalidated, condeferrable FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1")" 'kantor_kepala|t|f paket_kan_id_fkey|f|t pegawai_atasan|f|f pegawai_kantor|f|f '
is "with their comments" "$(seen "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'pegawai_kantor'")" 'tempat kerja '
is "to the byte" "$(seen "SELECT bytes->0->>'file', e.custodian FROM provenance.sources s JOIN provenance.evidence e ON e.number = s.evidence WHERE \"table\" = 'public.paket' AND key = '1' AND \"column\" = 'pkt_nama'")" 'malam.sql|Budi '
is "or to the person" "$(seen "SELECT s.path FROM provenance.sources s WHERE \"table\" = 'public.paket' AND key = '2' AND \"column\" = 'pkt_hps'" | sed 's/, 20.*Z//')" 'decided by Pak Budi: adendum '
is "every field is told" "$(seen "SELECT count(*) FROM provenance.fields WHERE \"table\" = 'public.paket'")" '72 '
is "the sequence stays" "$(seen "SELECT last_value, is_called FROM paket_pkt_id_seq")" '1|f '
is "and that is told" "$(answer '[(s["sequence"], s["highest"], s["set"]) for s in d["sequences"]]')" "[('public.paket_pkt_id_seq', '10', False)]"

exits 3 "once more" load --json
is "all is there" "$(answer '(d["loaded"], d["same"], d["conflicts"])')" '(0, 15, 0)'
sql -d kembali -c "UPDATE paket SET pkt_nama = 'lain' WHERE pkt_id = 1; UPDATE paket SET pkt_id = 50 WHERE pkt_id = 4; DELETE FROM catatan"
exits 1 "somebody worked there" load --json
is "which is a conflict" "$(answer '(d["committed"], d["conflicts"], d["conflicting_rows"][0]["key"], d["conflicting_rows"][0]["why"])')" "(False, 2, '1', 'the database has another row with the same pkt_id (paket_pkey)')"
is "so nothing was changed" "$(seen "SELECT count(*) FROM catatan")" '0 '
exits 3 "unless it may be left" load --json --skip-existing
is "then the rest goes in" "$(answer '(d["committed"], d["loaded"], d["same"], d["conflicts"])')" '(True, 2, 11, 2)'
is "and nothing over what is there" "$(seen "SELECT pkt_nama FROM paket WHERE pkt_id = 1")" 'lain '

fresh
exits 3 "sequences, when asked for" load --set-sequences
is "go on above" "$(seen "SELECT nextval('paket_pkt_id_seq')")" '11 '
fresh
exits 0,3 "only what is proven" load --min-grade B --json
is "a row with a ruling is not, nor are two that their types refuse" "$(answer '[t["below"] for t in d["tables"] if t["table"] == "public.paket"]')" '[3]'

fresh
sql -d kembali -c "ALTER TABLE kantor RENAME TO kantor_lama; ALTER TABLE catatan ADD COLUMN cat_siapa text NOT NULL; ALTER TABLE paket DROP COLUMN pkt_isi, ADD COLUMN pkt_baru integer DEFAULT 7 NOT NULL, ADD COLUMN pkt_dua numeric GENERATED ALWAYS AS (pkt_hps * 2) STORED"
exits 3 "a schema that has moved on" load --json
is "says what has no place" "$(answer '[(t["table"][7:], t["loaded"], t["left_out"]) for t in d["tables"] if t["left_out"]]')" "[('catatan', 0, \"the database's table needs a column cat_siapa of which the case knows nothing\"), ('kantor', 0, 'the database has no such table')]"
is "and loads the rest" "$(seen "SELECT pkt_baru, pkt_dua FROM paket WHERE pkt_id = 1")" '7|3001.00 '

fresh
sql -d kembali -c "CREATE FUNCTION tolak() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.pkt_id = 3 THEN RETURN NULL; END IF; RETURN NEW; END'; CREATE TRIGGER tolak BEFORE INSERT ON paket FOR EACH ROW EXECUTE FUNCTION tolak()"
exits 1 "a trigger that keeps a row out" load
said "is no success" 'inserting rows into public.paket: 4 of 5 went in'
is "nothing is left of it" "$(seen "SELECT (SELECT count(*) FROM kantor), (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated)")" '0|0 '
sql -d kembali -c "DROP TRIGGER tolak ON paket; CREATE ROLE tamu LOGIN; GRANT CREATE ON DATABASE kembali TO tamu; GRANT ALL ON ALL TABLES IN SCHEMA public TO tamu"
refuses "a role that does not own the tables" 'owner of table' "$PULIH" recover load "$scratch/case" --postgres "host=$PGHOST port=$PGPORT user=tamu dbname=kembali"
refuses "no server" 'connect' "$PULIH" recover load "$scratch/case" --postgres "host=$scratch port=1 dbname=x"

# Live nights and rebuilt rows are one history.
fresh
load -q >/dev/null 2>&1
check "a night of the live database" owner backup --postgres "$conninfo dbname=kembali" --schema public --name malam
check "what was rebuilt" owner recover snapshot "$scratch/case" --database kembali --json
# The night was told to leave other schemas out: of those nothing can be said.
exits 3 "compared" owner records diff "$(owner snapshots --name malam --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[-1]["id"])')" "$(answer 'd["snapshot"]')" --json
is "differs in what could not be loaded only" "$(answer 'sorted(set(c["table"] for c in d["changed"] + d["removed"])), [c["key"] for c in d["added"] if c["table"] == "kembali/public.paket"]')" "([], ['6', '7', '8', '9'])"
sql -d kembali -c "UPDATE paket SET pkt_nama = 'baru' WHERE pkt_id = 3"
check "another night" owner backup --postgres "$conninfo dbname=kembali" --schema public --name malam
check "history" owner records history kembali/paket 3 --json
is "says which is which" "$(answer '[(v["change"], v["rebuilt"]) for v in d]')" "[('added', False), ('changed', False)]"
check "also of what only the case has" owner records history kembali/paket 8 --json
is "as rebuilt" "$(answer '[(v["change"], v["rebuilt"]) for v in d]')" "[('added', True), ('removed', False)]"
finish

#!/usr/bin/env bash
# Records from a PostgreSQL server, as an administrator meets them: nights of a procurement database
# (examples/records/), one tender and one bid brought back, the whole database rebuilt, what may not be read, servers
# that refuse or die, and passwords that nobody must see. Then docs/records.md, command by command.
. "$(dirname "$0")/lib.sh"
. "$here/postgres.sh"
start_postgres
if [ -z "$conninfo" ]; then
  skip "no PostgreSQL server can be started here"
  finish
fi
root=$(cd "$here/../.." && pwd)
server() { "$root/../shared/services/postgres.sh" "$1" "$pg_folder"; }
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
in_office() { sql -d office "$@"; }
prepared() { "$@" >"$scratch/out" 2>"$scratch/err" || { bad "preparing: $*: $(told)"; finish; }; }

secret=rahasia-8d15f0c2
prepared createdb office
prepared in_office -f "$root/examples/records/office.sql"
prepared sql -d postgres -c "CREATE ROLE penjaga LOGIN PASSWORD '$secret'; GRANT pg_read_all_data TO penjaga"
night='dbname=office user=penjaga'
# All rows, as sorted statements.
rows_of() { pg_dump -d "$1" --data-only --inserts --rows-per-insert=1 | grep '^INSERT' | LC_ALL=C sort >"$2"; }
same_rows() { if cmp -s "$2" "$3"; then good; else bad "$1: $(diff "$2" "$3" | grep -c '^[<>]') rows differ"; fi; }

# --- nights -------------------------------------------------------------------------------------------------------
check "init" owner init --kdf-memory 8
check "the first night" owner backup --json --name office --postgres "$night"
is "counts tables" "$(answer 'd["tables"]')" 10
is "and rows" "$(answer 'd["rows"]')" "$(in_office -c 'SELECT (SELECT count(*) FROM tahap) + (SELECT count(*) FROM rekanan) + (SELECT count(*) FROM paket) + (SELECT count(*) FROM lelang_seleksi) + (SELECT count(*) FROM jadwal) + (SELECT count(*) FROM blob_table) + (SELECT count(*) FROM peserta) + (SELECT count(*) FROM dok_penawaran) + (SELECT count(*) FROM evaluasi) + (SELECT count(*) FROM nilai_evaluasi)')"
is "without a problem" "$(answer 'd["problems_count"]')" 0
first=$(answer 'd["snapshot"]') added=$(answer 'd["bytes_added"]')
rows_of office "$scratch/before"
prepared in_office -f "$root/examples/records/a_day.sql"
mkdir "$scratch/files"
echo penawaran >"$scratch/files/4068.rhs"
check "the second, with files" owner backup --json --name office --postgres "$night" "$scratch/files"
is "has both" "$(answer '(d["files"], d["tables"])')" '(1, 10)'
holds "and adds a part of the first" "$(answer 'd["bytes_added"]')" -lt $((added / 2))
second=$(answer 'd["snapshot"]')
check "the files are there" owner ls "latest:$scratch/files"
check "snapshots" owner snapshots --json
is "tell of tables" "$(answer '[s["tables"] for s in d]')" '[10, 10]'

check "get, and what hangs on it" owner records get "$first" lelang_seleksi 1042 --follow --json
is "is the whole tender" "$(answer '[len([r for r in d["related"] if r["table"].endswith("." + t)]) for t in ("peserta", "dok_penawaran", "blob_table", "jadwal", "evaluasi", "nilai_evaluasi")]')" '[4, 4, 4, 4, 1, 4]'
is "with numbers as numbers" "$(answer 'd["row"]["lls_id"]')" 1042
exits 1 "which is gone the night after" owner records get "$second" office/public.lelang_seleksi 1042
check "find" owner records find "$first" paket --where "pkt_nama ~* 'JEMBATAN' and pkt_hps > 800000000" --columns pkt_id --csv
is "as SQL finds it" "$(sed 1d "$scratch/out" | sort)" "$(in_office -c "SELECT pkt_id FROM paket WHERE pkt_nama ~* 'JEMBATAN' AND pkt_hps > 800000000" | sort)"
check "history" owner records history peserta 4069 --json
is "who changed the price" "$(answer 'd[1]["fields"]["psr_harga"], d[1]["fields"]["audituser"]["after"]')" "({'before': 414350000.0, 'after': 406850000.0}, 'panitia003')"
check "diff" owner records diff "$first" "$second" --json
is "is the day" "$(answer '[len(d[k]) for k in ("added", "removed", "changed")]')" '[19, 26, 1]'

# --- rows back ----------------------------------------------------------------------------------------------------
here_now="dbname=office"
check "a dry run" owner records restore "$first" lelang_seleksi 1042 --follow --postgres "$here_now" --dry-run --json
is "plans all of it" "$(answer '(d["inserted"], d["conflicts"], d["committed"])')" '(22, 0, False)'
is "and changes nothing" "$(in_office -c 'SELECT count(*) FROM lelang_seleksi WHERE lls_id = 1042')" 0
exits 1 "a bid of a tender that is gone" owner records restore "$first" peserta 4168 --follow --postgres "$here_now" --json
is "is a conflict" "$(answer 'd["conflicts"] > 0 and not d["committed"]')" True
is "of which nothing is done" "$(in_office -c 'SELECT count(*) FROM blob_table WHERE blb_id = 11168')" 0
check "the tender" owner records restore "$first" lelang_seleksi 1042 --follow --postgres "$here_now"
check "and the bid" owner records restore "$first" peserta 4070 --follow --postgres "$here_now"
exits 3 "a row that is there and differs" owner records restore "$first" peserta 4069 --postgres "$here_now" --json
is "stays" "$(answer 'd["left"]')" 1
check "unless it is overwritten" owner records restore "$first" peserta 4069 --postgres "$here_now" --mode overwrite
prepared in_office -c 'DELETE FROM peserta WHERE psr_id > 5610'
rows_of office "$scratch/after"
same_rows "after all that the rows are those of the first night" "$scratch/before" "$scratch/after"
check "a script" owner records restore "$first" peserta 4070 --follow --sql "$scratch/bid.sql"
prepared in_office -c 'DELETE FROM nilai_evaluasi WHERE psr_id = 4070; DELETE FROM dok_penawaran WHERE psr_id = 4070; DELETE FROM blob_table WHERE blb_id = 11070; DELETE FROM peserta WHERE psr_id = 4070'
check "that psql runs" in_office -f "$scratch/bid.sql"
rows_of office "$scratch/after"
same_rows "brings the same rows" "$scratch/before" "$scratch/after"
check "side tables" owner records restore "$first" peserta 4070 --postgres "$here_now" --mode side-table
is "hold the row" "$(in_office -c 'SELECT psr_id FROM peserta_pulih')" 4070
prepared in_office -c 'DROP TABLE peserta_pulih'
exits 1 "by a role that may not insert" owner records restore "$first" peserta 4070 --postgres "$night" --mode overwrite
exits 1 "a row of another night" owner records restore "$second" peserta 4070 --postgres "$here_now"

# --- all of it ----------------------------------------------------------------------------------------------------
prepared in_office -f - <<'END'
CREATE SCHEMA "Odd.Schema";
CREATE TABLE "Odd.Schema"."Table, of ""odd"" names" ("Key 1" text, "key,2" int, v jsonb, a int[], PRIMARY KEY ("Key 1", "key,2"));
INSERT INTO "Odd.Schema"."Table, of ""odd"" names" VALUES ('a,"b"', 1, '{"x": 1}', '{1,NULL,3}'), ('', 2, 'null', '{}'), ('#1', 3, NULL, NULL);
CREATE TABLE twice (v numeric); INSERT INTO twice VALUES ('NaN'), ('NaN'), (1.50), (NULL);
CREATE MATERIALIZED VIEW cheapest AS SELECT * FROM harga_terendah;
SELECT lo_from_bytea(4711, 'berita acara') \g /dev/null
GRANT SELECT ON LARGE OBJECT 4711 TO penjaga;
END
check "odd names and types" owner backup --json --name office --postgres "$night"
is "are no problem" "$(answer 'd["problems_count"]')" 0
odd='"Odd.Schema"."Table, of ""odd"" names"'
check "an odd row" owner records get latest "$odd" '"a,""b""",1' --json
is "comes back" "$(answer 'd["v"], d["a"]')" "({'x': 1}, '{1,NULL,3}')"
check "and is listed with its name" owner records find latest "$odd" --where '"Key 1" = '"''" --json
is "and key" "$(json 'd["key"]' <"$scratch/out")" '"",2'
check "an odd table in tables" owner records tables latest --json
is "is one to type" "$(answer '[t["table"] for t in d if "odd" in t["table"]]')" "['office/${odd//\"/\"}']"
check "copies that COPY reads" owner records export latest --format copy --table twice --to "$scratch/copy"
is "equal rows too" "$(sort "$scratch/copy"/twice* | tr '\n' ' ')" '1.50 NaN NaN \N '
prepared createdb again
check "the whole database" owner restore latest --postgres dbname=again --json
is "is rebuilt" "$(answer 'd["database"]["tables"]')" 12
is "with its large object" "$(sql -d again -c 'SELECT lo_get(4711)')" "$(in_office -c 'SELECT lo_get(4711)')"
whole() { pg_dump -d "$1" | grep -vE '^\\(un)?restrict' | LC_ALL=C sort >"$2"; }
whole office "$scratch/office.dump"
whole again "$scratch/again.dump"
same_rows "and its dump is the same" "$scratch/office.dump" "$scratch/again.dump"
exits 1 "into one that is not empty" owner restore latest --postgres dbname=again
said "is refused" 'not empty'

# --- what may not be read -------------------------------------------------------------------------------------------
prepared in_office -c "CREATE ROLE separuh LOGIN; GRANT USAGE ON SCHEMA public TO separuh; GRANT SELECT ON ALL TABLES IN SCHEMA public TO separuh; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO separuh; REVOKE ALL ON rekanan FROM separuh; GRANT SELECT ON LARGE OBJECT 4711 TO separuh"
exits 3 "a table that is denied" owner backup --json --name half --postgres 'dbname=office user=separuh' --schema public
is "is named" "$(answer '[p["path"] for p in d["problems"]]')" "['table public.rekanan']"
is "and all others are stored" "$(answer 'd["tables"]')" 10
check "unless it was left out" owner backup --json --name half --postgres 'dbname=office user=separuh' --schema public --exclude-table rekanan
prepared in_office -c 'ALTER TABLE tahap ENABLE ROW LEVEL SECURITY'
exits 3 "rows that a policy hides" owner backup --json --name half --postgres "$night"
is "are a table that cannot be read" "$(answer '[p["path"] for p in d["problems"]]')" "['table public.tahap']"
prepared in_office -c 'ALTER TABLE tahap DISABLE ROW LEVEL SECURITY'

exits 3 "without pg_dump" env PATH=/none "$PULIH" -r "$repo" --passphrase-file "$passphrase_file" --cache "$cache" --state "$state" \
  --no-progress backup --json --name half --postgres "$night"
is "the definitions are missing, and no row" "$(answer '([p["path"] for p in d["problems"]], d["tables"])')" "(['ddl'], 13)"

# --- servers that refuse or die, and passwords ------------------------------------------------------------------------
nights=$(owner snapshots --json | json 'len(d)')
unmade() { is "$1: no snapshot" "$(owner snapshots --json | json 'len(d)')" "$nights"; }
exits 1 "no server" owner backup --postgres 'host=127.0.0.1 port=1 dbname=office connect_timeout=2'
unmade "no server"
tcp="host=127.0.0.1 dbname=office user=penjaga"
PGPASSWORD=keliru exits 1 "a wrong password" owner backup --postgres "$tcp"
said "is told" 'password authentication failed'
unmade "a wrong password"
exits 1 "a wrong password in CONNINFO" owner backup --json --postgres "$tcp password=keliru-77"
said_nothing_of "but not repeated" 'keliru-77'
exits 1 "no such database" owner backup --postgres 'dbname=tiada'
exits 1,2 "a CONNINFO that is none" owner backup --postgres "host=x password=$secret nonsense"
said_nothing_of "is not repeated" "$secret"

# What pg_dump is told, by a stand-in that writes it down first.
mkdir "$scratch/bin"
cat >"$scratch/bin/pg_dump" <<END
#!/usr/bin/env bash
tr '\\0' ' ' </proc/\$\$/cmdline >>"$scratch/told"
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>"$scratch/everything"
exec "$(command -v pg_dump)" "\$@"
END
chmod +x "$scratch/bin/pg_dump"
PGPASSWORD=$secret PATH=$scratch/bin:$PATH check "the right password" owner backup --json --name office --postgres "$tcp"
said_nothing_of "is nowhere" "$secret"
holds "pg_dump was run" -s "$scratch/told"
is "nor on any command line of the machine" "$(grep -c -e "$secret" "$scratch/everything")" 0
printf '127.0.0.1:%s:office:penjaga:%s\n' "$PGPORT" "$secret" >"$HOME/.pgpass"
chmod 600 "$HOME/.pgpass"
PATH=$scratch/bin:$PATH check "or in ~/.pgpass" owner backup --name office --postgres "$tcp"
rm "$HOME/.pgpass" "$scratch/told"
PATH=$scratch/bin:$PATH check "or, though it should not, in CONNINFO" owner backup --name office --postgres "$tcp password=$secret"
is "is not handed on to the child's" "$(grep -c -e "$secret" "$scratch/told")" 0
if grep -raqF -e 'Pengadaan meja' -e "$secret" "$repo"; then bad "rows or a password stand in the repository in clear"; else good; fi

# A slow night: writers go on, what they write is not in it, and when the server dies there is none.
nights=$(owner snapshots --json | json 'len(d)')
slowly() { exec_owner backup --json --name office --postgres "$night" --rate 150K >"$scratch/slow.out" 2>"$scratch/slow.err"; }
reads_rows() { [ "$(sql -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE datname = 'office' AND query LIKE 'COPY%'")" -gt 0 ]; }
slowly &
run=$!
wait_until "it reads rows" reads_rows
check "a writer meanwhile" in_office -c "SET statement_timeout = '3s'; UPDATE rekanan SET rkn_alamat = 'pindah'; DELETE FROM nilai_evaluasi; INSERT INTO twice VALUES (2)"
wait "$run"
is "and the night is whole" $? 0
is "and of the moment when it began" "$(json 'd["rows"]' <"$scratch/slow.out")" "$(owner snapshots --json | json 'd[-2]["rows"]')"
nights=$((nights + 1))
slowly &
run=$!
wait_until "it reads rows again" reads_rows
server crash >"$scratch/out" 2>&1
wait "$run"
is "a server that dies is exit 1" $? 1
is "with a message" "$(grep -ciE 'connection|server' "$scratch/slow.err" | head -c 1 | tr '2-9' 1)" 1
unmade "a server that died"
check "and the nights before are whole" owner verify --read-data
prepared server start
check "the next night" owner backup --name office --postgres "$night"

# The same while rows come back. The table is locked, so that the server dies behind the first row and before the last.
prepared in_office -c 'DELETE FROM dok_penawaran WHERE psr_id = 4070; DELETE FROM peserta WHERE psr_id = 4070'
psql -qX -d office -c 'BEGIN; LOCK TABLE dok_penawaran; SELECT pg_sleep(60)' >/dev/null 2>&1 &
holder=$!
wait_until "the table is locked" eval '[ "$(sql -d postgres -c "SELECT count(*) FROM pg_locks WHERE mode = '"'AccessExclusiveLock'"' AND granted AND relation IS NOT NULL")" -gt 0 ]'
exec_owner records restore "$first" peserta 4070 --follow --postgres "$here_now" >"$scratch/slow.out" 2>"$scratch/slow.err" &
run=$!
wait_until "the restore waits for it" eval '[ "$(sql -d postgres -c "SELECT count(*) FROM pg_locks WHERE NOT granted")" -gt 0 ]'
server crash >"$scratch/out" 2>&1
wait "$run"
is "a server that dies while rows come back is exit 1" $? 1
wait "$holder"
prepared server start
is "and no row came" "$(in_office -c 'SELECT count(*) FROM peserta WHERE psr_id = 4070')" 0
check "and then all do" owner records restore "$first" peserta 4070 --follow --postgres "$here_now"
is "all" "$(in_office -c 'SELECT count(*) FROM dok_penawaran WHERE psr_id = 4070')" 1

key_file=$scratch/night.key
check "a backup key" export_role backup "$key_file"
check "stores a database" with_key backup --json --postgres "$night"
exits 12 "and reads no row of it" with_key records find latest peserta
exits 12 "nor rebuilds it" with_key restore latest --postgres dbname=again

# --- the second reader ----------------------------------------------------------------------------------------------
# It computes each row's key from its values: numerics, integers, texts, and the hash of a row without a key.
python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import nacl.bindings, hashlib; hashlib.file_digest' 2>/dev/null && python=$candidate && break
done
if [ -n "$python" ]; then
  check "a restore key" export_role restore "$scratch/restore.key"
  reads() { "$python" -B "$root/examples/reader/pulih_reader.py" -r "$repo" --key "$scratch/restore.key" "$@"; }
  check "the second reader" reads rows "$first" office/public.peserta
  is "reads the same rows" "$("$python" -c 'import json, sys
for line in sys.stdin: row = json.loads(line); print(row["psr_id"] + "," + row["psr_harga"])' <"$scratch/out" | sha256sum)" \
    "$(owner records find "$first" peserta --columns psr_id,psr_harga --csv | sed 1d | sha256sum)"
  night_of_odd=$(owner snapshots --json | json '[s["id"] for s in d if s["tables"] == 13][0]')
  check "rows without a key" reads rows "$night_of_odd" office/public.twice
  is "as often as they are there" "$(sort "$scratch/out" | tr '\n' ' ')" '{"v": "1.50"} {"v": "NaN"} {"v": "NaN"} {"v": null} '
  check "odd names" reads rows "$night_of_odd" "office/$odd"
  is "all three" "$(wc -l <"$scratch/out")" 3
  check "its tables" reads tables "$night_of_odd"
  is "are those of pulih" "$(cut -d' ' -f1 "$scratch/out" | grep -c '^office/')" 13
else
  skip "the second reader: no Python 3.11 with PyNaCl (python3-nacl)"
fi

# --- a partitioned table, by its name -------------------------------------------------------------------------------
prepared createdb berbagi
prepared sql -d berbagi -f - <<'END'
CREATE TABLE "Kontrak ATTACH PARTITION" (tahun int, id int, isi text, PRIMARY KEY (tahun, id)) PARTITION BY RANGE (tahun);
CREATE TABLE k_2014 PARTITION OF "Kontrak ATTACH PARTITION" FOR VALUES FROM (2014) TO (2015);
CREATE TABLE k_2015 (isi text, id int NOT NULL, tahun int NOT NULL, PRIMARY KEY (tahun, id)) PARTITION BY HASH (id);
CREATE TABLE k_2015_a PARTITION OF k_2015 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE k_2015_b PARTITION OF k_2015 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE "Kontrak ATTACH PARTITION" ATTACH PARTITION k_2015 FOR VALUES FROM (2015) TO (2016);
INSERT INTO "Kontrak ATTACH PARTITION" SELECT 2014 + i % 2, i, 'isi ' || i FROM generate_series(1, 40) i;
END
check "a partitioned table" owner backup --name berbagi --postgres 'dbname=berbagi'
kontrak='"Kontrak ATTACH PARTITION"'
check "get in one partition" owner records get latest --name berbagi "$kontrak" 2014,8 --json
is "finds the row" "$(answer 'd["isi"]')" 'isi 8'
check "get in another, whose columns have another order" owner records get latest --name berbagi "berbagi/public.$kontrak" 'tahun=2015,id=9' --json
is "finds it as well" "$(answer 'd["isi"]')" 'isi 9'
exits 1 "a key that none has" owner records get latest --name berbagi "$kontrak" 2014,9
said "is told of all" 'in any of its partitions: no row 2014,9'
check "find" owner records find latest --name berbagi "$kontrak" --csv
is "finds what SQL finds, in one order of columns" "$(sort "$scratch/out")" "$(sql -d berbagi --csv -t -c "SELECT * FROM $kontrak" | cat - <(echo tahun,id,isi) | sort)"
check "find by key" owner records find latest --name berbagi "$kontrak" --where 'tahun = 2015 and id = 7' --columns isi --csv
is "finds it" "$(tr '\n' ' ' <"$scratch/out")" 'isi isi 7 '
check "find a few" owner records find latest --name berbagi "$kontrak" --limit 25 --json
is "stops" "$(wc -l <"$scratch/out")" 25
check "a partition of partitions" owner records find latest --name berbagi k_2015 --json
is "is as good" "$(wc -l <"$scratch/out")" 20
prepared sql -d berbagi -c "DELETE FROM $kontrak WHERE id IN (8, 9)"
check "rows of several partitions" owner records restore latest --name berbagi "$kontrak" 2014,8 2015,9 --postgres 'dbname=berbagi'
is "come back" "$(sql -d berbagi -c "SELECT count(*) FROM $kontrak")" 40
exits 1 "history" owner records history --name berbagi "$kontrak" 2014,8
said "says whose name it takes" 'of a partitioned table its partitions'
prepared dropdb berbagi

# --- nights that lack a table -----------------------------------------------------------------------------------------
# One that may not be read and one that was left out are not one that was dropped.
prepared in_office -c 'CREATE TABLE sementara (id int PRIMARY KEY); INSERT INTO sementara VALUES (1), (2)'
check "a night with all tables" owner backup --json --name lacking --postgres "$night"
whole_night=$(answer 'd["snapshot"]')
exits 3 "one in which a table is denied" owner backup --json --name lacking --postgres 'dbname=office user=separuh' --schema public
denied_night=$(answer 'd["snapshot"]')
check "one that leaves it out" owner backup --json --name lacking --postgres "$night" --exclude-table rekanan
excluded_night=$(answer 'd["snapshot"]')
prepared in_office -c 'DROP TABLE sementara'
check "one after a table was dropped" owner backup --json --name lacking --postgres "$night"
dropped_night=$(answer 'd["snapshot"]')
check "and one of files" owner backup --json --name lacking "$scratch/files"
files_night=$(answer 'd["snapshot"]')

exits 1 "get of a table that was denied" owner records get "$denied_night" rekanan 1
said "says so" 'office/public.rekanan: its rows are not in snapshot .*: it could not be read: the role may not read it'
said_nothing_of "and not that there is none" 'there is none of this name'
exits 1 "find in one that was left out" owner records find "$excluded_night" rekanan
said "says so as well" 'left out'
exits 1 "restore of it" owner records restore "$excluded_night" rekanan 1 --postgres "$here_now"
said "too" 'left out'
exits 3 "a comparison with the night that was denied a table" owner records diff "$whole_night" "$denied_night" --json
is "tells none of its rows" "$(answer '[c for c in d["removed"] if "rekanan" in c["table"]]')" '[]'
is "nor that it is gone" "$(answer 'd["tables_only_before"]')" '[]'
is "but that it was not compared, and where" "$(answer '[(t["table"], t["snapshot"]) for t in d["tables_not_compared"] if "rekanan" in t["table"]]')" "[('office/public.rekanan', '$denied_night')]"
exits 3 "for people" owner records diff "$denied_night" "$whole_night" --table rekanan
said "in one line" '^not compared: office/public.rekanan: not in snapshot '"${denied_night:0:8}"
said "and no row came" '^0 added, 0 removed, 0 changed, in 0 tables$'
check "a table that was dropped" owner records diff "$whole_night" "$dropped_night"
said "is gone" '^table gone: office/public.sementara$'
said "with its rows" '^  - 2$'
exits 3 "a comparison with a night of files" owner records diff "$dropped_night" "$files_night"
said "says that it compares nothing" '^not compared: tables of office: not in snapshot'
said "and tells no row" '^0 added, 0 removed, 0 changed'
check "history" owner records history rekanan "$(in_office -c 'SELECT min(rkn_id) FROM rekanan')" --name lacking
said "counts the nights that have the table" '^1 version in 2 of 5 snapshots'

exits 1 "a night that leaves out every table" owner backup --postgres "$night" --exclude-table '*'
said "is none" 'leaves none of its [0-9]+ tables'
check "a pattern that fits nothing" owner backup --json --name lacking --postgres "$night" --exclude-table rekanam
is "is told" "$(answer 'd["warnings"]')" "['--exclude-table rekanam: no table has such a name']"
exits 2 "the same database twice" owner backup --postgres "$night" --postgres "$night"
said "is told of databases" 'database office was named twice'
said_nothing_of "and not of files" 'NAME=FILE'
exits 2 "a rate of nothing" owner backup --postgres "$night" --rate 0
exits 1 "a server that asks for a password" owner backup --json --postgres "$tcp"
is "says that there is none" "$(answer '(d["error"]["code"], "PGPASSWORD" in d["error"]["hint"])')" "('denied', True)"
exits 1 "a service that nobody knows" owner backup --postgres 'service=malam'
said "is named, and no empty database" 'the server: definition of service "malam" not found'

# --- roles that may not write, and columns that went ----------------------------------------------------------------
prepared sql -d postgres -c "CREATE ROLE pembaca LOGIN; ALTER ROLE pembaca SET default_transaction_read_only = on; GRANT pg_read_all_data TO pembaca"
prepared createdb kosong
exits 1 "a rebuild by a role that may only read" owner restore "$dropped_night" --postgres 'dbname=kosong user=pembaca'
said "says whose it is" 'nothing was changed; this role may not write'
said_nothing_of "and nothing of half a database" 'half built'
exits 1 "rows back by such a role" owner records restore "$first" peserta 4070 --mode overwrite --postgres 'dbname=office user=pembaca'
said "names the database" 'database office: .*read-only'
said "and whom to be" 'role pembaca may not do that'
prepared in_office -c 'ALTER TABLE paket RENAME pkt_hps TO hps'
key=$(in_office -c 'SELECT min(pkt_id) FROM paket')
exits 3 "a row whose column is gone" owner records restore "$first" paket "$key" --postgres "$here_now" --json
is "is not all there" "$(answer 'd["columns_missing"]')" 1
prepared in_office -c 'ALTER TABLE paket RENAME hps TO pkt_hps'
exits 1 "a script over another" owner records restore "$first" peserta 4070 --sql "$scratch/bid.sql"
said "is refused" 'there is a file of this name'
check "what hangs on a row" owner records get "$first" lelang_seleksi 1042 --follow
is "comes behind the row itself" "$(grep -nE '^[a-z]+/|asked for' "$scratch/out" | grep -A1 lelang_seleksi | tail -n 1 | grep -c 'asked for')" 1
is "which is first" "$(grep -E '^[a-z]+/' "$scratch/out" | head -n 1)" 'office/public.lelang_seleksi: 1 row'

# --- the page -----------------------------------------------------------------------------------------------------
if PULIH=$PULIH bash "$here/doc_examples.sh" "$root/docs/records.md" >"$scratch/page" 2>&1; then good; else bad "docs/records.md: $(tail -n 20 "$scratch/page")"; fi
finish

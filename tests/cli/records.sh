#!/usr/bin/env bash
# Records from files, as a person meets them: CSV, JSON and OCDS tables stored over three nights, looked up, compared
# and written out again. No database is needed; records_postgres.sh is the same with one.
. "$(dirname "$0")/lib.sh"
lists=$scratch/lists
mkdir "$lists"

# answers EXPRESSION: over the list of the JSON lines of the last command.
answers() { sed '1s/^/[/; $!s/$/,/; $s/$/]/' "$scratch/out" | json "$1"; }
# words WHAT TEXT: all that the last command printed on stdout.
words() { is "$1" "$(cat "$scratch/out")" "$2"; }

cat >"$lists/tenders.csv" <<'END'
id,title,budget,status
17,"School desks, 240 pieces",120000000,open
18,"Road marking, 12 km",86500000.50,open
19,"The ""new"" office",,draft
20,"two
lines",0,
END
# A semicolon, Latin-1, and a key of two columns.
printf 'tender;bidder;amount;note\n17;"PT Karya; Contoh";118400000;"caf\xe9"\n17;CV Mitra;121750000;\n18;CV Mitra;86000000;""\n' >"$lists/bids.csv"
# No key: two rows are the same.
printf 'day,visitor\nMonday,Sari\nMonday,Sari\nTuesday,Budi\n' >"$lists/visits.csv"
cat >"$lists/people.jsonl" <<'END'
{"id": 1, "name": "Sari", "rooms": [2, 4], "active": true}
{"id": 2, "name": "Budi \u00e9", "rooms": null, "active": false}
END
cat >"$lists/release.json" <<'END'
{"uri": "https://contoh.example/1", "version": "1.1", "publishedDate": "2025-05-02T00:00:00Z", "publisher": {"name": "Contoh"}, "releases": [
  {"ocid": "ocds-fiksi-17", "id": "17-1", "date": "2025-05-01T10:00:00Z", "tag": ["tender"], "initiationType": "tender", "tender": {"id": "17", "title": "School desks"}},
  {"ocid": "ocds-fiksi-17", "id": "17-2", "date": "2025-05-02T10:00:00Z", "tag": ["tenderUpdate"], "initiationType": "tender", "tender": {"id": "17", "title": "School desks, 240 pieces"}}]}
END

night() {
  owner backup "$@" --host office1 --name lists --table "$lists/tenders.csv" --primary-key id --table "$lists/bids.csv" \
    --primary-key tender,bidder --table "$lists/visits.csv" --primary-key '' --table people="$lists/people.jsonl" --primary-key id \
    --table "$lists/release.json" --primary-key ''
}

# --- three nights -------------------------------------------------------------------------------------------------
check "init" owner init --kdf-memory 8
exits 1 "records of an empty repository" owner records tables latest
said "says that it is empty" 'the repository has none yet'
check "a dry run" night --dry-run --json
is "counts rows" "$(answer 'd["rows"]')" 15
is "and stores none" "$(owner snapshots --json | json 'len(d)')" 0
check "the first night" night --json
is "counts tables" "$(answer 'd["tables"]')" 6
is "and rows" "$(answer 'd["rows"]')" 15
is "and no files" "$(answer 'd["files"]')" 0
is "and tells of no problem" "$(answer 'd["problems_count"]')" 0
first=$(answer 'd["snapshot"]')
sed -i 's/86500000.50/85000000/; s/^19,.*/19,The office,5000,open/' "$lists/tenders.csv"
printf '21,Chairs,900,open\n' >>"$lists/tenders.csv"
printf 'Monday,Sari\n' >>"$lists/visits.csv"
check "the second night" night --json
second=$(answer 'd["snapshot"]')
sed -i '/^18,/d' "$lists/tenders.csv"
check "the third night" night --json
third=$(answer 'd["snapshot"]')
check "a night in which nothing changed" night --json
holds "adds a manifest and a log entry only" "$(answer 'd["bytes_added"]')" -lt 3000
is "and no object" "$(answer 'd["objects_written"]')" 0

check "snapshots --json" owner snapshots --json
is "counts tables" "$(answer '[s["tables"] for s in d]')" '[6, 6, 6, 6]'
is "and rows" "$(answer '[s["rows"] for s in d]')" '[15, 17, 16, 16]'
check "verify knows what rows lean on" owner verify --read-data --json
is "and all is whole" "$(answer 'd["result"]')" ok
check "ls of a snapshot without files" owner ls latest
said "says where to look" 'records tables'

# --- tables -------------------------------------------------------------------------------------------------------
check "records tables" owner records tables latest
said "one a line" '^/tenders +4 +4 +id$'
said "with what finds a row" '^/bids +3 +4 +tender, bidder$'
said "or that nothing does" '^/visits +4 +2 +\(none\)$'
check "records tables --json" owner records tables latest --json
is "names them in order" "$(answer '[t["table"] for t in d]')" "['/bids', '/people', '/release', '/release_compiled', '/tenders', '/visits']"
is "with rows, those of one entry as well" "$(answer '[t["rows"] for t in d]')" '[3, 2, 2, 1, 4, 4]'
is "with keys" "$(answer '[t["key"] for t in d]')" "[['tender', 'bidder'], ['id'], ['ocid', 'id'], ['ocid'], ['id'], []]"
is "with columns and types" "$(answer '[(c["name"], c["type"]) for c in d[4]["columns"]][:2]')" "[('id', 'text'), ('title', 'text')]"
check "a snapshot of files has none" owner backup --json --name files "$lists/tenders.csv"
exits 1 "which is told" owner records tables latest
said "so" 'no tables'
check "--name chooses" owner records tables latest --name lists

# --- get ----------------------------------------------------------------------------------------------------------
check "records get" owner records get "$first" tenders 17
said "one column a line" '^title +School desks, 240 pieces$'
check "get --json" owner records get "$first" tenders 18 --json
is "is the row" "$(answer 'd')" "{'id': '18', 'title': 'Road marking, 12 km', 'budget': '86500000.50', 'status': 'open'}"
check "get of a value that is NULL" owner records get "$first" tenders 19 --json
is "is null" "$(answer 'd["budget"]')" None
is "and quotes come back" "$(answer 'd["title"]')" 'The "new" office'
check "get --csv" owner records get "$first" tenders 20 --csv
words "is CSV" $'id,title,budget,status\n20,"two\nlines",0,'
check "a key with a comma" owner records get latest --name lists /tenders id=17 --json
is "by column" "$(answer 'd["id"]')" 17
check "a key of two columns, in order" owner records get latest --name lists bids '17,PT Karya; Contoh' --json
is "with Latin-1 made UTF-8" "$(answer 'd["note"]')" café
check "or by name, in any order" owner records get latest --name lists bids 'bidder=CV Mitra,tender=18' --json
is "and an empty text is not NULL" "$(answer '(d["amount"], d["note"])')" "('86000000', '')"
check "JSON values" owner records get latest --name lists people 1 --json
is "keep their types" "$(answer 'd')" "{'id': 1, 'name': 'Sari', 'rooms': [2, 4], 'active': True}"
check "OCDS: one release" owner records get latest --name lists release ocds-fiksi-17,17-1 --json
said "as it was" 'School desks"'
check "OCDS: what the releases add up to" owner records get latest --name lists release_compiled ocds-fiksi-17 --json
said "merged" 'School desks, 240 pieces'
exits 1 "no such row" owner records get latest --name lists tenders 18
said "is named" 'no row 18'
exits 1 "no such table" owner records get latest --name lists nothing 1
exits 1 "a table in another case" owner records get latest --name lists TENDERS 17
said "is asked after" 'did you mean tenders\?'
exits 1 "no snapshot of this name" owner records get latest --name nix tenders 17
said "is told" 'name nix: no snapshot is of that'
exits 1 "nor in a history" owner records history tenders 17 --name nix
said "is it" 'name nix: no snapshot is of that'
exits 2 "a table's name that is none" owner records get latest --name lists '"ab' 1
exits 2 "half of a key" owner records get latest --name lists bids 17
said "says what the key is" 'it has 1 value, the key 2 columns: tender, bidder'
exits 2 "get without a key" owner records get latest tenders
exits 2 "--follow --csv" owner records get "$first" tenders 17 --follow --csv
check "--follow, where nothing hangs on a row" owner records get "$first" tenders 17 --follow --json
is "has the row" "$(answer 'd["row"]["id"]')" 17
is "and nothing else" "$(answer '(d["related"], d["damaged"])')" '([], [])'

# --- find ---------------------------------------------------------------------------------------------------------
found() {  # found WHAT EXPRESSION IDS
  check "find: $1" owner records find "$first" tenders --where "$2" --json
  if [ -s "$scratch/out" ]; then is "finds" "$(answers '" ".join(r["key"] for r in d)')" "$3"; else is "finds" '' "$3"; fi
}
found "equal" "id = '17'" 17
found "a word without quotes" "id = 17" 17
found "not equal" "status != 'open'" 19
found "a regular expression" "title ~ '^Road'" 18
found "which minds case" "title ~ '^road'" ''
found "or not" "title ~* '^road'" 18
found "is null" "budget is null" 19
found "is not null, and" "budget is not null and title ~ 'o'" '17 18 20'
found "or, parentheses, not" "not (id = 17 or id = 18) and status is not null" 19
found "in" "id in (17, 20)" '17 20'
found "between" "id between 18 and 19" '18 19'
found "no comparison holds for NULL" "budget != '0'" '17 18'
check "find --csv --columns" owner records find "$first" tenders --where 'id < 19' --columns title,id --csv
words "in that order" $'title,id\n"School desks, 240 pieces",17\n"Road marking, 12 km",18'
check "find --limit" owner records find "$first" tenders --limit 2 --json
is "stops there" "$(answers 'len(d)')" 2
check "equal rows of a table without a key" owner records find "$first" visits --json
is "are one, with a count" "$(answers 'sorted(r.get("count", 1) for r in d)')" '[1, 2]'
key=$(answers 'next(r["key"] for r in d if r.get("count") == 2)')
check "found by their hash" owner records get "$first" visits "$key" --json
is "as they are" "$(answer 'd')" "{'day': 'Monday', 'visitor': 'Sari'}"
check "and written as often as they are in CSV" owner records find "$first" visits --csv
is "all three" "$(wc -l <"$scratch/out")" 4
check "find of nothing" owner records find "$first" tenders --where 'id = 99'
words "prints nothing" ''
said "but says so" 'no row matches'
for wrong in 'id =' 'nope = 1' "id = 'x" 'id ~ "("' "title ~ '('" '(id = 1' 'id = 1 and' 'id'; do
  exits 2 "--where $wrong" owner records find "$first" tenders --where "$wrong"
  said "is explained" 'filter'
done
exits 2 "--columns that are not there" owner records find "$first" tenders --columns nope
exits 2 "a column with a slip" owner records find "$first" tenders --columns titel
said "is asked after" 'did you mean title\?'
check "blanks between columns" owner records find "$first" tenders --columns 'id, status ' --csv
is "are none of their names" "$(head -n 1 "$scratch/out")" 'id,status'
exits 2 "an empty --where" owner records find "$first" tenders --where ''
exits 2 "--limit 0" owner records find "$first" tenders --limit 0
exits 2 "--csv --json" owner records find "$first" tenders --csv --json

# Rows of many blocks, of which later ones are wider, and a value that no terminal shows whole.
awk 'BEGIN { print "id,name"; for (i = 0; i < 1200; i++) print i "," (i == 1100 ? "a name that is wider than all names before it and than forty columns" : "n" i) }' >"$lists/many.csv"
check "a table of many rows" owner backup --name many --table "$lists/many.csv" --primary-key id
check "find of all" owner records find latest --name many many
is "has one header" "$(grep -c '^id' "$scratch/out")" 1
is "and every row" "$(wc -l <"$scratch/out")" 1201
said "and cuts nothing where there is no terminal" 'than forty columns$'
owner records find latest --name many many 2>"$scratch/err" | head -n 1 >"$scratch/out"
is "a reader that has enough is no failure" "${PIPESTATUS[0]}" 0
words "who got it" 'id    name'
# on_terminal COLUMNS COMMAND…: what the command prints on a terminal that is so wide.
on_terminal() {
  python3 - "$@" <<'END'
import fcntl, os, pty, struct, sys, termios
child, fd = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
out = b""
try:
    while piece := os.read(fd, 65536):
        out += piece
except OSError:
    pass
os.waitpid(child, 0)
sys.stdout.write(out.decode().replace("\r\n", "\n"))
END
}
on_terminal 40 "$PULIH" -r "$repo" --passphrase-file "$passphrase_file" --cache "$cache" --state "$state" --no-progress records find latest --name many many --where 'id = 1100' >"$scratch/out"
is "on a terminal a line fits" "$(wc -L <"$scratch/out")" 40
said "and the value is cut" '…$'
on_terminal 160 "$PULIH" -r "$repo" --passphrase-file "$passphrase_file" --cache "$cache" --state "$state" --no-progress records find latest --name many many --where 'id = 1100' >"$scratch/out"
said "which it is not where there is room" 'than forty columns$'

# --- history, diff ------------------------------------------------------------------------------------------------
check "records history --json" owner records history tenders 18 --json
is "from the night it came to the one it was gone" "$(answer '[(v["snapshot"][:8], v["change"]) for v in d]')" \
  "[('${first:0:8}', 'added'), ('${second:0:8}', 'changed'), ('${third:0:8}', 'removed')]"
is "with what changed" "$(answer 'd[1]["fields"]')" "{'budget': {'before': '86500000.50', 'after': '85000000'}}"
is "the whole row" "$(answer 'd[0]["row"]["title"]')" 'Road marking, 12 km'
is "and none where it was gone" "$(answer 'd[2]["row"]')" None
check "history for people" owner records history tenders 19
said "shows both values" 'budget: .* → 5000'
said "and counts" '2 versions in'
check "history of a row that never changed" owner records history tenders 17
said "is one version" '1 version in'
exits 1 "history of a row that never was" owner records history tenders 99
exits 1 "history of a table that never was" owner records history nothing 1

check "records diff --json" owner records diff "$first" "$second" --json
is "what came" "$(answer '[(c["table"], c["key"]) for c in d["added"]]')" "[('/tenders', '21')]"
is "what changed" "$(answer 'sorted((c["table"], c.get("count_before"), c.get("count_after"), sorted(c.get("fields", {}))) for c in d["changed"] if c["table"] == "/visits" or c["key"] == "18")')" \
  "[('/tenders', None, None, ['budget']), ('/visits', 2, 3, [])]"
is "from NULL" "$(answer 'next(c for c in d["changed"] if c["key"] == "19")["fields"]["budget"]')" "{'before': None, 'after': '5000'}"
is "what went" "$(answer 'd["removed"]')" '[]'
check "diff --table" owner records diff "$second" "$third" --table tenders
said "one line a row" '^ +- 18$'
said "and counts" '^0 added, 1 removed, 0 changed, in 1 table$'
check "diff of what is the same" owner records diff "$third" "$third" --json
is "is empty" "$(answer '(d["added"], d["removed"], d["changed"])')" '([], [], [])'
check "a night of one list only" owner backup --name few --table "$lists/tenders.csv" --primary-key id
exits 3 "diff with it" owner records diff "$third" latest --name few --json
is "compares what both have" "$(answer '(d["tables_compared"], d["removed"], d["tables_only_before"])')" "(1, [], [])"
is "and says what it does not" "$(answer '[t["table"] for t in d["tables_not_compared"]]')" "['/bids', '/people', '/release', '/release_compiled', '/visits']"
exits 1 "diff of a table that neither has" owner records diff "$first" "$second" --table nothing

# --- export -------------------------------------------------------------------------------------------------------
check "records export" owner records export "$third" --to "$scratch/csv" --json
is "a file for each table" "$(answer 'len(d["tables"])')" 6
is "with its rows" "$(answer 'next(t["rows"] for t in d["tables"] if t["table"] == "/visits")')" 4
is "CSV of a table" "$(sort "$scratch/csv/tenders.csv")" "$(sort "$lists/tenders.csv")"
is "NULL and empty text stay apart" "$(grep ^18 "$scratch/csv/bids.csv")" '18,CV Mitra,86000000,""'
is "equal rows are all there" "$(grep -c Monday "$scratch/csv/visits.csv")" 3
exits 1 "export over what is there" owner records export "$third" --to "$scratch/csv"
said "says what to do" 'nothing is written over'
exits 1 "export into a file" owner records export "$third" --to "$lists/tenders.csv"
said "says so" 'it is there and no folder'
check "export --format jsonl --table" owner records export "$third" --to "$scratch/jsonl" --format jsonl --table people
is "only that" "$(ls "$scratch/jsonl")" people.jsonl
is "as JSON" "$(head -n 1 "$scratch/jsonl/people.jsonl" | json 'd["rooms"]')" '[2, 4]'
check "export --format copy" owner records export "$first" --to "$scratch/copy" --format copy --table tenders
is "as COPY reads it" "$(sed -n '3p' "$scratch/copy/tenders"*)" $'19\tThe "new" office\t\\N\tdraft'
exits 2 "another format" owner records export "$third" --to "$scratch/x" --format xml
exits 2 "without --to" owner records export "$third"
check "what was exported" owner backup --json --name again --table "$scratch/csv/tenders.csv" --primary-key id
is "has the same rows" "$(owner records diff "$third" latest --table tenders --json | json '[len(d[k]) for k in ("added", "removed", "changed")]')" '[0, 0, 0]'

# --- restore ------------------------------------------------------------------------------------------------------
exits 2 "restore --sql of a table from a file" owner records restore "$first" tenders 18 --sql "$scratch/18.sql"
said "says what to do" 'records export'
holds "and writes nothing" ! -e "$scratch/18.sql"
exits 2 "restore to nowhere" owner records restore "$first" tenders 18
exits 2 "restore to both" owner records restore "$first" tenders 18 --sql x --postgres dbname=x
exits 2 "a dry run of a script" owner records restore "$first" tenders 18 --sql x --dry-run
exits 2 "a script among JSON" owner records restore "$first" tenders 18 --sql - --json
said "says why" 'both write to standard output'
exits 2 "another mode" owner records restore "$first" tenders 18 --sql x --mode merge
exits 1 "restore --postgres of a snapshot without a database" owner restore "$first" --postgres 'host=/nowhere dbname=x'

# --- what may be wrong with a file ----------------------------------------------------------------------------------
printf 'id,name\n1,a\n1,b\n' >"$lists/twice.csv"
exits 3 "a key that repeats" owner backup --json --table "$lists/twice.csv" --primary-key id
is "is told, and no row is lost" "$(answer '(d["rows"], d["problems_count"] > 0)')" '(2, True)'
check "the table then has no key" owner records tables latest --json
is "none" "$(answer 'd[0]["key"]')" '[]'
exits 1,2 "a key that the file does not have" owner backup --table "$lists/tenders.csv" --primary-key nope
said "names those that are" 'title'
exits 1,3 "a file that is not there" owner backup --table "$lists/nothing.csv"
exits 2 "--primary-key without --table" owner backup --primary-key id
exits 2 "fewer keys than tables" owner backup --table "$lists/tenders.csv" --table "$lists/bids.csv" --primary-key id
exits 2 "--schema without --postgres" owner backup --schema public --table "$lists/tenders.csv"
exits 2 "an empty --table" owner backup --table ''
: >"$lists/empty.csv"
exits 0,1,3 "an empty file" owner backup --table "$lists/empty.csv"

# --- odd names ----------------------------------------------------------------------------------------------------
odd=$'a.b/c "d" \xc3\xa9'
printf 'Id,"sp ace","quo""te",select\n"x,1",1,2,3\n"#2",4,5,6\n' >"$lists/odd.csv"
check "a table with an odd name" owner backup --json --name odd --table "odd=$lists/odd.csv" --primary-key Id
check "odd columns" owner records get latest --name odd odd '"x,1"' --json
is "come back" "$(answer 'd')" "{'Id': 'x,1', 'sp ace': '1', 'quo\"te': '2', 'select': '3'}"
check "a column in quotes" owner records find latest --name odd odd --where '"sp ace" = 4 and "quo""te" = 5' --json
is "and a key that looks like a hash is quoted" "$(answers '[r["key"] for r in d]')" "['\"#2\"']"
check "a key as it was shown" owner records get latest --name odd odd "$(answers 'd[0]["key"]')" --json
is "gives the row" "$(answer 'd["select"]')" 6
cp "$lists/odd.csv" "$lists/Odd Name.v2.csv"
check "a file with an odd name" owner backup --json --name odd --table "$lists/Odd Name.v2.csv" --primary-key Id
check "is a table" owner records tables latest --name odd --json
odd=$(answer 'd[0]["table"]')
is "quoted" "$odd" '/"Odd Name.v2"'
check "found by what was shown" owner records get latest --name odd "$odd" 'Id="x,1"' --json
is "is the row" "$(answer 'd["Id"]')" 'x,1'
check "two tables of one name are two" owner backup --json --name odd --table "a=$lists/odd.csv" --table "b=$lists/odd.csv"
exits 1,2,3 "the same name twice" owner backup --json --name odd --table "a=$lists/odd.csv" --table "a=$lists/tenders.csv"
check "export under odd names" owner records export latest --name odd --to "$scratch/odd"

# --- damage -----------------------------------------------------------------------------------------------------------
# A table of some hundred nodes, of which one byte in the middle of the pack hits one.
sound_repo=$repo
repo=$scratch/large
awk 'BEGIN { srand(7); print "id,a,b"; for (i = 0; i < 60000; i++) print i ",tender " i "," rand() rand() rand() }' >"$lists/large.csv"
check "init of another repository" owner init --kdf-memory 8
check "a large table" owner backup --json --table "$lists/large.csv" --primary-key id
is "is stored" "$(answer 'd["rows"]')" 60000
flip_middle "$(largest_pack)"
exits 3 "verify finds the damage" owner verify --read-data --json
is "and names the table" "$(answer '{t for e in d["damage"] for t in e["tables"]}')" "{'/large'}"
exits 3 "find goes on behind it" owner records find latest large --where "a ~ 'tender'" --columns id --csv
said "and says so" 'damaged'
holds "with most of the rows" "$(wc -l <"$scratch/out")" -gt 50000
holds "and not all" "$(wc -l <"$scratch/out")" -lt 60001
exits 3 "export does as well" owner records export latest --to "$scratch/damaged" --json
is "and names it" "$(answer 'any("large" in text for text in d["damaged"])')" True
repo=$sound_repo

# --- keys and roles ---------------------------------------------------------------------------------------------------
check "a backup key" export_role backup "$scratch/night.key"
key_file=$scratch/night.key
check "stores tables" with_key backup --json --table "$lists/tenders.csv" --primary-key id
exits 12 "and cannot read them" with_key records get latest tenders 17
check "a restore key" export_role restore "$scratch/restore.key"
key_file=$scratch/restore.key
check "can" with_key records get latest tenders 17 --json
if grep -raq -e 'School desks' "$repo"; then bad "rows stand in the repository in clear"; else good; fi
exits 2 "records alone" owner records
exits 2 "records of nothing that is" owner records frobnicate
said "is told" 'there is no command `records frobnicate`'
exits 2 "a command with a slip" owner records gett latest tenders 17
said "is asked after" 'did you mean `records get`\?|did you mean `pulih records get`\?'
exits 2 "help of a command" "$PULIH" help records
said "is told how to ask" 'there is no command `help`'
said "which is" 'pulih records --help'
finish

#!/usr/bin/env bash
# `pulih recover` by hand: its six commands, their exit codes and their JSON, what happens when one is interrupted, and
# what is said when evidence or the custody log is no longer what it was.
. "$(dirname "$0")/lib.sh"
office=$(cd "$here/../../examples/recovery" && pwd)
case=$scratch/case remains=$scratch/remains
recover() { "$PULIH" recover "$@" --no-progress; }
# parsed WHAT EXPRESSION WANTED: of the one JSON document that the last command printed.
parsed() { is "$1" "$(answer "$2")" "$3"; }

# --- a case -------------------------------------------------------------------------------------------------------
check "open" recover open "$case"
said "the key of the log is told" '^public key of its custody log: [0-9a-f]{64}$'
refuses "open twice" 'there is one already' recover open "$case"
mkdir "$scratch/full"
echo kept >"$scratch/full/file"
refuses "open where something else lies" 'full' recover open "$scratch/full"
is "which is left alone" "$(cat "$scratch/full/file")" kept
check "open --json" recover open "$scratch/other/deeper" --json
holds "one document" "$(answer 'len(d["case"])')" = 32
exits 2 "open of nothing" recover open
exits 2 "no such command" recover shut "$case"
refuses "a case that is none" 'none\.|no case|not found|no such' recover report "$scratch/none."

check "run of an empty case" recover run "$case"
check "report of one" recover report "$case" --json
parsed "without evidence" 'd["evidence"]' '[]'
check "export of one" recover export "$case" --to "$scratch/nothing" --json
parsed "no table" 'd["tables"]' '[]'

# --- evidence -------------------------------------------------------------------------------------------------------
mkdir "$remains"
exits 0,3 "add of an empty folder" recover add "$case" "$remains" --json
parsed "adds nothing" 'd["files"]' 0
refuses "add of what is not there" 'nowhere' recover add "$case" "$scratch/nowhere"
exits 2 "add without a path" recover add "$case"
cp "$office"/office-*.sql "$remains/"
chmod 444 "$remains"/*
before=$(sha256sum "$remains"/*)
exits 2 "a class that there is not" recover add "$case" "$remains" --class 8
exits 2 "a time that is none" recover add "$case" "$remains" --captured yesterday
check "add" recover add "$case" "$remains" --custodian 'Budi, helpdesk' --origin 'desk drawer' --json
parsed "two files" 'd["files"]' 2
check "add of the same again" recover add "$case" "$remains/office-october.sql" --custodian Sari --json
check "report" recover report "$case" --json
parsed "two pieces of evidence" 'len(d["evidence"])' 2
parsed "one of them from two hands" 'sorted(sorted(o["custodian"] for o in e["found_at"]) for e in d["evidence"])[0]' "['Budi, helpdesk']"
ln -s "$remains/office-october.sql" "$scratch/link"
check "a link that a person names is followed" recover add "$case" "$scratch/link"
mkfifo "$scratch/pipe"
exits 1,3 "a pipe is not waited for" timeout 60 "$PULIH" recover add "$case" "$scratch/pipe" --no-progress

# --- rows -----------------------------------------------------------------------------------------------------------
exits 2 "run with no jobs" recover run "$case" --jobs 0
refuses "run with a schema that is not there" 'nowhere' recover run "$case" --schema "$scratch/nowhere"
check "run" recover run "$case" --schema "$office/schema.sql" --json
parsed "reads both" 'sorted((u["rows"], u["state"], u["fresh"]) for u in d["units"])' "[(9, 'done', True), (11, 'done', True)]"
parsed "in the sandbox" 'all(u["sandboxed"] for u in d["units"])' True
check "run again" recover run "$case" --json
parsed "reads none" 'sum(u["fresh"] for u in d["units"])' 0
check "export" recover export "$case" --to "$scratch/rows" --json
parsed "of two tables" 'sorted((t["table"], t["rows"]) for t in d["tables"])' "[('public.paket', 5), ('public.peserta', 6)]"
is "a row" "$(sed -n 2p "$scratch/rows/paket.csv")" '101,Pengadaan meja sekolah Desa Contoh,120000000.00,selesai,2014-10-02'
is "and its grade" "$(sed -n 2p "$scratch/rows/paket.grades.csv")" '101,B'
refuses "export into a folder that holds something" 'there is something in it' recover export "$case" --to "$scratch/rows"
is "which is left as it was" "$(find "$scratch/rows" -type f | wc -l)" 4
exits 2 "export to nowhere" recover export "$case"
check "export of one table" recover export "$case" --to "$scratch/one" --table peserta
holds "only that" ! -e "$scratch/one/paket.csv"
refuses "export of a table that there is not" 'hantu' recover export "$case" --to "$scratch/two" --table hantu

check "explain" recover explain "$case" paket 101 --json
parsed "both claims" '[(c["grade"], c["name"][-11:]) for c in d["claims"]]' "[('B', 'october.sql'), ('B', 'ptember.sql')]"
parsed "and where the better one stands" 'd["claims"][0]["bytes"][0]["offset"] > 0' True
check "explain a table" recover explain "$case" public.peserta --json
parsed "its evidence" 'sorted(e["claims"] for e in d["evidence"])' '[5, 6]'
refuses "explain of an unknown key" 'no evidence of the case holds such a row' recover explain "$case" paket 999
refuses "explain of an unknown table" 'hantu' recover explain "$case" hantu 1
exits 1,2 "explain of a key that has another number of columns" recover explain "$case" paket 1,2
check "report as a page" recover report "$case" -o "$scratch/report.html"
holds "which needs nothing else" -z "$(grep -aoE '(src|href)="?https?:' "$scratch/report.html")"
is "evidence is as it was" "$(sha256sum "$remains"/*)" "$before"

# --- another process at work ------------------------------------------------------------------------------------------
(flock 9 && exec sleep 60) 9>>"$case/lock" &
sleeper=$!
at_end+=("kill $sleeper 2>/dev/null")
wait_until "the lock is held" bash -c '! flock -n "$0" true' "$case/lock"
exits 11 "run beside another" recover run "$case"
exits 11 "add beside another" recover add "$case" "$remains"
check "report beside another" recover report "$case"
kill "$sleeper"
wait "$sleeper" 2>/dev/null

# --- interrupted ------------------------------------------------------------------------------------------------------
# Large enough that the signal comes in the middle: 20,000 rows in each of ten dumps.
mkdir "$scratch/many"
# Fewer under the sanitizers: their allocator (GCC 12) may hang a child that is forked while the store merges tables behind.
rows=20000
[ -z "${ASAN_OPTIONS-}" ] || rows=2000
python3 - "$office/office-october.sql" "$scratch/many" "$rows" <<'END'
import sys
text = open(sys.argv[1]).read()
head, rest = text.split("FROM stdin;\n", 1)
tail = rest[rest.index("\\.\n"):]
for number in range(10):
    rows = "".join(f"{number * 100000 + i}\tPengadaan ke-{i} Desa Contoh\t{i}.00\tselesai\t2014-10-02\n" for i in range(1, int(sys.argv[3]) + 1))
    open(f"{sys.argv[2]}/{number}.sql", "w").write(head + "FROM stdin;\n" + rows + tail)
END
for name in whole broken; do
  check "open $name" recover open "$scratch/$name"
  check "add to $name" recover add "$scratch/$name" "$scratch/many"
done
check "a run from end to end" recover run "$scratch/whole" --schema "$office/schema.sql" --jobs 2
interrupted=0
# A shell's child ignores SIGINT until it catches it.
catches_it() { [ "/proc/$1/exe" -ef "$PULIH" ] && grep -Eq '^SigCgt:.*[2367abef]$' "/proc/$1/status"; }
for delay in 0 0.3 0.6 1.0 1.5; do
  ( exec "$PULIH" recover run "$scratch/broken" --schema "$office/schema.sql" --jobs 1 --no-progress ) >"$scratch/out" 2>"$scratch/err" &
  runner=$!
  for ((tries = 0; tries < 500; ++tries)); do
    ! catches_it "$runner" 2>/dev/null || break
    sleep 0.01
  done
  sleep "$delay"
  kill -INT "$runner" 2>/dev/null
  wait "$runner"
  got=$?
  case $got in
    130) interrupted=$((interrupted + 1)); good ;;
    0) good; break ;;
    *) bad "run interrupted after $delay s: exit $got: $(told)" ;;
  esac
done
holds "a run was interrupted" "$interrupted" -gt 0
holds "no decoder is left behind" -z "$(pgrep -P "$runner" 2>/dev/null)"
check "the report of a case that is half read" recover report "$scratch/broken" --json
check "the run goes on" recover run "$scratch/broken" --schema "$office/schema.sql"
for name in whole broken; do check "export $name" recover export "$scratch/$name" --to "$scratch/$name.out"; done
if diff -r "$scratch/whole.out" "$scratch/broken.out" >/dev/null; then good; else bad "what was interrupted gives another result"; fi

# --- evidence that changed --------------------------------------------------------------------------------------------
cp -r "$remains" "$scratch/moving"
chmod 644 "$scratch"/moving/*
check "open a third" recover open "$scratch/third"
check "add to it" recover add "$scratch/third" "$scratch/moving"
sed -i 's/selesai/batal00/' "$scratch/moving/office-october.sql"
rm "$scratch/moving/office-september.sql"
exits 3 "run on evidence that changed" recover run "$scratch/third" --json
parsed "neither is read" 'sorted((u["state"], u["rows"]) for u in d["units"])' "[('failed', 0), ('failed', 0)]"
holds "and why is told" -n "$(answer 'all(u["why"] for u in d["units"])')"
check "export of nothing" recover export "$scratch/third" --to "$scratch/third.out"
is "invents nothing" "$(cat "$scratch"/third.out/*.csv 2>/dev/null | grep -c Contoh)" 0
# Back again it is read.
cp "$remains"/* "$scratch/moving/" 2>/dev/null || { chmod -R u+w "$scratch/moving"; cp -f "$remains"/* "$scratch/moving/"; }
check "run when it is back" recover run "$scratch/third" --json
parsed "both are read" 'sum(u["rows"] for u in d["units"])' 20

# --- the custody log --------------------------------------------------------------------------------------------------
log=$case/custody.log
cp "$log" "$scratch/log"
tampered() {  # tampered WHAT: with what stands in the log now
  refuses "$1: report" 'custody' recover report "$case"
  refuses "$1: run" 'custody' recover run "$case"
  cp "$scratch/log" "$log"
}
sed -i 's/Budi, helpdesk/Anton, helpdesk/' "$log"
tampered "another name in the log"
sed -i 2d "$log"
tampered "a line taken out"
sed -i '1{h;d};2{p;x}' "$log"
tampered "lines in another order"
truncate -s -5 "$log"
exits 0,1 "a log whose last line was cut" recover report "$case"
said_nothing_of "and it is no crash" 'AddressSanitizer|terminate'
cp "$scratch/log" "$log"
check "the report" recover report "$case" --json
head=$(answer 'd["custody"]["head"]')
is "tells the head of the log" "$head" "$(tail -n 1 "$log" | tr -d '\n' | sha256sum | cut -d' ' -f1)"
sed -i '$d' "$log"
exits 0,1 "a log whose end is missing" recover report "$case" --json
holds "has another head" "$(answer 'd["custody"]["head"]')" != "$head"
cp "$scratch/log" "$log"
check "and all is well again" recover run "$case"
finish

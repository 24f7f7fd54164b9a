#!/usr/bin/env bash
# 200 real kills (SIGKILL) at random moments of real runs of `pulih backup`, by a key of role backup. No snapshot that
# a run had told of is ever lost, nothing that is left is damage, and the next run just works.
# KILL_SEED repeats the moments, as far as a machine can; a slow build stops after 90 s, but not before 40 kills.
. "$(dirname "$0")/../cli/lib.sh"
seed=${KILL_SEED:-$(date +%s)}
RANDOM=$seed
wanted=200 least=40 budget=90
src=$scratch/src

# --- a small tree, a part of which is new in every round ---------------------------------------------------------------
mkdir -p "$src/paket" "$src/lampiran"
for i in $(seq 1 60); do echo "paket $i nilai $((i * 7919))" >"$src/paket/$i.txt"; done
for i in 1 2 3 4; do random_file "$src/lampiran/$i.pdf" 1200000 "$i"; done
ln "$src/paket/1.txt" "$src/paket/satu lagi.txt"
ln -s ../paket/2.txt "$src/lampiran/tautan"
change() {
  head -c 1200000 /dev/urandom >"$src/lampiran/$((round % 4 + 1)).pdf"
  echo "putaran $round" >"$src/paket/$((round % 60 + 1)).txt"
  echo "putaran $round" >"$src/paket/baru-$((round % 7)).txt"
  [ $((round % 5)) != 0 ] || rm -f "$src/paket/baru-$((round % 7)).txt"
}
# What the tree holds, as text.
contents() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }

check "init" owner init --kdf-memory 8
check "a backup key" export_role backup "$scratch/host.key"
key_file=$scratch/host.key
mkdir "$scratch/told"

# told_of: notes the snapshot that the last run's output names, if it came so far; what it was told of must stay.
told_of() {
  local id
  id=$(sed -n 's/.*"snapshot": *"\([0-9a-f]*\)".*/\1/p' "$scratch/run.out")
  [ -z "$id" ] || contents "$src" >"$scratch/told/$id"
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }

# How long a whole run takes: the kills are spread over that.
whole=0
for round in 1 2 3; do
  change
  began=$(now_ms)
  with_key backup --json "$src" >"$scratch/run.out" 2>"$scratch/run.err" || bad "a run that nobody kills: $(tail -n 1 "$scratch/run.err")"
  took=$(($(now_ms) - began))
  [ "$whole" -ge "$took" ] || whole=$took
  told_of
done

# all_there: every snapshot that was told of is listed.
all_there() {
  owner snapshots --json >"$scratch/list" 2>"$scratch/err" || { bad "$1: snapshots: $(told)"; return; }
  is "$1: told of and not listed" "$(python3 -c 'import json, os, sys
print(len(set(os.listdir(sys.argv[2])) - {s["id"] for s in json.load(open(sys.argv[1]))}))' "$scratch/list" "$scratch/told")" 0
}

# --- the kills --------------------------------------------------------------------------------------------------------
exec 8<>"$(mkfifo "$scratch/never" && echo "$scratch/never")"  # nothing ever comes from it: to wait a part of a second
kills=0 finished=0
began=$SECONDS
while [ "$kills" -lt "$wanted" ]; do
  [ $((SECONDS - began)) -lt "$budget" ] || [ "$kills" -lt "$least" ] || break
  round=$((round + 1))
  change
  ("$PULIH" -r "$repo" --key "$key_file" --cache "$key_file.cache" --state "$key_file.state" --no-progress backup --json "$src" &
    echo $! >"$scratch/pid"
    wait $!
    echo $? >"$scratch/exit") >"$scratch/run.out" 2>"$scratch/run.err" &
  moment=$((RANDOM * whole * 11 / 327680))
  read -r -t "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))" -u 8
  kill -KILL "$(cat "$scratch/pid")" 2>/dev/null
  wait
  case $(cat "$scratch/exit") in
    137) kills=$((kills + 1)) ;;
    0) finished=$((finished + 1)) ;;
    *) bad "round $round: a run failed by itself: $(tail -n 1 "$scratch/run.err")" ;;
  esac
  told_of
  if [ "$kills" != 0 ] && [ $((kills % 10)) = 0 ] && [ "${looked:-0}" != "$kills" ]; then
    looked=$kills
    check "verify after $kills kills" owner verify
    all_there "after $kills kills"
  fi
done

# --- afterwards -------------------------------------------------------------------------------------------------------
with_key backup --json "$src" >"$scratch/run.out" 2>"$scratch/run.err" || bad "the last run: $(tail -n 1 "$scratch/run.err")"
told_of
check "verify --read-data" owner verify --read-data
all_there "in the end"
is "temporary files left" "$(find "$repo/tmp" -type f | wc -l)" 0
check "restore" owner restore "latest:$src" --to "$scratch/back"
same_tree "what the last run stored" "$src" "$scratch/back"
# Some of the others, down to the first.
for id in $(ls "$scratch/told" | shuf -n 6 --random-source=<(yes "$seed")); do
  check "restore $id" owner restore "$id:$src" --to "$scratch/old"
  if cmp -s "$scratch/told/$id" <(contents "$scratch/old"); then good; else bad "$id is not what it was"; fi
  rm -rf "$scratch/old"
done
echo "$kills kills in $((SECONDS - began)) s of runs of up to $whole ms, $finished runs were faster; $(ls "$scratch/told" | wc -l) snapshots were told of; seed $seed"
holds "enough kills" "$kills" -ge "$least"
finish

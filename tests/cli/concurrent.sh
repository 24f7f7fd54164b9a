#!/usr/bin/env bash
# Several at once on one repository, which has no lock: two runs on one catalog, two hosts, readers meanwhile.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
make_tree "$src"
check "init" owner init
check "a first backup" owner backup "$src"
mkfifo "$scratch/pipe"

# hold: starts a backup that has the repository and the catalog open and waits for its standard input.
hold() {
  exec_owner backup --json --stdin aliran.txt <"$scratch/pipe" >"$scratch/held.out" 2>"$scratch/held.err" &
  held=$!
  exec 9>"$scratch/pipe"
  # More than a pipe can hold: once this is written, the program is past opening and is reading.
  head -c 1000000 /dev/zero >&9
}
release() {
  echo selesai >&9
  exec 9>&-
  wait "$held"
  is "the waiting run ends well" $? 0
}

# --- while one run holds the catalog ---------------------------------------------------------------------------------
hold
check "a second backup on the same catalog" owner backup --json "$src/sub"
is "warns that it uses a private one" "$(answer 'len(d["warnings"]) > 0')" True
check "snapshots meanwhile" owner snapshots --json
is "does not show the one that is not done" "$(answer 'len(d)')" 2
check "ls meanwhile" owner ls "latest~1:$src"
check "restore meanwhile" owner restore "latest~1:$src" --to "$scratch/back"
same_tree "the tree" "$src" "$scratch/back"
check "verify meanwhile" owner verify --read-data
check "stats meanwhile" owner stats
check "a key file made meanwhile" export_role backup "$scratch/b.key"
check "a rotation meanwhile" owner key rotate
release
check "snapshots after it" owner snapshots --json
is "shows all three" "$(answer 'len(d)')" 3
is "what it read is there" "$(owner dump latest:aliran.txt | tr -d '\0')" selesai
check "verify" owner verify --read-data

# A run of the same writer in between takes the next place in the log; none is lost.
hold
for i in 1 2 3; do check "backup $i in between" owner backup "$src/sub"; done
release
is "seven snapshots" "$(owner snapshots --json | json 'len(set(s["id"] for s in d))')" 7
check "verify" owner verify

# --- four runs at once: one catalog ------------------------------------------------------------------------------------
for i in 1 2 3 4; do
  mkdir "$scratch/tree$i"
  random_file "$scratch/tree$i/random" 6000000 "$((100 + i))"
  cp -r "$src" "$scratch/tree$i/common"
done
pids=()
for i in 1 2 3 4; do
  exec_owner backup "$scratch/tree$i" >"$scratch/out$i" 2>"$scratch/err$i" &
  pids+=($!)
done
for i in 1 2 3 4; do
  wait "${pids[$((i - 1))]}"
  is "run $i of four ends well" $? 0
done
is "eleven snapshots" "$(owner snapshots --json | json 'len(d)')" 11
owner snapshots --json >"$scratch/list"
for i in 1 2 3 4; do
  id=$(json "[s['id'] for s in d if any(str(p).strip('/') == '$scratch/tree$i'.strip('/') for p in s.get('paths', []))][-1]" <"$scratch/list")
  check "tree $i restores" owner restore "${id:0:16}:$scratch/tree$i" --to "$scratch/back$i"
  same_tree "tree $i" "$scratch/tree$i" "$scratch/back$i"
done
check "verify" owner verify --read-data

# --- two hosts, each with its own role file ------------------------------------------------------------------------------
check "host one" export_role backup "$scratch/one.key"
check "host two" export_role backup "$scratch/two.key"
pids=()
for host in one two one two; do
  key_file=$scratch/$host.key
  with_key backup "$src" >/dev/null 2>&1 &
  pids+=($!)
done
for i in 0 1 2 3; do
  wait "${pids[$i]}"
  is "run $i of two hosts ends well" $? 0
done
is "fifteen snapshots" "$(owner snapshots --json | json 'len(d)')" 15
check "verify" owner verify --read-data

# --- two first runs on an empty state: the log of one writer has one order ------------------------------------------------
is "every log number is there once" "$(for log in "$repo"/log/*; do
  find "$log" -type f -name '[0-9]*' ! -name '*.*' -printf '%f\n' | sort -n | awk '{ if ($1 != NR - 1) print "gap at " NR - 1 }'
done)" ''
finish

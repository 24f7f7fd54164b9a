#!/usr/bin/env bash
# What a second run adds, with and without the catalog, and after a run that was killed.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
make_tree "$src"
check "init" owner init
check "first backup" owner backup --json "$src"
first_added=$(answer 'd["bytes_added"]')
before=$(bytes_in "$repo")
check "unchanged backup" owner backup --json "$src"
added=$(answer 'd["bytes_added"]')
holds "adds little" "$added" -lt 20000
is "bytes_added is what the repository grew by" "$(($(bytes_in "$repo") - before))" "$added"
is "and is a snapshot all the same" "$(owner snapshots --json | json 'len(d)')" 2

echo satu >>"$src/many/100.txt"
check "one small file changed" owner backup --json "$src"
holds "adds little" "$(answer 'd["bytes_added"]')" -lt 60000
is "and has the new content" "$(owner dump "latest:$src/many/100.txt" | tail -n 1)" satu
is "the snapshot before has the old" "$(owner dump "latest~1:$src/many/100.txt" | wc -l)" 1

printf xx | dd of="$src/big.bin" bs=1 seek=2500000 conv=notrunc status=none
check "two bytes changed in the middle of a large file" owner backup --json "$src"
holds "store one piece of it again, not all" "$(answer 'd["bytes_added"]')" -lt 4500000
is "and it reads back" "$(owner dump "latest:$src/big.bin" | sha256sum)" "$(sha256sum <"$src/big.bin")"

cp "$src/big.bin" "$src/copy.bin"
mv "$src/many" "$src/renamed"
check "a copy and a renamed folder" owner backup --json "$src"
holds "store no content again" "$(answer 'd["bytes_added"]')" -lt 60000

# Same size and times, other content: the inode's change time gives it away.
touch -r "$src/zero" "$scratch/stamp"
printf AAAA >"$src/swap"
touch -d '2020-01-01' "$src/swap"
check "backup" owner backup "$src"
printf BBBB >"$src/swap"
touch -d '2020-01-01' "$src/swap"
check "a file rewritten with its old times" owner backup "$src"
is "is seen" "$(owner dump "latest:$src/swap")" BBBB
check "--read-all looks at everything" owner backup --read-all --json "$src"
holds "and adds little" "$(answer 'd["bytes_added"]')" -lt 20000

# --- the catalog is only derived (I1) ----------------------------------------------------------------------------
rm -rf "$cache"
before=$(bytes_in "$repo")
check "the catalog lost" owner backup --json "$src"
holds "nothing is stored again" "$(($(bytes_in "$repo") - before))" -lt 60000
find "$cache" -type f -name '*.sst' -o -type f -name 'MANIFEST*' -o -type f -name '*.log' | while IFS= read -r file; do
  cut_to "$file" 10
done
check "the catalog damaged" owner backup --json "$src"
check "and all is well" owner verify --read-data
# A catalog that knows a pack which the store has lost must not be believed.
stale=$scratch/stale
cp -a "$cache" "$stale"
head -c 3000000 /dev/zero | openssl enc -aes-256-ctr -pass pass:x -nosalt -pbkdf2 2>/dev/null >"$src/late.bin"
known=$(find "$repo/packs" -type f | sort)
check "backup of something new" owner backup "$src"
comm -13 <(echo "$known") <(find "$repo/packs" -type f | sort) | while IFS= read -r pack; do rm -f "$pack"; done
exits 0,3 "its packs are lost, the catalog says they are there" owner backup "$src"
is "so they are stored again" "$(owner dump "latest:$src/late.bin" | sha256sum)" "$(sha256sum <"$src/late.bin")"

# --- killed, and the next run goes on ------------------------------------------------------------------------------
repo=$scratch/repo2 cache=$scratch/cache2
mkdir "$scratch/large"
for i in 1 2 3 4 5 6 7 8; do random_file "$scratch/large/$i" 16000000 "$i"; done
check "init" owner init
check "a small snapshot first" owner backup "$src"
packs() { find "$repo/packs" -type f | wc -l; }
start=$(packs)
more_packs() { [ "$(packs)" -ge $((start + 2)) ] || ! kill -0 "$running" 2>/dev/null; }
exec_owner backup "$scratch/large" >/dev/null 2>&1 &
running=$!
wait_until "two packs are there" more_packs
kill -9 "$running" 2>/dev/null
wait "$running" 2>/dev/null
if [ $? = 137 ]; then good; else skip "the run ended before it was killed"; fi
is "no snapshot of the killed run" "$(owner snapshots --json | json 'len(d) <= 2')" True
check "its packs are no damage" owner verify --read-data
check "the next run" owner backup --json "$scratch/large"
holds "does not store again what was stored" "$(answer 'd["bytes_added"]')" -lt $((128000000 - 50000000))
check "restore" owner restore "latest:$scratch/large" --to "$scratch/back"
same_tree "the tree" "$scratch/large" "$scratch/back"

# Asked to stop, it stops, says so, and keeps what it has.
random_file "$scratch/large/9" 120000000 9
start=$(packs)
exec_owner backup "$scratch/large" >"$scratch/out.int" 2>"$scratch/err.int" &
running=$!
wait_until "two packs are there" more_packs
kill -INT "$running" 2>/dev/null
wait "$running"
case $? in
  130) good ;;
  0) skip "the run ended before it was interrupted" ;;
  *) bad "an interrupted run does not exit 130" ;;
esac
check "nothing is damaged" owner verify
check "and the next run works" owner backup "$scratch/large"
[ "$first_added" -gt 4000000 ] && good || bad "the first backup stored too little: $first_added"
finish

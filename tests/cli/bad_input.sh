#!/usr/bin/env bash
# A repository that is damaged, newer than the program, or made by an enemy: a clear refusal, never a crash, never
# memory by the enemy's measure.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
make_tree "$src"
check "init" owner init
check "first backup" owner backup "$src"
check "second backup" owner backup "$src"
check "ids" owner snapshots --json
first=$(answer 'd[0]["id"]')
second=$(answer 'd[1]["id"]')
whole=$scratch/whole
cp -a "$repo" "$whole"

# afresh: the repository as it was, with new places, so that no catalog and no pin knows better.
number=0
afresh() {
  number=$((number + 1))
  repo=$scratch/r$number cache=$scratch/c$number state=$scratch/s$number
  rm -rf "$scratch/r$((number - 1))"
  cp -a "$whole" "$repo"
}

# --- key slots: magic 8, version le32 at 8, kind at 12, passes le32 at 16, memory KiB le32 at 20 --------------------
each_slot() {  # each_slot OFFSET HEX
  local slot
  for slot in "$repo"/keys/*; do patch "$slot" "$1" "$2"; done
}
peak_kib() { python3 -c 'import resource, subprocess, sys
rc = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"; }
for bounds in '20 ffffffff memory' '20 01000000 memory' '20 00000000 memory' '16 ffffffff passes' '16 00000000 passes'; do
  read -r offset hex what <<<"$bounds"
  afresh
  each_slot "$offset" "$hex"
  refuses "KDF $what of $hex" 'kdf|argon|memory|passes|slot' owner snapshots
done
afresh
each_slot 20 01001000  # 1 GiB is the upper bound; this is 1 KiB more
refuses "KDF memory one above the bound" 'kdf|argon|memory|slot' owner snapshots
holds "before memory is taken" "$(peak_kib "$PULIH" -r "$repo" --passphrase-file "$passphrase_file" --cache "$cache" \
  --state "$state" snapshots)" -lt 400000
afresh
each_slot 8 63000000
refuses "a slot of a newer version" '99' owner snapshots
for size in 0 1 7 8 12 20 40 80 120; do
  afresh
  for slot in "$repo"/keys/*; do cut_to "$slot" "$size"; done
  refuses "slots cut to $size bytes" 'slot|key' owner snapshots
done
afresh
for slot in "$repo"/keys/*; do flip_middle "$slot"; done
exits 1,12 "flipped slots" owner snapshots
afresh
for slot in "$repo"/keys/*; do head -c 10000000 /dev/zero >"$scratch/huge" && chmod u+w "$slot" && cp "$scratch/huge" "$slot"; done
exits 1,12 "slots of 10 MB" owner snapshots
afresh
head -c 100 /dev/urandom >"$repo/keys/ffffffffffffffff"
exits 0 "a rubbish slot beside a good one does not lock anyone out" owner snapshots
afresh
rm -f "$repo"/keys/*
exits 1,12 "no slots at all" owner snapshots

# --- config: magic 8, version le32 at 8 ------------------------------------------------------------------------------
afresh
patch "$repo/config/0" 8 63000000
exits 1 "a config of a newer version" owner snapshots
said "names the version" '99'
size=$(stat -c %s "$whole/config/0")
for cut in 0 1 8 15 16 $((size / 2)) $((size - 1)); do
  afresh
  cut_to "$repo/config/0" "$cut"
  exits 1,12 "a config cut to $cut bytes" owner snapshots
  said "is named" 'config'
done
for offset in 0 12 20 100 $((size - 10)); do
  afresh
  patch "$repo/config/0" "$offset" 5a5a5a5a
  exits 1,12 "a config damaged at $offset" owner snapshots
done
afresh
rm -rf "$repo/config"
exits 1,10 "no config at all" owner snapshots
afresh
chmod u+w "$repo/config/0"
echo trailing >>"$repo/config/0"
exits 1,12 "a config with bytes after its end" owner snapshots

# --- manifests ----------------------------------------------------------------------------------------------------------
manifest() { find "$repo/snapshots" -type f -name "$1*" | head -n 1; }
size=$(stat -c %s "$(repo=$whole manifest "$second")")
for cut in 0 10 40 $((size / 2)) $((size - 1)); do
  afresh
  cut_to "$(manifest "$second")" "$cut"
  exits 3 "verify with a manifest cut to $cut bytes" owner verify --json
  is "says so" "$(answer 'd["result"]')" damaged
  exits 0,3 "the other snapshot restores" owner restore "${first:0:16}:$src" --to "$scratch/back"
  same_tree "whole" "$src" "$scratch/back"
  rm -rf "$scratch/back"
  exits 0,3 "and the next backup works" owner backup "$src/sub"
done
afresh
flip_middle "$(manifest "$second")"
exits 3 "a flipped manifest" owner verify
afresh
cp "$(manifest "$first")" "$scratch/m1"
chmod u+w "$(manifest "$second")"
cp "$scratch/m1" "$(manifest "$second")"
exits 3 "a manifest under another's name" owner verify
afresh
head -c 5000 /dev/urandom >"$repo/snapshots/$(printf '%064d' 7)"
exits 3 "a rubbish manifest" owner verify
exits 0,3 "does not hide the others" owner snapshots --json
is "all of them" "$(answer "len([s for s in d if s['id'] in ('$first', '$second')])")" 2

# --- packs --------------------------------------------------------------------------------------------------------------
for cut in 0 1 47 5000; do
  afresh
  cut_to "$(largest_pack)" "$cut"
  exits 3 "a pack cut to $cut bytes" owner verify
done
afresh
rm -f "$(largest_pack)"
exits 3 "a pack lost" owner verify --json
is "names the snapshots that suffer" "$(answer 'any(x["snapshots"] for x in d["damage"])')" True
afresh
mapfile -t packs < <(find "$repo/packs" -type f | sort)
if [ "${#packs[@]}" -ge 2 ]; then
  mv "${packs[0]}" "$scratch/p" && mv "${packs[1]}" "${packs[0]}" && mv "$scratch/p" "${packs[1]}"
  exits 3 "two packs changed places" owner verify --read-data
else
  skip "two packs changed places: there is one"
fi
afresh
echo stray >"$repo/stray-file"
mkdir "$repo/packs/zz"
echo x >"$repo/packs/zz/not-a-pack"
exits 0,3 "strange files in the repository" owner verify
exits 0 "do not stand in the way" owner backup "$src/sub"

# --- not a repository at all -----------------------------------------------------------------------------------------
mkdir "$scratch/empty"
repo=$scratch/empty exits 10 "an empty folder" owner snapshots
repo=$src exits 10 "a folder with other files" owner snapshots
repo=$src/big.bin exits 1,10 "a file" owner snapshots
repo=$scratch/nothing exits 10 "nothing there" owner backup "$src"
holds "and a backup made nothing" ! -e "$scratch/nothing"
repo=gopher://host/x exits 1,2 "a store of an unknown kind" owner snapshots
afresh

# --- a tree that lost its nodes: all of it is damage, and the exit code says so ----------------------------------------
afresh
for pack in "$repo"/packs/*/*; do
  [ "$(stat -c %s "$pack")" -gt 200000 ] || rm -f "$pack"  # those of nodes are small here
done
exits 3 "restore of a path below a lost root" owner restore --json "${first:0:16}:$src/sub" --to "$scratch/lost"
is "names it" "$(answer '[x["path"] for x in d["damaged"]]')" "['$src/sub']"
exits 3 "restore of everything below a lost root" owner restore "${first:0:16}" --to "$scratch/lost"
exits 1 "ls of it" owner ls "${first:0:16}:$src/sub"
said "says that it is damaged, not that it is not there" 'damaged'

# --- arguments ------------------------------------------------------------------------------------------------------
for bad in '' ':' 'latest~' 'latest~-1' 'latest~99999999999999999999' '00' '2024-13-45' 'zzzzzzzzzz'; do
  exits 1,2 "SNAP '$bad'" owner ls "$bad"
done
for bad in 0% 101% -5% abc; do exits 2 "--sample $bad" owner verify --sample "$bad"; done
exits 2 "an unclosed set in a pattern" owner backup --exclude '[a' "$src"
exits 1,2 "a pattern file that is not there" owner backup --exclude-from "$scratch/none" "$src"
exits 1,2 "a key file that is not one" "$PULIH" -r "$repo" --key "$src/big.bin" --cache "$cache" --state "$state" snapshots
exits 1,2,12 "an empty key file" "$PULIH" -r "$repo" --key "$src/zero" --cache "$cache" --state "$state" snapshots

# --- a repository that went back in time is noticed ---------------------------------------------------------------------
afresh
check "a third backup" owner backup "$src/sub"
third=$repo
rm -rf "$third.now" && mv "$third" "$third.now" && cp -a "$whole" "$third"
exits 1 "an older copy put in its place" owner backup "$src/sub"
said "is a rollback" 'older|rollback|back'
check "unless it is accepted" owner --accept-rollback backup "$src/sub"
check "and then goes on" owner backup "$src/sub"
finish

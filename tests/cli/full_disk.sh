#!/usr/bin/env bash
# No space left: a clear failure, nothing lost, and the next run works once there is room again.
. "$(dirname "$0")/lib.sh"
disk=$scratch/disk
mkdir "$disk"
if ! mount -t tmpfs -o size=12m,mode=755 tmpfs "$disk" 2>/dev/null; then
  skip "a full disk: needs the right to mount a tmpfs"
  finish
fi
at_end+=("umount -l '$disk' 2>/dev/null")
src=$scratch/src
make_tree "$src"
random_file "$scratch/src/large" 30000000 4

# --- the repository's disk ------------------------------------------------------------------------------------------------
repo=$disk/repo
check "init" owner init
check "a backup that fits" owner backup "$src/sub"
exits 1 "one that does not" owner backup "$src"
said "is told as what it is" 'space|full'
is "it left no snapshot" "$(owner snapshots --json | json 'len(d)')" 1
check "and no damage" owner verify --read-data
check "what was stored restores" owner restore "latest:$src/sub" --to "$scratch/back"
same_tree "the same" "$src/sub" "$scratch/back"
# Failing once more must not eat the disk bit by bit.
before=$(df --output=used -k "$disk" | tail -n 1)
exits 1 "again" owner backup "$src"
after=$(df --output=used -k "$disk" | tail -n 1)
holds "does not leave more and more behind" "$((after - before))" -lt 4000
head -c 20000000 /dev/zero >"$disk/ballast" 2>/dev/null
exits 1 "with no byte free" owner backup "$src"
check "reading still works" owner restore "latest:$src/sub" --to "$scratch/out2"
check "and listing" owner snapshots
rm -f "$disk/ballast"
mount -o remount,size=64m "$disk"
check "with room again the next backup works" owner backup "$src"
check "restore" owner restore "latest:$src" --to "$scratch/out3"
same_tree "the same" "$src" "$scratch/out3"
check "verify" owner verify --read-data

# --- init on a full disk ----------------------------------------------------------------------------------------------
head -c 100000000 /dev/zero >"$disk/ballast" 2>/dev/null
repo=$disk/second
exits 1 "init with no room" owner init
rm -f "$disk/ballast"
rm -rf "$disk/second"
check "init with room" owner init

# --- the catalog's disk: the repository must not suffer -----------------------------------------------------------------
umount "$disk"
mount -t tmpfs -o size=1m,mode=755 tmpfs "$disk"
repo=$scratch/repo cache=$disk/cache
check "init" owner init
exits 0,1,3 "a catalog without room" owner backup "$src"
cache=$scratch/cache
check "the repository is whole" owner verify --read-data
check "and the next backup works" owner backup "$src"
check "restore" owner restore "latest:$src" --to "$scratch/out4"
same_tree "the same" "$src" "$scratch/out4"

# --- the restore's disk -------------------------------------------------------------------------------------------------
umount "$disk"
mount -t tmpfs -o size=4m,mode=755 tmpfs "$disk"
exits 1,3 "a restore without room" owner restore "latest:$src" --to "$disk/out"
said "is told as what it is" 'space|full'
if [ -e "$disk/out/large" ]; then
  holds "no file that is cut short stands under its name" "$(stat -c %s "$disk/out/large")" = 30000000
fi
finish

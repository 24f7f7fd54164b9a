#!/usr/bin/env bash
# The second reader, examples/reader/pulih_reader.py, knows docs/format.md only: it must read what pulih wrote, of
# every shape that a file can have, and refuse what was changed.
. "$(dirname "$0")/lib.sh"
reader=$here/../../examples/reader/pulih_reader.py
python=
for candidate in python3 /usr/bin/python3; do
  "$candidate" -c 'import nacl.bindings, hashlib; hashlib.file_digest' 2>/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
  echo "skipped: no Python 3.11 with PyNaCl (python3-nacl)"
  exit 77
fi
if ! "$python" -c 'import ctypes; ctypes.CDLL("libzstd.so.1")' 2>/dev/null; then
  echo "skipped: no libzstd.so.1"
  exit 77
fi
read_with() { "$python" -B "$reader" -r "$repo" --key "$@"; }  # read_with KEY COMMAND…
# gives WHAT FILE COMMAND…: the command succeeds, and what it writes is FILE byte by byte.
gives() {
  local what=$1 file=$2 status
  shift 2
  "$@" 2>"$scratch/err" | cmp -s - "$file"
  status=${PIPESTATUS[*]}
  if [ "$status" = '0 0' ]; then good; else bad "$what: $(printf %q "$file"): $(told)"; fi
}
# declines WHAT COMMAND…: says that it refuses; a Python traceback, which exits 1 as well, is not that.
declines() {
  exits 1 "$@"
  said "$1: and says so" '^refused: '
}
# reads_all WHAT KEY SNAP FOLDER: every regular file below FOLDER.
reads_all() {
  local what=$1 key=$2 snap=$3 file
  while IFS= read -r -d '' file; do
    gives "$what" "$file" read_with "$key" cat "$snap" "$file"
  done < <(find "$4" -type f -print0)
}

# --- a tree of every shape ------------------------------------------------------------------------------------
src=$scratch/src
mkdir "$src"
"$python" - "$src" <<'PY'
import os, random, sys
src, r = sys.argv[1].encode(), random.Random(11)
def put(name, content):
    with open(src + b"/" + name, "wb") as f: f.write(content)
put(b"large.bin", r.randbytes(9_000_000))                                  # several chunks, stored raw
put(b"large.txt", b"".join(b"paket %d nilai %d\n" % (i, i * 7919) for i in range(200_000)))  # chunks, compressed
os.mkdir(src + b"/small")
for i in range(12): put(b"small/%d" % i, b"isi %d\n" % i * (1 + i * 300))  # one group
put(b"small/again", b"isi 3\n" * 901)                                      # found again by its FileId
put(b"empty", b"")
for name in (b"new\nline", b"invalid \xff\xfe utf-8", b"-dash", b"n" * 255, b" lead and trail ", b"a\x01b", b"a", b"a.b"):
    put(name, b"content of " + name)
os.makedirs(src + b"/a-dir/deep"); put(b"a-dir/deep/x", b"x"); put(b"a-dir!", b"y")
os.symlink(b"/nonexistent/\xff\n", src + b"/link"); os.mkfifo(src + b"/fifo")
os.link(src + b"/a", src + b"/a-hard")
with open(src + b"/holes", "wb") as f:                                     # segments in the entry
    for at in (0, 3 << 20, 20 << 20): f.seek(at); f.write(r.randbytes(70_000))
    f.truncate(24 << 20)
with open(src + b"/many-segments", "wb") as f:                             # a map of segments, of several nodes
    for i in range(1500): f.seek(i * 16384); f.write(r.randbytes(4096))
    f.truncate(1500 * 16384)
with open(src + b"/sparse", "wb") as f:                                    # a sparse digest: over 1 GiB of holes
    f.write(b"awal"); f.seek(700 << 20); f.write(r.randbytes(10_000)); f.truncate(1100 << 20)
PY
setfattr -n user.catatan -v nilai "$src/a" 2>/dev/null
for i in 1 2 3 4 5 6; do
  setfattr -n "user.besar$i" -v "0x$(head -c 900 /dev/zero | od -An -v -tx1 | tr -d ' \n')" "$src/a.b" 2>/dev/null
done
sparse_copy=$scratch/sparse
mv "$src/sparse" "$sparse_copy"  # compared once: reading 1100 MiB of zeros is slow

check "init" owner init --recovery-file "$scratch/recovery"
check "a first backup" owner backup --json "$src"
first=$(answer 'd["snapshot"]')
check "key export --role restore" export_role restore "$scratch/restore.key"
check "key export --role backup" export_role backup "$scratch/backup.key"
check "list" read_with "$scratch/restore.key" list
is "shows the snapshot" "$(cut -c 1-64 "$scratch/out")" "$first"
said "and finds it in the log" '  logged  '
check "ls" read_with "$scratch/restore.key" ls latest "$src"
is "names every entry" "$(wc -l <"$scratch/out")" "$(find "$src" -printf x | wc -c)"
is "with its SHA-256" "$(grep -c "$(sha256sum <"$src/large.bin" | cut -c 1-64) $src/large.bin\$" "$scratch/out")" 1
check "ls of one folder" read_with "$scratch/restore.key" ls "${first:0:8}" "$src/a-dir"
is "names it and what is below, nothing beside" "$(wc -l <"$scratch/out")" 3
reads_all "before the rotation" "$scratch/restore.key" latest "$src"
declines "a folder is no file" read_with "$scratch/restore.key" cat latest "$src/a-dir"
declines "a path that is not there" read_with "$scratch/restore.key" cat latest "$src/tiada"
declines "a key of role backup opens no content" read_with "$scratch/backup.key" list
recovered() { "$python" -B "$reader" -r "$repo" --recovery-text "$@"; }
gives "by the recovery text" "$src/large.txt" recovered "$scratch/recovery" cat latest "$src/large.txt"
sed '2s/: ./: 9/' "$scratch/recovery" >"$scratch/typo"
declines "a digit of it that is none" recovered "$scratch/typo" list
said "and its line is named" 'line 2'

# --- another writer, and a rotation -----------------------------------------------------------------------------
mkdir "$scratch/host2"
echo 'dari tuan rumah kedua' >"$scratch/host2/catatan"
random_file "$scratch/host2/besar" 700000 5
key_file=$scratch/backup.key
check "a host with a backup key backs up" with_key backup --json "$scratch/host2"
guest=$(answer 'd["snapshot"]')
reads_all "of another writer" "$scratch/restore.key" latest "$scratch/host2"

check "key rotate" owner key rotate --recovery-file "$scratch/recovery2"
echo sesudah >"$src/sesudah"
mv "$sparse_copy" "$src/sparse"
check "a backup after it" owner backup --json "$src"
second=$(answer 'd["snapshot"]')
check "a new restore file" export_role restore "$scratch/restore2.key"
check "the reader lists all" read_with "$scratch/restore2.key" list
is "three snapshots" "$(wc -l <"$scratch/out")" 3
said_nothing_of "each of them open" 'not for this key'
reads_all "after the rotation" "$scratch/restore2.key" latest "$src"
rm "$src/sesudah" "$src/sparse"
reads_all "the old snapshot with the new key" "$scratch/restore2.key" "$first" "$src/small"
check "the old key lists" read_with "$scratch/restore.key" list
is "what came after is not for it" "$(grep -c 'not for this key' "$scratch/out")" 1
reads_all "the old key still reads the old" "$scratch/restore.key" "$first" "$src/small"
declines "and not the new" read_with "$scratch/restore.key" cat "$second" "$src/large.txt"

# A key list without the old content secret: the old packs open by what the rotation sealed again.
"$python" - "$scratch/restore2.key" "$scratch/newest.key" <<'PY'
import base64, hashlib, struct, sys
lines = open(sys.argv[1]).read().splitlines()
old, new, at = base64.b64decode("".join(lines[1:-1]))[:-8], [], 6
while at < len(old):
    kind, index, size = struct.unpack_from("<HHH", old, at)
    if (kind, index) != (6, 0): new.append(old[at:at + 6 + size])
    at += 6 + size
keys = old[:4] + struct.pack("<H", len(new)) + b"".join(new)
text = base64.b64encode(keys + hashlib.sha256(keys).digest()[:8]).decode()
open(sys.argv[2], "w").write("\n".join([lines[0]] + [text[i:i + 64] for i in range(0, len(text), 64)] + [lines[-1]]) + "\n")
PY
reads_all "by wraps/1" "$scratch/newest.key" "$second" "$src/small"
mv "$repo/wraps" "$scratch/wraps"
declines "and without it they stay closed" read_with "$scratch/newest.key" cat "$second" "$src/large.txt"
mv "$scratch/wraps" "$repo/wraps"

# --- damage -----------------------------------------------------------------------------------------------------
# Every kind of pack, at its head, in its middle and in its tail: refused, and good again when it is put back.
sound=$scratch/sound
damaged_everywhere() {  # damaged_everywhere WHAT PACK FILE
  local what=$1 pack=$2 file=$3 size at
  size=$(stat -c %s "$pack")
  cp -p "$pack" "$sound"
  for at in 20 60 $((size / 2)) $((size - 400)) $((size - 1)); do
    patch "$pack" "$at" "$(od -An -tx1 -j "$at" -N 1 "$pack" | tr 0-9a-f 1-9a-f0 | tr -d ' ')"
    declines "$what: one byte changed at $at of $size" read_with "$scratch/restore2.key" cat latest "$file"
    cp -p "$sound" "$pack"
  done
}
pack=$(largest_pack)
damaged_everywhere "a data pack" "$pack" "$src/large.bin"
trees=$(find "$repo/packs" -type f -size -200k | while IFS= read -r p; do
  [ "$(od -An -tu1 -j 10 -N 1 "$p" | tr -d ' ')" = 2 ] && echo "$p"
done)
refused=0
for tree in $trees; do
  cp -p "$tree" "$sound"
  flip_middle "$tree"
  ran read_with "$scratch/restore2.key" cat latest "$src/large.bin"
  grep -q '^refused: ' "$scratch/err" && refused=$((refused + 1))
  cp -p "$sound" "$tree"
done
holds "a changed tree pack is refused" "$refused" -gt 0
check "and all is sound again" read_with "$scratch/restore2.key" cat latest "$src/large.bin"

# A torn pack beside a healed one: the next attempt counts.
cp -p "$pack" "$pack.1"
cut_to "$pack" 100000
gives "a healed pack, NAME.1" "$src/large.bin" read_with "$scratch/restore2.key" cat latest "$src/large.bin"
mv "$pack.1" "$pack"

manifest=$repo/snapshots/$second
flip_middle "$manifest"
exits 3 "a changed manifest is told of" read_with "$scratch/restore2.key" list
is "and not listed" "$(wc -l <"$scratch/out")" 2
flip_middle "$manifest"
last=$(grep -l "$guest" "$repo"/log/*/*)  # the only entry of that writer
mv "$last" "$scratch/entry"
check "a snapshot whose run died before its log entry" read_with "$scratch/restore2.key" list
is "counts, and is not logged yet" "$(grep -c "^$guest.* not yet logged " "$scratch/out")" 1
mv "$scratch/entry" "$last"
patch "$last" 60 58
exits 3 "a changed log entry is told of" read_with "$scratch/restore2.key" list
entry=$(dirname "$(grep -l "$second" "$repo"/log/*/*)")/1
mv "$entry" "$scratch/entry"
exits 3 "an entry missing from the middle of a log is told of" read_with "$scratch/restore2.key" list
said "as that" 'it is missing, and later entries are there'
mv "$scratch/entry" "$entry"
config=$repo/config/0
flip_middle "$config"
declines "a changed config is refused" read_with "$scratch/restore2.key" list
finish

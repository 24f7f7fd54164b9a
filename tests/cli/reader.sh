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
# json_lines: a digest of the objects on stdin, one a line, whatever their blanks.
json_lines() { "$python" -c 'import hashlib, json, sys; print(hashlib.sha256(repr([json.loads(l) for l in sys.stdin]).encode()).hexdigest())'; }
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

# --- rows -------------------------------------------------------------------------------------------------------
lists=$scratch/lists
mkdir "$lists"
"$python" - "$lists" <<'PY'
import csv, random, sys
lists, r = sys.argv[1], random.Random(3)
with open(lists + "/bids.csv", "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["tender", "bidder", "note"])
    for i in range(3000): out.writerow([i % 700, f"PT Contoh {i}", "" if i % 3 == 0 else f"catatan, {i}"])
    out.writerow([9, "x\x01y", r.randbytes(300_000).hex()])                 # a column that is moved out
with open(lists + "/visits.csv", "w") as f: f.write("day\nMonday\nMonday\nTuesday\n")  # no key, equal rows
PY
check "tables from files" owner backup --json --table "$lists/bids.csv" --primary-key tender,bidder --table "Odd.Name=$lists/visits.csv" --primary-key ''
listed=$(answer 'd["snapshot"]')
check "tables" read_with "$scratch/restore.key" tables "$listed"
is "names them, with rows and keys" "$(cat "$scratch/out")" $'/"Odd.Name"  3  -\n/bids  3001  tender, bidder'
check "rows without a key" read_with "$scratch/restore.key" rows "$listed" '/"Odd.Name"'
is "each as often as it was there" "$(sort "$scratch/out" | tr '\n' ' ')" '{"day": "Monday"} {"day": "Monday"} {"day": "Tuesday"} '
check "rows by key, in its order" read_with "$scratch/restore.key" rows "$listed" /bids
owner records export "$listed" --table bids --format jsonl --to "$scratch/exported" >/dev/null
is "are those that pulih reads" "$(json_lines <"$scratch/out")" "$(json_lines <"$scratch/exported/bids.jsonl")"
is "all of them" "$(wc -l <"$scratch/out")" 3001
declines "a table that is not there" read_with "$scratch/restore.key" rows "$listed" /nothing
check "a snapshot of rows has no files" read_with "$scratch/restore.key" ls "$listed"
owner backup --quiet "$src" >"$scratch/out" # what follows asks for `latest`, and means files

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
is "five snapshots" "$(wc -l <"$scratch/out")" 5
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

# --- forgeries --------------------------------------------------------------------------------------------------
# What somebody with a writer's keys, or with write access to the store, may try.
cat >"$scratch/forge.py" <<'PY'
import base64, hashlib, os, struct, sys
import nacl.bindings as sodium
import pulih_format as fmt

def sha(data): return hashlib.sha256(data).digest()
def key_list(path):
    data, keys, at = base64.b64decode("".join(open(path).read().splitlines()[1:-1]))[:-8], {}, 6
    while at < len(data):
        kind, index, size = struct.unpack_from("<HHH", data, at)
        keys[kind, index] = data[at + 6:at + 6 + size]
        at += 6 + size
    return keys
def encode(keys):
    parts = [struct.pack("<HHH", *place, len(key)) + key for place, key in sorted(keys.items())]
    return struct.pack("<IH", 1, len(parts)) + b"".join(parts)
def writer_of(path):
    certificate, seed = key_list(path)[14, 0], key_list(path)[11, 0]
    secret = sodium.crypto_sign_seed_keypair(seed)[1]
    return certificate[33:49], lambda message: sodium.crypto_sign(message, secret)[:64]
def put(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, name), "wb").write(data)
    print(os.path.join(folder, name))

def pack(repo, path, mallory, reader, trick):
    """A pack whose tail another writer signed; what stands before it is borrowed in part or whole."""
    data, (writer, sign), keys = open(path, "rb").read(), writer_of(mallory), key_list(reader)
    tail, at, size = data[-408:], *struct.unpack_from("<QI", data, len(data) - 408)
    body, sections, members = data[:at], data[at:-408], tail[12:16]
    if trick != "head":  # a head of its own, and the directory sealed for it
        head, key = body[:28] + writer + body[44:48], fmt.open_seal(keys[8, 0], tail[80:160])
        opened = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(sections[:size], body[:48], bytes(24), key)
        sections, members = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(opened, head, bytes(24), key), bytes(4)
        wrap = bytearray(body[48:240])
        if trick == "session":  # says that it made the session
            wrap[112:128] = writer
            wrap[128:] = sign(b"PULIHWRP" + head[12:28] + wrap[:112] + writer)
        if trick == "wrap":  # names its maker, who signed no such wrap
            wrap[128:] = sign(b"PULIHWRP" + head[12:28] + wrap[:128])
        body = head + wrap + body[240:]
    tail = tail[:12] + members + sha(body) + sha(sections) + tail[80:320] + writer + b"PULIHEND"
    forged = body + sections + tail + sign(tail)
    put(f"{repo}/packs/{sha(forged).hex()[:2]}", sha(forged).hex(), forged)

def manifest(repo, path, mallory):
    """Another's snapshot, under the name and signature of one's own."""
    data, (writer, sign) = open(path, "rb").read(), writer_of(mallory)
    signed = data[:64] + writer + data[80:-64]
    put(f"{repo}/snapshots", sha(signed + sign(signed)).hex(), signed + sign(signed))

def line(path):
    """A line that is no signature, in a checkpoint: nobody signs the lines."""
    data = open(path, "rb").read()
    at = 24 + int.from_bytes(data[12:16], "little") + int.from_bytes(data[16:20], "little")
    size = int.from_bytes(data[16:20], "little") + 2
    open(path, "wb").write(data[:16] + size.to_bytes(4, "little") + data[20:at] + b"x\n" + data[at:])

def slot(repo, recovery, reader):
    """What an `init` that was killed leaves: a slot that opens, of another root key. It comes first."""
    keys = key_list(reader)
    keys[3, 0] = sodium.crypto_sign_seed_keypair(bytes(32))[0]
    head = b"PULIHKEY" + struct.pack("<IB3xII", 1, 2, 1, 8192) + bytes(16 + 8 + 1)
    derived = sodium.crypto_pwhash_alg(64, fmt.read_recovery_text(open(recovery).read()), bytes(16), 1, 8192 << 10, 2)
    sealed = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(encode(keys), head, bytes(24), derived[:32])
    put(f"{repo}/keys", "0" * 32, head + derived[32:] + bytes(24) + struct.pack("<I", len(sealed)) + sealed)

def decoders(reader):
    """What only the holder of the root key, or of a session key, could sign or seal: straight to the decoder."""
    public, secret = sodium.crypto_sign_seed_keypair(bytes(32))
    domain = bytes(16)
    keys = fmt.Keys(domain, public, [], [], b"", b"", 2)
    sound = [0, 64, 64, 64, 0, 1, 1, 1]
    def config(numbers):
        body = domain + bytes(16 + 8 + 32 + 8) + public + bytes(64) + struct.pack("<8I", *numbers) + bytes(4)
        signed = b"PULIHCFG" + struct.pack("<II", 1, len(body)) + body
        return fmt.parse_config(signed + sodium.crypto_sign(signed, secret)[:64], keys, 0, bytes(32))
    config(sound)
    cases = []
    for place, number in ((0, 65536), (1, 63), (2, 63), (3, 63), (3, (4 << 20) + 1), (4, 4 << 20), (5, 0), (6, 0),
                          (6, (256 << 10) + 1), (7, 0), (7, (128 << 20) + 1)):
        numbers = sound[:place] + [number] + sound[place + 1:]
        cases.append((f"config, number {place} = {number}", lambda numbers=numbers: config(numbers)))
    listed = {(kind, 0): bytes(size) for kind, size in ((1, 16), (2, 16), (4, 32))} | key_list(reader)
    del listed[4, 0]
    fmt.parse_key_list(encode(listed))
    for size in (0, 1025):
        cases.append((f"a certificate of {size} bytes in a key list",
                      lambda size=size: fmt.parse_key_list(encode(listed | {(14, 0): bytes(size)}))))
    hole, data = b"\x02\x01", b"\x01" + bytes(32) + b"\x00\x01"
    def file(size, segments):
        return fmt.parse_file_entry(bytes([1, 1] + [0] * 8 + [size, 1]) + bytes(32)
                                    + bytes([1, len(segments)]) + b"".join(segments))
    file(3, [hole, data, hole])
    cases += [("segments that do not add up", lambda: file(3, [hole, data])),
              ("two holes that adjoin", lambda: file(2, [hole, hole]))]
    leaf = '{"repo":"00","writer":"01","seq":%s}'
    fmt.check_leaf((leaf % "1").encode(), b"\0", b"\1", 1)
    for number in ("true", "1.0"):
        cases.append((f"a leaf with number {number}",
                      lambda number=number: fmt.check_leaf((leaf % number).encode(), b"\0", b"\1", 1)))
    cases.append(("a leaf as deep as it is long", lambda: fmt.check_leaf(b"[" * 65535, b"\0", b"\1", 1)))
    for what, decode in cases:
        try:
            decode()
            print(f"taken: {what}")
        except fmt.Refused:
            pass

globals()[sys.argv[1]](*sys.argv[2:])
PY
forge() { PYTHONPATH=$here/../../examples/reader "$python" -B "$scratch/forge.py" "$@"; }
key=$scratch/restore2.key sound_repo=$repo sound_state=$state
cp -a "$repo" "$scratch/forged"
repo=$scratch/forged state=$scratch/forged.state
tells() {  # tells WHAT PATTERN COMMAND…: what is asked for is done, and a note says what was refused
  local what=$1 pattern=$2
  shift 2
  exits 3 "$what" "$@"
  said "$what: the note" "^note: .*$pattern"
}
check "the decoders" forge decoders "$key"
is "the decoders refuse" "$(cat "$scratch/out")" ''

# A revoked writer, which works on copies that do not know of it.
check "key export for a host that will be revoked" export_role backup "$scratch/lost.key"
check "key export --role maintain" export_role maintain "$scratch/maintain.key"
cp -a "$repo" "$scratch/before"
key_file=$scratch/lost.key
check "it backs up" with_key backup --json "$scratch/host2"
honest=$(answer 'd["snapshot"]')
writer=$(basename "$(dirname "$(grep -l "$honest" "$repo"/log/*/*)")")
cp -a "$repo" "$scratch/after"
check "it is revoked" owner key remove "$writer"
check "and what it wrote before counts" read_with "$key" list
is "as before" "$(grep -c "^$honest" "$scratch/out")" 1
smuggles() {  # smuggles WHAT COPY PATTERN: a snapshot that it makes in COPY does not count in the repository
  local snapshot
  cp "$scratch/lost.key" "$scratch/$2.key"
  repo=$scratch/$2 key_file=$scratch/$2.key check "$1: it backs up to a copy" with_key backup --json "$scratch/host2"
  snapshot=$(answer 'd["snapshot"]')
  cp -a "$scratch/$2/packs/." "$repo/packs/"
  cp -a "$scratch/$2/snapshots/$snapshot" "$repo/snapshots/"
  tells "$1" "$3" read_with "$key" list
  is "$1: it is not listed" "$(grep -c "^$snapshot" "$scratch/out")" 0
  is "$1: the honest one is" "$(grep -c "^$honest" "$scratch/out")" 1
  rm -f "$repo/snapshots/$snapshot"
}
smuggles "a snapshot after the revocation" after 'was revoked before it'
smuggles "a backdated one" before 'the log until then does not name it'
forged=$(forge manifest "$repo" "$repo/snapshots/$second" "$scratch/maintain.key")
tells "a snapshot by a keeper" "writer's role may not" read_with "$key" list
rm -f "$forged"

# Packs put together from another's parts. The pack that they borrow from is away, so what is taken shows.
pack=$(largest_pack)
mv "$pack" "$scratch/pack"
for trick in "head: its head names another writer" "session: no content key at hand opens it" "wrap: its wrap is not signed"; do
  forged=$(forge pack "$repo" "$scratch/pack" "$scratch/maintain.key" "$key" "${trick%%:*}")
  holds "a pack with a borrowed ${trick%%:*} is forged" -n "$forged"
  declines "and refused" read_with "$key" cat "$first" "$src/large.bin"  # its tree is of the same session
  said "as that" "${trick#*: }"
  rm -f "$forged"
done
mv "$scratch/pack" "$pack"

mv "$repo/config/1" "$repo/config/2"
declines "a hole in the chain of configs" read_with "$key" list
said "is told of" 'config/1: it is missing, and later configs'
mv "$repo/config/2" "$repo/config/1"
entry=$(grep -l "$honest" "$repo"/log/*/*)
cp -p "$entry" "$scratch/entry"
chmod u+w "$entry"
forge line "$entry"
tells "a line that is no signature, in a checkpoint" 'a signature line of its checkpoint is not one' read_with "$key" list
mv "$scratch/entry" "$entry"
forged=$(forge slot "$repo" "$scratch/recovery2" "$key")
gives "a slot of another root key does not stand in the way" "$src/large.txt" recovered "$scratch/recovery2" cat "$second" "$src/large.txt"
rm -f "$forged"
repo=$sound_repo state=$sound_state

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
is "and not listed" "$(wc -l <"$scratch/out")" 4
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

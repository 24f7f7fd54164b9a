#!/usr/bin/env bash
# Names and kinds of files that break backup programs: all come back, none is mistaken for another.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
mkdir "$src"
check "init" owner init
python3 - "$src" "$(id -u)" <<'PY'
import os, random, socket, stat, sys
src, uid = sys.argv[1].encode(), int(sys.argv[2])
names = [b"new\nline", b"invalid \xff\xfe utf-8", b"-dash", b"--help", b"n" * 255, b" ", b" lead and trail ", b"tab\tin",
         b"quo'te", b'dou"ble', b"back\\slash", b"star*", b"q?", b"[set]", b"colon:in:name", b"...", b"..x", b"~", b"$HOME",
         b"`id`", b"%s%n", b"\x01\x1f\x7f", "na\u00efve".encode(), "nai\u0308ve".encode(), b"latest", b"a,b", b"#hash", b"!bang",
         "\u202egnp.exe".encode(), b"\xc0\xaf", b"CON", b"x.1", b"a", b"a.b", b"a b", b"a\x01b"]
for i, name in enumerate(names):
    with open(src + b"/" + name, "wb") as f:
        f.write(b"content of %d\n" % i)
# In map order a folder's children come right after it, before a sibling whose name goes on with a byte below '/'.
os.makedirs(src + b"/a-dir/x"); open(src + b"/a-dir/x/1", "w").close(); open(src + b"/a-dir!", "w").close()
os.makedirs(src + b"/dir \xff/sub\nfolder/-r"); open(src + b"/dir \xff/sub\nfolder/-r/f", "w").write("deep\n")
os.mkdir(src + b"/empty"); os.mkdir(src + b"/sticky"); os.chmod(src + b"/sticky", 0o1777)
os.symlink(b"/nonexistent/\xff\n", src + b"/dangling"); os.symlink(b"loop", src + b"/loop"); os.symlink(b"t" * 4095, src + b"/long-target")
os.symlink(b"..", src + b"/up"); os.link(src + b"/-dash", src + b"/a-dir/hard link"); os.link(src + b"/-dash", src + b"/z-hard")
os.mkfifo(src + b"/fifo", 0o640)
s = socket.socket(socket.AF_UNIX); os.chdir(src); s.bind(b"socket"); s.close()
r = random.Random(7)
with open(src + b"/holes", "wb") as f:
    for at in (0, 3 << 20, 64 << 20): f.seek(at); f.write(r.randbytes(100000))
    f.truncate(200 << 20)
with open(src + b"/all hole", "wb") as f: f.truncate(1 << 20)
for mode in (0o400, 0o444, 0o600, 0o711, 0o755): p = src + b"/mode%o" % mode; open(p, "w").close(); os.chmod(p, mode)
for name, ns in ((b"ns", 1412380800123456789), (b"old", -1000000001), (b"future", 4102444800000000001)):
    open(src + b"/" + name, "w").close(); os.utime(src + b"/" + name, ns=(ns, ns))
for size in (1, 4095, 4096, 4097, 262143, 262144, 262145, 1048576, 4194304, 4194305):
    with open(src + b"/size%d" % size, "wb") as f: f.write(r.randbytes(size))
os.utime(src + b"/a-dir", ns=(981173106987654321, 981173106987654321))
PY
setfattr -n user.catatan -v 'nilai' "$src/-dash" 2>/dev/null && setfattr -n user.biner -v 0x00ff0a "$src/empty" &&
  setfattr -n user.besar -v "0x$(head -c 3000 /dev/zero | od -An -v -tx1 | tr -d ' \n')" "$src/ns" 2>/dev/null
setfacl -m u:65534:r "$src/tab	in" 2>/dev/null && setfacl -d -m g:65534:rx "$src/a-dir" 2>/dev/null
touch -d '2014-06-01 12:00:00.123456789Z' "$src/empty"
touch -h -d '2014-06-02 12:00:00.5Z' "$src/dangling"

exits 0,3 "backup" owner backup --json "$src"
files=$(find "$src" -type f -printf x | wc -c)
is "counts every file" "$(answer 'd["files"]')" "$files"
check "restore" owner restore "latest:$src" --to "$scratch/back"
# A socket is of no use without its server: a backup may leave it out, but then of both sides here.
rm -f "$src/socket" "$scratch/back/socket"
touch -r "$scratch/back" "$src"
same_tree "the restored tree" "$src" "$scratch/back"
is "holes are holes" "$(($(du -k "$scratch/back/holes" | cut -f1) < 2000))" 1
is "also at the end" "$(stat -c %s "$scratch/back/holes")" $((200 << 20))
is "hard links are one file" "$(stat -c %h "$scratch/back/z-hard")" 3
is "nanoseconds" "$(stat -c %.9Y "$scratch/back/ns")" 1412380800.123456789
is "before 1970" "$(stat -c %.9Y "$scratch/back/old")" -1.000000001
is "a folder's times" "$(stat -c %.9Y "$scratch/back/empty")" 1401624000.123456789
is "a link's times" "$(stat -c %.9Y "$scratch/back/dangling")" 1401710400.500000000
check "an unchanged second backup" owner backup --json "$src"
holds "adds little" "$(answer 'd["bytes_added"]')" -lt 20000
check "verify" owner verify --read-data

# --- naming them on the command line -----------------------------------------------------------------------------
is "dump of a name with a newline" "$(owner dump "latest:$src/new
line")" 'content of 0'
is "of one that is not UTF-8" "$(owner dump "latest:$src/invalid "$'\xff\xfe'" utf-8")" 'content of 1'
is "of one with colons" "$(owner dump "latest:$src/colon:in:name")" 'content of 14'
is "of one with a star, which is no glob here" "$(owner dump "latest:$src/star*")" 'content of 11'
is "of one that looks like an option" "$(owner dump "latest:$src/--help")" 'content of 3'
check "ls --json" owner ls --json "latest:$src"
is "is UTF-8 with U+FFFD" "$(answer 'any(e["path"].endswith("invalid \ufffd\ufffd utf-8") for e in d)')" True
is "and holds the bytes as well" "$(answer '[__import__("base64").b64decode(e["path_b64"])[-16:] for e in d if "path_b64" in e and "invalid" in e["path"]]')" \
  "[b'invalid \\xff\\xfe utf-8']"
check "ls for a person" owner ls "latest:$src"
if grep -q $'[\x01\x1b\x7f]' "$scratch/out"; then bad "a control character reaches the terminal"; else good; fi
check "find by a glob that matches odd names" owner find --json '*colon*'
is "finds it" "$(answer 'len(d) >= 1')" True
check "restore of one odd file" owner restore "latest:$src/dir "$'\xff'"/sub
folder/-r" --to "$scratch/out2"
is "is right" "$(cat "$scratch/out2/f")" deep

# --- deeper than PATH_MAX ------------------------------------------------------------------------------------------
mkdir "$scratch/deep"
deep() {  # deep make|read FOLDER: 30 folders of 200 bytes, a file at the end, reached step by step
  python3 - "$@" <<'PY'
import os, sys
os.chdir(sys.argv[2])
for i in range(30):
    name = "%02d" % i + "d" * 198
    if sys.argv[1] == "make": os.mkdir(name)
    os.chdir(name)
if sys.argv[1] == "make": open("dasar", "w").write("sangat dalam")
print(open("dasar").read())
PY
}
deep make "$scratch/deep" >/dev/null
check "backup of a path of 6,000 bytes" owner backup "$scratch/deep"
check "restore" owner restore "latest:$scratch/deep" --to "$scratch/deep-out"
is "brings the deepest file back" "$(deep read "$scratch/deep-out")" 'sangat dalam'

# --- a sparse file larger than any disk here ------------------------------------------------------------------------
mkdir "$scratch/sparse"
if truncate -s 100G "$scratch/sparse/100G" 2>/dev/null; then
  printf end | dd of="$scratch/sparse/100G" bs=1 seek=50G conv=notrunc status=none
  check "backup of a sparse file of 100 GB" owner backup --json "$scratch/sparse"
  holds "stores almost nothing" "$(answer 'd["bytes_added"]')" -lt 200000
  check "restore" owner restore "latest:$scratch/sparse" --to "$scratch/sparse-out"
  is "the size" "$(stat -c %s "$scratch/sparse-out/100G")" $((100 << 30))
  is "the bytes in the middle" "$(dd if="$scratch/sparse-out/100G" bs=1 skip=50G count=3 status=none)" end
  holds "and it takes no room" "$(du -k "$scratch/sparse-out/100G" | cut -f1)" -lt 2000
else
  skip "a sparse file of 100 GB: not on this file system"
fi

# --- what only the privileged may bring back -------------------------------------------------------------------------
mkdir "$scratch/priv"
echo x >"$scratch/priv/setuid"
chmod 4755 "$scratch/priv/setuid"
check "backup of a setuid file" owner backup "$scratch/priv"
check "restore" owner restore "latest:$scratch/priv" --to "$scratch/priv1"
is "drops the bit" "$(stat -c %a "$scratch/priv1/setuid")" 755
check "restore --privileged" owner restore --privileged "latest:$scratch/priv" --to "$scratch/priv2"
is "sets it" "$(stat -c %a "$scratch/priv2/setuid")" 4755
if [ "$(id -u)" = 0 ] && mknod "$scratch/priv/device" c 1 3 2>/dev/null; then
  chown 12345:23456 "$scratch/priv/setuid"
  chmod 4755 "$scratch/priv/setuid"
  check "backup of a device" owner backup "$scratch/priv"
  check "restore without the right" owner restore "latest:$scratch/priv" --to "$scratch/priv3"
  holds "makes no device" ! -e "$scratch/priv3/device"
  check "restore with it" owner restore --privileged "latest:$scratch/priv" --to "$scratch/priv4"
  is "makes the device" "$(stat -c '%F %t %T' "$scratch/priv4/device")" "character special file 1 3"
  is "and gives back the owner" "$(stat -c '%u:%g %a' "$scratch/priv4/setuid")" '12345:23456 4755'
else
  skip "devices and owners: needs root"
fi

# --- a target that wants to lead the restore astray -------------------------------------------------------------------
mkdir -p "$scratch/trap" "$scratch/outside"
ln -s "$scratch/outside" "$scratch/trap/a-dir"
exits 0,1,3 "restore over a symbolic link to elsewhere" owner restore --overwrite always "latest:$src" --to "$scratch/trap"
is "writes nothing outside" "$(ls -A "$scratch/outside")" ''
finish

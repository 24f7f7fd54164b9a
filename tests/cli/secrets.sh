#!/usr/bin/env bash
# What must not be found: names, contents and keys in the repository, in a backup host's files, in the process
# list, in a core file.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
mkdir -p "$src/RAHASIA-FOLDER-5521"
for i in $(seq 1 50); do echo "ISI-RAHASIA-90817 nomor $i" >"$src/RAHASIA-FOLDER-5521/NAMA-RAHASIA-33170-$i"; done
yes ISI-RAHASIA-90817 | head -c 3000000 >"$src/besar"
ln -s TUJUAN-RAHASIA-7754 "$src/tautan"
setfattr -n user.RAHASIA-ATTR-6612 -v NILAI-RAHASIA-4418 "$src/besar" 2>/dev/null
echo 'FRASA-SANDI-28841 panjang' >"$passphrase_file"
planted=RAHASIA-FOLDER-5521\|ISI-RAHASIA-90817\|NAMA-RAHASIA-33170\|TUJUAN-RAHASIA-7754\|RAHASIA-ATTR-6612\|NILAI-RAHASIA-4418\|HOST-CATATAN\|TANDA-RAHASIA-1190\|FRASA-SANDI-28841

# nothing_of WHAT PATTERN PLACE…: neither a file's content nor its name.
nothing_of() {
  local what=$1 pattern=$2
  shift 2
  if grep -raqE -e "$pattern" "$@" 2>/dev/null; then bad "$what: $(grep -raloE -e "$pattern" "$@" | head -n 1)"; else good; fi
  if find "$@" 2>/dev/null | sed "s|^$scratch||" | grep -qE -e "$pattern"; then bad "$what: in a file's name"; else good; fi
}

check "init" owner init
check "backup by passphrase" owner backup --tag TANDA-RAHASIA-1190 --name HOST-CATATAN "$src"
key_file=$scratch/backup.key
check "a backup role" export_role backup "$key_file"
check "a restore role" export_role restore "$scratch/restore.key"
check "backup by the role" with_key backup --tag TANDA-RAHASIA-1190 "$src"
check "and another" with_key backup "$src"
nothing_of "in the repository" "$planted" "$repo"
nothing_of "in the backup host's catalog" "$planted" "$key_file.cache"
nothing_of "in its state" "$planted" "$key_file.state"
nothing_of "in the owner's state" "$planted" "$state"
grep -q ISI-RAHASIA-90817 <(owner dump "latest:$src/besar") && good || bad "the planted content is not even stored"

# secret_keys ROLE-FILE: the secret keys in it, one hex string a line (types of formats/repo/key_list.h).
secret_keys() {
  python3 - "$1" <<'PY'
import base64, struct, sys
lines = [l.strip() for l in open(sys.argv[1]) if l.strip() and not l.startswith("-")]
data = base64.b64decode("".join(lines))
version, count = struct.unpack_from("<IH", data)
at = 6
for _ in range(count):
    kind, _index, length = struct.unpack_from("<HHH", data, at)
    at += 6
    if kind in (4, 6, 8, 9, 10, 11, 12): print(data[at:at + length].hex())
    at += length
PY
}
secret_keys "$scratch/restore.key" >"$scratch/keys"
secret_keys "$key_file" >>"$scratch/keys"
holds "there are keys to look for" "$(wc -l <"$scratch/keys")" -ge 8
# has_key PLACE…: is one of these keys, raw, as hex or as base64, in a file?
has_key() {
  python3 - "$scratch/keys" "$@" <<'PY'
import base64, os, sys
keys = [bytes.fromhex(line.strip()) for line in open(sys.argv[1])]
forms = [f for k in keys for f in (k, k.hex().encode(), base64.b64encode(k)[:40])]
for place in sys.argv[2:]:
    for folder, _, files in os.walk(place):
        for name in files:
            data = open(os.path.join(folder, name), "rb").read()
            if any(form in data for form in forms): print(os.path.join(folder, name)); sys.exit(0)
sys.exit(1)
PY
}
mkdir "$scratch/proof"
cp "$key_file" "$scratch/proof/"
python3 -c 'import sys; open(sys.argv[2], "wb").write(bytes.fromhex(open(sys.argv[1]).readline()))' "$scratch/keys" "$scratch/proof/raw"
if has_key "$scratch/proof" >/dev/null; then good; else bad "the search itself does not find a key"; fi
if found=$(has_key "$repo" "$cache" "$state" "$key_file.cache" "$key_file.state"); then bad "a key lies in $found"; else good; fi
# I7: what a backup host holds opens nothing: no content or structure secret in its key file.
secret_keys "$key_file" | sort >"$scratch/backup-keys"
python3 - "$key_file" <<'PY' && good || bad "the backup file holds a secret that opens content"
import base64, struct, sys
data = base64.b64decode("".join(l.strip() for l in open(sys.argv[1]) if l.strip() and not l.startswith("-")))
at, kinds = 6, set()
for _ in range(struct.unpack_from("<IH", data)[1]):
    kind, _, length = struct.unpack_from("<HHH", data, at)
    kinds.add(kind); at += 6 + length
sys.exit(bool(kinds & {4, 6, 8}))
PY

# --- while it runs: the process list, and a core file -----------------------------------------------------------------
# The run hangs on its standard input, with the repository open, once it has read more than a pipe holds.
mkfifo "$scratch/pipe"
cores=$scratch/cores
mkdir "$cores"
(
  cd "$cores" || exit
  ulimit -c unlimited 2>/dev/null
  exec_owner backup --stdin aliran <"$scratch/pipe"
) >"$scratch/out" 2>"$scratch/err" &
running=$!
exec 9>"$scratch/pipe"
head -c 1000000 /dev/zero >&9
tr '\0' ' ' <"/proc/$running/cmdline" >"$scratch/cmdline"
grep -q -- --passphrase-file "$scratch/cmdline" && good || bad "this is not the program's command line: $(cat "$scratch/cmdline")"
if grep -q FRASA-SANDI "$scratch/cmdline"; then bad "the passphrase is in the process list"; else good; fi
kill -ABRT "$running" 2>/dev/null
exec 9>&-
wait "$running" 2>/dev/null
if [ -n "$(ls -A "$cores")" ]; then
  nothing_of "in a core file" FRASA-SANDI-28841 "$cores"
  if found=$(has_key "$cores"); then bad "a key lies in the core file"; else good; fi
else
  skip "a core file: none was written (refused by the program or by the system)"
fi

# Messages name files, never what is in them, and no secrets.
owner -v backup "$src" >"$scratch/out" 2>"$scratch/err"
said_nothing_of "a verbose run" 'FRASA-SANDI-28841|ISI-RAHASIA-90817'
echo 'FRASA-SALAH-7' >"$scratch/wrong"
"$PULIH" -r "$repo" --passphrase-file "$scratch/wrong" --cache "$cache" --state "$state" snapshots >"$scratch/out" 2>"$scratch/err"
said_nothing_of "a refusal" 'FRASA-SALAH-7'
finish

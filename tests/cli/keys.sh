#!/usr/bin/env bash
# Passphrases, the recovery text, role files and what each role may do, rotation.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
make_tree "$src"
with_passphrase() {  # with_passphrase FILE WORD…
  local passphrase_file=$1
  shift
  owner "$@"
}

# The recovery text that the last command printed.
recovery_lines() { grep -aohE '^ *[1-4]: [A-Z2-7-]+' "$scratch/out" "$scratch/err"; }

check "init" owner init
recovery_lines >"$scratch/recovery"
is "prints a recovery text of four lines" "$(wc -l <"$scratch/recovery")" 4
check "a first backup" owner backup "$src"

# --- the recovery text -----------------------------------------------------------------------------------------
# On one line, as --passphrase-file takes it; with the numbers, blanks and dashes or without.
tr '\n' ' ' <"$scratch/recovery" >"$scratch/recovery-line"
check "the recovery text opens the repository" with_passphrase "$scratch/recovery-line" snapshots
sed 's/^ *[1-4]: //' "$scratch/recovery" | tr -d '\n -' >"$scratch/recovery-bare"
check "also typed without numbers and dashes" with_passphrase "$scratch/recovery-bare" snapshots
python3 - "$scratch/recovery" "$scratch/recovery-typo" <<'PY'
import sys
lines = open(sys.argv[1]).read().split("\n")
number, text = lines[1].split(": ")
lines[1] = number + ": " + ("B" if text[0] == "A" else "A") + text[1:]
open(sys.argv[2], "w").write(" ".join(lines).strip() + "\n")
PY
exits 1,2,12 "a typing error in it is refused" with_passphrase "$scratch/recovery-typo" snapshots
said "and its line is named" 'line 2'
head -n 3 "$scratch/recovery" >"$scratch/recovery-short"
exits 12 "a text that lacks a line" with_passphrase "$scratch/recovery-short" snapshots
said "is told by the number of its lines" '3 lines'
said_nothing_of "and not called a wrong passphrase" 'wrong passphrase'
cat "$scratch/recovery" <(tail -n 1 "$scratch/recovery") >"$scratch/recovery-long"
exits 12 "a text with a line too many" with_passphrase "$scratch/recovery-long" snapshots
said "is told too" '5 lines'
head -n 1 "$scratch/recovery" >"$scratch/recovery-one"
exits 12 "one line, which could be a passphrase" with_passphrase "$scratch/recovery-one" snapshots
said "is told what it looks like" '1 line of a recovery text'
echo 'wrong horse battery' >"$scratch/wrong"
exits 12 "a wrong passphrase" with_passphrase "$scratch/wrong" snapshots
: >"$scratch/empty"
exits 1,2,12 "an empty passphrase" with_passphrase "$scratch/empty" snapshots

# --- files that others may read ---------------------------------------------------------------------------------
cp "$passphrase_file" "$scratch/open-pass"
chmod 640 "$scratch/open-pass"
check "a passphrase file that the group may read works" with_passphrase "$scratch/open-pass" snapshots
is "with one warning" "$(grep -c 'others may read the passphrase file' "$scratch/err")" 1
chmod 400 "$scratch/open-pass"
check "one for its owner only" with_passphrase "$scratch/open-pass" snapshots
said_nothing_of "gives none" 'others may read'

# --- add, list, remove -----------------------------------------------------------------------------------------
echo 'second passphrase' >"$scratch/second"
check "key list --json" owner key list --json
before=$(answer 'len(d)')
check "key add" owner key add --new-passphrase-file "$scratch/second" --label wakil
check "the second passphrase opens" with_passphrase "$scratch/second" snapshots
check "the first still does" owner snapshots
check "key list" owner key list --json
is "has one more" "$(answer 'len(d)')" $((before + 1))
added=$(answer '[k["id"] for k in d if k.get("label") == "wakil"][0]')
said_nothing_of "the list has no secret in it" 'second passphrase|correct horse'
check "key remove" owner key remove "$added"
exits 12 "the removed passphrase no longer opens" with_passphrase "$scratch/second" snapshots
check "the first does" owner snapshots
exits 1,2 "removing what is not there" owner key remove 0123456789abcdef

# --- roles -----------------------------------------------------------------------------------------------------
for role in restore backup maintain audit; do
  check "key export --role $role" export_role "$role" "$scratch/$role.key"
  is "$role.key is for its owner only" "$(stat -c %a "$scratch/$role.key")" 600
  holds "$role.key says what it is" "$(head -n 1 "$scratch/$role.key" | grep -ci "pulih $role key")" = 1
done
exits 1,2 "an existing file is not overwritten" export_role backup "$scratch/backup.key"
exits 2 "an unknown role" export_role emperor "$scratch/emperor.key"

key_file=$scratch/backup.key
check "backup role: backs up" with_key backup "$src"
check "again, with its catalog" with_key backup --json "$src"
holds "adding little" "$(answer 'd["bytes_added"]')" -lt 20000
exits 12 "backup role: cannot restore" with_key restore latest --to "$scratch/no"
holds "and left nothing there" ! -e "$scratch/no$src"
exits 12 "nor dump" with_key dump "latest:$src/zero"
exits 12 "nor list files" with_key ls latest
check "what it can verify it does" with_key verify --read-data --json
holds "and it says what it cannot" "$(answer 'len(d["not_checked"])')" -gt 1
is "counting no objects, which it cannot see" "$(answer 'd["objects"]')" None
check "nor in words" with_key verify
said_nothing_of "it does not say 0" 'object'
exits 12 "nor export keys" with_key key export --role restore -o "$scratch/no.key"
holds "no key came out" ! -e "$scratch/no.key"
exits 12 "nor add a passphrase" with_key key add --new-passphrase-file "$scratch/second"
exits 12 "nor rotate" with_key key rotate

cp "$scratch/restore.key" "$scratch/open.key"
chmod 644 "$scratch/open.key"
key_file=$scratch/open.key
check "a key file that everybody may read works" with_key snapshots
is "with one warning too" "$(grep -c 'others may read the key file' "$scratch/err")" 1
key_file=$scratch/restore.key
check "restore role: restores what the backup role wrote" with_key restore "latest:$src" --to "$scratch/out1"
same_tree "the same tree" "$src" "$scratch/out1"
check "and verifies" with_key verify --read-data
exits 12 "restore role: holds no root, exports no keys" with_key key export --role backup -o "$scratch/no.key"

for role in maintain audit; do
  key_file=$scratch/$role.key
  exits 12 "$role role: sees no content" with_key dump "latest:$src/zero"
  exits 12 "$role role: restores nothing" with_key restore latest --to "$scratch/no"
  exits 12 "$role role: backs nothing up" with_key backup "$src"
  check "$role role: verifies what needs no content key" with_key verify
done

key_file=$scratch/damaged.key
sed '3s/./#/' "$scratch/restore.key" >"$key_file"
chmod 600 "$key_file"
exits 1,2,12 "a damaged key file is refused" with_key snapshots
key_file=$scratch/short.key
head -n 3 "$scratch/restore.key" >"$key_file"
chmod 600 "$key_file"
exits 1,2,12 "one cut short too" with_key snapshots

other=$scratch/other
repo=$other owner init >/dev/null 2>&1
key_file=$scratch/restore.key
repo=$other exits 12 "a key of another repository" with_key snapshots

# --- rotation ----------------------------------------------------------------------------------------------------
packs_before=$(find "$repo/packs" -type f -printf '%f\n' | sort | sha256sum)
check "key rotate" owner key rotate
# A rotation cannot seal the new secret to a text that it does not know: it may print another one, to replace it.
recovery_lines >"$scratch/recovery2" &&
  tr '\n' ' ' <"$scratch/recovery2" >"$scratch/recovery-line"
is "moves no data" "$(find "$repo/packs" -type f -printf '%f\n' | sort | sha256sum)" "$packs_before"
holds "makes a new config" -e "$repo/config/1"
check "key list after it" owner key list --json
is "the passphrase keeps its label" "$(answer '[k["label"] for k in d if k["type"] == "passphrase"]')" "['owner']"
check "the passphrase opens what was before" owner restore "latest:$src" --to "$scratch/out2"
same_tree "the same tree" "$src" "$scratch/out2"
echo sesudah >"$src/sesudah.txt"
key_file=$scratch/backup.key
exits 0,3 "the old backup file still backs up" with_key backup "$src"
check "a backup after the rotation" owner backup "$src"
check "verify of old and new" owner verify --read-data
check "a new restore file" export_role restore "$scratch/restore2.key"
key_file=$scratch/restore2.key
check "reads all" with_key restore "latest:$src" --to "$scratch/out3"
same_tree "the same tree" "$src" "$scratch/out3"
check "also what was before" with_key verify --read-data
key_file=$scratch/restore.key
exits 12 "an old restore file does not read what came after" with_key dump "latest:$src/sesudah.txt"
check "and the recovery text in force reads it" with_passphrase "$scratch/recovery-line" dump "latest:$src/sesudah.txt"
finish

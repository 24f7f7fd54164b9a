#!/usr/bin/env bash
# The main job and every look around, and what each way to go wrong exits with.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
make_tree "$src"

# --- init, backup ---------------------------------------------------------------------------------------------
exits 10 "no repository yet" owner snapshots
check "init --json" owner init --json
holds "names the repository" "$(answer 'len(d["repository"])')" -ge 8
exits 1 "a second init is refused" owner init
said "and says why" 'already'
mkdir "$scratch/over"
echo x >"$scratch/over/file"
repo=$scratch/over exits 1 "init in a folder with files in it" owner init
is "which keeps its file" "$(ls "$scratch/over")" file

exits 0 "backup --dry-run" owner backup --dry-run --json "$src"
is "stores nothing" "$(owner snapshots --json | json 'len(d)')" 0
check "backup --json" owner backup --json --name kantor --tag malam --tag uji "$src"
is "counts its files" "$(answer 'd["files"]')" 203
holds "and bytes" "$(answer 'd["bytes"]')" -gt 5000000
is "has no warnings" "$(answer 'd["warnings"]')" '[]'
first=$(answer 'd["snapshot"]')
check "the repository may be named after the command" \
  "$PULIH" --passphrase-file "$passphrase_file" --cache "$cache" --state "$state" snapshots -r "$repo"
check "or by the environment" env PULIH_REPO="$repo" PULIH_PASSPHRASE='correct horse battery' \
  "$PULIH" --cache "$cache" --state "$state" snapshots
check "and the passphrase by a command" "$PULIH" -r "$repo" --passphrase-command "cat $passphrase_file" \
  --cache "$cache" --state "$state" snapshots

# --- looking around ---------------------------------------------------------------------------------------------
check "snapshots --json" owner snapshots --json
is "has one" "$(answer 'len(d)')" 1
is "of that id" "$(answer 'd[0]["id"]')" "$first"
is "with its name" "$(answer 'd[0]["name"]')" kantor
is "its tags" "$(answer 'sorted(d[0]["tags"])')" "['malam', 'uji']"
is "its files" "$(answer 'd[0]["files"]')" 203
is "and no tables" "$(answer 'd[0]["tables"]')" 0

check "ls --json of a folder" owner ls --json "latest:$src/sub/deeper"
is "lists it" "$(answer '[e["path"].split("/")[-1] for e in d if "laporan" in e["path"]]')" "['laporan.txt']"
is "with the size" "$(answer '[e["size"] for e in d if "laporan" in e["path"]][0]')" 16
is "and the hash" "$(answer '[e["sha256"] for e in d if "laporan" in e["path"]][0]')" \
  "$(sha256sum "$src/sub/deeper/laporan.txt" | cut -c1-64)"
check "ls -R --json" owner ls -R --json "latest:$src"
is "lists all below" "$(answer 'len([e for e in d if "/many/" in e["path"]])')" 200
check "ls -l" owner ls -l "latest:$src"
said "shows names" 'big\.bin'
check "a path with or without the leading slash" owner ls "latest:${src#/}/sub"
exits 1,2 "ls of what is not there" owner ls "latest:$src/nothing-here"

check "find by glob" owner find --json '17*.txt'
is "finds them" "$(answer 'len(d)')" 11
is "in that snapshot" "$(answer 'd[0]["snapshot"]')" "$first"
check "find by hash" owner find --json --sha256 "$(sha256sum "$src/big.bin" | cut -c1-64)"
is "finds the file" "$(answer '[e["path"].split("/")[-1] for e in d]')" "['big.bin']"

check "find for people" owner find zero
is "one line under the titles" "$(wc -l <"$scratch/out")" 2
check "find of nothing" owner find 'no-such-thing-*'
is "prints nothing" "$(wc -c <"$scratch/out")" 0
said "but says so" 'no entry matches'
check "find of nothing --json" owner find --json 'no-such-thing-*'
is "is an empty list" "$(answer 'd')" '[]'

is "dump gives the bytes" "$(owner dump "latest:$src/big.bin" | sha256sum)" "$(sha256sum <"$src/big.bin")"
exits 1,2 "dump of a folder" owner dump "latest:$src/sub"

check "stats --json" owner stats --json
is "repository_bytes is what is there" "$(answer 'd["repository_bytes"]')" "$(bytes_in "$repo")"
is "packs too" "$(answer 'd["packs"]')" "$(find "$repo/packs" -type f | wc -l)"
holds "and objects" "$(answer 'd["objects"]')" -gt 0

# --- a second snapshot, diff, selectors --------------------------------------------------------------------------
echo berubah >"$src/zero"
rm "$src/many/7.txt"
echo baru >"$src/baru.txt"
check "a second backup" owner backup --json "$src"
second=$(answer 'd["snapshot"]')
check "diff" owner diff --json latest~1 latest
check "find over both" owner find big.bin
is "shows an unchanged file once" "$(grep -c 'big\.bin' "$scratch/out")" 1
said "as in two snapshots, of which the newest is named" "^${second:0:8} +2 "
check "find of a changed file" owner find zero
is "shows each version" "$(grep -c '/zero$' "$scratch/out")" 2
check "find --verbose" owner find --verbose big.bin
is "shows each snapshot" "$(grep -c 'big\.bin' "$scratch/out")" 2
check "find --json over both" owner find --json big.bin
is "too" "$(answer 'sorted(e["snapshot"] for e in d) == sorted(["'"$first"'", "'"$second"'"])')" True
check "diff again" owner diff --json latest~1 latest
is "added" "$(answer '[str(x) for x in d["added"] if "baru.txt" in str(x)] != []')" True
is "removed" "$(answer '[str(x) for x in d["removed"] if "/7.txt" in str(x)] != []')" True
is "changed" "$(answer 'len([x for x in d["changed"] if "zero" in str(x)])')" 1
is "and nothing else but folders" "$(answer 'len([x for x in d["changed"] if "big.bin" in str(x) or "laporan" in str(x)])')" 0
is "latest is the newest" "$(owner dump "latest:$src/zero")" berubah
is "latest~1 the one before" "$(owner dump "latest~1:$src/zero")" ''
is "an id prefix of eight" "$(owner dump "${second:0:8}:$src/zero")" berubah
is "a date" "$(owner dump "$(date +%F):$src/zero")" berubah
exits 1,2 "latest~9 is not there" owner ls latest~9
exits 1,2 "nor is that id" owner ls 0123456789abcdef
exits 1,2 "nor a date before the first" owner ls 2014-06-01

# --- restore ---------------------------------------------------------------------------------------------------
check "restore of what is in a path" owner restore --json "latest:$src" --to "$scratch/out1"
is "counts" "$(answer 'd["files"]')" 203
is "no damage" "$(answer 'd["damaged"]')" '[]'
same_tree "the tree is the same" "$src" "$scratch/out1"
check "restore of a whole snapshot" owner restore latest --to "$scratch/out2"
same_tree "lies under its whole path" "$src" "$scratch/out2$src"
check "restore of one file" owner restore "latest:$src/big.bin" --to "$scratch/out3"
is "lays it into the folder" "$(sha256sum <"$scratch/out3/big.bin")" "$(sha256sum <"$src/big.bin")"
check "restore of an older one" owner restore "${first:0:10}:$src/many" --to "$scratch/out4"
is "has what was removed since" "$(cat "$scratch/out4/7.txt")" "paket 7 nilai $((7 * 7919))"
check "restore --dry-run" owner restore --dry-run "latest:$src" --to "$scratch/out5"
holds "writes nothing" ! -e "$scratch/out5"
echo mine >"$scratch/out1/zero"
rm "$scratch/out1/many/9.txt"
check "a dry run looks at the target" owner restore --dry-run --json "latest:$src" --to "$scratch/out1"
is "what would be new" "$(answer '[x["place"].rsplit("/", 1)[1] for x in d["steps"] if x["action"] == "create"]')" "['9.txt']"
is "what would be lost" "$(answer '[x["place"].rsplit("/", 1)[1] for x in d["steps"] if x["action"] == "overwrite"]')" "['zero']"
is "and how much that is" "$(answer '(d["files"], d["overwritten"], d["unchanged"], d["skipped"])')" '(2, 1, 201, 0)'
check "with --overwrite never" owner restore --dry-run --json --overwrite never "latest:$src" --to "$scratch/out1"
is "what is there would stay" "$(answer '(d["files"], d["overwritten"], d["unchanged"], d["skipped"])')" '(1, 0, 0, 203)'
check "for people" owner restore --dry-run "latest:$src" --to "$scratch/out1"
said "it names what would be lost" 'overwrite +.*/zero'
is "and nothing was written" "$(cat "$scratch/out1/zero")" mine
holds "nothing at all" ! -e "$scratch/out1/many/9.txt"
echo mine >"$scratch/out1/zero"
exits 0,3 "restore --overwrite never" owner restore --overwrite never "latest:$src" --to "$scratch/out1"
is "keeps mine" "$(cat "$scratch/out1/zero")" mine
check "restore --overwrite always" owner restore --overwrite always "latest:$src" --to "$scratch/out1"
same_tree "brings all back" "$src" "$scratch/out1"
check "restore --include" owner restore --include '*.txt' "latest:$src" --to "$scratch/out6"
holds "takes those" -e "$scratch/out6/sub/deeper/laporan.txt"
holds "and no others" ! -e "$scratch/out6/big.bin"
exits 1 "--include that fits nothing" owner restore --include '*.tiada' "latest:$src" --to "$scratch/out-none"
said "is told" 'nothing fits'
holds "and makes no folder" ! -e "$scratch/out-none"
check "restore --exclude" owner restore --exclude 'many' "latest:$src" --to "$scratch/out7"
holds "leaves that out" ! -e "$scratch/out7/many/1.txt"
holds "but not the rest" -e "$scratch/out7/big.bin"

# --- what is left out of a backup ---------------------------------------------------------------------------------
mkdir -p "$scratch/ex/tmp" "$scratch/ex/cache" "$scratch/ex/nobackup" "$scratch/ex/kept"
touch "$scratch/ex/a.tmp" "$scratch/ex/tmp/b" "$scratch/ex/cache/c" "$scratch/ex/nobackup/d" "$scratch/ex/kept/e" \
  "$scratch/ex/nobackup/.nobackup"
printf 'Signature: 8a477f597d28d172789f06886806bc55' >"$scratch/ex/cache/CACHEDIR.TAG"
printf '# comment\n\ntmp/\n' >"$scratch/patterns"
check "backup with every kind of exclusion" owner backup --exclude '*.tmp' --exclude-from "$scratch/patterns" \
  --exclude-if-present .nobackup --exclude-caches "$scratch/ex"
check "its listing" owner ls -R --json "latest:$scratch/ex"
is "has only what was wanted" \
  "$(answer '" ".join(sorted(e["path"].rsplit("/ex/", 1)[1] for e in d if "/ex/" in e["path"]))')" \
  'cache cache/CACHEDIR.TAG kept kept/e nobackup'

check "backup of standard input" bash -c 'printf "dari pipa" | "$@"' - "$PULIH" -r "$repo" \
  --passphrase-file "$passphrase_file" --cache "$cache" --state "$state" backup --stdin pipa.txt
is "is a file of that name" "$(owner dump latest:pipa.txt)" 'dari pipa'

check "of standard input that is empty" owner backup --json --stdin kosong.txt </dev/null
is "is warned of" "$(answer '"standard input was empty" in d["warnings"][0]')" True

# --- verify ------------------------------------------------------------------------------------------------------
check "verify" owner verify --json
is "is content" "$(answer 'd["result"]')" ok
is "and finds nothing" "$(answer 'd["damage"]')" '[]'
check "verify --read-data" owner verify --read-data --json
is "is content too" "$(answer 'd["result"]')" ok
is "and leaves nothing unchecked but what only passphrases tell" "$(answer 'len(d["not_checked"]), d["not_checked"][0].startswith("key slots")')" "(1, True)"
check "verify --sample" owner verify --sample 20%
flip_middle "$(largest_pack)"
exits 3 "verify --read-data finds a flipped bit" owner verify --read-data --json
is "and says so" "$(answer 'd["result"]')" damaged
is "with the file that suffers" "$(answer 'any("big.bin" in p for x in d["damage"] for p in x["paths"])')" True
exits 3 "restore of all goes on around it" owner restore --json "${second:0:8}:$src" --to "$scratch/out8"
is "and names it" "$(answer 'any("big.bin" in str(x) for x in d["damaged"])')" True
is "with the rest whole" "$(cat "$scratch/out8/sub/deeper/laporan.txt")" 'laporan tahunan'
if [ -e "$scratch/out8/big.bin" ]; then
  holds "never a wrong file under its name as if it were good" \
    "$(sha256sum <"$scratch/out8/big.bin")" != "$(sha256sum <"$src/big.bin")"
fi

# --- exit codes --------------------------------------------------------------------------------------------------
exits 2 "no command" "$PULIH"
exits 2 "an unknown command" owner frobnicate
exits 2 "an unknown option" owner snapshots --frobnicate
exits 2 "restore without --to" owner restore latest
exits 2 "backup of nothing" owner backup
exits 0 "--help" "$PULIH" --help
said "lists the commands" 'restore'
exits 0 "--version" "$PULIH" --version
said "names the program" 'pulih'
exits 0 "help of a command" "$PULIH" backup --help
echo wrong >"$scratch/wrong"
exits 12 "a wrong passphrase" "$PULIH" -r "$repo" --passphrase-file "$scratch/wrong" --cache "$cache" --state "$state" snapshots
exits 1,2 "a passphrase file that is not there" "$PULIH" -r "$repo" --passphrase-file "$scratch/nothing" --cache "$cache" snapshots
exits 3 "backup of a path that is not there" owner backup "$scratch/not-there" "$src/sub"
said "names it" 'not-there: missing'
holds "and takes the other" "$(owner ls -R "latest:$src/sub" | grep -c laporan)" -ge 1

# The repository is no source and no target of its own.
exits 2 "restore into the repository" owner restore latest --to "$repo/packs"
exits 2 "a dry run into the repository" owner restore latest --to "$repo/new/er" --dry-run
mkdir "$scratch/around"
ln -s "$repo" "$scratch/around/link"
exits 1 "restore into a file" owner restore latest --to "$passphrase_file"
said "says that it is none" 'open target: .*: it is no folder'
exits 10 "a repository in a file" "$PULIH" -r "$passphrase_file" --passphrase-file "$passphrase_file" init
said "says so too" 'no folder'
exits 2 "restore into it by another name" owner restore latest --to "$scratch/around/link/x"
exits 0,3 "backup of the folder around the repository" owner backup "$(dirname "$repo")"
is "stores none of it" "$(owner ls -R latest | grep -c "$repo/packs")" 0

# An unreadable file is named, the rest is stored, exit 3.
mkdir -p "$scratch/user/src"
echo a >"$scratch/user/src/a"
echo s >"$scratch/user/src/terkunci"
chmod 000 "$scratch/user/src/terkunci"
cp "$PULIH" "$scratch/user/pulih"
cp "$passphrase_file" "$scratch/user/pass"
if [ "$(id -u)" = 0 ]; then chown -R 65534:65534 "$scratch/user"; fi
common=(env "HOME=$scratch/user" "$scratch/user/pulih" -r "$scratch/user/repo" --passphrase-file "$scratch/user/pass"
        --cache "$scratch/user/cache" --state "$scratch/user/state" --no-progress)
check "init as an ordinary user" as_nobody "${common[@]}" init
exits 3 "an unreadable file" as_nobody "${common[@]}" backup --json "$scratch/user/src"
said "is named" 'terkunci'
is "and warned of" "$(answer 'len(d["warnings"]) > 0')" True
check "the rest restores as that user" as_nobody "${common[@]}" restore "latest:$scratch/user/src/a" --to "$scratch/user/out"
is "and is right" "$(cat "$scratch/user/out/a")" a
finish

#!/usr/bin/env bash
# Defaults from a TOML file: they serve, the command line wins, and a mistake in it is told.
. "$(dirname "$0")/lib.sh"
src=$scratch/src
make_tree "$src"
touch "$src/a.tmp"
cat >"$scratch/pulih.toml" <<END
repo = "$repo"
passphrase-file = "$passphrase_file"
cache = "$cache"
state = "$state"

[backup]
exclude = ["*.tmp", "many/"]
tag = ["malam"]
name = "kantor"
END
configured() { "$PULIH" --config "$scratch/pulih.toml" --no-progress "$@"; }
check "init" configured init
check "backup" configured backup --json "$src"
check "snapshots" configured snapshots --json
is "the tag is from the file" "$(answer 'd[0]["tags"]')" "['malam']"
is "and the name" "$(answer 'd[0]["name"]')" kantor
check "ls" configured ls -R --json "latest:$src"
is "and what to leave out" "$(answer 'len([e for e in d if ".tmp" in e["path"] or "/many/" in e["path"]])')" 0

check "the command line wins" configured backup --name gudang "$src"
is "over the name" "$(configured snapshots --json | json 'd[-1]["name"]')" gudang
check "also for the place" configured -r "$scratch/other" init
holds "which was made there" -e "$scratch/other/config/0"
check "and the environment comes in between" env PULIH_REPO="$scratch/other" \
  "$PULIH" --config "$scratch/pulih.toml" --no-progress snapshots --json
is "so this is the other, without snapshots" "$(answer 'len(d)')" 0

broken() { printf '%s\n' "$1" >"$scratch/broken.toml"; "$PULIH" --config "$scratch/broken.toml" --no-progress snapshots -r "$repo"; }
exits 1,2 "a file that is not TOML" broken 'repo = "unclosed'
said "is named" 'broken\.toml'
exits 1,2 "an option that does not exist" broken 'frobnicate = true'
said "is named" 'frobnicate'
exits 1,2 "a value of the wrong type" broken 'cache = 7'
exits 1,2 "a file that is not there" "$PULIH" --config "$scratch/none.toml" -r "$repo" snapshots
said "is named" 'none\.toml'
finish

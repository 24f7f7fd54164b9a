#!/usr/bin/env bash
# From a fresh machine to a lost folder and a lost tender brought back, and a year that had no backup rebuilt: installs
# what is missing, builds pulih, and runs its main job on real files and on small databases that are made up.
#
#   examples/quickstart.sh [DIRECTORY]        default: /usr/share/doc
#
# DIRECTORY is only read: up to 300 MB of it are copied to a scratch folder, and what gets backed up, lost and
# restored is that copy. The database is examples/records/office.sql, in a throw-away server of its own where PostgreSQL
# is installed; elsewhere lists in CSV stand for it. All scratch is removed at the end. With PULIH set to a program
# nothing is built.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

case ${1-} in
  --help | -h) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
  -*) echo "quickstart.sh: unknown option: $1 (see --help)" >&2; exit 2 ;;
esac
die() { printf '\nquickstart.sh: %s\n' "$*" >&2; exit 1; }

# --- what to back up ---------------------------------------------------------------------------------------
kilobytes_of() { { du -skx "$1" 2>/dev/null || true; } | cut -f1; }

# The first of the usual trees with something in it: slim containers have an almost empty /usr/share/doc.
choose_source() {
  local candidate
  for candidate in /usr/share/doc /usr/include /usr/share /usr/lib; do
    [ -r "$candidate" ] && [ "$(kilobytes_of "$candidate")" -ge 20000 ] && { echo "$candidate"; return; }
  done
  return 1
}
source=${1-}
if [ -n "$source" ] && { [ ! -d "$source" ] || [ ! -r "$source" ]; }; then
  die "not a folder that can be read: $source"
fi

# --- the program -------------------------------------------------------------------------------------------
if [ -z "${PULIH-}" ]; then
  bash "$root/scripts/dependencies.sh" build quickstart
  PULIH=$root/build/pulih
  echo "building pulih (the first time takes some minutes)"
  log=$(mktemp)
  if ! bash "$root/scripts/build.sh" "$root/build" Release "$(nproc)" --target pulih >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "the build failed"
  fi
  rm -f "$log"
else
  bash "$root/scripts/dependencies.sh" quickstart
fi
[ -x "$PULIH" ] || die "no program at $PULIH"
PULIH=$(realpath "$PULIH")

# --- the copy ----------------------------------------------------------------------------------------------
[ -n "$source" ] || source=$(choose_source) || die "found no folder with 20 MB of files to try it on: name one"
source=$(realpath "$source")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pulih-quickstart.XXXXXX")
server=
end() {
  if [ -n "$server" ]; then
    as_server "$pg_bin/pg_ctl" -D "$server/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$server"
  fi
  chmod -R u+rwX "$scratch" 2>/dev/null || true
  rm -rf "$scratch"
}
trap end EXIT
work=$scratch/documents kept=$scratch/kept repository=$scratch/repository

# The copy, the repository and the restored tree must all fit.
limit=300000000
room=$(($(df -Pk "$scratch" | awk 'NR == 2 { print $4 }') * 1000 / 4))
[ "$room" -ge "$limit" ] || limit=$room
[ "$limit" -ge 1000000 ] || die "too little room in ${TMPDIR:-/tmp}"

# Prints, each ended by a NUL, the paths of a part of $source that is not larger than the limit.
a_part_of_it() {
  local line size total=0 count=0
  cd "$source"
  # What find cannot read stays out, and that we stop listening early is no failure of its.
  { find . -xdev \( -type f -readable -printf '%s %p\0' \) -o \( -type d -readable -executable -printf '0 %p\0' \) \
    -o \( -type l -printf '0 %p\0' \) 2>/dev/null || true; } |
    while IFS= read -r -d '' line; do
      size=${line%% *}
      ((total + size <= limit)) || continue
      printf '%s\0' "${line#* }"
      total=$((total + size)) count=$((count + 1))
      # Close enough to the limit, or more entries than a short demonstration needs.
      if ((total > limit - limit / 20 || count > 100000)); then break; fi
    done
}
# Set-user-id bits and security attributes stay behind: bringing those back takes --privileged, another story.
mkdir "$work"
a_part_of_it | rsync -aHAX --no-D --chmod=ug-s --filter='-x security.*' --filter='-x trusted.*' \
  --from0 --files-from=- --no-implied-dirs "$source/" "$work/" 2>"$scratch/err" ||
  { tail -n 5 "$scratch/err" >&2; die "could not copy from $source"; }
files=$(find "$work" -type f -printf x | wc -c)
bytes=$(find "$work" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')
[ "$files" -gt 0 ] || die "no readable files in $source"

# --- telling what happens ----------------------------------------------------------------------------------
size_text() {
  awk -v n="$1" 'BEGIN { split("B KB MB GB TB", u, " "); i = 1; while (n >= 1000 && i < 5) { n /= 1000; i++ }
                         printf(i == 1 ? "%d %s" : "%.1f %s", n, u[i]) }'
}
number_text() { awk -v n="$1" 'BEGIN { s = sprintf("%.0f", n); while (match(s, /^[0-9]+[0-9][0-9][0-9]($|,)/)) {
  i = index(s, ","); e = i ? i : length(s) + 1; s = substr(s, 1, e - 4) "," substr(s, e - 3) } print s }'; }
field() { sed -n "s/.*\"$1\": *\\([0-9]*\\).*/\\1/p" "$scratch/out" | head -n 1; }

# step WHAT COMMAND…: runs it and leaves its seconds in $took; report adds the line.
step() {
  what=$1
  local from=${EPOCHREALTIME/./}
  shift
  "$@" >"$scratch/out" 2>"$scratch/err" || { tail -n 10 "$scratch/err" >&2; die "failed: $what"; }
  took=$(awk -v us=$((${EPOCHREALTIME/./} - from)) 'BEGIN { printf "%.2f s", us / 1e6 }')
}
report() { printf '  %-38s %9s   %s\n' "$what" "$took" "$*"; }

owner() { "$PULIH" -r "$repository" --passphrase-file "$scratch/passphrase" "${places[@]}" "$@"; }
night() { "$PULIH" -r "$repository" --key "$scratch/night.key" "${places[@]}" "$@"; }
places=(--cache "$scratch/cache" --state "$scratch/state" --no-progress)
head -c 18 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$scratch/passphrase"
chmod 600 "$scratch/passphrase"

may_not_read() {
  local rc=0
  night restore "latest:$work" --to "$scratch/not-allowed" || rc=$?
  [ "$rc" = 12 ]
}
lose_it() { mv "$work" "$kept"; }
compare() {
  rsync -aHAXn --checksum --delete --itemize-changes "$kept/" "$work/" || return
  [ ! -s "$scratch/out" ] || { cat "$scratch/out" >&2; return 1; }
}

# --- the records -------------------------------------------------------------------------------------------
# PostgreSQL's programs lie beside each other, in Debian in a folder for each version. Its server refuses to run as root.
pg_bin=
for candidate in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb || echo /none/x)")"; do
  [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ] && pg_bin=$candidate
done
as_server() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
start_server() {
  [ -n "$pg_bin" ] && command -v psql >/dev/null && command -v pg_dump >/dev/null || return 1
  [ "$(id -u)" != 0 ] || { id postgres && command -v runuser; } >/dev/null 2>&1 || return 1
  server=$(mktemp -d "${TMPDIR:-/tmp}/pulih-office.XXXXXX")
  [ "${#server}" -le 80 ] || return 1  # of a socket's path
  [ "$(id -u)" != 0 ] || chown postgres "$server"
  # Nobody but its owner reaches the socket, and there is no port.
  { as_server "$pg_bin/initdb" -D "$server/data" -A trust -U office -E UTF8 --locale=C --no-sync &&
    as_server "$pg_bin/pg_ctl" -D "$server/data" -l "$server/log" -w -o "-c listen_addresses= -c unix_socket_directories=$server -c fsync=off" start &&
    psql -qX -h "$server" -U office -d postgres -c 'CREATE DATABASE office' -c 'CREATE ROLE night LOGIN' &&
    in_office -f "$root/examples/records/office.sql" &&
    in_office -c 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO night; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO night'
  } >"$scratch/out" 2>"$scratch/err"
}
in_office() { psql -qXAt -v ON_ERROR_STOP=1 -h "$server" -U office -d office "$@"; }
all_rows() { pg_dump -h "$server" -U office -d office --data-only --inserts -t "$1" | grep '^INSERT' | LC_ALL=C sort; }
make_lists() {
  awk 'BEGIN { print "tender,bidder,amount"; for (i = 0; i < 4000; i++) printf "%d,PT Contoh %d,%d\n", 1001 + i / 4, i % 60, 23000000 + i * 1000 }' >"$scratch/bids.csv"
}
if start_server; then
  has_database=yes records=(--postgres "host=$server dbname=office user=night")
else
  make_lists
  has_database=no records=(--table "$scratch/bids.csv" --primary-key "tender,bidder")
fi

a_day() {
  if [ "$has_database" = yes ]; then
    all_rows peserta >"$scratch/rows"
    in_office -f "$root/examples/records/a_day.sql"
  else
    sed -i 's/^1017,PT Contoh 4,.*/1017,PT Contoh 4,22000000/; /^1042,/d' "$scratch/bids.csv"
  fi
}
compare_rows() {
  if [ "$has_database" = yes ]; then
    all_rows peserta | comm -23 "$scratch/rows" - >"$scratch/missing"
    [ "$(wc -l <"$scratch/missing")" = 2 ]  # the changed price and the bid that nobody has asked for
  else
    [ "$(grep -c '^1042,' "$scratch/lists/bids.csv")" = 4 ]
  fi
}

# --- the main job --------------------------------------------------------------------------------------------
printf '\n%s: a copy of %s files, %s, from %s\n\n' "$("$PULIH" --version | head -n 1)" "$(number_text "$files")" \
  "$(size_text "$bytes")" "$source"

step "make an encrypted repository" owner init
report "it also printed a recovery text, to be kept on paper"
step "make a key file for the nightly run" owner key export --role backup -o "$scratch/night.key"
report "it can add to the repository and read nothing back"
step "back up" night backup --json "${records[@]}" "$work"
report "$(number_text "$(field files)") files, $(size_text "$bytes"), $(number_text "$(field rows)") rows; $(size_text "$(field bytes_added)") stored"
step "back up again, nothing has changed" night backup --json "${records[@]}" "$work"
report "$(size_text "$(field bytes_added)") stored"
step "lose the folder" lose_it
report "$work is gone"
step "ask for it with the nightly key" may_not_read
report "refused, as it should be: that key opens nothing"
step "restore with the passphrase" owner restore --json "latest:$work" --to "$work"
report "$(number_text "$(field files)") files, $(size_text "$bytes")"
step "compare with what was lost" compare
report "every byte, name, mode, owner, time, link and attribute is the same"
step "a price changes, a tender is deleted" a_day
report "and nobody has seen it"
step "back up" night backup --json "${records[@]}" "$work"
report "$(size_text "$(field bytes_added)") stored"
if [ "$has_database" = yes ]; then
  step "who changed the price?" owner records history peserta 4069
  report "$(sed -n 's/^ *psr_harga: //p' "$scratch/out"), by $(sed -n 's/^ *audituser: .* → //p' "$scratch/out")"
  step "bring the tender back" owner records restore latest~1 lelang_seleksi 1042 --follow --postgres "host=$server dbname=office user=office" --json
  report "$(field inserted) rows: its schedule, bidders, bids, evaluations"
else
  step "who changed the price?" owner records history bids '1017,PT Contoh 4'
  report "$(sed -n 's/^ *amount: //p' "$scratch/out")"
  step "write the list as it was" owner records export latest~1 --table bids --to "$scratch/lists"
  report "with the tender that was deleted"
fi
step "compare with what was there before" compare_rows
report "every row of it is the same"
step "verify, reading all that is stored" owner verify --read-data --json
report "$(number_text "$(field objects)") objects in $(number_text "$(field packs)") packs are whole"
# Another office, which had no backup.
step "rebuild a year from what is left of it" env PULIH="$PULIH" "$root/examples/rebuild-2014/run.sh" "$scratch/year"
[ -s "$scratch/year/report.html" ] || die "failed: $what"
report "$(sed -n 's/^\([0-9]* tenders\), .*; \([0-9]* disputed fields*\), \([0-9]* records*\) lost.*/\1 from 5 partial copies, \2, \3 told to be missing/p' "$scratch/out")"

stored=$(find "$repository" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')
cat <<END

The repository took $(size_text "$stored") for $(size_text "$bytes") of files. All of it was scratch, and is removed now.

Your own:   $PULIH init -r /path/of/a/repository
Read on:    README.md                what else it does, and a nightly run
            docs/commands/           a page for each command
            docs/records.md          the database, row by row
            docs/rebuild.md          a lost year; examples/rebuild-2014/run.sh does it and keeps the report
            docs/threat-model.md     what the keys protect, and what not
END

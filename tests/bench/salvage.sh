#!/usr/bin/env bash
# Measures what pulih and the usual tools (pg_restore, gzip, pg_filedump, pg_waldump) get out of the same damaged remains of
# one database: rows that are right, rows that are false, MB of evidence a second of processor time, peak memory. The same
# seed, the same damage. It never fails on a number; it fails when pulih fails.
#
#   tests/bench/salvage.sh [--tenders N] [--seeds N] [--only WORDS] [--json FILE] [--speed PROGRAM] [--scratch DIRECTORY]
#                          [--keep] [--pulih PROGRAM] [--shared DIRECTORY] [--no-install]
#
# The database is ../shared/spse with N tenders (1000: a hundred thousand rows), and a table of long texts for TOAST. WORDS,
# separated by commas, choose cases whose name holds one of them. --keep leaves the scratch folder. PROGRAM of --speed is what recover_speed.cc beside this
# script makes; it adds the speeds of single steps. Read next: tests/bench/salvage.py, docs/performance.md, "Recovery".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }
tenders=1000 seeds=3 only='' json='' speed='' keep=no scratch_parent=${TMPDIR:-/tmp} install=yes shared=$(dirname "$root")/shared
PULIH=${PULIH:-$root/build/pulih}
while [ $# -gt 0 ]; do
  case $1 in
    --tenders) tenders=$2; shift ;;
    --seeds) seeds=$2; shift ;;
    --only) only=$2; shift ;;
    --json) json=$2; shift ;;
    --keep) keep=yes ;;
    --speed) speed=$2; shift ;;
    --scratch) scratch_parent=$2; shift ;;
    --pulih) PULIH=$2; shift ;;
    --shared) shared=$2; shift ;;
    --no-install) install=no ;;
    --help | -h) usage; exit 0 ;;
    *) echo "salvage.sh: unknown option: $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
say() { printf '%s\n' "$*" >&2; }
die() { say "salvage.sh: $*"; exit 1; }
[ -x "$PULIH" ] || die "no program at $PULIH: build it, or set PULIH"
service=$shared/services/postgres.sh
[ -x "$service" ] || die "no $service: say with --shared where the services and the test database are"
[ "$install" = no ] || bash "$root/scripts/dependencies.sh" bench
for tool in pg_filedump pg_restore /usr/bin/time; do command -v "$tool" >/dev/null || die "no $tool"; done

mkdir -p "$scratch_parent"
scratch=$(mktemp -d "$scratch_parent/pulih-salvage.XXXXXX")
chmod 711 "$scratch"  # the server runs as another user
finish() {
  "$service" wipe "$scratch/server" || true
  if [ "$keep" = yes ]; then say "kept: $scratch"; else rm -rf "$scratch"; fi
}
trap finish EXIT
work=$scratch/work
mkdir "$work" "$work/truth"
mkdir -m 777 "$scratch/wal"
export PYTHONDONTWRITEBYTECODE=1

# --- the database and what it leaves behind ----------------------------------------------------------------------------
sql() { psql -qAtX -v ON_ERROR_STOP=1 -d "$db" "$@"; }
PG_OPTIONS=$'autovacuum = off\narchive_mode = on\narchive_command = \'cp %p '"$scratch"$'/wal/%f\'' "$service" start "$scratch/server" >/dev/null
eval "$("$service" env "$scratch/server")"
PATH=$PULIH_TEST_PG_BIN:$PATH
# Segments of 4 MiB, so that there are twenty of them.
"$service" stop "$scratch/server"
reset=("$PULIH_TEST_PG_BIN/pg_resetwal" --wal-segsize=4 -D "$PULIH_TEST_PG_DATA")
if [ "$(id -un)" = "$PULIH_TEST_PG_OSUSER" ]; then "${reset[@]}"; else (cd / && runuser -u "$PULIH_TEST_PG_OSUSER" -- "${reset[@]}"); fi >/dev/null
"$service" start "$scratch/server" >/dev/null
db=$PULIH_TEST_PG_CONNINFO
sql -c 'CREATE DATABASE lpse'
db=${db/dbname=postgres/dbname=lpse}
sql -f "$shared/spse/schema.sql" >/dev/null
sql -v tenders="$tenders" -v seed=2014 -f "$shared/spse/seed.sql" >/dev/null
# Texts of 10 to 40 KB that pglz makes a third of: compressed, and outside of their rows.
sql >/dev/null <<'SQL'
CREATE TABLE berkas_teks (btk_id integer PRIMARY KEY, btk_isi text NOT NULL);
INSERT INTO berkas_teks
  SELECT i, (SELECT string_agg('Pasal ' || n || ': penyedia ' || (hashint8(i * 1000 + n) & 65535) || ' menyerahkan dokumen penawaran kepada panitia pengadaan.', E'\n')
               FROM generate_series(1, 120 + (i * 37) % 350) n) FROM generate_series(1, 1000) i;
VACUUM ANALYZE;
CHECKPOINT;
SELECT pg_switch_wal();
SQL
pg_dump --schema-only -d "$db" -f "$work/schema.sql"
pg_dump -Fc -d "$db" -f "$work/custom.dump"
pg_dump -Fd -d "$db" -f "$work/directory"
pg_dump -d "$db" | gzip -6n >"$work/script.sql.gz"
sql -c "SELECT json_object_agg(name, told) FROM (
  SELECT CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || c.relname AS name,
         json_build_object('schema', nspname, 'file', pg_relation_filepath(c.oid), 'toast', pg_relation_filepath(c.reltoastrelid), 'rows', c.reltuples,
           'columns', (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
           'types', (SELECT json_agg(format_type(atttypid, NULL) ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)) AS told
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
   WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')) t" >"$work/tables.json"
sql -c "SELECT CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || relname, format('%I.%I', nspname, relname)
          FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')" |
  while IFS='|' read -r name table; do sql -c "COPY $table TO STDOUT" >"$work/truth/$name.copy" </dev/null; done
"$service" stop "$scratch/server"
mv "$scratch/wal" "$work/wal"
mkdir "$work/data"
(cd "$PULIH_TEST_PG_DATA" && tar c --exclude=./pg_wal/0* .) | tar x -C "$work/data"
"$service" wipe "$scratch/server"

# --- the cases ---------------------------------------------------------------------------------------------------------
rows=$(cat "$work"/truth/*.copy | wc -l)
say "$rows rows, $(find "$work/wal" -type f -name '0*' | wc -l) WAL segments, a custom dump of $(stat -c %s "$work/custom.dump") bytes"
python3 "$here/salvage.py" "$work" "$PULIH" "$seeds" ${only:+--only "$only"} ${json:+--json "$json"}

# --- single steps ------------------------------------------------------------------------------------------------------
[ -n "$speed" ] || exit 0
file=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["peserta"]["file"])' "$work/tables.json")
"$speed" "$work/data/$file" "$work/schema.sql" "$work/script.sql.gz"

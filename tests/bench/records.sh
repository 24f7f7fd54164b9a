#!/usr/bin/env bash
# Measures pulih beside what else keeps a PostgreSQL database every night: pg_dump with restic, pg_dump with borg,
# pgBackRest. One database, N nights of work on it, all tools on the same nights. It never fails on a number; it
# fails when a tool fails or gives back other rows than it was given.
#
#   tests/bench/records.sh [--nights N] [--uniform] [--tenders N] [--documents MB] [--tools LIST] [--json FILE]
#                          [--scratch DIRECTORY] [--pulih PROGRAM] [--shared DIRECTORY] [--no-install]
#                          [--set-node-target PROGRAM]
#
# LIST is some of pulih,restic,borg,restic-z0,borg-z0,pgbackrest. The plain names keep `pg_dump -Fc`, as it is mostly
# done; -z0 keeps `pg_dump -Fc -Z0`, larger but such that restic and borg recognise what they have. A dump is made once
# a night for both and counted to each: the night of restic is the dump and then restic. What a pipe would save is
# measured on the first night. pulih-4k, pulih-16k, … is pulih with that node size, which takes the program that
# set_node_target.cc beside this script makes; --uniform adds a night that touches 1% of the rows, evenly spread.
#
# The database is ../shared/spse with N tenders (9000: a million rows), and so many MB of files put into blob_table that
# it passes 1 GB. Each night: nightly.sql, then every tool in turn, another one first each night. At the end one tender
# is deleted with all that hangs on it and brought back by each tool, and the database is rebuilt on a second server:
# both times the rows are compared. pulih writes by a backup key file and reads by a restore key file.
# Needs about 12 GB in the scratch folder and 3 GB more for each night: compressed dumps are stored whole every time. Read next: tests/bench/records_report.py, docs/performance.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }
nights=10 uniform=no tenders=9000 documents=670 tools=pulih,restic,borg,restic-z0,borg-z0,pgbackrest
json='' scratch_parent=${TMPDIR:-/tmp} install=yes shared=$(dirname "$root")/shared
PULIH=${PULIH:-$root/build/pulih} node_program=''
while [ $# -gt 0 ]; do
  case $1 in
    --nights) nights=$2; shift ;;
    --uniform) uniform=yes ;;
    --tenders) tenders=$2; shift ;;
    --documents) documents=$2; shift ;;
    --tools) tools=$2; shift ;;
    --json) json=$2; shift ;;
    --scratch) scratch_parent=$2; shift ;;
    --pulih) PULIH=$2; shift ;;
    --shared) shared=$2; shift ;;
    --set-node-target) node_program=$2; shift ;;
    --no-install) install=no ;;
    --help | -h) usage; exit 0 ;;
    *) echo "records.sh: unknown option: $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
IFS=, read -r -a tools <<<"$tools"
say() { printf '%s\n' "$*" >&2; }
die() { say "records.sh: $*"; exit 1; }
for tool in "${tools[@]}"; do
  case $tool in
    pulih | pulih-*k)
      [ -x "$PULIH" ] || die "no program at $PULIH: build it, or set PULIH"
      [ "$tool" = pulih ] || [ -x "$node_program" ] || die "$tool needs --set-node-target PROGRAM" ;;
    restic | borg | restic-z0 | borg-z0 | pgbackrest) ;;
    *) die "unknown tool: $tool (pulih, pulih-Nk, restic, borg, restic-z0, borg-z0, pgbackrest)" ;;
  esac
done
service=$shared/services/postgres.sh
[ -x "$service" ] || die "no $service: say with --shared where the services and the test database are"
[ "$install" = no ] || bash "$root/scripts/dependencies.sh" bench

mkdir -p "$scratch_parent"
scratch=$(mktemp -d "$scratch_parent/pulih-rows.XXXXXX")
chmod 711 "$scratch"  # the server runs as another user
finish() {
  [ ! -s "$scratch/cluster/postmaster.pid" ] || stop_cluster || true
  "$service" wipe "$scratch/live" || true
  "$service" wipe "$scratch/second" || true
  rm -rf "$scratch"
}
trap finish EXIT
results=$scratch/results.tsv
: >"$results"
uses() { case " ${tools[*]} " in *" $1 "*) ;; *) return 1 ;; esac; }
uses_format() { case $1 in fc) uses restic || uses borg ;; z0) uses restic-z0 || uses borg-z0 ;; esac; }
# A tool is a program and how it is used: restic-z0 is done by the functions …_restic, which get the whole name.
program_of() { printf '%s' "${1%%-*}"; }
dump_of() { case $1 in *-z0) echo z0 ;; *) echo fc ;; esac; }

# --- the database ------------------------------------------------------------------------------------------
start_servers() {
  local options=''
  # The command is set later: what loading the database writes is nobody's backup.
  ! uses pgbackrest || options=$'archive_mode = on\narchive_command = \'/bin/true\''
  PG_OPTIONS=$options "$service" start "$scratch/live" >/dev/null
  "$service" start "$scratch/second" >/dev/null
  eval "$("$service" env "$scratch/second")"
  second=$PULIH_TEST_PG_CONNINFO
  eval "$("$service" env "$scratch/live")"
  live=${PULIH_TEST_PG_CONNINFO/dbname=postgres/dbname=epns_prod}
  second=${second/dbname=postgres/dbname=kembali}
  bin=$PULIH_TEST_PG_BIN os_user=$PULIH_TEST_PG_OSUSER server_data=$PULIH_TEST_PG_DATA
  export live second bin os_user PATH="$bin:$PATH"
}
sql() { psql -qAtX -v ON_ERROR_STOP=1 -d "$@"; }
as_server() { if [ "$(id -un)" = "$os_user" ]; then "$@"; else runuser -u "$os_user" -- "$@"; fi; }
export -f sql as_server

# Bid files are encrypted before they are uploaded, so what is put in here does not compress: 4 to 180 KB each, spread
# over all bids whose file the seed left out of the database.
add_documents() {
  sql "$live" -v bytes=$((documents * 1000000)) >/dev/null <<'SQL'
SET synchronous_commit = off;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE filled AS
  SELECT blb_id, blocks FROM (
    SELECT blb_id, blocks, sum(blocks * 64) OVER (ORDER BY hashint8extended(blb_id::bigint, 7), blb_id) AS upto FROM (
      SELECT blb_id, 64 + floor(2700 * power((hashint8extended(blb_id::bigint, 5) & 1048575) / 1048576.0, 2))::int AS blocks
        FROM blob_table WHERE blb_isi IS NULL AND blb_nama_file LIKE '%.rhs') s) s
   WHERE upto <= :bytes;
UPDATE blob_table b SET blb_isi = isi, blb_ukuran = length(isi), blb_path = NULL, blb_md5 = md5(isi), blb_sha256 = encode(sha256(isi), 'hex')
  FROM (SELECT blb_id, (SELECT string_agg(sha512(int8send(f.blb_id::bigint * 100000 + h)), ''::bytea)
                          FROM generate_series(1, blocks) h) AS isi FROM filled f) f
 WHERE b.blb_id = f.blb_id;
SQL
}

load_database() {
  sql "${live/dbname=epns_prod/dbname=postgres}" -c 'CREATE DATABASE epns_prod' \
    -c "ALTER DATABASE epns_prod SET TimeZone = 'Asia/Jakarta'"
  sql "$live" -f "$shared/spse/schema.sql" >/dev/null
  sql "$live" -v tenders="$tenders" -v seed=2014 -f "$shared/spse/seed.sql" >/dev/null
  add_documents
  sql "$live" -c 'VACUUM ANALYZE' -c 'CHECKPOINT'
  local rows bytes
  rows=$(count_rows "$live")
  bytes=$(sql "$live" -c 'SELECT pg_database_size(current_database())')
  printf 'input\tspse\t%s\t%s\t%s\n' "$tenders" "$rows" "$bytes" >>"$results"
}
tables_of() {
  sql "$1" -c "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
}
count_rows() { fingerprint "$1" | awk -F'|' '{ n += $2 } END { printf "%.0f", n }'; }
# The rows of each table in whatever order: table|rows|sum of the hashes of their texts.
fingerprint() {
  local table
  for table in $(tables_of "$1"); do
    sql "$1" -c "SELECT '$table', count(*), sum(hashtextextended(t::text, 0)::numeric) FROM $table t"
  done
}
same_rows() {  # same_rows TOOL WHAT CONNINFO: against $scratch/truth
  fingerprint "$3" >"$scratch/got"
  cmp -s "$scratch/truth" "$scratch/got" && return
  diff "$scratch/truth" "$scratch/got" | head -n 10 >&2
  die "$1 gave back other rows: $2"
}
definitions() { pg_dump --schema-only -d "$1" | grep -av '^\\\(un\)\?restrict' | LC_ALL=C sort; }

# --- measuring ---------------------------------------------------------------------------------------------
# timed TOOL OPERATION ROUND COMMAND…: seconds by the clock, peak memory of the largest of the tool's processes.
timed() {
  local tool=$1 operation=$2 turn=$3 from to
  shift 3
  sync
  from=${EPOCHREALTIME/./}
  /usr/bin/time -f %M -o "$scratch/peak" "$@" >"$scratch/out" 2>"$scratch/err" || {
    tail -n 20 "$scratch/err" "$scratch/out" >&2
    die "$tool failed: $operation, $turn"
  }
  to=${EPOCHREALTIME/./}
  printf 'time\tspse\t%s\t%s\t%s\t%s\t%s\n' "$tool" "$operation" "$turn" "$((to - from))" \
    "$(tail -n 1 "$scratch/peak")" >>"$results"
}
timed_function() {  # the same for a function of this script
  local tool=$1 operation=$2 turn=$3
  shift 3
  timed "$tool" "$operation" "$turn" bash -euo pipefail -c "$*"
}
stored() {
  local size
  size=$(find "$repositories/$1" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')
  printf 'size\tspse\t%s\t%s\t%s\n' "$1" "$2" "$size" >>"$results"
}

# --- the tools: how each does each operation -----------------------------------------------------------------
export RESTIC_PASSWORD=bench BORG_PASSPHRASE=bench BORG_RELOCATED_REPO_ACCESS_IS_OK=yes

pulih_as() {  # pulih_as TOOL KEYFILE-STEM WORD…: leaves the command in $command
  local tool=$1 key=$2
  shift 2
  command=("$PULIH" --key "$work/$tool.$key.key" --cache "$work/$tool.cache" --state "$work/$tool.state" --no-progress
           "$@" -r "$repositories/$tool")
}
create_pulih() {
  local by_passphrase=(--passphrase-file "$work/pass" --cache "$work/$1.cache" --state "$work/$1.state" -r "$repositories/$1")
  local role size=${1#pulih-}
  echo bench >"$work/pass"
  chmod 600 "$work/pass"
  "$PULIH" init "${by_passphrase[@]}" >/dev/null 2>&1 || die "pulih init failed"
  [ "$1" = pulih ] || "$node_program" "$repositories/$1" bench "${size%k}" || die "set_node_target failed"
  for role in backup restore; do
    "$PULIH" key export --role "$role" -o "$work/$1.$role.key" "${by_passphrase[@]}" >/dev/null || die "pulih key export --role $role failed"
  done
}
create_restic() { restic init -q -r "$repositories/$1" || die "restic init failed"; }
create_borg() { borg init -e repokey "$repositories/$1" 2>"$scratch/err" || die "borg init failed"; }
# pgBackRest as pulih, restic and borg are used here: encrypted, zstd, both processors; many small files in bundles.
create_pgbackrest() {
  local home=$work/pgbackrest
  install -d -o "$os_user" "$home" "$home/lock" "$home/spool" "$repositories/pgbackrest"
  cat >"$home/conf" <<CONF
[global]
repo1-path=$repositories/pgbackrest
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=bench
repo1-bundle=y
repo1-retention-full=100
compress-type=zst
compress-level=3
process-max=2
start-fast=y
log-level-file=off
log-level-console=warn
lock-path=$home/lock
spool-path=$home/spool
[bench]
pg1-path=$server_data
pg1-port=$(sed 's/.*port=\([0-9]*\).*/\1/' <<<"$live")
pg1-socket-path=$scratch/live/sock
pg1-user=pulih
pg1-database=postgres
CONF
  as_server pgbackrest --config="$home/conf" --stanza=bench stanza-create >"$scratch/out" 2>&1 ||
    { cat "$scratch/out" >&2; die "pgbackrest stanza-create failed"; }
  sql "$live" -c "ALTER SYSTEM SET archive_command = 'pgbackrest --config=$home/conf --stanza=bench archive-push %p'" \
    -c 'SELECT pg_reload_conf()' >/dev/null
}
rest() { as_server pgbackrest --config="$work/pgbackrest/conf" --stanza=bench "$@"; }

# backup_PROGRAM TOOL NIGHT: leaves the command in $command.
backup_pulih() { pulih_as "$1" backup backup --postgres "$live"; }
backup_restic() { command=(restic -q -r "$repositories/$1" backup "$work/$(dump_of "$1").dump"); }
backup_borg() { command=(borg create --compression lz4 "$repositories/$1::$2" "$work/$(dump_of "$1").dump"); }
backup_pgbackrest() {
  local type=incr
  [ "$2" != 0 ] || type=full
  command=(bash -c "rest --type=$type backup")
}

# --- nights ------------------------------------------------------------------------------------------------
# One row in a hundred of every table that says when it was changed, wherever it lies.
touch_evenly() {
  local table
  for table in $(sql "$live" -c "SELECT format('%I.%I', t.schemaname, t.tablename) FROM pg_tables t JOIN information_schema.columns c
                                   ON (c.table_schema, c.table_name) = (t.schemaname, t.tablename) WHERE c.column_name = 'auditupdate'"); do
    echo "UPDATE $table t SET auditupdate = coalesce(auditupdate, '2014-10-01') + interval '1 second'
           WHERE hashtextextended(t::text, 99) % 100 = 0;"
  done | sql "$live"
}
one_night() {
  local night=$1 i tool
  if [ "$night" -gt "$nights" ]; then
    touch_evenly
  elif [ "$night" != 0 ]; then
    sql "$live" -v night="$night" -f "$shared/spse/nightly.sql" >/dev/null
  fi
  sql "$live" -c CHECKPOINT
  ! uses_format fc || timed dump fc "$night" pg_dump -Fc -f "$work/fc.dump" -d "$live"
  ! uses_format z0 || timed dump z0 "$night" pg_dump -Fc -Z0 -f "$work/z0.dump" -d "$live"
  for ((i = 0; i < ${#tools[@]}; i++)); do
    tool=${tools[$(((i + night) % ${#tools[@]}))]}
    "backup_$(program_of "$tool")" "$tool" "$night"
    timed "$tool" backup "$night" "${command[@]}"
    stored "$tool" "$night"
  done
}

# What reading costs without keeping anything, and what a pipe saves beside a dump that lies on disk.
copy_everything() {
  local table
  for table in $(tables_of "$live"); do sql "$live" -c "COPY $table TO STDOUT (FORMAT binary)"; done >/dev/null
}
pipe_into_restic() {  # pipe_into_restic OPTION…
  pg_dump "$@" -d "$live" | restic -q -r "$repositories/piped" backup --stdin
}
yardsticks() {
  timed yardstick 'pg_dump -Fc -Z0 >/dev/null' 0 bash -c 'pg_dump -Fc -Z0 -d "$live" >/dev/null'
  timed_function yardstick 'COPY … (FORMAT binary) >/dev/null' 0 copy_everything
  local options
  for options in -Fc '-Fc -Z0'; do
    case $options in -Fc) uses restic || continue ;; *) uses restic-z0 || continue ;; esac
    create_restic piped
    timed_function yardstick "pg_dump $options | restic" 0 pipe_into_restic "$options"
    rm -rf "$repositories/piped"
  done
}

# --- one tender --------------------------------------------------------------------------------------------
# What hangs on a tender, parents first: table and condition, with K for its key.
tender_rows() {
  sed "s/\bK\b/$1/g" <<'ROWS'
lelang_seleksi lls_id = K
jadwal lls_id = K
history_jadwal dtj_id IN (SELECT dtj_id FROM jadwal WHERE lls_id = K)
peserta lls_id = K
evaluasi lls_id = K
nilai_evaluasi psr_id IN (SELECT psr_id FROM peserta WHERE lls_id = K)
sanggahan psr_id IN (SELECT psr_id FROM peserta WHERE lls_id = K)
sppbj lls_id = K
kontrak lls_id = K
dok_lelang lls_id = K
dok_penawaran psr_id IN (SELECT psr_id FROM peserta WHERE lls_id = K)
blob_table blb_id IN (SELECT blb_id FROM dok_lelang WHERE lls_id = K UNION SELECT blb_id FROM dok_penawaran JOIN peserta USING (psr_id) WHERE lls_id = K)
ROWS
}
lose_tender() {
  {
    echo 'BEGIN; SET LOCAL session_replication_role = replica;'
    tender_rows "$tender" | tac | sed 's/^\([a-z_]*\) \(.*\)/DELETE FROM \1 WHERE \2;/'
    echo 'COMMIT;'
  } | sql "$live"
}
# copy_tender FROM: the rows of the tender from another database into the live one, in one transaction.
copy_tender() {
  local table condition
  {
    echo 'BEGIN;'
    tender_rows "$tender" | while read -r table condition; do
      echo "COPY $table FROM STDIN;"
      sql "$1" -c "COPY (SELECT * FROM $table WHERE $condition) TO STDOUT"
      echo '\.'
    done
    echo 'COMMIT;'
  } | sql "$live"
}
# A scratch database on the second server with the tables needed and no more; of a dump that is all one can ask for.
tables_from_dump() {
  local table wanted=()
  while read -r table _; do wanted+=(-t "$table"); done < <(tender_rows 0)
  sql "${second/dbname=kembali/dbname=postgres}" -c 'CREATE DATABASE kembali'
  pg_restore -j 2 -d "$second" "${wanted[@]}" "$1"
}
dump_from_restic() { restic -q -r "$repositories/$1" restore latest --target "$work/out"; }
dump_from_borg() { (cd "$work/out" && borg extract "$repositories/$1::$last_night"); }
fetch_dump() {  # leaves its path in $dump: where it was, below $work/out
  mkdir "$work/out"
  "dump_from_$(program_of "$1")" "$1"
  dump=$work/out$work/$(dump_of "$1").dump
}
tender_from_dump() {
  fetch_dump "$1"
  tables_from_dump "$dump"
  copy_tender "$second"
}
# pgBackRest knows files of the cluster: all of them have to come back, and a server has to start on them.
start_cluster() {
  install -d -m 700 -o "$os_user" "$scratch/cluster"
  install -d -o "$os_user" "$scratch/cluster-sock"
  rest --pg1-path="$scratch/cluster" --archive-mode=off --type=immediate --target-action=promote restore
  (cd / && as_server pg_ctl -s -w -t 300 -D "$scratch/cluster" -l "$scratch/cluster-sock/log" start \
    -o "-c port=5433 -c listen_addresses= -c unix_socket_directories=$scratch/cluster-sock") </dev/null >/dev/null 2>&1
  until [ "$(sql "$cluster" -c 'SELECT pg_is_in_recovery()')" = f ]; do sleep 0.02; done
}
stop_cluster() {
  (cd / && as_server "$bin/pg_ctl" -s -w -m immediate -D "$scratch/cluster" stop)
  rm -rf "$scratch/cluster" "$scratch/cluster-sock"
}
tender_from_pgbackrest() {
  start_cluster
  copy_tender "$cluster"
}
drop_second() {
  rm -rf "$work/out"
  sql "${second/dbname=kembali/dbname=postgres}" -c 'DROP DATABASE IF EXISTS kembali'
}

# tender_PROGRAM TOOL TURN
tender_pulih() {
  pulih_as "$1" restore records restore latest lelang_seleksi "$tender" --follow --postgres "$live"
  timed "$1" tender "$2" "${command[@]}"
}
tender_restic() { timed_function "$1" tender "$2" tender_from_dump "$1"; drop_second; }
tender_borg() { tender_restic "$@"; }
tender_pgbackrest() { timed_function "$1" tender "$2" tender_from_pgbackrest; stop_cluster; }

bring_a_tender_back() {
  local tool times turn
  # One from the middle that came as far as a contract, and has files of its bidders in the database.
  tender=$(sql "$live" -c "WITH c AS (SELECT lls_id FROM kontrak WHERE lls_id IN (
      SELECT lls_id FROM peserta JOIN dok_penawaran USING (psr_id) JOIN blob_table USING (blb_id) WHERE octet_length(blb_isi) > 50000))
    SELECT lls_id FROM c ORDER BY lls_id OFFSET (SELECT count(*) / 2 FROM c) LIMIT 1")
  [ -n "$tender" ] || die "no tender has files: take more tenders or more documents"
  export tender
  printf 'tender\tspse\t%s\t%s\n' "$(tender_rows "$tender" | while read -r table condition; do
    sql "$live" -c "SELECT count(*) FROM $table WHERE $condition"; done | awk '{ n += $1 } END { print n }')" \
    "$(sql "$live" -c "SELECT coalesce(sum(length(blb_isi)), 0) FROM blob_table WHERE $(tender_rows "$tender" | sed -n 's/^blob_table //p')")" >>"$results"
  for tool in "${tools[@]}"; do
    times=1
    [ "$(program_of "$tool")" != pulih ] || times=5
    for ((turn = 1; turn <= times; turn++)); do
      lose_tender
      "tender_$(program_of "$tool")" "$tool" "$turn"
    done
    same_rows "$tool" "one tender" "$live"
  done
  for tool in "${tools[@]}"; do
    [ "$(program_of "$tool")" = pulih ] || continue
    for ((turn = 1; turn <= 5; turn++)); do
      pulih_as "$tool" restore records get latest lelang_seleksi "$tender"
      timed "$tool" get "$turn" "${command[@]}"
    done
  done
}

# --- the whole database --------------------------------------------------------------------------------------
rebuild_from_dump() {
  fetch_dump "$1"
  sql "${second/dbname=kembali/dbname=postgres}" -c 'CREATE DATABASE kembali'
  pg_restore -j 2 -d "$second" "$dump"
}
rebuild_pulih() {
  sql "${second/dbname=kembali/dbname=postgres}" -c 'CREATE DATABASE kembali'
  pulih_as "$1" restore restore latest --postgres "$second"
  timed "$1" rebuild 1 "${command[@]}"
}
rebuild_restic() { timed_function "$1" rebuild 1 rebuild_from_dump "$1"; }
rebuild_borg() { rebuild_restic "$1"; }
rebuild_pgbackrest() { timed_function "$1" rebuild 1 start_cluster; }
rebuild_everything() {
  local tool result
  definitions "$live" >"$scratch/definitions"
  for tool in "${tools[@]}"; do
    "rebuild_$(program_of "$tool")" "$tool"
    result=$second
    [ "$tool" != pgbackrest ] || result=$cluster
    same_rows "$tool" "the whole database" "$result"
    definitions "$result" | cmp -s "$scratch/definitions" - || die "$tool gave back other definitions"
    if [ "$tool" = pgbackrest ]; then stop_cluster; else drop_second; fi
  done
}

version_of() {
  case $1 in
    pulih*) "$PULIH" --version | sed -n '1s/.* //p' ;;
    restic*) restic version | cut -d' ' -f2 ;;
    borg*) borg --version | cut -d' ' -f2 ;;
    pgbackrest) pgbackrest version | cut -d' ' -f2 ;;
  esac
}

work=$scratch/run repositories=$scratch/run/repositories
mkdir -p "$repositories"
cluster="host=$scratch/cluster-sock port=5433 user=pulih dbname=epns_prod"
last_night=$nights
[ "$uniform" = no ] || last_night=$((nights + 1))
export scratch work repositories cluster last_night RESTIC_CACHE_DIR=$work/restic-cache BORG_BASE_DIR=$work/borg-base
export -f rest program_of dump_of tables_of copy_everything pipe_into_restic tender_rows copy_tender tables_from_dump dump_from_restic \
  dump_from_borg fetch_dump tender_from_dump start_cluster tender_from_pgbackrest rebuild_from_dump
say "loading a database of $tenders tenders and $documents MB of files more"
start_servers
load_database
{
  printf 'rounds\t%s\t%s\n' "$nights" "$last_night"
  printf 'tools\t%s\n' "${tools[*]}"
  for tool in "${tools[@]}"; do printf 'version\t%s\t%s\n' "$tool" "$(version_of "$tool")"; done
  printf 'version\tpostgresql\t%s\n' "$(sql "$live" -c 'SHOW server_version' | cut -d' ' -f1)"
  printf 'machine\t%s\t%s\t%s\n' "$(nproc)" "$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" \
    "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
} >>"$results"
for tool in "${tools[@]}"; do "create_$(program_of "$tool")" "$tool"; done
say "yardsticks"
yardsticks
for ((night = 0; night <= last_night; night++)); do
  say "night $night of $last_night"
  one_night "$night"
done
rm -f "$work/fc.dump" "$work/z0.dump"
fingerprint "$live" >"$scratch/truth"
say "one tender"
bring_a_tender_back
say "the whole database"
rebuild_everything
python3 "$here/records_report.py" "$results" ${json:+"$json"}

#!/usr/bin/env bash
# What goes wrong on the way to and from PostgreSQL: a server that dies while a database or a row is brought back, disks
# that are full. Each time: exit 1, a message that says what it was, and nothing half done that looks whole.
#
# Where a run must be met in the middle, the database itself holds it there: functions in it wait for an advisory lock.
. "$(dirname "$0")/lib.sh"
. "$here/postgres.sh"
start_postgres
if [ -z "$conninfo" ]; then
  skip "no PostgreSQL server can be started here"
  finish
fi
server() { "$here/../../../shared/services/postgres.sh" "$1" "$pg_folder"; }
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
prepared() { "$@" >"$scratch/out" 2>"$scratch/err" || { bad "preparing: $*: $(told)"; finish; }; }
count_of() { sql -d "$1" -c "SELECT count(*) FROM $2"; }

# besar: 30 MB that cannot be compressed, once with a key and once without; tunggu(lock) waits while somebody holds that
# lock: in a CHECK (rows), in an index (definitions after the rows) and in a trigger (a row that is brought back).
prepared createdb besar
prepared sql -d besar -f - <<'SQL'
CREATE FUNCTION tunggu(kunci bigint, nilai int) RETURNS int LANGUAGE sql IMMUTABLE AS
  'SELECT nilai FROM (SELECT pg_catalog.pg_advisory_xact_lock_shared(kunci)) terkunci';
CREATE TABLE acak (id int PRIMARY KEY, isi bytea);
INSERT INTO acak SELECT i, (SELECT string_agg(decode(md5(i || ':' || j), 'hex'), '') FROM generate_series(1, 64) j) FROM generate_series(1, 30000) i;
CREATE TABLE acak_tanpa_kunci AS SELECT isi FROM acak;
CREATE TABLE penawaran (id int PRIMARY KEY, harga numeric CHECK (id <> 7 OR public.tunggu(1, id) = 7));
INSERT INTO penawaran SELECT i, i * 1000.50 FROM generate_series(1, 500) i;
CREATE INDEX penawaran_tunggu ON penawaran (public.tunggu(2, id)) WHERE id = 7;
SQL
night='dbname=besar'
check "init" owner init --kdf-memory 8
check "a night" owner backup --name besar --postgres "$night"
nights=1
only_nights() {
  is "$1: no snapshot" "$(owner snapshots --json | json 'len(d)')" "$nights"
  check "$1: what was there is whole" owner verify --read-data
}
dump_of() { pg_dump -d "$1" | grep -vE '^\\(un)?restrict' | LC_ALL=C sort | sha256sum; }

# hold DATABASE LOCK: takes the lock in a session of its own; let_go ends it.
hold() {
  mkfifo "$scratch/held"
  psql -qXAt -d "$1" <"$scratch/held" >/dev/null 2>&1 &
  holder=$!
  exec 9>"$scratch/held"
  rm "$scratch/held"
  echo "SELECT pg_advisory_lock($2);" >&9
  wait_until "the lock is held" has_lock
}
has_lock() { [ "$(sql -d postgres -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")" = 1 ]; }
let_go() {
  exec 9>&-
  wait "$holder"
}
waits() { [ "$(sql -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pulih%' AND wait_event = 'advisory'")" -gt 0 ]; }
kill_backends() { sql -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pulih%'"; }

# cut_off WHAT LOCK KILL… -- COMMAND…: runs COMMAND until it waits for the lock, then KILL; its exit must be 1.
cut_off() {
  local what=$1 lock=$2 kill=()
  shift 2
  while [ "$1" != -- ]; do kill+=("$1"); shift; done
  shift
  hold "$target" "$lock"
  exec_owner "$@" >"$scratch/cut.out" 2>"$scratch/cut.err" &
  local run=$!
  wait_until "$what: it is on its way" waits
  "${kill[@]}" >/dev/null 2>&1
  wait "$run"
  is "$what: exit" $? 1
  let_go
  cp "$scratch/cut.out" "$scratch/out"
  cp "$scratch/cut.err" "$scratch/err"
}

# --- a database that is not rebuilt to its end --------------------------------------------------------------------------
marked() { sql -d "$1" -c "SELECT count(*) FROM pg_namespace WHERE nspname = 'pulih_unfinished_restore'"; }
left_half_built() {
  said "$1: the message tells of the connection" 'connection|server'
  said "$1: and what to do" 'half built.*drop it, make it anew'
  is "$1: the target says it as well" "$(marked again)" 1
  exits 1 "$1: once more into the same" owner restore latest --postgres dbname=again
  said "$1: is refused for what it is" 'half built'
}
target=again
prepared createdb again
cut_off "the server dies among the rows" 1 server crash -- restore latest --postgres dbname=again
server start >/dev/null
left_half_built "the server died among the rows"
is "not one row of the table that it was at" "$(count_of again penawaran)" 0

prepared dropdb again
prepared createdb again
cut_off "connections are cut behind the rows" 2 kill_backends -- restore latest --postgres dbname=again --json
left_half_built "connections were cut behind the rows"
is "all rows are there, which is not all" "$(count_of again penawaran)" 500

prepared dropdb again
prepared createdb again
check "a new target" owner restore latest --postgres dbname=again
is "has no mark" "$(marked again)" 0
is "and is the source" "$(dump_of again)" "$(dump_of besar)"
prepared dropdb again

# --- a row that is brought back while the server dies -------------------------------------------------------------------
prepared sql -d besar -c 'DELETE FROM penawaran WHERE id IN (6, 7)'
target=besar
cut_off "the server dies while a row comes back" 1 server crash -- records restore latest penawaran 6 7 --postgres "$night"
server start >/dev/null
said "the message tells of the connection" 'connection|server'
said "and that nothing was done" 'nothing was changed'
is "which is so" "$(count_of besar penawaran)" 498
check "the next time they come" owner records restore latest penawaran 6 7 --postgres "$night"
is "both" "$(count_of besar penawaran)" 500

# --- no room for what is stored: also without the right to mount anything --------------------------------------------------
# Nothing may write more than a file of 4 MiB: neither rows that are sorted aside nor packs.
limited() { (ulimit -f 4096; "$@"); }
exits 1 "no file may be long enough" limited owner backup --name besar --postgres "$night"
said "is told" 'too large'
only_nights "no file may be long enough"
prepared sql -d besar -c 'DROP INDEX penawaran_tunggu'

disk=$scratch/disk
mkdir "$disk"
if mount -t tmpfs -o size=16m,mode=777 tmpfs "$disk" 2>/dev/null; then
  at_end=("umount -l '$disk' 2>/dev/null" "${at_end[@]}")
  # Rows are sorted in TMPDIR.
  TMPDIR=$disk exits 1 "no room to sort" owner backup --name besar --postgres "$night"
  said "is told as that" 'temporary file.*space'
  only_nights "no room to sort"
  is "and nothing is left there" "$(find "$disk" -mindepth 1)" ''
  # The repository's disk.
  whole_repo=$repo
  repo=$disk/repo nights=1
  check "a small repository" owner init --kdf-memory 8
  check "a night that fits" owner backup --postgres "$night" --exclude-table 'acak*'
  exits 1 "one that does not" owner backup --postgres "$night"
  said "is told as that" 'space'
  only_nights "no room in the repository"
  rm -rf "$repo"
  repo=$whole_repo
  # The server's disk, of the target alone.
  mkdir "$disk/ruang"
  chown "$(stat -c %U "$pg_folder/data")" "$disk/ruang"
  prepared sql -d postgres -c "CREATE TABLESPACE kecil LOCATION '$disk/ruang'"
  if createdb -D kecil again 2>"$scratch/err"; then
    exits 1 "no room for the target" owner restore latest --postgres dbname=again
    said "is told as that" 'space'
    said "with what is left" 'half built'
    is "and the target says it as well" "$(marked again)" 1
    prepared dropdb again
  else
    skip "a full target: $(told)"
  fi
  prepared sql -d postgres -c 'DROP TABLESPACE kecil'
else
  skip "full disks: need the right to mount a tmpfs"
fi
check "with room the next night is stored" owner backup --name besar --postgres "$night"
finish

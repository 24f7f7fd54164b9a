# A throw-away PostgreSQL server for a test: start_postgres leaves `conninfo` (no database in it) and the PG* variables,
# or an empty `conninfo` where no server can be started. Source it after lib.sh.
# shellcheck shell=bash
conninfo=''
start_postgres() {
  local service word
  service=$(cd "$here/../../.." && pwd)/shared/services/postgres.sh
  [ -x "$service" ] && [ -x /usr/lib/postgresql/15/bin/postgres ] && command -v psql >/dev/null || return 0
  # A socket's path may have no more than some hundred bytes, so its folder stays near the root.
  pg_folder=$(mktemp -d /tmp/pulih-pg.XXXXXX)
  chmod 755 "$pg_folder"
  if ! "$service" start "$pg_folder" >"$scratch/postgres.log" 2>&1; then
    rm -rf "$pg_folder"
    return 0
  fi
  at_end+=("'$service' stop '$pg_folder' >/dev/null 2>&1; '$service' wipe '$pg_folder' >/dev/null 2>&1; rm -rf '$pg_folder'")
  eval "$("$service" env "$pg_folder")"
  for word in $PULIH_TEST_PG_CONNINFO; do
    case $word in
      host=*) export PGHOST=${word#host=} ;;
      port=*) export PGPORT=${word#port=} ;;
      user=*) export PGUSER=${word#user=} ;;
    esac
  done
  conninfo="host=$PGHOST port=$PGPORT user=$PGUSER"
}

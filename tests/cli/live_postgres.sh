# Runs the test programs of the engine that talk to PostgreSQL against a throw-away server.
. "$(dirname "$0")/lib.sh"
. "$here/postgres.sh"
start_postgres
if [ -z "$conninfo" ]; then
  skip "no PostgreSQL server can be started here"
  finish
fi
export PULIH_TEST_PG_CONNINFO="$conninfo dbname=postgres"
# The files whose cases need a server: the others have run without one.
live='[#postgres_source_test],[#rebuild_live_test],[#restore_live_test],[#long_values_test]'
for program in $TEST_PROGRAMS; do
  if "$program" --use-colour no --filenames-as-tags "$live" >"$scratch/live" 2>&1; then
    good
  else
    bad "$(basename "$program") against a server: $(grep -A 12 FAILED "$scratch/live" | head -n 40)"
  fi
done
finish

# Runs the test programs of the engine that talk to PostgreSQL against a throw-away server.
. "$(dirname "$0")/lib.sh"
. "$here/postgres.sh"
start_postgres
if [ -z "$conninfo" ]; then
  skip "no PostgreSQL server can be started here"
  finish
fi
export PULIH_TEST_PG_CONNINFO="$conninfo dbname=postgres"
for program in $TEST_PROGRAMS; do
  if "$program" --use-colour no >"$scratch/live" 2>&1; then
    good
  else
    bad "$(basename "$program") against a server: $(grep -A 12 FAILED "$scratch/live" | head -n 40)"
  fi
done
finish

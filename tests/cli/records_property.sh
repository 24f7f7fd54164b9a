# Random tables of random types and values, and thirty nights of one table, on a live PostgreSQL; see records_property.py.
. "$(dirname "$0")/lib.sh"
. "$here/postgres.sh"
start_postgres
if [ -z "$conninfo" ]; then
  skip "no PostgreSQL server can be started here"
  finish
fi
if python3 "$here/records_property.py" "$PULIH" "$conninfo" "$scratch" ${PULIH_PROPERTY_SEED:+--seed "$PULIH_PROPERTY_SEED"} --rounds "${PULIH_PROPERTY_ROUNDS:-3}" >"$scratch/property" 2>&1; then
  good
else
  bad "random tables: $(tail -n 20 "$scratch/property" | cut -c 1-600)"
fi
finish

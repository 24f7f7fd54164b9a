# Random tables of random types and values, and thirty nights of one table, on a live PostgreSQL; see records_property.py.
# PULIH_PROPERTY_SEED repeats one, PULIH_PROPERTY_ROUNDS makes more; lib.sh takes every PULIH_ variable away.
how=(--rounds "${PULIH_PROPERTY_ROUNDS:-3}" ${PULIH_PROPERTY_SEED:+--seed "$PULIH_PROPERTY_SEED"})
. "$(dirname "$0")/lib.sh"
. "$here/postgres.sh"
start_postgres
if [ -z "$conninfo" ]; then
  skip "no PostgreSQL server can be started here"
  finish
fi
if python3 "$here/records_property.py" "$PULIH" "$conninfo" "$scratch" "${how[@]}" >"$scratch/property" 2>&1; then
  good
else
  bad "random tables: $(grep -E '^(seed|FAILED)' "$scratch/property" | head -n 20 | cut -c 1-900; tail -n 5 "$scratch/property" | cut -c 1-600)"
fi
finish

#!/usr/bin/env bash
# Small sources, damaged in every way that tests/damage/damage.py knows, each through `recover open`, `add`, `run` and
# `export`: no decoder dies, one job and four give the same bytes, and no value of a proven grade is wrong.
# By day some hundred runs chosen by the seed, with PULIH_NIGHTLY=1 all of them three times. PULIH_SWEEP_SEED repeats one.
# lib.sh takes every PULIH_ variable away.
nightly=${PULIH_NIGHTLY-} seed=${PULIH_SWEEP_SEED:-$(date +%-j)} runs=${PULIH_SWEEP_RUNS:-104} workers=${PULIH_SWEEP_WORKERS:-2}
. "$(dirname "$0")/lib.sh"
damage=$here/../damage
export PYTHONDONTWRITEBYTECODE=1
if [ -n "$nightly" ]; then
  how=(--rounds 3 --accounts)
else
  how=(--runs "$runs")
fi
echo "seed $seed"

check "the sources are what they say" python3 "$damage/sources.py" selftest
check "the damage is what it says" python3 "$damage/damage.py" selftest
mkdir "$scratch/sweep"
check "the sweep" python3 "$damage/sweep.py" "$PULIH" "$scratch/sweep" --seed "$seed" --workers "$workers" "${how[@]}"
cat "$scratch/out"
said "made its runs" '^sweep: [0-9]{3,} runs in .* 0 fall short'
finish

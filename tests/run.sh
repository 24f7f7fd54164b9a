#!/usr/bin/env bash
# Installs what is missing, builds the program and its tests, and runs every test through ctest.
#
#   tests/run.sh [--fast | --accept | --nightly] [--sanitize LIST] [--build-dir DIRECTORY] [--jobs N]
#
#   --fast             leaves out the tests labelled slow
#   --accept           runs the acceptance scripts too (some eight minutes more)
#   --nightly          the same, and runs the tests labelled nightly too (hours of random kills, large inputs), and where clang++
#                      is installed, each fuzz target for a minute
#   --sanitize LIST    address,undefined (the default), thread, or none
#   --build-dir DIR    where to build the tests (default: build-tests; with another sanitizer build-tests-LIST)
#   --jobs N           how many compilers, and how many tests, run at once (default: one per processor)
#
# The program under test is built with the same sanitizers. Where acceptance scripts lie beside the project, in
# a folder shared/accept, --accept and --nightly build a plain Release program into build/ and run each finished stage's
# script against it; otherwise they count as skipped. The last line is `N passed, N failed, N skipped`; exit 0 only when nothing failed.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }
wrong() { echo "run.sh: $* (see --help)" >&2; exit 2; }
mode=normal sanitize=address,undefined build_dir='' jobs=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    --fast | --accept | --nightly) mode=${1#--} ;;
    --sanitize) sanitize=${2-}; [ -n "$sanitize" ] || wrong "--sanitize needs a list"; shift ;;
    --build-dir) build_dir=${2-}; [ -n "$build_dir" ] || wrong "--build-dir needs a folder"; shift ;;
    --jobs | -j) jobs=${2-}; [[ $jobs =~ ^[1-9][0-9]*$ ]] || wrong "--jobs needs a number"; shift ;;
    --help | -h) usage; exit 0 ;;
    *) wrong "unknown option: $1" ;;
  esac
  shift
done
if [ -z "$build_dir" ]; then
  build_dir=$root/build-tests
  [ "$sanitize" = address,undefined ] || build_dir=$build_dir-${sanitize//,/-}
fi
[ "$sanitize" != none ] || sanitize=''

passed=0 failed=0 skipped=0
finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}
cannot() { echo "run.sh: $*" >&2; failed=$((failed + 1)); finish; }

bash "$root/scripts/dependencies.sh" build tests || cannot "dependencies are missing"
# Without a browser the test that looks at the report is skipped.
case $mode in accept | nightly) bash "$root/scripts/dependencies.sh" browser || true ;; esac
bash "$root/scripts/build.sh" "$build_dir" RelWithDebInfo "$jobs" -DPULIH_TESTS=ON "-DPULIH_SANITIZE=$sanitize" ||
  cannot "the build failed"

# A sanitizer's finding must not look like one of the program's own exit codes, least of all like the one that a
# test expects.
export ASAN_OPTIONS=exitcode=86:detect_stack_use_after_return=1:strict_string_checks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export UBSAN_OPTIONS=exitcode=86:print_stacktrace=1:halt_on_error=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
export TSAN_OPTIONS=exitcode=86:halt_on_error=1${TSAN_OPTIONS:+:$TSAN_OPTIONS}

left_out=(-LE nightly)
case $mode in
  fast) left_out=(-LE 'nightly|slow') ;;
  nightly) left_out=(); export PULIH_NIGHTLY=1 ;;
esac
junit=$build_dir/junit.xml
rm -f "$junit"
ctest --test-dir "$build_dir" --output-on-failure -j "$jobs" ${left_out[0]+"${left_out[@]}"} --output-junit "$junit"
ctest_exit=$?

# ctest files a test that could not be started among those not run; to us only an asked-for skip is one.
count() { if [ -e "$junit" ]; then grep -ac "$1" "$junit"; else echo 0; fi; }
passed=$(count '<testcase .*status="run"')
skipped=$(count '<skipped message="SKIP_')
failed=$(($(count '<testcase .*status="fail"') + $(count '<testcase .*status="notrun"') - skipped))
if [ "$ctest_exit" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi

# A minute of libFuzzer for each decoder, from seeds that the replay writes. What it finds it leaves beside the
# programs; mend the decoder and put the input into tests/fuzz/regressions/.
fuzz() {
  local build=$build_dir-fuzz program name
  if ! bash "$root/scripts/build.sh" "$build" RelWithDebInfo "$jobs" -DCMAKE_CXX_COMPILER=clang++ -DPULIH_FUZZ=ON \
    -DPULIH_SANITIZE=address,undefined --target fuzz_programs ||
    ! "$build_dir/tests/fuzz/fuzz_replay" --runs 0 --write-corpus "$build/corpus" >/dev/null; then
    failed=$((failed + 1))
    return
  fi
  for program in "$build"/tests/fuzz/fuzz_*; do
    name=${program##*/fuzz_}
    echo "fuzzing: $name"
    if "$program" -max_total_time=60 -rss_limit_mb=512 -max_len=65536 "-artifact_prefix=$build/$name-" \
      "$build/corpus/$name" >"$build/$name.log" 2>&1; then
      passed=$((passed + 1))
    else
      tail -n 50 "$build/$name.log"
      failed=$((failed + 1))
    fi
  done
}
if [ "$mode" = nightly ]; then
  if command -v clang++ >/dev/null; then fuzz; else skipped=$((skipped + 1)); fi
fi

# The scripts of the stages that are done; a later stage adds its own here.
accept_scripts=(files records salvage rebuild)
accept=$(dirname "$root")/shared/accept
for script in "${accept_scripts[@]}"; do
  if [ ! -e "$accept/$script.sh" ] || [ "$mode" = fast ] || [ "$mode" = normal ]; then
    skipped=$((skipped + 1))
    continue
  fi
  echo "acceptance: $script"
  if bash "$root/scripts/build.sh" "$root/build" Release "$jobs" --target pulih &&
    PULIH=$root/build/pulih bash "$accept/$script.sh"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
done
finish

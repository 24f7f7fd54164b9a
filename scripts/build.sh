#!/usr/bin/env bash
# Configures and builds in one place, so that every script builds alike.
#
#   scripts/build.sh DIRECTORY TYPE JOBS [--target NAME]… [CMAKE OPTION]…
#
# A directory that was configured before keeps its generator. ccache is used where it is installed.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
directory=$1 type=$2 jobs=$3
shift 3

configure=(cmake -S "$root" -B "$directory" "-DCMAKE_BUILD_TYPE=$type")
targets=()
while [ $# -gt 0 ]; do
  if [ "$1" = --target ]; then
    targets+=("$2"); shift 2
  else
    configure+=("$1"); shift
  fi
done
if [ ! -e "$directory/CMakeCache.txt" ] && command -v ninja >/dev/null; then configure+=(-G Ninja); fi
if command -v ccache >/dev/null; then configure+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi

"${configure[@]}"
cmake --build "$directory" --parallel "$jobs" ${targets[0]+--target "${targets[@]}"}

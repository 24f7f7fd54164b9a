#!/usr/bin/env bash
# Makes from the two dumps of this folder what docs/recovery.md begins with: the newer one loses sixteen bytes of a row to
# something else, and ends inside another row.
#
#   damage.sh FOLDER     made when it is not there: october.sql, september.sql
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
to=${1:?damage.sh FOLDER}
newer=$here/office-october.sql
place_of() { grep -abo "$1" "$newer" | cut -d: -f1; }

mkdir -p "$to"
cp "$here/office-september.sql" "$to/september.sql"
head -c "$(($(place_of 'UD Mitra') + 6))" "$newer" >"$to/october.sql"
printf '\377%.0s' {1..16} | dd of="$to/october.sql" bs=1 seek="$(($(place_of 'Sungai Rekaan') + 3))" conv=notrunc status=none

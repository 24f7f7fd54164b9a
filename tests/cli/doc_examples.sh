#!/usr/bin/env bash
# The pages tell the truth: every command of every ```console block in README.md and docs/commands/ is run, and the
# exit code and each line of output that the page shows are held against what comes (doc_examples.py says how).
#
#   doc_examples.sh [PAGE…]        default: all of them
#
# Each page starts in a world of its own: an office's files in /srv/documents and lists in /srv/lists, a repository of
# two nights in /srv/backup (README.md and init.md make theirs; for records.md the nights have the lists too), its
# passphrase in the environment. docs/records.md has a database: records_postgres.sh starts the server and names the page.
. "$(dirname "$0")/lib.sh"
root=$(cd "$here/../.." && pwd)
world=$scratch/world
documents=$world/srv/documents
export PULIH_REPO=$world/srv/backup PULIH_PASSPHRASE='batik tujuh belas sungai' TZ=WIB-7
mkdir "$scratch/bin"
ln -s "$(realpath "$PULIH")" "$scratch/bin/pulih"
export PATH=$scratch/bin:$PATH
# So that no command waits for somebody to type.
exec </dev/null

make_documents() {
  mkdir -p "$documents"/{tenders/017,tenders/018,archive/2014,office/cache}
  printf 'Tender 017: school desks, 240 pieces\nBids until 9 May 2025, 10:00 WIB\n' >"$documents/tenders/017/notice.txt"
  printf 'bidder,amount\nPT Karya Contoh,118400000\nCV Mitra Fiktif,121750000\n' >"$documents/tenders/017/offers.csv"
  printf 'Tender 018: road marking, 12 km\n' >"$documents/tenders/018/notice.txt"
  printf 'Minutes of the opening of bids, 4 October 2014\n' >"$documents/archive/2014/minutes.txt"
  random_file "$documents/archive/2014/scan.pdf" 3000000 14
  printf 'name,room\nSari,2.04\nBudi,2.06\n' >"$documents/office/roster.csv"
  printf 'Signature: 8a477f597d28d172789f06886806bc55' >"$documents/office/cache/CACHEDIR.TAG"
  printf 'a thumbnail\n' >"$documents/office/cache/thumb.png"
  ln -s ../archive/2014 "$documents/office/old"
}
make_lists() {
  mkdir -p "$world/srv/lists"
  cat >"$world/srv/lists/tenders.csv" <<'END'
id,title,budget,status,closes
16,"Chairs, 480 pieces",96000000,awarded,2025-04-02
17,"School desks, 240 pieces",120000000,open,2025-05-09
18,"Road marking, 12 km",2480000000,open,2025-05-16
19,Repair of the bridge at Sungai Contoh,5150000000,planned,
END
  cat >"$world/srv/lists/bids.csv" <<'END'
tender,bidder,amount,note
17,PT Karya Contoh,118400000,
17,CV Mitra Fiktif,121750000,"sample delivered, room 2.04"
18,PT Maju Rekaan,2395000000,
END
  printf 'day,visitor\n2025-05-02,Sari\n2025-05-02,Sari\n2025-05-03,Budi\n' >"$world/srv/lists/visits.csv"
}
make_remains() {
  cp "$root/examples/recovery/schema.sql" "$world/srv/schema.sql"
  bash "$root/examples/recovery/damage.sh" "$world/srv/remains"
}
lists_day_after() {
  sed -i 's/,118400000,/,117900000,/' "$world/srv/lists/bids.csv"
  sed -i '/^18,/d; s/5150000000,planned,/5150000000,open,2025-06-20/' "$world/srv/lists/tenders.csv"
  printf '20,"Drugs, generic",640000000,planned,\n' >>"$world/srv/lists/tenders.csv"
}
day_after() {
  printf 'PT Maju Rekaan,117900000\n' >>"$documents/tenders/017/offers.csv"
  printf 'Awarded to PT Maju Rekaan\n' >"$documents/tenders/017/award.txt"
  rm "$documents/tenders/018/notice.txt"
}
night() { pulih backup --quiet --host office1 --name documents --tag nightly "$documents"; }
night_of_lists() {
  pulih backup --quiet --host office1 --name lists --table "$world/srv/lists/tenders.csv" --primary-key id \
    --table "$world/srv/lists/bids.csv" --primary-key tender,bidder --table "$world/srv/lists/visits.csv" --primary-key ''
}
# The database of docs/records.md, on the server that PGHOST and PGPORT name; its role is made as that page says.
nights_of_an_office() {
  local night
  make_repository && createdb epns_prod && psql -qX -d epns_prod -f "$root/examples/records/office.sql" &&
    awk '/^```/ { if (inside) exit; inside = /sql/; next } inside' "$root/docs/records.md" | psql -qX -v ON_ERROR_STOP=1 -d epns_prod || return
  for night in first second; do
    [ "$night" = first ] || psql -qX -d epns_prod -f "$root/examples/records/a_day.sql" || return
    pulih backup --quiet --host office1 --name procurement --postgres 'dbname=epns_prod user=pulih_backup' "$documents" || return
  done
}
make_repository() { pulih init --quiet --kdf-memory 8 --recovery-file "$world/recovery.txt"; }
two_nights() { make_repository && night && day_after && night; }
two_nights_of_lists() { make_repository && night_of_lists && lists_day_after && night_of_lists; }

# Prepared once, in the place where each page then has its copy: snapshots know their files by absolute paths.
# prepare NAME COMMAND: a world beside the bare one, in which the command was run.
prepare() {
  cp -a "$scratch/bare" "$world"
  "$2" >"$scratch/out" 2>"$scratch/err" || { bad "the repository for the pages: $(told)"; finish; }
  mv "$world" "$scratch/$1"
}
make_documents
make_lists
mkdir "$world/home"
mv "$world" "$scratch/bare"
prepare prepared two_nights
prepare records two_nights_of_lists
prepare remains make_remains

pages=("$@")
[ $# != 0 ] || pages=("$root/README.md" "$root/docs/recovery.md" "$root"/docs/commands/*.md)
for page in "${pages[@]}"; do
  prepared=$scratch/prepared
  case $(realpath "$page") in
    "$root/README.md" | */init.md) prepared=$scratch/bare ;;
    */docs/records.md)
      prepared=$scratch/office
      [ -e "$prepared" ] || prepare office nights_of_an_office
      ;;
    */commands/records.md) prepared=$scratch/records ;;
    */recover.md | */recovery.md) prepared=$scratch/remains ;;
  esac
  rm -rf "$world"
  cp -a "$prepared" "$world"
  export HOME=$world/home XDG_CACHE_HOME=$world/home/.cache XDG_STATE_HOME=$world/home/.local/state
  if python3 -B "$here/doc_examples.py" "$page" "$world"; then good; else bad "${page#"$root"/}"; fi
done
finish

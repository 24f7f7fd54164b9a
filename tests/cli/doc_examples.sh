#!/usr/bin/env bash
# The pages tell the truth: every command of every ```console block in README.md and docs/commands/ is run, and the
# exit code and each line of output that the page shows are held against what comes (doc_examples.py says how).
#
#   doc_examples.sh [PAGE…]        default: all of them
#
# Each page starts in a world of its own: an office's files in /srv/documents, a repository of two nights in
# /srv/backup (README.md and init.md make theirs), its passphrase in the environment.
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
day_after() {
  printf 'PT Maju Rekaan,117900000\n' >>"$documents/tenders/017/offers.csv"
  printf 'Awarded to PT Maju Rekaan\n' >"$documents/tenders/017/award.txt"
  rm "$documents/tenders/018/notice.txt"
}
night() { pulih backup --quiet --host office1 --name documents --tag nightly "$documents"; }
make_repository() { pulih init --quiet --kdf-memory 8 --recovery-file "$world/recovery.txt" && night && day_after && night; }

# Prepared once, in the place where each page then has its copy: snapshots know their files by absolute paths.
make_documents
cp -a "$world" "$scratch/bare"
make_repository >"$scratch/out" 2>"$scratch/err" || { bad "the repository for the pages: $(told)"; finish; }
mkdir "$world/home"
mv "$world" "$scratch/prepared"
mkdir "$scratch/bare/home"

pages=("$@")
[ $# != 0 ] || pages=("$root/README.md" "$root"/docs/commands/*.md)
for page in "${pages[@]}"; do
  prepared=$scratch/prepared
  case ${page##*/} in init.md) prepared=$scratch/bare ;; esac
  [ "$(realpath "$page")" != "$root/README.md" ] || prepared=$scratch/bare
  rm -rf "$world"
  cp -a "$prepared" "$world"
  export HOME=$world/home XDG_CACHE_HOME=$world/home/.cache XDG_STATE_HOME=$world/home/.local/state
  if python3 -B "$here/doc_examples.py" "$page" "$world"; then good; else bad "${page#"$root"/}"; fi
done
finish

// Which file of a database's directory holds which table, when the catalog that says so is lost: by what is left of the
// catalog (constraints name tables by number), and by the tuples, which fit the columns of one table and not of another.
// TOAST relations are told by their shape and by the pointers that name them, indexes by their keys, which must stand in
// the heap rows that they point to.
//
// It reads no rows for claims and it guesses nothing: a file that two tables fit alike has both as candidates, and its
// rows no table (RowClaim::candidates).
//
// Pure, deterministic; time in proportion to the files, of big ones a sample that is spread evenly.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "formats/postgres/catalog.h"
#include "formats/postgres/schema.h"

namespace pulih {

struct RelationGuess {
  enum class Kind : uint8_t {
    unknown,   // fits nothing
    empty,     // no tuples
    heap,      // a table: see candidates
    toast,
    index,
    other,     // sequences, maps, catalogs of the system
  };
  Kind kind = Kind::unknown;
  std::vector<size_t> candidates;  // places in Schema::tables, ascending; of an index the table it belongs to
  bool named = false;              // the catalog's constraints say so, and the tuples agree
  // Other tables fit as well and were left out because of the order of numbers: likely, no proof. Such a file is not
  // assigned even when one candidate is left; its rows deserve grade D.
  bool by_order = false;
  uint32_t tuples = 0, fitting = 0;  // of the sample
};

struct RelationMatches {
  std::map<uint32_t, RelationGuess> files;  // by filenode
  size_t matched = 0;                       // tables that have a file now
};

// `files` are those of one database (names as in catalog.h). `schema` has no filenodes, or some; tables that already
// have one are taken at their word. Fills filenode, oid, toast_oid, toast_filenode and indexes of every table with one
// file that is its alone. `known` is what ReadCatalog gave of the rest, or an empty one.
RelationMatches MatchRelations(const std::vector<CatalogFile>& files, const PgCatalog& known, Schema& schema);

}  // namespace pulih

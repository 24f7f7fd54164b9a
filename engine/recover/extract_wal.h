// The extractor of the write-ahead log: a folder of segments, whole or not, whatever their names.
//
// The recipe: pages by address (formats/postgres/wal_page.h) → proven records (wal_record.h) → versions of tuples
// (wal_history.h) → which table (wal_tables.h) → claims. A row is graded
//   A  every record that it is made of is proven by its CRC, and the catalog told the table
//   C  the same, and the table is known because all tuples of the relation fit it and no other
//   D  the tuple was put together with one that records between them, now lost, may have replaced
// Memory does not grow with the log: tuples are held in scopes of kScopeBytes (wal_plan.h), with a walk over the pages for
// each; beside them stand a list of runs of pages, one of losses, and the hashes of keys. Stateless between units.
#pragma once

#include <memory>

#include "engine/recover/extract.h"
#include "engine/recover/wal_plan.h"

namespace pulih {

// `scope_bytes`: what the tuples of one walk may take.
std::unique_ptr<Extractor> MakeWalExtractor(uint64_t scope_bytes = kScopeBytes);

}  // namespace pulih

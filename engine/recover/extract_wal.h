// The extractor of the write-ahead log: a folder of segments, whole or not, whatever their names.
//
// The recipe: pages by address (formats/postgres/wal_page.h) → proven records (wal_record.h) → versions of tuples
// (wal_history.h) → which table (wal_tables.h) → claims. A row is graded
//   A  every record that it is made of is proven by its CRC, and the catalog told the table
//   C  the same, and the table is known because all tuples of the relation fit it and no other
//   D  the tuple was put together with one that records between them, now lost, may have replaced
// Stateless between units.
#pragma once

#include <memory>

#include "engine/recover/extract.h"

namespace pulih {

std::unique_ptr<Extractor> MakeWalExtractor();

}  // namespace pulih

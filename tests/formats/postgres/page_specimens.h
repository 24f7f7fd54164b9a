// What a data directory holds, as bytes that PostgreSQL could have written, for the tests of its readers and as the seeds
// of their fuzzers: built from the layouts in PostgreSQL's headers. The same generator state gives the same bytes.
#pragma once

#include <random>

#include "engine/base/bytes.h"
#include "formats/postgres/control.h"

namespace pulih {

// pg_control as 9.4 (control version 942) or 8.4 (843) lays it out.
Bytes OldControlFile(PgMajor major);

// A leaf of a B-tree over (int4, text) with a high key, two entries, a posting list of three places and a dead entry.
Bytes LeafPageBytes();
void SetBtreeSpecial(Bytes& page, uint32_t right, uint32_t level, uint16_t flags);

// The files of a catalog that a seed may hold, by the number it gives them.
inline constexpr const char* kCatalogFileNames[] = {"1259", "1249", "1247", "2615", "2610", "2606", "3501", "3541", "PG_VERSION", "pg_filenode.map"};

// Seeds. A leaf behind a byte that chooses the shape of its key; catalog files each behind a byte that names it and its
// length; a control file or a map of filenodes; a log of any release.
Bytes BtreePageSpecimen(std::mt19937_64& random);
Bytes CatalogSpecimen(std::mt19937_64& random);
Bytes ControlSpecimen(std::mt19937_64& random);
Bytes WalSpecimen(std::mt19937_64& random);

}  // namespace pulih

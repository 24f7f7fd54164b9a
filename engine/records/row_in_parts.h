// A row that PostgreSQL can keep, but not take at once: it builds a row in one piece of memory of less than 1 GiB, and moves
// long values out of it afterwards. Such a row came to be column by column, and so it comes back: each long value into a
// temporary table of its own, and from there, where only its place is in the row, into the table.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/result.h"
#include "engine/records/table_reader.h"
#include "engine/records/target_catalog.h"
#include "engine/source/pg_client.h"

namespace pulih {

// Whether COPY and INSERT of values would be refused.
bool NeedsParts(const StoredRow& row);

// Inserts it as often as the row counts. `columns`: places in the reader's descriptor that the target takes; `numbers`: of
// its types there. Outside of a COPY.
Status InsertInParts(PgClient& client, const TableReader& reader, const TargetTable& target,
                     const std::vector<size_t>& columns, const std::vector<uint32_t>& numbers, const StoredRow& row);

}  // namespace pulih

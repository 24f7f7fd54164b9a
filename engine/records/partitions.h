// A partitioned table has no rows of its own: they stand in its partitions, each of which a snapshot keeps as a table.
// That they belong together is known from the definitions alone, where pg_dump writes ALTER TABLE … ATTACH PARTITION ….
#pragma once

#include <vector>

#include "engine/records/table_reader.h"

namespace pulih {

// The table that `name` means, or the partitions that hold the rows of it, in the order of their definitions: at least
// one. Fails as FindTable does.
Result<std::vector<ListedTable>> FindTableOrPartitions(ReadSession& session, const Snapshot& snapshot, const TableName& name);

}  // namespace pulih

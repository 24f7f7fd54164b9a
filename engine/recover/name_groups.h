// Which table a group of rows is of, where the dump does not say: by the shape of all of its rows, and where several
// tables have that shape, by what a schema knows besides: rows of its script, uniqueness of keys, foreign keys to and
// from groups that are known, one group for each table, and the order in which pg_dump numbers tables. What remains in
// doubt remains so: all tables that fit alike are named.
//
// Reads the dump once, and once more when foreign keys are needed. Memory: a bit for each table and group, and the hashes
// of keys up to a limit, beyond which keys tell nothing.
#pragma once

#include <optional>
#include <vector>

#include "engine/recover/dump_rows.h"
#include "engine/recover/row_fit.h"

namespace pulih {

struct GroupName {
  std::optional<size_t> table;       // in Schema::tables
  std::vector<size_t> candidates;    // when it is in doubt
  bool by_shape = false;             // nobody said so: agreement only
  bool weak = false;                 // and not much of it: a table that we do not know of may have that shape, too
  bool suspicious = false;           // before any known damage some rows break the grammar or repeat a key
  bool doubtful_behind = false;      // behind the damage such rows are
  uint64_t rows = 0;
};

struct GroupNames {
  std::vector<GroupName> groups;     // by RowGroup::number
  // Somewhere in the dump damage shows that nobody sees the place of: a checksum that disagrees, rows that contradict
  // each other. Nothing in it that no checksum proves is believed then.
  bool unexplained = false;
};

// `own`: the shape of tables as the dump itself says it; rows are judged by it, where it has their table.
Result<GroupNames> NameGroups(DumpTexts& texts, const Schema& schema, const Schema& own);

}  // namespace pulih

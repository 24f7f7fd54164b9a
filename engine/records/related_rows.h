// Follows what hangs on a row: rows of other tables that point at it by a foreign key, rows that hang on those, and
// the files' rows that SPSE names without a constraint (*.blb_id → blob_table). Each row is met once, so loops end.
//
// What is found is held in memory, at most kMaxRelatedBytes of it: `too_large` beyond, for then a table or a database is
// meant rather than a row.
//
// Needs no index in the repository: each table that can hang on another is read once per step, in parallel, and only
// the columns of its keys are looked at.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/records/table_reader.h"

namespace pulih {

inline constexpr uint64_t kMaxRelatedBytes = 96u << 20;

// A link that the schema does not declare.
struct LooseLink {
  std::string column;       // in any table that has it …
  std::string table;        // … names rows of this one by its column of the same name
};
inline const std::vector<LooseLink> kSpseLinks = {{"blb_id", "blob_table"}};

struct RelatedRow {
  size_t table = 0;         // place in RelatedRows::tables
  StoredRow row;
  std::string because;      // "lelang_seleksi 29900127" that it hangs on; empty for the row asked for
};
struct RelatedRows {
  std::vector<TableReader> tables;   // in an order in which rows can be inserted: what is pointed at comes first
  std::vector<RelatedRow> rows;      // in the order of tables, then of keys
  std::vector<std::string> damaged;  // parts of tables that could not be read: rows may be missing
};
// `keys` of `table` in `snapshot`, or of its partitions. not_found, naming it, for a key that is not there. With `follow` false, only these.
Result<RelatedRows> FindRelatedRows(ReadSession& session, const Snapshot& snapshot, const TableName& table,
                                    const std::vector<std::string>& keys, bool follow, unsigned jobs);

}  // namespace pulih

// How rows changed: from one snapshot to another, and one row through all of them.
//
// Only what differs is read: two snapshots that share a table's root share the table, and MapDiff opens no node that both
// have. Not thread-safe beyond the session.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/records/table_reader.h"

namespace pulih {

enum class RowChangeKind : uint8_t { added, changed, removed };

struct RowChange {
  RowChangeKind kind = RowChangeKind::changed;
  const TableReader* table_before = nullptr;  // valid during the call; null where the row was not
  const TableReader* table_after = nullptr;
  std::optional<StoredRow> before, after;
  std::vector<std::string> fields;            // changed: the columns whose values differ
};

// The columns whose values differ, by name; those that only one of the two tables has, where they are not NULL.
Result<std::vector<std::string>> ChangedFields(const TableReader& table_before, const StoredRow& before, const TableReader& table_after,
                                               const StoredRow& after);

// A table of which only one of the two snapshots has rows, and not because it came or was dropped: nothing is said of them.
struct NotCompared {
  std::string table;          // full name, or "epns_prod/" for all tables of a database
  bool is_in_before = false;  // the snapshot that has it
  std::string why;            // the other one does not: engine/records/absent_tables.h
};
struct DiffCounts {
  uint64_t tables_compared = 0, added = 0, changed = 0, removed = 0;
  std::vector<std::string> tables_only_before, tables_only_after;  // full names; their rows are told one by one as well
  std::vector<NotCompared> not_compared;
};
// Calls `each` for every row that differs, table by table, in key order, until it returns false. `table`: only this one.
Result<DiffCounts> DiffRows(ReadSession& session, const Snapshot& before, const Snapshot& after, const std::optional<TableName>& table,
                            const std::function<Result<bool>(const RowChange&)>& each);

struct RowVersion {
  size_t snapshot = 0;                        // place in the list: the first that shows this version
  RowChangeKind kind = RowChangeKind::added;  // removed: it is gone in this snapshot
  std::shared_ptr<const TableReader> table;   // of this snapshot
  std::optional<StoredRow> row;               // nothing when it was removed
  std::vector<std::string> fields;            // changed: which
};
struct RowHistoryResult {
  std::vector<RowVersion> versions;           // oldest first
  size_t looked_through = 0;                  // snapshots that hold the table and could be read
  // Snapshots that say nothing although they hold the table: a part of it is damaged, or its key was another then.
  std::vector<std::pair<size_t, std::string>> unread;
};
// The versions of one row in `snapshots` (oldest first). A snapshot that does not hold the table says nothing about
// it. not_found when no snapshot has the table or the row; `invalid` when the words are no key in any of them.
Result<RowHistoryResult> RowHistory(ReadSession& session, const std::vector<Snapshot>& snapshots, const TableName& table,
                                           std::string_view key_words);

}  // namespace pulih

// PlannedTable is what is to become of the rows of one table that are brought back: they go into a temporary table of
// the target, and there the server compares them with what it has, as values of its own types.
//
//   temporary table = r: the row's place in the plan | n: how many times to insert it | w: how many there must be in the end
//                   | f: its fate | d: columns that differ
//                   | c0, c1, …: its columns, those that the target still has
//
// One thread, one transaction. Borrows the client, the reader and the report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/records/restore_rows.h"
#include "engine/records/row_loader.h"
#include "engine/records/staged_columns.h"
#include "engine/records/target_catalog.h"

namespace pulih {

class PlannedTable {
 public:
  PlannedTable(PgClient& client, const TableReader& reader, size_t number, RestoreMode mode, RestoreRowsReport& report);

  // Looks at the target's table (in side_table mode, makes it first). Says in warnings what has changed since, and marks
  // the rows as conflicts where they cannot be brought back for it. `rows`: places in RelatedRows::rows, and in the plan.
  Status Prepare(const TargetTypes& types, std::vector<size_t> rows);
  // Sends the rows over and tells for each what it would become.
  Status Stage(const RelatedRows& rows, const TargetTypes& types);
  // Marks rows as conflicts that point at what neither the target nor the plan has, or that the target has no room for.
  Status Check(const std::vector<PlannedTable>& all);

  // Inserts what can be inserted now: rows whose parents are there. How many it inserted.
  Result<uint64_t> InsertReady(const std::vector<PlannedTable>& all);
  // How many rows it overwrote; like InsertReady it fails when the table kept some of them as they were.
  Result<uint64_t> Overwrite();
  // Rows that InsertReady has yet to insert become conflicts: they point at each other in a circle.
  Status RefuseRest();
  // After all writing, triggers that were deferred as well: rows that are not as they were captured become conflicts.
  Status CheckWritten();

  bool is_usable() const { return usable_; }
  const TargetTable& target() const { return *target_; }

 private:
  Status MakeSideTable();
  Status CompareWithTarget(const TargetTypes& types);
  Status SendRows(const RelatedRows& rows, const TargetTypes& types);
  Status CompareByKey();
  Status CompareWhole();
  Status ReadFates();
  Status CheckWrittenByKey();
  Status CheckWrittenWhole();
  Status CheckForeignKey(const TargetForeignKey& key, const std::vector<PlannedTable>& all);
  Status CheckUnique(const TargetUnique& unique);
  Status MarkRows(const std::string& sql, const std::string& before);
  void Conflict(size_t row, const std::string& why);
  void ConflictAll(const std::string& why);

  std::string temp() const { return staged_.table(); }
  std::vector<std::string> FieldsOf(const std::string& places) const;
  std::string IsWritten(const std::string& alias) const;
  std::string IsReady(const std::vector<PlannedTable>& all) const;
  std::string ParentExists(const TargetForeignKey& key, const std::vector<std::string>& staged) const;
  bool IsParentOf(const TargetForeignKey& key) const;
  std::string Utf8(const PgText& text) const;

  PgClient& client_;
  const TableReader& reader_;
  RestoreMode mode_;
  RestoreRowsReport& report_;
  std::optional<TargetTable> target_;
  bool usable_ = true;
  bool keyed_ = false;  // rows are told by their key, not by being equal
  std::vector<size_t> rows_;
  StagedColumns staged_;
};

}  // namespace pulih

// Brings rows back into a live database, in one transaction, after a plan: which would be inserted, which are there
// already (the same, or another), and which point at rows that neither the plan nor the database has.
//
// All or nothing: whatever fails, the transaction is rolled back. Rows go over as binary COPY into a temporary table
// and from there by INSERT … SELECT, so values of every type come back exactly as they were captured.
#pragma once

#include <string>
#include <vector>

#include "engine/records/related_rows.h"

namespace pulih {

enum class RestoreMode : uint8_t {
  insert_missing,  // rows that are there stay as they are
  overwrite,       // rows that are there and differ become as they were
  side_table,      // nothing of the application's is touched: rows go into new tables NAME_pulih
};
enum class RowFate : uint8_t { insert, same, differs, overwrite, side, conflict };
struct RowPlan {
  std::string table, key;
  RowFate fate = RowFate::insert;
  std::string why;                  // of a conflict: which constraint, which row is missing, what a trigger changes
  std::vector<std::string> fields;  // of differs and overwrite: the columns whose values differ
};
// A dry run tries everything and takes it back: only the server knows all that it would refuse.
struct RestoreRowsOptions {
  std::string conninfo;
  RestoreMode mode = RestoreMode::insert_missing;
  bool dry_run = false;
};
struct RestoreRowsReport {
  std::vector<RowPlan> plan;
  uint64_t inserted = 0, overwritten = 0, same = 0, left = 0, conflicts = 0;  // left: there already, and another
  // Columns of the snapshot that the database has no more: what they held was not brought back, nor compared.
  uint64_t columns_missing = 0;
  bool committed = false;  // false on a dry run, and with any conflict: then nothing was changed
  std::vector<std::string> warnings;
};
// Parts of the repository that could not be read (RelatedRows::damaged) count as conflicts; whoever found the rows tells
// which they are.
Result<RestoreRowsReport> RestoreRows(const RelatedRows& rows, const RestoreRowsOptions& options);

// The table beside `name` that rows go into in side_table mode: NAME_pulih, at most as long as a name may be.
std::string SideTableName(const std::string& name);

// The same rows as a script of typed statements for psql: one transaction, INSERT … ON CONFLICT DO NOTHING (or
// DO UPDATE for overwrite), values as literals with their types.
Status WriteRowsSql(const RelatedRows& rows, RestoreMode mode, const std::function<Status(std::string_view)>& out);

}  // namespace pulih

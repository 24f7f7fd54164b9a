// Copies whole tables of a snapshot into tables of the same shape in a target, over several connections, the biggest
// first: what is left at the end is small, so no connection waits long for another.
//
// One call; threads are started and joined inside. `progress` is called from the caller's thread alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/records/table_reader.h"
#include "engine/records/target_catalog.h"

namespace pulih {

struct TableCopiesOptions {
  std::string conninfo;
  unsigned jobs = 2;
};
struct TableCopiesReport {
  uint64_t tables = 0, rows = 0, bytes = 0;
  std::vector<std::string> damaged;  // "table: what"
  std::vector<std::string> warnings;
};
// A table that the target lacks is damage: the snapshot has its rows and not its definition. `invalid`, naming it, when
// one has other columns than it had. Stops at the first failure.
Status CopyTables(const std::vector<TableReader>& tables, const TableCopiesOptions& options, ProgressListener& progress,
                  TableCopiesReport& report);

// The settings of a session that writes what was captured: text as it is, nothing that gets in the way of old values.
Status PrepareRestoreSession(PgClient& client, const std::string& encoding);

}  // namespace pulih

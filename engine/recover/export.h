// Writes what a case knows of each table into files: its rows (rebuilt_rows.h) and how well each is proven.
//
//   T.csv           (SCHEMA.T.csv outside schema public; or T.jsonl, T.sql: export_format.h) header, then a row per key in the
//                   order of keys; NULL and what is not known are an unquoted empty field, an empty text is "", bytea \x…,
//                   dates ISO, UTF-8
//   T.grades.csv    the key's columns and _grade, the worst of the row; where grades differ inside a row of the table, or a
//                   field is not known, a column for each field behind it, empty for one that is not known. A table without a
//                   key: all columns stand for the key
//   _partial.csv    fields of which a part is known: text with U+FFFD for each byte that is lost, and where those are
//   _unkeyed.csv    rows whose key is lost: they cannot be joined with anything, and are not thrown away
//   _unassigned.csv rows that fit several tables alike, or none
//   _all.sql        of SQL: runs the others in an order that foreign keys allow
//
// _partial, _unkeyed and _unassigned are there only when they have rows. Rows of grade F, and rows that the newest evidence says were deleted,
// are in none. Same claims, same bytes. One thread; memory is that of the largest row.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/os/file_system.h"
#include "engine/progress.h"
#include "engine/recover/case.h"

namespace pulih {

enum class RecoveredFormat : uint8_t { csv, jsonl, sql };

struct RecoverExportOptions {
  std::string directory;             // made when it is not there; already_exists when something is in it
  std::optional<std::string> table = {};  // "paket" or "ekontrak.paket"; only this one
  RecoveredFormat format = RecoveredFormat::csv;
};

struct RecoveredTable {
  std::string table, file;
  uint64_t rows = 0, deleted = 0, disputed_fields = 0, decided_fields = 0;
  std::vector<std::pair<char, uint64_t>> grades;  // rows by their worst grade, A first
};

struct RecoverExportReport {
  std::vector<RecoveredTable> tables;
  uint64_t partial_fields = 0, unkeyed = 0, unassigned = 0;
};

Result<RecoverExportReport> ExportCase(Case& of, const RecoverExportOptions& options, ProgressListener& progress);

}  // namespace pulih

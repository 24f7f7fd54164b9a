// Writes the tables of a snapshot into files that other programs read, one a table.
//
//   csv    header, then rows: NULL an unquoted empty field, an empty text "", bytea \x…, dates ISO, UTF-8
//   jsonl  one JSON object a line
//   copy   what COPY … TO STDOUT writes (text format): COPY … FROM reads it back, in UTF-8
//
// A table of schema public is called NAME.csv, of another schema SCHEMA.NAME.csv; what a file name cannot hold stands as
// %XX (engine/os/file_name.h). Nothing that is there already is written over. Each file gets its name when it is whole and durable.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/os/file_system.h"
#include "engine/progress.h"
#include "engine/records/table_reader.h"

namespace pulih {

enum class ExportFormat : uint8_t { csv, jsonl, copy };

struct ExportOptions {
  ExportFormat format = ExportFormat::csv;
  std::string directory;            // made when it is not there
  std::optional<TableName> table;   // only this one
};
struct ExportedTable {
  std::string table, file;
  uint64_t rows = 0, bytes = 0;
};
struct ExportReport {
  std::vector<ExportedTable> tables;
  std::vector<std::string> damaged;  // "table: what" for rows that are not in the file
  std::vector<std::string> notes;    // what the files do not have because the tables do not
};
Result<ExportReport> ExportTables(ReadSession& session, const Snapshot& snapshot, const ExportOptions& options, FileSystem& files, ProgressListener& progress);

// "paket.csv" as said above.
std::string ExportFileName(const TableDescriptor& table, std::string_view extension);

// A row as one JSON object, with values as engine/records/export_tables.cc has them; appended to `out`.
Status AppendRowJson(const TableReader& table, const StoredRow& row, std::string& out);

}  // namespace pulih

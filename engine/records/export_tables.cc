#include "engine/records/export_tables.h"

#include <algorithm>
#include <numeric>

#include "engine/os/atomic_file.h"
#include "engine/os/file_name.h"
#include "engine/records/long_text.h"
#include "formats/postgres/copy_text.h"
#include "formats/postgres/value_text.h"
#include "formats/text/csv.h"
#include "formats/text/json.h"

namespace pulih {
namespace {

constexpr size_t kBufferBytes = 256u << 10;

std::string_view Extension(ExportFormat format) {
  switch (format) {
    case ExportFormat::csv: return ".csv";
    case ExportFormat::jsonl: return ".jsonl";
    case ExportFormat::copy: return ".copy";
  }
  return "";
}

// Between its tokens JSON may have line ends; inside its texts it has none.
void AppendOnOneLine(std::string_view json, std::string& out) {
  const size_t before = out.size();
  out += json;
  std::replace_if(out.begin() + static_cast<ptrdiff_t>(before), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

Status AppendJsonValue(const TableReader& table, const StoredRow& row, size_t column, std::string& out) {
  const TableDescriptor& descriptor = table.descriptor();
  PULIH_TRY_ASSIGN(const std::optional<std::string> text, ColumnText(table, row, column));
  const ValueClass kind = ClassOf(descriptor.types, descriptor.columns[column].type);
  if (!text) {
    out += "null";
  } else if (kind == ValueClass::boolean) {
    out += *text == "t" ? "true" : "false";
  } else if (kind == ValueClass::number && IsJsonNumber(*text)) {
    out += *text;
  } else if (kind == ValueClass::json) {
    AppendOnOneLine(*text, out);
  } else {
    WriteJsonString(*text, out);
  }
  return OkStatus();
}

Status AppendValue(const TableReader& table, const StoredRow& row, size_t column, ExportFormat format, std::string& out) {
  if (format == ExportFormat::jsonl) return AppendJsonValue(table, row, column, out);
  PULIH_TRY_ASSIGN(const std::optional<std::string> text, ColumnText(table, row, column));
  if (format == ExportFormat::csv) {
    if (text) CsvWriter().AppendField(*text, out);
  } else if (text) {
    AppendCopyField(*text, out);
  } else {
    out += "\\N";
  }
  return OkStatus();
}

Status AppendRow(const TableReader& table, const StoredRow& row, ExportFormat format, std::string& out) {
  if (format == ExportFormat::jsonl) {
    PULIH_TRY(AppendRowJson(table, row, out));
    out += '\n';
    return OkStatus();
  }
  for (size_t i = 0; i < table.descriptor().columns.size(); ++i) {
    if (i > 0) out += format == ExportFormat::csv ? ',' : '\t';
    PULIH_TRY(AppendValue(table, row, i, format, out));
  }
  out += '\n';
  return OkStatus();
}

using TextOut = std::function<Status(std::string_view)>;

// A value within a line: in CSV always in quotes, which nothing needs to be known of the rest for.
Status WriteLongValue(const TableReader& table, const StoredRow& row, size_t column, ExportFormat format, const TextOut& out) {
  const TableDescriptor& descriptor = table.descriptor();
  const bool is_json = format == ExportFormat::jsonl && ClassOf(descriptor.types, descriptor.columns[column].type) == ValueClass::json;
  const std::string_view around = is_json || format == ExportFormat::copy ? "" : "\"";
  PULIH_TRY(out(around));
  std::string escaped;
  PULIH_TRY(ColumnTextInPieces(table, row, column, [&](std::string_view piece) {
    escaped.clear();
    if (is_json) {
      AppendOnOneLine(piece, escaped);
    } else if (format == ExportFormat::copy) {
      AppendCopyField(piece, escaped);
    } else if (format == ExportFormat::csv) {
      CsvWriter().AppendQuoted(piece, escaped);
    } else {
      WriteJsonString(piece, escaped);
      return out(std::string_view(escaped).substr(1, escaped.size() - 2));
    }
    return out(escaped);
  }));
  return out(around);
}

// The same line as AppendRow's, but for quotes in CSV; what is long in it goes in pieces.
Status WriteLongRow(const TableReader& table, const StoredRow& row, ExportFormat format, const TextOut& out) {
  const TableDescriptor& descriptor = table.descriptor();
  std::string text;
  for (size_t i = 0; i < descriptor.columns.size(); ++i) {
    text = i > 0 ? (format == ExportFormat::copy ? "\t" : ",") : format == ExportFormat::jsonl ? "{" : "";
    if (format == ExportFormat::jsonl) {
      WriteJsonString(descriptor.columns[i].name, text);
      text += ':';
    }
    const bool in_pieces = ComesInPieces(descriptor, row, i);
    if (!in_pieces) PULIH_TRY(AppendValue(table, row, i, format, text));
    PULIH_TRY(out(text));
    if (in_pieces) PULIH_TRY(WriteLongValue(table, row, i, format, out));
  }
  return out(format == ExportFormat::jsonl ? "}\n" : "\n");
}

std::vector<size_t> AllColumns(const TableDescriptor& table) {
  std::vector<size_t> columns(table.columns.size());
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

// One table into one file.
class TableFileWriter {
 public:
  TableFileWriter(const TableReader& table, ExportFormat format, NewFile& file) : table_(table), format_(format), file_(file) {}

  Status Write(ExportedTable& report, std::vector<std::string>& damaged, ProgressListener& progress) {
    if (format_ == ExportFormat::csv) {
      CsvFields names;
      for (const ColumnDescriptor& column : table_.descriptor().columns) names.push_back(column.name);
      CsvWriter().AppendRow(names, buffer_);
    }
    Status failure;
    PULIH_TRY(table_.Scan(
        {},
        [&](const StoredRow& row) {
          failure = WriteRow(row, report, damaged);
          if (failure.ok() && report.rows % 4096 == 0) {
            progress.Report({.phase = "exporting", .bytes_done = report.bytes, .current = report.table});
            if (progress.ShouldStop()) failure = Status(Code::interrupted, "exporting: asked to stop");
          }
          return failure.ok();
        },
        [&](const MapGap& gap) { damaged.push_back(report.table + ": a part of the table cannot be read: " + gap.why.message()); }));
    PULIH_TRY(std::move(failure));
    return Flush(report);
  }

 private:
  Status WriteRow(const StoredRow& row, ExportedTable& report, std::vector<std::string>& damaged) {
    if (IsLongRow(row)) return WriteInPieces(row, report, damaged);
    const size_t before = buffer_.size();
    if (const Status written = AppendRow(table_, row, format_, buffer_); !written.ok()) {
      buffer_.resize(before);
      return Damaged(row, written, report, damaged);
    }
    const std::string line = row.count > 1 ? buffer_.substr(before) : std::string();
    for (uint64_t i = 1; i < row.count; ++i) {
      buffer_ += line;
      if (buffer_.size() >= kBufferBytes) PULIH_TRY(Flush(report));
    }
    report.rows += row.count;
    return buffer_.size() >= kBufferBytes ? Flush(report) : OkStatus();
  }

  Status WriteInPieces(const StoredRow& row, ExportedTable& report, std::vector<std::string>& damaged) {
    if (const Status readable = CheckReadable(table_, row, AllColumns(table_.descriptor())); !readable.ok()) return Damaged(row, readable, report, damaged);
    for (uint64_t i = 0; i < row.count; ++i) {
      PULIH_TRY(WriteLongRow(table_, row, format_, [&](std::string_view text) {
        buffer_ += text;
        return buffer_.size() >= kBufferBytes ? Flush(report) : OkStatus();
      }));
    }
    report.rows += row.count;
    return OkStatus();
  }

  // A column that cannot be read: half a row would be worse than none, and the report names it.
  Status Damaged(const StoredRow& row, const Status& why, const ExportedTable& report, std::vector<std::string>& damaged) const {
    if (why.code() != Code::corrupt) return why;
    damaged.push_back(report.table + " " + table_.KeyText(row) + ": " + why.message());
    return OkStatus();
  }

  Status Flush(ExportedTable& report) {
    report.bytes += buffer_.size();
    PULIH_TRY(file_.Append(AsBytes(buffer_)));
    buffer_.clear();
    return OkStatus();
  }

  const TableReader& table_;
  const ExportFormat format_;
  NewFile& file_;
  std::string buffer_;
};

}  // namespace

std::string ExportFileName(const TableDescriptor& table, std::string_view extension) {
  const bool says_schema = !table.schema.empty() && table.schema != "public";
  return (says_schema ? FileNamePart(table.schema) + "." : "") + FileNamePart(table.name) + std::string(extension);
}

Status AppendRowJson(const TableReader& table, const StoredRow& row, std::string& out) {
  const TableDescriptor& descriptor = table.descriptor();
  out += '{';
  for (size_t i = 0; i < descriptor.columns.size(); ++i) {
    if (i > 0) out += ',';
    WriteJsonString(descriptor.columns[i].name, out);
    out += ':';
    PULIH_TRY(AppendJsonValue(table, row, i, out));
  }
  out += '}';
  return OkStatus();
}

Result<ExportReport> ExportTables(ReadSession& session, const Snapshot& snapshot, const ExportOptions& options, FileSystem& files, ProgressListener& progress) {
  PULIH_TRY_ASSIGN(std::vector<ListedTable> tables, ListTables(session, snapshot));
  if (options.table) {
    PULIH_TRY_ASSIGN(ListedTable only, FindTable(session, snapshot, *options.table));
    tables.clear();
    tables.push_back(std::move(only));
  }
  // Two databases may have tables of one name: files of one name would stand for both.
  const bool several = std::any_of(tables.begin(), tables.end(), [&](const ListedTable& t) { return t.descriptor.database != tables.front().descriptor.database; });
  PULIH_TRY(MakeDirectories(files, options.directory));
  ExportReport report;
  for (ListedTable& listed : tables) {
    const TableReader table(session, std::move(listed));
    ExportedTable exported;
    exported.table = TableRootName(table.descriptor());
    const std::string& database = table.descriptor().database;  // empty for tables from files
    exported.file = (several && !database.empty() ? FileNamePart(database) + "." : "") + ExportFileName(table.descriptor(), Extension(options.format));
    PULIH_TRY_ASSIGN(const auto file, files.Create(options.directory));
    PULIH_TRY(TableFileWriter(table, options.format, *file).Write(exported, report.damaged, progress));
    PULIH_TRY(file->Sync());
    const Status named = file->PublishAs(options.directory + "/" + exported.file);
    if (named.code() == Code::already_exists) {
      return Status(named.code(), "exporting " + exported.table + ": " + options.directory + "/" + exported.file + ": there is a file of this name",
                    "export into an empty folder, or remove it first: nothing is written over");
    }
    PULIH_TRY(Status(named).Within("exporting " + exported.table));
    report.tables.push_back(std::move(exported));
  }
  PULIH_TRY(files.SyncDirectory(options.directory));
  return report;
}

}  // namespace pulih

#include "engine/recover/export.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "engine/os/atomic_file.h"
#include "engine/os/file_name.h"
#include "engine/records/row_key_text.h"
#include "engine/recover/export_format.h"
#include "engine/recover/rebuilt_rows.h"
#include "engine/recover/table_output.h"
#include "formats/postgres/copy_text.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

// U+FFFD, for a byte that is lost.
constexpr std::string_view kLostByte = "\xEF\xBF\xBD";

// A claim's fields as a line of COPY text: one cell for a row whose columns have no names.
std::string RowAsText(const RowClaim& claim) {
  std::string line;
  for (const ClaimedField& field : claim.fields) {
    if (&field != &claim.fields.front()) line += '\t';
    switch (field.state) {
      case State::value: AppendCopyField(field.text, line); break;
      case State::null: line += "\\N"; break;
      case State::partial: AppendCopyField(KnownPart(field), line); break;
      case State::missing: line += kLostByte; break;
    }
  }
  return line;
}

char Letter(Grade grade) { return static_cast<char>(grade); }

std::string FileName(const std::string& table, const SchemaTable* known, std::string_view ending) {
  const std::string_view schema = known ? std::string_view(known->schema) : std::string_view(table).substr(0, table.find('.'));
  const std::string_view name = known ? std::string_view(known->name) : std::string_view(table).substr(table.find('.') + 1);
  const std::string lead = schema == "public" || schema == table ? "" : FileNamePart(schema) + ".";
  return lead + FileNamePart(name) + std::string(ending);
}

std::optional<std::string_view> CellOf(const RebuiltRow& row, size_t place) { return place < row.fields.size() ? row.fields[place].text() : std::nullopt; }

// The rows of one table into its two files.
class TableExport {
 public:
  TableExport(RebuiltRows& rebuilt, const RebuiltTable& table, bool per_field, const RecoverExportOptions& options, FileSystem& files, TableOutput& partial)
      : rebuilt_(rebuilt), table_(table), per_field_(per_field), format_(RowFormat::Make(options.format, rebuilt.schema(), table)),
        rows_(files, options.directory, FileName(table.name, table.known, format_->ending())),
        grades_(files, options.directory, FileName(table.name, table.known, ".grades.csv")), partial_(partial) {
    for (const SchemaColumn* column : table.columns) columns_.push_back(column->name);
    key_ = table.key;
  }

  // False: a row's fields differ in grade or some are not known, and `per_field` was not asked for. Nothing was written
  // then, to this table's files or to the others.
  Result<bool> Write(RecoveredTable& report, RecoverExportReport& totals, ProgressListener& progress) {
    bool uniform = true;
    PULIH_TRY(rebuilt_.Scan(table_, "exporting", progress, [&](const RebuiltRow& row) -> Result<bool> {
      PULIH_TRY_ASSIGN(uniform, Row(row, report, totals));
      return uniform;
    }, &report.deleted));
    if (!uniform) return false;
    for (size_t i = 0; i < kLetters.size(); ++i)
      if (by_grade_[i] != 0) report.grades.emplace_back(kLetters[i], by_grade_[i]);
    PULIH_TRY(rows_.Publish());
    PULIH_TRY(grades_.Publish());
    report.file = rows_.name();
    return true;
  }

 private:
  static constexpr std::array<char, 5> kLetters{'A', 'B', 'C', 'D', 'E'};

  Status Headers(size_t fields) {
    for (size_t i = columns_.size(); i < fields; ++i) columns_.push_back("column" + std::to_string(i + 1));
    if (key_.empty())
      for (size_t i = 0; i < columns_.size(); ++i) key_.push_back(i);
    line_.clear();
    format_->Begin(columns_, line_);
    PULIH_TRY(rows_.Text(line_));
    CsvFields of_grades;
    for (const size_t place : key_) of_grades.push_back(columns_[place]);
    of_grades.push_back("_grade");
    for (size_t i = 0; per_field_ && i < columns_.size(); ++i)
      if (!IsKey(i)) of_grades.push_back(columns_[i]);
    return grades_.Row(of_grades);
  }
  bool IsKey(size_t place) const { return std::find(key_.begin(), key_.end(), place) != key_.end(); }

  Result<bool> Row(const RebuiltRow& row, RecoveredTable& report, RecoverExportReport& totals) {
    if (report.rows == 0) PULIH_TRY(Headers(row.fields.size()));
    std::vector<std::string> letters(columns_.size());
    bool uniform = true;
    for (size_t i = 0; i < std::min(columns_.size(), row.fields.size()); ++i) {
      const RebuiltField& field = row.fields[i];
      if (field.disputed) ++report.disputed_fields;
      if (field.decided) ++report.decided_fields;
      if (field.is_known()) letters[i] = Letter(field.grade);
      // A grade of the whole row would speak for a field that is not there.
      if (!field.is_known() || field.grade != row.worst) uniform = false;
    }
    if (row.fields.size() < columns_.size()) uniform = false;
    if (!uniform && !per_field_) return false;
    line_.clear();
    format_->Row(columns_, row, line_);
    PULIH_TRY(rows_.Text(line_));
    PULIH_TRY(grades_.Row(GradeCells(row, letters)));
    PULIH_TRY(PartialFields(row, totals));
    ++report.rows;
    ++by_grade_[static_cast<size_t>(std::find(kLetters.begin(), kLetters.end(), Letter(row.worst)) - kLetters.begin())];
    return true;
  }

  CsvFields GradeCells(const RebuiltRow& row, const std::vector<std::string>& letters) {
    CsvFields out;
    for (const size_t place : key_) out.push_back(CellOf(row, place));
    worst_.assign(1, Letter(row.worst));
    out.push_back(worst_);
    for (size_t i = 0; per_field_ && i < columns_.size(); ++i) {
      if (IsKey(i)) continue;
      out.push_back(letters[i].empty() ? std::optional<std::string_view>() : letters[i]);
    }
    return out;
  }

  Status PartialFields(const RebuiltRow& row, RecoverExportReport& totals) {
    for (size_t i = 0; i < std::min(columns_.size(), row.fields.size()); ++i) {
      const ClaimedField& field = *row.fields[i].value;
      if (field.state != State::partial) continue;
      std::vector<std::string> values;
      for (const size_t place : key_) values.emplace_back(CellOf(row, place).value_or(""));
      const std::string key = JoinKeyWords(values);  // as `explain` takes it
      if (totals.partial_fields++ == 0) PULIH_TRY(partial_.Row({"table", "key", "column", "known", "lost_bytes"}));
      const std::string known = KnownPart(field), lost = LostBytes(field);
      PULIH_TRY(partial_.Row({table_.name, key, columns_[i], known, lost}));
    }
    return OkStatus();
  }

  RebuiltRows& rebuilt_;
  const RebuiltTable& table_;
  const bool per_field_;
  std::unique_ptr<RowFormat> format_;
  TableOutput rows_, grades_;
  TableOutput& partial_;
  std::vector<std::string> columns_;
  std::vector<size_t> key_;
  std::array<uint64_t, 5> by_grade_{};
  std::string worst_, line_;
};

Status WriteLoose(const StoredClaim& stored, std::string_view what, const ClaimSources& sources, TableOutput& output, uint64_t& count) {
  if (stored.claim.grade == Grade::f) return OkStatus();
  if (count++ == 0) PULIH_TRY(output.Row({"table", "evidence", "path", "grade", "row"}));
  const std::string grade(1, Letter(stored.claim.grade)), row = RowAsText(stored.claim);
  return output.Row({what, sources.Find(stored.unit).id, stored.claim.path, grade, row});
}

bool IsWanted(const std::string& table, const RecoverExportOptions& options) {
  return !options.table || table == *options.table || table == "public." + *options.table;
}

// For psql: the files of all tables, those first that others point at.
Status WriteScriptOfAll(const RebuiltRows& rebuilt, const RecoverExportReport& report, const RecoverExportOptions& options, FileSystem& files) {
  TableOutput all(files, options.directory, "_all.sql");
  if (report.tables.empty()) return OkStatus();
  PULIH_TRY(all.Text("-- psql -f _all.sql: what others point at comes first. A row whose parent or whose needed value is lost is refused by itself.\n"
                       "\\set ON_ERROR_ROLLBACK on\nBEGIN;\n"));
  std::map<std::string, std::string> file_of;
  for (const RecoveredTable& table : report.tables) file_of[table.table] = table.file;
  for (const std::string& table : ParentsFirst(rebuilt.tables()))
    if (const auto file = file_of.find(table); file != file_of.end()) PULIH_TRY(all.Text("\\ir '" + QuotedForPsql(file->second) + "'\n"));
  PULIH_TRY(all.Text("COMMIT;\n"));
  return all.Publish();
}

}  // namespace

Result<RecoverExportReport> ExportCase(Case& of, const RecoverExportOptions& options, ProgressListener& progress) {
  FileSystem& files = of.environment().files;
  PULIH_TRY_ASSIGN(const auto rebuilt, RebuiltRows::Open(of));
  const std::vector<RebuiltTable>& tables = rebuilt->tables();
  if (options.table && std::none_of(tables.begin(), tables.end(), [&](const RebuiltTable& table) { return IsWanted(table.name, options); }))
    return Status(Code::not_found, "export: " + *options.table + ": the case has no row of such a table", "`recover report` lists the tables");
  PULIH_TRY(MakeEmptyDirectory(files, options.directory, "export"));

  RecoverExportReport report;
  TableOutput partial(files, options.directory, "_partial.csv"), unkeyed(files, options.directory, "_unkeyed.csv"),
      unassigned(files, options.directory, "_unassigned.csv");
  for (const RebuiltTable& table : tables) {
    if (!IsWanted(table.name, options)) continue;
    for (const bool per_field : {false, true}) {
      RecoveredTable one;
      one.table = table.name;
      TableExport writer(*rebuilt, table, per_field, options, files, partial);
      PULIH_TRY_ASSIGN(const bool done, writer.Write(one, report, progress));
      if (!done) continue;
      if (one.rows != 0) report.tables.push_back(std::move(one));
      break;
    }
    PULIH_TRY(rebuilt->ScanUnkeyed(table, [&](StoredClaim& claim) -> Result<bool> {
      PULIH_TRY(WriteLoose(claim, table.name, rebuilt->sources(), unkeyed, report.unkeyed));
      return true;
    }));
  }
  if (!options.table)
    PULIH_TRY(rebuilt->ScanUnassigned([&](StoredClaim& claim) -> Result<bool> {
      std::string candidates;
      for (const std::string& name : claim.claim.candidates) candidates += (candidates.empty() ? "" : " ") + name;
      PULIH_TRY(WriteLoose(claim, candidates, rebuilt->sources(), unassigned, report.unassigned));
      return true;
    }));
  for (TableOutput* output : {&partial, &unkeyed, &unassigned}) PULIH_TRY(output->Publish());
  if (options.format == RecoveredFormat::sql) PULIH_TRY(WriteScriptOfAll(*rebuilt, report, options, files));
  PULIH_TRY(files.SyncDirectory(options.directory));
  return report;
}

}  // namespace pulih

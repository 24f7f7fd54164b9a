#include "engine/recover/export.h"

#include <algorithm>
#include <array>

#include "engine/os/atomic_file.h"
#include "engine/os/file_name.h"
#include "engine/records/row_key_text.h"
#include "engine/recover/choose.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/table_output.h"
#include "formats/postgres/copy_text.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

// U+FFFD, for a byte that is lost.
constexpr std::string_view kLostByte = "\xEF\xBF\xBD";

// A claim's fields as a line of COPY text: one cell for a row whose columns have no names.
std::string RowAsText(const RowClaim& claim);

// The known part of a field, and which of its bytes are lost: "3-7,12", with "9-" for an end that is lost.
std::string KnownPart(const ClaimedField& field) {
  std::string text;
  size_t next = 0;
  for (size_t at = 0; at < field.text.size(); ++at) {
    const bool lost = next < field.unknown.size() && field.unknown[next].at == at;
    if (lost) ++next;
    if (lost) text += kLostByte;
    else text += field.text[at];
  }
  return text;
}
std::string LostBytes(const ClaimedField& field) {
  std::string lost;
  const auto add = [&](const std::string& part) { lost += (lost.empty() ? "" : ",") + part; };
  for (size_t i = 0; i < field.unknown.size();) {
    size_t last = i;
    while (last + 1 < field.unknown.size() && field.unknown[last + 1].at == field.unknown[last].at + 1) ++last;
    const std::string from = std::to_string(field.unknown[i].at);
    add(last == i ? from : from + "-" + std::to_string(field.unknown[last].at));
    i = last + 1;
  }
  if (field.cut) add(std::to_string(field.text.size()) + "-");
  return lost;
}

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

// The claims of one table into its two files.
class TableExport {
 public:
  TableExport(ClaimStore& store, const Schema& schema, const ClaimSources& sources, const std::string& table, bool per_field,
              const RecoverExportOptions& options, FileSystem& files, TableOutput& partial)
      : store_(store), known_(TableOf(schema, table)), sources_(sources), table_(table), per_field_(per_field),
        rows_(files, options.directory, FileName(table, known_, ".csv")),
        grades_(files, options.directory, FileName(table, known_, ".grades.csv")), partial_(partial) {
    if (known_ != nullptr) {
      for (const SchemaColumn* column : ClaimColumns(*known_)) columns_.push_back(column->name);
      key_ = KeyFields(*known_);
    }
  }

  // False: a row's fields differ in grade or some are not known, and `per_field` was not asked for. Nothing was written
  // then, to this table's files or to the others.
  Result<bool> Write(RecoveredTable& report, RecoverExportReport& totals, ProgressListener& progress) {
    bool uniform = true;
    const SourceOf source_of = sources_.source_of();
    uint64_t seen = 0;
    PULIH_TRY(store_.ScanRows(table_, [&](auto& claims) { ThinClaims(claims, source_of); }, [&](ByteView, std::vector<StoredClaim>& claims) -> Result<bool> {
      if (++seen % 4096 == 0) {
        progress.Report({.phase = "exporting", .files_done = seen, .current = table_});
        if (progress.ShouldStop()) return Status(Code::interrupted, "exporting " + table_ + ": asked to stop");
      }
      const std::optional<ChosenRow> chosen = ChooseRow(claims, source_of, key_.size());
      if (!chosen) return true;
      if (chosen->deleted) {
        ++report.deleted;
        return true;
      }
      PULIH_TRY_ASSIGN(uniform, Row(claims, *chosen, report, totals));
      return uniform;
    }));
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
    CsvFields names;
    for (const std::string& column : columns_) names.push_back(column);
    PULIH_TRY(rows_.Row(names));
    CsvFields of_grades;
    for (const size_t place : key_) of_grades.push_back(columns_[place]);
    of_grades.push_back("_grade");
    for (size_t i = 0; per_field_ && i < columns_.size(); ++i)
      if (!IsKey(i)) of_grades.push_back(columns_[i]);
    return grades_.Row(of_grades);
  }
  bool IsKey(size_t place) const { return std::find(key_.begin(), key_.end(), place) != key_.end(); }

  Result<bool> Row(const std::vector<StoredClaim>& claims, const ChosenRow& chosen, RecoveredTable& report, RecoverExportReport& totals) {
    if (report.rows == 0) PULIH_TRY(Headers(chosen.fields.size()));
    CsvFields cells(columns_.size());
    std::vector<std::string> letters(columns_.size());
    char worst = 'A';
    bool uniform = true;
    for (size_t i = 0; i < std::min(columns_.size(), chosen.fields.size()); ++i) {
      const ChosenRow::FieldChoice& choice = chosen.fields[i];
      const ClaimedField& field = claims[choice.claim].claim.fields[i];
      if (choice.disputed) ++report.disputed_fields;
      if (field.state == State::value) cells[i] = field.text;
      if (field.state != State::value && field.state != State::null) {
        uniform = false;  // a grade of the whole row would speak for a field that is not there
        continue;
      }
      letters[i] = Letter(choice.grade);
      if (RankOf(letters[i][0]) > RankOf(worst)) worst = letters[i][0];
    }
    for (const std::string& letter : letters)
      if (!letter.empty() && letter[0] != worst) uniform = false;
    if (!uniform && !per_field_) return false;
    PULIH_TRY(rows_.Row(cells));
    PULIH_TRY(grades_.Row(GradeCells(cells, letters, worst)));
    PULIH_TRY(PartialFields(claims, chosen, cells, totals));
    ++report.rows;
    ++by_grade_[static_cast<size_t>(std::find(kLetters.begin(), kLetters.end(), worst) - kLetters.begin())];
    return true;
  }
  // E, solved from another copy, is better than D.
  static int RankOf(char letter) { return letter == 'D' ? 5 : letter == 'E' ? 4 : letter - 'A'; }

  CsvFields GradeCells(const CsvFields& cells, const std::vector<std::string>& letters, char worst) {
    CsvFields out;
    for (const size_t place : key_) out.push_back(cells[place]);
    worst_.assign(1, worst);
    out.push_back(worst_);
    for (size_t i = 0; per_field_ && i < columns_.size(); ++i) {
      if (IsKey(i)) continue;
      out.push_back(letters[i].empty() ? std::optional<std::string_view>() : letters[i]);
    }
    return out;
  }

  Status PartialFields(const std::vector<StoredClaim>& claims, const ChosenRow& chosen, const CsvFields& cells, RecoverExportReport& totals) {
    for (size_t i = 0; i < std::min(columns_.size(), chosen.fields.size()); ++i) {
      const ClaimedField& field = claims[chosen.fields[i].claim].claim.fields[i];
      if (field.state != State::partial) continue;
      std::vector<std::string> values;
      for (const size_t place : key_) values.emplace_back(cells[place].value_or(""));
      const std::string key = JoinKeyWords(values);  // as `explain` takes it
      if (totals.partial_fields++ == 0) PULIH_TRY(partial_.Row({"table", "key", "column", "known", "lost_bytes"}));
      const std::string known = KnownPart(field), lost = LostBytes(field);
      PULIH_TRY(partial_.Row({table_, key, columns_[i], known, lost}));
    }
    return OkStatus();
  }

  ClaimStore& store_;
  const SchemaTable* known_;
  const ClaimSources& sources_;
  const std::string table_;
  const bool per_field_;
  TableOutput rows_, grades_;
  TableOutput& partial_;
  std::vector<std::string> columns_;
  std::vector<size_t> key_;
  std::array<uint64_t, 5> by_grade_{};
  std::string worst_;
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

Status CheckFolder(const std::string& directory, FileSystem& files) {
  PULIH_TRY(MakeDirectories(files, directory));
  PULIH_TRY_ASSIGN(const std::vector<DirectoryItem> items, files.List(directory));
  if (items.empty()) return OkStatus();
  return Status(Code::already_exists, "export: " + directory + ": there is something in it", "name a folder that is empty or does not exist");
}

}  // namespace

Result<RecoverExportReport> ExportCase(Case& of, const RecoverExportOptions& options, ProgressListener& progress) {
  FileSystem& files = of.environment().files;
  ClaimStore store(of.kv());
  EvidenceRegister evidence(of.kv());
  PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(evidence));
  PULIH_TRY_ASSIGN(const std::optional<Schema> found, store.ReadSchema());
  const Schema schema = found.value_or(Schema());
  PULIH_TRY_ASSIGN(const std::vector<std::string> tables, store.Tables());
  if (options.table && std::none_of(tables.begin(), tables.end(), [&](const std::string& t) { return IsWanted(t, options); }))
    return Status(Code::not_found, "export: " + *options.table + ": the case has no row of such a table", "`recover report` lists the tables");
  PULIH_TRY(CheckFolder(options.directory, files));

  RecoverExportReport report;
  TableOutput partial(files, options.directory, "_partial.csv"), unkeyed(files, options.directory, "_unkeyed.csv"),
      unassigned(files, options.directory, "_unassigned.csv");
  for (const std::string& table : tables) {
    if (!IsWanted(table, options)) continue;
    for (const bool per_field : {false, true}) {
      RecoveredTable one{table, {}, 0, 0, 0, {}};
      TableExport writer(store, schema, sources, table, per_field, options, files, partial);
      PULIH_TRY_ASSIGN(const bool done, writer.Write(one, report, progress));
      if (!done) continue;
      if (one.rows != 0) report.tables.push_back(std::move(one));
      break;
    }
    PULIH_TRY(store.ScanUnkeyed(table, [&](StoredClaim& claim) -> Result<bool> {
      PULIH_TRY(WriteLoose(claim, table, sources, unkeyed, report.unkeyed));
      return true;
    }));
  }
  if (!options.table)
    PULIH_TRY(store.ScanUnassigned([&](StoredClaim& claim) -> Result<bool> {
      std::string candidates;
      for (const std::string& name : claim.claim.candidates) candidates += (candidates.empty() ? "" : " ") + name;
      PULIH_TRY(WriteLoose(claim, candidates, sources, unassigned, report.unassigned));
      return true;
    }));
  for (TableOutput* output : {&partial, &unkeyed, &unassigned}) PULIH_TRY(output->Publish());
  PULIH_TRY(files.SyncDirectory(options.directory));
  return report;
}

}  // namespace pulih

#include "engine/source/csv_table.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/source/table_shape.h"
#include "formats/text/csv.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

constexpr size_t kSample = 256u << 10;

// How the file is written.
struct CsvForm {
  DetectedEncoding encoding;
  Dialect dialect;
};

// Runs the file through decoder and parser; true when all bytes were text.
Result<bool> ParseFile(const TableBytes& bytes, const CsvForm& form, CsvSink& sink) {
  TextDecoder decoder(form.encoding.encoding);
  CsvParser parser(form.dialect, sink);
  std::string text;
  PULIH_TRY(bytes.ForEachPiece(form.encoding.mark_size, [&](ByteView piece) {
    text.clear();
    decoder.Feed(piece, text);
    return parser.Feed(text);
  }));
  text.clear();
  decoder.Finish(text);
  PULIH_TRY(parser.Feed(text));
  PULIH_TRY(parser.Finish());
  return !decoder.damaged();
}

// Tells the header from the rows, and leaves out empty lines where a row has more than one field.
class RowSink : public CsvSink {
 public:
  explicit RowSink(TableVisit& visit) : visit_(visit) {}
  Status CsvRow(const CsvFields& fields, uint64_t line) override {
    const bool is_empty = fields.size() == 1 && !fields[0];
    if (!has_header_) {
      if (is_empty) return OkStatus();
      has_header_ = true;
      header_size_ = fields.size();
      return Header(fields);
    }
    if (is_empty && header_size_ > 1) return OkStatus();
    PULIH_TRY(visit_.MayGoOn());
    return DataRow(fields, line);
  }
  bool has_header() const { return has_header_; }
  size_t header_size() const { return header_size_; }

 protected:
  virtual Status Header(const CsvFields& fields) = 0;
  virtual Status DataRow(const CsvFields& fields, uint64_t line) = 0;
  TableVisit& visit_;

 private:
  bool has_header_ = false;
  size_t header_size_ = 0;
};

// First pass: the columns, the ragged rows, the keys.
class CsvScan : public RowSink {
 public:
  CsvScan(const TableFile& file, const TableFileOptions& options, TableVisit& visit)
      : RowSink(visit), file_(file), keys_(options.key_memory, options.spill_directory) {}

  std::vector<std::string> names;     // as many as the longest row has fields
  std::vector<uint32_t> key;
  size_t renamed = 0;
  uint64_t ragged = 0, first_ragged_line = 0;
  Result<KeyCheck::Verdict> JudgeKeys() { return keys_.Finish(); }
  void NameExtraColumns() {
    const size_t before = names.size();
    names.resize(std::max(widest_, before));
    renamed += MakeNamesDiffer(names) - (names.size() - before);
  }

 private:
  Status Header(const CsvFields& fields) override {
    for (const auto& field : fields) {
      if (field && field->size() > kMaxFileColumnName) return Status(Code::corrupt, "the header names a column by more than 4096 bytes");
      names.emplace_back(field.value_or(std::string_view()));
    }
    renamed = MakeNamesDiffer(names);
    Result<std::vector<uint32_t>> found = FindKey(file_.primary_key, names);
    if (!found.ok()) return visit_.Final(std::move(found).error().Within("read table: " + visit_.path()));
    key = std::move(*found);
    return OkStatus();
  }
  Status DataRow(const CsvFields& fields, uint64_t line) override {
    if (fields.size() != header_size() && ++ragged == 1) first_ragged_line = line;
    widest_ = std::max(widest_, fields.size());
    if (key.empty()) return OkStatus();
    key_fields_.clear();
    for (const uint32_t place : key) key_fields_.push_back(place < fields.size() ? fields[place] : std::nullopt);
    return visit_.Final(keys_.Add(key_fields_));
  }

  const TableFile& file_;
  KeyCheck keys_;
  size_t widest_ = 0;
  CsvFields key_fields_;
};

// Second pass: the rows.
class CsvRows : public RowSink {
 public:
  CsvRows(size_t columns, TableVisit& visit) : RowSink(visit), images_(columns) {}

 private:
  Status Header(const CsvFields&) override { return OkStatus(); }
  Status DataRow(const CsvFields& fields, uint64_t line) override {
    if (fields.size() > images_.size()) return Status(Code::io, "line " + std::to_string(line) + ": it changed while it was read");
    for (size_t i = 0; i < images_.size(); ++i) {
      images_[i] = i < fields.size() && fields[i] ? std::optional<ByteView>(AsBytes(*fields[i])) : std::nullopt;
    }
    return visit_.Row(images_);
  }

  RowImages images_;
};

Result<CsvForm> DetectForm(const TableBytes& bytes) {
  PULIH_TRY_ASSIGN(const Bytes first, bytes.Read(0, kSample));
  CsvForm form;
  form.encoding = DetectEncoding(first);
  TextDecoder decoder(form.encoding.encoding);
  std::string text;
  decoder.Feed(ByteView(first).subspan(form.encoding.mark_size), text);
  form.dialect = DetectDialect(text);
  return form;
}

std::string DelimiterWord(char delimiter) { return delimiter == '\t' ? "tab" : std::string(1, delimiter); }

Status TellOddities(const CsvScan& scan, TableVisit& visit) {
  if (scan.renamed > 0) {
    PULIH_TRY(visit.Tell(Code::invalid, "the header names " + std::to_string(scan.renamed) +
                                            " columns not at all or as others; they became: " + Joined(scan.names)));
  }
  if (scan.ragged == 0) return OkStatus();
  return visit.Tell(Code::invalid, std::to_string(scan.ragged) + " rows have more or fewer fields than the header's " +
                                       std::to_string(scan.header_size()) + ", the first on line " +
                                       std::to_string(scan.first_ragged_line) + "; what is missing is NULL, what is more is kept");
}

}  // namespace

Status VisitCsv(const TableBytes& bytes, const TableFile& file, const std::string& name, const TableFileOptions& options, TableVisit& visit) {
  PULIH_TRY_ASSIGN(CsvForm form, DetectForm(bytes));
  auto scan = std::make_unique<CsvScan>(file, options, visit);
  PULIH_TRY_ASSIGN(bool all_text, ParseFile(bytes, form, *scan));
  if (!all_text && form.encoding.encoding == TextEncoding::utf8 && form.encoding.mark_size == 0) {
    // It began as UTF-8 and turned out to be none: from the start, as what it must be then.
    form.encoding.encoding = TextEncoding::windows1252;
    scan = std::make_unique<CsvScan>(file, options, visit);
    PULIH_TRY_ASSIGN(all_text, ParseFile(bytes, form, *scan));
  }
  if (!scan->has_header()) return Status(Code::corrupt, "it is empty");
  if (!all_text) {
    PULIH_TRY(visit.Tell(Code::corrupt, "bytes that are no " + std::string(TextEncodingName(form.encoding.encoding)) + " became U+FFFD"));
  }
  scan->NameExtraColumns();
  PULIH_TRY(TellOddities(*scan, visit));

  TableDescriptor table = FileTable(TableOrigin::csv, name);
  for (const std::string& column : scan->names) AddColumn(table, column, FileColumn::text);
  if (!scan->key.empty()) {
    PULIH_TRY_ASSIGN(const auto verdict, scan->JudgeKeys());
    PULIH_TRY_ASSIGN(const bool is_key, JudgeKey(verdict, file.primary_key, visit));
    if (is_key) table.key = scan->key;
  }
  table.comment = "CSV, " + std::string(TextEncodingName(form.encoding.encoding)) + ", delimiter " + DelimiterWord(form.dialect.delimiter);
  PULIH_TRY(visit.BeginTable(table));
  CsvRows rows(table.columns.size(), visit);
  PULIH_TRY_ASSIGN(all_text, ParseFile(bytes, form, rows));
  PULIH_TRY(bytes.Unchanged());
  return visit.EndTable();
}

}  // namespace pulih

#include "engine/source/json_table.h"

#include <unordered_map>
#include <utility>

#include "engine/source/table_shape.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

constexpr size_t kFirstLineLimit = 64u << 20;

// Looks at the first three lines.
class FirstLines : public JsonPieceSink {
 public:
  Status Piece(const JsonPiece& piece) override {
    is_object_.push_back(piece.text.front() == '{' && piece.text.size() <= kFirstLineLimit && ReadJson(piece.text).ok());
    return is_object_.size() < 3 ? OkStatus() : Status(Code::interrupted, "enough lines");
  }
  bool empty() const { return is_object_.empty(); }
  // The first line alone may be broken.
  bool AreLines() const {
    if (is_object_.size() < 2) return false;
    return is_object_[0] || (is_object_.size() == 3 && is_object_[1] && is_object_[2]);
  }

 private:
  std::vector<bool> is_object_;
};

class ReadPieces : public JsonPieceSink {
 public:
  ReadPieces(bool lines, const JsonTake& take) : lines_(lines), take_(take) {}
  Status Piece(const JsonPiece& piece) override {
    Result<Json> value = reader_.Read(piece.text);
    if (!value.ok()) {
      if (!lines_) return std::move(value).error().Within("line " + std::to_string(piece.line));
      if (++result.broken_lines == 1) result.first_broken_line = piece.line;
      return OkStatus();
    }
    result.repeated_keys += reader_.repeated_keys();
    return take_(piece, std::move(*value));
  }
  JsonPassResult result;

 private:
  bool lines_;
  const JsonTake& take_;
  JsonReader reader_;
};

// What the first pass finds out.
class JsonScan {
 public:
  JsonScan(const std::vector<std::string>& key, const TableFileOptions& options, TableVisit& visit)
      : key_(key), visit_(visit), keys_(options.key_memory, options.spill_directory) {}

  Status Take(const Json& value) {
    PULIH_TRY(visit_.MayGoOn());
    ++rows;
    const Json::Object* members = value.object();
    if (members == nullptr) {
      ++not_objects;
      return OkStatus();
    }
    for (const JsonMember& member : *members) {
      if (too_many_columns) break;
      const auto [at, is_new] = places.emplace(member.key, names.size());
      if (is_new) {
        too_many_columns = names.size() == kMaxFileColumns || member.key.size() > kMaxFileColumnName;
        names.push_back(member.key);
        types.push_back(FileColumn::text);
      }
      if (member.value.string() == nullptr && !member.value.is_null()) types[at->second] = FileColumn::json;
    }
    return key_.empty() ? OkStatus() : AddKey(value);
  }
  bool has_columns() const { return not_objects == 0 && !too_many_columns && !names.empty(); }
  Result<KeyCheck::Verdict> JudgeKeys() { return keys_.Finish(); }

  uint64_t rows = 0, not_objects = 0;
  bool too_many_columns = false;
  std::vector<std::string> names;
  std::vector<FileColumn> types;
  std::unordered_map<std::string, size_t> places;

 private:
  Status AddKey(const Json& value) {
    texts_.clear();
    for (const std::string& name : key_) {
      const Json* member = value.Find(name);
      texts_.push_back(member == nullptr || member->is_null() ? std::string() : JsonText(*member));
    }
    std::vector<std::optional<std::string_view>> key;
    for (const std::string& text : texts_) key.push_back(text.empty() ? std::nullopt : std::optional<std::string_view>(text));
    return visit_.Final(keys_.Add(key));
  }

  const std::vector<std::string>& key_;
  TableVisit& visit_;
  KeyCheck keys_;
  std::vector<std::string> texts_;
};

constexpr const char* kValueColumn = "value";

// The images of one value, in the columns that the scan found.
class JsonRow {
 public:
  explicit JsonRow(const JsonScan& scan) : scan_(scan), texts_(scan.names.size()), images_(scan.names.size()) {}

  const RowImages* Of(const Json& value) {
    if (!scan_.has_columns()) {
      whole_ = JsonText(value);
      images_.assign(1, AsBytes(whole_));
      return &images_;
    }
    images_.assign(images_.size(), std::nullopt);
    if (value.object() == nullptr) return nullptr;
    for (const JsonMember& member : *value.object()) {
      const auto found = scan_.places.find(member.key);
      if (found == scan_.places.end()) return nullptr;
      const size_t place = found->second;
      if (scan_.types[place] == FileColumn::json) {
        texts_[place].clear();
        WriteJson(member.value, texts_[place]);
        images_[place] = AsBytes(texts_[place]);
      } else if (const std::string* text = member.value.string()) {
        images_[place] = AsBytes(*text);
      } else if (!member.value.is_null()) {
        return nullptr;
      }
    }
    return &images_;
  }

 private:
  const JsonScan& scan_;
  std::vector<std::string> texts_;
  std::string whole_;
  RowImages images_;
};

// Without rows the columns are those that were asked for as a key.
Result<TableDescriptor> Describe(JsonScan& scan, const TableFile& file, const std::string& name, TableVisit& visit) {
  TableDescriptor table = FileTable(TableOrigin::json, name);
  if (scan.rows == 0) {
    for (const std::string& column : file.primary_key) AddColumn(table, column, FileColumn::text);
  } else if (scan.has_columns()) {
    scan.names.resize(scan.types.size());
    for (size_t i = 0; i < scan.names.size(); ++i) AddColumn(table, scan.names[i], scan.types[i]);
  }
  if (table.columns.empty()) AddColumn(table, kValueColumn, FileColumn::json);
  std::vector<std::string> names;
  for (const ColumnDescriptor& column : table.columns) names.push_back(column.name);
  Result<std::vector<uint32_t>> key = FindKey(file.primary_key, names);
  if (!key.ok()) return visit.Final(std::move(key).error().Within("read table: " + visit.path()));
  if (key->empty() || !scan.has_columns()) {
    if (scan.rows == 0) table.key = std::move(*key);
    return table;
  }
  PULIH_TRY_ASSIGN(const auto verdict, scan.JudgeKeys());
  PULIH_TRY_ASSIGN(const bool is_key, JudgeKey(verdict, file.primary_key, visit));
  if (is_key) table.key = std::move(*key);
  return table;
}

Status TellShape(const JsonScan& scan, TableVisit& visit) {
  if (scan.too_many_columns) {
    PULIH_TRY(visit.Tell(Code::invalid, "objects have more than 1600 different keys, or one of more than 4096 bytes; "
                                        "each is kept whole, in the column \"value\""));
  } else if (scan.not_objects > 0 && scan.not_objects < scan.rows) {
    PULIH_TRY(visit.Tell(Code::invalid, std::to_string(scan.not_objects) + " of " + std::to_string(scan.rows) +
                                            " values are no objects; each is kept whole, in the column \"value\""));
  }
  return OkStatus();
}

}  // namespace

Result<JsonForm> DetectJsonForm(const TableBytes& bytes) {
  JsonForm form;
  PULIH_TRY_ASSIGN(const Bytes first, bytes.Read(0, 3));
  form.mark_size = DetectEncoding(first).mark_size;
  FirstLines lines;
  LineSplitter splitter(lines);
  uint64_t read = 0;
  Status split = bytes.ForEachPiece(form.mark_size, [&](ByteView piece) {
    read += piece.size();
    if (lines.empty() && read > kFirstLineLimit) return Status(Code::interrupted, "a long line");
    return splitter.Feed(AsText(piece));
  });
  if (split.ok()) split = splitter.Finish();
  if (!split.ok() && split.code() != Code::interrupted && split.code() != Code::too_large) return split;
  form.lines = lines.AreLines();
  return form;
}

Result<JsonPassResult> PassJson(const TableBytes& bytes, const JsonForm& form, const std::vector<std::string>& members_to_cut, const JsonTake& take) {
  ReadPieces pieces(form.lines, take);
  if (form.lines) {
    LineSplitter splitter(pieces);
    PULIH_TRY(bytes.ForEachPiece(form.mark_size, [&](ByteView piece) { return splitter.Feed(AsText(piece)); }));
    PULIH_TRY(splitter.Finish());
  } else {
    JsonSplitter splitter(pieces, members_to_cut);
    PULIH_TRY(bytes.ForEachPiece(form.mark_size, [&](ByteView piece) { return splitter.Feed(AsText(piece)); }));
    PULIH_TRY(splitter.Finish());
  }
  return pieces.result;
}

Status TellJsonPass(const JsonPassResult& pass, TableVisit& visit) {
  if (pass.broken_lines > 0) {
    PULIH_TRY(visit.Tell(Code::corrupt, std::to_string(pass.broken_lines) + " lines are no JSON and are left out, the first is line " +
                                            std::to_string(pass.first_broken_line)));
  }
  if (pass.repeated_keys == 0) return OkStatus();
  return visit.Tell(Code::invalid, std::to_string(pass.repeated_keys) + " keys stand twice in their object; of each the last value is kept");
}

Status VisitJson(const TableBytes& bytes, const JsonForm& form, const TableFile& file, const std::string& name, const TableFileOptions& options,
                 TableVisit& visit) {
  JsonScan scan(file.primary_key, options, visit);
  const auto look = [&](const JsonPiece&, const Json& value) { return scan.Take(value); };
  PULIH_TRY_ASSIGN(const JsonPassResult pass, PassJson(bytes, form, {}, look));
  PULIH_TRY(TellJsonPass(pass, visit));
  PULIH_TRY(TellShape(scan, visit));
  PULIH_TRY_ASSIGN(TableDescriptor table, Describe(scan, file, name, visit));
  table.comment = form.lines ? "JSON Lines" : "JSON";
  PULIH_TRY(visit.BeginTable(table));
  JsonRow row(scan);
  PULIH_TRY_ASSIGN(const JsonPassResult again, PassJson(bytes, form, {}, [&](const JsonPiece& piece, const Json& value) {
    const RowImages* images = row.Of(value);
    if (images == nullptr) return Status(Code::io, "line " + std::to_string(piece.line) + ": it changed while it was read");
    return visit.Row(*images);
  }));
  static_cast<void>(again);
  PULIH_TRY(bytes.Unchanged());
  return visit.EndTable();
}

}  // namespace pulih

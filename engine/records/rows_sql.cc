// Rows as a script for psql: what RestoreRows does in a database, for one that cannot be reached from here.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/hex.h"
#include "engine/records/restore_rows.h"
#include "engine/source/pg_client.h"
#include "formats/postgres/value_text.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

// A server takes less than 1 GiB as one statement, and bytes are twice as long in it.
constexpr uint64_t kMaxValue = 256u << 20;
// Text is held, several times over while it is converted.
constexpr uint64_t kMaxText = 32u << 20;

// Dates are written year first, so how the server reads others does not matter; the rest is said here.
constexpr std::string_view kHead =
    "-- Rows from a pulih snapshot. Either all of them go in or none does: psql -v ON_ERROR_STOP=1 -f FILE\n"
    "BEGIN;\n"
    "SET LOCAL client_encoding = 'UTF8';\n"
    "SET LOCAL standard_conforming_strings = on;\n"
    "SET LOCAL IntervalStyle = postgres;\n"
    "SET LOCAL lc_monetary = 'C';\n"
    "SET LOCAL xmloption = content;\n"
    "SET CONSTRAINTS ALL DEFERRED;\n";

// A descriptor may come from anyone who could write to the repository, and the name of a type stands in the script as it
// is. So only what format_type writes passes: one name, perhaps with its schema; or words of the language's own types; at
// most one modifier; brackets of an array.
class TypeText {
 public:
  explicit TypeText(std::string_view text) : rest_(text) {}

  bool IsName() {
    // What ends a statement or a literal, or begins a command of psql, is refused within quotes as well.
    for (const char* ends : {";", "'", "\\", "\n", "\r", "--", "/*"}) {
      if (rest_.find(ends) != rest_.npos) return false;
    }
    size_t names = 0;
    bool are_own_words = true;
    do {
      const std::string_view from = rest_;
      if (!TakeName()) return false;
      are_own_words = are_own_words && IsOwnWord(from.substr(0, from.size() - rest_.size()));
      ++names;
      TakeModifier();
    } while (Take(" "));
    while (Take("[]")) continue;
    return rest_.empty() && (names == 1 || are_own_words);
  }

 private:
  static bool IsOwnWord(std::string_view word) {
    static constexpr std::string_view kWords[] = {
        "bit",    "character", "day",  "double",    "hour", "interval", "minute", "month", "precision",
        "second", "time",      "to",   "timestamp", "with", "without",  "year",   "zone",  "varying"};
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
  }
  static bool IsLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
  }
  static bool IsInWord(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '$'; }

  bool Take(std::string_view what) {
    if (rest_.substr(0, what.size()) != what) return false;
    rest_.remove_prefix(what.size());
    return true;
  }
  // name, "name", schema.name.
  bool TakeName() {
    do {
      if (!(Take("\"") ? TakeQuoted() : TakeWord())) return false;
    } while (Take("."));
    return true;
  }
  bool TakeWord() {
    if (rest_.empty() || !IsLetter(rest_.front())) return false;
    while (!rest_.empty() && IsInWord(rest_.front())) rest_.remove_prefix(1);
    return true;
  }
  // Behind the opening quote. A doubled one is a quote of the name.
  bool TakeQuoted() {
    do {
      const size_t end = rest_.find('"');
      if (end == rest_.npos) return false;
      rest_.remove_prefix(end + 1);
    } while (Take("\""));
    return true;
  }
  // (12,2), (Point,4326): words and numbers, nothing that nests. Another stays, and what stays is refused.
  void TakeModifier() {
    if (rest_.substr(0, 1) != "(") return;
    size_t end = 1;
    while (end < rest_.size() && (IsInWord(rest_[end]) || rest_[end] == ',' || rest_[end] == '-')) ++end;
    if (end < rest_.size() && rest_[end] == ')') rest_.remove_prefix(end + 1);
  }

  std::string_view rest_;
};

class SqlWriter {
 public:
  SqlWriter(const RelatedRows& rows, RestoreMode mode, const std::function<Status(std::string_view)>& out)
      : rows_(rows), mode_(mode), out_(out) {}

  Status Run() {
    PULIH_TRY(out_(kHead));
    for (size_t i = 0; i < rows_.tables.size(); ++i) {
      bool begun = false;
      for (const RelatedRow& row : rows_.rows) {
        if (row.table != i) continue;
        if (!begun) PULIH_TRY(BeginTable(rows_.tables[i]));
        begun = true;
        PULIH_TRY(WriteRow(rows_.tables[i], row.row));
      }
    }
    return out_("COMMIT;\n");
  }

 private:
  std::string Name(const std::string& name) const { return SqlName(ToUtf8(AsBytes(name), table_->encoding)); }

  Status BeginTable(const TableReader& reader) {
    table_ = &reader.descriptor();
    if (table_->origin != TableOrigin::postgres) {
      return Status(Code::invalid,
                    "writing SQL: " + TableRootName(*table_) + ": it came from a file, not from a database",
                    "`pulih records export` writes it as a file again");
    }
    target_ = Name(table_->schema) + "." + Name(table_->name);
    const std::string from = target_;
    if (mode_ == RestoreMode::side_table) target_ = Name(table_->schema) + "." + Name(SideTableName(table_->name));
    PULIH_TRY(CheckTypes());
    columns_.clear();
    std::string names;
    bool overrides = false;
    for (size_t i = 0; i < table_->columns.size(); ++i) {
      if (table_->columns[i].generated) continue;
      columns_.push_back(i);
      names += (names.empty() ? "" : ", ") + Name(table_->columns[i].name);
      overrides = overrides || table_->columns[i].identity != 0;
    }
    insert_ = "INSERT INTO " + target_ + " (" + names + ")" + (overrides ? " OVERRIDING SYSTEM VALUE" : "");
    std::string title = "\n-- " + ToUtf8(AsBytes(TableRootName(*table_)), table_->encoding);
    // A name may hold the end of a line, behind which it would be a statement.
    std::replace_if(
        title.begin() + 1, title.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    if (mode_ != RestoreMode::side_table) return out_(title + "\n");
    return out_(title + "\nCREATE TABLE IF NOT EXISTS " + target_ + " (LIKE " + from + ");\n");
  }

  Status CheckTypes() const {
    for (const ColumnDescriptor& column : table_->columns) {
      if (TypeText(ToUtf8(AsBytes(column.type_text), table_->encoding)).IsName()) continue;
      return Status(Code::corrupt, "writing SQL: " + TableRootName(*table_) + ": column " + QuoteName(column.name) +
                                       ": the name of its type is none: corrupt or tampered");
    }
    return OkStatus();
  }

  Status WriteRow(const TableReader& reader, const StoredRow& row) {
    const bool conflicts = !table_->key.empty() && mode_ != RestoreMode::side_table;
    PULIH_TRY(out_(insert_ + (conflicts ? " VALUES (" : " SELECT ")));
    for (const size_t column : columns_) {
      if (column != columns_.front()) PULIH_TRY(out_(", "));
      PULIH_TRY(WriteValue(reader, row, column));
    }
    if (conflicts) return out_(")" + OnConflict() + ";\n");
    // Without a key nothing conflicts: as many are added as are missing.
    PULIH_TRY(out_(" FROM generate_series(1, " + std::to_string(row.count) + " - (SELECT count(*) FROM " + target_ +
                   " t WHERE true"));
    for (const size_t column : columns_) {
      PULIH_TRY(out_(" AND (t." + Name(table_->columns[column].name) + ")::text IS NOT DISTINCT FROM ("));
      PULIH_TRY(WriteValue(reader, row, column));
      PULIH_TRY(out_(")::text"));
    }
    return out_("));\n");
  }

  std::string OnConflict() const {
    std::string key, set;
    for (const uint32_t column : table_->key) key += (key.empty() ? "" : ", ") + Name(table_->columns[column].name);
    for (const size_t column : columns_) {
      const bool is_key = std::find(table_->key.begin(), table_->key.end(), column) != table_->key.end();
      if (is_key || table_->columns[column].identity == 'a') continue;
      set += (set.empty() ? "" : ", ") + Name(table_->columns[column].name) + " = EXCLUDED." +
             Name(table_->columns[column].name);
    }
    if (mode_ == RestoreMode::overwrite && !set.empty()) return " ON CONFLICT (" + key + ") DO UPDATE SET " + set;
    return " ON CONFLICT (" + key + ") DO NOTHING";
  }

  // A literal with its type.
  Status WriteValue(const TableReader& reader, const StoredRow& row, size_t column) {
    const ColumnDescriptor& what = table_->columns[column];
    const std::string type = "::" + ToUtf8(AsBytes(what.type_text), table_->encoding);
    const auto refuse = [&](Code code, const std::string& why) {
      return Status(code,
                    "writing SQL: " + TableRootName(*table_) + " " + reader.KeyText(row) + ": column " +
                        QuoteName(what.name) + ": " + why,
                    "--postgres brings it back without going through text");
    };
    if (std::holds_alternative<std::monostate>(row.columns[column])) return out_("NULL" + type);
    const MovedColumn* moved = std::get_if<MovedColumn>(&row.columns[column]);
    const bool is_bytes = table_->types[what.type].oid == pg_oid::kBytea;
    if (moved != nullptr && moved->length > (is_bytes ? kMaxValue : kMaxText)) {
      return refuse(Code::too_large,
                    "a value of " + std::to_string(moved->length) + " bytes is too long for a statement");
    }
    if (is_bytes) {
      // Documents are long, and in pieces they need no memory.
      PULIH_TRY(out_("'\\x"));
      PULIH_TRY(reader.ImageInPieces(row, column, [&](ByteView piece) { return out_(ToHex(piece)); }));
      return out_("'" + type);
    }
    PULIH_TRY_ASSIGN(const std::optional<Bytes> image, reader.Image(row, column));
    std::string text;
    bool is_exact = true;
    PULIH_TRY(AppendValueText(table_->types, what.type, *image, text, &is_exact));
    if (!is_exact)
      return refuse(Code::unsupported, "this program cannot write values of type " + what.type_text + " as text");
    // Where bytes are no text in their encoding, U+FFFD would stand for them: not what was there.
    const bool converts = table_->encoding != "UTF8" && CanConvert(table_->encoding);
    if (!converts && !IsUtf8(text)) return refuse(Code::unsupported, "its bytes are no UTF-8");
    return out_(SqlLiteral(converts ? ToUtf8(AsBytes(text), table_->encoding) : text) + type);
  }

  const RelatedRows& rows_;
  const RestoreMode mode_;
  const std::function<Status(std::string_view)>& out_;
  const TableDescriptor* table_ = nullptr;
  std::string target_, insert_;
  std::vector<size_t> columns_;  // that are written
};

}  // namespace

Status WriteRowsSql(const RelatedRows& rows, RestoreMode mode, const std::function<Status(std::string_view)>& out) {
  return SqlWriter(rows, mode, out).Run();
}

}  // namespace pulih

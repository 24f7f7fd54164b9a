#include "engine/records/row_key_text.h"

#include <algorithm>
#include <optional>

#include "engine/base/hex.h"
#include "engine/base/ids.h"
#include "formats/postgres/key_image.h"
#include "formats/postgres/value_text.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

std::string KeyColumns(const TableDescriptor& table) {
  std::string names;
  for (const uint32_t column : table.key) names += (names.empty() ? "" : ", ") + QuoteName(table.columns[column].name);
  return names;
}

Status Invalid(const TableDescriptor& table, std::string_view words, const std::string& why) {
  return Status(Code::invalid, "key of " + TableRootName(table) + ": " + std::string(words) + ": " + why,
                table.key.empty() ? "rows of this table have no key: `pulih records find` shows their #…" : "its key is " + KeyColumns(table));
}

struct Part {
  std::string column;  // empty: by position
  std::string value;
};

// One field of CSV, in double quotes or not; `at` moves to the comma or the end. False: a quote is not closed.
bool TakeField(std::string_view words, size_t& at, std::string& field) {
  if (at >= words.size() || words[at] != '"') {
    const size_t end = std::min(words.find(',', at), words.size());
    field += words.substr(at, end - at);
    at = end;
    return true;
  }
  for (++at; at < words.size(); ++at) {
    if (words[at] != '"') {
      field += words[at];
    } else if (at + 1 < words.size() && words[at + 1] == '"') {
      field += words[at++];
    } else {
      ++at;
      return at == words.size() || words[at] == ',';
    }
  }
  return false;
}

std::optional<uint32_t> KeyColumn(const TableDescriptor& table, std::string_view name) {
  for (const uint32_t column : table.key) {
    if (table.columns[column].name == name) return column;
  }
  return std::nullopt;
}

// A value may hold '=' itself: what stands before it is a column only where the key has one of this name.
std::string TakeColumn(const TableDescriptor& table, std::string_view words, size_t& at) {
  const size_t equals = words.find('=', at);
  if (equals == std::string_view::npos) return {};
  const std::string_view name = words.substr(at, equals - at);
  if (!KeyColumn(table, name)) return {};
  at = equals + 1;
  return std::string(name);
}

Result<std::vector<Part>> Split(const TableDescriptor& table, std::string_view words) {
  std::vector<Part> parts;
  for (size_t at = 0;; ++at) {
    Part part;
    part.column = TakeColumn(table, words, at);
    if (!TakeField(words, at, part.value)) return Invalid(table, words, "a double quote is not closed, or something stands behind it");
    parts.push_back(std::move(part));
    if (at >= words.size()) return parts;
  }
}

Result<Bytes> HashKey(const TableDescriptor& table, std::string_view words) {
  const auto digest = words.starts_with('#') ? Digest::FromHexText(words.substr(1)) : std::nullopt;
  if (!digest) return Invalid(table, words, "it is not # and 64 hexadecimal digits");
  return ToBytes(digest->view());
}

}  // namespace

Result<Bytes> KeyOfWords(const TableDescriptor& table, std::string_view words) {
  if (table.key.empty()) return HashKey(table, words);
  PULIH_TRY_ASSIGN(const std::vector<Part> parts, Split(table, words));
  if (parts.size() != table.key.size()) {
    std::string columns;
    for (const uint32_t column : table.key) columns += (columns.empty() ? "" : ", ") + QuoteName(table.columns[column].name);
    const auto count = [](size_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); };
    return Invalid(table, words, "it has " + count(parts.size(), "value") + ", the key " + count(table.key.size(), "column") + ": " + columns);
  }
  const bool named = !parts.front().column.empty();
  Bytes key;
  for (size_t i = 0; i < table.key.size(); ++i) {
    const ColumnDescriptor& column = table.columns[table.key[i]];
    const Part* part = &parts[i];
    if (named) {
      const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return p.column == column.name; });
      if (found == parts.end()) return Invalid(table, words, "it gives no " + QuoteName(column.name));
      part = &*found;
    } else if (!part->column.empty()) {
      return Invalid(table, words, "either all values are named, or none");
    }
    const auto value = FromUtf8(part->value, table.encoding);
    if (!value) return Invalid(table, words, QuoteName(column.name) + ": the database's encoding " + table.encoding + " has no such characters");
    auto image = ValueImage(table.types, column.type, *value);
    // Of a type that is not understood, a key is shown as its image: so it is taken, too.
    if (image.status().code() == Code::unsupported && value->starts_with("\\x")) {
      if (const auto bytes = FromHex(std::string_view(*value).substr(2))) image = *bytes;
    }
    if (!image.ok()) return Invalid(table, words, QuoteName(column.name) + ": " + image.status().message());
    PULIH_TRY(AppendKeyImage(table.types, column.type, *image, key));
  }
  return key;
}

std::string JoinKeyWords(const std::vector<std::string>& values) {
  std::string words;
  for (const std::string& value : values) {
    if (!words.empty() || &value != &values.front()) words += ',';
    if (!value.empty() && value.find_first_of(",\"=\n\r") == std::string::npos && value.front() != '#') {
      words += value;
      continue;
    }
    words += '"';
    for (const char c : value) words += c == '"' ? std::string("\"\"") : std::string(1, c);
    words += '"';
  }
  return words;
}

}  // namespace pulih

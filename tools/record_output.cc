#include "tools/record_output.h"

#include <algorithm>

#include "formats/postgres/value_text.h"
#include "formats/text/csv.h"
#include "formats/text/json.h"
#include "tools/escape.h"

namespace pulih {
Status WriteJsonValue(JsonWriter& json, const TableReader& table, const StoredRow& row, size_t column) {
  PULIH_TRY_ASSIGN(const std::optional<std::string> text, ColumnText(table, row, column));
  if (!text) {
    json.Null();
    return OkStatus();
  }
  const TableDescriptor& descriptor = table.descriptor();
  switch (ClassOf(descriptor.types, descriptor.columns[column].type)) {
    case ValueClass::boolean: json.Bool(*text == "t"); break;
    case ValueClass::json: json.Verbatim(*text); break;
    case ValueClass::number:
      if (IsJsonNumber(*text)) {
        json.Verbatim(*text);
        break;
      }
      [[fallthrough]];
    default: json.Text(*text);
  }
  return OkStatus();
}

Status WriteJsonRow(JsonWriter& json, const TableReader& table, const StoredRow& row) {
  json.BeginObject();
  for (size_t i = 0; i < table.descriptor().columns.size(); ++i) {
    json.Key(ToUtf8(table.descriptor().columns[i].name));
    PULIH_TRY(WriteJsonValue(json, table, row, i));
  }
  json.EndObject();
  return OkStatus();
}

Result<std::string> CellText(const TableReader& table, const StoredRow& row, size_t column, size_t columns) {
  PULIH_TRY_ASSIGN(const std::optional<std::string> text, ColumnText(table, row, column));
  if (!text) return std::string();
  // Four bytes a character at most: what a cell cannot show need not be escaped first.
  const bool is_cut = columns > 0 && text->size() > 4 * columns;
  std::string cell = EscapeName(is_cut ? std::string_view(*text).substr(0, 4 * columns) : std::string_view(*text));
  if (columns == 0 || (!is_cut && DisplayWidth(cell) <= columns)) return cell;
  // Cut behind a whole character.
  size_t width = 0, at = 0;
  while (at < cell.size() && width + 1 < columns) {
    at += std::max<size_t>(DecodeUtf8(std::string_view(cell).substr(at)).length, 1);
    ++width;
  }
  return cell.substr(0, at) + "…";
}

Result<std::string> CsvLine(const TableReader& table, const StoredRow& row, const std::vector<size_t>& columns) {
  std::vector<std::optional<std::string>> texts;
  for (const size_t column : columns) {
    PULIH_TRY_ASSIGN(std::optional<std::string> text, ColumnText(table, row, column));
    texts.push_back(std::move(text));
  }
  CsvFields fields;
  for (const auto& text : texts) fields.push_back(text ? std::optional<std::string_view>(*text) : std::nullopt);
  std::string line;
  CsvWriter().AppendRow(fields, line);
  return line;
}

std::string CsvHeader(const TableReader& table, const std::vector<size_t>& columns) {
  CsvFields fields;
  for (const size_t column : columns) fields.push_back(table.descriptor().columns[column].name);
  std::string line;
  CsvWriter().AppendRow(fields, line);
  return line;
}

Result<std::vector<size_t>> ChosenColumns(const TableDescriptor& table, const std::string& names) {
  std::vector<size_t> chosen;
  if (names.empty()) {
    for (size_t i = 0; i < table.columns.size(); ++i) chosen.push_back(i);
    return chosen;
  }
  size_t at = 0;
  while (at <= names.size()) {
    std::string name;
    if (at < names.size() && names[at] == '"') {
      const size_t end = names.find('"', at + 1);
      if (end == std::string::npos) return UsageError("--columns: a double quote is not closed");
      name = names.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      const size_t end = std::min(names.find(',', at), names.size());
      name = names.substr(at, end - at);
      at = end;
    }
    const auto found = std::find_if(table.columns.begin(), table.columns.end(), [&](const ColumnDescriptor& c) { return c.name == name; });
    if (found == table.columns.end()) return UsageError("--columns: " + TableRootName(table) + " has no column " + EscapeName(name));
    chosen.push_back(static_cast<size_t>(found - table.columns.begin()));
    if (at < names.size() && names[at] != ',') return UsageError("--columns: a comma is missing behind " + EscapeName(name));
    ++at;
  }
  return chosen;
}

std::string SpokenTable(const TableDescriptor& table) { return EscapeText(TableRootName(table)); }

}  // namespace pulih

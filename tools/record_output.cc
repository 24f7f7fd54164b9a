#include "tools/record_output.h"

#include <algorithm>

#include "engine/base/similar_word.h"
#include "engine/records/long_text.h"
#include "formats/postgres/value_text.h"
#include "formats/text/csv.h"
#include "formats/text/json.h"
#include "tools/escape.h"

namespace pulih {
namespace {

// A long value goes out as it is read.
Status WriteLongJsonValue(JsonWriter& json, const TableReader& table, const StoredRow& row, size_t column) {
  const TableDescriptor& descriptor = table.descriptor();
  const bool is_json = ClassOf(descriptor.types, descriptor.columns[column].type) == ValueClass::json;
  PULIH_TRY(CheckReadable(table, row, {column}));  // half of it would look whole
  json.BeginPieces(!is_json);
  PULIH_TRY(ColumnTextInPieces(table, row, column, [&](std::string_view piece) {
    json.Piece(piece);
    return OkStatus();
  }));
  json.EndPieces();
  return OkStatus();
}

}  // namespace

Status WriteJsonValue(JsonWriter& json, const TableReader& table, const StoredRow& row, size_t column) {
  if (ComesInPieces(table.descriptor(), row, column)) return WriteLongJsonValue(json, table, row, column);
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

size_t ValueColumns(const Context& context, size_t used) {
  constexpr size_t kFewest = 20, kLongestValue = 4096;
  if (context.global.verbose) return 0;
  const size_t terminal = context.out.terminal_columns();
  return terminal == 0 ? kLongestValue : std::max(terminal - std::min(used, terminal), kFewest);
}

Result<std::string> CellText(const TableReader& table, const StoredRow& row, size_t column, size_t columns) {
  // What is not shown is not read.
  PULIH_TRY_ASSIGN(const std::optional<std::string> text,
                   columns > 0 ? ColumnTextStart(table, row, column, 4 * columns + 1) : ColumnText(table, row, column));
  if (!text) return std::string();
  // Four bytes a character at most: what a cell cannot show need not be escaped first.
  const bool is_cut = columns > 0 && text->size() > 4 * columns;
  std::string cell = EscapeName(is_cut ? std::string_view(*text).substr(0, 4 * columns) : std::string_view(*text));
  return columns == 0 ? cell : CutBack(is_cut ? cell + "…" : cell, columns);
}

Status WriteCsvLine(Output& out, const TableReader& table, const StoredRow& row, const std::vector<size_t>& columns) {
  if (IsLongRow(row)) PULIH_TRY(CheckReadable(table, row, columns));
  std::string text;
  for (const size_t column : columns) {
    if (column != columns.front()) text += ',';
    if (ComesInPieces(table.descriptor(), row, column)) {
      text += '"';
      PULIH_TRY(ColumnTextInPieces(table, row, column, [&](std::string_view piece) {
        CsvWriter().AppendQuoted(piece, text);
        out.Write(text);
        text.clear();
        return OkStatus();
      }));
      text += '"';
      continue;
    }
    PULIH_TRY_ASSIGN(const std::optional<std::string> value, ColumnText(table, row, column));
    if (value) CsvWriter().AppendField(*value, text);
  }
  out.Line(text);
  return OkStatus();
}

std::string CsvHeader(const TableReader& table, const std::vector<size_t>& columns) {
  CsvFields fields;
  for (const size_t column : columns) fields.push_back(table.descriptor().columns[column].name);
  std::string line;
  CsvWriter().AppendRow(fields, line);
  return line;
}

namespace {

std::string HintOfColumns(const TableDescriptor& table, const std::string& name) {
  std::vector<std::string> names;
  for (const ColumnDescriptor& column : table.columns) names.push_back(column.name);
  const std::string similar = SimilarWord(name, names);
  return similar.empty() ? "`pulih records tables SNAP --json` lists the columns of each table" : "did you mean " + QuoteName(similar) + "?";
}

}  // namespace

Result<std::vector<size_t>> ChosenColumns(const TableDescriptor& table, const std::string& names) {
  std::vector<size_t> chosen;
  if (names.empty()) {
    for (size_t i = 0; i < table.columns.size(); ++i) chosen.push_back(i);
    return chosen;
  }
  const auto skip_blanks = [&](size_t& at) {
    while (at < names.size() && names[at] == ' ') ++at;
  };
  size_t at = 0;
  while (at <= names.size()) {
    std::string name;
    skip_blanks(at);
    if (at < names.size() && names[at] == '"') {
      const size_t end = names.find('"', at + 1);
      if (end == std::string::npos) return UsageError("--columns: a double quote is not closed");
      name = names.substr(at + 1, end - at - 1);
      at = end + 1;
    } else {
      const size_t end = std::min(names.find(',', at), names.size());
      name = names.substr(at, end - at);
      while (name.ends_with(' ')) name.pop_back();
      at = end;
    }
    skip_blanks(at);
    const auto found = ColumnNamed(table, name);
    if (!found) return UsageError("--columns: " + TableRootName(table) + " has no column " + QuoteName(name), HintOfColumns(table, name));
    chosen.push_back(*found);
    if (at < names.size() && names[at] != ',') return UsageError("--columns: a comma is missing behind " + EscapeName(name));
    ++at;
  }
  return chosen;
}

std::string SpokenTable(const TableDescriptor& table) { return EscapeText(TableRootName(table)); }

}  // namespace pulih

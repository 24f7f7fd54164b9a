#include "engine/recover/export_format.h"

#include <algorithm>
#include <set>

#include "engine/source/pg_client.h"
#include "formats/postgres/value_text.h"
#include "formats/text/csv.h"
#include "formats/text/encoding.h"
#include "formats/text/json.h"

namespace pulih {
namespace {

class CsvFormat final : public RowFormat {
 public:
  std::string_view ending() const override { return ".csv"; }
  void Begin(const std::vector<std::string>& columns, std::string& out) override {
    cells_.assign(columns.begin(), columns.end());
    CsvWriter().AppendRow(cells_, out);
  }
  void Row(const std::vector<std::string>& columns, const RebuiltRow& row, std::string& out) override {
    cells_.assign(columns.size(), std::nullopt);
    for (size_t i = 0; i < std::min(columns.size(), row.fields.size()); ++i) cells_[i] = row.fields[i].text();
    CsvWriter().AppendRow(cells_, out);
  }

 private:
  CsvFields cells_;
};

class JsonFormat final : public RowFormat {
 public:
  JsonFormat(const Schema& schema, const RebuiltTable& table) {
    for (const SchemaColumn* column : table.columns)
      classes_.push_back(column->type < schema.types.size() ? ClassOf(schema.types, column->type) : ValueClass::other);
  }
  std::string_view ending() const override { return ".jsonl"; }
  void Begin(const std::vector<std::string>&, std::string&) override {}
  void Row(const std::vector<std::string>& columns, const RebuiltRow& row, std::string& out) override {
    out += '{';
    bool first = true;
    for (size_t i = 0; i < std::min(columns.size(), row.fields.size()); ++i) {
      if (!row.fields[i].is_known()) continue;
      if (!first) out += ',';
      first = false;
      WriteJsonString(MendUtf8(columns[i]), out);
      out += ':';
      const auto text = row.fields[i].text();
      if (text) Value(*text, i < classes_.size() ? classes_[i] : ValueClass::other, out);
      else out += "null";
    }
    out += "}\n";
  }

 private:
  static void Value(std::string_view text, ValueClass of, std::string& out) {
    if (of == ValueClass::boolean && (text == "t" || text == "f")) {
      out += text == "t" ? "true" : "false";
    } else if (of == ValueClass::number && IsJsonNumber(text)) {
      out += text;
    } else if (const auto json = of == ValueClass::json ? ReadJson(text) : Result<Json>(Json());
               of == ValueClass::json && json.ok()) {
      WriteJson(*json, out);
    } else {
      WriteJsonString(MendUtf8(text), out);
    }
  }

  std::vector<ValueClass> classes_;
};

class SqlFormat final : public RowFormat {
 public:
  explicit SqlFormat(const RebuiltTable& table)
      : table_(table.known != nullptr ? SqlName(table.known->schema) + "." + SqlName(table.known->name)
                                      : SqlName(table.name)),
        is_known_(table.known != nullptr) {}
  std::string_view ending() const override { return ".sql"; }
  void Begin(const std::vector<std::string>& columns, std::string& out) override {
    out += "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n";
    if (!is_known_) return;
    for (const std::string& column : columns) into_ += (into_.empty() ? " (" : ", ") + SqlName(column);
    into_ += ") OVERRIDING SYSTEM VALUE";
  }
  void Row(const std::vector<std::string>& columns, const RebuiltRow& row, std::string& out) override {
    out += "INSERT INTO " + table_ + into_ + " VALUES (";
    std::string lost;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i != 0) out += ", ";
      const bool known = i < row.fields.size() && row.fields[i].is_known();
      if (!known) lost += (lost.empty() ? "" : ", ") + OneLine(columns[i]);
      const auto text = known ? row.fields[i].text() : std::nullopt;
      out += text ? SqlLiteral(*text) : "NULL";
    }
    out += lost.empty() ? ");\n" : ");  -- lost: " + lost + "\n";
  }

 private:
  // A comment ends with its line, whatever a column is called.
  static std::string OneLine(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return name;
  }

  const std::string table_;
  const bool is_known_;
  std::string into_;
};

}  // namespace

std::unique_ptr<RowFormat> RowFormat::Make(RecoveredFormat format, const Schema& schema, const RebuiltTable& table) {
  switch (format) {
    case RecoveredFormat::jsonl: return std::make_unique<JsonFormat>(schema, table);
    case RecoveredFormat::sql: return std::make_unique<SqlFormat>(table);
    case RecoveredFormat::csv: break;
  }
  return std::make_unique<CsvFormat>();
}

std::vector<std::string> ParentsFirst(const std::vector<RebuiltTable>& tables) {
  std::set<std::string> waiting;
  for (const RebuiltTable& table : tables) waiting.insert(table.name);
  const auto is_ready = [&](const RebuiltTable& table) {
    if (table.known == nullptr) return true;
    return std::none_of(table.known->references.begin(), table.known->references.end(),
                        [&](const SchemaReference& reference) {
                          const std::string parent = reference.schema + "." + reference.table;
                          return parent != table.name && waiting.contains(parent);
                        });
  };
  std::vector<std::string> order;
  while (!waiting.empty()) {
    auto next = std::find_if(tables.begin(), tables.end(), [&](const RebuiltTable& table) {
      return waiting.contains(table.name) && is_ready(table);
    });
    if (next == tables.end())
      next = std::find_if(tables.begin(), tables.end(),
                          [&](const RebuiltTable& table) { return waiting.contains(table.name); });
    order.push_back(next->name);
    waiting.erase(next->name);
  }
  return order;
}

std::string QuotedForPsql(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

}  // namespace pulih

#include "engine/recover/row_fit.h"

#include <algorithm>

#include "engine/base/checksum.h"

namespace pulih {

TableForm::TableForm(const Schema& schema, size_t table, const std::vector<std::string>& columns)
    : schema_(&schema), table_(table) {
  const SchemaTable& of = schema.tables[table];
  std::vector<std::optional<size_t>> shown(of.columns.size());
  for (size_t i = 0; i < of.columns.size(); ++i) {
    if (!of.columns[i].dropped) shown[i] = shown_++;
  }
  const auto list = [&](size_t i) {
    columns_.push_back(&of.columns[i]);
    places_.push_back(shown[i]);
  };
  for (size_t i = 0; columns.empty() && i < of.columns.size(); ++i) {
    if (shown[i]) list(i);
  }
  for (const std::string& name : columns) {
    const auto known = std::find_if(of.columns.begin(), of.columns.end(),
                                    [&](const SchemaColumn& c) { return !c.dropped && c.name == name; });
    if (known != of.columns.end()) {
      list(static_cast<size_t>(known - of.columns.begin()));
    } else {
      columns_.push_back(nullptr);
      places_.push_back(std::nullopt);
    }
  }
  const SchemaKey* key = of.primary_key();
  if (key == nullptr && !of.keys.empty()) key = &of.keys.front();
  if (key != nullptr) key_ = FieldsOf(key->columns);
  for (const SchemaColumn* column : columns_) grammars_.push_back(column == nullptr ? ColumnGrammar() : GrammarOfColumn(schema, *column));
  size_t sum = columns_.size(), most = 0;
  for (const SchemaColumn* column : columns_) {
    const size_t least = column == nullptr ? 0 : LeastTextSize(schema, *column);
    sum += least;
    most = std::max(most, least);
  }
  least_hidden_ = sum - most;
}

std::vector<size_t> TableForm::FieldsOf(const std::vector<uint32_t>& columns) const {
  std::vector<size_t> fields;
  for (const uint32_t column : columns) {
    if (column >= table().columns.size()) return {};
    const auto at = std::find(columns_.begin(), columns_.end(), &table().columns[column]);
    if (at == columns_.end()) return {};
    fields.push_back(static_cast<size_t>(at - columns_.begin()));
  }
  return fields;
}

bool TableForm::FieldFits(size_t i, const std::optional<std::string>& value) const {
  const SchemaColumn* column = columns_[i];
  if (column == nullptr) return true;
  return value ? IsTextOf(grammars_[i], *value) : !column->not_null;
}

bool TableForm::Fits(const RowTexts& row) const {
  if (row.size() != columns_.size()) return false;
  for (size_t i = 0; i < row.size(); ++i) {
    if (!FieldFits(i, row[i])) return false;
  }
  return true;
}

bool IsUtf8Encoding(std::string_view encoding) {
  for (const std::string_view name : {"UTF8", "UTF-8", "UNICODE", "utf8", "utf-8", "unicode"}) {
    if (encoding == name) return true;
  }
  return false;
}

std::optional<uint64_t> KeyHash(const RowTexts& row, const std::vector<size_t>& fields) {
  std::string key;
  for (const size_t field : fields) {
    if (field >= row.size() || !row[field]) return std::nullopt;
    key += *row[field];
    key += '\0';
  }
  return Checksum64(AsBytes(key));
}

bool ReadCopyRow(std::string_view line, std::vector<CopyField>& fields, RowTexts& row) {
  if (!SplitCopyLine(line, fields)) return false;
  row.resize(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string_view written = line.substr(fields[i].begin, fields[i].end - fields[i].begin);
    if (IsCopyNull(written)) {
      row[i].reset();
      continue;
    }
    if (row[i]) row[i]->clear();
    else row[i].emplace();
    if (!DecodeCopyField(written, *row[i])) return false;
  }
  return true;
}

}  // namespace pulih

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

bool TableForm::FieldFits(size_t i, std::optional<std::string_view> value) const {
  const SchemaColumn* column = columns_[i];
  if (column == nullptr) return true;
  return value ? IsTextOf(grammars_[i], *value) : !column->not_null;
}

bool TableForm::Fits(const RowViews& row) const {
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

std::optional<uint64_t> KeyHash(const RowViews& row, const std::vector<size_t>& fields) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15;  // odd: values in another order are another key
  uint64_t hash = 0;
  for (const size_t field : fields) {
    if (field >= row.size() || !row[field]) return std::nullopt;
    hash = hash * kStep + Checksum64(AsBytes(*row[field]));
  }
  return hash;
}

bool CopyRow::Read(std::string_view line) {
  if (!SplitCopyLine(line, fields_)) return false;
  values_.resize(fields_.size());
  unescaped_.clear();
  for (size_t i = 0; i < fields_.size(); ++i) {
    const std::string_view written = line.substr(fields_[i].begin, fields_[i].end - fields_[i].begin);
    if (IsCopyNull(written)) {
      values_[i].reset();
    } else if (written.find('\\') == std::string_view::npos) {
      values_[i] = written;
    } else {
      // No value is longer than it is written, so the buffer stays where it is.
      unescaped_.reserve(line.size());
      const size_t begin = unescaped_.size();
      if (!DecodeCopyField(written, unescaped_)) return false;
      values_[i] = std::string_view(unescaped_).substr(begin);
    }
  }
  return true;
}

}  // namespace pulih

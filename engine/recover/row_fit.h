// Does a text row fit a table: number of fields, each value's grammar to the number of decimals, NOT NULL, words of an
// enumeration, sound UTF-8. And what a row's key is. A fit is agreement, never proof.
//
// A TableForm borrows the schema. Thread-safe once made. Grammar: formats/postgres/text_form.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/postgres/copy_text.h"
#include "formats/postgres/schema.h"
#include "formats/postgres/text_form.h"

namespace pulih {

using RowTexts = std::vector<std::optional<std::string>>;       // nullopt: NULL
using RowViews = std::vector<std::optional<std::string_view>>;  // the same, borrowed

// A table as a dump lists its columns.
class TableForm {
 public:
  // `columns` empty: all of the table's, in its order.
  TableForm(const Schema& schema, size_t table, const std::vector<std::string>& columns);

  const Schema& schema() const { return *schema_; }
  size_t table_index() const { return table_; }
  const SchemaTable& table() const { return schema_->tables[table_]; }
  size_t listed() const { return columns_.size(); }   // fields of a row of the dump
  size_t shown() const { return shown_; }             // fields of a claim: columns that are not dropped
  // Of field `i` of the dump; null when the schema does not have that column.
  const SchemaColumn* column(size_t i) const { return columns_[i]; }
  // Its place among the fields of a claim.
  std::optional<size_t> place(size_t i) const { return places_[i]; }

  bool Fits(const RowViews& row) const;
  bool FieldFits(size_t i, std::optional<std::string_view> value) const;
  // Bytes below which unknown ones in a line of the right number of tabs cannot hide the end of one row and the
  // beginning of the next.
  size_t least_hidden() const { return least_hidden_; }

  // Of the primary key (or the first unique one without one): where its columns stand in the dump. Empty: no key, or the
  // dump lacks a column of it.
  const std::vector<size_t>& key() const { return key_; }
  std::vector<size_t> FieldsOf(const std::vector<uint32_t>& columns) const;

 private:
  const Schema* schema_;
  size_t table_;
  std::vector<const SchemaColumn*> columns_;
  std::vector<ColumnGrammar> grammars_;  // of each of columns_
  std::vector<std::optional<size_t>> places_;
  std::vector<size_t> key_;
  size_t shown_ = 0, least_hidden_ = 0;
};

// "UTF8", and its older name.
bool IsUtf8Encoding(std::string_view encoding);

// A number for the values at `fields`; nullopt when one of them is NULL.
std::optional<uint64_t> KeyHash(const RowViews& row, const std::vector<size_t>& fields);

// The values of a whole line of COPY text without unknown bytes. Those without escapes are not copied: they stand in the
// line. Keeps its memory from line to line.
class CopyRow {
 public:
  // False when the line is none.
  bool Read(std::string_view line);

  const RowViews& values() const { return values_; }
  // As the line has it: no escapes.
  bool is_as_written(size_t i) const { return values_[i] && values_[i]->size() == fields_[i].end - fields_[i].begin; }

 private:
  std::vector<CopyField> fields_;
  RowViews values_;
  std::string unescaped_;
};

}  // namespace pulih

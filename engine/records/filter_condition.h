// One condition of a filter, bound to a column of a table: what its words mean as values of the column's type, and
// whether a row fulfils it. Filter (filter.h) joins conditions by and, or and not.
//
// Immutable, may be shared by threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/records/filter_tree.h"
#include "engine/records/regex.h"
#include "engine/records/table_reader.h"

namespace pulih {

enum class Truth : uint8_t { no, unknown, yes };

class FilterCondition {
 public:
  // `text` is the filter's, for messages.
  static Result<FilterCondition> Bind(const FilterTree& tree, std::string_view text, const TableDescriptor& table);
  Result<Truth> Test(const TableReader& table, const StoredRow& row) const;

  // The value that the column must have: an equality whose column's keys are equal exactly where it holds.
  const std::string* pinned() const { return pins_ ? &words_.front() : nullptr; }
  size_t column() const { return column_; }

 private:
  // How values are compared.
  enum class Way : uint8_t {
    image,     // by the type's own order
    text,      // the image is text in the database's encoding
    rendered,  // as text, and only for being equal
  };
  Status BindValues(const FilterTree& tree, std::string_view text, const TableDescriptor& table);
  Result<int> CompareWith(size_t value, const TableDescriptor& table, ByteView held) const;
  Result<bool> Holds(const TableDescriptor& table, ByteView held) const;
  Result<ByteView> Fetch(const TableReader& table, const StoredRow& row, Bytes& storage) const;

  FilterTree::Kind kind_ = FilterTree::Kind::comparison;
  CompareOp op_ = CompareOp::equal;
  bool negated_ = false;
  size_t column_ = 0;
  Way way_ = Way::image;
  bool padded_ = false;     // character(n): blanks at the end do not count
  bool converted_ = false;  // text that is not UTF-8 yet
  bool pins_ = false;
  size_t limit_ = 0;  // how much of a value is looked at
  std::vector<std::string> words_;
  std::vector<Bytes> values_;  // images, or text in UTF-8
  std::optional<Regex> regex_;
};

}  // namespace pulih

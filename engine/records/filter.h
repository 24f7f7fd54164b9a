// The language of `records find --where`: small, without side effects, checked against the table before anything is
// read.
//
//   expression = term { or term };  term = factor { and factor };  factor = not factor | ( expression ) | condition
//   condition = column op value | column is [not] null | column [not] in ( value, … ) | column [not] between value and value
//   op = "=" "!=" "<>" "<" "<=" ">" ">=" "~" (regular expression) "~*" (without case) "!~" "!~*"
//   column: a name, in double quotes where it is not plain; value: a word, or text in single quotes ('' is one quote)
//
// A bare name finds its column whatever its case, where only one fits. A comparison is one of the column's type (numbers
// as numbers, times as times, text by bytes of UTF-8); types whose values this program cannot read from text (arrays,
// ranges, …) are compared as text, and only for being equal. With NULL a comparison is unknown, as in SQL (three-valued).
// Regular expressions are RE2's and look at the value as text (regex.h); of a value beyond kMaxSearchedValue, at its beginning.
//
// Parsing is pure. A Filter is immutable and may be shared by threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/records/table_reader.h"
#include "formats/repo/table.h"

namespace pulih {

inline constexpr size_t kMaxSearchedValue = 16u << 20;

class Filter {
 public:
  // `invalid`, with the place in the text, for what is not understood, a column that the table does not have, or a value
  // that is none of the column's type. too_large for more text than anyone types.
  static Result<Filter> Parse(std::string_view text, const TableDescriptor& table);
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  // True when the row fits. A failure is one of reading a column that was moved out, or of an image that is none.
  Result<bool> Matches(const TableReader& table, const StoredRow& row) const;
  // Where the filter pins every key column down to one value (an `and` of equalities): those values in key order, for
  // JoinKeyWords, so that the caller can look the row up instead of reading the table. It must still ask Matches.
  std::optional<std::vector<std::string>> KeyWords() const;

 private:
  struct Node;
  struct Bound;
  explicit Filter(std::unique_ptr<Bound> bound);
  std::unique_ptr<Bound> bound_;
};

}  // namespace pulih

// FilterTree is the text of a filter taken apart (filter.h has the grammar): what was said, before anyone asked whether
// the table has such columns. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pulih {

enum class CompareOp : uint8_t { equal, unequal, less, less_equal, greater, greater_equal };

struct FilterWord {
  std::string text;
  size_t place = 0;  // of its first byte in the filter's text
  bool quoted = false;
};

struct FilterTree {
  // `within` is `between`; `one_of` is `in`.
  enum class Kind : uint8_t { all, any, negation, comparison, null_test, one_of, within, pattern };
  Kind kind = Kind::all;
  std::vector<FilterTree> parts;    // of all, any (two at least) and negation (one)
  FilterWord column;                // of the others
  CompareOp op = CompareOp::equal;  // of a comparison
  bool negated = false;             // of null_test, one_of, within and pattern
  bool ignore_case = false;         // of a pattern
  std::vector<FilterWord> values;
};

inline constexpr size_t kMaxFilterText = 64u << 10;
inline constexpr size_t kMaxFilterDepth = 100;

// `invalid`, with the place in the text.
Result<FilterTree> ParseFilterTree(std::string_view text);

// "filter: at character 12: why". Places count characters of UTF-8 from 1.
Status FilterError(std::string_view text, size_t place, std::string_view why);

}  // namespace pulih

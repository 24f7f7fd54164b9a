// Takes the text cells of a query's row apart. What a catalog says is hostile too: a cell that is missing or no number
// reads as empty or 0, and a row that is too short as empty cells.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/source/pg_client.h"

namespace pulih {

class PgRow {
 public:
  explicit PgRow(const std::vector<PgText>& cells) : cells_(cells) {}

  bool IsNull(size_t i) const { return i >= cells_.size() || !cells_[i]; }
  std::string Text(size_t i) const { return IsNull(i) ? std::string() : *cells_[i]; }
  bool Flag(size_t i) const { return !IsNull(i) && *cells_[i] == "t"; }
  char Letter(size_t i) const { return IsNull(i) || cells_[i]->empty() ? '\0' : (*cells_[i])[0]; }
  uint32_t Oid(size_t i) const { return Number<uint32_t>(i); }
  int64_t Int64(size_t i) const { return Number<int64_t>(i); }
  // "{1,2}" (an array) or "1 2" (an int2vector).
  std::vector<int> Numbers(size_t i) const {
    std::vector<int> numbers;
    const std::string text = Text(i);
    for (const char* at = text.data(); at < text.data() + text.size();) {
      int value = 0;
      const auto read = std::from_chars(at, text.data() + text.size(), value);
      if (read.ec == std::errc()) numbers.push_back(value);
      at = read.ec == std::errc() ? read.ptr : at + 1;
    }
    return numbers;
  }

 private:
  template <typename T>
  T Number(size_t i) const {
    T value = 0;
    if (!IsNull(i)) std::from_chars(cells_[i]->data(), cells_[i]->data() + cells_[i]->size(), value);
    return value;
  }

  const std::vector<PgText>& cells_;
};

}  // namespace pulih

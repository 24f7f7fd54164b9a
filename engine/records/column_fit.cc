#include "engine/records/column_fit.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "formats/postgres/type.h"

namespace pulih {
namespace {

// "numeric(12,2)[]" taken apart: the words around the modifier, and its numbers.
struct TypeWords {
  std::string bare;
  std::vector<int> modifier;
};
TypeWords WordsOf(const std::string& text) {
  const size_t open = text.find('('), close = text.find(')', open);
  if (open == text.npos || close == text.npos) return {text, {}};
  TypeWords words{text.substr(0, open) + text.substr(close + 1), {}};
  for (size_t at = open + 1; at < close;) {
    const size_t end = std::min(text.find(',', at), close);
    int number = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + end, number);
    if (read.ec != std::errc() || read.ptr != text.data() + end) return {text, {}};
    words.modifier.push_back(number);
    at = end + 1;
  }
  return words;
}

}  // namespace

bool KeepsValues(uint32_t had, const std::string& had_text, uint32_t has, const std::string& has_text) {
  const auto is_text = [](uint32_t number) { return number == pg_oid::kText || number == pg_oid::kVarchar; };
  const TypeWords before = WordsOf(had_text), now = WordsOf(has_text);
  if (is_text(had) && is_text(has)) {
    const bool is_wider = !before.modifier.empty() && !now.modifier.empty() && before.modifier[0] <= now.modifier[0];
    return now.modifier.empty() || is_wider;
  }
  if (had != has || before.bare != now.bare) return false;
  if (now.modifier.empty() || before.modifier == now.modifier) return true;
  // numeric: as many digits before the point, and behind it.
  const auto digits = [](const TypeWords& words) { return words.modifier[0] - words.modifier[1]; };
  return had == pg_oid::kNumeric && before.modifier.size() == 2 && now.modifier.size() == 2 &&
         before.modifier[1] <= now.modifier[1] && digits(before) <= digits(now);
}

}  // namespace pulih

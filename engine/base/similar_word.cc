#include "engine/base/similar_word.h"

#include <algorithm>
#include <numeric>

namespace pulih {
namespace {

constexpr size_t kLongestWord = 64;  // the comparison takes the product of two lengths

std::string LowerCase(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Letters to take out, put in, change, or swap with their neighbour.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

}  // namespace

std::string SimilarWord(std::string_view typed, const std::vector<std::string>& words) {
  if (typed.size() > kLongestWord) return "";
  const std::string lower = LowerCase(typed);
  size_t least = typed.size() <= 3 ? 0 : typed.size() <= 6 ? 1 : 2;
  std::string similar;
  for (const std::string& word : words) {
    if (word.size() > kLongestWord) continue;
    const size_t distance = Distance(lower, LowerCase(word));
    if (distance > least || (distance == least && !similar.empty())) continue;
    least = distance;
    similar = word;
  }
  return similar;
}

}  // namespace pulih

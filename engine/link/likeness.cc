#include "engine/link/likeness.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <chrono>

namespace pulih::link {
namespace {

constexpr size_t kJaroBytes = 64;

double Jaro(std::string_view a, std::string_view b) {
  const size_t reach = std::max(a.size(), b.size()) / 2;
  const size_t window = reach > 0 ? reach - 1 : 0;
  std::bitset<kJaroBytes> in_a, in_b;
  size_t shared = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const size_t from = i > window ? i - window : 0, to = std::min(i + window + 1, b.size());
    for (size_t j = from; j < to; ++j) {
      if (in_b[j] || a[i] != b[j]) continue;
      in_a[i] = in_b[j] = true;
      ++shared;
      break;
    }
  }
  if (shared == 0) return 0;
  size_t swapped = 0;
  for (size_t i = 0, j = 0; i < a.size(); ++i) {
    if (!in_a[i]) continue;
    while (!in_b[j]) ++j;
    swapped += a[i] != b[j++] ? 1 : 0;
  }
  const double n = static_cast<double>(shared);
  return (n / static_cast<double>(a.size()) + n / static_cast<double>(b.size()) + (n - static_cast<double>(swapped / 2)) / n) / 3;
}

template <typename Number>
bool ReadNumber(std::string_view text, Number& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace

double JaroWinkler(std::string_view a, std::string_view b) {
  a = a.substr(0, kJaroBytes);
  b = b.substr(0, kJaroBytes);
  if (a == b) return 1;
  const double jaro = Jaro(a, b);
  size_t prefix = 0;
  while (prefix < 4 && prefix < std::min(a.size(), b.size()) && a[prefix] == b[prefix]) ++prefix;
  // Winkler lets the prefix speak only where the rest is like, too.
  return jaro < 0.7 ? jaro : jaro + static_cast<double>(prefix) * 0.1 * (1 - jaro);
}

size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit || b.size() > kJaroBytes) return a == b ? 0 : limit + 1;
  std::array<size_t, kJaroBytes + 1> before_last{}, last{}, now{};
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    size_t least = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before_last[j - 2] + 1);
      least = std::min(least, now[j]);
    }
    if (least > limit) return limit + 1;
    before_last = last;
    last = now;
  }
  return std::min(last[b.size()], limit + 1);
}

std::optional<Range> ReadRange(std::string_view text) {
  Range range;
  const size_t blank = text.find(' ');
  if (!ReadNumber(text.substr(0, blank), range.least) || range.least < 0) return std::nullopt;
  if (blank == text.npos) {
    if (range.least == INT64_MAX) return std::nullopt;
    range.beyond = range.least + 1;
    return range;
  }
  if (!ReadNumber(text.substr(blank + 1), range.beyond) || range.beyond <= range.least) return std::nullopt;
  return range;
}

std::optional<int32_t> ReadDay(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  const bool has_dashes = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  if (!has_dashes && text.size() != 8) return std::nullopt;
  const size_t month_at = has_dashes ? 5 : 4, day_at = has_dashes ? 8 : 6;
  if (!ReadNumber(text.substr(0, 4), year) || !ReadNumber(text.substr(month_at, 2), month) || !ReadNumber(text.substr(day_at, 2), day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

}  // namespace pulih::link

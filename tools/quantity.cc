#include "tools/quantity.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>

#include "engine/base/time_text.h"
#include "tools/command.h"

namespace pulih {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

Status Bad(std::string_view what, std::string_view text, std::string_view wanted) {
  return UsageError(std::string(what) + ": '" + std::string(text) + "': not " + std::string(wanted));
}

// Takes a plain decimal number off the front of `text`.
std::optional<double> TakeNumber(std::string_view& text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

// Takes exactly `digits` digits off the front.
std::optional<int> TakeDigits(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool TakeOneOf(std::string_view& text, std::string_view these) {
  if (text.empty() || these.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int64_t> AgeSeconds(std::string_view text) {
  const auto number = TakeNumber(text);
  if (!number || text.size() != 1) return std::nullopt;
  double unit = 0;
  switch (text[0]) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    case 'w': unit = 7 * 86400; break;
    default: return std::nullopt;
  }
  const double seconds = *number * unit;
  if (seconds > 200.0 * 366 * 86400) return std::nullopt;
  return static_cast<int64_t>(seconds);
}

std::optional<int64_t> DateSeconds(std::string_view text, int32_t zone_offset_minutes) {
  const auto year = TakeDigits(text, 4);
  const bool dash1 = TakeOneOf(text, "-");
  const auto month = TakeDigits(text, 2);
  const bool dash2 = TakeOneOf(text, "-");
  const auto day = TakeDigits(text, 2);
  if (!year || !month || !day || !dash1 || !dash2 || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
  int64_t seconds = DaysFromCivil(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day)) * 86400;
  if (TakeOneOf(text, "T ")) {
    const auto hour = TakeDigits(text, 2);
    const bool colon = TakeOneOf(text, ":");
    const auto minute = TakeDigits(text, 2);
    if (!hour || !colon || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    seconds += *hour * 3600 + *minute * 60;
    if (TakeOneOf(text, ":")) {
      const auto second = TakeDigits(text, 2);
      if (!second || *second > 60) return std::nullopt;
      seconds += *second;
    }
  }
  if (text == "Z") return seconds;
  if (!text.empty()) {
    const int sign = text[0] == '-' ? -1 : 1;
    const bool signed_zone = TakeOneOf(text, "+-");
    const auto hours = TakeDigits(text, 2);
    const bool colon = TakeOneOf(text, ":");
    const auto minutes = TakeDigits(text, 2);
    if (!signed_zone || !hours || !colon || !minutes || !text.empty() || *hours > 15 || *minutes > 59) return std::nullopt;
    zone_offset_minutes = sign * (*hours * 60 + *minutes);
  }
  return seconds - int64_t{zone_offset_minutes} * 60;
}

}  // namespace

Result<uint64_t> ParseSize(std::string_view what, std::string_view text) {
  std::string_view rest = text;
  const auto number = TakeNumber(rest);
  if (!number) return Bad(what, text, "a size such as 100K, 1.5M or 2G");
  static constexpr std::string_view kUnits = "KMGT";
  double size = *number;
  if (!rest.empty()) {
    const char upper = rest[0] >= 'a' && rest[0] <= 'z' ? static_cast<char>(rest[0] - 'a' + 'A') : rest[0];
    const size_t unit = kUnits.find(upper);
    const std::string_view tail = rest.substr(1);
    const bool is_bytes = upper == 'B' && tail.empty();
    if (!is_bytes && (unit == std::string_view::npos || (!tail.empty() && tail != "iB" && tail != "B"))) {
      return Bad(what, text, "a size such as 100K, 1.5M or 2G");
    }
    if (!is_bytes) size *= std::pow(1024.0, static_cast<double>(unit + 1));
  }
  if (size >= 9.2e18) return Bad(what, text, "a size that a file can have");
  return static_cast<uint64_t>(size);
}

Result<SizeRange> ParseSizeRange(std::string_view what, std::string_view text) {
  SizeRange range;
  if (const size_t dots = text.find(".."); dots != std::string_view::npos) {
    PULIH_TRY_ASSIGN(range.min, ParseSize(what, text.substr(0, dots)));
    PULIH_TRY_ASSIGN(range.max, ParseSize(what, text.substr(dots + 2)));
    if (*range.min > *range.max) return Bad(what, text, "a range: it is empty");
    return range;
  }
  const char sign = text.empty() ? '\0' : text[0];
  const bool has_sign = sign == '+' || sign == '-';
  PULIH_TRY_ASSIGN(const uint64_t size, ParseSize(what, has_sign ? text.substr(1) : text));
  if (sign != '-') range.min = size;
  if (sign != '+') range.max = size;
  return range;
}

Result<int64_t> ParseMoment(std::string_view what, std::string_view text, int64_t now_ns, int32_t zone_offset_minutes) {
  if (const auto age = AgeSeconds(text)) return now_ns - *age * kNsPerSecond;
  const auto seconds = DateSeconds(text, zone_offset_minutes);
  if (!seconds || *seconds > 9'000'000'000) return Bad(what, text, "a time such as 2014-10-04, 2014-10-04T10:20 or 7d");
  return *seconds * kNsPerSecond;
}

Result<double> ParsePercent(std::string_view what, std::string_view text) {
  std::string_view rest = text;
  const auto number = TakeNumber(rest);
  if (!number || (!rest.empty() && rest != "%") || *number <= 0 || *number > 100) {
    return Bad(what, text, "a percentage above 0% and at most 100%");
  }
  return *number;
}

}  // namespace pulih

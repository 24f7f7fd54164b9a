#include "formats/sheet/sheet.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace pulih::sheet {

std::string DateOfSerial(double serial, bool from_1904) {
  if (!(serial > 400 && serial < 2958466)) return {};
  if (from_1904) serial += 1462;
  // To the second: the fraction is a binary one.
  const int64_t seconds = static_cast<int64_t>(std::llround(serial * 86400));
  const int64_t day = seconds / 86400, rest = seconds % 86400;
  const std::chrono::year_month_day date(std::chrono::sys_days(std::chrono::days(day - 25569)));
  char out[64];
  int size = std::snprintf(out, sizeof out, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (rest != 0) {
    size += std::snprintf(out + size, sizeof out - static_cast<size_t>(size), " %02d:%02d:%02d", static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  }
  return std::string(out, static_cast<size_t>(size));
}

bool IsDateFormat(uint32_t built_in, std::string_view code) {
  if (code.empty()) return (built_in >= 14 && built_in <= 17) || built_in == 22 || (built_in >= 27 && built_in <= 31) || (built_in >= 50 && built_in <= 58);
  bool quoted = false;
  for (size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      i = std::min(code.find(']', i), code.size());
    } else if (c == 'y' || c == 'Y' || c == 'd' || c == 'D') {
      return true;
    }
  }
  return false;
}

std::string PlainNumber(std::string_view text) {
  const size_t e = text.find_first_of("eE");
  int exponent = 0;
  if (e == std::string_view::npos || e == 0) return std::string(text);
  std::string_view power = text.substr(e + 1);
  if (!power.empty() && power[0] == '+') power.remove_prefix(1);
  const auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), exponent);
  if (error != std::errc() || end != power.data() + power.size() || exponent < -40 || exponent > 40) return std::string(text);
  std::string_view mantissa = text.substr(0, e);
  const bool negative = mantissa[0] == '-';
  if (negative) mantissa.remove_prefix(1);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  std::string digits(mantissa.substr(0, point));
  if (point < mantissa.size()) digits.append(mantissa.substr(point + 1));
  if (digits.find_first_not_of("0123456789") != std::string::npos || digits.empty()) return std::string(text);
  int place = static_cast<int>(point) + exponent;  // of the point in digits
  if (place <= 0) {
    digits.insert(0, static_cast<size_t>(1 - place), '0');
    place = 1;
  }
  if (place > static_cast<int>(digits.size())) digits.append(static_cast<size_t>(place) - digits.size(), '0');
  std::string whole = digits.substr(0, static_cast<size_t>(place)), fraction = digits.substr(static_cast<size_t>(place));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return (negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

std::string NumberText(double value) {
  if (!std::isfinite(value)) return {};
  char out[64];
  const auto [end, error] = std::to_chars(out, out + sizeof out, value);
  return error == std::errc() ? PlainNumber(std::string_view(out, static_cast<size_t>(end - out))) : std::string();
}

}  // namespace pulih::sheet

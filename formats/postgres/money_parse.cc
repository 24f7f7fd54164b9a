#include <algorithm>
#include <charconv>
#include <limits>

#include "formats/postgres/value_parse.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

constexpr size_t kCentDigits = 2;  // with lc_monetary C

bool SkipOne(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// Takes the sign from an amount, and the dollar on either side of it; true when it is negative.
bool TakeSign(std::string_view& amount) {
  bool negative = false;
  if (amount.starts_with('(') && amount.ends_with(')')) {
    negative = true;
    amount = amount.substr(1, amount.size() - 2);
  }
  SkipOne(amount, '$');
  if (SkipOne(amount, '-')) {
    negative = true;
  } else {
    SkipOne(amount, '+');
  }
  SkipOne(amount, '$');
  return negative;
}

}  // namespace

// "1234.5", "$1,234.50", "-$1,234.50", "(1,234.50)". A third decimal rounds, half away from zero.
Result<Bytes> MoneyImage(std::string_view text) {
  std::string_view amount = Trimmed(text);
  const bool negative = TakeSign(amount);
  const size_t point = std::min(amount.find('.'), amount.size());
  std::string cents;
  for (const char c : amount.substr(0, point)) {
    if (c != ',') cents.push_back(c);
  }
  const std::string_view decimals = amount.substr(std::min(point + 1, amount.size()));
  const auto is_number = [](std::string_view digits) { return std::all_of(digits.begin(), digits.end(), IsDigit); };
  if ((cents.empty() && decimals.empty()) || !is_number(cents) || !is_number(decimals)) {
    return InvalidText("money", text, "not an amount");
  }
  const uint64_t up = decimals.size() > kCentDigits && decimals[kCentDigits] >= '5' ? 1 : 0;
  cents += decimals.substr(0, kCentDigits);
  cents.append(kCentDigits - std::min(decimals.size(), kCentDigits), '0');
  uint64_t size = 0;
  const auto end = std::from_chars(cents.data(), cents.data() + cents.size(), size);
  const uint64_t limit = uint64_t{std::numeric_limits<int64_t>::max()} + (negative ? 1 : 0);
  if (end.ec != std::errc() || size > limit - up) return InvalidText("money", text, "out of range");
  return ImageOf(negative ? 0 - (size + up) : size + up);
}

}  // namespace pulih

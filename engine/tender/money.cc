#include "engine/tender/money.h"

#include <algorithm>
#include <cstdint>

namespace pulih::tender {
namespace {

constexpr int64_t kMaxSen = int64_t{9} * 1000000000000000000;  // 9 × 10^16 rupiah

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What remains without "Rp", blanks and no-break spaces.
std::string Bare(std::string_view text) {
  std::string bare;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') continue;
    if (text.substr(i, 2) == "\xC2\xA0") {
      ++i;
      continue;
    }
    bare += text[i];
  }
  if (bare.size() >= 2 && (bare[0] == 'R' || bare[0] == 'r') && (bare[1] == 'p' || bare[1] == 'P')) {
    bare.erase(0, 2);
    if (!bare.empty() && bare[0] == '.') bare.erase(0, 1);
  }
  return bare;
}

// Digits, groups of three where `group` stands, and decimals behind `point`. The number times 10^decimals.
struct Digits {
  int64_t number = 0;
  int decimals = 0;
};
std::optional<Digits> ReadDigits(std::string_view text, char group, char point) {
  Digits digits;
  int in_group = -1;  // digits since the last group mark; -1: none seen
  int in_front = 0;   // digits before the first one
  bool behind = false, any = false;
  for (const char c : text) {
    if (IsDigit(c)) {
      if (digits.number > (kMaxSen - 9) / 10) return std::nullopt;
      digits.number = digits.number * 10 + (c - '0');
      any = true;
      if (behind && ++digits.decimals > 6) return std::nullopt;
      if (!behind) ++(in_group >= 0 ? in_group : in_front);
    } else if (c == point && point != '\0' && !behind && any) {
      if (in_group >= 0 && in_group != 3) return std::nullopt;
      behind = true;
    } else if (c == group && group != '\0' && !behind && any) {
      if (in_group >= 0 ? in_group != 3 : in_front > 3) return std::nullopt;
      in_group = 0;
    } else {
      return std::nullopt;
    }
  }
  if (!any || (behind && digits.decimals == 0) || (!behind && in_group >= 0 && in_group != 3)) return std::nullopt;
  return digits;
}

int64_t Power10(int n) {
  int64_t power = 1;
  for (; n > 0; --n) power *= 10;
  return power;
}

// number × 10^exponent, nullopt when it does not fit or is no whole number of sen.
std::optional<int64_t> Scaled(int64_t number, int exponent) {
  for (; exponent < 0; ++exponent) {
    if (number % 10 != 0) return std::nullopt;
    number /= 10;
  }
  for (; exponent > 0; --exponent) {
    if (number > kMaxSen / 10) return std::nullopt;
    number *= 10;
  }
  return number;
}

// The exponent that a unit's word stands for; nullopt for another word.
std::optional<int> UnitExponent(std::string_view word) {
  std::string low(word);
  std::transform(low.begin(), low.end(), low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  while (!low.empty() && low.back() == '.') low.pop_back();
  if (low.empty()) return 0;
  if (low == "rb" || low == "ribu") return 3;
  if (low == "jt" || low == "juta") return 6;
  if (low == "m" || low == "miliar" || low == "milyar") return 9;
  if (low == "t" || low == "triliun" || low == "trilyun") return 12;
  return std::nullopt;
}

std::optional<Money> Rounded(const std::string& bare, bool& none) {
  size_t end = 0;
  while (end < bare.size() && (IsDigit(bare[end]) || bare[end] == '.' || bare[end] == ',')) ++end;
  const auto exponent = UnitExponent(std::string_view(bare).substr(end));
  const auto digits = ReadDigits(std::string_view(bare).substr(0, end), '.', ',');
  if (!exponent || !digits) return std::nullopt;
  if (digits->number == 0) {
    none = true;
    return std::nullopt;
  }
  const auto middle = Scaled(digits->number, *exponent - digits->decimals + 2);
  if (!middle) return std::nullopt;
  if (*exponent == 0) return Money{FromSen(*middle), {}};
  const int64_t half = Power10(*exponent - digits->decimals + 2) / 2;
  // Told to the sen: nothing was rounded away.
  if (half == 0) return Money{FromSen(*middle), {}};
  return Money{FromSen(std::max<int64_t>(0, *middle - half)), FromSen(*middle + half)};
}

}  // namespace

std::optional<Money> ReadMoney(std::string_view text, MoneyForm form, bool* is_none) {
  bool none = false;
  std::optional<Money> money;
  std::string bare = Bare(text);
  if (bare.ends_with(",-")) bare.erase(bare.size() - 2);
  if (bare.empty() || bare == "-") {
    none = true;
  } else if (form == MoneyForm::rounded) {
    money = Rounded(bare, none);
  } else {
    const bool machine = form == MoneyForm::machine;
    const auto digits = ReadDigits(bare, machine ? '\0' : '.', machine ? '.' : ',');
    const auto sen = digits ? Scaled(digits->number, (form == MoneyForm::millions ? 8 : 2) - digits->decimals) : std::nullopt;
    if (sen && *sen == 0) none = true;
    else if (sen && form == MoneyForm::millions) {
      // As many digits as were written: the rest is rounded away.
      const int64_t half = Power10(8 - digits->decimals) / 2;
      money = Money{FromSen(std::max<int64_t>(0, *sen - half)), FromSen(*sen + half)};
    } else if (sen) {
      money = Money{FromSen(*sen), {}};
    }
  }
  if (is_none != nullptr) *is_none = none;
  return money;
}

std::optional<int64_t> Sen(std::string_view normal) {
  const auto digits = ReadDigits(normal, '\0', '.');
  return digits ? Scaled(digits->number, 2 - digits->decimals) : std::nullopt;
}

std::string FromSen(int64_t sen) {
  const std::string cents = std::to_string(sen % 100);
  return std::to_string(sen / 100) + "." + (cents.size() < 2 ? "0" : "") + cents;
}

}  // namespace pulih::tender

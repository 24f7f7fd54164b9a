// Rupiah in the forms of its sources, against a twin that computes with texts only.
#include "engine/tender/money.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

namespace pulih::tender {
namespace {

std::string Value(std::string_view text, MoneyForm form) {
  const auto money = ReadMoney(text, form);
  return !money ? "none" : money->high.empty() ? money->value : money->value + " to " + money->high;
}

// --- the twin: moves points in texts, adds digit by digit ---------------------------------------------------------------

// Without zeros in front, two digits behind the point.
std::string Normal(std::string whole, std::string decimals) {
  decimals.resize(2, '0');
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  return (whole.empty() ? "0" : whole) + "." + decimals;
}
// whole.decimals times 10^places.
std::string Shifted(std::string whole, std::string decimals, size_t places) {
  if (decimals.size() < places) decimals.resize(places, '0');
  whole += decimals.substr(0, places);
  return Normal(whole, decimals.substr(places));
}
std::string Grouped(const std::string& digits) {
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += '.';
    out += digits[i];
  }
  return out;
}
// a + b of two normal forms.
std::string Sum(std::string a, std::string b) {
  a.insert(0, b.size() > a.size() ? b.size() - a.size() : 0, '0');
  b.insert(0, a.size() - b.size(), '0');
  int carry = 0;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] == '.') continue;
    const int sum = a[i] - '0' + (b[i] - '0') + carry;
    a[i] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  return carry ? "1" + a : a;
}

std::string Number(std::mt19937_64& random, size_t digits) {
  std::string text(1, static_cast<char>('1' + random() % 9));
  while (text.size() < digits) text += static_cast<char>('0' + random() % 10);
  return text;
}

}  // namespace

TEST_CASE("a full amount has groups of three and two decimals") {
  CHECK(Value("Rp 1.234.567,00", MoneyForm::full) == "1234567.00");
  CHECK(Value("Rp. 380.000.000,00", MoneyForm::full) == "380000000.00");
  CHECK(Value(" rp\xC2\xA0" "12,5 ", MoneyForm::full) == "12.50");
  CHECK(Value("1.500.000,-", MoneyForm::full) == "1500000.00");
  CHECK(Value("1234567", MoneyForm::full) == "1234567.00");
}

TEST_CASE("what is written in another form is not guessed") {
  for (const char* text : {"1.23", "1.2345", "12.34.567", "1234.567", "1.234.56,00", "1,234,567.00", "1..234", ".123", ",5", "1,", "1,2,3", "1.234,567", "Rp", "-5", "5-", "+5", "5 %", "1e6",
                           "\xD9\xA1\xD9\xA2", "1\xEF\xBC\x92", "NaN", "Infinity"}) {
    CAPTURE(text);
    bool none = true;
    const auto money = ReadMoney(text, MoneyForm::full, &none);
    CHECK_FALSE(money);
    // "Rp" alone is an empty amount.
    CHECK(none == (std::string_view(text) == "Rp"));
  }
  CHECK(Value("1.234", MoneyForm::full) == "1234.00");
  CHECK(Value("1.234", MoneyForm::machine) == "none");
  CHECK(Value("1.23", MoneyForm::machine) == "1.23");
  CHECK(Value("999995334.78", MoneyForm::machine) == "999995334.78");
  CHECK(Value("204860200", MoneyForm::machine) == "204860200.00");
  CHECK(Value("1,5", MoneyForm::machine) == "none");
}

TEST_CASE("a rounded amount is the interval of all that round to it") {
  CHECK(Value("2,36 M", MoneyForm::rounded) == "2355000000.00 to 2365000000.00");
  CHECK(Value("813,3 jt", MoneyForm::rounded) == "813250000.00 to 813350000.00");
  CHECK(Value("1.000 Jt", MoneyForm::rounded) == "999500000.00 to 1000500000.00");
  CHECK(Value("1,2 T", MoneyForm::rounded) == "1150000000000.00 to 1250000000000.00");
  CHECK(Value("Rp 1 Milyar", MoneyForm::rounded) == "500000000.00 to 1500000000.00");
  CHECK(Value("500", MoneyForm::rounded) == "500.00");
  CHECK(Value("2,36 X", MoneyForm::rounded) == "none");
  CHECK(Value("M", MoneyForm::rounded) == "none");
}

TEST_CASE("a rounded amount told to the sen is exact, and not an interval without anything in it") {
  CHECK(Value("1,23456 rb", MoneyForm::rounded) == "1234.56");
  CHECK(Value("1,234560 rb", MoneyForm::rounded) == "1234.56");
  CHECK(Value("1,234567 rb", MoneyForm::rounded) == "none");
}

TEST_CASE("millions are as exact as they are written") {
  CHECK(Value("9881,00", MoneyForm::millions) == "9880995000.00 to 9881005000.00");
  CHECK(Value("9.881", MoneyForm::millions) == "9880500000.00 to 9881500000.00");
}

TEST_CASE("zero and nothing are none, and a text that is no amount is not") {
  for (const MoneyForm form : {MoneyForm::full, MoneyForm::rounded, MoneyForm::machine, MoneyForm::millions})
    for (const char* text : {"", " ", "-", "0", "Rp 0", "\xC2\xA0"}) {
      CAPTURE(text, static_cast<int>(form));
      bool none = false;
      CHECK_FALSE(ReadMoney(text, form, &none));
      CHECK(none);
    }
  bool none = false;
  CHECK_FALSE(ReadMoney("0 Jt", MoneyForm::rounded, &none));
  CHECK(none);
  CHECK_FALSE(ReadMoney("0,00 M", MoneyForm::rounded, &none));
  CHECK(none);
  CHECK_FALSE(ReadMoney("lelang gagal", MoneyForm::rounded, &none));
  CHECK_FALSE(none);
}

TEST_CASE("numbers without end are refused, and no sum overflows") {
  for (const MoneyForm form : {MoneyForm::full, MoneyForm::rounded, MoneyForm::machine, MoneyForm::millions})
    for (size_t digits = 1; digits < 200; ++digits)
      for (const char* unit : {"", " T", ",999999 T", ",99", ".99"}) {
        const auto money = ReadMoney(std::string(digits, '9') + unit, form);
        if (digits > 17) CHECK_FALSE(money);
        if (money) CHECK(Sen(money->value));
      }
  CHECK(Sen("89999999999999999.99") == 8999999999999999999);
  CHECK_FALSE(Sen("90000000000000000.01"));
  CHECK_FALSE(Sen("-1.00"));
  CHECK_FALSE(Sen(""));
  CHECK_FALSE(Sen("1.001"));
}

TEST_CASE("random amounts agree with a twin that only moves digits") {
  const uint64_t seed = 20140917;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 5000; ++round) {
    const std::string whole = Number(random, 1 + random() % 12), decimals = Number(random, 1 + random() % 2);
    CAPTURE(round, whole, decimals);
    REQUIRE(Value("Rp " + Grouped(whole) + "," + decimals, MoneyForm::full) == Normal(whole, decimals));
    REQUIRE(Value(whole + "." + decimals, MoneyForm::machine) == Normal(whole, decimals));
    const auto sen = Sen(Normal(whole, decimals));
    REQUIRE(sen);
    REQUIRE(FromSen(*sen) == Normal(whole, decimals));

    const size_t places = 6 + 3 * (random() % 2);
    const std::string few = Number(random, 1 + random() % 4), tail = Number(random, 1 + random() % 3);
    const auto money = ReadMoney(Grouped(few) + "," + tail + (places == 6 ? " Jt" : " M"), MoneyForm::rounded);
    REQUIRE(money);
    // From the least to what is beyond it is one unit of the last digit, and the middle of it is what was written.
    const std::string half = "5" + std::string(places - tail.size() - 1, '0') + ".00", middle = Shifted(few, tail, places);
    REQUIRE(Sum(money->value, half) == middle);
    REQUIRE(Sum(middle, half) == money->high);
  }
}

TEST_CASE("no bytes make reading of money fail") {
  const uint64_t seed = 7;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  constexpr std::string_view kParts = "0123456789.,-RpJtMT \xC2\xA0\x00\xFF";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (uint64_t n = random() % 24; n > 0; --n) text += kParts[random() % kParts.size()];
    for (const MoneyForm form : {MoneyForm::full, MoneyForm::rounded, MoneyForm::machine, MoneyForm::millions}) {
      bool none = false;
      const auto money = ReadMoney(text, form, &none);
      if (!money) continue;
      REQUIRE_FALSE(none);
      REQUIRE(Sen(money->value));
      if (!money->high.empty()) REQUIRE(Sen(money->value).value() < Sen(money->high).value_or(INT64_MAX));
    }
  }
}

}  // namespace pulih::tender

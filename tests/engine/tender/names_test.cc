// Names and numbers that can be compared: what folds alike, and what is no number at all.
#include "engine/tender/names.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

namespace pulih::tender {
namespace {

// Luhn by the book, from the right: the last digit once, the one before it twice, and so on.
bool SlowCheck(const std::string& nine) {
  int sum = 0;
  bool twice = false;
  for (size_t i = nine.size(); i-- > 0; twice = !twice) {
    const int digit = (nine[i] - '0') * (twice ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return sum % 10 == 0;
}

std::string RandomText(std::mt19937_64& random) {
  constexpr std::string_view kParts[] = {"a", "Z", "9", " ", ".", "PT", "CV ", "\n", "\xC2\xA0", "\xC3\xA9", "\xC3", "\xE2\x80\x8B", "\xEF\xBB\xBF", "\xEF\xBC\xA1", "\xE4\xB8\xAD", "\xF0\x9F\x98\x80",
                                         "\xFF", "\x80", "\xE0\x80\x80", "\xEF\xBF\xBD", std::string_view("\0", 1)};
  std::string text;
  for (uint64_t n = random() % 12; n > 0; --n) text += kParts[random() % std::size(kParts)];
  return text;
}

}  // namespace

TEST_CASE("blanks of every kind are one blank") {
  CHECK(Tidy("  Pembangunan\r\n\t Jalan\xC2\xA0\xC2\xA0Raya \xEF\xBB\xBF") == "Pembangunan Jalan Raya");
  CHECK(Tidy(std::string_view("a\0b", 3)) == "a b");
  CHECK(Tidy(" \t\n").empty());
}

TEST_CASE("letter case, marks and punctuation fold away, letters of other scripts do not") {
  CHECK(Fold("Pembangunan Jalan (Tahap-II), No. 7") == "PEMBANGUNAN JALAN TAHAP II NO 7");
  CHECK(Fold("Caf\xC3\xA9 \xC5\xA0kola") == "CAFE SKOLA");
  CHECK(Fold("\xEF\xBC\xB0\xEF\xBC\xB4") == "PT");
  CHECK(Fold("\xE4\xB8\xAD\xE5\x9B\xBD") == "\xE4\xB8\xAD\xE5\x9B\xBD");
  CHECK(Fold("...").empty());
}

TEST_CASE("every letter of Latin-1 and Latin Extended-A folds to a letter or a blank, never to something else") {
  for (unsigned code = 0xC0; code < 0x180; ++code) {
    const std::string text{static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
    const std::string folded = Fold(text);
    CAPTURE(code, folded);
    CHECK((folded.empty() || (folded.size() == 1 && folded[0] >= 'A' && folded[0] <= 'Z')));
  }
}

TEST_CASE("the form of a company comes and goes, its name stays") {
  CHECK(FoldVendor("PT. Maju Jaya") == "MAJU JAYA");
  CHECK(FoldVendor("MAJU JAYA, PT (Persero) Tbk") == "MAJU JAYA");
  CHECK(FoldVendor("CV.MAJU-JAYA") == FoldVendor("Maju Jaya"));
  CHECK(FoldVendor("PTERO") == "PTERO");
  CHECK(FoldVendor("PT CV") == "PT CV");
}

TEST_CASE("folding what is folded changes nothing, whatever the bytes are") {
  const uint64_t seed = 3;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20000; ++round) {
    const std::string text = RandomText(random);
    REQUIRE(Tidy(Tidy(text)) == Tidy(text));
    REQUIRE(Fold(Fold(text)) == Fold(text));
    REQUIRE(Fold(Tidy(text)) == Fold(text));
    REQUIRE(FoldVendor(FoldVendor(text)) == FoldVendor(text));
  }
}

TEST_CASE("an NPWP has 15 digits, however it is written") {
  CHECK(NpwpDigits("01.234.567.4-012.000") == "012345674012000");
  CHECK(NpwpDigits("012345674012000") == "012345674012000");
  CHECK(NpwpDigits("0012345674012000") == "012345674012000");
  CHECK(NpwpDigits("ID-NPWP-01.234.567.4-012.000") == "012345674012000");
  CHECK(NpwpDigits("3171012345670001") == "3171012345670001");
  for (const char* text : {"", "-", "00.000.000.0-000.000", "0000000000000000", "01.234.567.4-012.00", "01234567401200000", "01.234.567.4-012.0OO", "O1.234.567.4-012.000"}) {
    CAPTURE(text);
    CHECK_FALSE(NpwpDigits(text));
  }
}

TEST_CASE("the check digit holds for one of ten numbers, as Luhn by the book says") {
  const uint64_t seed = 5;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string eight;
    while (eight.size() < 8) eight += static_cast<char>('0' + random() % 10);
    int holding = 0;
    for (char last = '0'; last <= '9'; ++last) {
      const std::string nine = eight + last;
      REQUIRE(HoldsCheckDigit(nine) == SlowCheck(nine));
      holding += HoldsCheckDigit(nine) ? 1 : 0;
      const auto key = NpwpKey(nine + "012000");
      REQUIRE(key.has_value() == (HoldsCheckDigit(nine) && nine != "000000000"));
      if (key) REQUIRE(*key == nine);
    }
    REQUIRE(holding == 1);
  }
  CHECK_FALSE(HoldsCheckDigit("12345678"));
  CHECK_FALSE(HoldsCheckDigit("12345678x"));
  CHECK_FALSE(NpwpKey("000000000012000"));
}

TEST_CASE("two persons born on one day in one district have no key in common") {
  // Numbers of persons; the first nine digits of both happen to hold.
  const auto one = NpwpDigits("3171011112880001"), other = NpwpDigits("3171011112990002");
  REQUIRE(one);
  REQUIRE(other);
  CHECK(HoldsCheckDigit(one->substr(0, 9)));
  CHECK_FALSE(NpwpKey(*one));
  CHECK_FALSE(NpwpKey(*other));
}

TEST_CASE("a tender's number is of digits, and never begins with 0") {
  CHECK(TenderCode(" 3295127 ") == "3295127");
  for (const char* text : {"", "127", "0295127", "3295127a", "32 95127", "123456789012345", "-3295127"}) {
    CAPTURE(text);
    CHECK_FALSE(TenderCode(text));
  }
}

}  // namespace pulih::tender

#include "formats/postgres/numeric.h"

#include <random>

#include <catch2/catch.hpp>

#include "tests/formats/repo/codec_checks.h"

namespace pulih {
namespace {

std::string TextOf(ByteView image) {
  const auto view = NumericView::Read(image);
  if (!view.ok()) return view.status().message();
  std::string text;
  AppendNumeric(*view, text);
  return text;
}

NumericView Typed(std::string_view text) {
  static Bytes images[2];  // of the two that a comparison holds
  static size_t next = 0;
  Bytes& image = images[next++ % 2];
  image = *NumericImage(text);
  return *NumericView::Read(image);
}

// A slow twin: numbers as text with as many digits on either side.
std::string Aligned(const std::string& digits, size_t before, size_t after) {
  const size_t point = std::min(digits.find('.'), digits.size());
  std::string out = std::string(before - point, '0') + digits.substr(0, point);
  const std::string decimals = point < digits.size() ? digits.substr(point + 1) : "";
  return out + decimals + std::string(after - decimals.size(), '0');
}

int SlowCompare(std::string a, std::string b) {
  const bool minus_a = a[0] == '-', minus_b = b[0] == '-';
  if (minus_a) a.erase(0, 1);
  if (minus_b) b.erase(0, 1);
  a = Aligned(a, 40, 40);
  b = Aligned(b, 40, 40);
  if (a == std::string(80, '0') && b == a) return 0;
  if (minus_a != minus_b) return minus_a ? -1 : 1;
  const int order = a < b ? -1 : a > b ? 1 : 0;
  return minus_a ? -order : order;
}

std::string RandomNumber(std::mt19937_64& random) {
  const auto digits = [&random](size_t most) {
    std::string out;
    for (size_t i = random() % (most + 1); i > 0; --i) out.push_back("0000123456789"[random() % 13]);
    return out;
  };
  return (random() % 2 == 0 ? "-" : "") + std::string("0") + digits(12) +
         (random() % 2 == 0 ? "." + digits(12) + "0" : "");
}

TEST_CASE("a numeric's digits are seen without the zeros around them") {
  const Bytes image = Hex("0005 0002 4000 0006 0000 007b 1194 0000 0000");
  const auto view = NumericView::Read(image);
  REQUIRE(view.ok());
  CHECK(view->kind() == NumericView::Kind::finite);
  CHECK(view->negative());
  CHECK(view->weight() == 1);
  CHECK(view->scale() == 6);
  REQUIRE(view->digit_count() == 2);
  CHECK(view->digit(0) == 123);
  CHECK(view->digit(1) == 4500);
  CHECK(TextOf(image) == "-1234500.000000");
}

TEST_CASE("digits that a numeric's scale hides count as zeros") {
  CHECK(TextOf(Hex("0003 0001 0000 0002 0001 0929 1a86")) == "12345.67");
  CHECK(TextOf(Hex("0003 0001 0000 0000 0001 0929 1a86")) == "12345");
  CHECK(TextOf(Hex("0001 ffff 4000 0001 007b")) == "0.0");  // 0.0123, and no negative zero
  CHECK(TextOf(Hex("0002 8000 0000 3fff 0000 0001")) == "0." + std::string(0x3fff, '0'));
  const Bytes cut = Hex("0003 0001 0000 0001 0001 0929 1a86");
  CHECK(NumericView::Read(cut)->digit(2) == 6000);
}

TEST_CASE("a numeric that numeric_recv refuses is corrupt") {
  for (const char* image :
       {"", "0000 0000 0000 00", "0001 0000 0000 0000", "0000 0000 0000 0000 00", "0001 0000 0000 0000 2710",
        "0001 0000 0000 0000 ffff", "0000 0000 8000 0000", "0000 0000 0001 0000", "0000 0000 0000 4000"}) {
    INFO(image);
    const Bytes bytes = Hex(image);
    const auto view = NumericView::Read(bytes);
    CHECK(view.status().code() == Code::corrupt);
  }
}

TEST_CASE("text becomes the numeric that numeric_in makes of it") {
  const auto image = [](std::string_view text) { return ToHex(*NumericImage(text)); };
  CHECK(image("0") == "0000000000000000");
  CHECK(image(" -0.00 ") == "0000000000000002");
  CHECK(image("12345.678900") ==
        "0003000100000006"
        "00010929"
        "1a85");
  CHECK(image("1e5") ==
        "0001000100000000"
        "000a");
  CHECK(image("-1.5e-3") ==
        "0001ffff40000004"
        "000f");
  CHECK(image("NaN") == "00000000c0000000");
  CHECK(image("-inf") == "00000000f0000020");
  for (const char* bad :
       {"", ".", "1e", "1e+", "1.2.3", "--1", "1 2", "x", "1e20000000", "1e131072", "1e-16384", "1e99999999999"}) {
    INFO(bad);
    CHECK(NumericImage(bad).status().code() == Code::invalid);
  }
  CHECK(NumericImage("1e131071").ok());
  CHECK(NumericImage("1e-16383").ok());
}

TEST_CASE("numerics are ordered by value, whatever their scale") {
  const char* ascending[] = {"-Infinity", "-10000", "-9999.9", "-1",      "-0.0001", "0.00",     "0.00000001", "0.5",
                             "1",         "1.0001", "10000",   "10000.5", "1e30",    "Infinity", "NaN"};
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t k = 0; k < std::size(ascending); ++k) {
      const int order = CompareNumerics(Typed(ascending[i]), Typed(ascending[k]));
      INFO(ascending[i] << " and " << ascending[k]);
      CHECK((order < 0) == (i < k));
      CHECK((order > 0) == (i > k));
    }
  }
}

TEST_CASE("numerics and their slow twin agree") {
  const unsigned seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  for (int run = 0; run < 20000; ++run) {
    const std::string a = RandomNumber(random);
    const std::string b =
        random() % 4 == 0 ? a + (a.find('.') == std::string::npos ? ".0" : "0") : RandomNumber(random);
    const int fast = CompareNumerics(Typed(a), Typed(b));
    const int slow = SlowCompare(a, b);
    if ((fast < 0) != (slow < 0) || (fast > 0) != (slow > 0))
      FAIL("seed " << seed << ": " << a << " and " << b << ": " << fast);
  }
}

}  // namespace
}  // namespace pulih

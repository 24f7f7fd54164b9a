// ValueImage and CompareImages: what a person types, and how values stand in order.
#include <array>
#include <bit>
#include <cmath>
#include <random>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "tests/formats/postgres/value_specimens.h"
#include "tests/formats/repo/codec_checks.h"

namespace pulih {
namespace {

Result<Bytes> ImageOfText(std::string_view type, std::string_view text) {
  return ValueImage(SpecimenTypes(), TypeNamed(type), text);
}

int Sign(int c) { return c < 0 ? -1 : c > 0 ? 1 : 0; }

int CompareTexts(std::string_view type, std::string_view a, std::string_view b) {
  const auto x = ImageOfText(type, a), y = ImageOfText(type, b);
  REQUIRE(x.ok());
  REQUIRE(y.ok());
  const auto order = CompareImages(SpecimenTypes(), TypeNamed(type), *x, *y);
  REQUIRE(order.ok());
  return Sign(*order);
}

void AreInOrder(std::string_view type, const std::vector<std::string_view>& ascending) {
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t k = 0; k < ascending.size(); ++k) {
      INFO(type << ": " << ascending[i] << " and " << ascending[k]);
      CHECK(CompareTexts(type, ascending[i], ascending[k]) == (i < k ? -1 : i > k ? 1 : 0));
    }
  }
}

TEST_CASE("the text of a value gives its image again") {
  for (const ValueSpecimen& v : ValueSpecimens()) {
    const auto image = ImageOfText(v.type, v.text);
    if (!image.ok() && image.status().code() == Code::unsupported) continue;
    INFO(v.type << " " << v.text << " " << image.status().ToString());
    REQUIRE(image.ok());
    CHECK(ToHex(*image) == ToHex(Hex(v.image)));
  }
}

TEST_CASE("types whose text is not understood say so") {
  for (const std::string_view type :
       {"interval", "timetz", "point", "_int4", "pair", "int4range", "hstore", "tsquery"}) {
    CHECK(ImageOfText(type, "1").status().code() == Code::unsupported);
  }
}

TEST_CASE("text that is no value of its type is invalid, with the reason") {
  const std::vector<std::pair<std::string_view, std::string_view>> bad = {{"bool", "maybe"},
                                                                          {"bool", "o"},
                                                                          {"int2", "32768"},
                                                                          {"int4", "1.5"},
                                                                          {"int4", ""},
                                                                          {"int8", "9223372036854775808"},
                                                                          {"oid", "-1"},
                                                                          {"float8", "1e999"},
                                                                          {"float8", "one"},
                                                                          {"float8", "nan(1)"},
                                                                          {"numeric", "1,5"},
                                                                          {"money", "$"},
                                                                          {"money", "92233720368547758.08"},
                                                                          {"bytea", "\\x0"},
                                                                          {"bytea", "\\9"},
                                                                          {"uuid", "a0eebc99"},
                                                                          {"date", "2023-02-29"},
                                                                          {"date", "29-02-2024"},
                                                                          {"date", "0000-01-01"},
                                                                          {"time", "25:00"},
                                                                          {"time", "24:00:00.000001"},
                                                                          {"timestamp", "2024-01-01 10:61"},
                                                                          {"timestamp", "294277-01-01 00:00"},
                                                                          {"timestamptz", "2024-01-01 10:00+16"},
                                                                          {"timestamptz", "2024-01-0110:00"},
                                                                          {"inet", "10.0.0"},
                                                                          {"inet", "1::2::3"},
                                                                          {"inet", "10.0.0.1/33"},
                                                                          {"cidr", "10.0.0.1/8"},
                                                                          {"json", "{\"a\":}"},
                                                                          {"jsonb", "\"\\u0000\""},
                                                                          {"text", std::string_view("a\0b", 3)}};
  for (const auto& [type, text] : bad) {
    INFO(type << " " << text);
    const auto image = ImageOfText(type, text);
    CHECK(image.status().code() == Code::invalid);
    CHECK(image.status().message().find("': ") != std::string::npos);
  }
}

TEST_CASE("a message shows of the text what a terminal can take") {
  const std::string message =
      ImageOfText("int4", std::string("\x1b[31m") + std::string(100000, 'x')).status().message();
  CHECK(message.size() < 200);
  CHECK(message.find('\x1b') == std::string::npos);
}

TEST_CASE("other ways of writing give the same image") {
  const std::vector<std::array<std::string_view, 3>> same = {
      {"bool", "YES", "t"},
      {"int4", " +7 ", "7"},
      {"float8", "+.5", "0.5"},
      {"money", "($1,234.565)", "-1234.57"},
      {"bytea", "a\\\\\\001", "\\x615c01"},
      {"uuid", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11"},
      {"time", "13:30", "13:30:00.0000004"},
      {"timestamptz", "2024-02-29T13:30:05+07:00", "2024-02-29 06:30:05Z"},
      {"timestamp", "2024-02-29", "2024-02-29 00:00:00"},
      {"inet", "::FFFF:10.0.0.1", "::ffff:a00:1"},
      {"jsonb", "{\"bb\" : 1e2,\"a\":[ ],\"bb\":\"\\u00e9\"}", "{\"a\": [], \"bb\": \"é\"}"}};
  for (const auto& [type, text, plain] : same) {
    INFO(type << " " << text);
    const auto image = ImageOfText(type, text), expected = ImageOfText(type, plain);
    REQUIRE(image.ok());
    REQUIRE(expected.ok());
    CHECK(ToHex(*image) == ToHex(*expected));
  }
}

TEST_CASE("JSON may nest, but not without end") {
  CHECK(ImageOfText("jsonb", std::string(900, '[') + std::string(900, ']')).ok());
  CHECK(ImageOfText("jsonb", std::string(100000, '[')).status().code() == Code::invalid);
}

TEST_CASE("values stand in the order of PostgreSQL's btree") {
  AreInOrder("bool", {"f", "t"});
  AreInOrder("int2", {"-32768", "-1", "0", "1", "32767"});
  AreInOrder("int4", {"-2147483648", "-1", "0", "2147483647"});
  AreInOrder("int8", {"-9223372036854775808", "-1", "0", "9223372036854775807"});
  AreInOrder("oid", {"0", "1", "4294967295"});
  AreInOrder("float8", {"-Infinity", "-1e300", "-1", "0", "5e-324", "1", "Infinity", "NaN"});
  AreInOrder("float4", {"-Infinity", "-1", "0", "1", "NaN"});
  AreInOrder("numeric", {"-Infinity", "-1.5", "0", "1.25", "10000", "NaN"});
  AreInOrder("money", {"-1", "-0.01", "0", "0.01"});
  AreInOrder("text", {"", "A", "B", "a", "ab", "é"});
  AreInOrder("bytea", {"", "\\x00", "\\x0000", "\\x01", "\\xff"});
  AreInOrder("uuid", {"00000000000000000000000000000001", "0000000000000000ff00000000000000",
                      "ff000000000000000000000000000000"});
  AreInOrder("date", {"-infinity", "0001-01-01 BC", "0001-01-01", "1999-12-31", "2000-01-01", "infinity"});
  AreInOrder("time", {"00:00", "12:00", "24:00"});
  AreInOrder("timestamptz", {"-infinity", "1999-12-31 23:59:59.999999", "2000-01-01", "infinity"});
  AreInOrder("inet", {"10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/16", "10.0.0.1", "11.0.0.0/8", "::1"});
  CHECK(CompareTexts("float8", "-0", "0") == 0);
  CHECK(CompareTexts("numeric", "1.5", "1.50") == 0);
  CHECK(CompareTexts("bpchar", "a", "a   ") == 0);
}

TEST_CASE("intervals and times with zone are ordered by what they span and when they are") {
  const auto order = [](std::string_view type, std::string_view a, std::string_view b) {
    return Sign(*CompareImages(SpecimenTypes(), TypeNamed(type), Hex(a), Hex(b)));
  };
  CHECK(order("interval", "0000000000000000 0000001e 00000000", "0000000000000000 00000000 00000001") ==
        0);  // 30 days, 1 month
  CHECK(order("interval", "000000141dd76000 00000000 00000000", "0000000000000000 00000002 00000000") <
        0);  // 24 hours, 2 days
  CHECK(order("interval", "7fffffffffffffff 7fffffff 7fffffff", "8000000000000000 80000000 80000000") > 0);
  CHECK(order("timetz", "0000000b50c92600 ffff9d90", "0000000b50c92600 00000000") <
        0);  // 13:30+07 is earlier than 13:30+00
}

TEST_CASE("comparisons agree with those of the numbers themselves") {
  const unsigned seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  for (int run = 0; run < 20000; ++run) {
    const auto a = static_cast<int64_t>(random() >> (random() % 64)),
               b = static_cast<int64_t>(random() >> (random() % 64));
    Bytes x(8), y(8);
    StoreBe(x.data(), a);
    StoreBe(y.data(), b);
    const auto order = CompareImages(SpecimenTypes(), TypeNamed("int8"), x, y);
    if (Sign(*order) != (a < b ? -1 : a > b ? 1 : 0)) FAIL("seed " << seed << ": " << a << " and " << b);
    const double f = std::bit_cast<double>(a), g = std::bit_cast<double>(b);
    if (std::isnan(f) || std::isnan(g)) continue;
    const auto float_order = CompareImages(SpecimenTypes(), TypeNamed("float8"), x, y);
    if (Sign(*float_order) != (f < g ? -1 : f > g ? 1 : 0)) FAIL("seed " << seed << ": " << f << " and " << g);
  }
}

TEST_CASE("comparing with bytes that are no value is corrupt, never a crash") {
  for (const ValueSpecimen& v : ValueSpecimens()) {
    const Bytes whole = Hex(v.image);
    for (size_t size = 0; size < whole.size(); ++size) {
      const Bytes prefix = ToBytes(ByteView(whole).first(size));
      const auto order = CompareImages(SpecimenTypes(), TypeNamed(v.type), whole, prefix);
      if (!order.ok()) CHECK(order.status().code() == Code::corrupt);
    }
    const auto same = CompareImages(SpecimenTypes(), TypeNamed(v.type), whole, whole);
    REQUIRE(same.ok());
    CHECK(*same == 0);
  }
  CHECK(CompareImages(SpecimenTypes(), TypeNamed("int4"), Hex("0000"), Hex("00000000")).status().code() ==
        Code::corrupt);
}

TEST_CASE("a type is of a class, below its domains") {
  const auto of = [](std::string_view type) { return ClassOf(SpecimenTypes(), TypeNamed(type)); };
  CHECK(of("bool") == ValueClass::boolean);
  CHECK(of("numeric") == ValueClass::number);
  CHECK(of("short") == ValueClass::text);
  CHECK(of("mood") == ValueClass::text);
  CHECK(of("timestamptz") == ValueClass::time);
  CHECK(of("bytea") == ValueClass::bytes);
  CHECK(of("jsonb") == ValueClass::json);
  CHECK(of("money") == ValueClass::other);
  CHECK(of("_int4") == ValueClass::other);
}

TEST_CASE("text of any kind is an image or invalid, never a crash") {
  const unsigned seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  const std::vector<ValueSpecimen>& all = ValueSpecimens();
  for (int run = 0; run < 50000; ++run) {
    const ValueSpecimen& v = all[random() % all.size()];
    std::string text(v.text);
    for (size_t i = random() % 3; i > 0; --i) {
      const size_t at = random() % (text.size() + 1);
      if (random() % 2 == 0) text.resize(at);
      else text.insert(at, 1, "0123456789-+:./eT \\\"{}[],xZ\0"[random() % 28]);
    }
    const auto image = ImageOfText(v.type, text);
    if (!image.ok()) {
      if (image.status().code() != Code::invalid && image.status().code() != Code::unsupported)
        FAIL(v.type << ": " << text);
      continue;
    }
    const auto back = ValueText(SpecimenTypes(), TypeNamed(v.type), *image);
    if (!back.ok() && v.type != "mood")
      FAIL("seed " << seed << ": " << v.type << ": '" << text
                   << "' gave an image that is none: " << back.status().ToString());
  }
}

}  // namespace
}  // namespace pulih

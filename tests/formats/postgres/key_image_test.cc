#include "formats/postgres/key_image.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/base/hex.h"
#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

TypeList TypeOf(uint32_t oid, const char* name) { return {{PgTypeKind::base, "pg_catalog", name, oid, 0, {}}}; }

Bytes Key(const TypeList& types, std::string_view text) {
  const auto image = ValueImage(types, 0, text);
  INFO(text << ": " << image.status().ToString());
  REQUIRE(image.ok());
  Bytes key;
  REQUIRE(AppendKeyImage(types, 0, *image, key).ok());
  return key;
}

void IsInOrder(uint32_t oid, const char* name, const std::vector<std::string>& ascending) {
  const TypeList types = TypeOf(oid, name);
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t k = 0; k < ascending.size(); ++k) {
      INFO(name << ": " << ascending[i] << " and " << ascending[k]);
      const int order = Compare(Key(types, ascending[i]), Key(types, ascending[k]));
      CHECK((i < k ? order < 0 : i > k ? order > 0 : order == 0));
    }
  }
}

TEST_CASE("keys stand in the order of their values") {
  IsInOrder(pg_oid::kInt4, "int4", {"-2147483648", "-1", "0", "1", "255", "256", "2147483647"});
  IsInOrder(pg_oid::kInt2, "int2", {"-32768", "-1", "0", "32767"});
  IsInOrder(pg_oid::kInt8, "int8", {"-9223372036854775808", "-1", "0", "9223372036854775807"});
  IsInOrder(pg_oid::kNumeric, "numeric", {"-Infinity", "-123456789012345678901234567890", "-10000", "-9999.5", "-9999", "-1.5", "-1", "-0.0001", "0", "0.0001", "0.5",
                                          "1", "1.00001", "1.5", "9999", "10000", "10001", "29900127", "123456789012345678901234567890", "Infinity", "NaN"});
  IsInOrder(pg_oid::kText, "text", {"", "A", "B", "a", "ab", "b", "\xc3\xa9"});
  IsInOrder(pg_oid::kBytea, "bytea", {"\\x", "\\x00", "\\x0000", "\\x0001", "\\x00ff", "\\x01", "\\xff", "\\xff00"});
  IsInOrder(pg_oid::kDate, "date", {"-infinity", "1999-12-31", "2000-01-01", "2014-10-04", "infinity"});
  IsInOrder(pg_oid::kBool, "bool", {"f", "t"});
}

TEST_CASE("a number is one key, whatever its scale") {
  const TypeList types = TypeOf(pg_oid::kNumeric, "numeric");
  CHECK(Key(types, "1.5") == Key(types, "1.500"));
  CHECK(Key(types, "10000") == Key(types, "10000.00"));
  CHECK(Key(types, "0") == Key(types, "0.00"));
}

TEST_CASE("random numbers sort as their values do") {
  const unsigned seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  const TypeList types = TypeOf(pg_oid::kNumeric, "numeric");
  for (int run = 0; run < 500; ++run) {
    std::vector<std::string> texts(2);
    for (std::string& text : texts) {
      text = (random() % 2 == 0 ? "-" : "") + std::to_string(random() % 1000000 >> random() % 20) + (random() % 2 == 0 ? "." + std::to_string(random() % 100000) : "");
    }
    const auto a = ValueImage(types, 0, texts[0]), b = ValueImage(types, 0, texts[1]);
    REQUIRE((a.ok() && b.ok()));
    const int wanted = CompareImages(types, 0, *a, *b).value(), got = Compare(Key(types, texts[0]), Key(types, texts[1]));
    INFO("seed " << seed << ": " << texts[0] << " and " << texts[1]);
    CHECK(((wanted < 0) == (got < 0) && (wanted > 0) == (got > 0)));
  }
}

TEST_CASE("the key of a whole number by its text is the one by its image") {
  const auto seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  for (const auto& [oid, name] : {std::pair(pg_oid::kNumeric, "numeric"), std::pair(pg_oid::kInt4, "int4"), std::pair(pg_oid::kInt8, "int8"), std::pair(pg_oid::kInt2, "int2")}) {
    const TypeList types = TypeOf(oid, name);
    for (int run = 0; run < 5000; ++run) {
      // Of any length, many with zeros at either end; and some that are no whole numbers.
      std::string text = (random() % 3 == 0 ? "-" : "") + std::to_string(random() >> random() % 64);
      if (random() % 4 == 0) text += std::string(random() % 12, '0');
      if (random() % 16 == 0) text.insert(random() % text.size(), 1, "0.+e "[random() % 5]);
      const auto image = ValueImage(types, 0, text);
      Bytes by_text{7}, by_image{7};
      const bool is_key = image.ok() && AppendKeyImage(types, 0, *image, by_image).ok();
      INFO("seed " << seed << ": " << name << " " << text);
      REQUIRE(AppendKeyOfText(types, 0, text, by_text).ok() == is_key);
      REQUIRE(by_text == (is_key ? by_image : Bytes{7}));
    }
  }
}

TEST_CASE("an image that is none of its type is corrupt") {
  Bytes key;
  CHECK(AppendKeyImage(TypeOf(pg_oid::kInt4, "int4"), 0, Bytes(3), key).code() == Code::corrupt);
  CHECK(AppendKeyImage(TypeOf(pg_oid::kNumeric, "numeric"), 0, Bytes(7), key).code() == Code::corrupt);
  CHECK(AppendKeyImage(TypeOf(pg_oid::kNumeric, "numeric"), 0, *FromHex("0001000012340000ffff"), key).code() == Code::corrupt);
  CHECK(AppendKeyImage(TypeOf(pg_oid::kText, "text"), 1, Bytes(3), key).code() == Code::corrupt);
}

}  // namespace
}  // namespace pulih

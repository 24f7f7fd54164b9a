// The quick way of a value from its bytes to its text, beside the slow one: by its image (disk_value.h).
#include "formats/postgres/disk_text.h"

#include <random>

#include <catch2/catch.hpp>

#include "formats/postgres/disk_column.h"
#include "formats/postgres/disk_image.h"
#include "formats/postgres/value_text.h"
#include "tests/formats/postgres/disk_specimens.h"
#include "tests/formats/postgres/value_specimens.h"

namespace pulih {
namespace {

const DiskContext& Context() {
  static const DiskContext context{SpecimenTypes(), SpecimenLabels(), false, true};
  return context;
}

// What a column says of a value, and its text.
struct Answer {
  bool is_value = false;
  std::string text;
  bool operator==(const Answer&) const = default;
};

Answer Slowly(TypeIndex type, int32_t modifier, ByteView value) {
  Bytes image;
  Answer answer;
  answer.is_value = AppendDiskImage(Context(), type, value, image).ok() && FitsModifier(Context(), type, modifier, image) &&
                    AppendValueText(Context().types, type, image, answer.text).ok();
  if (!answer.is_value) answer.text.clear();
  return answer;
}

void Compare(const char* name, int32_t modifier, ByteView value) {
  const TypeIndex type = TypeNamed(name);
  const DiskColumn column(Context(), type, modifier);
  const Answer slow = Slowly(type, modifier, value);
  Answer quick;
  quick.is_value = column.AppendText(value, quick.text);
  if (!quick.is_value) quick.text.clear();
  INFO(name << " with modifier " << modifier << ": " << slow.text << " and " << quick.text);
  REQUIRE(quick == slow);
  REQUIRE(column.Fits(value) == slow.is_value);
  if (!slow.is_value) return;
  Answer again{true, ""};
  REQUIRE(column.AppendText(value, again.text, true));
  REQUIRE(again == slow);
}

template <typename Integer>
Bytes Le(Integer value) {
  Bytes bytes(sizeof value);
  StoreLe(bytes.data(), value);
  return bytes;
}

void AppendLe16(Bytes& to, unsigned word) {
  to.push_back(static_cast<uint8_t>(word));
  to.push_back(static_cast<uint8_t>(word >> 8));
}

// Mostly as a server would write it: few digits, many of them round, a scale that hides none; and some that are none.
Bytes RandomNumeric(std::mt19937_64& random) {
  constexpr unsigned kUsual[] = {1, 5, 10, 50, 100, 500, 1000, 5000, 9999, 1234, 12, 7890};
  const bool is_short = random() % 4 != 0;
  const unsigned scale = random() % 8 == 0 ? random() % 64 : random() % 6;
  const int weight = random() % 8 == 0 ? static_cast<int>(random() % 40) - 20 : static_cast<int>(random() % 5) - 2;
  const unsigned minus = random() % 3 == 0 ? 1 : 0;
  Bytes value;
  if (random() % 50 == 0) {
    AppendLe16(value, 0xc000u | static_cast<unsigned>(random() % 16) << 12);
    return value;
  }
  if (is_short) {
    AppendLe16(value, 0x8000u | minus << 13 | scale << 7 | (static_cast<unsigned>(weight) & 0x7f));
  } else {
    AppendLe16(value, minus << 14 | scale);
    AppendLe16(value, static_cast<unsigned>(weight) & 0xffff);
  }
  for (unsigned n = random() % 10 == 0 ? random() % 40 : random() % 4; n > 0; --n) {
    const bool is_round = random() % 2 == 0;
    AppendLe16(value, is_round ? kUsual[random() % std::size(kUsual)] : static_cast<unsigned>(random() % (random() % 20 == 0 ? 65536 : 10000)));
  }
  if (random() % 50 == 0) value.push_back(0);
  return value;
}

int32_t NumericModifier(std::mt19937_64& random) {
  if (random() % 3 == 0) return -1;
  const auto precision = static_cast<int32_t>(1 + random() % 24), scale = static_cast<int32_t>(random() % 6);
  return (precision << 16 | scale) + 4;
}

// A whole number whose size is anything, near the limits as well.
uint64_t AnySize(std::mt19937_64& random) { return random() >> (random() % 64); }

}  // namespace

TEST_CASE("numbers go straight to the text that their images give") {
  const auto seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  for (int i = 0; i < 200000; ++i) Compare("numeric", NumericModifier(random), RandomNumeric(random));
  for (int i = 0; i < 20000; ++i) {
    Compare("int2", -1, Le(static_cast<uint16_t>(AnySize(random))));
    Compare("int4", -1, Le(static_cast<uint32_t>(AnySize(random))));
    Compare("int8", -1, Le(random() % 2 == 0 ? AnySize(random) : ~AnySize(random)));
  }
  for (unsigned byte = 0; byte < 256; ++byte) Compare("bool", -1, Bytes{static_cast<uint8_t>(byte)});
}

TEST_CASE("days and instants go straight to the text that their images give") {
  const auto seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  constexpr int64_t kDay = 86'400'000'000;
  for (int i = 0; i < 50000; ++i) {
    Compare("date", -1, Le(static_cast<uint32_t>(AnySize(random))));
    Compare("date", -1, Le(static_cast<uint32_t>(random() % 4000000) - 1000000u));
    const uint64_t micros = random() % 2 == 0 ? AnySize(random) : ~AnySize(random);
    const int64_t second = static_cast<int64_t>(random() % 8'000'000'000) * 60'000'000 - 100'000'000'000'000'000;
    for (const char* type : {"timestamp", "timestamptz"}) {
      Compare(type, -1, Le(micros));
      Compare(type, -1, Le(static_cast<uint64_t>(second)));
    }
  }
  for (const int64_t day : {-730120, -730119, -730118, -1, 0, 1, 59, 60, 366, 2921939, 2921940}) {
    Compare("date", -1, Le(static_cast<uint32_t>(day)));
    for (const int64_t more : {-1, 0, 1, 10, 999999, 1000000}) Compare("timestamp", -1, Le(static_cast<uint64_t>(day * kDay + more)));
  }
}

TEST_CASE("values of every length are refused or rendered alike") {
  const auto seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  for (const char* type : {"numeric", "int2", "int4", "int8", "bool", "date", "timestamp", "timestamptz", "text", "varchar", "float8"}) {
    for (int i = 0; i < 2000; ++i) {
      Bytes value(random() % 20);
      for (uint8_t& byte : value) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : 'a' + random() % 26);
      Compare(type, -1, value);
    }
  }
}

}  // namespace pulih

#include "formats/postgres/disk_value.h"

#include <cstring>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "tests/formats/postgres/disk_specimens.h"
#include "tests/formats/postgres/value_specimens.h"

namespace pulih {
namespace {

Bytes Unhex(const std::string& hex) {
  Bytes bytes(hex.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  return bytes;
}

DiskContext Context(bool float_times = false) { return {SpecimenTypes(), SpecimenLabels(), float_times, true}; }

std::string TextOf(const std::string& type, ByteView value, bool float_times = false) {
  std::string text;
  const Status status = AppendDiskText(Context(float_times), TypeNamed(type), value, text);
  return status.ok() ? text : "! " + status.message();
}

TEST_CASE("values on disk are rendered as PostgreSQL 15 renders them") {
  for (const DiskSpecimen& specimen : DiskSpecimens()) {
    INFO(specimen.type << " " << specimen.hex);
    CHECK(TextOf(specimen.type, Unhex(specimen.hex)) == specimen.text);
  }
}

// Whether a mutilated value is refused or is another value depends on its type; a failure leaves nothing behind.
TEST_CASE("every prefix and every flipped bit of a value is refused or rendered, and a failure appends nothing") {
  for (const DiskSpecimen& specimen : DiskSpecimens()) {
    const Bytes whole = Unhex(specimen.hex);
    const TypeIndex type = TypeNamed(specimen.type);
    const auto try_it = [&](ByteView value) {
      std::string text = "before";
      Bytes image{7};
      if (!AppendDiskText(Context(), type, value, text).ok()) REQUIRE(text == "before");
      if (!AppendDiskImage(Context(), type, value, image).ok()) REQUIRE(image.size() == 1);
      std::string prefix;
      (void)AppendPrefixText(Context(), type, value, prefix);
    };
    for (size_t size = 0; size < whole.size() && size < 300; ++size) try_it(ByteView(whole).first(size));
    for (size_t at = 0; at < whole.size() && at < 300; ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        Bytes flipped = whole;
        flipped[at] ^= static_cast<uint8_t>(1 << bit);
        try_it(flipped);
      }
    }
  }
}

TEST_CASE("numerics have a long form and a short one, and no zeros at their ends") {
  CHECK(TextOf("numeric", Unhex("02000000d204b80b")) == "1234.30");  // long: scale 2, weight 0
  CHECK(TextOf("numeric", Unhex("02400000d204b80b")) == "-1234.30");
  CHECK(TextOf("numeric", Unhex("0081d204b80b")) == "1234.30");  // short
  CHECK(TextOf("numeric", Unhex("00a1d204b80b")) == "-1234.30");
  CHECK(TextOf("numeric", Unhex("0081d2040000")).starts_with("!"));
  CHECK(TextOf("numeric", Unhex("0081d2041027")).starts_with("!"));
  CHECK(TextOf("numeric", Unhex("00c0")) == "NaN");
  CHECK(TextOf("numeric", Unhex("00d0")) == "Infinity");
  CHECK(TextOf("numeric", Unhex("00f0")) == "-Infinity");
  CHECK(TextOf("numeric", Unhex("00e0")).starts_with("!"));
}

Bytes Float(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  Bytes bytes(8);
  StoreLe(bytes.data(), bits);
  return bytes;
}

// Clusters up to 9.6 could be built so; 8.3 and before were.
TEST_CASE("times of clusters with float8 seconds are the same times") {
  CHECK(TextOf("timestamp", Float(450000000.25), true) == "2014-04-05 08:00:00.25");
  CHECK(TextOf("time", Float(3661.5), true) == "01:01:01.5");
  Bytes interval = Float(90);
  interval.resize(16, 0);
  interval[8] = 2;
  CHECK(TextOf("interval", interval, true) == "2 days 00:01:30");
  CHECK(TextOf("timestamp", Float(1.0 / 0.0), true) == "infinity");
  CHECK(TextOf("timestamp", Float(0.0 / 0.0), true).starts_with("!"));
  CHECK(TextOf("timestamp", Float(1e300), true).starts_with("!"));
}

TEST_CASE("texts are sound in their encoding, and a beginning of one ends with a whole character") {
  CHECK(TextOf("text", Unhex("61c3a9")) == "a\xc3\xa9");
  for (const char* bad : {"61c3", "61ff", "610062", "c0af", "eda080", "f4908080", "e28228"})
    CHECK(TextOf("text", Unhex(bad)).starts_with("!"));
  std::string text;
  CHECK(AppendPrefixText(Context(), TypeNamed("text"), Unhex("61e282"), text));
  CHECK(text == "a");
  text.clear();
  CHECK(AppendPrefixText(Context(), TypeNamed("bytea"), Unhex("01ff"), text));
  CHECK(text == "\\x01ff");
  CHECK_FALSE(AppendPrefixText(Context(), TypeNamed("jsonb"), Unhex("01ff"), text));
}

TEST_CASE("a modifier refuses what its column cannot hold") {
  const auto fits = [](const std::string& type, int32_t modifier, const std::string& hex) {
    Bytes image;
    REQUIRE(AppendDiskImage(Context(), TypeNamed(type), Unhex(hex), image).ok());
    return FitsModifier(Context(), TypeNamed(type), modifier, image);
  };
  const int32_t numeric_6_2 = ((6 << 16) | 2) + 4;
  CHECK(fits("numeric", numeric_6_2, "0081d204b80b"));
  CHECK_FALSE(fits("numeric", numeric_6_2, "8080d204b80b"));          // another scale
  CHECK_FALSE(fits("numeric", ((5 << 16) | 2) + 4, "0081d204b80b"));  // too many digits
  CHECK(fits("numeric", numeric_6_2, "0081"));
  CHECK(fits("varchar", 4 + 2, "61c3a9"));
  CHECK_FALSE(fits("varchar", 4 + 2, "616263"));
  CHECK(fits("bpchar", 4 + 3, "612020"));
  CHECK_FALSE(fits("bpchar", 4 + 3, "61"));
}

TEST_CASE("hostile containers stay in proportion") {
  // An array of 2^30 elements in 20 bytes, dimensions whose product wraps, a jsonb that says it has 2^28 elements.
  for (const char* hex : {"010000000000000017000000000000400100000001000000",
                          "06000000000000001700000000000100000001000000010000000100000001000000010001000000010000000100"
                          "00000100000001000000010000000100000001000000"})
    CHECK(TextOf("_int4", Unhex(hex)).starts_with("!"));
  CHECK(TextOf("jsonb", Unhex("ffffff2f00000000")).starts_with("!"));
  // Arrays inside arrays of jsonb, as deep as the bytes go.
  Bytes deep;
  for (int i = 0; i < 5000; ++i) {
    for (const uint32_t word : {0x40000001u, 0x50000000u | static_cast<uint32_t>(8 * (5000 - i) - 8)}) {
      deep.resize(deep.size() + 4);
      StoreLe(deep.data() + deep.size() - 4, word);
    }
  }
  CHECK(TextOf("jsonb", deep).starts_with("!"));
}

TEST_CASE("how values of a type lie is told by the type") {
  const auto form = [](const std::string& type) { return FormOf(SpecimenTypes(), TypeNamed(type)); };
  CHECK(form("int8").length == 8);
  CHECK(form("int8").align == 'd');
  CHECK(form("text").length == -1);
  CHECK(form("mood").length == 4);
  CHECK(form("_int4").align == 'i');
  CHECK(form("_point").align == 'd');
  CHECK(form("pair").align == 'd');
  CHECK(form("int4range").align == 'i');
}

}  // namespace
}  // namespace pulih

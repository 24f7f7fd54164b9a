#include "formats/postgres/value_text.h"

#include <random>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "tests/formats/postgres/value_specimens.h"
#include "tests/formats/repo/codec_checks.h"

namespace pulih {
namespace {

std::string TextOf(std::string_view type, ByteView image) {
  const auto text = ValueText(SpecimenTypes(), TypeNamed(type), image);
  return text.ok() ? *text : text.status().ToString();
}

// Whatever the bytes are: text, or `corrupt`. (A copy of exactly the size, so that a sanitizer sees a read beyond it.)
void GivesTextOrCorrupt(TypeIndex type, ByteView image) {
  const Bytes copy = ToBytes(image);
  std::string out = "before";
  const Status status = AppendValueText(SpecimenTypes(), type, copy, out);
  if (!status.ok() && (status.code() != Code::corrupt || out != "before")) {
    FAIL(SpecimenTypes()[type].name << ": " << ToHex(image) << ": " << status.ToString());
  }
}

void AppendBe32(Bytes& to, uint32_t v) {
  to.resize(to.size() + 4);
  StoreBe(to.data() + to.size() - 4, v);
}

TEST_CASE("values are rendered as PostgreSQL writes them") {
  for (const ValueSpecimen& v : ValueSpecimens()) {
    INFO(v.type << " " << v.image);
    CHECK(TextOf(v.type, Hex(v.image)) == v.text);
  }
}

TEST_CASE("a value's image cut short anywhere is text or corrupt, never a crash") {
  for (const ValueSpecimen& v : ValueSpecimens()) {
    const Bytes image = Hex(v.image);
    for (size_t size = 0; size < image.size(); ++size)
      GivesTextOrCorrupt(TypeNamed(v.type), ByteView(image).first(size));
  }
}

TEST_CASE("a value's image with any byte changed is text or corrupt, never a crash") {
  for (const ValueSpecimen& v : ValueSpecimens()) {
    Bytes image = Hex(v.image);
    for (uint8_t& byte : image) {
      const uint8_t was = byte;
      for (unsigned value = 0; value < 256; ++value) {
        byte = static_cast<uint8_t>(value);
        GivesTextOrCorrupt(TypeNamed(v.type), image);
      }
      byte = was;
    }
  }
}

TEST_CASE("any bytes are text or corrupt for any type") {
  const unsigned seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  for (int run = 0; run < 20000; ++run) {
    Bytes image(random() % 40);
    for (uint8_t& byte : image)
      byte = random() % 2 == 0 ? static_cast<uint8_t>(random() % 4) : static_cast<uint8_t>(random());
    GivesTextOrCorrupt(static_cast<TypeIndex>(random() % SpecimenTypes().size()), image);
  }
}

TEST_CASE("a byte behind a value of fixed length is corrupt") {
  for (const std::string_view type : {"bool", "int4", "float8", "date", "timestamptz", "interval", "uuid", "inet",
                                      "point", "_int4", "pair", "int4range", "tsquery"}) {
    for (const ValueSpecimen& v : ValueSpecimens()) {
      if (v.type != type) continue;
      Bytes image = Hex(v.image);
      image.push_back(0);
      const auto text = ValueText(SpecimenTypes(), TypeNamed(type), image);
      INFO(type);
      CHECK(text.status().code() == Code::corrupt);
    }
  }
}

TEST_CASE("a failure says which type and why, and leaves the text that was there") {
  std::string out = "kept";
  const Status status = AppendValueText(SpecimenTypes(), TypeNamed("date"), Hex("7ffffffe"), out);
  CHECK(status.message() == "render value: type date: its year is out of range");
  CHECK(out == "kept");
}

TEST_CASE("a type that is not known here is shown as bytes and said to be so") {
  bool exact = true;
  std::string out;
  REQUIRE(AppendValueText(SpecimenTypes(), TypeNamed("hstore"), Hex("0102"), out, &exact).ok());
  CHECK_FALSE(exact);
  REQUIRE(AppendValueText(SpecimenTypes(), TypeNamed("int4"), Hex("00000001"), out, &exact).ok());
  CHECK(exact);
  // Only the catalog knows the name behind the number.
  REQUIRE(AppendValueText(SpecimenTypes(), TypeNamed("regclass"), Hex("00000501"), out, &exact).ok());
  CHECK_FALSE(exact);
  CHECK(out == "\\x010211281");
}

TEST_CASE("a list of types that leads nowhere is corrupt") {
  const Bytes image = Hex("00000000 00000000 00000000");
  TypeList types(1);
  for (const PgTypeKind kind : {PgTypeKind::array, PgTypeKind::domain, PgTypeKind::range, PgTypeKind::multirange}) {
    types[0] = {kind, "public", "loop", 0, 0, {}};
    CHECK(ValueText(types, 0, image).status().code() == Code::corrupt);
  }
  types[0] = {PgTypeKind::composite, "public", "loop", 0, 0, {{"a", 0}}};
  CHECK(ValueText(types, 0, image).status().code() == Code::corrupt);
  types[0].kind = static_cast<PgTypeKind>(99);
  types[0].fields.clear();
  CHECK(ValueText(types, 0, image).status().code() == Code::corrupt);
  CHECK(ValueText(types, 1, image).status().code() == Code::corrupt);
}

TEST_CASE("a million domains over each other are no recursion") {
  TypeList types(1'000'000, PgType{PgTypeKind::domain, "public", "d", 0, 0, {}});
  types[0] = {PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}};
  for (TypeIndex i = 1; i < types.size(); ++i) types[i].element = i - 1;
  CHECK(*ValueText(types, 999'999, Hex("00000007")) == "7");
}

// Each level of rows doubles the quotes below it, so that a small image could stand for gigabytes.
TEST_CASE("quotes that double at each level end in a refusal, not in memory") {
  TypeList types = {{PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}}};
  Bytes image = ToBytes(std::string_view("\"\"\"\""));
  const auto wrap = [&types, &image] {
    const auto inner = static_cast<TypeIndex>(types.size() - 1);
    types.push_back({PgTypeKind::composite, "public", "row", 0, 0, {{"a", inner}}});
    Bytes outer;
    AppendBe32(outer, 1);
    AppendBe32(outer, 0);
    AppendBe32(outer, static_cast<uint32_t>(image.size()));
    Append(outer, image);
    image = outer;
  };
  for (int level = 0; level < 28; ++level) wrap();
  CHECK(ValueText(types, static_cast<TypeIndex>(types.size() - 1), image).status().code() == Code::too_large);
  for (int level = 0; level < 10; ++level) wrap();
  const auto too_deep = ValueText(types, static_cast<TypeIndex>(types.size() - 1), image);
  CHECK(too_deep.status().code() == Code::corrupt);
  CHECK(too_deep.status().message().find("nests too deep") != std::string::npos);
}

TEST_CASE("numbers with long exponents do not multiply an array's size without end") {
  Bytes image = Hex("00000001 00000000 000006a4 00001000 00000001");
  for (int i = 0; i < 0x1000; ++i) Append(image, Hex("0000000a 0001 7fff 0000 0000 0001"));
  CHECK(ValueText(SpecimenTypes(), TypeNamed("_numeric"), image).status().code() == Code::too_large);
}

TEST_CASE("a count that the bytes cannot hold allocates nothing") {
  CHECK(TextOf("_int4", Hex("00000001 00000000 00000017 3fffffff 00000001")).find("as many elements") !=
        std::string::npos);
  CHECK(TextOf("_int4", Hex("00000006 00000000 00000017 0000ffff 00000001 0000ffff 00000001 0000ffff 00000001 0000ffff "
                            "00000001 0000ffff 00000001 0000ffff 00000001"))
            .find("too many elements") != std::string::npos);
  CHECK(TextOf("bit", Hex("7fffffff ff")).find("ends early") != std::string::npos);
  CHECK(TextOf("polygon", Hex("ffffffff 00")).find("as many points") != std::string::npos);
  CHECK(TextOf("tsquery", Hex("ffffffff 01")).find("as many items") != std::string::npos);
}

TEST_CASE("a query of text search may nest as deep as it is long") {
  for (const bool to_the_right : {true, false}) {
    constexpr uint32_t kOperators = 100'000;
    Bytes image;
    AppendBe32(image, 2 * kOperators + 1);
    const Bytes operand = Hex("01 00 00 6100"), both = Hex("0202");
    if (to_the_right) {
      for (uint32_t i = 0; i < kOperators; ++i) Append(image, both);
      for (uint32_t i = 0; i <= kOperators; ++i) Append(image, operand);
    } else {
      for (uint32_t i = 0; i < kOperators; ++i) {
        Append(image, both);
        Append(image, operand);
      }
      Append(image, operand);
    }
    const auto text = ValueText(SpecimenTypes(), TypeNamed("tsquery"), image);
    REQUIRE(text.ok());
    CHECK(text->size() == 3 * (kOperators + 1) + 3 * kOperators);
  }
}

}  // namespace
}  // namespace pulih

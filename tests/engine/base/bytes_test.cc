#include "engine/base/bytes.h"

#include <limits>

#include <catch2/catch.hpp>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/checksum.h"
#include "engine/base/endian.h"
#include "engine/base/hex.h"
#include "engine/base/ids.h"

namespace pulih {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

Bytes Hex(std::string_view text) { return *FromHex(text); }

Bytes VarintOf(uint64_t v) {
  ByteWriter writer;
  writer.Varint(v);
  return std::move(writer).Take();
}

TEST_CASE("bytes: order is by unsigned byte, and a prefix comes first") {
  const std::vector<Bytes> ascending = {{}, {0}, {0, 0}, {0, 1}, {1}, {0x7f}, {0x80}, {0xff}, {0xff, 0}};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      const int order = Compare(ascending[i], ascending[j]);
      CHECK((order < 0) == (i < j));
      CHECK((order > 0) == (i > j));
      CHECK(Equal(ascending[i], ascending[j]) == (i == j));
    }
  }
}

TEST_CASE("bytes: text and bytes are two views of one thing") {
  const std::string text("a\0\xff", 3);
  CHECK(ToBytes(text) == Bytes{'a', 0, 0xff});
  CHECK(ToText(AsBytes(text)) == text);
  Bytes bytes = ToBytes("ab");
  Append(bytes, AsBytes("cd"));
  Append(bytes, {});
  CHECK(AsText(bytes) == "abcd");
}

TEST_CASE("endian: little and big, at any alignment") {
  uint8_t buffer[9] = {};
  StoreLe<uint32_t>(buffer + 1, 0x01020304);
  CHECK(ToHex(ByteView(buffer).subspan(1, 4)) == "04030201");
  CHECK(LoadLe<uint32_t>(buffer + 1) == 0x01020304);
  StoreBe<uint64_t>(buffer + 1, 0x0102030405060708);
  CHECK(ToHex(ByteView(buffer).subspan(1)) == "0102030405060708");
  CHECK(LoadBe<uint64_t>(buffer + 1) == 0x0102030405060708);
  CHECK(LoadBe<uint16_t>(buffer + 1) == 0x0102);
}

TEST_CASE("writer: the bytes of every kind of field") {
  ByteWriter writer;
  writer.U8(0x01);
  writer.Le16(0x0203);
  writer.Le32(0x04050607);
  writer.Le64(0x08090a0b0c0d0e0f);
  writer.Raw(Hex("aabb"));
  writer.Zeros(2);
  writer.Varint(300);
  writer.SignedVarint(-2);
  writer.Sized("hi");
  writer.Sized(ByteView());
  CHECK(ToHex(writer.view()) ==
        "01"
        "0302"
        "07060504"
        "0f0e0d0c0b0a0908"
        "aabb"
        "0000"
        "ac02"
        "03"
        "026869"
        "00");
  CHECK(writer.size() == 26);

  ByteReader reader(writer.view());
  CHECK(reader.U8() == 0x01);
  CHECK(reader.Le16() == 0x0203);
  CHECK(reader.Le32() == 0x04050607);
  CHECK(reader.Le64() == 0x08090a0b0c0d0e0f);
  CHECK(reader.Array<2>() == std::array<uint8_t, 2>{0xaa, 0xbb});
  CHECK(reader.Raw(2).size() == 2);
  CHECK_FALSE(reader.Finish());
  CHECK(reader.Varint() == 300);
  CHECK(reader.SignedVarint() == -2);
  CHECK(reader.SizedText() == "hi");
  CHECK(reader.Sized().empty());
  CHECK(reader.Finish());
  CHECK(reader.offset() == 26);
}

TEST_CASE("reader: every prefix of a structure fails, and stays failed") {
  ByteWriter writer;
  writer.Le64(1);
  writer.Varint(1u << 20);
  writer.Sized("text");
  writer.Le16(5);
  const Bytes whole = std::move(writer).Take();
  for (size_t length = 0; length <= whole.size(); ++length) {
    ByteReader reader(ByteView(whole).first(length));
    reader.Le64();
    reader.Varint();
    reader.Sized();
    reader.Le16();
    CHECK(reader.Finish() == (length == whole.size()));
    if (length == whole.size()) continue;
    CHECK(reader.failed());
    CHECK(reader.remaining() == 0);
    CHECK(reader.U8() == 0);
    CHECK(reader.Le64() == 0);
    CHECK(reader.Raw(1).empty());
    CHECK(reader.Array<4>() == std::array<uint8_t, 4>{});
    CHECK(reader.Varint() == 0);
  }
}

TEST_CASE("reader: lengths beyond the input fail without being believed") {
  for (const uint64_t length : {uint64_t{4}, uint64_t{1} << 32, kMax}) {
    Bytes input = VarintOf(length);
    Append(input, AsBytes("abc"));
    ByteReader reader(input);
    CHECK(reader.Sized().empty());
    CHECK(reader.failed());
    ByteReader raw(input);
    CHECK(raw.Raw(length + (length < kMax ? input.size() : 0)).empty());
    CHECK(raw.failed());
  }
}

TEST_CASE("reader: a rule that the caller checks fails it too") {
  const Bytes input = {1};
  ByteReader reader(input);
  reader.U8();
  CHECK(reader.Finish());
  reader.Fail();
  CHECK_FALSE(reader.Finish());
}

TEST_CASE("reader: bytes that are left over are not ignored") {
  const Bytes input = {1, 2};
  ByteReader reader(input);
  reader.U8();
  CHECK_FALSE(reader.failed());
  CHECK_FALSE(reader.Finish());
}

TEST_CASE("varint: round trip at every edge, in the shortest form") {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const uint64_t v : {(uint64_t{1} << bits) - 1, uint64_t{1} << bits, (uint64_t{1} << bits) + 1}) {
      const Bytes bytes = VarintOf(v);
      const unsigned significant = v == 0 ? 1 : 64 - static_cast<unsigned>(__builtin_clzll(v));
      CHECK(bytes.size() == (significant + 6) / 7);
      ByteReader reader(bytes);
      CHECK(reader.Varint() == v);
      CHECK(reader.Finish());
    }
  }
  CHECK(ToHex(VarintOf(kMax)) == "ffffffffffffffffff01");
}

TEST_CASE("varint: a longer form, an overflow and an open end are refused") {
  for (const char* text : {"8000", "ff00", "808000", "ffffffffffffffffff00", "ffffffffffffffffff02",
                           "ffffffffffffffffff81", "ffffffffffffffffff8100", "80808080808080808080", "80", "ff", ""}) {
    const Bytes bytes = Hex(text);
    ByteReader reader(bytes);
    CHECK(reader.Varint() == 0);
    CHECK(reader.failed());
  }
}

TEST_CASE("signed varint: round trip, small numbers short") {
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min(), kHighest = std::numeric_limits<int64_t>::max();
  for (const int64_t v :
       {int64_t{0}, int64_t{-1}, int64_t{1}, int64_t{-64}, int64_t{63}, int64_t{64}, kLowest, kHighest}) {
    ByteWriter writer;
    writer.SignedVarint(v);
    ByteReader reader(writer.view());
    CHECK(reader.SignedVarint() == v);
    CHECK(reader.Finish());
    CHECK((writer.size() == 1) == (v >= -64 && v <= 63));
  }
}

TEST_CASE("hex: both ways, lower case and even only (I5)") {
  CHECK(ToHex(Bytes{0x00, 0x0f, 0xa5, 0xff}) == "000fa5ff");
  CHECK(*FromHex("000fa5ff") == Bytes{0x00, 0x0f, 0xa5, 0xff});
  CHECK(ToHex({}).empty());
  CHECK(FromHex("")->empty());
  for (const char* bad : {"0", "000", "0A", "0g", "g0", " 0", "0x", "/0", ":0", "`0"})
    CHECK_FALSE(FromHex(bad).has_value());
}

TEST_CASE("ids: right size only, hex both ways, ordered by bytes") {
  const std::string text = "000102030405060708090a0b0c0d0e0f";
  const auto id = WriterId::FromHexText(text);
  REQUIRE(id.has_value());
  CHECK(id->hex() == text);
  CHECK(WriterId::FromView(id->view()) == id);
  CHECK_FALSE(WriterId::FromHexText(text + "00").has_value());
  CHECK_FALSE(WriterId::FromHexText(text.substr(2)).has_value());
  CHECK_FALSE(WriterId::FromHexText("zz" + text.substr(2)).has_value());
  CHECK_FALSE(WriterId::FromView(Bytes(17)).has_value());
  CHECK(WriterId{}.is_zero());
  CHECK_FALSE(id->is_zero());
  WriterId higher = *id;
  higher.bytes[0] = 0x80;
  CHECK(*id < higher);
  CHECK(WriterId::Hash()(*id) != WriterId::Hash()(higher));
}

TEST_CASE("checksum: the published value of XXH3, and every flipped bit shows") {
  CHECK(Checksum64({}) == 0x2d06800538d394c2);
  const Bytes bytes = ToBytes("what was written");
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    CHECK(Checksum64(flipped) != Checksum64(bytes));
  }
}

}  // namespace
}  // namespace pulih

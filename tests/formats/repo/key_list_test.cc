#include "formats/repo/key_list.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

constexpr std::string_view kGolden =
    "01000000 0400"
    "0100 0000 0200 aabb"
    "0600 0000 0100 01"
    "0600 0200 0100 02"
    "0d00 0000 0000";

TEST_CASE("a key list has the bytes that the format says") {
  const Bytes domain = {0xaa, 0xbb}, first = {1}, second = {2};
  const Bytes encoded = EncodeKeyList({{KeyType::domain_id, 0, domain},
                                       {KeyType::content_secret, 0, first},
                                       {KeyType::content_secret, 2, second},
                                       {KeyType::role, 0, {}}});
  CHECK(ToHex(encoded) == ToHex(Hex(kGolden)));

  const auto keys = DecodeKeyList(encoded);
  REQUIRE(keys.ok());
  REQUIRE(keys->size() == 4);
  CHECK((*keys)[0].type == KeyType::domain_id);
  CHECK(Equal((*keys)[0].bytes, domain));
  CHECK((*keys)[2].type == KeyType::content_secret);
  CHECK((*keys)[2].index == 2);
  CHECK(Equal((*keys)[2].bytes, second));
  CHECK((*keys)[3].bytes.empty());
}

TEST_CASE("a key list is canonical") {
  IsCanonical(Hex(kGolden), ReencodeKeyList);
  ATrailingByteIsRefused(Hex(kGolden), ReencodeKeyList);
  RandomValuesComeBack(1000, KeyListSpecimen, ReencodeKeyList);
}

TEST_CASE("a key list out of order, or with a key twice, is corrupt") {
  CHECK_FALSE(DecodeKeyList(Hex("01000000 0200 0900 0000 0000 0800 0000 0000")).ok());
  CHECK_FALSE(DecodeKeyList(Hex("01000000 0200 0900 0000 0000 0900 0000 0000")).ok());
  CHECK_FALSE(DecodeKeyList(Hex("01000000 0200 0600 0200 0000 0600 0100 0000")).ok());
  CHECK(DecodeKeyList(Hex("01000000 0200 0800 0000 0000 0900 0000 0000")).ok());
}

TEST_CASE("only content keys have generations") {
  CHECK_FALSE(DecodeKeyList(Hex("01000000 0100 0900 0100 0000")).ok());
  CHECK(DecodeKeyList(Hex("01000000 0100 0500 ffff 0000")).ok());
}

TEST_CASE("a key list of a newer version, or with an unknown type, is unsupported and named") {
  const auto version = DecodeKeyList(Hex("07000000 0000")).status();
  CHECK(version.code() == Code::unsupported);
  CHECK(version.message() == "decode key list: format version 7 is newer than 1, the newest this program knows");
  CHECK(DecodeKeyList(Hex("00000000 0000")).status().code() == Code::corrupt);
  const auto type = DecodeKeyList(Hex("01000000 0100 0f00 0000 0000")).status();
  CHECK(type.code() == Code::unsupported);
  CHECK(type.message() == "decode key list: key type 15 is not known to this program");
  CHECK(DecodeKeyList(Hex("01000000 0100 0000 0000 0000")).status().code() == Code::unsupported);
}

TEST_CASE("a key count without keys behind it is refused") {
  CHECK(DecodeKeyList(Hex("01000000 ffff")).status().code() == Code::corrupt);
  CHECK(DecodeKeyList(Hex("01000000 0100 0900 0000 ffff 00")).status().code() == Code::corrupt);
}

}  // namespace
}  // namespace pulih

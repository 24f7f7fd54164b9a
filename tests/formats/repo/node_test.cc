#include "formats/repo/node.h"

#include <map>
#include <utility>

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

// Keys "", "a", "ab", "b" with values "1", "", "22", "3".
constexpr std::string_view kLeaf =
    "01 00 04"
    "00 00    01 31"
    "00 01 61 00"
    "01 01 62 02 3232"
    "00 01 62 01 33";

Bytes Interior() {
  return Hex("01 02 02"
             "00 02 6162" + Repeated(0xc1, 32) + "05"
             "01 01 63" + Repeated(0xc2, 32) + "8001");
}

TEST_CASE("a leaf has the bytes that the format says") {
  NodeEncoder encoder(0);
  encoder.AddLeafEntry({}, AsBytes("1"));
  encoder.AddLeafEntry(AsBytes("a"), {});
  encoder.AddLeafEntry(AsBytes("ab"), AsBytes("22"));
  encoder.AddLeafEntry(AsBytes("b"), AsBytes("3"));
  CHECK(encoder.count() == 4);
  CHECK(encoder.key_bytes() == 4);
  CHECK(AsText(encoder.last_key()) == "b");
  const size_t bound = encoder.encoded_size();
  const Bytes encoded = std::move(encoder).Finish();
  CHECK(ToHex(encoded) == ToHex(Hex(kLeaf)));
  CHECK(encoded.size() <= bound);

  const auto node = DecodeNode(encoded);
  REQUIRE(node.ok());
  CHECK(node->level == 0);
  REQUIRE(node->entries.size() == 4);
  CHECK(node->entries[0].key.empty());
  CHECK(AsText(node->entries[0].value) == "1");
  CHECK(AsText(node->entries[2].key) == "ab");
  CHECK(AsText(node->entries[2].value) == "22");
  CHECK(AsText(node->entries[3].key) == "b");
}

TEST_CASE("an interior node has the bytes that the format says") {
  ObjectId first, second;
  first.bytes.fill(0xc1);
  second.bytes.fill(0xc2);
  NodeEncoder encoder(2);
  encoder.AddChild(AsBytes("ab"), first, 5);
  encoder.AddChild(AsBytes("ac"), second, 128);
  CHECK(ToHex(std::move(encoder).Finish()) == ToHex(Interior()));

  const Bytes bytes = Interior();
  const auto node = DecodeNode(bytes);
  REQUIRE(node.ok());
  CHECK(node->level == 2);
  REQUIRE(node->entries.size() == 2);
  CHECK(AsText(node->entries[1].key) == "ac");
  CHECK(node->entries[1].child == second);
  CHECK(node->entries[1].entries_below == 128);
}

TEST_CASE("the empty map is one empty leaf") {
  CHECK(ToHex(NodeEncoder(0).Finish()) == "010000");
  const auto node = DecodeNode(Hex("010000"));
  REQUIRE(node.ok());
  CHECK(node->entries.empty());
  CHECK_FALSE(DecodeNode(Hex("010100")).ok());
}

TEST_CASE("nodes are canonical") {
  for (const Bytes& golden : {Hex(kLeaf), Interior()}) {
    IsCanonical(golden, ReencodeNode);
    ATrailingByteIsRefused(golden, ReencodeNode);
  }
  RandomValuesComeBack(2000, NodeSpecimen, ReencodeNode);
}

TEST_CASE("a key that is not written with the longest shared prefix is refused") {
  CHECK(DecodeNode(Hex("010002 00 02 6161 00  01 01 62 00")).ok());
  CHECK_FALSE(DecodeNode(Hex("010002 00 02 6161 00  00 02 6162 00")).ok());
}

TEST_CASE("keys that do not strictly ascend are refused") {
  CHECK_FALSE(DecodeNode(Hex("010002 00 01 62 00  00 01 61 00")).ok());  // b, a
  CHECK_FALSE(DecodeNode(Hex("010002 00 01 61 00  01 00 00")).ok());     // a, a
  CHECK_FALSE(DecodeNode(Hex("010002 00 02 6162 00  01 00 00")).ok());   // ab, a
  CHECK_FALSE(DecodeNode(Hex("010002 00 00 00  00 00 00")).ok());        // empty twice
  CHECK(DecodeNode(Hex("010002 00 01 61 00  01 01 00 00")).ok());        // a, a\0
}

TEST_CASE("a prefix longer than the key before is refused") {
  CHECK_FALSE(DecodeNode(Hex("010001 01 00 00")).ok());
  CHECK_FALSE(DecodeNode(Hex("010002 00 01 61 00  02 01 62 00")).ok());
}

TEST_CASE("a node's version, level and count are checked") {
  const auto newer = DecodeNode(Hex("020000")).status();
  CHECK(newer.code() == Code::unsupported);
  CHECK(newer.message() == "decode map node: format version 2 is newer than 1, the newest this program knows");
  CHECK(DecodeNode(Hex("000000")).status().code() == Code::corrupt);
  CHECK(DecodeNode(Hex("011f01 00 00" + Repeated(1, 32) + "01")).ok());
  CHECK_FALSE(DecodeNode(Hex("012001 00 00" + Repeated(1, 32) + "01")).ok());
  CHECK_FALSE(DecodeNode(Hex("010001")).ok());
  CHECK_FALSE(DecodeNode(Hex("0100 ffffffffffffffffff01")).ok());
  CHECK_FALSE(DecodeNode(Hex("0100 8000")).ok());  // a count with a needless byte
}

TEST_CASE("an interior entry counts at least one entry below it") {
  CHECK_FALSE(DecodeNode(Hex("010101 00 00" + Repeated(1, 32) + "00")).ok());
}

TEST_CASE("shared prefixes cannot make a reader take more memory than an object's worth of keys") {
  // One long key, and then many that share nearly all of it: a few bytes each on disk.
  const size_t prefix = 64u << 10;
  auto node_of = [prefix](size_t count) {
    ByteWriter out;
    out.U8(kNodeVersion);
    out.U8(0);
    out.Varint(count);
    out.Varint(0);
    out.Sized(Bytes(prefix, 'k'));
    out.Varint(0);
    for (size_t i = 1; i < count; ++i) {
      out.Varint(prefix);
      out.Sized(Bytes{static_cast<uint8_t>(i)});
      out.Varint(0);
    }
    return std::move(out).Take();
  };
  CHECK(DecodeNode(node_of(63)).ok());
  CHECK(DecodeNode(node_of(65)).status().message() == "decode map node: its keys are longer than a node's may be");
}

TEST_CASE("a node is read as a sorted map writes it") {
  std::mt19937_64 random(Catch::rngSeed());
  INFO("seed " << Catch::rngSeed());
  for (int run = 0; run < 200; ++run) {
    std::map<std::string, std::string> entries;
    for (uint64_t i = random() % 100; i > 0; --i) {
      std::string key(random() % 6, 'a');
      for (char& c : key) c = static_cast<char>(random() % 3 == 0 ? 0xff : random() % 2);
      entries[key] = std::string(random() % 5, 'v');
    }
    NodeEncoder encoder(0);
    for (const auto& [key, value] : entries) encoder.AddLeafEntry(AsBytes(key), AsBytes(value));
    const Bytes bytes = std::move(encoder).Finish();
    const auto node = DecodeNode(bytes);
    REQUIRE(node.ok());
    REQUIRE(node->entries.size() == entries.size());
    size_t i = 0;
    for (const auto& [key, value] : entries) {
      REQUIRE(AsText(node->entries[i].key) == key);
      REQUIRE(AsText(node->entries[i].value) == value);
      ++i;
    }
  }
}

}  // namespace
}  // namespace pulih

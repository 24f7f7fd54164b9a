#include "formats/repo/manifest.h"

#include <limits>

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

// --- public part -----------------------------------------------------------------------------------------------

ManifestPublic Public() {
  ManifestPublic part;
  part.domain.bytes.fill(0xd0);
  part.repository.bytes.fill(0xe0);
  part.writer.bytes.fill(0x11);
  part.sequence = 1;
  part.previous.bytes.fill(0x99);
  part.time_ns = 2;
  part.files = 3;
  part.bytes = 4;
  part.rows = 5;
  part.tables = 6;
  part.epoch_seen = 7;
  part.structure_digest.bytes.fill(0x5d);
  part.content_digest.bytes.fill(0xcd);
  return part;
}
std::string Le64(int value) { return ToHex(Bytes{static_cast<uint8_t>(value), 0, 0, 0, 0, 0, 0, 0}); }
Bytes GoldenPublic() {
  return Hex(Repeated(0xd0, 16) + Repeated(0xe0, 16) + Repeated(0x11, 16) + Le64(1) + Repeated(0x99, 32) + Le64(2) + Le64(3) + Le64(4) +
             Le64(5) + Le64(6) + Le64(7) + Repeated(0x5d, 32) + Repeated(0xcd, 32));
}

TEST_CASE("a manifest's public part has the bytes that the format says") {
  CHECK(ToHex(EncodeManifestPublic(Public())) == ToHex(GoldenPublic()));
  const auto back = DecodeManifestPublic(GoldenPublic());
  REQUIRE(back.ok());
  CHECK(back->domain == Public().domain);
  CHECK(back->repository == Public().repository);
  CHECK(back->writer == Public().writer);
  CHECK(back->sequence == 1);
  CHECK(back->previous == Public().previous);
  CHECK(back->time_ns == 2);
  CHECK(back->files == 3);
  CHECK(back->bytes == 4);
  CHECK(back->rows == 5);
  CHECK(back->tables == 6);
  CHECK(back->epoch_seen == 7);
  CHECK(back->structure_digest == Public().structure_digest);
  CHECK(back->content_digest == Public().content_digest);
  IsCanonical(GoldenPublic(), ReencodeManifestPublic);
  ATrailingByteIsRefused(GoldenPublic(), ReencodeManifestPublic);
  RandomValuesComeBack(500, ManifestPublicSpecimen, ReencodeManifestPublic);
}

// --- structure part --------------------------------------------------------------------------------------------

std::string StructureHead(std::string count) { return Repeated(0x5a, 32) + count; }
Bytes GoldenStructure() {
  return Hex(StructureHead("02000000") + Repeated(0xa1, 32) + Repeated(0xa2, 32) + Repeated(0x6e, 32) + "01");
}

TEST_CASE("a manifest's structure part has the bytes that the format says") {
  ManifestStructure part;
  part.salt.fill(0x5a);
  part.roots.resize(2);
  part.roots[0].bytes.fill(0xa1);
  part.roots[1].bytes.fill(0xa2);
  part.retention_group.bytes.fill(0x6e);
  part.is_protected = true;
  CHECK(ToHex(EncodeManifestStructure(part)) == ToHex(GoldenStructure()));
  const auto back = DecodeManifestStructure(GoldenStructure());
  REQUIRE(back.ok());
  CHECK(back->salt == part.salt);
  CHECK(back->roots == part.roots);
  CHECK(back->retention_group == part.retention_group);
  CHECK(back->is_protected);
  IsCanonical(GoldenStructure(), ReencodeManifestStructure);
  ATrailingByteIsRefused(GoldenStructure(), ReencodeManifestStructure);
  RandomValuesComeBack(500, ManifestStructureSpecimen, ReencodeManifestStructure);
}

TEST_CASE("a structure part's count and protection are checked") {
  const std::string group = Repeated(0x6e, 32);
  CHECK(DecodeManifestStructure(Hex(StructureHead("00000000") + group + "00")).ok());
  CHECK_FALSE(DecodeManifestStructure(Hex(StructureHead("00000000") + group + "02")).ok());
  CHECK_FALSE(DecodeManifestStructure(Hex(StructureHead("ffffffff") + group + "00")).ok());
  CHECK_FALSE(DecodeManifestStructure(Hex(StructureHead("01000000") + group + "00")).ok());
}

// --- content part ----------------------------------------------------------------------------------------------

ManifestContent Content() {
  ManifestContent part;
  part.salt.fill(0x5a);
  part.host = "db1";
  part.name = "n";
  part.tags = {"a", ""};
  part.paths = {"/srv"};
  part.root_names = {"files"};
  part.zone_offset_minutes = 420;
  part.directories = 1;
  part.others = 2;
  part.bytes_added = 300;
  part.source_errors = 4;
  part.milliseconds = 5;
  return part;
}
Bytes GoldenContent() {
  return Hex(Repeated(0x5a, 32) + "03 646231 01 6e 02 01 61 00 01 04 2f737276 01 05 66696c6573 c806 01 02 ac02 04 05");
}

TEST_CASE("a manifest whose roots share a name is refused") {
  ManifestContent part = Content();
  part.root_names = {"files", "uji/public.t", "files"};
  CHECK(DecodeManifestContent(EncodeManifestContent(part)).status().code() == Code::corrupt);
}

TEST_CASE("a manifest's content part has the bytes that the format says") {
  CHECK(ToHex(EncodeManifestContent(Content())) == ToHex(GoldenContent()));
  const auto back = DecodeManifestContent(GoldenContent());
  REQUIRE(back.ok());
  CHECK(back->salt == Content().salt);
  CHECK(back->host == "db1");
  CHECK(back->name == "n");
  CHECK(back->tags == Content().tags);
  CHECK(back->paths == Content().paths);
  CHECK(back->root_names == Content().root_names);
  CHECK(back->zone_offset_minutes == 420);
  CHECK(back->directories == 1);
  CHECK(back->others == 2);
  CHECK(back->bytes_added == 300);
  CHECK(back->source_errors == 4);
  CHECK(back->milliseconds == 5);
  IsCanonical(GoldenContent(), ReencodeManifestContent);
  ATrailingByteIsRefused(GoldenContent(), ReencodeManifestContent);
  RandomValuesComeBack(500, ManifestContentSpecimen, ReencodeManifestContent);
}

TEST_CASE("a zone offset keeps its extremes and no more") {
  ManifestContent part = Content();
  for (const int32_t offset : {std::numeric_limits<int32_t>::min(), -1, std::numeric_limits<int32_t>::max()}) {
    part.zone_offset_minutes = offset;
    CHECK(DecodeManifestContent(EncodeManifestContent(part))->zone_offset_minutes == offset);
  }
  const std::string before = Repeated(0x5a, 32) + "00 00 00 00 00", after = "00 00 00 00 00";
  CHECK(DecodeManifestContent(Hex(before + "feffffff0f" + after)).ok());         // 2^31 - 1
  CHECK_FALSE(DecodeManifestContent(Hex(before + "8080808010" + after)).ok());   // 2^31
  CHECK_FALSE(DecodeManifestContent(Hex(before + "8180808010" + after)).ok());   // -2^31 - 1
}

TEST_CASE("a list's count without texts behind it is refused") {
  CHECK_FALSE(DecodeManifestContent(Hex(Repeated(0x5a, 32) + "00 00 ffffffffffffffffff01")).ok());
  CHECK_FALSE(DecodeManifestContent(Hex(Repeated(0x5a, 32) + "00 00 05 01 61")).ok());
}

// --- the whole -------------------------------------------------------------------------------------------------

Bytes Golden() {
  return Hex("50554c4948534e50 01000000 02000000 03000000 01000000 0000000000000000 aabb 010203 ff" + Repeated(0x99, 64));
}

TEST_CASE("a manifest is head, three parts and a signature") {
  Bytes blob = EncodeManifest(Hex("aabb"), Hex("010203"), Hex("ff"));
  blob.insert(blob.end(), 64, 0x99);
  CHECK(ToHex(blob) == ToHex(Golden()));
  const auto view = ParseManifest(blob);
  REQUIRE(view.ok());
  CHECK(ToHex(view->public_part) == "aabb");
  CHECK(ToHex(view->structure_sealed) == "010203");
  CHECK(ToHex(view->content_sealed) == "ff");
  CHECK(view->signed_bytes.data() == blob.data());
  CHECK(view->signed_bytes.size() == blob.size() - 64);
  CHECK(Equal(view->signature, Bytes(64, 0x99)));
}

TEST_CASE("a manifest is canonical") {
  IsCanonical(Golden(), ReencodeManifest);
  ATrailingByteIsRefused(Golden(), ReencodeManifest);
  RandomValuesComeBack(300, ManifestSpecimen, ReencodeManifest);
}

TEST_CASE("a manifest's magic, version, reserved bytes and size are checked") {
  Bytes bytes = Golden();
  bytes[8] = 3;
  CHECK(ParseManifest(bytes).status().message() == "decode manifest: format version 3 is newer than 1, the newest this program knows");
  CHECK(ParseManifest(bytes).status().code() == Code::unsupported);
  for (size_t at = 24; at < 32; ++at) {
    bytes = Golden();
    bytes[at] = 1;
    CHECK(ParseManifest(bytes).status().code() == Code::corrupt);
  }
  CHECK_FALSE(ParseManifest(Bytes(kMaxManifestSize + 1)).ok());
  Bytes largest = EncodeManifest(Bytes(kMaxManifestSize - 32 - 64), {}, {});
  largest.resize(kMaxManifestSize);
  CHECK(ParseManifest(largest).ok());
}

TEST_CASE("a manifest's lengths are compared with what is there") {
  for (const size_t at : {12, 16, 20}) {
    Bytes bytes = Golden();
    for (size_t i = 0; i < 4; ++i) bytes[at + i] = 0xff;
    CHECK(ParseManifest(bytes).status().code() == Code::corrupt);
  }
}

}  // namespace
}  // namespace pulih

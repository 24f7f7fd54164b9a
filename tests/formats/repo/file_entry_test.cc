#include "formats/repo/file_entry.h"

#include <limits>

#include "engine/base/byte_writer.h"
#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

ObjectId Object(uint8_t b) {
  ObjectId id;
  id.bytes.fill(b);
  return id;
}

FileEntry RegularFile() {
  FileEntry entry;
  entry.type = FileType::regular;
  entry.mode = 0644;
  entry.uid = 1000;
  entry.gid = 100;
  entry.user = "budi";
  entry.group = "lpse";
  entry.mtime_seconds = 1412392800;
  entry.mtime_nanoseconds = 5;
  entry.content.digest.bytes.fill(0xdd);
  entry.content.size = 300;
  entry.content.segments = {Extent{Object(0xa1), 7, 200}, Hole{100}};
  return entry;
}

std::string GoldenContent() { return "ac02 01" + Repeated(0xdd, 32) + "01 02" + "01" + Repeated(0xa1, 32) + "07 c801" + "02 64"; }

// Everything before what depends on the type, for that file's owner and times.
std::string Common(std::string type, std::string flags) {
  return "01" + type + flags + "a403 e807 64 04 62756469 04 6c707365 c09dfbc20a 05";
}

TEST_CASE("a regular file's entry has the bytes that the format says") {
  const Bytes golden = Hex(Common("01", "00") + GoldenContent());
  CHECK(ToHex(EncodeFileEntry(RegularFile())) == ToHex(golden));

  const auto back = DecodeFileEntry(golden);
  REQUIRE(back.ok());
  CHECK(back->type == FileType::regular);
  CHECK_FALSE(back->ancestor);
  CHECK_FALSE(back->incomplete);
  CHECK(back->mode == 0644);
  CHECK(back->uid == 1000);
  CHECK(back->gid == 100);
  CHECK(back->user == "budi");
  CHECK(back->group == "lpse");
  CHECK(back->mtime_seconds == 1412392800);
  CHECK(back->mtime_nanoseconds == 5);
  CHECK(back->link.is_zero());
  CHECK(back->content.size == 300);
  CHECK(back->content.digest_kind == DigestKind::sha256);
  CHECK(back->content.digest == RegularFile().content.digest);
  CHECK(back->content.segments == RegularFile().content.segments);
  CHECK(back->xattrs.empty());
}

TEST_CASE("each type of entry has the bytes that the format says") {
  FileEntry entry = RegularFile();
  entry.type = FileType::directory;
  entry.ancestor = true;
  CHECK(ToHex(EncodeFileEntry(entry)) == ToHex(Hex(Common("02", "01"))));

  entry = RegularFile();
  entry.type = FileType::symlink;
  entry.symlink_target = "../x";
  entry.link.bytes.fill(0x1b);
  const Bytes symlink = EncodeFileEntry(entry);
  CHECK(ToHex(symlink) == ToHex(Hex(Common("03", "04") + Repeated(0x1b, 16) + "04 2e2e2f78")));
  CHECK(DecodeFileEntry(symlink)->symlink_target == "../x");
  CHECK(DecodeFileEntry(symlink)->link == entry.link);

  entry = RegularFile();
  entry.type = FileType::block_device;
  entry.device_major = 8;
  entry.device_minor = 300;
  const Bytes device = EncodeFileEntry(entry);
  CHECK(ToHex(device) == ToHex(Hex(Common("06", "00") + "08 ac02")));
  CHECK(DecodeFileEntry(device)->device_major == 8);
  CHECK(DecodeFileEntry(device)->device_minor == 300);

  entry = RegularFile();
  entry.type = FileType::fifo;
  entry.incomplete = true;
  entry.xattrs = {{"user.a", {}}, {"user.b", {1, 2}}};
  const Bytes fifo = EncodeFileEntry(entry);
  CHECK(ToHex(fifo) == ToHex(Hex(Common("04", "0a") + "01 02 06 757365722e61 00 06 757365722e62 02 0102")));
  CHECK(DecodeFileEntry(fifo)->incomplete);
  CHECK(DecodeFileEntry(fifo)->xattrs == entry.xattrs);

  entry.xattrs.clear();
  entry.xattr_map = Object(0x5e);
  const Bytes map = EncodeFileEntry(entry);
  CHECK(ToHex(map) == ToHex(Hex(Common("04", "0a") + "02" + Repeated(0x5e, 32))));
  CHECK(DecodeFileEntry(map)->xattr_map == Object(0x5e));
}

TEST_CASE("file entries, contents and segments are canonical") {
  FileEntry entry = RegularFile();
  entry.link.bytes.fill(0x1b);
  entry.xattrs = {{"user.a", {}}, {"user.b", {1, 2}}};
  const Bytes golden = EncodeFileEntry(entry);
  IsCanonical(golden, ReencodeFileEntry);
  ATrailingByteIsRefused(golden, ReencodeFileEntry);
  IsCanonical(Hex(GoldenContent()), ReencodeContent);
  ATrailingByteIsRefused(Hex(GoldenContent()), ReencodeContent);
  for (const Segment& segment : {Segment(Extent{Object(0xa1), 7, 200}), Segment(Hole{1u << 30})}) {
    IsCanonical(EncodeSegment(segment), ReencodeSegment);
    ATrailingByteIsRefused(EncodeSegment(segment), ReencodeSegment);
  }
  RandomValuesComeBack(2000, FileEntrySpecimen, ReencodeFileEntry);
  RandomValuesComeBack(500, ContentSpecimen, ReencodeContent);
  RandomValuesComeBack(500, SegmentSpecimen, ReencodeSegment);
}

TEST_CASE("times and owners keep their extremes") {
  FileEntry entry = RegularFile();
  entry.mode = 07777;
  entry.uid = entry.gid = std::numeric_limits<uint32_t>::max();
  entry.mtime_nanoseconds = 999'999'999;
  for (const int64_t seconds : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0}, std::numeric_limits<int64_t>::max()}) {
    entry.mtime_seconds = seconds;
    const auto back = DecodeFileEntry(EncodeFileEntry(entry));
    REQUIRE(back.ok());
    CHECK(back->mtime_seconds == seconds);
    CHECK(back->mtime_nanoseconds == 999'999'999);
    CHECK(back->uid == entry.uid);
    CHECK(back->mode == 07777);
  }
}

TEST_CASE("fields out of their range are refused") {
  auto accepted = [](std::string mode, std::string uid, std::string nanoseconds) {
    return DecodeFileEntry(Hex("01 02 00" + mode + uid + "00 00 00 00" + nanoseconds)).ok();
  };
  CHECK(accepted("ff1f", "00", "00"));
  CHECK_FALSE(accepted("8020", "00", "00"));                   // mode 010000
  CHECK(accepted("00", "ffffffff0f", "00"));
  CHECK_FALSE(accepted("00", "8080808010", "00"));             // uid 2^32
  CHECK(accepted("00", "00", "ff93ebdc03"));
  CHECK_FALSE(accepted("00", "00", "8094ebdc03"));             // 10^9 nanoseconds
  CHECK_FALSE(accepted("8000", "00", "00"));                   // a needless varint byte
}

TEST_CASE("an unknown type, flag or version is refused") {
  const std::string rest = "00 00 00 00 00 00 00";
  CHECK(DecodeFileEntry(Hex("01 07 00" + rest)).ok());
  CHECK_FALSE(DecodeFileEntry(Hex("01 00 00" + rest)).ok());
  CHECK_FALSE(DecodeFileEntry(Hex("01 08 00" + rest)).ok());
  CHECK_FALSE(DecodeFileEntry(Hex("01 07 10" + rest)).ok());
  const auto newer = DecodeFileEntry(Hex("02 07 00" + rest)).status();
  CHECK(newer.code() == Code::unsupported);
  CHECK(newer.message() == "decode file entry: format version 2 is newer than 1, the newest this program knows");
}

TEST_CASE("a flag without what it announces is refused") {
  const std::string common = "00 00 00 00 00 00 00";
  CHECK_FALSE(DecodeFileEntry(Hex("01 07 04" + common + Repeated(0, 16))).ok());     // no link
  CHECK_FALSE(DecodeFileEntry(Hex("01 07 08" + common + "01 00")).ok());             // no attribute
  CHECK_FALSE(DecodeFileEntry(Hex("01 07 08" + common + "02" + Repeated(0, 32))).ok());
  CHECK_FALSE(DecodeFileEntry(Hex("01 07 08" + common + "00")).ok());
}

TEST_CASE("extended attributes strictly ascend") {
  const std::string head = "01 07 08 00 00 00 00 00 00 00 01 02";
  CHECK(DecodeFileEntry(Hex(head + "01 61 00 01 62 00")).ok());
  CHECK_FALSE(DecodeFileEntry(Hex(head + "01 62 00 01 61 00")).ok());
  CHECK_FALSE(DecodeFileEntry(Hex(head + "01 61 00 01 61 00")).ok());
}

// The content after its size and digest.
bool ContentAccepted(std::string size, std::string content) {
  return DecodeContent(Hex(size + "01" + Repeated(0xdd, 32) + content)).ok();
}
std::string Data(std::string offset, std::string length) { return "01" + Repeated(0xa1, 32) + offset + length; }

TEST_CASE("a content's segments add up to its size") {
  CHECK(ContentAccepted("00", "00"));
  CHECK_FALSE(ContentAccepted("01", "00"));
  CHECK_FALSE(ContentAccepted("00", "01 00"));
  CHECK_FALSE(ContentAccepted("01", "01 00"));
  CHECK(ContentAccepted("05", "01 02" + Data("00", "02") + Data("00", "03")));
  CHECK_FALSE(ContentAccepted("04", "01 02" + Data("00", "02") + Data("00", "03")));
  CHECK_FALSE(ContentAccepted("06", "01 02" + Data("00", "02") + Data("00", "03")));
  CHECK(ContentAccepted("05", "02" + Repeated(0xee, 32)));
  CHECK_FALSE(ContentAccepted("00", "02" + Repeated(0xee, 32)));
  CHECK_FALSE(ContentAccepted("05", "02" + Repeated(0x00, 32)));
  CHECK_FALSE(ContentAccepted("05", "03"));
}

TEST_CASE("holes do not adjoin and nothing is empty") {
  CHECK(ContentAccepted("04", "01 03 02 01" + Data("00", "02") + "02 01"));
  CHECK_FALSE(ContentAccepted("02", "01 02 02 01 02 01"));
  CHECK_FALSE(ContentAccepted("01", "01 02 02 00 02 01"));
  CHECK_FALSE(ContentAccepted("01", "01 02" + Data("00", "00") + "02 01"));
}

TEST_CASE("sizes that wrap around are refused") {
  const std::string largest = "ffffffffffffffff7f", beyond = "80808080808080808001", all_ones = "ffffffffffffffffff01";
  CHECK(ContentAccepted(largest, "01 01 02" + largest));
  CHECK_FALSE(ContentAccepted(beyond, "01 01 02" + beyond));
  CHECK(ContentAccepted(largest, "02" + Repeated(0xee, 32)));
  CHECK_FALSE(ContentAccepted(beyond, "02" + Repeated(0xee, 32)));
  CHECK_FALSE(ContentAccepted("02", "01 03 02" + largest + Data("00", "02") + "02" + largest));
  CHECK_FALSE(ContentAccepted("01", "01 03 02" + all_ones + Data("00", "01") + "02 01"));
}

TEST_CASE("an extent lies within the largest object") {
  CHECK(DecodeSegment(Hex(Data("00", "80808002"))).ok());         // 4 MiB from 0
  CHECK_FALSE(DecodeSegment(Hex(Data("01", "80808002"))).ok());
  CHECK(DecodeSegment(Hex(Data("ffffff01", "01"))).ok());
  CHECK_FALSE(DecodeSegment(Hex(Data("80808002", "01"))).ok());
  CHECK_FALSE(DecodeSegment(Hex(Data("ffffffff0f", "ffffffff0f"))).ok());  // the sum wraps in 32 bits
  CHECK_FALSE(DecodeSegment(Hex(Data("f0ffffff0f", "20"))).ok());          // to a small one
  CHECK_FALSE(DecodeSegment(Hex(Data("00", "8080808010"))).ok());
}

TEST_CASE("a number of segments or attributes without any behind it is refused before memory is taken") {
  CHECK_FALSE(ContentAccepted("05", "01 ffffffffffffffffff01"));
  CHECK_FALSE(DecodeFileEntry(Hex("01 07 08 00 00 00 00 00 00 00 01 ffffffffffffffffff01")).ok());
}

TEST_CASE("an entry names its objects once, in order of first mention") {
  FileEntry entry = RegularFile();
  entry.content.segments = {Extent{Object(2), 0, 100}, Extent{Object(1), 0, 100}, Extent{Object(2), 100, 100}};
  entry.xattr_map = Object(3);
  CHECK(LinksOf(entry) == std::vector<ObjectId>{Object(2), Object(1), Object(3)});
  entry.content.segments.clear();
  entry.content.segment_map = Object(9);
  CHECK(LinksOf(entry) == std::vector<ObjectId>{Object(9), Object(3)});
  entry.type = FileType::directory;  // what is left of a content means nothing there
  entry.xattr_map = {};
  CHECK(LinksOf(entry).empty());
}

TEST_CASE("a path is its key with zero bytes for slashes, so that a folder's children stand together") {
  CHECK(KeyFromPath("etc/apt/sources.list") == Hex("65746300617074 00 736f75726365732e6c697374"));
  CHECK(*PathFromKey(KeyFromPath("etc/apt/sources.list")) == "etc/apt/sources.list");
  CHECK(*PathFromKey({}) == "");  // the root directory itself
  CHECK(Compare(KeyFromPath("a/z"), KeyFromPath("a-b")) < 0);
  CHECK(Compare(KeyFromPath("a"), KeyFromPath("a/z")) < 0);
  // Odd names are names: a newline, bytes that are not UTF-8, a dash, dots that are no dots.
  for (const char* path : {"\n", "\xff\xfe/x", "-rf", "...", "a/.b", "..a/b..", " "}) {
    CHECK(*PathFromKey(KeyFromPath(path)) == path);
  }
  RandomValuesComeBack(500, PathKeySpecimen, ReencodePathKey);
}

TEST_CASE("a key that would leave the target is refused") {
  for (const char* path : {"/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", "./a", "a/."}) {
    CHECK(PathFromKey(KeyFromPath(path)).status().code() == Code::corrupt);
  }
  CHECK_FALSE(PathFromKey(AsBytes("a/b")).ok());  // a slash in a component
  CHECK_FALSE(PathFromKey(AsBytes("../../etc/passwd")).ok());
}

}  // namespace
}  // namespace pulih

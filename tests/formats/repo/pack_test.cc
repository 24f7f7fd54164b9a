#include "formats/repo/pack.h"

#include "engine/base/endian.h"
#include "formats/repo/frame.h"
#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

// --- head ----------------------------------------------------------------------------------------------------

PackHead Head() {
  PackHead head;
  head.kind = PackFileKind::tree;
  head.domain.bytes.fill(0xd0);
  head.writer.bytes.fill(0x11);
  head.wraps.resize(1);
  head.wraps[0].session.bytes.fill(0x5e);
  head.wraps[0].sealed_key.fill(0x77);
  head.wraps[0].writer.bytes.fill(0x12);
  head.wraps[0].signature.fill(0x51);
  return head;
}
Bytes GoldenHead() {
  return Hex("50554c494850414b 0100 02 00" + Repeated(0xd0, 16) + Repeated(0x11, 16) + "0100 0000" +  //
             Repeated(0x5e, 32) + Repeated(0x77, 80) + Repeated(0x12, 16) + Repeated(0x51, 64));
}

TEST_CASE("a pack's head has the bytes that the format says") {
  CHECK(ToHex(EncodePackHead(Head())) == ToHex(GoldenHead()));
  CHECK(Head().encoded_size() == GoldenHead().size());
  CHECK(*PackHeadSize(ByteView(GoldenHead()).first(kPackHeadFixedSize)) == GoldenHead().size());

  const auto back = DecodePackHead(GoldenHead());
  REQUIRE(back.ok());
  CHECK(back->kind == PackFileKind::tree);
  CHECK(back->domain == Head().domain);
  CHECK(back->writer == Head().writer);
  REQUIRE(back->wraps.size() == 1);
  CHECK(back->wraps[0].session == Head().wraps[0].session);
  CHECK(back->wraps[0].sealed_key == Head().wraps[0].sealed_key);
  CHECK(back->wraps[0].writer == Head().wraps[0].writer);
  CHECK(back->wraps[0].signature == Head().wraps[0].signature);
}

TEST_CASE("a pack's head is canonical and does not look at what follows it") {
  IsCanonical(GoldenHead(), ReencodePackHead);
  Bytes longer = GoldenHead();
  Append(longer, Hex("0102030405"));
  CHECK(DecodePackHead(longer).ok());
  RandomValuesComeBack(500, PackHeadSpecimen, ReencodePackHead);
}

TEST_CASE("a head that is not all there says how much of it is needed") {
  const auto status = DecodePackHead(ByteView(GoldenHead()).first(100)).status();
  CHECK(status.code() == Code::too_large);
  CHECK(status.message() == "decode pack head: it takes 240 bytes and 100 were read");
}

TEST_CASE("a pack's magic, version, kind, reserved bytes and number of wraps are checked") {
  auto code_with = [](size_t at, uint8_t value) {
    Bytes bytes = GoldenHead();
    bytes[at] = value;
    const Code code = DecodePackHead(bytes).status().code();
    CHECK(PackHeadSize(ByteView(bytes).first(kPackHeadFixedSize)).status().code() == code);
    return code;
  };
  CHECK(code_with(0, 'p') == Code::corrupt);
  CHECK(code_with(8, 2) == Code::unsupported);
  CHECK(code_with(8, 0) == Code::corrupt);
  CHECK(code_with(10, 0) == Code::corrupt);
  CHECK(code_with(10, 3) == Code::corrupt);
  CHECK(code_with(11, 1) == Code::corrupt);
  CHECK(code_with(45, 0xff) == Code::corrupt);
  CHECK(code_with(46, 1) == Code::corrupt);
  CHECK(code_with(47, 1) == Code::corrupt);

  PackHead head = Head();
  head.wraps.resize(kMaxPackWraps);
  CHECK(DecodePackHead(EncodePackHead(head)).ok());
}

TEST_CASE("what a wrap's signature covers is bound to its purpose and domain") {
  CHECK(WrapSigningInput(Head().domain, Head().wraps[0]) ==
        Hex("50554c4948575250" + Repeated(0xd0, 16) + Repeated(0x5e, 32) + Repeated(0x77, 80) + Repeated(0x12, 16)));
}

// --- directory -------------------------------------------------------------------------------------------------

// A node of 200 bytes that names two objects, and a chunk behind it.
std::vector<PackEntry> Entries() {
  std::vector<PackEntry> entries(2);
  entries[0].id.bytes.fill(0xa1);
  entries[0].kind = ObjectKind::node;
  entries[0].offset = 240;
  entries[0].sealed_size = 320;
  entries[0].plain_size = 200;
  entries[0].frame_digest.bytes.fill(0xf1);
  entries[0].links.resize(2);
  entries[0].links[0].bytes.fill(0xc1);
  entries[0].links[1].bytes.fill(0xc2);
  entries[1].id.bytes.fill(0xa2);
  entries[1].kind = ObjectKind::chunk;
  entries[1].session_index = 1;
  entries[1].offset = 560;
  entries[1].sealed_size = 128;
  entries[1].plain_size = 14;
  entries[1].frame_digest.bytes.fill(0xf2);
  return entries;
}
Bytes GoldenDirectory() {
  return Hex("01000000 02" +  //
             Repeated(0xa1, 32) + "03 0000 f0000000 40010000 c8000000" + Repeated(0xf1, 32) + "02" + Repeated(0xc1, 32) + Repeated(0xc2, 32) +
             Repeated(0xa2, 32) + "01 0100 30020000 80000000 0e000000" + Repeated(0xf2, 32) + "00");
}

TEST_CASE("a pack's directory has the bytes that the format says") {
  CHECK(ToHex(EncodePackDirectory(Entries())) == ToHex(GoldenDirectory()));
  const auto back = DecodePackDirectory(GoldenDirectory());
  REQUIRE(back.ok());
  REQUIRE(back->size() == 2);
  CHECK((*back)[0].id == Entries()[0].id);
  CHECK((*back)[0].kind == ObjectKind::node);
  CHECK((*back)[0].offset == 240);
  CHECK((*back)[0].sealed_size == 320);
  CHECK((*back)[0].plain_size == 200);
  CHECK((*back)[0].frame_digest == Entries()[0].frame_digest);
  CHECK((*back)[0].links == Entries()[0].links);
  CHECK((*back)[1].session_index == 1);
  CHECK((*back)[1].links.empty());
}

TEST_CASE("a pack's directory is canonical; zeros may follow it and nothing else") {
  IsCanonical(GoldenDirectory(), ReencodeDirectory);
  Bytes padded = GoldenDirectory();
  padded.resize(padded.size() + 100);
  CHECK(DecodePackDirectory(padded)->size() == 2);
  for (size_t at = GoldenDirectory().size(); at < padded.size(); ++at) {
    padded[at] = 1;
    CHECK(DecodePackDirectory(padded).status().code() == Code::corrupt);
    padded[at] = 0;
  }
  RandomValuesComeBack(500, DirectorySpecimen, ReencodeDirectory);
}

TEST_CASE("entries whose place or sizes make no sense are refused") {
  const size_t kind_at = 5 + 32, offset_at = kind_at + 3, sealed_at = offset_at + 4, plain_at = sealed_at + 4;
  auto accepted_with = [](size_t at, uint32_t value) {
    Bytes bytes = GoldenDirectory();
    StoreLe<uint32_t>(bytes.data() + at, value);
    return DecodePackDirectory(bytes).ok();
  };
  CHECK(accepted_with(offset_at, 224));
  CHECK(accepted_with(offset_at, kPackHeadFixedSize));
  CHECK_FALSE(accepted_with(offset_at, kPackHeadFixedSize - 16));  // in the head
  CHECK_FALSE(accepted_with(offset_at, 241));                      // not aligned
  CHECK_FALSE(accepted_with(offset_at, 256));                      // into the next
  CHECK_FALSE(accepted_with(offset_at, 0xfffffff0));
  CHECK_FALSE(accepted_with(sealed_at, 336));                      // into the next
  CHECK(accepted_with(sealed_at, 128));
  CHECK_FALSE(accepted_with(sealed_at, 112));                      // no frame is so short
  CHECK_FALSE(accepted_with(sealed_at, 130));
  CHECK_FALSE(accepted_with(sealed_at, 0));
  CHECK(accepted_with(plain_at, kMaxObjectSize));
  CHECK_FALSE(accepted_with(plain_at, kMaxObjectSize + 1));
  CHECK_FALSE(accepted_with(plain_at, 100));                       // the frame is larger than a raw one would be
}

TEST_CASE("an entry ends within the largest pack") {
  std::vector<PackEntry> entries(1);
  entries[0].offset = kMaxPackSize - 128;
  entries[0].sealed_size = 128;
  Bytes bytes = EncodePackDirectory(entries);
  CHECK(DecodePackDirectory(bytes).ok());
  StoreLe<uint32_t>(bytes.data() + 5 + 32 + 3, kMaxPackSize - 112);
  CHECK_FALSE(DecodePackDirectory(bytes).ok());
}

TEST_CASE("only nodes name objects, and an unknown kind is said to be one") {
  Bytes bytes = GoldenDirectory();
  bytes[5 + 32] = 1;  // the node becomes a chunk, with links
  CHECK(DecodePackDirectory(bytes).status().code() == Code::corrupt);
  bytes[5 + 32] = 4;
  const auto status = DecodePackDirectory(bytes).status();
  CHECK(status.code() == Code::unsupported);
  CHECK(status.message() == "decode pack directory: object kind 4 is not known to this program");
}

TEST_CASE("counts without anything behind them are refused before memory is taken") {
  CHECK_FALSE(DecodePackDirectory(Hex("01000000 ffffffffffffffffff01")).ok());
  CHECK_FALSE(DecodePackDirectory(Hex("01000000 01")).ok());
  Bytes bytes = ToBytes(ByteView(GoldenDirectory()).first(5 + 32 + 1 + 2 + 12 + 32));
  bytes[4] = 1;
  Append(bytes, Hex("ffffffffffffffffff01"));
  CHECK_FALSE(DecodePackDirectory(bytes).ok());
  CHECK_FALSE(DecodePackMembers(Hex("01000000 ffffffffffffffffff01")).ok());
}

TEST_CASE("a directory of a newer version is unsupported") {
  CHECK(DecodePackDirectory(Hex("02000000 00")).status().code() == Code::unsupported);
  CHECK(DecodePackMembers(Hex("02000000 00")).status().code() == Code::unsupported);
  CHECK(DecodePackDirectory(Hex("01000000 00")).ok());
  CHECK(DecodePackMembers(Hex("01000000 00")).ok());
}

// --- members ---------------------------------------------------------------------------------------------------

Bytes GoldenMembers() { return Hex("01000000 02" + Repeated(0xf1, 32) + "00 00 01" + Repeated(0xf2, 32) + "8001 ac02 05"); }

TEST_CASE("a pack's members have the bytes that the format says") {
  std::vector<PackMember> members(2);
  members[0].file.bytes.fill(0xf1);
  members[0].length = 1;
  members[1].file.bytes.fill(0xf2);
  members[1].entry_index = 128;
  members[1].offset = 300;
  members[1].length = 5;
  CHECK(ToHex(EncodePackMembers(members)) == ToHex(GoldenMembers()));
  const auto back = DecodePackMembers(GoldenMembers());
  REQUIRE(back.ok());
  REQUIRE(back->size() == 2);
  CHECK((*back)[1].file == members[1].file);
  CHECK((*back)[1].entry_index == 128);
  CHECK((*back)[1].offset == 300);
  CHECK((*back)[1].length == 5);
}

TEST_CASE("a pack's members are canonical; zeros may follow them and nothing else") {
  IsCanonical(GoldenMembers(), ReencodeMembers);
  Bytes padded = GoldenMembers();
  padded.resize(padded.size() + 9);
  CHECK(DecodePackMembers(padded)->size() == 2);
  padded.back() = 1;
  CHECK_FALSE(DecodePackMembers(padded).ok());
  RandomValuesComeBack(500, MembersSpecimen, ReencodeMembers);
}

TEST_CASE("a member lies within the largest object and is not empty") {
  const std::string head = "01000000 01" + Repeated(0xf1, 32);
  CHECK(DecodePackMembers(Hex(head + "00 ffffff01 01")).ok());
  CHECK_FALSE(DecodePackMembers(Hex(head + "00 ffffff01 02")).ok());
  CHECK_FALSE(DecodePackMembers(Hex(head + "00 00 00")).ok());
  CHECK_FALSE(DecodePackMembers(Hex(head + "8080808010 00 01")).ok());
  CHECK_FALSE(DecodePackMembers(Hex(head + "00 ffffffff0f ffffffff0f")).ok());
  CHECK_FALSE(DecodePackMembers(Hex(head + "00 f0ffffff0f 20")).ok());
}

// --- tail ------------------------------------------------------------------------------------------------------

PackTail Tail() {
  PackTail tail;
  tail.directory_offset = 0x1000;
  tail.directory_size = 0x200;
  tail.members_size = 0x30;
  tail.body_digest.bytes.fill(0xb0);
  tail.directory_digest.bytes.fill(0xd1);
  tail.directory_key_for_structure.fill(0x51);
  tail.directory_key_for_writer.fill(0x52);
  tail.members_key_for_writer.fill(0x53);
  tail.writer.bytes.fill(0x11);
  tail.signature.fill(0x99);
  return tail;
}
constexpr uint64_t kGoldenPackSize = 0x1000 + 0x200 + 0x30 + kPackTailSize;
Bytes GoldenTail() {
  return Hex("0010000000000000 00020000 30000000" + Repeated(0xb0, 32) + Repeated(0xd1, 32) + Repeated(0x51, 80) + Repeated(0x52, 80) +
             Repeated(0x53, 80) + Repeated(0x11, 16) + "50554c4948454e44" + Repeated(0x99, 64));
}

TEST_CASE("a pack's tail has the bytes that the format says") {
  CHECK(kPackTailSize == 408);
  CHECK(ToHex(EncodePackTail(Tail())) == ToHex(GoldenTail()));
  const auto back = DecodePackTail(GoldenTail(), kGoldenPackSize);
  REQUIRE(back.ok());
  CHECK(back->directory_offset == 0x1000);
  CHECK(back->directory_size == 0x200);
  CHECK(back->members_size == 0x30);
  CHECK(back->body_digest == Tail().body_digest);
  CHECK(back->directory_digest == Tail().directory_digest);
  CHECK(back->directory_key_for_structure == Tail().directory_key_for_structure);
  CHECK(back->directory_key_for_writer == Tail().directory_key_for_writer);
  CHECK(back->members_key_for_writer == Tail().members_key_for_writer);
  CHECK(back->writer == Tail().writer);
  CHECK(back->signature == Tail().signature);
}

TEST_CASE("a pack's tail is canonical") {
  IsCanonical(GoldenTail(), ReencodeTail);
  ATrailingByteIsRefused(GoldenTail(), ReencodeTail);
  RandomValuesComeBack(500, TailSpecimen, ReencodeTail);
}

TEST_CASE("a tail's sizes fill the pack exactly, whatever they are") {
  CHECK_FALSE(DecodePackTail(GoldenTail(), kGoldenPackSize - 1).ok());
  CHECK_FALSE(DecodePackTail(GoldenTail(), kGoldenPackSize + 1).ok());
  CHECK_FALSE(DecodePackTail(GoldenTail(), 0).ok());
  auto accepted = [](uint64_t offset, uint32_t directory, uint32_t members, uint64_t pack_size) {
    PackTail tail = Tail();
    tail.directory_offset = offset;
    tail.directory_size = directory;
    tail.members_size = members;
    return DecodePackTail(EncodePackTail(tail), pack_size).ok();
  };
  CHECK(accepted(kPackHeadFixedSize, 0, 0, kPackHeadFixedSize + kPackTailSize));
  CHECK_FALSE(accepted(kPackHeadFixedSize - 1, 1, 0, kPackHeadFixedSize + kPackTailSize));
  // An offset so large that the sum wraps to the right size.
  CHECK_FALSE(accepted(~uint64_t{0} - 0xff, 0x200, 0x30 + 0x1000, 0x1000 + 0x200 + 0x30 + kPackTailSize - 0x100));
  const uint64_t large = kMaxPackSize - kPackTailSize;
  CHECK(accepted(large - kMaxDirectorySize, kMaxDirectorySize, 0, kMaxPackSize));
  CHECK_FALSE(accepted(large - kMaxDirectorySize - 1, kMaxDirectorySize + 1, 0, kMaxPackSize));
  CHECK_FALSE(accepted(large - kMaxDirectorySize - 1, 0, kMaxDirectorySize + 1, kMaxPackSize));
  CHECK_FALSE(accepted(large + 1, 0, 0, uint64_t{kMaxPackSize} + 1));
}

// --- Padmé -------------------------------------------------------------------------------------------------------

TEST_CASE("padded lengths are those of the Padmé paper") {
  for (const uint64_t small : {0, 1, 2, 3, 4, 5, 6, 7, 8}) CHECK(PadmeLength(small) == small);
  CHECK(PadmeLength(9) == 10);
  CHECK(PadmeLength(100) == 104);
  CHECK(PadmeLength(1000) == 1024);
  CHECK(PadmeLength(1025) == 1088);
  CHECK(PadmeLength(1u << 20) == 1u << 20);
  CHECK(PadmeLength((1u << 20) + 1) == (1u << 20) + (1u << 15));
}

TEST_CASE("padding adds at most 12%, is idempotent and monotonous") {
  uint64_t before = 0;
  for (uint64_t length = 1; length < 100000; ++length) {
    const uint64_t padded = PadmeLength(length);
    if (padded < length || padded * 100 > length * 112 || PadmeLength(padded) != padded || padded < before) {
      FAIL("length " << length << " became " << padded);
    }
    before = padded;
  }
  CHECK(PadmeLength(~uint64_t{0}) == ~uint64_t{0});
}

}  // namespace
}  // namespace pulih

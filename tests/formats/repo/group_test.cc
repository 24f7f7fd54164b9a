#include "formats/repo/group.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

TEST_CASE("a group is its members, their lengths and their number") {
  Bytes plain = ToBytes("abcde");
  AppendGroupTable(plain, {3, 2});
  CHECK(ToHex(plain) == ToHex(Hex("6162636465 03000000 02000000 02000000")));

  const auto group = ParseGroup(plain);
  REQUIRE(group.ok());
  REQUIRE(group->members.size() == 2);
  CHECK(AsText(group->members[0]) == "abc");
  CHECK(AsText(group->members[1]) == "de");
}

TEST_CASE("a group is canonical") {
  IsCanonical(Hex("6162636465 03000000 02000000 02000000"), ReencodeGroup);
  RandomValuesComeBack(1000, GroupSpecimen, ReencodeGroup);
}

TEST_CASE("a group's members fill it exactly and none is empty") {
  CHECK_FALSE(ParseGroup({}).ok());
  CHECK_FALSE(ParseGroup(Hex("00000000")).ok());
  CHECK_FALSE(ParseGroup(Hex("00000000 01000000")).ok());
  CHECK_FALSE(ParseGroup(Hex("61 02000000 01000000")).ok());
  CHECK_FALSE(ParseGroup(Hex("6161 01000000 01000000")).ok());
  CHECK_FALSE(ParseGroup(Hex("6161 02000000 00000000 02000000")).ok());
  CHECK(ParseGroup(Hex("6161 02000000 01000000")).ok());
  // Lengths whose sum wraps around 2^32.
  CHECK_FALSE(ParseGroup(Hex("6161 ffffffff 03000000 02000000")).ok());
}

TEST_CASE("a group has at most kMaxGroupMembers members") {
  Bytes plain(kMaxGroupMembers, 'x');
  AppendGroupTable(plain, std::vector<uint32_t>(kMaxGroupMembers, 1));
  const auto group = ParseGroup(plain);
  REQUIRE(group.ok());
  CHECK(group->members.size() == kMaxGroupMembers);

  // One more, written by hand: the encoder would not.
  Bytes more(kMaxGroupMembers + 1, 'x');
  for (uint32_t i = 0; i <= kMaxGroupMembers; ++i) Append(more, Hex("01000000"));
  Append(more, Hex("01200000"));
  CHECK_FALSE(ParseGroup(more).ok());
}

TEST_CASE("a member count without members behind it is refused before memory is taken") {
  CHECK_FALSE(ParseGroup(Hex("61 01000000 ffffffff")).ok());
  CHECK_FALSE(ParseGroup(Hex("61 01000000 00200000")).ok());
}

TEST_CASE("a group larger than an object may be is refused") {
  const uint32_t members_size = kMaxObjectSize - 8;
  Bytes plain(members_size, 'x');
  AppendGroupTable(plain, {members_size});
  CHECK(ParseGroup(plain).ok());
  plain.insert(plain.begin(), 'x');
  plain[members_size + 1] = static_cast<uint8_t>(plain[members_size + 1] + 1);
  CHECK_FALSE(ParseGroup(plain).ok());
}

}  // namespace
}  // namespace pulih

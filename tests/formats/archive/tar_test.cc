#include "formats/archive/tar.h"

#include <catch2/catch.hpp>
#include <cstdio>

namespace pulih {
namespace {

void Put(Bytes& block, size_t at, std::string_view text) { std::copy(text.begin(), text.end(), block.begin() + static_cast<ptrdiff_t>(at)); }

void Seal(Bytes& block) {
  Put(block, 148, "        ");
  unsigned sum = 0;
  for (const uint8_t byte : block) sum += byte;
  char text[16];
  std::snprintf(text, sizeof text, "%06o", sum);
  Put(block, 148, std::string_view(text, 7));
}

Bytes Header(std::string_view name, uint64_t size, char type = '0', std::string_view prefix = {}) {
  Bytes block(512);
  Put(block, 0, name.substr(0, 100));
  char text[16];
  std::snprintf(text, sizeof text, "%011llo", static_cast<unsigned long long>(size));
  Put(block, 124, text);
  Put(block, 136, "12345670123");
  block[156] = static_cast<uint8_t>(type);
  Put(block, 257, std::string_view("ustar\0" "00", 8));
  Put(block, 345, prefix);
  Seal(block);
  return block;
}

void Add(Bytes& tar, std::string_view name, std::string_view content, char type = '0') {
  Append(tar, Header(name, content.size(), type));
  Append(tar, AsBytes(content));
  tar.resize((tar.size() + 511) / 512 * 512);
}

std::string Content(const Bytes& tar, const TarMember& member) {
  return ToText(ByteView(tar).subspan(member.begin, member.size));
}

Bytes Sample() {
  Bytes tar;
  Add(tar, "._toc.dat", "of macOS");
  Add(tar, "toc.dat", std::string(700, 't'));
  Add(tar, "3005.dat", std::string(512, 'a'));
  Add(tar, "3006.dat", "");
  Add(tar, "restore.sql", "--\n");
  tar.resize(tar.size() + 1024);
  return tar;
}

TEST_CASE("a tar archive lists its members, also those that somebody else added") {
  const Bytes tar = Sample();
  const TarList list = ListTar(tar);
  REQUIRE(list.members.size() == 5);
  CHECK(list.ended);
  CHECK(list.damaged.empty());
  CHECK(list.members[1].name == "toc.dat");
  CHECK(Content(tar, list.members[1]) == std::string(700, 't'));
  CHECK(list.members[1].mtime == 01234567'0123);
  CHECK(list.members[3].size == 0);
  CHECK(Content(tar, list.members[4]) == "--\n");
  for (const TarMember& member : list.members) CHECK(member.in_sequence);
}

TEST_CASE("long names come from GNU headers, pax records and prefixes") {
  const std::string name = std::string(150, 'd') + "/file";
  Bytes tar;
  Add(tar, "././@LongLink", name + std::string(1, '\0'), 'L');
  Add(tar, name.substr(0, 100), "gnu");
  Add(tar, "PaxHeader", "165 path=" + name + "\n" "9 size=3\n", 'x');
  REQUIRE(std::string("165 path=" + name + "\n").size() == 165);
  Append(tar, Header("short", 0));
  Put(tar, tar.size() - 512 + 124, "99999999999");  // no octal number: the checksum is right, the size is not
  tar.resize(tar.size() - 512);
  Append(tar, Header("short", 0));
  Append(tar, AsBytes("pax"));
  tar.resize((tar.size() + 511) / 512 * 512);
  Append(tar, Header("base", 0, '0', "folder/of"));
  const TarList list = ListTar(tar);
  REQUIRE(list.members.size() == 3);
  CHECK(list.members[0].name == name);
  CHECK(list.members[0].header == 0);
  CHECK(Content(tar, list.members[0]) == "gnu");
  CHECK(list.members[1].name == name);
  CHECK(Content(tar, list.members[1]) == "pax");
  CHECK(list.members[2].name == "folder/of/base");
  CHECK(!list.ended);
}

TEST_CASE("a damaged header costs its member only") {
  Bytes tar = Sample();
  const TarList whole = ListTar(tar);
  tar[whole.members[1].header + 3] ^= 1;
  const TarList list = ListTar(tar);
  REQUIRE(list.members.size() == 4);
  CHECK(list.members[0].name == "._toc.dat");
  CHECK(list.members[1].name == "3005.dat");
  CHECK(!list.members[1].in_sequence);
  CHECK(list.members[2].in_sequence);
  REQUIRE(list.damaged.size() == 1);
  CHECK(list.damaged[0].begin == whole.members[1].header);
  CHECK(list.damaged[0].size == 512 + 1024);
}

TEST_CASE("a member that is shorter than it says ends at the next header") {
  Bytes tar = Sample();
  const TarList whole = ListTar(tar);
  const auto cut = tar.begin() + static_cast<ptrdiff_t>(whole.members[1].begin);
  tar.erase(cut, cut + 512);
  const TarList list = ListTar(tar);
  REQUIRE(list.members.size() == 5);
  CHECK(list.members[1].size == 512);
  CHECK(list.members[1].stated_size == 700);
  CHECK(list.members[2].name == "3005.dat");
  CHECK(!list.members[2].in_sequence);
}

TEST_CASE("any prefix and any flipped byte of a tar archive stays in bounds") {
  const Bytes tar = Sample();
  for (size_t n = 0; n <= tar.size(); n += 37) {
    const TarList list = ListTar(ByteView(tar).first(n));
    for (const TarMember& member : list.members) CHECK(member.begin + member.size <= n);
  }
  for (size_t at = 0; at < tar.size(); ++at) {
    Bytes flipped = tar;
    flipped[at] ^= 0x40;
    for (const TarMember& member : ListTar(flipped).members) REQUIRE(member.begin + member.size <= tar.size());
  }
}

TEST_CASE("a size beyond everything is no reason to read beyond the archive") {
  Bytes tar = Header("huge", 0);
  std::fill_n(tar.begin() + 124, 12, uint8_t{0xff});
  Seal(tar);
  CHECK(ListTar(tar).members.empty());
  Put(tar, 124, "77777777777");
  tar[135] = 0;
  Seal(tar);
  const TarList list = ListTar(tar);
  REQUIRE(list.members.size() == 1);
  CHECK(list.members[0].size == 0);
  CHECK(list.members[0].stated_size == 077777777777);
  CHECK(ListTar(Sample(), 2).members.size() == 2);
}

}  // namespace
}  // namespace pulih

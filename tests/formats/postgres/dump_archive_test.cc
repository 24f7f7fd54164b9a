#include "formats/postgres/dump_archive.h"

#include <catch2/catch.hpp>

#include "formats/postgres/dump_blocks.h"
#include "tests/formats/postgres/dump_builder.h"

namespace pulih {
namespace {

BuiltArchive Specimen(uint8_t minor) {
  BuiltArchive what;
  what.minor = minor;
  what.tables = SpecimenTables();
  what.objects = true;
  return what;
}

std::vector<DumpBlock> Blocks(ByteView bytes, const ArchiveToc& toc) {
  std::vector<int32_t> known;
  for (const ArchiveEntry& entry : toc.entries)
    if (entry.has_data) known.push_back(entry.dump_id);
  if (!toc.complete) known.clear();
  const DumpBlocks blocks(bytes, toc.head.compression, known);
  std::vector<DumpBlock> found;
  DumpBlock block;
  for (uint64_t at = toc.end; blocks.Next(at, block);) found.push_back(block);
  return found;
}

}  // namespace

TEST_CASE("contents of every version of archives are read, custom and directory") {
  const int minor = GENERATE(10, 11, 12, 13, 14, 15, 16, 17, 19);
  const int format = GENERATE(1, 3);
  CAPTURE(minor, format);
  BuiltArchive what = Specimen(static_cast<uint8_t>(minor));
  what.format = static_cast<uint8_t>(format);
  size_t data = 0;
  const ArchiveToc toc = ReadArchiveToc(BuildArchive(what, &data), format == 1);
  CHECK(toc.complete);
  CHECK(toc.head.database == "contoh");
  CHECK(toc.head.when[5] == 114);
  REQUIRE(toc.entries.size() == 6);
  CHECK(toc.end == data);
  const ArchiveEntry* entry = toc.Find(3410);
  REQUIRE(entry != nullptr);
  CHECK(entry->IsTableData());
  CHECK(entry->copy_statement == "COPY public.paket (pkt_id, pkt_nama, pkt_pagu, pkt_tgl_buat) FROM stdin;\n");
  CHECK(entry->file == (format == 1 ? "" : "3410.dat"));
  CHECK((format == 1 ? entry->offset == data : entry->offset == 0));
}

TEST_CASE("an archive whose version byte is wrong is read by the layout that fits") {
  Bytes bytes = BuildArchive(Specimen(12));
  bytes[6] = 14;
  CHECK(ReadArchiveToc(bytes, true).entries.size() == 6);
}

TEST_CASE("a hole in the contents costs the entries that it touches") {
  size_t data = 0;
  Bytes bytes = BuildArchive(Specimen(14), &data);
  const ArchiveToc whole = ReadArchiveToc(bytes, true);
  std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(whole.entries[1].begin), 20, uint8_t{0});
  const ArchiveToc toc = ReadArchiveToc(bytes, true);
  CHECK_FALSE(toc.complete);
  REQUIRE(toc.damaged.size() == 1);
  CHECK(toc.Find(3410) != nullptr);
  CHECK(toc.Find(3411) != nullptr);
  CHECK(toc.end == data);
  // What the lost entry defined is found all the same.
  const auto lost = std::find_if(toc.entries.begin(), toc.entries.end(), [](const ArchiveEntry& e) { return e.dump_id == 0; });
  REQUIRE(lost != toc.entries.end());
  CHECK(lost->definition.starts_with("CREATE TABLE public.paket"));
}

TEST_CASE("contents without their head are found") {
  const Bytes bytes = BuildArchive(Specimen(14));
  const ArchiveToc toc = ReadArchiveToc(ByteView(bytes).subspan(60), true);
  CHECK_FALSE(toc.head_read);
  CHECK(toc.Find(3411) != nullptr);
}

TEST_CASE("every prefix and every flipped byte of an archive gives an answer") {
  BuiltArchive what = Specimen(14);
  what.compressed = GENERATE(true, false);
  for (BuiltTable& table : what.tables) table.rows.resize(table.rows.find('\n', 300) + 1);
  const Bytes bytes = BuildArchive(what);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Bytes prefix = ToBytes(ByteView(bytes).first(size));  // a copy of exactly that size
    const ArchiveToc toc = ReadArchiveToc(prefix, true);
    for (const DumpBlock& block : Blocks(prefix, toc)) REQUIRE(block.end <= prefix.size());
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      Bytes flipped = bytes;
      flipped[at] = static_cast<uint8_t>(flipped[at] ^ flip);
      const ArchiveToc toc = ReadArchiveToc(flipped, at % 2 == 0);
      for (const DumpBlock& block : Blocks(flipped, toc)) REQUIRE(block.end <= flipped.size());
    }
  }
}

TEST_CASE("blocks are found one behind the other, without offsets as well") {
  BuiltArchive what = Specimen(14);
  what.offsets = GENERATE(true, false);
  what.compressed = GENERATE(true, false);
  const Bytes bytes = BuildArchive(what);
  const auto blocks = Blocks(bytes, ReadArchiveToc(bytes, true));
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].dump_id == 3410);
  CHECK(blocks[1].dump_id == 3411);
  CHECK(blocks[2].objects);
  CHECK(blocks[2].end == bytes.size());
  for (const DumpBlock& block : blocks) CHECK(block.how == BlockEnd::ended);
}

TEST_CASE("the stride of chunks leads across a hole and a broken head") {
  const Bytes bytes = BuildArchive(Specimen(14));
  const auto whole = Blocks(bytes, ReadArchiveToc(bytes, true));
  REQUIRE(whole[0].pieces.size() >= 4);
  const auto head = static_cast<ptrdiff_t>(whole[0].pieces[1].begin - 5);
  Bytes damaged = bytes;
  SECTION("a broken length") { damaged[static_cast<size_t>(head) + 2] ^= 0x40; }
  SECTION("a hole that takes a head") { std::fill_n(damaged.begin() + head - 1000, 2000, uint8_t{0}); }
  SECTION("a hole that takes two heads") { std::fill_n(damaged.begin() + head - 100, 4300, uint8_t{0}); }
  const auto blocks = Blocks(damaged, ReadArchiveToc(damaged, true));
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[0].pieces == whole[0].pieces);
  CHECK_FALSE(blocks[0].damage.empty());
  CHECK(blocks[0].how == BlockEnd::ended);
}

TEST_CASE("a hole that takes the border of two blocks loses neither") {
  const Bytes bytes = BuildArchive(Specimen(14));
  const auto whole = Blocks(bytes, ReadArchiveToc(bytes, true));
  Bytes damaged = bytes;
  // The end of the second and the beginning of the third: what is left of the first is all there.
  std::fill_n(damaged.begin() + static_cast<ptrdiff_t>(whole[0].end) - 200, 300, uint8_t{0});
  const auto blocks = Blocks(damaged, ReadArchiveToc(damaged, true));
  REQUIRE_FALSE(blocks.empty());
  CHECK(blocks[0].how == BlockEnd::lost);
  CHECK(blocks[0].pieces.size() >= whole[0].pieces.size());
}

}  // namespace pulih

#include "formats/postgres/btree_page.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <regex>

#include "engine/base/endian.h"
#include "tests/formats/postgres/page_specimens.h"

namespace pulih {
namespace {

namespace fs = std::filesystem;

std::vector<IndexColumn> Columns() { return {{0, 4, 'i'}, {1, -1, 'i'}}; }

Schema TwoTypes() {
  Schema schema;
  schema.types.push_back({PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}});
  schema.types.push_back({PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}});
  return schema;
}

TEST_CASE("a leaf gives each row with its key, without the high key") {
  const Schema schema = TwoTypes();
  const Bytes page = LeafPageBytes();
  const LeafPage leaf = ReadLeafPage(page, ShapeOf(Columns()));
  CHECK(leaf.header.kind == BtreePageKind::leaf);
  CHECK(leaf.header.right == 5);
  CHECK(leaf.damaged == 0);
  std::string all;
  for (const IndexEntry& entry : leaf.entries) {
    const auto key = KeyTexts(ContextOf(schema), Columns(), entry);
    REQUIRE(key.ok());
    all += std::to_string(entry.tid.block) + "." + std::to_string(entry.tid.item) + (entry.dead ? "!" : "") + "=" +
           key->at(0).value_or("NULL") + "/" + key->at(1).value_or("NULL") + " ";
  }
  CHECK(all == "7.3=-5/satu 70000.12=6/NULL 1.1=7/dua 1.2=7/dua 9.4=7/dua 8.1!=8/ ");
}

TEST_CASE("the last leaf has no high key") {
  Bytes page = LeafPageBytes();
  SetBtreeSpecial(page, 0, 0, 1);
  CHECK(ReadLeafPage(page, ShapeOf(Columns())).entries.size() == 7);
}

TEST_CASE("only leaves have entries") {
  Bytes page = LeafPageBytes();
  const auto kind_of = [&](uint32_t level, uint16_t flags) {
    SetBtreeSpecial(page, 5, level, flags);
    const LeafPage leaf = ReadLeafPage(page, {});
    CHECK(leaf.entries.empty() == (leaf.header.kind != BtreePageKind::leaf));
    return leaf.header.kind;
  };
  CHECK(kind_of(0, 1) == BtreePageKind::leaf);
  CHECK(kind_of(1, 0) == BtreePageKind::internal);
  CHECK(kind_of(2, 2) == BtreePageKind::internal);
  CHECK(kind_of(0, 8) == BtreePageKind::meta);
  CHECK(kind_of(0, 1 | 4) == BtreePageKind::deleted);
  CHECK(kind_of(77777, 1 | 4 | 0x100) == BtreePageKind::deleted);  // until 13 a transaction stands there
  CHECK(kind_of(0, 1 | 16) == BtreePageKind::half_dead);
  CHECK(kind_of(3, 1) == BtreePageKind::unsound);
  CHECK(kind_of(0, 0x8001) == BtreePageKind::unsound);
  CHECK(ReadBtreeHeader(Bytes(kPageSize)).kind == BtreePageKind::unsound);
  CHECK(ReadBtreeHeader(Bytes(100, 1)).kind == BtreePageKind::unsound);
}

TEST_CASE("entries of another shape are damage, not entries") {
  const LeafPage leaf = ReadLeafPage(LeafPageBytes(), ShapeOf(std::vector<IndexColumn>{{0, 8, 'd'}, {1, -1, 'i'}}));
  // A bigint where an integer and zeros stand: that one cannot be told.
  REQUIRE(leaf.entries.size() == 1);
  CHECK(leaf.entries[0].tid == Tid{70000, 12});
  CHECK(leaf.damaged == 3);
}

TEST_CASE("a leaf with any bit changed gives entries or damage, never a crash") {
  const Schema schema = TwoTypes();
  const Bytes sound = LeafPageBytes();
  const IndexShape shape = ShapeOf(Columns());
  for (size_t at = 0; at < sound.size(); ++at) {
    if (at > 60 && at < kPageSize - 300) continue;  // free space
    for (int bit = 0; bit < 8; ++bit) {
      Bytes page = sound;
      page[at] ^= static_cast<uint8_t>(1 << bit);
      const LeafPage leaf = ReadLeafPage(page, shape);
      CHECK(leaf.entries.size() <= 4096);
      for (const IndexEntry& entry : leaf.entries) (void)KeyTexts(ContextOf(schema), Columns(), entry).ok();
    }
  }
  std::mt19937 random(Catch::rngSeed());
  for (int run = 0; run < 2000; ++run) {
    Bytes page = sound;
    for (size_t at = 24; at < 60; ++at)
      if (random() % 4 == 0) page[at] = static_cast<uint8_t>(random());
    (void)ReadLeafPage(page, shape);
  }
}

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Index tuples of a dump: TIDs and sizes in the order of the items, of the page that the dump's first line names.
struct DumpedEntry {
  Tid tid;
  uint32_t size = 0;
};
std::vector<DumpedEntry> DumpedEntries(const std::string& dump) {
  static const std::regex kField(R"(\|\s+(ip_blkid|ip_posid|size): (\d+))");
  std::vector<DumpedEntry> out;
  for (std::sregex_iterator at(dump.begin(), dump.end(), kField), end; at != end; ++at) {
    const std::string name = (*at)[1];
    const auto value = static_cast<uint32_t>(std::stoul((*at)[2]));
    // Two halves of 16 bits, the high one first, dumped as one number.
    if (name == "ip_blkid") out.push_back({{value << 16 | value >> 16, 0}, 0});
    if (out.empty()) continue;
    if (name == "ip_posid") out.back().tid.item = static_cast<uint16_t>(value);
    if (name == "size") out.back().size = value;
  }
  return out;
}

TEST_CASE("leaves of real indexes are read as their field dumps say") {
  const fs::path folder = PULIH_FQ_FIXTURES;
  if (!fs::is_directory(folder)) {
    WARN("skipped: " << folder << " is not there");
    return;
  }
  size_t compared = 0, pages = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.ends_with("_2.fqtest")) continue;
    const std::string dump = ReadText(entry.path());
    if (dump.find("pg_btree") > 20) continue;
    // Postgres Pro Enterprise has a page layout of its own (version 254), which is not read.
    if (entry.path().string().find("pgproee") != std::string::npos) continue;
    INFO(entry.path());
    const std::string file = ReadText(entry.path().parent_path() / name.substr(0, name.find('_')));
    const ByteView page = AsBytes(file).subspan(kPageSize, kPageSize);
    const LeafPage leaf = ReadLeafPage(page, ShapeOf(std::vector<IndexColumn>{{0, 4, 'i'}}));
    REQUIRE(leaf.header.kind == BtreePageKind::leaf);
    CHECK(leaf.damaged == 0);
    ++pages;
    const std::vector<DumpedEntry> dumped = DumpedEntries(dump);
    // The first of the dump is the high key.
    const size_t high_keys = leaf.header.right != 0 ? 1 : 0;
    for (size_t i = high_keys; i < dumped.size() && i - high_keys < leaf.entries.size(); ++i) {
      CHECK(leaf.entries[i - high_keys].tid == dumped[i].tid);
      CHECK(leaf.entries[i - high_keys].length == dumped[i].size);
      ++compared;
    }
  }
  CHECK(pages > 0);
  CHECK(compared > 50);
}

}  // namespace
}  // namespace pulih

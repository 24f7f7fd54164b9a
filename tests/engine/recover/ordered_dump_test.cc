#include "engine/recover/ordered_dump.h"

#include <algorithm>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "engine/recover/extract_dump.h"
#include "engine/recover/gather_units.h"
#include "formats/postgres/ddl.h"
#include "formats/postgres/dump_order.h"
#include "tests/engine/recover/told_claims.h"
#include "tests/formats/archive/deflated.h"
#include "tests/formats/postgres/dump_builder.h"

namespace pulih {
namespace {

using Told = ToldClaims;

using Rows = std::set<std::string>;

std::string LineOf(const RowClaim& claim) {
  std::string line = claim.table;
  for (const ClaimedField& field : claim.fields) line += "\t" + (field.state == ClaimedField::State::value ? field.text : "?");
  return line;
}
// Whole rows of any grade. (Without contents tables of such a shape are named with no great certainty, so all of them are D.)
Rows Whole(const Told& told) {
  Rows rows;
  for (const RowClaim& claim : told.rows) {
    const bool whole = std::all_of(claim.fields.begin(), claim.fields.end(), [](const ClaimedField& f) { return f.state == ClaimedField::State::value; });
    if (whole) rows.insert(LineOf(claim));
  }
  return rows;
}

constexpr int kTables = 3;

// Tables of different shapes, of which each takes some 30 blocks; a short one in front.
std::vector<BuiltTable> Tables(uint64_t seed, int rows = 2500) {
  std::mt19937_64 random(seed);
  std::vector<BuiltTable> tables;
  for (int t = 0; t <= kTables; ++t) {
    BuiltTable table;
    table.dump_id = 3400 + t;
    table.schema = "public";
    table.name = "tabel" + std::to_string(t);
    table.definition = "CREATE TABLE public." + table.name + " (\n    kode integer NOT NULL PRIMARY KEY";
    table.columns = "kode";
    for (int c = 0; c <= t; ++c) {
      table.definition += ",\n    nama" + std::to_string(c) + " character varying(200)";
      table.columns += ", nama" + std::to_string(c);
    }
    table.definition += "\n);\n";
    for (int i = 0; i < (t == 0 ? 20 : rows); ++i) {
      table.rows += std::to_string(1000 + i);
      for (int c = 0; c <= t; ++c) {
        table.rows += "\tpekerjaan ";
        for (int n = 0; n < 3; ++n) table.rows += std::to_string(random() % 100000) + (n < 2 ? " desa " : "");
      }
      table.rows += "\n";
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

Bytes Dump(const std::vector<BuiltTable>& tables) {
  BuiltArchive what;
  what.minor = 16;
  what.compress = +[](ByteView plain) { return Deflated(plain); };
  what.tables = tables;
  Bytes dump = BuildArchive(what);
  // The last cluster of a file is filled up.
  dump.resize((dump.size() + kDiskBlock - 1) / kDiskBlock * kDiskBlock);
  return dump;
}

Rows Truth(const std::vector<BuiltTable>& tables) {
  Rows truth;
  for (const BuiltTable& table : tables)
    for (size_t at = 0; at < table.rows.size();) {
      const size_t end = table.rows.find('\n', at);
      truth.insert("public." + table.name + "\t" + table.rows.substr(at, end - at));
      at = end + 1;
    }
  return truth;
}

std::vector<Bytes> Blocks(const Bytes& dump) {
  std::vector<Bytes> blocks;
  for (size_t at = 0; at < dump.size(); at += kDiskBlock) blocks.emplace_back(dump.begin() + static_cast<ptrdiff_t>(at), dump.begin() + static_cast<ptrdiff_t>(at + kDiskBlock));
  return blocks;
}
Bytes Joined(const std::vector<Bytes>& blocks) {
  Bytes bytes;
  for (const Bytes& block : blocks) Append(bytes, block);
  return bytes;
}

Told Extracted(const std::vector<Bytes>& files, const Schema& known) {
  std::vector<UnitFile> unit;
  for (size_t i = 0; i < files.size(); ++i) unit.push_back({"f" + std::to_string(i), files[i]});
  const auto extractor = MakeDumpExtractor();
  Told told;
  Schema schema = known;
  REQUIRE(extractor->LearnSchema(unit, schema).ok());
  REQUIRE(extractor->Extract(unit, schema, told).ok());
  for (uint32_t i = 0; i < unit.size(); ++i) {
    std::vector<bool> covered(unit[i].bytes.size());
    for (const RangeNote& note : told.ranges) {
      if (note.range.file != i) continue;
      REQUIRE(note.range.offset + note.range.length <= covered.size());
      std::fill_n(covered.begin() + static_cast<ptrdiff_t>(note.range.offset), note.range.length, true);
    }
    REQUIRE(std::count(covered.begin(), covered.end(), false) == 0);  // I8
  }
  return told;
}

Schema SchemaOf(const std::vector<BuiltTable>& tables) {
  std::string ddl;
  for (const BuiltTable& table : tables) ddl += table.definition;
  return ReadDdl(ddl);
}

size_t CountFalse(const Rows& told, const Rows& truth) {
  return static_cast<size_t>(std::count_if(told.begin(), told.end(), [&](const std::string& row) { return !truth.contains(row); }));
}

}  // namespace

TEST_CASE("a custom dump whose blocks were shuffled gives all rows, as well proven as before") {
  const uint64_t seed = GENERATE(1, 2, 3, 4, 5, 6);
  const std::vector<BuiltTable> tables = Tables(seed);
  std::vector<Bytes> blocks = Blocks(Dump(tables));
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937_64(seed));
  const Told told = Extracted({Joined(blocks)}, {});
  CHECK(Whole(told) == Truth(tables));
  CHECK(std::all_of(told.rows.begin(), told.rows.end(), [](const RowClaim& row) { return row.grade == Grade::a; }));
  REQUIRE(told.remarks.size() >= 1);
  CHECK(told.remarks.front().find("joints were proven") != std::string::npos);
}

TEST_CASE("the bytes of a row are those where they stand, not where they belong") {
  const std::vector<BuiltTable> tables = Tables(7, 400);
  const Bytes dump = Dump(tables);
  std::vector<Bytes> blocks = Blocks(dump);
  std::vector<size_t> order(blocks.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937_64(7));
  std::vector<Bytes> shuffled;
  for (const size_t i : order) shuffled.push_back(blocks[i]);
  std::map<std::string, std::vector<ByteRange>> whole;
  for (const RowClaim& row : Extracted({dump}, {}).rows) whole[LineOf(row)] = row.bytes;
  size_t looked = 0;
  for (const RowClaim& row : Extracted({Joined(shuffled)}, {}).rows) {
    // The bytes one by one, in the dump as it was.
    std::vector<uint64_t> here, there;
    for (const ByteRange& range : row.bytes)
      for (uint64_t at = range.offset; at < range.offset + range.length; ++at) here.push_back(order[at / kDiskBlock] * kDiskBlock + at % kDiskBlock);
    for (const ByteRange& range : whole.at(LineOf(row)))
      for (uint64_t at = range.offset; at < range.offset + range.length; ++at) there.push_back(at);
    REQUIRE(here == there);
    ++looked;
  }
  CHECK(looked == whole.size());
}

TEST_CASE("without its beginning, shuffled, and with blocks lost: no row that was not, and what was whole comes back") {
  const uint64_t seed = GENERATE(11, 12, 13, 14, 15, 16);
  const std::vector<BuiltTable> tables = Tables(seed);
  std::vector<Bytes> blocks = Blocks(Dump(tables));
  std::mt19937_64 random(seed);
  blocks.erase(blocks.begin());
  const size_t lost = GENERATE(0, 1, 5);
  for (size_t i = 0; i < lost; ++i) blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(random() % blocks.size()));
  std::shuffle(blocks.begin(), blocks.end(), random);
  std::vector<Bytes> files = {Joined(blocks)};
  if (GENERATE(false, true)) {
    // The same in several files.
    files.clear();
    for (size_t i = 0; i < blocks.size(); i += 17)
      files.push_back(Joined({blocks.begin() + static_cast<ptrdiff_t>(i), blocks.begin() + static_cast<ptrdiff_t>(std::min(blocks.size(), i + 17))}));
  }
  const Told told = Extracted(files, SchemaOf(tables));
  const Rows rows = Whole(told), truth = Truth(tables);
  CAPTURE(seed, lost, files.size(), rows.size(), truth.size());
  CHECK(CountFalse(rows, truth) == 0);
  // Two tables began in the first block. Of a table that lost a block in its middle, what stood before it.
  if (lost == 0) CHECK(rows.size() == 5000);
  if (lost == 1) CHECK(rows.size() >= 1000);
}

TEST_CASE("pieces of two dumps in one heap are not mixed, and where two orders fit none is chosen") {
  const uint64_t seed = GENERATE(21, 22, 23);
  std::vector<BuiltTable> tables = Tables(seed), others = Tables(seed + 100);
  const bool forked = GENERATE(false, true);
  // The same up to the middle of a table: from there on a block has two that can follow it.
  if (forked) {
    others = tables;
    for (size_t at = others[2].rows.size() / 2; at < others[2].rows.size(); ++at)
      if (others[2].rows[at] == '1') others[2].rows[at] = '7';
  }
  std::vector<Bytes> blocks = Blocks(Dump(tables)), more = Blocks(Dump(others));
  blocks.erase(blocks.begin());
  blocks.insert(blocks.end(), more.begin() + 1, more.end());
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937_64(seed));
  const Told told = Extracted({Joined(blocks)}, SchemaOf(tables));
  const Rows rows = Whole(told);
  Rows truth = Truth(tables);
  truth.merge(Truth(others));
  CAPTURE(seed, forked, rows.size(), truth.size());
  CHECK(CountFalse(rows, truth) == 0);
  if (!forked) CHECK(rows.size() == 10000);
}

TEST_CASE("pieces of a dump in one folder are one piece of evidence; a dump with its beginning is its own") {
  const auto of = [](FileKind kind) {
    Identity identity;
    identity.kind = kind;
    return identity;
  };
  const auto units = GatherUnits({{"/srv/x/found.000", of(FileKind::dump_fragment)}, {"/srv/x/found.001", of(FileKind::dump_fragment)}, {"/srv/x/head.dump", of(FileKind::dump_custom)},
                                  {"/srv/y/found.002", of(FileKind::dump_fragment)}});
  REQUIRE(units.size() == 3);
  CHECK(units[0].path == "/srv/x");
  CHECK(units[0].files.size() == 2);
  CHECK(units[1].path == "/srv/x/head.dump");
  CHECK(units[2].path == "/srv/y/found.002");
}

TEST_CASE("an order that stands is left alone; hostile blocks give an answer") {
  const Bytes dump = Dump(Tables(31, 600));
  CHECK(OrderDumpBlocks({dump}).runs.empty());
  std::mt19937_64 random(31);
  for (int round = 0; round < 20; ++round) {
    std::vector<Bytes> blocks = Blocks(dump);
    for (int i = 0; i < 40; ++i) {
      Bytes& block = blocks[random() % blocks.size()];
      if (i % 3 == 0) block[random() % block.size()] ^= static_cast<uint8_t>(random());
      if (i % 3 == 1) std::swap(block, blocks[random() % blocks.size()]);
      if (i % 3 == 2 && i % 2 == 0) block = blocks[random() % blocks.size()];
    }
    const Bytes bytes = Joined(blocks);
    const DumpOrder order = OrderDumpBlocks({bytes});
    if (order.runs.empty()) continue;
    // Every byte once.
    std::vector<int> seen(bytes.size() / kDiskBlock);
    for (const OrderedRun& run : order.runs)
      for (uint64_t at = run.offset; at < run.offset + run.length; at += kDiskBlock) ++seen[at / kDiskBlock];
    CHECK(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
    CHECK(OrderDumpBlocks({bytes}).runs == order.runs);
  }
}

}  // namespace pulih

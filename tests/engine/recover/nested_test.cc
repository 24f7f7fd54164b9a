#include "engine/recover/nested.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/recover/extract_dump.h"
#include "tests/engine/recover/told_claims.h"
#include "tests/formats/archive/deflated.h"
#include "tests/formats/archive/framed.h"
#include "tests/formats/postgres/dump_builder.h"

namespace pulih {
namespace {

using Told = ToldClaims;

Told Extracted(const Bytes& file) {
  const FileKind kind = IdentifyFile(ByteView(file).first(std::min<size_t>(file.size(), 65536)), file.size()).kind;
  REQUIRE(MayBeNested(kind));
  const std::vector<UnitFile> unit = {{"cadangan", file}};
  Schema known;
  Told told;
  const auto extractor = MakeNestedExtractor(kind);
  REQUIRE(extractor->LearnSchema(unit, known).ok());
  REQUIRE(extractor->Extract(unit, known, told).ok());
  for (const RangeNote& note : told.ranges) {
    REQUIRE(note.range.file == 0);
    REQUIRE(note.range.offset + note.range.length <= file.size());
  }
  for (const RowClaim& row : told.rows)
    for (const ByteRange& range : row.bytes) {
      REQUIRE(range.file == 0);
      REQUIRE(range.length > 0);
      REQUIRE(range.offset + range.length <= file.size());
    }
  uint64_t covered = 0;  // I8
  for (const RangeNote& note : told.ranges)
    if (note.range.offset <= covered) covered = std::max(covered, note.range.offset + note.range.length);
  REQUIRE(covered == file.size());
  return told;
}

Bytes Gzip(ByteView plain) {
  DeflateWay way;
  way.wrap = DeflateWrap::gzip;
  return Deflated(plain, way);
}
Bytes Custom(bool compressed) {
  BuiltArchive what;
  what.compressed = compressed;
  what.tables = SpecimenTables();
  return BuildArchive(what);
}

}  // namespace

TEST_CASE("a dump inside a compressed file gives all rows, proven by the checksum outside") {
  const bool compressed = GENERATE(true, false);
  const Bytes custom = Custom(compressed);
  Bytes file;
  SECTION("gzip") { file = Gzip(custom); }
  SECTION("gzip of several members") {
    file = Gzip(ByteView(custom).first(5000));
    Append(file, Gzip(ByteView(custom).subspan(5000)));
  }
  SECTION("zlib") { file = Deflated(custom, {}); }
  SECTION("lz4") { file = Lz4Framed(custom, true); }
  SECTION("zstd") { file = ZstdFramed(custom, true); }
  SECTION("gzip inside zstd inside tar") {
    file = BuildTar({{"catatan.txt", ToBytes("tidak penting\n")}, {"2014/cadangan.zst", ZstdFramed(Gzip(custom), true)}});
  }
  const Told told = Extracted(file);
  CHECK(told.Count("public.paket", "A") == 300);
  CHECK(told.Count("ekontrak.catatan", "A") == 40);
  CHECK(told.rows.size() == 340);
}

TEST_CASE("without a checksum the rows of a plain archive are as good as its text") {
  const Told told = Extracted(ZstdFramed(Custom(false), false));
  CHECK(told.Count("public.paket", "B") == 300);
}

TEST_CASE("two dumps in one tar archive are told apart") {
  BuiltArchive second;
  second.compressed = false;
  second.tables = SpecimenTables();
  second.tables.resize(1);
  const Told told = Extracted(BuildTar({{"senin/a.dump", Custom(true)}, {"selasa/b.dump", BuildArchive(second)}, {"baca.txt", ToBytes("x\n")}}));
  CHECK(told.Count("public.paket", "A") == 300);
  CHECK(told.Count("public.paket", "B") == 300);
  CHECK(told.Count("ekontrak.catatan", "A") == 40);
  CHECK(std::count_if(told.rows.begin(), told.rows.end(), [](const RowClaim& row) { return row.path.starts_with("senin/a.dump » "); }) == 340);
  CHECK(std::any_of(told.ranges.begin(), told.ranges.end(), [](const RangeNote& note) { return note.what == "tar member baca.txt" && note.fate == RangeFate::skipped; }));
}

TEST_CASE("a tar dump with other files beside it stays one dump") {
  BuiltArchive toc;
  toc.format = 3;
  toc.tables = SpecimenTables();
  std::vector<std::pair<std::string, Bytes>> members = {{"toc.dat", BuildArchive(toc)}, {"baca.txt", ToBytes("x\n")}};
  for (const BuiltTable& table : SpecimenTables()) members.push_back({std::to_string(table.dump_id) + ".dat", ToBytes(TableContent(table))});
  const Told told = Extracted(BuildTar(members));
  CHECK(told.Count("public.paket") == 300);
  CHECK(told.Count("ekontrak.catatan") == 40);
  SECTION("and inside gzip it is proven") {
    const Told packed = Extracted(Gzip(BuildTar(members)));
    CHECK(packed.Count("public.paket", "A") == 300);
    CHECK(packed.Count("ekontrak.catatan", "A") == 40);
  }
}

TEST_CASE("damage to the packing lowers what only the packing could prove") {
  const bool compressed = GENERATE(true, false);
  Bytes file = Gzip(Custom(compressed));
  const auto hole = file.begin() + static_cast<std::ptrdiff_t>(file.size() / 2);
  std::fill(hole, hole + 300, uint8_t{0});
  const Told told = Extracted(file);
  CHECK(told.Count("public.paket") > 50);
  const Told whole = Extracted(Gzip(Custom(compressed)));
  const auto is_true = [&](const RowClaim& row) {
    return std::any_of(whole.rows.begin(), whole.rows.end(), [&](const RowClaim& other) { return other.table == row.table && other.fields == row.fields; });
  };
  for (const RowClaim& row : told.rows)
    if (row.grade <= Grade::c) REQUIRE(is_true(row));
  CHECK(std::any_of(told.ranges.begin(), told.ranges.end(), [](const RangeNote& note) { return note.fate == RangeFate::damaged; }));
}

TEST_CASE("compressed files stored inside a compressed file are no members of its own") {
  BuiltArchive toc;
  toc.format = 3;
  toc.tables = SpecimenTables();
  std::vector<std::pair<std::string, Bytes>> members = {{"cadangan/toc.dat", BuildArchive(toc)}};
  for (int i = 0; i < 12; ++i) members.push_back({"cadangan/" + std::to_string(9000 + i) + ".dat.gz", Gzip(AsBytes("\\.\n" + std::string(static_cast<size_t>(i), 'x')))});
  for (const BuiltTable& table : SpecimenTables())
    members.push_back({"cadangan/" + std::to_string(table.dump_id) + ".dat.gz", Gzip(AsBytes(TableContent(table)))});
  DeflateWay stored;
  stored.wrap = DeflateWrap::gzip;
  stored.level = 0;
  const Told told = Extracted(Deflated(BuildTar(members), stored));
  CHECK(told.Count("public.paket", "A") == 300);
  CHECK(told.Count("ekontrak.catatan", "A") == 40);
}

TEST_CASE("nesting ends somewhere") {
  Bytes file = Custom(true);
  for (int i = 0; i < 8; ++i) file = Gzip(file);
  CHECK(Extracted(file).rows.empty());
}

}  // namespace pulih

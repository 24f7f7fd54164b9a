#include "engine/recover/extract_dump.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "engine/base/hex.h"
#include "formats/postgres/ddl.h"
#include "tests/engine/recover/told_claims.h"
#include "tests/formats/archive/deflated.h"
#include "tests/formats/archive/framed.h"
#include "tests/formats/postgres/dump_builder.h"

namespace pulih {
namespace {

using Told = ToldClaims;

using Files = std::vector<std::pair<std::string, Bytes>>;

Told Extracted(const Files& files, Schema known = {}) {
  std::vector<UnitFile> unit;
  for (const auto& [name, bytes] : files) unit.push_back({name, bytes});
  const auto extractor = MakeDumpExtractor();
  Told told;
  REQUIRE(extractor->LearnSchema(unit, known).ok());
  REQUIRE(extractor->Extract(unit, known, told).ok());
  // I8: every byte is accounted for.
  for (uint32_t i = 0; i < unit.size(); ++i) {
    uint64_t covered = 0;
    for (const RangeNote& note : told.ranges) {
      if (note.range.file != i) continue;
      REQUIRE(note.range.offset + note.range.length <= unit[i].bytes.size());
      if (note.range.offset <= covered) covered = std::max(covered, note.range.offset + note.range.length);
    }
    REQUIRE(covered == unit[i].bytes.size());
  }
  return told;
}

std::string LineOf(const RowClaim& claim) {
  std::string line = claim.table;
  for (const ClaimedField& field : claim.fields)
    line += "\t" + (field.state == ClaimedField::State::value ? field.text : field.state == ClaimedField::State::null ? "\\N" : "?");
  return line;
}
bool IsWhole(const RowClaim& claim) {
  return std::all_of(claim.fields.begin(), claim.fields.end(), [](const ClaimedField& f) {
    return f.state == ClaimedField::State::value || f.state == ClaimedField::State::null;
  });
}
std::set<std::string> Lines(const Told& told) {
  std::set<std::string> lines;
  for (const RowClaim& row : told.rows) lines.insert(LineOf(row));
  return lines;
}

std::string Script(bool with_ddl = true) {
  std::string text = "-- PostgreSQL database dump\nSET client_encoding = 'UTF8';\nCREATE SCHEMA ekontrak;\n";
  for (const BuiltTable& table : SpecimenTables()) text += with_ddl ? table.definition : "";
  for (const BuiltTable& table : SpecimenTables())
    text += "\n--\n-- Data for Name: " + table.name + "\n--\n\nCOPY " + table.schema + "." + table.name + " (" + table.columns + ") FROM stdin;\n" + table.rows + "\\.\n\n";
  return text + "--\n-- PostgreSQL database dump complete\n--\n";
}

BuiltArchive Archive(bool compressed) {
  BuiltArchive what;
  what.compressed = compressed;
  what.tables = SpecimenTables();
  what.objects = true;
  return what;
}

Schema KnownSchema() {
  std::string ddl;
  for (const BuiltTable& table : SpecimenTables()) ddl += table.definition;
  return ReadDdl(ddl);
}

Files Directory(bool with_toc) {
  Files files;
  BuiltArchive what = Archive(true);
  what.format = 3;
  what.objects = false;
  for (const BuiltTable& table : what.tables) {
    DeflateWay way;
    way.wrap = DeflateWrap::gzip;
    files.push_back({std::to_string(table.dump_id) + ".dat.gz", Deflated(AsBytes(TableContent(table)), way)});
  }
  if (with_toc) files.push_back({"toc.dat", BuildArchive(what)});
  return files;
}

}  // namespace

TEST_CASE("a script whose lines an editor ended with CR LF gives the values that were in it") {
  std::string dos;
  for (const char c : Script()) dos += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const Told told = Extracted({{"x.sql", ToBytes(AsBytes(dos))}});
  CHECK(Lines(told) == Lines(Extracted({{"x.sql", ToBytes(AsBytes(Script()))}})));
  CHECK(told.remarks.empty());
}

TEST_CASE("a script that stops before its end says so, and in which table") {
  const std::string whole = Script();
  CHECK(Extracted({{"x.sql", ToBytes(AsBytes(whole))}}).remarks.empty());
  const size_t last = whole.rfind("\\.\n");
  const BuiltTable table = SpecimenTables().back();
  CHECK(Extracted({{"x.sql", ToBytes(AsBytes(whole.substr(0, last)))}}).remarks ==
        std::vector<std::string>{"it ends inside the rows of " + table.schema + "." + table.name + ": what came behind them is lost"});
  CHECK(Extracted({{"x.sql", ToBytes(AsBytes(whole.substr(0, last + 3)))}}).remarks ==
        std::vector<std::string>{"it ends without the line that pg_dump writes last: what came behind is lost"});
}

TEST_CASE("an intact dump of each form gives all rows, proven where a checksum is") {
  Told told;
  std::string grade;
  SECTION("custom") {
    told = Extracted({{"x", BuildArchive(Archive(true))}});
    grade = "A";
  }
  SECTION("custom, not compressed") {
    told = Extracted({{"x", BuildArchive(Archive(false))}});
    grade = "B";
  }
  SECTION("custom, by lz4 and zstd as PostgreSQL 16 writes it") {
    BuiltArchive what = Archive(true);
    what.minor = 16;
    what.codec = GENERATE(2, 3);
    const bool checksum = GENERATE(true, false);
    if (what.codec == 2) what.compress = checksum ? +[](ByteView plain) { return Lz4Framed(plain, true); } : +[](ByteView plain) { return Lz4Framed(plain, false); };
    else what.compress = checksum ? +[](ByteView plain) { return ZstdFramed(plain, true); } : +[](ByteView plain) { return ZstdFramed(plain, false); };
    told = Extracted({{"x", BuildArchive(what)}});
    grade = checksum ? "A" : "B";
  }
  SECTION("directory, by lz4 and zstd") {
    const bool is_lz4 = GENERATE(true, false);
    Files files = Directory(true);
    size_t table = 0;
    for (auto& [name, bytes] : files) {
      if (!name.ends_with(".dat.gz")) continue;
      const std::string content = TableContent(SpecimenTables()[table++]);
      name = name.substr(0, name.size() - 3) + (is_lz4 ? ".lz4" : ".zst");
      bytes = is_lz4 ? Lz4Framed(AsBytes(content), true) : ZstdFramed(AsBytes(content), true);
    }
    told = Extracted(files);
    grade = "A";
  }
  SECTION("script inside zstd and lz4") {
    told = Extracted({{"x", GENERATE(true, false) ? Lz4Framed(AsBytes(Script()), true) : ZstdFramed(AsBytes(Script()), true)}});
    grade = "A";
  }
  SECTION("directory") {
    told = Extracted(Directory(true));
    grade = "A";
  }
  SECTION("plain") {
    told = Extracted({{"x", ToBytes(Script())}});
    grade = "B";
  }
  SECTION("plain in gzip") {
    DeflateWay way;
    way.wrap = DeflateWrap::gzip;
    told = Extracted({{"x", Deflated(AsBytes(Script()), way)}});
    grade = "A";
  }
  SECTION("tar, made again on a Mac") {
    BuiltArchive what = Archive(true);
    what.format = 3;
    what.objects = false;
    Files members = {{"._toc.dat", Bytes(120, 5)}, {"toc.dat", BuildArchive(what)}, {"._3410.dat", Bytes(9)}};
    for (const BuiltTable& table : what.tables) members.push_back({"./" + std::to_string(table.dump_id) + ".dat", ToBytes(TableContent(table))});
    told = Extracted({{"x", BuildTar(members)}});
    grade = "B";
  }
  CHECK(told.Count("public.paket", grade) == 300);
  CHECK(told.Count("ekontrak.catatan", grade) == 40);
  CHECK(told.rows.size() - told.Count("pg_catalog.pg_largeobject") == 340);
  CHECK(Lines(told).count("ekontrak.catatan\t7\tcatatan\tke \\ 7") == 1);
  CHECK(Lines(told).count("ekontrak.catatan\t10\t\\N") == 1);
}

TEST_CASE("every version of custom archives gives the same rows") {
  BuiltArchive what = Archive(true);
  what.minor = static_cast<uint8_t>(GENERATE(10, 11, 12, 13, 14, 15, 16, 18));
  const Told told = Extracted({{"x", BuildArchive(what)}});
  CHECK(told.Count("public.paket", "A") == 300);
  CHECK(told.Count("ekontrak.catatan", "A") == 40);
}

TEST_CASE("a dump that is cut gives the rows before, and the last one in part") {
  const std::string text = Script();
  const size_t at = text.find("\t2014", text.size() / 2);
  const Told told = Extracted({{"x", ToBytes(text.substr(0, at + 6))}});
  REQUIRE(told.rows.size() > 100);
  for (size_t i = 0; i + 1 < told.rows.size(); ++i) REQUIRE(told.rows[i].grade == Grade::b);
  const RowClaim& last = told.rows.back();
  CHECK(last.grade == Grade::d);
  CHECK(last.fields[2].state == ClaimedField::State::value);
  CHECK(last.fields[3].state == ClaimedField::State::partial);
  CHECK(last.fields[3].cut);
  CHECK(last.fields[3].text == "2014-");
}

TEST_CASE("a directory without its contents is named by a schema, in doubt not at all") {
  const Told told = Extracted(Directory(false), KnownSchema());
  CHECK(told.Count("public.paket", "C") == 300);
  // An integer and a text: a table that nobody knows of may have that shape as well.
  CHECK(told.Count("ekontrak.catatan", "D") == 40);

  Schema twins = KnownSchema();
  AddSchema(twins, ReadDdl("CREATE TABLE kembar (a numeric(19) PRIMARY KEY, b varchar(400) NOT NULL, c numeric(20,2), d timestamp);"));
  const Told doubt = Extracted(Directory(false), twins);
  CHECK(doubt.Count("public.paket") == 0);
  REQUIRE(doubt.rows.size() == 340);
  CHECK(doubt.rows[0].candidates == std::vector<std::string>{"public.kembar", "public.paket"});
  CHECK(doubt.rows[0].grade == Grade::d);
}

TEST_CASE("rows of the script and foreign keys tell tables of one shape apart") {
  Schema schema = ReadDdl(
      "CREATE TABLE a (id numeric(4) PRIMARY KEY, nama varchar(80) NOT NULL);\n"
      "CREATE TABLE b (id numeric(4) PRIMARY KEY, nama varchar(80) NOT NULL);\n"
      "CREATE TABLE c (id numeric(9) PRIMARY KEY, w timestamp, a_id numeric(4) REFERENCES a, n numeric(20,2), v timestamp);\n"
      "CREATE TABLE d (id numeric(9) PRIMARY KEY, w timestamp, b_id numeric(4) REFERENCES b, n numeric(20,2), v timestamp);\n"
      "INSERT INTO b VALUES (7, 'tujuh');\n");
  const auto file = [](const std::string& rows) { return ToBytes(rows + "\\.\n\n\n"); };
  const Told told = Extracted({{"1.dat", file("1\tsatu\n2\tdua\n")},
                               {"2.dat", file("7\ttujuh\n8\tdelapan\n")},
                               {"3.dat", file("900\t2014-01-02 03:04:05\t8\t1.00\t2014-01-02 03:04:05\n")},
                               {"4.dat", file("901\t2014-01-02 03:04:05\t2\t1.00\t2014-01-02 03:04:05\n")}},
                              schema);
  CHECK(told.Count("public.b", "C") == 2);
  CHECK(told.Count("public.a") == 2);
  CHECK(told.Count("public.d", "C") == 1);
  CHECK(told.Count("public.c", "C") == 1);
}

TEST_CASE("behind a hole rows count when they are whole, fit, and are new") {
  const std::string text = Script();
  Bytes bytes = ToBytes(text);
  const size_t hole = text.find("\n", text.find("COPY public.paket") + 6000) - 20;
  std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(hole), 512, uint8_t{0});
  const Told intact = Extracted({{"x", ToBytes(text)}});
  const Told told = Extracted({{"x", bytes}});
  const std::set<std::string> truth = Lines(intact);
  size_t behind = 0;
  for (const RowClaim& row : told.rows) {
    if (IsWhole(row)) CHECK(truth.count(LineOf(row)) == 1);
    else CHECK(row.grade == Grade::d);
    behind += row.grade == Grade::c ? 1 : 0;
  }
  CHECK(behind > 100);
  CHECK(told.Count("public.paket") + 9 > 300);
}

TEST_CASE("a checksum that disagrees makes every row of the unit doubtful that no other proves") {
  Bytes bytes = BuildArchive(Archive(true));
  const std::string_view text = AsText(bytes);
  const size_t at = text.find("Pengadaan", bytes.size() / 2);
  bytes[at] = 'X';
  const Told told = Extracted({{"x", bytes}});
  CHECK(told.Count("public.paket", "ABC") == 0);
  CHECK(told.Count("public.paket", "D") == 300);
  CHECK(told.Count("ekontrak.catatan", "A") == 40);
}

TEST_CASE("no damage makes a wrong row look like a true one, in any form, and the same dump gives the same answer") {
  DeflateWay gzip;
  gzip.wrap = DeflateWrap::gzip;
  const int form = GENERATE(0, 1, 2, 3);
  const Bytes whole = form == 0   ? BuildArchive(Archive(true))
                      : form == 1 ? BuildArchive(Archive(false))
                      : form == 2 ? ToBytes(Script())
                                  : Deflated(AsBytes(Script()), gzip);
  const Schema schema = KnownSchema();
  const std::set<std::string> truth = Lines(Extracted({{"x", whole}}, schema));
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    Bytes bytes = whole;
    for (int n = 0; n < 1 + static_cast<int>(seed % 3); ++n) {
      const size_t size = random() % 2 == 0 ? 512 : 4096, at = random() % bytes.size() / 512 * 512;
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), std::min(size, bytes.size() - at), uint8_t{0});
    }
    if (seed % 5 == 0) bytes.resize(random() % bytes.size() + 1);
    const Told told = Extracted({{"x", bytes}}, schema), again = Extracted({{"x", bytes}}, schema);
    CAPTURE(form, seed);
    REQUIRE(told.rows == again.rows);
    for (const RowClaim& row : told.rows) {
      if (row.grade > Grade::c || row.table.empty()) continue;
      CAPTURE(row.path, LineOf(row), row.bytes.at(0).offset);
      REQUIRE(truth.count(LineOf(row)) == 1);
    }
  }
}

TEST_CASE("INSERT statements give rows, also the last one that is cut") {
  const std::string text =
      "CREATE TABLE t (a int PRIMARY KEY, b text, c numeric(5,2), g int GENERATED ALWAYS AS (a * 2) STORED);\n"
      "INSERT INTO public.t VALUES (1, 'satu; ''dua''\nbaris', 1.5, DEFAULT);\nINSERT INTO t (a, b) VALUES (2, NULL), (3, E'a\\tb');\n"
      "INSERT INTO public.t VALUES (4, 'empat', 2.0";
  const Told told = Extracted({{"x", ToBytes(text)}});
  REQUIRE(told.rows.size() == 4);
  CHECK(LineOf(told.rows[0]) == "public.t\t1\tsatu; 'dua'\nbaris\t1.50\t?");
  CHECK(told.rows[0].grade == Grade::b);
  CHECK(LineOf(told.rows[2]) == "public.t\t3\ta\tb\t?\t?");
  CHECK(LineOf(told.rows[3]) == "public.t\t4\tempat\t?\t?");
  CHECK(told.rows[3].grade == Grade::d);
}

TEST_CASE("one file of COPY rows alone is named by a schema") {
  DeflateWay way;
  way.wrap = DeflateWrap::gzip;
  const std::string content = TableContent(SpecimenTables()[0]);
  CHECK(Extracted({{"x", ToBytes(content)}}, KnownSchema()).Count("public.paket", "C") == 300);
  CHECK(Extracted({{"3410.dat.gz", Deflated(AsBytes(content), way)}}, KnownSchema()).Count("public.paket", "C") == 300);
}

TEST_CASE("text of a dump in an old encoding becomes UTF-8, and is no damage") {
  const Told told = Extracted({{"x", ToBytes("SET client_encoding = 'LATIN1';\nCREATE TABLE t (a int PRIMARY KEY, b varchar(5));\n"
                                              "COPY t (a, b) FROM stdin;\n1\tcaf\xe9\n2\tx\n3\ty\n\\.\n")}});
  REQUIRE(told.Count("public.t", "B") == 3);
  CHECK(told.rows[0].fields[1].text == "caf\xc3\xa9");
}

TEST_CASE("nothing at all is no dump and no crash") {
  CHECK(Extracted({{"x", Bytes()}}).rows.empty());
  CHECK(Extracted({{"x", Bytes(10000, 0)}}).rows.empty());
  CHECK(Extracted({{"a", Bytes()}, {"toc.dat", ToBytes("PGDMP")}}).rows.empty());
  CHECK(Extracted({}).rows.empty());
}

TEST_CASE("the dump that pg_restore refuses gives all of its rows") {
  const std::string path = PULIH_DVDRENTAL;
  if (!std::filesystem::exists(path)) {
    WARN("skipped: no " + path);
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const Told told = Extracted({{"dvdrental.tar", ToBytes(text.str())}});
  const std::map<std::string, size_t> expected = {
      {"actor", 200}, {"address", 603}, {"category", 16}, {"city", 600}, {"country", 109}, {"customer", 599}, {"film", 1000},
      {"film_actor", 5462}, {"film_category", 1000}, {"inventory", 4581}, {"language", 6}, {"payment", 14596}, {"rental", 16044},
      {"staff", 2}, {"store", 2}};
  for (const auto& [table, rows] : expected) {
    CAPTURE(table);
    CHECK(told.Count("public." + table, "B") == rows);
  }
  CHECK(told.rows.size() == 44820);
}

TEST_CASE("large objects of every form of dump are pages of pg_largeobject") {
  std::string plain;
  for (int i = 0; i < 5000; ++i) plain += static_cast<char>(i * 7 + i / 256);
  const auto page = [&](size_t number) { return "\\x" + ToHex(AsBytes(plain.substr(number * 2048, 2048))); };
  const auto in_pages = [&](const Told& told, char grade) {
    size_t found = 0;
    for (const RowClaim& row : told.rows) {
      if (row.table != "pg_catalog.pg_largeobject") continue;
      CHECK(row.fields[0].text == "16999");
      CHECK(row.fields[1].text == std::to_string(found));
      CHECK(row.fields[2].text == page(found));
      CHECK(static_cast<char>(row.grade) == grade);
      CHECK_FALSE(row.bytes.empty());
      ++found;
    }
    CHECK(found == 3);
  };
  SECTION("custom") {
    BuiltArchive what = Archive(true);
    what.object = plain;
    in_pages(Extracted({{"x", BuildArchive(what)}}), 'A');
  }
  SECTION("custom, not compressed") {
    BuiltArchive what = Archive(false);
    what.object = plain;
    in_pages(Extracted({{"x", BuildArchive(what)}}), 'B');
  }
  SECTION("directory") {
    Files files = Directory(true);
    DeflateWay way;
    way.wrap = DeflateWrap::gzip;
    files.push_back({"blob_16999.dat.gz", Deflated(AsBytes(plain), way)});
    files.push_back({"blobs.toc", ToBytes("16999 blob_16999.dat\n")});
    in_pages(Extracted(files), 'A');
  }
  SECTION("tar") {
    BuiltArchive what = Archive(false);
    what.format = 3;
    in_pages(Extracted({{"x", BuildTar({{"toc.dat", BuildArchive(what)}, {"blob_16999.dat", ToBytes(plain)}, {"blobs.toc", ToBytes("16999 blob_16999.dat\n")}})}}), 'B');
  }
  const std::string statements = "SELECT pg_catalog.lo_open('16999', 131072);\nSELECT pg_catalog.lowrite(0, '\\x" + ToHex(AsBytes(plain.substr(0, 3000))) +
                                 "');\nSELECT pg_catalog.lowrite(0, '\\x" + ToHex(AsBytes(plain.substr(3000))) + "');\nSELECT pg_catalog.lo_close(0);\n";
  SECTION("script") { in_pages(Extracted({{"x", ToBytes(Script() + "BEGIN;\n\n" + statements + "\nCOMMIT;\n")}}), 'B'); }
  SECTION("of a script with a hole what is left is at its place or not told") {
    Bytes script = ToBytes(Script() + "BEGIN;\n\n" + statements + "\nCOMMIT;\n");
    const size_t at = script.size() - statements.size() + static_cast<size_t>(GENERATE(20, 500, 5000, 7000, 9000));
    for (size_t i = at; i < std::min(at + 300, script.size()); ++i) script[i] = 0;
    for (const RowClaim& row : Extracted({{"x", script}}).rows)
      if (row.table == "pg_catalog.pg_largeobject") CHECK(row.fields[2].text == page(std::stoul(row.fields[1].text)));
  }
  SECTION("of a damaged stream only the beginning is told") {
    BuiltArchive what = Archive(true);
    what.object = plain;
    Bytes archive = BuildArchive(what);
    std::fill(archive.end() - 2000, archive.end() - 1700, uint8_t{0});
    for (const RowClaim& row : Extracted({{"x", archive}}).rows)
      if (row.table == "pg_catalog.pg_largeobject" && row.grade <= Grade::c) CHECK(row.fields[2].text == page(std::stoul(row.fields[1].text)));
  }
}


TEST_CASE("lines of a plain dump that nothing was made of do not count as read, and those of an intact one do") {
  const std::string head = "CREATE TABLE public.letter (id integer PRIMARY KEY, subject text NOT NULL);\nCOPY public.letter (id, subject) FROM stdin;\n";
  const auto damaged = [](const Told& told) {
    std::vector<std::pair<uint64_t, uint64_t>> stretches;
    for (const RangeNote& note : told.ranges)
      if (note.fate == RangeFate::damaged && note.what.starts_with("lines")) stretches.emplace_back(note.range.offset, note.range.length);
    return stretches;
  };
  CHECK(damaged(Extracted({{"a.sql", ToBytes(head + "1\tone\n2\ttwo\n\\.\n")}})).empty());
  // Two lines with a tab too few follow each other; one with a tab too many stands alone.
  const Told told = Extracted({{"a.sql", ToBytes(head + "1\tone\n2two\n3three\n4\tfour\n5\t\tfive\n\\.\n")}});
  CHECK(told.rows.size() == 2);
  using Stretches = std::vector<std::pair<uint64_t, uint64_t>>;
  CHECK(damaged(told) == Stretches{{head.size() + 6, 12}, {head.size() + 25, 8}});
}

}  // namespace pulih

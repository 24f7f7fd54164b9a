// CSV of LKPP and of people, whole and damaged.
#include "formats/spse/csv_source.h"

#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

const std::string kRecap =
    "\xEF\xBB\xBFNo;Kode Lelang;Nama Paket;HPS (juta);NPWP\r\n"
    "1;1001127;REHAB GEDUNG A;9881,00;98.081.668.0-057.000\r\n"
    "2;1002127;\"JALAN; \"\"TROTOAR\"\"\r\nTAHAP 2\";1083,20;\r\n"
    "3;1003127;LAMPU;2646,60;98.674.784.8-094.000\r\n";

const std::string kSteps =
    "tahun_anggaran,kd_klpd,kd_lpse,kd_tender,kd_tahapan,nama_tahapan,nama_akt,_event_date\n"
    "2014,\"D197\",127,1001127,18807,\"Pengumuman\",null,\"2014-10-04\"\n"
    "2014,\"D197\",127,1001127,18803,\"Tanda tangan\",,\"2014-10-04\"\n";

TEST_CASE("rows of CSV have the names of its head, and their places") {
  const SourceNotes notes = Notes(kRecap);
  REQUIRE(notes.Count("table") == 3);
  CHECK(Raw(notes.records[0], "Kode Lelang") == "1001127");
  CHECK(Raw(notes.records[1], "Nama Paket") == "JALAN; \"TROTOAR\"\r\nTAHAP 2");
  CHECK(Raw(notes.records[1], "NPWP") == "(none)");
  CHECK(notes.records[0].path == "row 2");
  CHECK(kRecap.substr(notes.records[0].offset, 2) == "1;");
  CHECK(kRecap.substr(notes.records[1].offset, 2) == "2;");
  CHECK(kRecap.substr(notes.records[2].offset, 2) == "3;");
}

TEST_CASE("an LKPP dataset in CSV is known by its head, and an unquoted null is nothing") {
  const SourceNotes notes = Notes(kSteps);
  REQUIRE(notes.Count("lkpp.steps") == 2);
  CHECK(notes.heads[0].publisher == "LKPP");
  CHECK(notes.heads[0].captured == "2014-10-04");
  CHECK(notes.records[0].tender == "1001127");
  CHECK(Raw(notes.records[0], "nama_akt") == "(none)");
}

TEST_CASE("titles above a head and numbers below it are passed over") {
  const SourceNotes notes = Notes("REKAP LELANG 2014,,,\n,,,\nNo,Kode,Nama,Nilai\n(1),(2),(3),(4)\n1,1001127,A,5\n2,1002127,B,6\n");
  REQUIRE(notes.Count("table") == 2);
  CHECK(Raw(notes.records[0], "Kode") == "1001127");
}

TEST_CASE("names that stand twice in a head stay apart") {
  const SourceNotes notes = Notes("Kode,Nilai,Nilai\nx1,5,6\nx2,7,8\n");
  REQUIRE(notes.records.size() == 2);
  CHECK(Raw(notes.records[0], "Nilai") == "5");
  CHECK(Raw(notes.records[0], "Nilai (2)") == "6");
}

TEST_CASE("CSV that is cut anywhere tells nothing that the whole does not") {
  SweepDamage(kRecap);
  SweepDamage(kSteps);
}

TEST_CASE("the last field of a row without a line end is not trusted, but for quotes") {
  const SourceNotes notes = Notes(kSteps.substr(0, kSteps.size() - 1));
  REQUIRE(notes.Count("lkpp.steps") == 2);
  CHECK(Raw(notes.records[1], "_event_date") == "2014-10-04");
  CHECK_FALSE(notes.records[1].cut);
  const SourceNotes bare = Notes("a,b,c\nx,y,z\nu,v,w");
  REQUIRE(bare.records.size() == 2);
  CHECK(bare.records[1].cut);
  CHECK(Raw(bare.records[1], "c") == "(none)");
}

TEST_CASE("a row with a hole or with other columns is damaged, and no two halves are one row") {
  SweepHoles(kRecap, 40, 1);
  SweepHoles(kSteps, 70, 1);
  const SourceNotes notes = Notes("a,b,c\n1x,2,3\n4,5\n6x,7,8\n");
  CHECK(notes.records.size() == 2);
  CHECK(notes.Damaged() == 4);
}

TEST_CASE("a quote that nothing closes costs its line") {
  std::string text = "kode,nama,nilai\n";
  for (int i = 0; i < 1000; ++i) text += std::to_string(i) + ",nama " + std::to_string(i) + ",x\n";
  text.insert(text.find("nama 300"), "\"");
  const SourceNotes notes = Notes(text);
  CHECK(notes.records.size() == 999);
  text += "1001,\"open";
  CHECK(Notes(text).records.size() == 999);
}

TEST_CASE("windows-1252 and damaged UTF-8 are told apart") {
  const SourceNotes old = Notes("kode,nama,c\nx,Caf\xE9,1\ny,b,2\n");
  REQUIRE(old.records.size() == 2);
  CHECK(Raw(old.records[0], "nama") == "Caf\xC3\xA9");
  CHECK(old.records[1].offset == 22 - 1);
  const SourceNotes damaged = Notes("kode,nama,c\nx,Caf\xC3\xA9,\xC3\xA9\nz,q\xFFr,3\ny,b,2\n");
  REQUIRE(damaged.records.size() == 2);  // the row with a byte that is no UTF-8 is damaged
  CHECK(Raw(damaged.records[0], "nama") == "Caf\xC3\xA9");
}

TEST_CASE("text that is no table is skipped") {
  CHECK(Notes("Yth. Bapak,\nbersama ini kami kirim surat.\nTerima kasih.\n").records.empty());
}

}  // namespace
}  // namespace pulih::spse

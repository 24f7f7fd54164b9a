// Spreadsheets of both forms, small and made by hand.
#include "formats/sheet/sheet.h"

#include "formats/sheet/compound.h"
#include "formats/sheet/xls.h"
#include "tests/formats/sheet/workbooks.h"
#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

TEST_CASE("an xlsx gives rows under its head, with dates and plain numbers") {
  const SourceNotes notes = Notes(Xlsx(kStrings));
  REQUIRE(notes.Count("table") == 2);
  const SourceRecord& first = notes.records[0];
  CHECK(first.path == "sheet Rekap 2014 » row 2");
  CHECK(Raw(first, "Kode") == "1001901");
  CHECK(Raw(first, "Nama") == "Gedung & \xC3\xA9");
  CHECK(Raw(first, "Nilai HPS") == "1083.2");
  CHECK(Raw(first, "Tanggal") == "2014-02-11");
  CHECK(notes.records[1].path == "sheet Rekap 2014 » row 4");
  CHECK(Raw(notes.records[1], "Nama") == "(none)");
  CHECK(Raw(notes.records[1], "Tanggal") == "2014-02-11 12:00:00");
}

TEST_CASE("a text whose shared string is lost is not there") {
  std::string file = Xlsx(kStrings);
  file[file.find("Gedung")] = 'X';  // the part's CRC disagrees
  const SourceNotes notes = Notes(file);
  for (const SourceRecord& record : notes.records) CHECK(record.Find("Nama") == nullptr);
  CHECK_FALSE(notes.remarks.empty());
}

TEST_CASE("an xlsx cut or changed anywhere tells nothing else") { SweepDamage(Xlsx(kStrings)); }

TEST_CASE("an xls gives its cells: texts, numbers, dates, what formulas showed") {
  const SourceNotes notes = Notes(Xls());
  REQUIRE(notes.Count("table") == 2);
  CHECK(notes.records[0].path == "sheet Rekap » row 2");
  CHECK(Raw(notes.records[0], "Kode") == "1001901");
  CHECK(Raw(notes.records[0], "Nama") == "Gedung");
  CHECK(Raw(notes.records[0], "Nilai") == "1083.2");
  CHECK(Raw(notes.records[0], "Tanggal") == "2014-02-11");
  CHECK(Raw(notes.records[1], "Kode") == "1002901");
  CHECK(Raw(notes.records[1], "Nama") == "7");
  CHECK(Raw(notes.records[1], "Nilai") == "teks");
}

TEST_CASE("an xls cut or changed anywhere tells nothing else") { SweepDamage(Xls()); }

TEST_CASE("numbers of spreadsheets as texts") {
  CHECK(sheet::PlainNumber("1.5E-3") == "0.0015");
  CHECK(sheet::PlainNumber("-2.50E+2") == "-250");
  CHECK(sheet::PlainNumber("9.9999533478E8") == "999995334.78");
  CHECK(sheet::PlainNumber("12") == "12");
  CHECK(sheet::PlainNumber("1E999") == "1E999");
  CHECK(sheet::NumberText(1083.2) == "1083.2");
  CHECK(sheet::NumberText(2361400000) == "2361400000");
  CHECK(sheet::DateOfSerial(41681, false) == "2014-02-11");
  CHECK(sheet::DateOfSerial(40219, true) == "2014-02-11");
  CHECK(sheet::DateOfSerial(0.5, false).empty());
  CHECK(sheet::IsDateFormat(14, ""));
  CHECK_FALSE(sheet::IsDateFormat(164, "\"day\" #,##0"));
  CHECK(sheet::IsDateFormat(165, "[$-421]dd mmmm yyyy"));
}

}  // namespace
}  // namespace pulih::spse

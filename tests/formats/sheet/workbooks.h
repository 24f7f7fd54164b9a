// Two small workbooks made by hand: one for each form.
#pragma once

#include <bit>
#include <string>

#include "tests/formats/spse/packing.h"

namespace pulih::spse {

inline std::string Xlsx(const std::string& strings) {
  return StoredZip({
      {"[Content_Types].xml", "<Types/>"},
      {"xl/workbook.xml", "<workbook xmlns:r=\"r\"><sheets><sheet name=\"Rekap 2014\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"},
      {"xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>"},
      {"xl/styles.xml", "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"},
      {"xl/sharedStrings.xml", strings},
      {"xl/worksheets/sheet1.xml",
       "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><worksheet><sheetData>"
       "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>Nama</t></is></c><c r=\"C1\" t=\"s\"><v>1</v></c><c r=\"D1\" t=\"str\"><v>Tanggal</v></c></row>"
       "<row r=\"2\"><c r=\"A2\"><v>1001901</v></c><c r=\"B2\" t=\"s\"><v>2</v></c><c r=\"C2\"><v>1.0832E3</v></c><c r=\"D2\" s=\"1\"><v>41681</v></c></row>"
       "<row r=\"4\"><c r=\"A4\"><v>1002901</v></c><c r=\"B4\" t=\"e\"><v>#REF!</v></c><c r=\"D4\" s=\"1\"><v>41681.5</v></c></row></sheetData></worksheet>"},
  });
}
inline const std::string kStrings = "<sst><si><t>Kode</t></si><si><r><t>Nilai </t></r><r><t>HPS</t></r><rPh><t>x</t></rPh></si><si><t>Gedung &amp; \xC3\xA9</t></si></sst>";

inline std::string Biff(uint16_t type, const std::string& body) { return Le(type, 2) + Le(body.size(), 2) + body; }
inline std::string Cell(uint16_t row, uint16_t column, uint16_t style = 0) { return Le(row, 2) + Le(column, 2) + Le(style, 2); }
inline std::string Narrow(const std::string& text) { return Le(text.size(), 2) + Le(0, 1) + text; }

inline std::string Xls() {
  const std::string globals = Biff(0x809, Le(0x600, 2) + Le(5, 2) + Le(0, 12)) + Biff(0x41E, Le(164, 2) + Narrow("dd/mm/yyyy")) + Biff(0xE0, Le(0, 20)) +
                              Biff(0xE0, Le(0, 2) + Le(164, 2) + Le(0, 16));
  // The third text goes on in a CONTINUE record, there in wide characters.
  const std::string sst = Biff(0xFC, Le(3, 4) + Le(3, 4) + Narrow("Kode") + Narrow("Nama") + Le(6, 2) + Le(0, 1) + "Ged") + Biff(0x3C, Le(1, 1) + std::string("u\0n\0g\0", 6));
  const size_t name_size = 4 + 8 + 5;
  const std::string eof = Biff(0x0A, "");
  const std::string sheet_name = Biff(0x85, Le(globals.size() + name_size + sst.size() + eof.size(), 4) + Le(0, 2) + Le(5, 1) + Le(0, 1) + "Rekap");
  std::string sheet = Biff(0x809, Le(0x600, 2) + Le(0x10, 2) + Le(0, 12));
  sheet += Biff(0xFD, Cell(0, 0) + Le(0, 4)) + Biff(0xFD, Cell(0, 1) + Le(1, 4)) + Biff(0x204, Cell(0, 2) + Narrow("Nilai")) + Biff(0x204, Cell(0, 3) + Narrow("Tanggal"));
  sheet += Biff(0x203, Cell(1, 0) + Le(std::bit_cast<uint64_t>(1001901.0), 8)) + Biff(0xFD, Cell(1, 1) + Le(2, 4)) + Biff(0x27E, Cell(1, 2) + Le((108320u << 2) | 3, 4)) +
           Biff(0x203, Cell(1, 3, 1) + Le(std::bit_cast<uint64_t>(41681.0), 8));
  sheet += Biff(0xBD, Le(2, 2) + Le(0, 2) + Le(0, 2) + Le((1002901u << 2) | 2, 4) + Le(0, 2) + Le((7u << 2) | 2, 4) + Le(1, 2));
  sheet += Biff(0x06, Cell(2, 2) + Le(0, 6) + Le(0xFFFF, 2) + Le(0, 8)) + Biff(0x207, Narrow("teks")) + eof;
  std::string stream = globals + sheet_name + sst + eof + sheet;
  stream.resize(4096, '\0');
  // Header, table of sectors, directory, then eight sectors of the stream.
  std::string head("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
  head += Le(0, 16) + Le(0x3E, 2) + Le(3, 2) + Le(0xFFFE, 2) + Le(9, 2) + Le(6, 2) + Le(0, 6) + Le(0, 4) + Le(1, 4) + Le(1, 4) + Le(0, 4) + Le(4096, 4) + Le(0xFFFFFFFE, 4) + Le(0, 4) + Le(0xFFFFFFFE, 4) + Le(0, 4) + Le(0, 4);
  while (head.size() < 512) head += Le(0xFFFFFFFF, 4);
  std::string table = Le(0xFFFFFFFD, 4) + Le(0xFFFFFFFE, 4);
  for (uint32_t i = 2; i < 10; ++i) table += Le(i == 9 ? 0xFFFFFFFE : i + 1, 4);
  while (table.size() < 512) table += Le(0xFFFFFFFF, 4);
  const auto entry = [](const std::string& name, int type, uint32_t start, uint32_t size) {
    std::string out;
    for (const char c : name) out += std::string(1, c) + std::string(1, '\0');
    out.resize(64, '\0');
    out += Le(name.size() * 2 + 2, 2) + Le(static_cast<uint64_t>(type), 1) + Le(1, 1) + Le(0xFFFFFFFF, 4) + Le(0xFFFFFFFF, 4) + Le(0xFFFFFFFF, 4);
    out.resize(116, '\0');
    return out + Le(start, 4) + Le(size, 4) + Le(0, 4);
  };
  std::string directory = entry("Root Entry", 5, 0xFFFFFFFE, 0) + entry("Workbook", 2, 2, 4096);
  directory.resize(512, '\0');
  return head + table + directory + stream;
}

}  // namespace pulih::spse

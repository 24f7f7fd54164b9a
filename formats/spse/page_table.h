// Tables of the portal's pages: what stands under which label or head. By labels and heads, not by positions.
//
//   labels   <tr><th>Nilai Pagu Paket</th><td>Rp. 1,00</td>…   and <td class="TitleLeft"> of SPSE 3
//   grids    a row of heads (<th>, or <td class="titleTop"> of SPSE 3), and rows below it
//
// A cell that the end of the page cuts has no text. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/spse/source_record.h"
#include "formats/web/html.h"

namespace pulih::spse {

struct LabelledCell {
  std::string label;
  web::HtmlId value = web::kNoHtml;
};
// Of the tables below `from`, those of tables inside of values too.
std::vector<LabelledCell> LabelledCells(const web::HtmlPage& page, web::HtmlId from);

struct GridRow {
  web::HtmlId row = web::kNoHtml;
  std::vector<web::HtmlId> cells;
};
struct Grid {
  web::HtmlId table = web::kNoHtml;
  std::vector<std::string> heads;
  std::vector<GridRow> rows;  // below the heads
  bool Has(std::string_view head) const;
  bool HasPart(std::string_view part) const;  // in any head
};
std::vector<Grid> Grids(const web::HtmlPage& page, web::HtmlId from);

// The fields that a cell gives: its text under `name`, and under "name.label" what stands in a badge ("Tender Ulang"). A
// cell of nothing but an image gives the image's file name ("star.gif"). None when the cell is cut.
void AddCell(const web::HtmlPage& page, web::HtmlId cell, std::string_view name, SourceRecord& record);

// The row as a record: its place, whether it is cut, its cells under the heads. "PT. X - 01.234.…" under "Nama Peserta"
// gives "Nama Peserta.nama" and "Nama Peserta.npwp" too.
SourceRecord GridRecord(const web::HtmlPage& page, const Grid& grid, size_t row, std::string_view source);

// The number in an address of a tender's page: "/eproc/lelang/view/3295127" or "/eproc4/lelang/3295127/jadwal".
std::string TenderOfUrl(std::string_view url);

}  // namespace pulih::spse

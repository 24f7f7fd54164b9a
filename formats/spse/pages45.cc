#include "formats/spse/pages45.h"

#include <algorithm>

#include "formats/spse/page_table.h"

namespace pulih::spse {
namespace {

using web::HtmlId;
using web::HtmlPage;

// "…?id=10942236000" of the pages beside tenders.
std::string IdOfQuery(std::string_view url) {
  const size_t id = url.find("?id=");
  if (id == std::string_view::npos) return {};
  std::string_view digits = url.substr(id + 4);
  digits = digits.substr(0, std::min(digits.find_first_not_of("0123456789"), digits.size()));
  return digits.size() >= 4 && digits.size() <= 12 ? std::string(digits) : std::string();
}

// Tables inside of a value with heads of their own: "Rencana Umum Pengadaan/Kode RUP".
void AddInner(const HtmlPage& page, const LabelledCell& cell, SourceRecord& record) {
  for (const Grid& grid : Grids(page, cell.value)) {
    for (const GridRow& row : grid.rows) {
      if (row.cells.size() != grid.heads.size()) continue;
      for (size_t i = 0; i < row.cells.size(); ++i) AddCell(page, row.cells[i], cell.label + "/" + grid.heads[i], record);
    }
  }
}

// Whether a table with heads stands around it: its labels are not the page's.
bool IsInner(const HtmlPage& page, HtmlId cell) {
  bool in_value = false;
  for (HtmlId id = page.node(cell).parent; id != web::kNoHtml; id = page.node(id).parent) in_value = in_value || page.node(id).tag == "td";
  return in_value;
}

void ReadView(const HtmlPage& page, std::vector<SourceRecord>& records) {
  SourceRecord record;
  record.path = "view";
  for (const LabelledCell& cell : LabelledCells(page, page.root())) {
    if (IsInner(page, cell.value)) continue;
    const web::HtmlNode& value = page.node(cell.value);
    if (record.fields.empty()) record.offset = page.node(value.parent).begin;
    record.length = value.end - record.offset;
    AddCell(page, cell.value, cell.label, record);
    if (!page.IsCut(cell.value)) AddInner(page, cell, record);
  }
  record.cut = record.cut || !page.complete();
  const auto has = [&](std::string_view label) { return record.Find(label) != nullptr; };
  if (has("Kode Swakelola") || has("Nama Swakelola")) {
    record.source = "spse4.swakelola";
  } else if (has("Kode Paket") || has("Nilai Total Realisasi")) {
    record.source = "spse4.nonspk";
  } else if (has("Kode Tender") || has("Kode Lelang") || has("Kode Seleksi") || has("Nama Tender") || has("Nama Lelang")) {
    record.source = "spse4.view";
  } else {
    return;
  }
  records.push_back(std::move(record));
}

std::string_view SourceOf(const Grid& grid) {
  if (grid.Has("Tahap") && grid.Has("Mulai") && grid.Has("Sampai")) return "spse4.steps";
  if (grid.HasPart("Pemenang") && (grid.HasPart("NPWP") || grid.HasPart("Alamat"))) return "spse4.winner";
  if (grid.Has("Nama Peserta") || grid.Has("Peserta")) return "spse4.bidders";
  if (grid.Has("Kode") && (grid.Has("Nama Paket") || grid.Has("Nama Tender") || grid.Has("Nama Lelang"))) return "spse4.list";
  return {};
}

// In a list the name is a link; what stands below it is told too, under "….rest".
void NarrowName(const HtmlPage& page, const Grid& grid, size_t row, SourceRecord& record) {
  for (size_t i = 0; i < std::min(grid.heads.size(), grid.rows[row].cells.size()); ++i) {
    const HtmlId link = grid.heads[i].substr(0, 5) == "Nama " ? page.First(grid.rows[row].cells[i], "a") : web::kNoHtml;
    if (link == web::kNoHtml || page.IsCut(link)) continue;
    for (SourceField& field : record.fields) {
      if (field.name != grid.heads[i]) continue;
      SourceField rest = field;
      rest.name += ".rest";
      field.raw = page.Text(link);
      record.fields.push_back(std::move(rest));
      return;
    }
  }
}

}  // namespace

std::string TenderOfTabs(const HtmlPage& page) {
  std::string found;
  for (const HtmlId link : page.All(page.root(), "a")) {
    if (!page.HasClass(link, "nav-link") && page.Attribute(link, "role") != "tab") continue;
    const std::string_view href = page.Attribute(link, "href");
    std::string tender = TenderOfUrl(href);
    if (tender.empty()) tender = IdOfQuery(href);
    if (tender.empty()) continue;
    if (!found.empty() && found != tender) return {};
    found = tender;
  }
  return found;
}

std::vector<SourceRecord> ReadPage45(const HtmlPage& page) {
  std::vector<SourceRecord> records;
  ReadView(page, records);
  for (const Grid& grid : Grids(page, page.root())) {
    const std::string_view source = SourceOf(grid);
    for (size_t row = 0; !source.empty() && row < grid.rows.size(); ++row) {
      records.push_back(GridRecord(page, grid, row, source));
      if (source == "spse4.list") NarrowName(page, grid, row, records.back());
    }
  }
  return records;
}

}  // namespace pulih::spse

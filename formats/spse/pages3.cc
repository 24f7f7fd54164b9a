#include "formats/spse/pages3.h"

#include <algorithm>

#include "formats/spse/page_table.h"

namespace pulih::spse {
namespace {

using web::HtmlId;
using web::HtmlPage;

// The column that a cell of the list is in: the first of its classes that is no class of the framework ("t-first").
std::string ColumnOf(const HtmlPage& page, HtmlId cell) {
  std::string_view classes = page.Attribute(cell, "class");
  while (!classes.empty()) {
    const size_t end = std::min(classes.find(' '), classes.size());
    const std::string_view name = classes.substr(0, end);
    if (!name.empty() && name.substr(0, 2) != "t-") return std::string(name);
    classes.remove_prefix(std::min(end + 1, classes.size()));
  }
  return {};
}

// The tender that the links of a row lead to; empty when they lead to several.
std::string TenderOfLinks(const HtmlPage& page, HtmlId row) {
  std::string found;
  for (const HtmlId link : page.All(row, "a")) {
    const std::string tender = TenderOfUrl(page.Attribute(link, "href"));
    if (tender.empty()) continue;
    if (!found.empty() && found != tender) return {};
    found = tender;
  }
  return found;
}

void AddField(const HtmlPage& page, HtmlId node, std::string name, std::string raw, SourceRecord& record) {
  record.fields.push_back({std::move(name), std::move(raw), page.node(node).begin, page.node(node).end - page.node(node).begin});
}

// The name is a link in bold; below it stand other links, and pairs of spans: "Kategori" ":" "Pengadaan Barang".
void AddName(const HtmlPage& page, HtmlId cell, SourceRecord& record) {
  const HtmlId bold = page.First(cell, "b");
  const HtmlId name = bold == web::kNoHtml ? page.First(cell, "a") : bold;
  if (name != web::kNoHtml && !page.IsCut(name)) AddField(page, name, "pkt_nama", page.Text(name), record);
  const std::vector<HtmlId> spans = page.All(cell, "span");
  for (size_t i = 0; i + 2 < spans.size(); ++i) {
    if (page.Text(spans[i + 1]) != ":" || page.IsCut(spans[i + 2])) continue;
    AddField(page, spans[i + 2], web::CollapseBlanks(page.Text(spans[i])), page.Text(spans[i + 2]), record);
  }
  record.cut = record.cut || page.IsCut(cell);
}

SourceRecord ListRow(const HtmlPage& page, HtmlId row, size_t number) {
  SourceRecord record;
  record.source = "spse3.list";
  record.offset = page.node(row).begin;
  record.length = page.node(row).end - record.offset;
  record.cut = page.IsCut(row);
  record.path = "row " + std::to_string(number);
  const std::string tender = TenderOfLinks(page, row);
  if (!tender.empty()) AddField(page, page.First(row, "a"), "lls_id", tender, record);
  for (const HtmlId cell : page.All(row, "td", "table")) {
    const std::string column = ColumnOf(page, cell);
    if (column == "pkt_nama") {
      AddName(page, cell, record);
    } else if (column == "lls_id") {
      AddCell(page, cell, "No", record);  // what stands there is the row's number
    } else if (!column.empty()) {
      AddCell(page, cell, column, record);
    }
  }
  return record;
}

void ReadList(const HtmlPage& page, std::vector<SourceRecord>& records) {
  size_t number = 0;
  for (const HtmlId row : page.All(page.root(), "tr")) {
    const std::vector<HtmlId> cells = page.All(row, "td", "table");
    const bool is_tender = std::any_of(cells.begin(), cells.end(), [&](HtmlId cell) { return ColumnOf(page, cell) == "pkt_nama"; });
    if (is_tender) records.push_back(ListRow(page, row, ++number));
  }
}

void ReadView(const HtmlPage& page, std::vector<SourceRecord>& records) {
  SourceRecord record;
  record.source = "spse3.view";
  record.path = "view";
  for (const LabelledCell& cell : LabelledCells(page, page.root())) {
    const web::HtmlNode& value = page.node(cell.value);
    if (record.fields.empty()) record.offset = page.node(value.parent).begin;
    record.length = value.end - record.offset;
    AddCell(page, cell.value, cell.label, record);
  }
  record.cut = record.cut || !page.complete();
  if (record.Find("Kode Lelang") != nullptr) records.push_back(std::move(record));
}

bool IsOfGeneration3(const HtmlPage& page, const Grid& grid) {
  // Its style names, which a browser keeps when it saves a page.
  for (const GridRow& row : grid.rows) {
    for (const HtmlId cell : row.cells) {
      const std::string_view classes = page.Attribute(cell, "class");
      if (classes.substr(0, 9) == "horizLine") return true;
    }
  }
  return false;
}

}  // namespace

std::vector<SourceRecord> ReadPage3(const HtmlPage& page) {
  std::vector<SourceRecord> records;
  ReadList(page, records);
  if (!records.empty()) return records;
  const std::vector<HtmlId> cells = page.All(page.root(), "td");
  if (std::any_of(cells.begin(), cells.end(), [&](HtmlId cell) { return page.HasClass(cell, "TitleLeft"); })) ReadView(page, records);
  for (const Grid& grid : Grids(page, page.root())) {
    if (!IsOfGeneration3(page, grid)) continue;
    std::string_view source;
    if (grid.Has("Tahap") && grid.Has("Mulai") && grid.Has("Sampai")) source = "spse3.steps";
    if (grid.Has("Nama Peserta") || grid.Has("Peserta")) source = "spse3.bidders";
    if (grid.Has("Nama Pemenang")) source = "spse3.winner";
    for (size_t row = 0; !source.empty() && row < grid.rows.size(); ++row) records.push_back(GridRecord(page, grid, row, source));
  }
  return records;
}

}  // namespace pulih::spse

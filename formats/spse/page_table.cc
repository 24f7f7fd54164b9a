#include "formats/spse/page_table.h"

#include <algorithm>

namespace pulih::spse {
namespace {

using web::HtmlId;
using web::HtmlPage;

bool IsCell(const HtmlPage& page, HtmlId id) { return page.node(id).tag == "td" || page.node(id).tag == "th"; }

std::vector<HtmlId> CellsOf(const HtmlPage& page, HtmlId row) {
  std::vector<HtmlId> cells;
  for (const HtmlId child : page.node(row).children) {
    if (IsCell(page, child)) cells.push_back(child);
  }
  return cells;
}

bool IsHead(const HtmlPage& page, HtmlId cell) { return page.node(cell).tag == "th" || page.HasClass(cell, "titleTop"); }
bool IsLabel(const HtmlPage& page, HtmlId cell) { return page.node(cell).tag == "th" || page.HasClass(cell, "TitleLeft"); }

std::string LabelText(const HtmlPage& page, HtmlId cell) {
  std::string text = web::CollapseBlanks(page.Text(cell));
  while (!text.empty() && (text.back() == ':' || text.back() == ' ')) text.pop_back();
  return text;
}

bool IsBadge(const HtmlPage& page, HtmlId id) {
  const std::string_view tag = page.node(id).tag;
  return (tag == "span" || tag == "a") && (page.HasClass(id, "badge") || page.HasClass(id, "label"));
}

bool IsAside(const HtmlPage& page, HtmlId id) { return page.node(id).tag == "table" || IsBadge(page, id); }

std::string Badges(const HtmlPage& page, HtmlId cell) {
  std::string text;
  for (const std::string_view tag : {"span", "a"}) {
    for (const HtmlId id : page.All(cell, tag, "table")) {
      if (!IsBadge(page, id)) continue;
      const std::string badge = web::CollapseBlanks(page.Text(id));
      if (!badge.empty()) text.append(text.empty() ? "" : " ").append(badge);
    }
  }
  return text;
}

std::string ImageName(const HtmlPage& page, HtmlId cell) {
  const HtmlId image = page.First(cell, "img");
  if (image == web::kNoHtml) return {};
  std::string_view source = page.Attribute(image, "src");
  source = source.substr(0, source.find_first_of("?#"));
  return std::string(source.substr(source.find_last_of("/\\") + 1));
}

bool IsCode(std::string_view text) {
  return text.size() >= 4 && text.size() <= 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "PT. X - 01.234.567.8-901.000": the number is behind the last " - ", and may be missing there.
void SplitBidder(const SourceField& field, SourceRecord& record) {
  size_t dash = field.raw.rfind(" - ");
  size_t number = dash == std::string::npos ? dash : dash + 3;
  if (dash == std::string::npos && field.raw.size() > 2 && field.raw.substr(field.raw.size() - 2) == " -") dash = field.raw.size() - 2, number = field.raw.size();
  if (dash == std::string::npos) return;
  const std::string npwp = web::CollapseBlanks(std::string_view(field.raw).substr(number));
  const bool is_number = std::all_of(npwp.begin(), npwp.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == '-'; });
  if (!is_number) return;
  const SourceField whole = field;  // the vector may move
  record.fields.push_back({whole.name + ".nama", whole.raw.substr(0, dash), whole.offset, whole.length});
  if (!npwp.empty()) record.fields.push_back({whole.name + ".npwp", npwp, whole.offset, whole.length});
}

}  // namespace

bool Grid::Has(std::string_view head) const { return std::find(heads.begin(), heads.end(), head) != heads.end(); }

bool Grid::HasPart(std::string_view part) const {
  return std::any_of(heads.begin(), heads.end(), [&](const std::string& head) { return head.find(part) != std::string::npos; });
}

std::vector<LabelledCell> LabelledCells(const HtmlPage& page, HtmlId from) {
  std::vector<LabelledCell> found;
  for (const HtmlId row : page.All(from, "tr")) {
    const std::vector<HtmlId> cells = CellsOf(page, row);
    for (size_t i = 0; i + 1 < cells.size(); ++i) {
      if (!IsLabel(page, cells[i]) || IsLabel(page, cells[i + 1]) || page.IsCut(cells[i])) continue;
      std::string label = LabelText(page, cells[i]);
      if (!label.empty()) found.push_back({std::move(label), cells[i + 1]});
    }
  }
  return found;
}

std::vector<Grid> Grids(const HtmlPage& page, HtmlId from) {
  std::vector<Grid> grids;
  for (const HtmlId table : page.All(from, "table")) {
    Grid grid;
    for (const HtmlId row : page.All(table, "tr", "table")) {
      std::vector<HtmlId> cells = CellsOf(page, row);
      const bool are_heads = cells.size() >= 2 && std::all_of(cells.begin(), cells.end(), [&](HtmlId cell) { return IsHead(page, cell); });
      if (are_heads && grid.rows.empty()) {
        // Of two rows of heads the lower one names the columns, where it has as many.
        if (cells.size() < grid.heads.size() || page.IsCut(row)) continue;
        grid.heads.clear();
        for (const HtmlId cell : cells) grid.heads.push_back(LabelText(page, cell));
      } else if (!grid.heads.empty() && !are_heads && !cells.empty()) {
        grid.rows.push_back({row, std::move(cells)});
      }
    }
    if (grid.heads.empty()) continue;
    grid.table = table;
    grids.push_back(std::move(grid));
  }
  return grids;
}

void AddCell(const HtmlPage& page, HtmlId cell, std::string_view name, SourceRecord& record) {
  if (page.IsCut(cell)) {
    record.cut = true;
    return;
  }
  const web::HtmlNode& node = page.node(cell);
  std::string text = page.Text(cell, IsAside);
  if (text.empty()) text = ImageName(page, cell);
  record.fields.push_back({std::string(name), std::move(text), node.begin, node.end - node.begin});
  std::string badges = Badges(page, cell);
  if (!badges.empty()) record.fields.push_back({std::string(name) + ".label", std::move(badges), node.begin, node.end - node.begin});
}

SourceRecord GridRecord(const HtmlPage& page, const Grid& grid, size_t row, std::string_view source) {
  SourceRecord record;
  const GridRow& from = grid.rows[row];
  record.source = std::string(source);
  record.offset = page.node(from.row).begin;
  record.length = page.node(from.row).end - record.offset;
  record.cut = page.IsCut(from.row);
  record.path = "row " + std::to_string(row + 1);
  // A row of other width says nothing under these heads (a line that spans all columns).
  if (from.cells.size() > grid.heads.size() || (from.cells.size() < grid.heads.size() && !record.cut)) return record;
  for (size_t i = 0; i < from.cells.size(); ++i) {
    if (grid.heads[i].empty()) continue;
    AddCell(page, from.cells[i], grid.heads[i], record);
  }
  for (const std::string_view name : {"Nama Peserta", "Peserta", "Nama Pemenang"}) {
    const auto found = std::find_if(record.fields.begin(), record.fields.end(), [&](const SourceField& field) { return field.name == name; });
    if (found != record.fields.end()) SplitBidder(SourceField(*found), record);
  }
  return record;
}

std::string TenderOfUrl(std::string_view url) {
  constexpr std::string_view kPlaces[] = {"/lelang/", "/rekanan/", "/evaluasi/", "/nontender/", "/swakelola/", "/pencatatan/"};
  if (std::none_of(std::begin(kPlaces), std::end(kPlaces), [&](std::string_view place) { return url.find(place) != std::string_view::npos; })) return {};
  std::string_view path = url.substr(0, url.find_first_of("?#;"));
  std::string found;
  while (!path.empty()) {
    const size_t slash = path.find_last_of('/');
    const std::string_view part = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
    if (IsCode(part)) found = std::string(part);
    if (slash == std::string_view::npos || !found.empty()) break;
    path = path.substr(0, slash);
  }
  return found;
}

}  // namespace pulih::spse

#include "formats/sheet/xlsx.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <pugixml.hpp>

namespace pulih::sheet {
namespace {

// A part of the package as a tree, as far as it parses.
struct Part {
  pugi::xml_document tree;
  bool whole = false;
  uint64_t offset = 0, length = 0;
};

std::string_view LocalName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
}

pugi::xml_node Child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& child : node.children()) {
    if (LocalName(child) == name) return child;
  }
  return {};
}

std::string_view Attribute(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    const std::string_view full = attribute.name();
    if (full == name || (full.size() > name.size() && full.substr(full.size() - name.size() - 1) == ":" + std::string(name))) return attribute.value();
  }
  return {};
}

std::optional<uint32_t> Number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string TextOf(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  }
  return text;
}

// A string item: <t>, or runs <r><t>; how it is spoken (<rPh>) is no part of it.
std::string StringItem(const pugi::xml_node& item) {
  std::string text;
  for (const pugi::xml_node& child : item.children()) {
    if (LocalName(child) == "t") text += TextOf(child);
    if (LocalName(child) == "r") text += TextOf(Child(child, "t"));
  }
  return text;
}

// "AB12" is column 27.
std::optional<uint32_t> ColumnOf(std::string_view reference) {
  uint32_t column = 0;
  size_t at = 0;
  while (at < reference.size() && reference[at] >= 'A' && reference[at] <= 'Z' && column <= kMostColumns) column = column * 26 + static_cast<uint32_t>(reference[at++] - 'A' + 1);
  if (at == 0 || column > kMostColumns) return std::nullopt;
  return column - 1;
}

class Workbook {
 public:
  Workbook(ByteView bytes, const ZipList& list, SheetSink& sink) : bytes_(bytes), list_(list), sink_(sink) {}

  Status Read() {
    PULIH_TRY(ReadStrings());
    PULIH_TRY(ReadStyles());
    PULIH_TRY(FindSheets());
    for (const auto& [name, part] : sheets_) PULIH_TRY(ReadSheet(name, part));
    return OkStatus();
  }

 private:
  const ZipMember* Find(std::string_view name) const {
    const auto found = std::find_if(list_.members.begin(), list_.members.end(), [&](const ZipMember& member) { return member.name == name; });
    return found == list_.members.end() ? nullptr : &*found;
  }

  // False when there is nothing of it.
  Result<bool> Load(std::string_view name, Part& part) {
    const ZipMember* member = Find(name);
    if (member == nullptr) return false;
    part.offset = member->begin;
    part.length = member->packed_size;
    Unpacked unpacked = UnpackZipMember(bytes_, *member, kMostXml);
    if (unpacked.how == UnpackedHow::damaged || unpacked.how == UnpackedHow::too_large) {
      PULIH_TRY(sink_.Remark(std::string(name) + (unpacked.how == UnpackedHow::damaged ? " is damaged" : " is larger than is read")));
      return false;
    }
    const pugi::xml_parse_result parsed = part.tree.load_buffer(unpacked.bytes.data(), unpacked.bytes.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
    part.whole = unpacked.how != UnpackedHow::part && parsed.status == pugi::status_ok;
    if (!part.whole) PULIH_TRY(sink_.Remark(std::string(name) + " is cut or no XML from some place on"));
    return true;
  }

  Status ReadStrings() {
    Part part;
    PULIH_TRY_ASSIGN(const bool there, Load("xl/sharedStrings.xml", part));
    if (!there) return OkStatus();
    for (const pugi::xml_node& item : Child(part.tree, "sst").children()) {
      if (LocalName(item) == "si") strings_.push_back(StringItem(item));
    }
    if (!part.whole && !strings_.empty()) strings_.pop_back();  // the last may be a part
    return OkStatus();
  }

  Status ReadStyles() {
    Part part;
    PULIH_TRY_ASSIGN(const bool there, Load("xl/styles.xml", part));
    if (!there) return OkStatus();
    const pugi::xml_node sheet = Child(part.tree, "styleSheet");
    std::map<uint32_t, std::string> codes;
    for (const pugi::xml_node& format : Child(sheet, "numFmts").children()) {
      if (const auto id = Number(Attribute(format, "numFmtId"))) codes[*id] = Attribute(format, "formatCode");
    }
    for (const pugi::xml_node& style : Child(sheet, "cellXfs").children()) {
      const uint32_t id = Number(Attribute(style, "numFmtId")).value_or(0);
      const auto code = codes.find(id);
      is_date_.push_back(IsDateFormat(id, code == codes.end() ? std::string_view() : std::string_view(code->second)));
    }
    return OkStatus();
  }

  Status FindSheets() {
    Part book, links;
    PULIH_TRY_ASSIGN(const bool has_book, Load("xl/workbook.xml", book));
    PULIH_TRY_ASSIGN(const bool has_links, Load("xl/_rels/workbook.xml.rels", links));
    if (has_book && has_links) {
      const pugi::xml_node root = Child(book.tree, "workbook");
      const std::string_view date1904 = Attribute(Child(root, "workbookPr"), "date1904");
      from_1904_ = date1904 == "1" || date1904 == "true";
      for (const pugi::xml_node& sheet : Child(root, "sheets").children()) {
        for (const pugi::xml_node& link : Child(links.tree, "Relationships").children()) {
          if (Attribute(link, "Id") != Attribute(sheet, "id") || Attribute(sheet, "id").empty()) continue;
          std::string target(Attribute(link, "Target"));
          target = target.substr(0, 1) == "/" ? target.substr(1) : "xl/" + target;
          sheets_.emplace_back(std::string(Attribute(sheet, "name")), target);
        }
      }
    }
    // Sheets that nothing names any more are read under the names of their parts.
    for (const ZipMember& member : list_.members) {
      if (member.name.substr(0, 14) != "xl/worksheets/" || member.name.find('/', 14) != std::string::npos) continue;
      const bool known = std::any_of(sheets_.begin(), sheets_.end(), [&](const auto& sheet) { return sheet.second == member.name; });
      if (!known) sheets_.emplace_back(member.name.substr(14), member.name);
    }
    return OkStatus();
  }

  std::optional<std::string> CellText(const pugi::xml_node& cell) const {
    const std::string_view type = Attribute(cell, "t");
    if (type == "inlineStr") return StringItem(Child(cell, "is"));
    const std::string value = TextOf(Child(cell, "v"));
    if (type == "s") {
      const auto index = Number(value);
      if (!index || *index >= strings_.size()) return std::nullopt;
      return strings_[*index];
    }
    if (value.empty() || type == "e") return std::nullopt;
    if (type == "str" || type == "b" || type == "d") return value;
    const auto style = Number(Attribute(cell, "s"));
    if (style && *style < is_date_.size() && is_date_[*style]) {
      double serial = 0;
      std::from_chars(value.data(), value.data() + value.size(), serial);
      std::string date = DateOfSerial(serial, from_1904_);
      if (!date.empty()) return date;
    }
    return PlainNumber(value);
  }

  Status ReadSheet(const std::string& name, const std::string& part_name) {
    Part part;
    PULIH_TRY_ASSIGN(const bool there, Load(part_name, part));
    if (!there) return OkStatus();
    PULIH_TRY(sink_.Sheet(name));
    const pugi::xml_node data = Child(Child(part.tree, "worksheet"), "sheetData");
    uint32_t number = 0;
    for (pugi::xml_node from = data.first_child(); from; from = from.next_sibling()) {
      if (LocalName(from) != "row") continue;
      SheetRow row;
      number = Number(Attribute(from, "r")).value_or(number + 1);
      row.number = number;
      row.offset = part.offset;
      row.length = part.length;
      row.cut = !part.whole && !from.next_sibling();
      uint32_t column = 0;
      for (pugi::xml_node cell = from.first_child(); cell; cell = cell.next_sibling()) {
        if (LocalName(cell) != "c" || (row.cut && !cell.next_sibling())) continue;
        column = ColumnOf(Attribute(cell, "r")).value_or(column);
        std::optional<std::string> text = CellText(cell);
        if (text && ++cells_ <= kMostCells) row.cells.push_back({column, std::move(*text)});
        ++column;
      }
      std::stable_sort(row.cells.begin(), row.cells.end(), [](const SheetCell& a, const SheetCell& b) { return a.column < b.column; });
      PULIH_TRY(sink_.Row(row));
    }
    return OkStatus();
  }

  const ByteView bytes_;
  const ZipList& list_;
  SheetSink& sink_;
  std::vector<std::string> strings_;
  std::vector<bool> is_date_;
  std::vector<std::pair<std::string, std::string>> sheets_;  // name, part
  bool from_1904_ = false;
  uint64_t cells_ = 0;
};

}  // namespace

bool IsXlsx(const ZipList& list) {
  return std::any_of(list.members.begin(), list.members.end(), [](const ZipMember& member) { return member.name.substr(0, 14) == "xl/worksheets/" || member.name == "xl/workbook.xml"; });
}

Status ReadXlsx(ByteView bytes, const ZipList& list, SheetSink& sink) { return Workbook(bytes, list, sink).Read(); }

}  // namespace pulih::sheet

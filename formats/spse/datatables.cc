#include "formats/spse/datatables.h"

#include <algorithm>

#include "formats/web/entities.h"

namespace pulih::spse {
namespace {

constexpr size_t kTenderColumns = 10;  // up to the contract value; the flags behind it came later
constexpr size_t kDirectColumns = 9;   // of notices and direct procurement, since SPSE 4.3

bool IsCode(std::string_view text) {
  return !text.empty() && text.size() <= 19 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void AppendTrimmed(std::string_view text, std::string& out) {
  const size_t from = text.find_first_not_of(" \r\n\t");
  if (from == std::string_view::npos) return;
  const size_t to = text.find_last_not_of(" \r\n\t");
  if (!out.empty()) out.push_back(' ');
  out.append(text.substr(from, to + 1 - from));
}

// `<` begins a tag only before a letter or a slash: names may hold "< 5 km".
size_t FindTag(std::string_view text, size_t from) {
  for (size_t at = text.find('<', from); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if (next == '/' || (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z')) return at;
  }
  return std::string_view::npos;
}

}  // namespace

LabelledText SplitLabel(std::string_view text) {
  LabelledText split;
  size_t at = FindTag(text, 0);
  if (at == std::string_view::npos) return {web::DecodeEntities(text), {}};
  std::string name(text.substr(0, at)), label;
  int depth = 0;
  while (at != std::string_view::npos) {
    const size_t end = text.find('>', at);
    if (end == std::string_view::npos) break;  // cut inside a tag
    const std::string_view tag = text.substr(at, end + 1 - at);
    const bool is_break = tag.substr(0, 3) == "<br";
    if (!is_break) depth = std::max(0, depth + (tag[1] == '/' ? -1 : 1));
    at = FindTag(text, end + 1);
    const std::string_view piece = text.substr(end + 1, at == std::string_view::npos ? at : at - end - 1);
    if (depth > 0) {
      AppendTrimmed(piece, label);
    } else {
      name.append(is_break ? " " : "").append(piece);
    }
  }
  // The blank before the label is the server's.
  if (!label.empty()) name.erase(name.find_last_not_of(" \r\n\t") + 1);
  return {web::DecodeEntities(name), web::DecodeEntities(label)};
}

bool IsDataTablesRow(const Json& value) {
  const Json::Array* row = value.array();
  if (row == nullptr || row->size() < kDirectColumns || row->size() > 64) return false;
  const Json& first = row->front();
  if (first.string() != nullptr) return IsCode(*first.string());
  return first.number() != nullptr && IsCode(first.number()->digits);
}

SourceRecord DataTablesRecord(std::string_view row) {
  SourceRecord record;
  const std::vector<JsonSlice> cells = JsonElements(row);
  record.source = cells.size() >= kTenderColumns ? "spse4.dt" : "spse4.dt.nonspk";
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].is_null() || cells[i].is_array() || cells[i].is_object()) continue;
    LabelledText split = SplitLabel(JsonRaw(cells[i].text));
    const uint64_t offset = static_cast<uint64_t>(cells[i].text.data() - row.data());
    record.fields.push_back({std::to_string(i), std::move(split.text), offset, cells[i].text.size()});
    if (!split.label.empty()) record.fields.push_back({std::to_string(i) + ".label", std::move(split.label), offset, cells[i].text.size()});
  }
  return record;
}

}  // namespace pulih::spse

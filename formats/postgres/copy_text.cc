#include "formats/postgres/copy_text.h"

#include <cstring>

#include "formats/postgres/words.h"

namespace pulih {

bool SplitCopyLine(std::string_view line, std::vector<CopyField>& fields) {
  fields.clear();
  uint32_t begin = 0;
  for (;;) {
    // A tab is always a delimiter: inside a value it is written \t. But an old client may have written a backslash
    // before it, which escapes it.
    size_t tab = line.find('\t', begin);
    while (tab != std::string_view::npos && tab > begin) {
      size_t slashes = 0;
      while (tab - slashes > begin && line[tab - slashes - 1] == '\\') ++slashes;
      if (slashes % 2 == 0) break;
      tab = line.find('\t', tab + 1);
    }
    const auto end = static_cast<uint32_t>(tab == std::string_view::npos ? line.size() : tab);
    fields.push_back({begin, end});
    if (tab == std::string_view::npos) return true;
    if (fields.size() == kMaxCopyFields) return false;
    begin = end + 1;
  }
}

namespace {

// What stands behind a backslash at field[at - 1]; moves `at` behind it.
char Escaped(std::string_view field, size_t& at) {
  const char c = field[at++];
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: break;
  }
  int value = 0;
  if (c >= '0' && c <= '7') {
    value = c - '0';
    for (int n = 1; n < 3 && at < field.size() && field[at] >= '0' && field[at] <= '7'; ++n)
      value = value * 8 + (field[at++] - '0');
    return static_cast<char>(value & 0xff);
  }
  if (c != 'x' || at >= field.size() || HexValue(field[at]) < 0) return c;
  for (int n = 0; n < 2 && at < field.size() && HexValue(field[at]) >= 0; ++n) value = value * 16 + HexValue(field[at++]);
  return static_cast<char>(value);
}

}  // namespace

bool DecodeCopyField(std::string_view field, std::string& out, std::vector<uint32_t>* places) {
  size_t at = 0;
  while (at < field.size()) {
    const size_t slash = std::min(field.find('\\', at), field.size());
    out.append(field, at, slash - at);
    if (places != nullptr) {
      for (size_t i = at; i < slash; ++i) places->push_back(static_cast<uint32_t>(i + 1));
    }
    at = slash;
    if (at == field.size()) break;
    if (++at == field.size()) return false;
    out += Escaped(field, at);
    if (places != nullptr) places->push_back(static_cast<uint32_t>(at));
  }
  return true;
}

void AppendCopyField(std::string_view value, std::string& out) {
  for (const char c : value) {
    switch (c) {
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\v': out += "\\v"; break;
      case '\\': out += "\\\\"; break;
      default: out += c;
    }
  }
}

}  // namespace pulih

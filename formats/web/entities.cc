#include "formats/web/entities.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "formats/text/encoding.h"

namespace pulih::web {
namespace {

struct Entity {
  std::string_view name;
  uint32_t code_point;
};
constexpr Entity kEntities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0}, {"copy", 0xA9},
                                {"reg", 0xAE}, {"deg", 0xB0}, {"sup2", 0xB2}, {"sup3", 0xB3}, {"frac12", 0xBD}, {"times", 0xD7},
                                {"eacute", 0xE9}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
                                {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"bull", 0x2022}, {"hellip", 0x2026}, {"raquo", 0xBB},
                                {"laquo", 0xAB}, {"middot", 0xB7}};
constexpr size_t kLongest = 10;

// What stands between & and ;, as a code point; 0 when it means nothing.
uint32_t CodePointOf(std::string_view name) {
  if (name.size() < 2 || name[0] != '#') {
    const auto* found = std::find_if(std::begin(kEntities), std::end(kEntities), [&](const Entity& e) { return e.name == name; });
    return found == std::end(kEntities) ? 0 : found->code_point;
  }
  const bool is_hex = name[1] == 'x' || name[1] == 'X';
  uint32_t value = 0;
  for (const char c : name.substr(is_hex ? 2 : 1)) {
    const char lower = static_cast<char>(c | 0x20);
    uint32_t digit = 99;
    if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0');
    if (is_hex && lower >= 'a' && lower <= 'f') digit = static_cast<uint32_t>(lower - 'a' + 10);
    if (digit == 99) return 0;
    value = value * (is_hex ? 16 : 10) + digit;
    if (value > 0x10FFFF) return 0;
  }
  return value >= 0xD800 && value < 0xE000 ? 0 : value;
}

}  // namespace

std::string DecodeEntities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    const size_t end = text[at] == '&' ? text.find(';', at) : std::string_view::npos;
    const uint32_t code_point = end == std::string_view::npos || end - at > kLongest ? 0 : CodePointOf(text.substr(at + 1, end - at - 1));
    if (code_point == 0) {
      out.push_back(text[at]);
    } else {
      AppendUtf8(code_point, out);
      at = end;
    }
  }
  return out;
}

}  // namespace pulih::web

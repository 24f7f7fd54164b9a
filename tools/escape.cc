#include "tools/escape.h"

#include <cstdio>

namespace pulih {
namespace {

// Characters that change how the rest of a line looks, or that cannot be seen at all.
bool IsDeceptive(uint32_t c) {
  return (c >= 0x80 && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe007f);
}

std::string Escape(std::string_view text, bool double_backslash) {
  std::string out;
  out.reserve(text.size());
  char code[16];
  while (!text.empty()) {
    const DecodedUnit unit = DecodeUtf8(text);
    const uint32_t c = unit.code_point;
    if (!unit.valid) {
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(text[0]));
      out += code;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c < 0x20 || c == 0x7f) {
      std::snprintf(code, sizeof code, "\\x%02x", c);
      out += code;
    } else if (IsDeceptive(c)) {
      std::snprintf(code, sizeof code, "\\u{%x}", c);
      out += code;
    } else if (c == '\\' && double_backslash) {
      out += "\\\\";
    } else {
      out += text.substr(0, unit.length);
    }
    text.remove_prefix(unit.length);
  }
  return out;
}

}  // namespace

DecodedUnit DecodeUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const uint8_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  static constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
  uint32_t c = first & (0x7fu >> length);
  for (uint8_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    c = (c << 6) | (byte(i) & 0x3fu);
  }
  if (c < kSmallest[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return {};
  return {c, length, true};
}

std::string EscapeName(std::string_view name) { return Escape(name, true); }
std::string EscapeText(std::string_view text) { return Escape(text, false); }

size_t DisplayWidth(std::string_view text) {
  size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return columns;
}

std::string CutBack(std::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  size_t width = 0, at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && ++width == columns) break;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string CutFront(std::string_view text, size_t columns) {
  size_t width = DisplayWidth(text);
  if (width <= columns) return std::string(text);
  if (columns == 0) return {};
  while (width > columns - 1) {
    text.remove_prefix(1);
    while (!text.empty() && (static_cast<unsigned char>(text[0]) & 0xc0) == 0x80) text.remove_prefix(1);
    --width;
  }
  return "…" + std::string(text);
}

std::string ToUtf8(std::string_view bytes, bool* lossless) {
  std::string out;
  out.reserve(bytes.size());
  bool whole = true;
  while (!bytes.empty()) {
    const DecodedUnit unit = DecodeUtf8(bytes);
    if (unit.valid) {
      out += bytes.substr(0, unit.length);
    } else {
      out += "\xef\xbf\xbd";
      whole = false;
    }
    bytes.remove_prefix(unit.length);
  }
  if (lossless != nullptr) *lossless = whole;
  return out;
}

}  // namespace pulih

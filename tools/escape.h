// Names are bytes that anybody may have chosen. Before one reaches a terminal or a JSON document it passes here.
//
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pulih {

// One code point, or one byte that is not UTF-8.
struct DecodedUnit {
  uint32_t code_point = 0;
  uint8_t length = 1;
  bool valid = false;
};
// `text` is not empty. Refuses overlong forms, surrogates and what lies beyond U+10FFFF.
DecodedUnit DecodeUtf8(std::string_view text);

// For a terminal: control characters, line and paragraph separators, invisible and bidirectional controls, and
// bytes that are not UTF-8 become \n, \t, \x1b, \u{202e}, \xff. A backslash becomes two, so that nothing is ambiguous.
std::string EscapeName(std::string_view name);
// For messages, which contain names: the same without doubling backslashes.
std::string EscapeText(std::string_view text);

// How many columns an escaped text takes (one per code point).
size_t DisplayWidth(std::string_view text);
// The beginning of `text`, cut to so many columns before an ellipsis when it is longer.
std::string CutBack(std::string_view text, size_t columns);
// The end of `text`, cut to so many columns behind an ellipsis when it is longer.
std::string CutFront(std::string_view text, size_t columns);

// UTF-8 with U+FFFD for each invalid byte; `lossless` tells whether nothing was replaced.
std::string ToUtf8(std::string_view bytes, bool* lossless = nullptr);

}  // namespace pulih

// Small questions about typed text that the parsers of this folder share. ASCII only, whatever the locale: what
// PostgreSQL takes in numbers and dates is. Private to formats/postgres. Pure.
#pragma once

#include <string>
#include <string_view>

namespace pulih {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline char LowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// `word` is in lower case.
inline bool EqualWords(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (LowerCase(text[i]) != word[i]) return false;
  }
  return true;
}

// 1 for "inf" and "infinity", with or without "+"; -1 with "-"; 0 for other words.
inline int InfinitySign(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  if (!EqualWords(text, "infinity") && !EqualWords(text, "inf")) return 0;
  return minus ? -1 : 1;
}

// The value of a hexadecimal digit; -1 for other characters.
inline int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = LowerCase(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// For messages: a cell of a file can be long, and what is wrong shows at its start. A control character in it would
// reach the reader's terminal.
inline std::string Excerpt(std::string_view text) {
  constexpr size_t kShown = 60;
  size_t length = text.size();
  if (length > kShown) {
    length = kShown;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;  // not within a character
  }
  std::string shown(text.substr(0, length));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return length == text.size() ? shown : shown + "…";
}

}  // namespace pulih

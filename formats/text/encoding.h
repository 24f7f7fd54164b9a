// Text in old encodings becomes UTF-8. Two doors:
//   ToUtf8        a whole text in one of PostgreSQL's server encodings, by the name that PostgreSQL gives it
//   TextDecoder   a file, piece by piece: UTF-8, UTF-16 or windows-1252
//
// Nothing fails on bytes that are no text: each piece that does not convert becomes U+FFFD, and the caller can ask
// whether that happened. The only place that calls iconv (of the C library).
// Pure, one thread per object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace pulih {

bool IsUtf8(std::string_view text);
// Well-formed UTF-8 as it is; each longest piece that is not becomes one U+FFFD.
std::string MendUtf8(std::string_view text);

// `encoding` is PostgreSQL's name: "UTF8", "LATIN1", "WIN1252", "EUC_JP". SQL_ASCII, MULE_INTERNAL and names that are
// not known are read as UTF-8: of them nobody knows better.
std::string ToUtf8(ByteView text, std::string_view encoding);
// The other way, for what a person typed; nothing when `encoding` has no such character, or `text` is not UTF-8.
std::optional<std::string> FromUtf8(std::string_view text, std::string_view encoding);
// Whether ToUtf8 converts from this encoding, rather than take it for UTF-8.
bool CanConvert(std::string_view encoding);

enum class TextEncoding : uint8_t { utf8, utf16le, utf16be, windows1252 };
// "UTF-8", "UTF-16LE", …
std::string_view TextEncodingName(TextEncoding encoding);

struct DetectedEncoding {
  TextEncoding encoding = TextEncoding::utf8;
  uint32_t mark_size = 0;  // of the byte order mark, which is not part of the text
};
// By the byte order mark; without one, UTF-8 when `first` is that as far as it goes (it may end inside a character),
// else windows-1252.
DetectedEncoding DetectEncoding(ByteView first);

class TextDecoder {
 public:
  explicit TextDecoder(TextEncoding encoding) : encoding_(encoding) {}
  // Appends what `bytes` say; a character may be split between calls.
  void Feed(ByteView bytes, std::string& out);
  void Finish(std::string& out);
  // Bytes were met that are not text in this encoding.
  bool damaged() const { return damaged_; }

 private:
  void FeedUtf8(ByteView bytes, std::string& out);
  void FeedUtf16(ByteView bytes, std::string& out);
  void TakeUnit(uint16_t unit, std::string& out);

  TextEncoding encoding_;
  bool damaged_ = false;
  std::string partial_;       // UTF-8: the beginning of a character
  int first_byte_ = -1;       // UTF-16: half a unit
  uint32_t high_ = 0;         // UTF-16: a high surrogate that waits for its other half
};

void AppendUtf8(uint32_t code_point, std::string& out);

}  // namespace pulih

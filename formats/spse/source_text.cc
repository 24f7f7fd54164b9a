#include "formats/spse/source_text.h"

#include <algorithm>

namespace pulih::spse {
namespace {

constexpr size_t kCheckpoint = 4096;

// Units of the old encoding that one byte of UTF-8 stands for: those that begin a character, and in UTF-16 two for
// what lies beyond the first plane.
uint64_t UnitsOf(uint8_t byte, TextEncoding encoding) {
  if ((byte & 0xC0) == 0x80) return 0;
  return encoding != TextEncoding::windows1252 && byte >= 0xF0 ? 2 : 1;
}

}  // namespace

DetectedEncoding DetectSourceEncoding(ByteView bytes) {
  const DetectedEncoding detected = DetectEncoding(bytes);
  if (detected.encoding != TextEncoding::windows1252) return detected;
  // Words of windows-1252 hardly ever look like characters of UTF-8; damage leaves most of these.
  uint64_t characters = 0, strays = 0;
  for (size_t at = 0; at < bytes.size();) {
    if (bytes[at] < 0x80) {
      ++at;
      continue;
    }
    const size_t length = bytes[at] >= 0xF0 ? 4 : bytes[at] >= 0xE0 ? 3 : 2;
    const bool whole = at + length <= bytes.size() && IsUtf8(AsText(bytes.subspan(at, length)));
    whole ? ++characters : ++strays;
    at += whole ? length : 1;
  }
  return characters > strays ? DetectedEncoding{TextEncoding::utf8, 0} : detected;
}

SourceText::SourceText(ByteView bytes) : encoding_(TextEncoding::utf8), mark_size_(0) {
  const DetectedEncoding detected = DetectSourceEncoding(bytes);
  encoding_ = detected.encoding;
  mark_size_ = detected.mark_size;
  Decode(bytes);
}

SourceText::SourceText(ByteView bytes, TextEncoding encoding, uint32_t mark_size) : encoding_(encoding), mark_size_(mark_size) { Decode(bytes); }

void SourceText::Decode(ByteView bytes) {
  bytes = bytes.subspan(std::min<size_t>(mark_size_, bytes.size()));
  if (encoding_ == TextEncoding::utf8) {
    text_ = AsText(bytes);
    return;
  }
  TextDecoder decoder(encoding_);
  decoder.Feed(bytes, decoded_);
  decoder.Finish(decoded_);
  text_ = decoded_;
  uint64_t units = 0;
  for (size_t at = 0; at < text_.size(); ++at) {
    if (at % kCheckpoint == 0) units_.push_back(units);
    units += UnitsOf(static_cast<uint8_t>(text_[at]), encoding_);
  }
}

uint64_t SourceText::OffsetOf(size_t at) const {
  if (encoding_ == TextEncoding::utf8) return mark_size_ + at;
  at = std::min(at, text_.size());
  size_t from = at / kCheckpoint;
  if (from >= units_.size()) from = units_.empty() ? 0 : units_.size() - 1;
  uint64_t units = units_.empty() ? 0 : units_[from];
  for (size_t i = from * kCheckpoint; i < at; ++i) units += UnitsOf(static_cast<uint8_t>(text_[i]), encoding_);
  return mark_size_ + units * (encoding_ == TextEncoding::windows1252 ? 1 : 2);
}

bool HasDamage(std::string_view text) {
  return text.find('\0') != std::string_view::npos || text.find("\xEF\xBF\xBD") != std::string_view::npos || !IsUtf8(text);
}

}  // namespace pulih::spse

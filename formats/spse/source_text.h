// The text of a source in UTF-8, and where each place of it stands in the bytes: exports and pages come in UTF-8, UTF-16
// and windows-1252, and a claim must point at the bytes.
//
// Pure. Borrows the bytes where they are UTF-8 already.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/text/encoding.h"

namespace pulih::spse {

class SourceText {
 public:
  // Told by the byte order mark, else by the bytes: UTF-8 that damage broke here and there is still UTF-8.
  explicit SourceText(ByteView bytes);
  SourceText(ByteView bytes, TextEncoding encoding, uint32_t mark_size);
  SourceText(const SourceText&) = delete;
  SourceText& operator=(const SourceText&) = delete;

  std::string_view text() const { return text_; }
  TextEncoding encoding() const { return encoding_; }
  // Of the character that stands at `at`, in the bytes.
  uint64_t OffsetOf(size_t at) const;

 private:
  void Decode(ByteView bytes);

  TextEncoding encoding_;
  uint32_t mark_size_;
  std::string decoded_;
  std::string_view text_;
  // Code units of the encoding before each kCheckpoint-th byte of decoded_.
  std::vector<uint64_t> units_;
};

// Damaged UTF-8 or windows-1252?
DetectedEncoding DetectSourceEncoding(ByteView bytes);

// Whether a text holds what only damage leaves in one: NUL, U+FFFD, bytes that are no UTF-8.
bool HasDamage(std::string_view text);

}  // namespace pulih::spse

// The content of a compressed file (gzip, zlib, lz4, zstd) laid out in memory, with the way back: which compressed bytes
// made which of its bytes, and how well those are proven. For what must be read from many places at once, an archive
// inside a compressed file; a script is read as it streams (text_lines.h).
//
// Where damage broke the stream there is a hole of zeros, which readers of archives know as one; an unknown byte is 0.
// Memory: the content, at most `most` bytes, and some 3% for the way back. Values; one thread.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/recover/claim.h"
#include "engine/recover/identify.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {

bool IsCompressed(FileKind kind);

class UnpackedFile {
 public:
  // The first `most` bytes of what is in a file of that kind.
  UnpackedFile(FileKind kind, ByteView file, uint64_t most);

  ByteView bytes() const { return bytes_; }
  bool is_whole() const { return whole_; }  // all of the content, as far as it could be decoded, is there
  // What became of the compressed bytes: all of them, then what is damaged or no part of the stream.
  const std::vector<RangeNote>& notes() const { return notes_; }

  // The compressed bytes behind content [offset, offset + length), joined where they touch.
  void AppendOuter(uint64_t offset, uint64_t length, std::vector<ByteRange>& ranges) const;
  // The least that is known of any byte there.
  SegmentTrust TrustOf(uint64_t offset, uint64_t length) const;

 private:
  class Layer;
  struct Step {
    uint64_t at = 0;            // in the content
    uint64_t from = 0, to = 0;  // in the file
  };
  struct Stretch {
    uint64_t at = 0;  // in the content
    SegmentTrust trust = SegmentTrust::proven;
  };
  struct Source {
    DeflateStream stream;
    InflateSurvey survey;
  };
  std::vector<Source> Open(FileKind kind, ByteView file, uint64_t most);
  void NoteDamage(const Source& source);

  Bytes bytes_;
  bool whole_ = true;
  std::vector<Step> steps_;
  std::vector<Stretch> stretches_;
  std::vector<RangeNote> notes_;
};

}  // namespace pulih

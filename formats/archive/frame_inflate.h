// lz4 and zstd frames in the terms of marker_inflate.h, so that what reads deflate streams reads them too: a survey that
// says what a frame is worth, and its bytes in runs with the compressed bytes that made them.
//
//   wrap           DeflateWrap::lz4 or zstd; a stream is one frame
//   trust          `proven` with a content checksum (XXH32, or the low half of XXH64) that agrees. pg_dump writes none: its
//                  frames are `exact`, as text that stands there plainly
//   behind damage  nothing: a frame's blocks refer to what was before them, and it does not name what it lacks. Reading
//                  goes on at the next frame (SurveyFrameFile)
//
// Steps are as long as the decoder's blocks, up to 4 MiB of output. Pure; one call at a time in each thread, any number of
// threads. Memory: kMostFrameWindow and a little. Hostile input gives a survey like any other.
// Read next: frame_codec.h, the seam over the libraries.
#pragma once

#include <vector>

#include "formats/archive/frame_codec.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {

inline bool IsFramed(DeflateWrap wrap) { return wrap == DeflateWrap::lz4 || wrap == DeflateWrap::zstd; }
// The wrap of a file or stream that begins with a frame's magic number.
bool ReadFrameWrap(ByteView bytes, DeflateWrap& wrap);

// What Survey and TellStream do for such a stream.
InflateSurvey SurveyFrame(const DeflateStream& stream, const InflateLimits& limits);
Status TellFrame(const DeflateStream& stream, const InflateSurvey& survey, InflateSink& sink);

// The frames of a file, one behind the other; frames to be skipped (pzstd's) are passed over.
struct FrameMember {
  DeflateStream stream;
  InflateSurvey survey;
  uint64_t offset = 0, end_offset = 0;  // in the file
};
struct FrameFile {
  std::vector<FrameMember> members;
  std::vector<CompressedRange> skipped, foreign;  // frames to be skipped; what belongs to none
};
FrameFile SurveyFrameFile(ByteView bytes, uint64_t offset, const InflateLimits& limits = {});

}  // namespace pulih

// A deflate stream that fits into memory, as bytes: all of it when it is sound, else what stands before the damage. For
// small members of other formats; streams of any length and what lies behind damage are marker_inflate.h's.
//
// Pure. Memory: `most`.
#pragma once

#include <cstdint>

#include "engine/base/bytes.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {

enum class UnpackedHow : uint8_t {
  proven,   // its checksum agrees
  whole,    // it ended, and has no checksum of its own (raw)
  part,     // from its beginning up to where its bytes end or damage begins; nothing has proven it
  too_large,
  damaged,  // its beginning is lost, or some byte of it is wrong and nobody knows which
};

struct Unpacked {
  UnpackedHow how = UnpackedHow::damaged;
  Bytes bytes;
  uint64_t end_offset = 0;  // behind the stream, in the file; 0 when its end was not reached
};
Unpacked Unpack(const DeflateStream& stream, const InflateSurvey& survey, uint64_t most);
// Surveys it first.
Unpacked Unpack(ByteView bytes, DeflateWrap wrap, uint64_t most);

}  // namespace pulih

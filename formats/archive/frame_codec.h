// Decoders of lz4 frames (LZ4 Frame Format 1.6) and zstd frames (RFC 8878) as a stream of steps: the only place of
// formats/ that knows liblz4 and libzstd. What PostgreSQL 16 and later write, and what people wrap dumps in.
//
// Not a reader of files: frame_inflate.h finds frames, judges them and goes on behind damage. Memory: the window that a
// frame asks for, at most kMostFrameWindow. One thread per decoder.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engine/base/bytes.h"

namespace pulih {

enum class FrameCodec : uint8_t { lz4, zstd };

inline constexpr uint64_t kMostFrameWindow = 128u << 20;

enum class FrameEvent : uint8_t {
  more,      // wants input, or room for output
  ended,     // behind the frame's last byte; a checksum that it has agrees
  mismatch,  // all was decoded, and the checksum disagrees; the step's own output may be lost, and its end is not known
  error,     // no such frame
};

struct FrameStep {
  FrameEvent event = FrameEvent::more;
  size_t taken = 0, written = 0;
};

class FrameDecoder {
 public:
  virtual ~FrameDecoder() = default;
  // Begins with a frame's magic number; goes on where it stopped.
  virtual FrameStep Step(ByteView in, std::span<uint8_t> out) = 0;
};

// Null when there is no memory for it.
std::unique_ptr<FrameDecoder> NewFrameDecoder(FrameCodec codec);

}  // namespace pulih

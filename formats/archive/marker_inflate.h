// Inflate that goes on behind damage (RFC 1950, 1951, 1952).
//
// A deflate stream copies from the 32 KiB before; behind a hole those are lost. They are given names: at the point where
// decoding resumes, the byte k places back is *marker* k of that point (1 ≤ k ≤ 32768), and a copy of an unknown byte
// keeps its marker. So an unknown byte is never guessed, and equal markers are the same byte, whatever it is.
//
// Two steps, both deterministic:
//
//   Survey     decodes everything once and says what the stream is: its segments (stretches decoded without a break),
//              what each is worth, and whether the checksum at the end agrees. Only afterwards is it known whether a
//              stream that decoded smoothly was damaged all the same; so claims are graded from the survey.
//   TellStream decodes the segments again and hands their bytes to a sink, in runs of at most kInflateRun bytes.
//
// Promises
// - Bytes of a segment `proven` are those of a stream whose adler-32 (zlib), or CRC-32 and length (gzip), agrees.
// - Bytes of a segment `exact` were decoded from the stream's beginning, before any damage that is known; the last
//   symbol lies wholly before the first damaged byte. Nothing has proven them (grade B).
// - Bytes of a segment `behind` come from a block found again behind damage; those with a marker are unknown, the others
//   are what the block says (structure only). `suspect`: an error without a known cause showed at its end, or the
//   checksum of the stream disagreed, or a stream that ought to be whole is not: any byte of it may be wrong, but for
//   sound_size.
// - A block is taken up again only when its header and codes are complete, no literal of it is one the caller excludes,
//   and what follows confirms it: another block's header, the exact end of the stream, or hundreds of symbols up to
//   the next damage.
// - Memory is bounded by a constant and the number of pieces and segments; time by the size of the input and output and
//   by InflateLimits. Hostile input gives a survey like any other.
//
// The views given in pieces must last as long as the calls. No state between calls; any number of threads.
// Read next: inflate_decoder.h (the decoder itself), gzip.h (members of a file).
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kInflateWindow = 32u << 10;
inline constexpr uint32_t kInflateRun = 64u << 10;

// Compressed bytes that follow each other in the stream, wherever they lie in the file.
struct DeflatePiece {
  ByteView bytes;
  uint64_t offset = 0;   // of bytes[0] in the file
  bool damaged = false;  // known not to be what was written: zeros where data should be. Empty and damaged: bytes are
                         // missing here, nobody knows how many
};

enum class DeflateWrap : uint8_t {
  raw, zlib,
  gzip,       // one member
  lz4, zstd,  // one frame, no deflate at all: frame_inflate.h answers for it in the same terms
};

struct DeflateStream {
  DeflateWrap wrap = DeflateWrap::zlib;
  std::vector<DeflatePiece> pieces;
  // True: the last piece ends where the stream does, behind its checksum. False: something else may follow, or it is
  // known that the end is lost (a file that was cut).
  bool ends_here = true;
  // True: the pieces do not begin with the beginning of the stream, which is lost.
  bool head_lost = false;
};

// Cuts `bytes` into pieces; runs of one value, at least kShortestHole long, become damaged ones. What looks like a hole
// may be honest data (a megabyte of spaces deflates so): Survey believes the checksum of the whole first.
inline constexpr size_t kShortestHole = 128;
void AppendPieces(ByteView bytes, uint64_t offset, std::vector<DeflatePiece>& pieces);

// The bytes that the inflated text may hold.
using ByteSet = std::bitset<256>;
ByteSet AnyByte();
ByteSet TextBytes();  // UTF-8 and single-byte encodings: tab, line ends, no other control characters

struct InflateLimits {
  uint64_t max_output = UINT64_MAX;    // bytes of all segments together
  uint32_t max_ratio = UINT32_MAX;     // output to input, looked at once 1 MiB is out; deflate itself ends at 1032
  uint64_t search_work = 1ull << 32;   // compressed bytes read in vain while looking for blocks
  uint32_t max_segments = 1u << 16;
};

enum class SegmentTrust : uint8_t { proven, exact, behind, suspect };
enum class SegmentEnd : uint8_t {
  stream_end,  // its last block ended
  damage,      // a damaged piece
  input_end,   // the pieces ended first
  error,       // bits that no deflate stream has: damage that nobody knew of lies at or before this place
  limit,       // an InflateLimits was reached
};

struct InflateSegment {
  SegmentTrust trust = SegmentTrust::exact;
  SegmentEnd end = SegmentEnd::stream_end;
  // 0: begins with the stream and knows its window. n: its markers are (n - 1) * kInflateWindow + k, k from 1.
  uint32_t resync = 0;
  uint64_t begin_bit = 0, end_bit = 0;  // of the pieces laid end to end; end_bit: behind the last symbol that counts
  uint64_t begin_offset = 0, end_offset = 0;  // the same in the file: first byte, and behind the last byte
  uint64_t output_size = 0;             // bytes that TellStream will give
  // Of those, from the beginning, what is not touched by a doubt about the end. A stream that `ends_here` and yet wants
  // more bits may be cut, or may have gone astray in its last block: then `trust` is suspect, and this much, up to where
  // that block begins, is as good as exact (with resync, as behind). Else output_size, or 0 where trust is suspect.
  uint64_t sound_size = 0;
};

enum class StreamCheck : uint8_t { agrees, disagrees, not_reached, none };  // none: raw has no checksum

struct InflateSurvey {
  std::vector<InflateSegment> segments;
  StreamCheck check = StreamCheck::not_reached;
  bool holes_were_data = false;      // pieces marked damaged decoded well, and the checksum agrees
  bool head_sound = false;           // the zlib or gzip header was there
  bool reached_end = false;          // the last block of the stream ended
  uint64_t end_bit = 0;              // then: behind the checksum, of the pieces laid end to end
  uint64_t end_offset = 0;           // then: the same in the file
  uint64_t output_size = 0;          // of all segments
  uint32_t errors = 0;               // segments that ended in an error
};

// `allowed` guards the search behind damage, and nothing else.
InflateSurvey Survey(const DeflateStream& stream, const ByteSet& allowed, const InflateLimits& limits = {});

// Compressed bytes [from, to) of the file made the bytes of a run from `at` on, up to the `at` of a later step. Steps are
// at most about 1 KiB of output long. The bytes of a step lie in one piece: where a step crosses pieces there are
// several with the same `at`. Neighbours may share a byte.
struct InflateStep {
  uint32_t at = 0;
  uint64_t from = 0, to = 0;
};

struct InflatedRun {
  const InflateSegment* segment = nullptr;
  uint64_t at = 0;                  // in the output of its segment
  ByteView bytes;                   // an unknown byte is 0
  std::span<const uint32_t> markers;  // empty: all bytes are known. Else one for each byte, 0: known
  std::span<const InflateStep> steps;
};
// The compressed bytes behind bytes [first, first + count) of the run, joined where they touch.
struct CompressedRange {
  uint64_t offset = 0, length = 0;
};
void AppendCompressed(const InflatedRun& run, uint32_t first, uint32_t count, std::vector<CompressedRange>& ranges);

class InflateSink {
 public:
  virtual ~InflateSink() = default;
  // A new segment: what came before and what follows do not touch. Its runs follow, in order.
  virtual Status BeginSegment(const InflateSegment& segment) = 0;
  // Views last for the call.
  virtual Status Run(const InflatedRun& run) = 0;
};

// `survey` is that of this stream. A failure is the sink's own.
Status TellStream(const DeflateStream& stream, const InflateSurvey& survey, InflateSink& sink);

}  // namespace pulih

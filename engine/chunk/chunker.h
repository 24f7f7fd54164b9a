// Chunker finds cut points in a file's content, so that an insertion moves only the cuts near it.
//
// A public Gear hash (64 bits, h = (h << 1) + G[b], so h depends on the last 64 bytes) proposes candidates:
// positions where its top 9 bits are zero, 1 in 512. At a candidate a keyed SipHash-2-4 of the last 64 bytes,
// the candidate's own byte included, decides. So cut points carry no secret that the lengths of chunks could
// give away (eprint 2025/558), and only 1 byte in 512 pays for the keyed hash.
//
// A chunk ends behind the first byte, `min` or more bytes into it, that is a candidate and whose SipHash is below
//   threshold = 512 × floor((2^64 − 1) / max(average − min, 512))
// and at the latest after `max` bytes. A chunk is so min + (average − min) bytes long on average, less what
// `max` cuts off: for the default sizes 0.5%.
//
// G is the output of SplitMix64 (Steele, Lea, Flood 2014) started at 0x30726768696c7570, "pulihgr0":
//   state += 0x9e3779b97f4a7c15; z = state; z = (z ^ z >> 30) × 0xbf58476d1ce4e5b9;
//   z = (z ^ z >> 27) × 0x94d049bb133111eb; G[i] = z ^ z >> 31          for i = 0 … 255, modulo 2^64
// With this start no run of one byte (G[b] × (2^64 − 1)) is a candidate: zeros cost no keyed hash.
//
// Pure: no I/O and no allocation. Not thread-safe; one per stream. It is streaming: any split of the same
// input into calls gives the same cuts.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/crypto/siphash.h"

namespace pulih {

struct ChunkSizes {
  uint32_t min = 256u << 10;
  uint32_t average = 1u << 20;
  uint32_t max = 4u << 20;
  friend bool operator==(const ChunkSizes&, const ChunkSizes&) = default;
};

class Chunker {
 public:
  // Sizes come from a signed config and are taken as they are, but for one thing: a `min` below the window of 64
  // bytes counts as 64, an `average` or `max` below the one before it as that one.
  Chunker(const SipKey& key, const ChunkSizes& sizes);

  // Looks at `bytes`, which are the first of a chunk that starts at bytes[0] (the caller keeps the unfinished
  // chunk in one buffer and calls again with more of it; `seen` bytes of it were looked at before). Returns
  // the chunk's length when its end is found, nothing when more bytes are needed.
  std::optional<uint32_t> FindCut(ByteView chunk_so_far);

 private:
  bool IsCut(const uint8_t* behind_candidate) const;

  SipKey key_;
  ChunkSizes sizes_;
  uint64_t threshold_;
  // Progress within the unfinished chunk.
  uint32_t seen_ = 0;
  uint64_t gear_ = 0;
};

}  // namespace pulih

#include "engine/chunk/chunker.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/base/check.h"

namespace pulih {
namespace {

constexpr uint32_t kWindow = 64;  // bytes that a 64-bit Gear hash depends on
constexpr uint32_t kCandidateOneIn = 512;
// Below this the top 9 bits are zero.
constexpr uint64_t kCandidateBelow = 1ull << (64 - 9);
static_assert(kCandidateBelow == std::numeric_limits<uint64_t>::max() / kCandidateOneIn + 1);

constexpr std::array<uint64_t, 256> MakeGear() {
  std::array<uint64_t, 256> gear{};
  uint64_t state = 0x30726768696c7570;
  for (uint64_t& word : gear) {
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
  return gear;
}
constexpr std::array<uint64_t, 256> kGear = MakeGear();

ChunkSizes InOrder(ChunkSizes sizes) {
  sizes.min = std::max(sizes.min, kWindow);
  sizes.average = std::max(sizes.average, sizes.min);
  sizes.max = std::max(sizes.max, sizes.average);
  return sizes;
}

uint64_t ThresholdOf(const ChunkSizes& sizes) {
  const uint64_t beyond_min = std::max(sizes.average - sizes.min, kCandidateOneIn);
  return std::numeric_limits<uint64_t>::max() / beyond_min * kCandidateOneIn;
}

// Hashes from `at` up to `end`, going on from *gear; returns the place behind the first candidate, or null when
// there is none. Two bytes a step: the sum over both waits for the step before only, so the processor works
// ahead. Measured on this loop alone, against one byte a step 3.15 to 2.8 GB/s; four bytes a step with one
// common test: 1.7.
const uint8_t* NextCandidate(const uint8_t* at, const uint8_t* end, uint64_t* gear) {
  uint64_t h = *gear;
  for (; end - at >= 2; at += 2) {
    const uint64_t first = kGear[at[0]], second = kGear[at[1]];
    const uint64_t between = (h << 1) + first;
    h = (h << 2) + ((first << 1) + second);
    if (between < kCandidateBelow) [[unlikely]] {
      *gear = between;
      return at + 1;
    }
    if (h < kCandidateBelow) [[unlikely]] {
      *gear = h;
      return at + 2;
    }
  }
  if (at != end) {
    h = (h << 1) + kGear[*at++];
    if (h < kCandidateBelow) {
      *gear = h;
      return at;
    }
  }
  *gear = h;
  return nullptr;
}

}  // namespace

Chunker::Chunker(const SipKey& key, const ChunkSizes& sizes)
    : key_(key), sizes_(InOrder(sizes)), threshold_(ThresholdOf(sizes_)) {}

bool Chunker::IsCut(const uint8_t* behind_candidate) const {
  return SipHash24(key_, ByteView(behind_candidate - kWindow, kWindow)) < threshold_;
}

std::optional<uint32_t> Chunker::FindCut(ByteView chunk_so_far) {
  PULIH_CHECK(chunk_so_far.size() >= seen_);
  const uint32_t limit = static_cast<uint32_t>(std::min<size_t>(chunk_so_far.size(), sizes_.max));
  const uint8_t* const start = chunk_so_far.data();

  // No byte before the first place for a cut is looked at, but for the window of that place.
  const uint32_t skipped = sizes_.min - kWindow;
  if (limit <= skipped) return std::nullopt;
  seen_ = std::max(seen_, skipped);
  for (const uint32_t warm_end = std::min(limit, sizes_.min - 1); seen_ < warm_end; ++seen_) {
    gear_ = (gear_ << 1) + kGear[start[seen_]];
  }

  std::optional<uint32_t> cut;
  while (!cut && seen_ < limit) {
    const uint8_t* const behind = NextCandidate(start + seen_, start + limit, &gear_);
    seen_ = behind == nullptr ? limit : static_cast<uint32_t>(behind - start);
    if (behind != nullptr && IsCut(behind)) cut = seen_;
  }
  if (!cut && seen_ == sizes_.max) cut = sizes_.max;
  if (cut) seen_ = 0, gear_ = 0;
  return cut;
}

}  // namespace pulih

#include "formats/archive/block_search.h"

#include <algorithm>
#include <array>

namespace pulih {
namespace {

// Points speak for a place. Four are enough, and one whole block or a long piece of one must be among their reasons.
constexpr int kEnough = 4;
constexpr int kDynamicHeader = 2, kStoredHeader = 1, kDynamicDecoded = 1, kExactEnd = 2, kLongStretch = 2;
constexpr uint64_t kLongStretchBits = 512 * 8;
// A trial that fails at once still costs building its tables.
constexpr uint64_t kTrialCost = 64;

// Sums of 2^(7 - length) over four code lengths of three bits; 128 is a complete code.
constexpr std::array<uint16_t, 4096> MakeKraft() {
  std::array<uint16_t, 4096> sums{};
  for (uint32_t four = 0; four < 4096; ++four)
    for (uint32_t i = 0; i < 4; ++i)
      if (const uint32_t length = (four >> (3 * i)) & 7; length != 0)
        sums[four] = static_cast<uint16_t>(sums[four] + (128u >> length));
  return sums;
}
constexpr auto kKraft = MakeKraft();

// Could a dynamic block begin with these bits? At least 57 of them count: enough for 13 lengths of the first code.
bool LooksDynamic(uint64_t bits) {
  if ((bits & 6) != 4) return false;
  if (((bits >> 3) & 31) > 29 || ((bits >> 8) & 31) > 29) return false;
  const uint64_t count = ((bits >> 13) & 15) + 4;
  const uint64_t seen = std::min<uint64_t>(count, 13);
  const uint64_t lengths = (bits >> 17) & ((uint64_t{1} << (3 * seen)) - 1);
  const uint32_t sum = uint32_t{kKraft[lengths & 4095]} + kKraft[(lengths >> 12) & 4095] +
                       kKraft[(lengths >> 24) & 4095] + kKraft[(lengths >> 36) & 4095];
  return count <= 13 ? sum == 128 : sum <= 128;
}

// A stored block whose size stands at the second byte: whatever the header's place in the bits before, the three last
// of them are zero, so reading it from there is the same.
bool LooksStored(uint64_t bits) {
  return (bits & 0xe0) == 0 && (((bits >> 8) ^ (bits >> 24)) & 0xffff) == 0xffff;
}
constexpr unsigned kStoredHeaderBit = 5;

}  // namespace

BlockSearch::BlockSearch(const DeflateStream& stream, const ByteSet& allowed, unsigned trailer, uint64_t work)
    : stream_(stream),
      restricted_(!allowed.all()),
      trailer_(trailer),
      work_(work),
      in_(stream.pieces, false),
      trial_(in_, {true, allowed}) {}

// 64 bits from a byte on, zeros where the pieces end.
uint64_t BlockSearch::Window(uint64_t byte) const {
  size_t piece = in_.PieceOf(byte);
  if (piece == stream_.pieces.size()) return 0;
  const ByteView here = stream_.pieces[piece].bytes;
  size_t at = byte - in_.StartOf(piece);
  if (here.size() - at >= 8) return LoadLe<uint64_t>(here.data() + at);
  uint64_t bits = 0;
  for (unsigned n = 0; n < 8 && piece < stream_.pieces.size();) {
    const DeflatePiece& p = stream_.pieces[piece];
    if (p.damaged) break;
    if (at >= p.bytes.size()) {
      ++piece;
      at = 0;
      continue;
    }
    bits |= static_cast<uint64_t>(p.bytes[at++]) << (8 * n++);
  }
  return bits;
}

std::optional<uint64_t> BlockSearch::Find(uint64_t bit) {
  bit = in_.BehindDamage(bit);
  unsigned from = bit % 8;
  for (uint64_t byte = bit / 8; byte < in_.total_bytes() && work_ > 0; from = 0) {
    const size_t piece = in_.PieceOf(byte);
    if (stream_.pieces[piece].damaged) {
      byte = in_.BehindDamage(byte * 8) / 8;
      continue;
    }
    // Within a piece the windows are loaded without looking for it each time.
    const ByteView bytes = stream_.pieces[piece].bytes;
    const uint64_t start = in_.StartOf(piece);
    for (; byte < start + bytes.size() && work_ > 0; ++byte, from = 0)
      if (const auto found = FindInByte(byte, from)) return found;
  }
  return std::nullopt;
}

std::optional<uint64_t> BlockSearch::FindInByte(uint64_t byte, unsigned from) {
  const uint64_t window = Window(byte);
  for (unsigned shift = from; shift < 8; ++shift) {
    const bool looks = LooksDynamic(window >> shift) || (shift == kStoredHeaderBit && LooksStored(window));
    if (looks && Confirmed(byte * 8 + shift)) return byte * 8 + shift;
  }
  return std::nullopt;
}

bool BlockSearch::Confirmed(uint64_t bit) {
  trial_.Start(bit, false);
  if (Weigh(bit)) return true;
  const uint64_t cost = kTrialCost + (trial_.bit() - bit) / 8;
  work_ -= std::min(work_, cost);
  return false;
}

bool BlockSearch::Weigh(uint64_t bit) {
  using Event = InflateDecoder<uint8_t>::Event;
  int points = 0;
  bool decoded = false;  // a block to its end
  while (trial_.bit() - bit < work_ * 8) {
    const uint64_t block_bit = trial_.bit();
    Event event = trial_.Advance(1024);  // the header
    if (event != Event::more) return false;
    const bool dynamic = trial_.header().kind == DeflateBlock::dynamic;
    if (dynamic) points += kDynamicHeader;
    if (trial_.header().kind == DeflateBlock::stored) points += kStoredHeader;
    if (decoded && points >= kEnough) return true;
    while (event == Event::more) {
      event = trial_.Advance(1024);
      if (trial_.run_full()) trial_.NextRun();
    }
    switch (event) {
      case Event::block: break;
      case Event::stream_end: return EndConfirms(points + (dynamic ? kDynamicDecoded : 0));
      case Event::damage:
      case Event::input_end: {
        const bool is_long = dynamic && trial_.bit() - block_bit >= kLongStretchBits;
        return points + (is_long && restricted_ ? kLongStretch : 0) >= kEnough;
      }
      default: return false;
    }
    decoded = true;
    if (dynamic) points += kDynamicDecoded;
  }
  return false;
}

// The last block ended. Does the stream end there?
bool BlockSearch::EndConfirms(int points) const {
  const uint64_t end = (trial_.bit() + 7) / 8;
  const uint64_t left = in_.total_bytes() - end;
  if (stream_.ends_here && left == trailer_) return points + kExactEnd >= kEnough;
  // Damage begins inside the checksum: as good, nearly.
  if (restricted_ && in_.Following(end) < trailer_ && left >= in_.Following(end)) return points + 1 >= kEnough;
  return !stream_.ends_here && points >= kEnough;
}

}  // namespace pulih

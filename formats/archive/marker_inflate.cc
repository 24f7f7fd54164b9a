// What a survey begins with: which bytes are holes, and which a text may hold. Read next: inflate_survey.cc, inflate_tell.cc.
#include "formats/archive/marker_inflate.h"

#include <cstring>
#include <utility>

namespace pulih {
namespace {

// Where the run of one value around `at` begins and ends; [at, at + 64) is known to be of it.
std::pair<size_t, size_t> RunAround(ByteView bytes, size_t floor, size_t at) {
  const uint8_t value = bytes[at];
  size_t begin = at, end = at;
  while (begin > floor && bytes[begin - 1] == value) --begin;
  while (end < bytes.size() && bytes[end] == value) ++end;
  return {begin, end};
}

}  // namespace

ByteSet AnyByte() { return ByteSet().set(); }

ByteSet TextBytes() {
  ByteSet set;
  for (size_t byte = 0x20; byte < 256; ++byte) set.set(byte, byte != 0x7f);
  for (const size_t byte : {'\t', '\n', '\r'}) set.set(byte);
  return set;
}

void AppendPieces(ByteView bytes, uint64_t offset, std::vector<DeflatePiece>& pieces) {
  // A run of kShortestHole holds a whole stretch of half its size that begins at a multiple of that.
  constexpr size_t kStretch = kShortestHole / 2;
  size_t begin = 0;
  const auto add = [&](size_t end, bool damaged) {
    if (end > begin) pieces.push_back({bytes.subspan(begin, end - begin), offset + begin, damaged});
    begin = end;
  };
  for (size_t at = 0; at + kStretch <= bytes.size();) {
    if (std::memcmp(bytes.data() + at, bytes.data() + at + 1, kStretch - 1) != 0) {
      at += kStretch;
      continue;
    }
    const auto [run_begin, run_end] = RunAround(bytes, begin, at);
    if (run_end - run_begin >= kShortestHole) {
      add(run_begin, false);
      add(run_end, true);
    }
    at = std::max(at + kStretch, run_end / kStretch * kStretch);
  }
  add(bytes.size(), false);
}

}  // namespace pulih

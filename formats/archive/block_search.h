// BlockSearch finds the next block of a deflate stream behind damage: bit by bit, since blocks begin anywhere.
//
// A place is taken when enough speaks for it, so that no text is made of noise: a dynamic header with complete codes, no
// literal that the caller excludes, decoded to its end, with another header behind; or the exact end of the stream; or
// half a kilobyte decoded up to the next damage; or several stored blocks in a chain. A block with fixed codes proves
// nothing and is never where decoding resumes. What stands between the damage and the place is lost.
//
// Published rate of false dynamic headers: one in 625 MB (rapidgzip); each further condition comes on top.
// Borrows the pieces. One thread.
#pragma once

#include <cstdint>
#include <optional>

#include "formats/archive/inflate_decoder.h"

namespace pulih {

class BlockSearch {
 public:
  // `trailer`: bytes of the checksum behind the last block. `work`: as InflateLimits::search_work.
  BlockSearch(const DeflateStream& stream, const ByteSet& allowed, unsigned trailer, uint64_t work);

  // The first place at or behind `bit` that is taken; none: nothing there, or the work is used up.
  std::optional<uint64_t> Find(uint64_t bit);

 private:
  uint64_t Window(uint64_t byte) const;
  std::optional<uint64_t> FindInByte(uint64_t byte, unsigned from);
  bool Confirmed(uint64_t bit);
  bool Weigh(uint64_t bit);
  bool EndConfirms(int points) const;

  const DeflateStream& stream_;
  bool restricted_;  // `allowed` excludes something
  unsigned trailer_;
  uint64_t work_;
  PieceBits in_;
  InflateDecoder<uint8_t> trial_;
};

}  // namespace pulih

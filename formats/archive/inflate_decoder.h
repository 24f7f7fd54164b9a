// InflateDecoder decodes the blocks of one segment: the loop under marker_inflate.h and block_search.h. Symbol is uint8_t
// where the window is known (or the output is only counted), uint16_t where it is symbolic: below 256 a byte, else
// 255 + k is the byte k places before the segment.
//
// It holds the window and one run. The caller takes the run away before the next does not fit. One thread.
// Source: RFC 1951.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <span>

#include "formats/archive/huffman.h"
#include "formats/archive/piece_bits.h"

namespace pulih {

// The tables of one block, and how to read them.
struct BlockCodes {
  HuffmanTable literals, distances;
};

enum class HeaderVerdict : uint8_t { sound, no_bits, bad };
enum class DeflateBlock : uint8_t { stored, fixed, dynamic };
struct BlockHeader {
  HeaderVerdict verdict = HeaderVerdict::bad;
  DeflateBlock kind = DeflateBlock::stored;
  bool last = false;
  uint32_t stored_size = 0;
};
// `strict` accepts only what compressors write: complete codes, and no literal outside `allowed`.
struct HeaderRules {
  bool strict = false;
  std::bitset<256> allowed;
};
BlockHeader ReadBlockHeader(PieceBits& in, const HeaderRules& rules, BlockCodes& codes);

template <typename Symbol>
class InflateDecoder {
 public:
  InflateDecoder(PieceBits& in, HeaderRules rules);
  // Goes on where `at` stands, in other pieces: `bit` of them is the one behind at.bit(). `at` stays as it is, so that
  // several ways to go on can be tried.
  InflateDecoder(PieceBits& in, const InflateDecoder& at, uint64_t bit);

  // Begins a segment at this bit. `window_known`: nothing stands before it; else 32 KiB of unknown bytes do.
  void Start(uint64_t bit, bool window_known);

  enum class Event : uint8_t { more, block, stream_end, damage, input_end, error };
  // Decodes up to about `symbols` symbols, or to the end of the block (`block`: the next call reads a header).
  Event Advance(size_t symbols);

  // Behind the last symbol that counts; after damage and error the bits of the one that does not are not in it.
  uint64_t bit() const { return bit_; }
  const BlockHeader& header() const { return header_; }
  bool in_block() const { return in_block_; }

  std::span<const Symbol> run() const { return {run_, static_cast<size_t>(out_ - run_)}; }
  bool run_full() const { return static_cast<size_t>(out_ - run_) > kInflateRun - kStepRoom; }
  // The run was used; room for another.
  void NextRun();

 private:
  static constexpr size_t kLongestMatch = 258;
  static constexpr size_t kStepRoom = 1024 + kLongestMatch + 8;  // what one Advance(1024) may write
  static constexpr size_t kSlack = 64;                           // copies write whole words

  Event Header();
  Event Stored(size_t symbols);
  Event Coded(size_t symbols);
  bool Fast(Symbol* stop);    // false: no deflate stream has this
  enum class Step : uint8_t { done, block_end, no_bits, bad };
  Step Careful();             // one symbol, with a look at how many bits there are
  Event Break();

  PieceBits& in_;
  HeaderRules rules_;
  BlockCodes codes_;
  BlockHeader header_;
  bool in_block_ = false, ended_ = false;
  uint64_t bit_ = 0;
  std::unique_ptr<Symbol[]> buffer_;
  Symbol* run_;
  Symbol* out_;
  Symbol* known_from_;  // distances do not reach before this
};

extern template class InflateDecoder<uint8_t>;
extern template class InflateDecoder<uint16_t>;

}  // namespace pulih

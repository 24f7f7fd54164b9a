// PieceBits reads the bits of a deflate stream out of the pieces of a file that hold it, lowest bit first, and stops at
// damage. Places are bits of the pieces laid end to end, damaged ones included.
//
// Borrows the pieces. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/endian.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {

class PieceBits {
 public:
  // `read_damage`: damaged pieces are read like any other; empty ones do not count.
  PieceBits(const std::vector<DeflatePiece>& pieces, bool read_damage);

  void Seek(uint64_t bit);
  uint64_t Tell() const { return (start_ + static_cast<uint64_t>(in_ - begin_)) * 8 - count_; }
  uint64_t total_bytes() const { return starts_.back(); }

  // Takes in as many whole bytes as fit; at least 56 bits unless damage or the end comes first.
  void Fill() {
    if (end_ - in_ >= 8) {
      bits_ |= LoadLe<uint64_t>(in_) << count_;
      in_ += (63 - count_) >> 3;
      count_ |= 56;
    } else {
      FillSlowly();
    }
  }
  bool Need(unsigned bits) {
    if (count_ < bits) Fill();
    return count_ >= bits;
  }
  uint64_t bits() const { return bits_; }  // those beyond count() mean nothing
  unsigned count() const { return count_; }
  void Drop(unsigned bits) {
    bits_ >>= bits;
    count_ -= bits;
  }
  uint32_t Take(unsigned bits) {  // at most 32, which Need has found
    const auto value = static_cast<uint32_t>(bits_ & ((uint64_t{1} << bits) - 1));
    Drop(bits);
    return value;
  }
  void ToByte() { Drop(count_ & 7); }

  // Whole bytes that lie together at a byte's beginning, at most `most`; empty at damage or the end.
  ByteView TakeBytes(size_t most);

  // Where reading cannot go on: is it damage?
  bool at_damage() const;
  // The first bit at or behind `bit` that is not in a damaged piece; total_bytes() * 8 when there is none.
  uint64_t BehindDamage(uint64_t bit) const;
  // Undamaged bytes that follow `byte` without a break, end to end.
  uint64_t Following(uint64_t byte) const;

  // The piece of a byte, and where the byte lies in the file. `byte` may be total_bytes(): behind the last piece.
  size_t PieceOf(uint64_t byte) const;
  uint64_t StartOf(size_t piece) const { return starts_[piece]; }
  uint64_t FileOffset(uint64_t byte) const;
  // Behind the byte before `byte`: where a stretch that ends there ends in the file.
  uint64_t FileEnd(uint64_t byte) const;

  // For loops that keep the state in registers.
  struct State {
    uint64_t bits;
    unsigned count;
    const uint8_t* in;
    const uint8_t* end;
  };
  State state() const { return {bits_, count_, in_, end_}; }
  void set_state(const State& s) {
    bits_ = s.bits;
    count_ = s.count;
    in_ = s.in;
  }

 private:
  void FillSlowly();
  bool NextPiece();
  bool Breaks(size_t piece) const { return pieces_[piece].damaged && !read_damage_; }
  void Enter(size_t piece, uint64_t at);

  const std::vector<DeflatePiece>& pieces_;
  bool read_damage_;
  std::vector<uint64_t> starts_;  // one more than pieces
  size_t piece_ = 0;
  const uint8_t *begin_ = nullptr, *in_ = nullptr, *end_ = nullptr;
  uint64_t start_ = 0;
  uint64_t bits_ = 0;
  unsigned count_ = 0;
};

}  // namespace pulih

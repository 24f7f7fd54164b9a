#include "formats/archive/piece_bits.h"

#include <algorithm>

namespace pulih {

PieceBits::PieceBits(const std::vector<DeflatePiece>& pieces, bool read_damage)
    : pieces_(pieces), read_damage_(read_damage) {
  starts_.reserve(pieces.size() + 1);
  uint64_t at = 0;
  for (const DeflatePiece& piece : pieces) {
    starts_.push_back(at);
    at += piece.bytes.size();
  }
  starts_.push_back(at);
  Seek(0);
}

void PieceBits::Enter(size_t piece, uint64_t at) {
  piece_ = piece;
  start_ = starts_[piece];
  if (piece == pieces_.size()) {
    begin_ = in_ = end_ = nullptr;
    return;
  }
  const ByteView bytes = pieces_[piece].bytes;
  begin_ = bytes.data();
  // A break is entered with nothing to read, so that reading stops there.
  end_ = Breaks(piece) ? begin_ : begin_ + bytes.size();
  in_ = Breaks(piece) ? begin_ : begin_ + at;
}

void PieceBits::Seek(uint64_t bit) {
  bits_ = 0;
  count_ = 0;
  bit = std::min(bit, total_bytes() * 8);
  const uint64_t byte = bit / 8;
  const size_t piece = PieceOf(byte);
  Enter(piece, byte - starts_[piece]);
  const auto skip = static_cast<unsigned>(bit % 8);
  if (skip != 0 && Need(skip)) Drop(skip);
}

// The last piece that begins at or before the byte: at a border the next, and behind an empty damaged piece what follows.
size_t PieceBits::PieceOf(uint64_t byte) const {
  const auto behind = std::upper_bound(starts_.begin(), starts_.end(), byte);
  return static_cast<size_t>(behind - starts_.begin()) - 1;
}

bool PieceBits::NextPiece() {
  if (piece_ >= pieces_.size() || Breaks(piece_)) return false;
  // Every piece that is passed is passed for good; a break stays the current piece.
  Enter(piece_ + 1, 0);
  return piece_ < pieces_.size() && !Breaks(piece_);
}

void PieceBits::FillSlowly() {
  while (count_ <= 55) {
    while (in_ == end_)
      if (!NextPiece()) return;
    // The fast way leaves bits above count_ that are those of the same bytes; or-ing them again changes nothing. At a
    // border of pieces they are all taken, so none of another byte is left there.
    bits_ |= static_cast<uint64_t>(*in_++) << count_;
    count_ += 8;
  }
}

ByteView PieceBits::TakeBytes(size_t most) {
  while (count_ == 0 && in_ == end_)
    if (!NextPiece()) return {};
  // Bytes that were taken in already go back; those of an earlier piece are given out from there.
  size_t held = count_ / 8;
  if (held > 0 && static_cast<size_t>(in_ - begin_) < held) {
    const uint64_t at = Tell();
    Seek(at);
    held = 0;
  } else {
    in_ -= held;
    bits_ = 0;
    count_ = 0;
  }
  const size_t n = std::min(most, static_cast<size_t>(end_ - in_));
  const ByteView bytes(in_, n);
  in_ += n;
  return bytes;
}

bool PieceBits::at_damage() const { return piece_ < pieces_.size() && Breaks(piece_); }

uint64_t PieceBits::BehindDamage(uint64_t bit) const {
  size_t piece = PieceOf(bit / 8);
  if (piece == pieces_.size() || !Breaks(piece)) return bit;
  while (piece < pieces_.size() && (Breaks(piece) || pieces_[piece].bytes.empty())) ++piece;
  return starts_[piece] * 8;
}

uint64_t PieceBits::Following(uint64_t byte) const {
  size_t piece = PieceOf(byte);
  while (piece < pieces_.size() && !Breaks(piece)) ++piece;
  return starts_[piece] > byte ? starts_[piece] - byte : 0;
}

uint64_t PieceBits::FileOffset(uint64_t byte) const {
  const size_t piece = PieceOf(byte);
  if (piece < pieces_.size()) return pieces_[piece].offset + (byte - starts_[piece]);
  return FileEnd(byte);
}

uint64_t PieceBits::FileEnd(uint64_t byte) const {
  if (pieces_.empty()) return 0;
  byte = std::min(byte, total_bytes());
  if (byte == 0) return pieces_.front().offset;
  const size_t piece = PieceOf(byte - 1);
  return pieces_[piece].offset + (byte - starts_[piece]);
}

}  // namespace pulih

#include "formats/archive/inflate_decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pulih {
namespace {

using namespace huffman_entry;

constexpr uint64_t LowBits(uint64_t bits, unsigned count) { return bits & ((uint64_t{1} << count) - 1); }

// A length or distance: its base, and what follows the code.
inline uint32_t Amount(uint32_t entry, uint64_t bits) {
  return Value(entry) + static_cast<uint32_t>(LowBits(bits, Drop(entry)) >> CodeBits(entry));
}

// Writes up to 16 bytes more than `length` symbols. The stretches may overlap as deflate wants it: a copy of what the
// copy itself wrote.
template <typename Symbol>
inline void CopyWithin(Symbol* out, uint32_t distance, uint32_t length) {
  constexpr uint32_t kWord = 16 / sizeof(Symbol);
  const Symbol* from = out - distance;
  Symbol* const end = out + length;
  if (distance >= kWord) {
    do {
      std::memcpy(out, from, 16);
      out += kWord;
      from += kWord;
    } while (out < end);
    return;
  }
  if (distance == 1) {
    std::fill(out, end, *from);
    return;
  }
  while (out < end) *out++ = *from++;
}

}  // namespace

template <typename Symbol>
InflateDecoder<Symbol>::InflateDecoder(PieceBits& in, HeaderRules rules)
    : in_(in),
      rules_(std::move(rules)),
      buffer_(new Symbol[kInflateWindow + kInflateRun + kSlack]()) {
  Start(0, true);
}

template <typename Symbol>
InflateDecoder<Symbol>::InflateDecoder(PieceBits& in, const InflateDecoder& at, uint64_t bit)
    : in_(in),
      rules_(at.rules_),
      codes_(at.codes_),
      header_(at.header_),
      in_block_(at.in_block_),
      ended_(at.ended_),
      bit_(bit),
      buffer_(new Symbol[kInflateWindow + kInflateRun + kSlack]) {
  run_ = out_ = buffer_.get() + kInflateWindow;
  std::copy(at.out_ - kInflateWindow, at.out_, buffer_.get());
  known_from_ = run_ - std::min<ptrdiff_t>(kInflateWindow, at.out_ - at.known_from_);
  in_.Seek(bit);
}

template <typename Symbol>
void InflateDecoder<Symbol>::Start(uint64_t bit, bool window_known) {
  in_.Seek(bit);
  bit_ = bit;
  in_block_ = ended_ = false;
  run_ = out_ = buffer_.get() + kInflateWindow;
  known_from_ = window_known ? run_ : buffer_.get();
  if (window_known || sizeof(Symbol) == 1) return;
  for (uint32_t k = 1; k <= kInflateWindow; ++k) run_[-static_cast<ptrdiff_t>(k)] = static_cast<Symbol>(255 + k);
}

template <typename Symbol>
void InflateDecoder<Symbol>::NextRun() {
  Symbol* const window = buffer_.get() + kInflateWindow;
  const ptrdiff_t shift = out_ - window;
  if (shift <= 0) return;
  std::memmove(buffer_.get(), out_ - kInflateWindow, kInflateWindow * sizeof(Symbol));
  known_from_ -= std::min<ptrdiff_t>(shift, known_from_ - buffer_.get());
  run_ = out_ = window;
}

template <typename Symbol>
auto InflateDecoder<Symbol>::Break() -> Event {
  in_.Fill();
  return in_.at_damage() ? Event::damage : Event::input_end;
}

template <typename Symbol>
auto InflateDecoder<Symbol>::Advance(size_t symbols) -> Event {
  if (ended_) return Event::stream_end;
  if (!in_block_) return Header();
  symbols = std::min<size_t>(symbols, 1024);
  return header_.kind == DeflateBlock::stored ? Stored(symbols) : Coded(symbols);
}

template <typename Symbol>
auto InflateDecoder<Symbol>::Header() -> Event {
  header_ = ReadBlockHeader(in_, rules_, codes_);
  if (header_.verdict == HeaderVerdict::no_bits) return Break();
  if (header_.verdict == HeaderVerdict::bad) return Event::error;
  in_block_ = true;
  bit_ = in_.Tell();
  return Event::more;
}

template <typename Symbol>
auto InflateDecoder<Symbol>::Stored(size_t symbols) -> Event {
  if (header_.stored_size == 0) {
    in_block_ = false;
    ended_ = header_.last;
    return ended_ ? Event::stream_end : Event::block;
  }
  const ByteView bytes = in_.TakeBytes(std::min<size_t>(symbols, header_.stored_size));
  if (bytes.empty()) return Break();
  if (rules_.strict)
    for (const uint8_t byte : bytes)
      if (!rules_.allowed[byte]) return Event::error;
  out_ = std::copy(bytes.begin(), bytes.end(), out_);
  header_.stored_size -= static_cast<uint32_t>(bytes.size());
  bit_ = in_.Tell();
  return Event::more;
}

template <typename Symbol>
auto InflateDecoder<Symbol>::Coded(size_t symbols) -> Event {
  Symbol* const stop = out_ + symbols;
  while (out_ < stop) {
    if (!Fast(stop)) {
      bit_ = in_.Tell();
      return Event::error;
    }
    bit_ = in_.Tell();
    if (out_ >= stop) break;
    switch (Careful()) {
      case Step::done: bit_ = in_.Tell(); break;
      case Step::no_bits: return Break();
      case Step::bad: return Event::error;
      case Step::block_end:
        bit_ = in_.Tell();
        in_block_ = false;
        ended_ = header_.last;
        return ended_ ? Event::stream_end : Event::block;
    }
  }
  return Event::more;
}

// Decodes while two loads of eight bytes are sure to lie in the piece. Leaves the end of a block, and a code that does
// not exist, to Careful(): it stops before them.
template <typename Symbol>
bool InflateDecoder<Symbol>::Fast(Symbol* stop) {
  PieceBits::State s = in_.state();
  if (s.end - s.in < 16) return true;
  const uint8_t* const safe = s.end - 16;
  const uint8_t* in = s.in;
  uint64_t bits = s.bits;
  unsigned count = s.count;
  Symbol* out = out_;
  const uint32_t* const literals = codes_.literals.entries();
  const uint32_t* const distances = codes_.distances.entries();
  constexpr uint64_t kLiteralMask = (1u << kLiteralIndexBits) - 1, kDistanceMask = (1u << kDistanceIndexBits) - 1;
  bool sound = true;

  const auto drop = [&](uint32_t entry) {
    bits >>= Drop(entry);
    count -= Drop(entry);
  };
  while (out < stop && in <= safe) {
    bits |= LoadLe<uint64_t>(in) << count;
    in += (63 - count) >> 3;
    count |= 56;

    uint32_t entry = literals[bits & kLiteralMask];
    // Two literals of at most 11 bits (none of a subtable) leave 34 bits: enough for a third and longer one, or for a
    // length with its 20.
    if ((entry & kLiteral) != 0) {
      drop(entry);
      *out++ = static_cast<Symbol>(Value(entry));
      entry = literals[bits & kLiteralMask];
      if ((entry & kLiteral) != 0) {
        drop(entry);
        *out++ = static_cast<Symbol>(Value(entry));
        entry = literals[bits & kLiteralMask];
      }
    }
    if ((entry & kSubtable) != 0)
      entry = literals[Value(entry) + LowBits(bits >> kLiteralIndexBits, CodeBits(entry))];
    if ((entry & kLiteral) != 0) {
      drop(entry);
      *out++ = static_cast<Symbol>(Value(entry));
      continue;
    }
    if ((entry & kSpecial) != 0) break;

    const uint64_t bits_before = bits;
    const unsigned count_before = count;
    const uint32_t length = Amount(entry, bits);
    drop(entry);
    // At most 42 bits are gone; the distance may have 28.
    const uint8_t* const in_before = in;
    bits |= LoadLe<uint64_t>(in) << count;
    in += (63 - count) >> 3;
    count |= 56;
    entry = distances[bits & kDistanceMask];
    if ((entry & kSubtable) != 0)
      entry = distances[Value(entry) + LowBits(bits >> kDistanceIndexBits, CodeBits(entry))];
    const uint32_t distance = Amount(entry, bits);
    if ((entry & kSpecial) != 0 || distance > static_cast<size_t>(out - known_from_)) {
      bits = bits_before;
      count = count_before;
      in = in_before;
      sound = false;
      break;
    }
    drop(entry);
    CopyWithin(out, distance, length);
    out += length;
  }
  s.bits = bits;
  s.count = count;
  s.in = in;
  in_.set_state(s);
  out_ = out;
  return sound;
}

template <typename Symbol>
auto InflateDecoder<Symbol>::Careful() -> Step {
  in_.Fill();
  const uint32_t entry = codes_.literals.Find(in_.bits());
  if (Drop(entry) > in_.count()) return Step::no_bits;
  if ((entry & kLiteral) != 0) {
    *out_++ = static_cast<Symbol>(Value(entry));
    in_.Drop(Drop(entry));
    return Step::done;
  }
  if ((entry & kSpecial) != 0) {
    if ((entry & kBlockEnd) == 0) return Step::bad;
    in_.Drop(Drop(entry));
    return Step::block_end;
  }
  const uint32_t length = Amount(entry, in_.bits());
  in_.Drop(Drop(entry));
  in_.Fill();
  const uint32_t code = codes_.distances.Find(in_.bits());
  if (Drop(code) > in_.count()) return Step::no_bits;
  if ((code & kSpecial) != 0) return Step::bad;
  const uint32_t distance = Amount(code, in_.bits());
  in_.Drop(Drop(code));
  if (distance > static_cast<size_t>(out_ - known_from_)) return Step::bad;
  CopyWithin(out_, distance, length);
  out_ += length;
  return Step::done;
}

template class InflateDecoder<uint8_t>;
template class InflateDecoder<uint16_t>;

}  // namespace pulih

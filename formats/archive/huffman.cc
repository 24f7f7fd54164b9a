#include "formats/archive/huffman.h"

#include <algorithm>
#include <array>

namespace pulih {
namespace {

using namespace huffman_entry;

constexpr unsigned kLongestCode = 15;
constexpr uint32_t kNoSuchCode = kSpecial | 1;  // drops a bit, so that a check for enough bits still means something

constexpr uint32_t Meaning(uint32_t value, uint32_t extra_bits) { return (value << 16) | extra_bits; }

constexpr std::array<uint32_t, kLiteralSymbols> MakeLiteralMeanings() {
  std::array<uint32_t, kLiteralSymbols> m{};
  for (uint32_t s = 0; s < 256; ++s) m[s] = Meaning(s, 0) | kLiteral;
  m[256] = kSpecial | kBlockEnd;
  uint32_t base = 3;
  for (uint32_t s = 257; s < 285; ++s) {
    const uint32_t extra = s < 265 ? 0 : (s - 261) / 4;
    m[s] = Meaning(base, extra);
    base += 1u << extra;
  }
  m[285] = Meaning(258, 0);
  m[286] = m[287] = kSpecial;
  return m;
}

constexpr std::array<uint32_t, kDistanceSymbols> MakeDistanceMeanings() {
  std::array<uint32_t, kDistanceSymbols> m{};
  uint32_t base = 1;
  for (uint32_t s = 0; s < 30; ++s) {
    const uint32_t extra = s < 4 ? 0 : (s - 2) / 2;
    m[s] = Meaning(base, extra);
    base += 1u << extra;
  }
  m[30] = m[31] = kSpecial;
  return m;
}

constexpr std::array<uint32_t, kCodeLengthSymbols> MakeCodeLengthMeanings() {
  std::array<uint32_t, kCodeLengthSymbols> m{};
  for (uint32_t s = 0; s < kCodeLengthSymbols; ++s) m[s] = Meaning(s, 0);
  return m;
}

constexpr auto kLiteralMeanings = MakeLiteralMeanings();
constexpr auto kDistanceMeanings = MakeDistanceMeanings();
constexpr auto kCodeLengthMeanings = MakeCodeLengthMeanings();
static_assert(Value(kLiteralMeanings[284]) == 227 && Drop(kLiteralMeanings[284]) == 5);
static_assert(Value(kDistanceMeanings[29]) == 24577 && Drop(kDistanceMeanings[29]) == 13);

// An entry of a code with `bits` bits: what follows the code is dropped with it.
constexpr uint32_t WithCode(uint32_t meaning, unsigned bits) { return (meaning + bits) | (bits << 8); }

// The codes come highest bit first, in a stream read lowest bit first.
constexpr uint32_t Reverse(uint32_t code, unsigned bits) {
  uint32_t reversed = 0;
  for (unsigned i = 0; i < bits; ++i) reversed = (reversed << 1) | ((code >> i) & 1);
  return reversed;
}

}  // namespace

std::span<const uint32_t> LiteralMeanings() { return kLiteralMeanings; }
std::span<const uint32_t> DistanceMeanings() { return kDistanceMeanings; }
std::span<const uint32_t> CodeLengthMeanings() { return kCodeLengthMeanings; }

std::vector<uint32_t> LiteralMeanings(const std::bitset<256>& allowed) {
  std::vector<uint32_t> meanings(kLiteralMeanings.begin(), kLiteralMeanings.end());
  for (size_t s = 0; s < 256; ++s)
    if (!allowed[s]) meanings[s] = kSpecial;
  return meanings;
}

HuffmanTable::Shape HuffmanTable::Build(std::span<const uint8_t> lengths, std::span<const uint32_t> meanings,
                                        unsigned index_bits) {
  std::array<uint16_t, kLongestCode + 2> count{};
  for (const uint8_t bits : lengths) ++count[bits];
  const size_t codes = lengths.size() - count[0];

  // Room left in the code space, in codes of the current length: below zero there are too many.
  int32_t left = 1;
  std::array<uint16_t, kLongestCode + 2> next{};
  for (unsigned bits = 1; bits <= kLongestCode; ++bits) {
    left = left * 2 - count[bits];
    if (left < 0) return Shape::invalid;
    next[bits + 1] = static_cast<uint16_t>((next[bits] + count[bits]) << 1);
  }
  const Shape shape = left == 0                        ? Shape::complete
                      : codes == 0                     ? Shape::empty
                      : codes == 1 && count[1] == 1    ? Shape::single
                                                       : Shape::invalid;
  if (shape == Shape::invalid) return shape;

  index_bits_ = index_bits;
  index_mask_ = (1u << index_bits) - 1;
  const uint32_t size = 1u << index_bits;
  if (shape == Shape::complete) {
    entries_.resize(size);  // each is written below
  } else {
    entries_.assign(size, kNoSuchCode);
  }

  std::array<uint16_t, kLiteralSymbols> reversed{};
  bool has_long = false;
  for (size_t s = 0; s < lengths.size(); ++s) {
    const unsigned bits = lengths[s];
    if (bits == 0) continue;
    reversed[s] = static_cast<uint16_t>(Reverse(next[bits]++, bits));
    if (bits > index_bits) {
      has_long = true;
      continue;
    }
    const uint32_t entry = WithCode(meanings[s], bits);
    for (uint32_t at = reversed[s]; at < size; at += 1u << bits) entries_[at] = entry;
  }
  if (!has_long) return shape;

  AddSubtables(lengths, reversed);
  for (size_t s = 0; s < lengths.size(); ++s) {
    const unsigned bits = lengths[s];
    if (bits <= index_bits) continue;
    const uint32_t sub = entries_[reversed[s] & index_mask_];
    const uint32_t entry = WithCode(meanings[s], bits);
    const uint32_t sub_size = 1u << CodeBits(sub);
    for (uint32_t at = reversed[s] >> index_bits; at < sub_size; at += 1u << (bits - index_bits))
      entries_[Value(sub) + at] = entry;
  }
  return shape;
}

// One subtable for each index that longer codes begin with, as wide as the longest of them needs.
void HuffmanTable::AddSubtables(std::span<const uint8_t> lengths, std::span<const uint16_t> codes) {
  longest_.assign(size_t{1} << index_bits_, 0);
  for (size_t s = 0; s < lengths.size(); ++s) {
    if (lengths[s] <= index_bits_) continue;
    uint8_t& longest = longest_[codes[s] & index_mask_];
    longest = std::max(longest, lengths[s]);
  }
  for (size_t index = 0; index < longest_.size(); ++index) {
    if (longest_[index] == 0) continue;
    const unsigned sub_bits = longest_[index] - index_bits_;
    entries_[index] = Meaning(static_cast<uint32_t>(entries_.size()), 0) | (sub_bits << 8) | kSpecial | kSubtable;
    entries_.resize(entries_.size() + (size_t{1} << sub_bits), kNoSuchCode);
  }
}

}  // namespace pulih

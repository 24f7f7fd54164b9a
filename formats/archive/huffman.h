// Decoding tables for the codes of deflate (RFC 1951, 3.2.2, 3.2.5). One lookup gives what a code means, how many bits
// it has, and how many bits of a length or a distance follow it.
//
// Not thread-safe while being built; read by any number of threads afterwards.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

namespace pulih {

// An entry, from its lowest bit: 5 bits "bits to drop" (code and what follows it) · 3 unused · 4 bits "of the code" ·
// 4 flags · 16 bits value (a literal, the base of a length or distance, or the place of a subtable).
namespace huffman_entry {
inline constexpr uint32_t kLiteral = 1u << 15;
inline constexpr uint32_t kSpecial = 1u << 14;   // neither literal nor length: one of the next two, else no such code
inline constexpr uint32_t kSubtable = 1u << 13;  // with it, the bits "of the code" are those of the subtable's index
inline constexpr uint32_t kBlockEnd = 1u << 12;
inline constexpr uint32_t Drop(uint32_t e) { return e & 31; }
inline constexpr uint32_t CodeBits(uint32_t e) { return (e >> 8) & 15; }
inline constexpr uint32_t Value(uint32_t e) { return e >> 16; }
}  // namespace huffman_entry

class HuffmanTable {
 public:
  enum class Shape : uint8_t {
    complete,  // every sequence of bits is a code
    single,    // one code of one bit, which deflate allows for a lone distance
    empty,     // no code at all
    invalid,   // too many codes, or too few
  };
  // lengths[s]: bits of the code of symbol s, at most 15; meanings[s]: its entry without code bits, the drop field
  // holding what follows the code. Codes longer than `index_bits` go through subtables.
  Shape Build(std::span<const uint8_t> lengths, std::span<const uint32_t> meanings, unsigned index_bits);

  // The entry for the code that `bits` begins with.
  uint32_t Find(uint64_t bits) const {
    uint32_t e = entries_[bits & index_mask_];
    if ((e & huffman_entry::kSubtable) != 0)
      e = entries_[huffman_entry::Value(e) + ((bits >> index_bits_) & ((1u << huffman_entry::CodeBits(e)) - 1))];
    return e;
  }
  const uint32_t* entries() const { return entries_.data(); }
  unsigned index_bits() const { return index_bits_; }

 private:
  void AddSubtables(std::span<const uint8_t> lengths, std::span<const uint16_t> codes);

  std::vector<uint32_t> entries_;
  std::vector<uint8_t> longest_;  // of the codes that begin with an index
  unsigned index_bits_ = 0;
  uint64_t index_mask_ = 0;
};

// What the symbols of each alphabet mean. `allowed`: a literal that is not becomes "no such code".
std::span<const uint32_t> LiteralMeanings();
std::vector<uint32_t> LiteralMeanings(const std::bitset<256>& allowed);
std::span<const uint32_t> DistanceMeanings();
std::span<const uint32_t> CodeLengthMeanings();

inline constexpr unsigned kLiteralIndexBits = 11;
inline constexpr unsigned kDistanceIndexBits = 9;
inline constexpr unsigned kCodeLengthIndexBits = 7;
inline constexpr size_t kLiteralSymbols = 288;   // 286 and 287 have codes in fixed blocks, and no meaning
inline constexpr size_t kDistanceSymbols = 32;   // so have 30 and 31
inline constexpr size_t kCodeLengthSymbols = 19;

}  // namespace pulih

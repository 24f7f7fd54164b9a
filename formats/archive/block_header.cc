// The head of a block: RFC 1951, 3.2.3 to 3.2.7.
#include <algorithm>
#include <array>

#include "formats/archive/inflate_decoder.h"

namespace pulih {
namespace {

using namespace huffman_entry;

constexpr size_t kMostLiteralCodes = 286, kMostDistanceCodes = 30;
constexpr size_t kBlockEndSymbol = 256;

HeaderVerdict BuildFixed(const HeaderRules& rules, BlockCodes& codes) {
  std::array<uint8_t, kLiteralSymbols> lengths;
  std::fill_n(lengths.begin(), 144, 8);
  std::fill(lengths.begin() + 144, lengths.begin() + 256, 9);
  std::fill(lengths.begin() + 256, lengths.begin() + 280, 7);
  std::fill(lengths.begin() + 280, lengths.end(), 8);
  if (rules.strict) {
    const std::vector<uint32_t> meanings = LiteralMeanings(rules.allowed);
    codes.literals.Build(lengths, meanings, kLiteralIndexBits);
  } else {
    codes.literals.Build(lengths, LiteralMeanings(), kLiteralIndexBits);
  }
  std::array<uint8_t, kDistanceSymbols> distances;
  distances.fill(5);
  codes.distances.Build(distances, DistanceMeanings(), kDistanceIndexBits);
  return HeaderVerdict::sound;
}

HeaderVerdict ReadCodeLengthCode(PieceBits& in, bool strict, HuffmanTable& table) {
  static constexpr uint8_t kOrder[kCodeLengthSymbols] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                         11, 4,  12, 3, 13, 2, 14, 1, 15};
  std::array<uint8_t, kCodeLengthSymbols> lengths{};
  if (!in.Need(4)) return HeaderVerdict::no_bits;
  const uint32_t count = in.Take(4) + 4;
  for (uint32_t i = 0; i < count; ++i) {
    if (!in.Need(3)) return HeaderVerdict::no_bits;
    lengths[kOrder[i]] = static_cast<uint8_t>(in.Take(3));
  }
  const HuffmanTable::Shape shape = table.Build(lengths, CodeLengthMeanings(), kCodeLengthIndexBits);
  const bool sound = shape == HuffmanTable::Shape::complete || (!strict && shape == HuffmanTable::Shape::single);
  return sound ? HeaderVerdict::sound : HeaderVerdict::bad;
}

// Code lengths, with runs: 16 repeats the one before, 17 and 18 are zeros.
HeaderVerdict ReadLengths(PieceBits& in, const HuffmanTable& table, std::span<uint8_t> lengths) {
  size_t at = 0;
  while (at < lengths.size()) {
    in.Fill();
    const uint32_t entry = table.Find(in.bits());
    if (Drop(entry) > in.count()) return HeaderVerdict::no_bits;
    if ((entry & kSpecial) != 0) return HeaderVerdict::bad;
    in.Drop(Drop(entry));
    const uint32_t symbol = Value(entry);
    if (symbol < 16) {
      lengths[at++] = static_cast<uint8_t>(symbol);
      continue;
    }
    if (symbol == 16 && at == 0) return HeaderVerdict::bad;
    const unsigned extra = symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
    if (!in.Need(extra)) return HeaderVerdict::no_bits;
    const size_t repeat = in.Take(extra) + (symbol == 18 ? 11 : 3);
    if (repeat > lengths.size() - at) return HeaderVerdict::bad;
    std::fill_n(lengths.begin() + static_cast<ptrdiff_t>(at), repeat, symbol == 16 ? lengths[at - 1] : uint8_t{0});
    at += repeat;
  }
  return HeaderVerdict::sound;
}

bool HoldsForbidden(std::span<const uint8_t> lengths, const std::bitset<256>& allowed) {
  for (size_t s = 0; s < std::min<size_t>(256, lengths.size()); ++s)
    if (lengths[s] != 0 && !allowed[s]) return true;
  return false;
}

HeaderVerdict ReadDynamic(PieceBits& in, const HeaderRules& rules, BlockCodes& codes) {
  using Shape = HuffmanTable::Shape;
  if (!in.Need(10)) return HeaderVerdict::no_bits;
  const size_t literal_codes = in.Take(5) + 257, distance_codes = in.Take(5) + 1;
  if (literal_codes > kMostLiteralCodes || distance_codes > kMostDistanceCodes) return HeaderVerdict::bad;
  // The table of code lengths goes where the distances' will: it is done with before those are built.
  HuffmanTable& code_lengths = codes.distances;
  if (const auto v = ReadCodeLengthCode(in, rules.strict, code_lengths); v != HeaderVerdict::sound) return v;

  std::array<uint8_t, kMostLiteralCodes + kMostDistanceCodes> all{};
  const std::span<uint8_t> lengths(all.data(), literal_codes + distance_codes);
  if (const auto v = ReadLengths(in, code_lengths, lengths); v != HeaderVerdict::sound) return v;
  const auto literals = lengths.first(literal_codes), distances = lengths.subspan(literal_codes);
  if (literals[kBlockEndSymbol] == 0) return HeaderVerdict::bad;
  if (rules.strict && HoldsForbidden(literals, rules.allowed)) return HeaderVerdict::bad;

  const Shape literal_shape = codes.literals.Build(literals, LiteralMeanings(), kLiteralIndexBits);
  if (literal_shape != Shape::complete && (rules.strict || literal_shape != Shape::single)) return HeaderVerdict::bad;
  const Shape distance_shape = codes.distances.Build(distances, DistanceMeanings(), kDistanceIndexBits);
  if (distance_shape == Shape::invalid || (rules.strict && distance_shape == Shape::empty)) return HeaderVerdict::bad;
  return HeaderVerdict::sound;
}

HeaderVerdict ReadStored(PieceBits& in, uint32_t& size) {
  in.ToByte();
  if (!in.Need(32)) return HeaderVerdict::no_bits;
  size = in.Take(16);
  return (in.Take(16) ^ 0xffff) == size ? HeaderVerdict::sound : HeaderVerdict::bad;
}

}  // namespace

BlockHeader ReadBlockHeader(PieceBits& in, const HeaderRules& rules, BlockCodes& codes) {
  BlockHeader header;
  header.verdict = HeaderVerdict::no_bits;
  if (!in.Need(3)) return header;
  header.last = in.Take(1) != 0;
  switch (in.Take(2)) {
    case 0:
      header.kind = DeflateBlock::stored;
      header.verdict = ReadStored(in, header.stored_size);
      return header;
    case 1:
      header.kind = DeflateBlock::fixed;
      header.verdict = BuildFixed(rules, codes);
      return header;
    case 2:
      header.kind = DeflateBlock::dynamic;
      header.verdict = ReadDynamic(in, rules, codes);
      return header;
    default:
      header.verdict = HeaderVerdict::bad;
      return header;
  }
}

}  // namespace pulih

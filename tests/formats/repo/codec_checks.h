// What holds for every codec of formats/repo, said once. A codec is given as a function that decodes bytes
// and encodes the value again (reencode.h): nothing when the decoder refused them.
#pragma once

#include <catch2/catch.hpp>

#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/hex.h"

namespace pulih {

// Hexadecimal with blanks and newlines wherever they help the eye.
inline Bytes Hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits.push_back(c);
  }
  const auto bytes = FromHex(digits);
  if (!bytes) FAIL("not hexadecimal: " << digits);
  return *bytes;
}

// `n` times the byte `b` as hexadecimal: the fields of golden vectors that are opaque.
inline std::string Repeated(uint8_t b, size_t n) { return ToHex(Bytes(n, b)); }

template <typename Reencode>
void EveryPrefixIsRefused(ByteView whole, const Reencode& reencode) {
  for (size_t size = 0; size < whole.size(); ++size) {
    // A copy of exactly this size, so that a sanitizer sees a read beyond it.
    const Bytes prefix = ToBytes(whole.first(size));
    if (reencode(prefix)) FAIL("a prefix of " << size << " of " << whole.size() << " bytes was accepted");
  }
}

template <typename Reencode>
void EveryFlipIsRefusedOrReencodes(ByteView whole, const Reencode& reencode) {
  Bytes bytes = ToBytes(whole);
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes[at] ^= static_cast<uint8_t>(1 << bit);
      const auto again = reencode(bytes);
      if (again && *again != bytes) {
        FAIL("bit " << bit << " of byte " << at << " flipped: accepted, but encodes to\n" << ToHex(*again) << " instead of\n" << ToHex(bytes));
      }
      bytes[at] ^= static_cast<uint8_t>(1 << bit);
    }
  }
}

// Canonical (I5), and nothing may follow or be missing.
template <typename Reencode>
void IsCanonical(ByteView whole, const Reencode& reencode) {
  const auto again = reencode(whole);
  if (!again) FAIL("a valid encoding was refused: " << ToHex(whole));
  if (*again != ToBytes(whole)) FAIL("encodes to\n" << ToHex(*again) << " instead of\n" << ToHex(whole));
  EveryPrefixIsRefused(whole, reencode);
  EveryFlipIsRefusedOrReencodes(whole, reencode);
}

// For encodings that say their own end.
template <typename Reencode>
void ATrailingByteIsRefused(ByteView whole, const Reencode& reencode) {
  for (const uint8_t extra : {uint8_t{0}, uint8_t{1}, uint8_t{0xff}}) {
    Bytes longer = ToBytes(whole);
    longer.push_back(extra);
    if (reencode(longer)) FAIL("a trailing byte " << int{extra} << " was accepted");
  }
}

// Random valid encodings come back as they were. `--rng-seed time` tries others; a failure prints the seed.
template <typename Specimen, typename Reencode>
void RandomValuesComeBack(int runs, const Specimen& specimen, const Reencode& reencode) {
  const unsigned seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  for (int run = 0; run < runs; ++run) {
    const Bytes bytes = specimen(random);
    const auto again = reencode(bytes);
    if (!again || *again != bytes) {
      FAIL("seed " << seed << ", run " << run << ": " << (again ? "came back changed: " : "was refused: ") << ToHex(bytes));
    }
  }
}

}  // namespace pulih

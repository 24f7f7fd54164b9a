#include "formats/web/sha1.h"

#include <bit>

namespace pulih::web {
namespace {

using State = std::array<uint32_t, 5>;

void Mix(const uint8_t* block, State& state) {
  std::array<uint32_t, 80> words{};
  for (size_t i = 0; i < 16; ++i) {
    words[i] = uint32_t{block[i * 4]} << 24 | uint32_t{block[i * 4 + 1]} << 16 | uint32_t{block[i * 4 + 2]} << 8 | block[i * 4 + 3];
  }
  for (size_t i = 16; i < 80; ++i) words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  auto [a, b, c, d, e] = state;
  for (size_t i = 0; i < 80; ++i) {
    uint32_t f, k;
    if (i < 20) {
      f = (b & c) | (~b & d), k = 0x5A827999;
    } else if (i < 40) {
      f = b ^ c ^ d, k = 0x6ED9EBA1;
    } else if (i < 60) {
      f = (b & c) | (b & d) | (c & d), k = 0x8F1BBCDC;
    } else {
      f = b ^ c ^ d, k = 0xCA62C1D6;
    }
    const uint32_t next = std::rotl(a, 5) + f + e + k + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

}  // namespace

Sha1 Sha1Of(ByteView bytes) {
  State state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  size_t at = 0;
  for (; at + 64 <= bytes.size(); at += 64) Mix(bytes.data() + at, state);
  // The rest, a one bit, zeros, and the length in bits.
  std::array<uint8_t, 128> tail{};
  const size_t left = bytes.size() - at;
  std::copy(bytes.begin() + static_cast<ptrdiff_t>(at), bytes.end(), tail.begin());
  tail[left] = 0x80;
  const size_t size = left < 56 ? 64 : 128;
  const uint64_t bits = uint64_t{bytes.size()} * 8;
  for (size_t i = 0; i < 8; ++i) tail[size - 1 - i] = static_cast<uint8_t>(bits >> (i * 8));
  Mix(tail.data(), state);
  if (size == 128) Mix(tail.data() + 64, state);
  Sha1 digest{};
  for (size_t i = 0; i < 20; ++i) digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - i % 4 * 8));
  return digest;
}

std::string Base32(const Sha1& digest) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  for (size_t i = 0; i < 20; i += 5) {
    uint64_t group = 0;
    for (size_t k = 0; k < 5; ++k) group = group << 8 | digest[i + k];
    for (int shift = 35; shift >= 0; shift -= 5) text.push_back(kLetters[group >> shift & 31]);
  }
  return text;
}

}  // namespace pulih::web

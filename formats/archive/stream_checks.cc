#include "formats/archive/stream_checks.h"

#include <array>

#include "engine/base/endian.h"

namespace pulih {
namespace {

constexpr uint32_t kAdlerModulus = 65521;
// As many bytes as can be summed before the second sum leaves 32 bits: the largest n with
// 255 n (n + 1) / 2 + (n + 1)(65521 - 1) < 2^32, rounded down to whole steps.
constexpr size_t kAdlerStretch = 5552;
constexpr size_t kAdlerStep = 16;

using CrcTables = std::array<std::array<uint32_t, 256>, 8>;

// Table k is the effect of a byte that k further bytes follow: eight bytes are taken at once.
constexpr CrcTables MakeCrcTables() {
  CrcTables tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}
constexpr CrcTables kCrcTables = MakeCrcTables();

}  // namespace

uint32_t Adler32(ByteView bytes, uint32_t before) {
  uint32_t a = before & 0xffff, b = before >> 16;
  while (!bytes.empty()) {
    ByteView stretch = bytes.first(std::min(bytes.size(), kAdlerStretch));
    bytes = bytes.subspan(stretch.size());
    // Inside a step every byte counts for `a` once and for `b` as often as bytes follow it: two sums without a chain
    // from byte to byte, which the compiler turns into vectors.
    for (; stretch.size() >= kAdlerStep; stretch = stretch.subspan(kAdlerStep)) {
      uint32_t sum = 0, weighted = 0;
      for (size_t i = 0; i < kAdlerStep; ++i) {
        sum += stretch[i];
        weighted += static_cast<uint32_t>(kAdlerStep - i) * stretch[i];
      }
      b += a * static_cast<uint32_t>(kAdlerStep) + weighted;
      a += sum;
    }
    for (const uint8_t byte : stretch) b += a += byte;
    a %= kAdlerModulus;
    b %= kAdlerModulus;
  }
  return (b << 16) | a;
}

uint32_t Crc32(ByteView bytes, uint32_t before) {
  const CrcTables& t = kCrcTables;
  uint32_t crc = ~before;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const uint64_t v = LoadLe<uint64_t>(bytes.data()) ^ crc;
    crc = t[7][v & 0xff] ^ t[6][(v >> 8) & 0xff] ^ t[5][(v >> 16) & 0xff] ^ t[4][(v >> 24) & 0xff] ^
          t[3][(v >> 32) & 0xff] ^ t[2][(v >> 40) & 0xff] ^ t[1][(v >> 48) & 0xff] ^ t[0][v >> 56];
  }
  for (const uint8_t byte : bytes) crc = (crc >> 8) ^ t[0][(crc ^ byte) & 0xff];
  return ~crc;
}

}  // namespace pulih

// Little-endian integers of the formats, big-endian ones of ordered keys. No alignment is assumed.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace pulih {

template <typename T>
T LoadLe(const uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  if constexpr (std::endian::native == std::endian::big) {
    T r = 0;
    for (size_t i = 0; i < sizeof v; ++i) r = static_cast<T>((r << 8) | ((v >> (8 * i)) & 0xff));
    return r;
  }
  return v;
}

template <typename T>
void StoreLe(uint8_t* p, T v) {
  for (size_t i = 0; i < sizeof v; ++i) p[i] = static_cast<uint8_t>(static_cast<uint64_t>(v) >> (8 * i));
}

template <typename T>
void StoreBe(uint8_t* p, T v) {
  for (size_t i = 0; i < sizeof v; ++i) p[i] = static_cast<uint8_t>(static_cast<uint64_t>(v) >> (8 * (sizeof v - 1 - i)));
}

template <typename T>
T LoadBe(const uint8_t* p) {
  uint64_t v = 0;
  for (size_t i = 0; i < sizeof(T); ++i) v = (v << 8) | p[i];
  return static_cast<T>(v);
}

}  // namespace pulih

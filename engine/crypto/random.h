// RandomSource: where randomness comes from, so that a test can make it repeat (I10). Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "engine/base/bytes.h"

namespace pulih {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void Fill(MutableByteView into) = 0;

  template <size_t N>
  std::array<uint8_t, N> Array() {
    std::array<uint8_t, N> a;
    Fill(a);
    return a;
  }
};

// The operating system's generator, through libsodium. Call InitialiseCrypto() first.
std::unique_ptr<RandomSource> NewSystemRandom();

// ChaCha20 over a seed: for tests and for seeded samples, never for keys that protect anything.
std::unique_ptr<RandomSource> NewSeededRandom(uint64_t seed);

// Starts libsodium. False when it cannot run here; then nothing of engine/crypto may be used.
bool InitialiseCrypto();

}  // namespace pulih

#include "engine/crypto/random.h"

#include <sodium.h>

#include <atomic>

#include "engine/base/endian.h"

namespace pulih {
namespace {

class SystemRandom final : public RandomSource {
 public:
  void Fill(MutableByteView into) override {
    if (!into.empty()) randombytes_buf(into.data(), into.size());  // an empty view may hold a null pointer
  }
};

// Each call takes a stream of its own: ChaCha20 with key = le64 seed ‖ zeros and nonce = le64 number of the
// call. So threads need no lock, and one thread always meets the same bytes.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(uint64_t seed) { StoreLe(key_.data(), seed); }

  void Fill(MutableByteView into) override {
    std::array<uint8_t, crypto_stream_chacha20_NONCEBYTES> nonce;
    StoreLe(nonce.data(), calls_.fetch_add(1, std::memory_order_relaxed));
    if (into.empty()) return;  // libsodium takes no null pointer, not even for nothing
    crypto_stream_chacha20(into.data(), into.size(), nonce.data(), key_.data());
  }

 private:
  std::array<uint8_t, crypto_stream_chacha20_KEYBYTES> key_{};
  std::atomic<uint64_t> calls_{0};
};

}  // namespace

std::unique_ptr<RandomSource> NewSystemRandom() { return std::make_unique<SystemRandom>(); }

std::unique_ptr<RandomSource> NewSeededRandom(uint64_t seed) { return std::make_unique<SeededRandom>(seed); }

bool InitialiseCrypto() { return sodium_init() >= 0; }

}  // namespace pulih

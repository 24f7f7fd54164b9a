#include "engine/crypto/siphash.h"

#include <sodium.h>

#include "engine/base/endian.h"

namespace pulih {

static_assert(crypto_shorthash_siphash24_KEYBYTES == std::tuple_size_v<SipKey>);

uint64_t SipHash24(const SipKey& key, ByteView bytes) {
  std::array<uint8_t, crypto_shorthash_siphash24_BYTES> hash;
  crypto_shorthash_siphash24(hash.data(), bytes.data(), bytes.size(), key.data());
  return LoadLe<uint64_t>(hash.data());
}

}  // namespace pulih

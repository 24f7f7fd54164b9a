#include "engine/crypto/aead.h"

#include <sodium.h>

#include "engine/base/check.h"

namespace pulih {

static_assert(kAeadKeySize == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kAeadNonceSize == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kAeadTagSize == crypto_aead_xchacha20poly1305_ietf_ABYTES);

void AeadSeal(ByteView key, const AeadNonce& nonce, ByteView additional, ByteView plain, MutableByteView out) {
  PULIH_CHECK(key.size() == kAeadKeySize && out.size() == plain.size() + kAeadTagSize);
  const int done = crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, plain.data(), plain.size(),
                                                              additional.data(), additional.size(), nullptr,
                                                              nonce.data(), key.data());
  PULIH_CHECK(done == 0);
}

bool AeadOpen(ByteView key, const AeadNonce& nonce, ByteView additional, ByteView sealed, MutableByteView out) {
  if (sealed.size() < kAeadTagSize) return false;
  PULIH_CHECK(key.size() == kAeadKeySize && out.size() == sealed.size() - kAeadTagSize);
  // libsodium authenticates before it decrypts, and zeroes `out` when the tag is wrong.
  return crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                    additional.data(), additional.size(), nonce.data(),
                                                    key.data()) == 0;
}

}  // namespace pulih

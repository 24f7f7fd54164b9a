// XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha), by libsodium, on caller's buffers. Committing to its
// key is the caller's business: Poly1305 does not, so every use here starts the plaintext with 32 zero
// bytes or carries a commitment beside it (docs/format.md).
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr size_t kAeadKeySize = 32;
inline constexpr size_t kAeadNonceSize = 24;
inline constexpr size_t kAeadTagSize = 16;
using AeadNonce = std::array<uint8_t, kAeadNonceSize>;

// Writes plain.size() + 16 bytes to `out` (which may start at plain's own place).
void AeadSeal(ByteView key, const AeadNonce& nonce, ByteView additional, ByteView plain, MutableByteView out);
// Writes sealed.size() - 16 bytes to `out`; false, and out is wiped, when the seal does not hold.
bool AeadOpen(ByteView key, const AeadNonce& nonce, ByteView additional, ByteView sealed, MutableByteView out);

}  // namespace pulih

// Ed25519 signatures (RFC 8032) and X25519 sealed boxes (libsodium's crypto_box_seal), by libsodium.
// Secret keys are 32-byte seeds (Ed25519) and scalars (X25519), held in SecretBytes by the keyring.
//
// Thread-safe: no state. A signature says who wrote bytes; what they mean is the format's business, and
// every signed structure starts with a magic of its own, so none can pose as another.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret_bytes.h"

namespace pulih {

inline constexpr size_t kPublicKeySize = 32;
inline constexpr size_t kSecretKeySize = 32;
inline constexpr size_t kSignatureSize = 64;
inline constexpr size_t kSealedBoxOverhead = 48;  // ephemeral public key 32 ‖ tag 16

using PublicKey = std::array<uint8_t, kPublicKeySize>;
using Signature = std::array<uint8_t, kSignatureSize>;

struct SigningPair {
  SecretBytes seed;  // 32
  PublicKey public_key{};
};
SigningPair MakeSigningPair(RandomSource& random);
PublicKey SigningPublicKey(const SecretBytes& seed);
Signature Sign(const SecretBytes& seed, ByteView message);
bool VerifySignature(const PublicKey& key, ByteView message, ByteView signature);

struct BoxPair {
  SecretBytes secret;  // 32
  PublicKey public_key{};
};
BoxPair MakeBoxPair(RandomSource& random);
PublicKey BoxPublicKey(const SecretBytes& secret);

// Sealed to a public key; opened with crypto_box_seal_open. The ephemeral key comes from `random`, so that
// the same source gives the same bytes (I10).
Bytes SealToPublicKey(const PublicKey& to, ByteView message, RandomSource& random);
// corrupt when it was not sealed to this key or was changed.
Result<SecretBytes> OpenSealed(const SecretBytes& secret, ByteView sealed);

}  // namespace pulih

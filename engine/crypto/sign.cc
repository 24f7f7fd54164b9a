#include "engine/crypto/sign.h"

#include <sodium.h>

#include "engine/base/check.h"

namespace pulih {
namespace {

static_assert(kPublicKeySize == crypto_sign_ed25519_PUBLICKEYBYTES && kPublicKeySize == crypto_box_PUBLICKEYBYTES);
static_assert(kSecretKeySize == crypto_sign_ed25519_SEEDBYTES && kSecretKeySize == crypto_box_SECRETKEYBYTES);
static_assert(kSignatureSize == crypto_sign_ed25519_BYTES);
static_assert(kSealedBoxOverhead == crypto_box_SEALBYTES);

// libsodium signs with seed ‖ public key. We store the seed alone and expand it for each signature: one more
// scalar multiplication (some 20 µs), and never a pair whose halves do not belong together.
struct ExpandedKey {
  std::array<uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> bytes;
  PublicKey public_key;

  explicit ExpandedKey(const SecretBytes& seed) {
    PULIH_CHECK(seed.size() == kSecretKeySize);
    crypto_sign_ed25519_seed_keypair(public_key.data(), bytes.data(), seed.data());
  }
  ~ExpandedKey() { WipeMemory(bytes); }
  ExpandedKey(const ExpandedKey&) = delete;
  ExpandedKey& operator=(const ExpandedKey&) = delete;
};

SecretBytes RandomSecret(RandomSource& random) {
  SecretBytes secret(kSecretKeySize);
  random.Fill(secret.mutable_view());
  return secret;
}

// As crypto_box_seal does it: BLAKE2b-192 of ephemeral ‖ recipient.
std::array<uint8_t, crypto_box_NONCEBYTES> SealNonce(const PublicKey& ephemeral, const PublicKey& to) {
  std::array<uint8_t, crypto_box_NONCEBYTES> nonce;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, nonce.size());
  crypto_generichash_update(&state, ephemeral.data(), ephemeral.size());
  crypto_generichash_update(&state, to.data(), to.size());
  crypto_generichash_final(&state, nonce.data(), nonce.size());
  return nonce;
}

}  // namespace

SigningPair MakeSigningPair(RandomSource& random) {
  SigningPair pair;
  pair.seed = RandomSecret(random);
  pair.public_key = SigningPublicKey(pair.seed);
  return pair;
}

PublicKey SigningPublicKey(const SecretBytes& seed) { return ExpandedKey(seed).public_key; }

Signature Sign(const SecretBytes& seed, ByteView message) {
  const ExpandedKey key(seed);
  Signature signature;
  crypto_sign_ed25519_detached(signature.data(), nullptr, message.data(), message.size(), key.bytes.data());
  return signature;
}

bool VerifySignature(const PublicKey& key, ByteView message, ByteView signature) {
  return signature.size() == kSignatureSize &&
         crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

BoxPair MakeBoxPair(RandomSource& random) {
  BoxPair pair;
  pair.secret = RandomSecret(random);
  pair.public_key = BoxPublicKey(pair.secret);
  return pair;
}

PublicKey BoxPublicKey(const SecretBytes& secret) {
  PULIH_CHECK(secret.size() == kSecretKeySize);
  PublicKey key;
  crypto_scalarmult_base(key.data(), secret.data());
  return key;
}

Bytes SealToPublicKey(const PublicKey& to, ByteView message, RandomSource& random) {
  const BoxPair ephemeral = MakeBoxPair(random);
  const auto nonce = SealNonce(ephemeral.public_key, to);
  Bytes sealed(kSealedBoxOverhead + message.size());
  std::copy(ephemeral.public_key.begin(), ephemeral.public_key.end(), sealed.begin());
  // Fails only for a public key of small order, to which nothing can be sealed. Public keys come out of blobs
  // signed by the root or out of our own key file, so that would be a mistake of ours.
  PULIH_CHECK(crypto_box_easy(sealed.data() + kPublicKeySize, message.data(), message.size(), nonce.data(), to.data(),
                              ephemeral.secret.data()) == 0);
  return sealed;
}

Result<SecretBytes> OpenSealed(const SecretBytes& secret, ByteView sealed) {
  if (sealed.size() < kSealedBoxOverhead) {
    return Status(Code::corrupt, "opening a sealed key failed: sealed box: it is cut short");
  }
  const PublicKey own = BoxPublicKey(secret);
  SecretBytes message(sealed.size() - kSealedBoxOverhead);
  uint8_t nothing = 0;  // libsodium wants a place even for no bytes
  if (crypto_box_seal_open(message.empty() ? &nothing : message.data(), sealed.data(), sealed.size(), own.data(),
                           secret.data()) != 0) {
    return Status(Code::corrupt, "opening a sealed key failed: sealed box: it was not sealed to this key, or it was changed");
  }
  return message;
}

}  // namespace pulih

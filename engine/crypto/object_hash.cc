// The one place that includes OpenSSL.
//
// OpenSSL 3 calls SHA256_Init and its sisters deprecated in favour of EVP. We stay with them because a
// Sha256 here is a value: 112 plain bytes that can be copied in mid-stream and wiped. An EVP_MD_CTX is a heap
// object with a reference to a fetched algorithm behind it, and most hashes here are of a few dozen bytes (names,
// nonces, frame keys): 33 bytes took 61 ns this way, 359 with EVP_Digest, 92 with an EVP context kept for reuse.
// Both reach the same SHA instructions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <new>

#include "engine/crypto/secret_bytes.h"
#include "engine/crypto/sha256.h"

namespace pulih {
namespace {

constexpr size_t kSha256BlockSize = 64;

SHA256_CTX* Context(uint8_t* state) { return std::launder(reinterpret_cast<SHA256_CTX*>(state)); }

}  // namespace

Sha256::Sha256() {
  static_assert(sizeof(SHA256_CTX) == sizeof state_, "the header keeps libcrypto's context as plain bytes");
  static_assert(alignof(SHA256_CTX) <= 8);
  static_assert(SHA256_DIGEST_LENGTH == Digest::kSize);
  SHA256_Init(new (state_) SHA256_CTX);
}

void Sha256::Update(ByteView bytes) { SHA256_Update(Context(state_), bytes.data(), bytes.size()); }

Digest Sha256::Finish() const {
  SHA256_CTX copy;
  std::memcpy(&copy, state_, sizeof copy);
  Digest digest;
  SHA256_Final(digest.bytes.data(), &copy);
  // The stream may be that of an HMAC, whose state stands for its key.
  WipeMemory({reinterpret_cast<uint8_t*>(&copy), sizeof copy});
  return digest;
}

Digest Sha256Of(ByteView bytes) { return Sha256Of({bytes}); }

Digest Sha256Of(std::initializer_list<ByteView> pieces) {
  Sha256 hash;
  for (const ByteView piece : pieces) hash.Update(piece);
  return hash.Finish();
}

Hmac::Hmac(ByteView key) {
  std::array<uint8_t, kSha256BlockSize> block{};
  if (key.size() > block.size()) {
    Digest hashed = Sha256Of(key);
    std::copy(hashed.bytes.begin(), hashed.bytes.end(), block.begin());
    WipeMemory(hashed.bytes);
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (uint8_t& b : block) b ^= 0x36;
  inner_.Update(block);
  for (uint8_t& b : block) b ^= 0x36 ^ 0x5c;
  outer_.Update(block);
  WipeMemory(block);
}

Hmac::~Hmac() {
  static_assert(std::is_trivially_copyable_v<Sha256>);
  WipeMemory({reinterpret_cast<uint8_t*>(&inner_), sizeof inner_});
  WipeMemory({reinterpret_cast<uint8_t*>(&outer_), sizeof outer_});
}

Digest Hmac::Mac(std::initializer_list<ByteView> pieces) const {
  Sha256 inner = inner_;
  for (const ByteView piece : pieces) inner.Update(piece);
  Digest message = inner.Finish();
  Sha256 outer = outer_;
  outer.Update(message.view());
  const Digest mac = outer.Finish();
  WipeMemory({reinterpret_cast<uint8_t*>(&inner), sizeof inner});
  WipeMemory({reinterpret_cast<uint8_t*>(&outer), sizeof outer});
  WipeMemory(message.bytes);
  return mac;
}

}  // namespace pulih

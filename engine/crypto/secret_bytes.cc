#include "engine/crypto/secret_bytes.h"

#include <sodium.h>

#include "engine/base/check.h"
#include "engine/crypto/random.h"

namespace pulih {

// sodium_malloc puts the bytes at the end of pages of their own, between guard pages, locks them and marks
// them MADV_DONTDUMP; where the limit on locked memory is used up it goes on unlocked rather than fail.
// It must not be used before sodium_init, which draws the canary that sodium_free compares.
SecretBytes::SecretBytes(size_t size) : size_(size) {
  if (size == 0) return;
  PULIH_CHECK(InitialiseCrypto());
  data_ = static_cast<uint8_t*>(sodium_malloc(size));
  PULIH_CHECK(data_ != nullptr);
  std::memset(data_, 0, size);
}

SecretBytes SecretBytes::CopyOf(ByteView bytes) {
  SecretBytes copy(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data_, bytes.data(), bytes.size());
  return copy;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    sodium_free(data_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { sodium_free(data_); }  // wipes; takes nullptr

SecretBytes SecretBytes::Clone() const { return CopyOf(view()); }

void WipeMemory(MutableByteView bytes) { sodium_memzero(bytes.data(), bytes.size()); }

bool EqualSecrets(ByteView a, ByteView b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace pulih

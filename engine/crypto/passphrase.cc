#include "engine/crypto/passphrase.h"

#include <sodium.h>

#include "engine/base/check.h"

namespace pulih {
namespace {

constexpr size_t kDerivedSize = 64;

}  // namespace

bool IsAcceptable(const KdfCost& cost) {
  return cost.passes >= kMinKdfPasses && cost.passes <= kMaxKdfPasses && cost.memory_kib >= kMinKdfMemoryKib &&
         cost.memory_kib <= kMaxKdfMemoryKib;
}

// The 64 MiB of the default cost are the largest piece of memory of most runs, so they must be gone before
// work starts. libsodium maps them and unmaps them before it returns: nothing stays in malloc's pools, and no
// malloc_trim is needed (passphrase_test.cc holds it to that).
Result<SecretBytes> DeriveFromPassphrase(ByteView passphrase, ByteView salt, const KdfCost& cost) {
  PULIH_CHECK(salt.size() == crypto_pwhash_argon2id_SALTBYTES);
  if (!IsAcceptable(cost)) {
    return Status(Code::invalid, "deriving a key failed: passphrase: a cost of " + std::to_string(cost.passes) +
                                     " passes over " + std::to_string(cost.memory_kib) + " KiB is out of bounds");
  }
  SecretBytes derived(kDerivedSize);
  if (crypto_pwhash_argon2id(derived.data(), derived.size(), reinterpret_cast<const char*>(passphrase.data()),
                             passphrase.size(), salt.data(), cost.passes, size_t{cost.memory_kib} * 1024,
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return Status(Code::denied, "deriving a key failed: passphrase: the system does not give " +
                                    std::to_string(cost.memory_kib) + " KiB of memory");
  }
  return derived;
}

}  // namespace pulih

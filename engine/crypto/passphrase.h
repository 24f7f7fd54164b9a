// Passphrases: Argon2id (RFC 9106) by libsodium, with bounds that are checked before memory is taken, and
// the recovery text that stands in for a passphrase on paper.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret_bytes.h"

namespace pulih {

// Cost of opening a slot. The bounds hold for slots that are read as well: whoever can write a slot must
// not be able to make a reader take all memory.
struct KdfCost {
  uint32_t passes = 4;
  uint32_t memory_kib = 64u << 10;
};
inline constexpr uint32_t kMinKdfPasses = 1, kMaxKdfPasses = 16;
inline constexpr uint32_t kMinKdfMemoryKib = 8u << 10, kMaxKdfMemoryKib = 1u << 20;
bool IsAcceptable(const KdfCost& cost);

// 64 bytes: 32 of key, 32 of commitment. `salt` is 16 bytes. Takes and gives back cost.memory_kib.
Result<SecretBytes> DeriveFromPassphrase(ByteView passphrase, ByteView salt, const KdfCost& cost);

// A recovery text is 160 random bits as four numbered lines of base32 (RFC 4648 alphabet), eight digits and
// two of checksum each, so that a typing error is found on its line:
//     1: ABCDE-FGH-XY
// It is entered like a passphrase, on one line or four, with or without numbers, blanks and dashes.
struct RecoveryText {
  SecretBytes secret;    // 20 bytes: what the slot's key is derived from
  std::string printed;   // four lines, each ending in \n
};
RecoveryText MakeRecoveryText(RandomSource& random);
// Nothing when `typed` does not look like a recovery text at all (then it is a passphrase); `invalid`, with
// the number of the line, when it looks like one and a checksum is wrong, or with the number of lines when that is.
std::optional<Result<SecretBytes>> ParseRecoveryText(std::string_view typed);

}  // namespace pulih

// keys/<id>: one way to open a repository by something a person types. Layout (docs/format.md, "Key slot"):
//   "PULIHKEY" | le32 version 1 | u8 kind (1 passphrase, 2 recovery text) | 3 × 0 | le32 passes | le32 memory KiB
//   | salt 16 | le64 created ns | u8 label length, label (UTF-8, at most 64) | commitment 32 | nonce 24
//   | le32 sealed length | sealed
// sealed = XChaCha20-Poly1305 of a key list (key_list.h), additional data = all bytes before `commitment`.
// Argon2id gives 64 bytes: the key and, compared before anything is opened, the commitment. `passes` and
// `memory` are checked against bounds before memory is taken; a slot is at most kMaxKeySlotSize.
//
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kKeySlotVersion = 1;
inline constexpr size_t kMaxKeySlotSize = 8192;
inline constexpr size_t kMaxKeySlots = 64;

enum class SlotKind : uint8_t { passphrase = 1, recovery = 2 };

struct KeySlot {
  SlotKind kind = SlotKind::passphrase;
  uint32_t kdf_passes = 0, kdf_memory_kib = 0;
  std::array<uint8_t, 16> salt{};
  int64_t created_ns = 0;
  std::string label;
  std::array<uint8_t, 32> commitment{};
  std::array<uint8_t, 24> nonce{};
  Bytes sealed;
};

// The bytes before `commitment`: what the seal authenticates.
Bytes EncodeKeySlotHead(const KeySlot& slot);
Bytes EncodeKeySlot(const KeySlot& slot);
// `unsupported` for a newer version; KDF bounds are the caller's check (engine/crypto/passphrase.h).
Result<KeySlot> DecodeKeySlot(ByteView bytes);

}  // namespace pulih

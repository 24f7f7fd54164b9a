// Keys as they lie in a repository: passphrase slots (keys/), role files and their certificates (certs/), and
// the rotation of the content key. Every function says who may call it: most need the root key, which only a
// passphrase or the recovery text opens.
//
// Removing a slot removes a way in, not what it opened: whoever kept the keys still has them (docs/threat-model.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/keyring.h"
#include "engine/repo/repository.h"

namespace pulih {

// Seals `keyring` under `secret` and stores it as keys/<id>; returns the id.
Result<std::string> StoreKeySlot(Store& store, const Keyring& keyring, SlotKind kind, ByteView secret, const KdfCost& cost,
                                 std::string_view label, const Environment& environment);
inline Status PutKeySlot(Store& store, const Keyring& keyring, SlotKind kind, ByteView secret, const KdfCost& cost,
                         std::string_view label, const Environment& environment) {
  auto id = StoreKeySlot(store, keyring, kind, secret, cost, label, environment);
  return id.ok() ? OkStatus() : std::move(id).error();
}

// Opens the slot that fits what was typed: a recovery text, else a passphrase. no_repository when there is
// neither config nor slot; wrong_key when none fits; corrupt or unsupported when no slot could even be tried.
struct OpenedSlot {
  Keyring keyring;
  std::string slot_id;
};
Result<OpenedSlot> OpenByPassphrase(Store& store, std::string_view typed);

struct SlotInfo {
  std::string id;
  SlotKind kind = SlotKind::passphrase;
  std::string label;
  int64_t created_ns = 0;
  uint32_t kdf_passes = 0, kdf_memory_kib = 0;
  Status problem;  // not ok: the slot is damaged or of a newer version
};
Result<std::vector<SlotInfo>> ListKeySlots(Store& store);

struct WriterInfo {
  WriterId writer;
  Role role = Role::backup;
  std::string label;
  int64_t created_ns = 0;
  bool revoked = false;
};
std::vector<WriterInfo> ListWriters(const Repository& repository);

// The slot's id by a unique prefix. The last way in is never removed (`invalid`).
Status RemoveKeySlot(Repository& repository, std::string_view id_prefix);
// Revokes a writer by a unique prefix of its id: what its log holds now still counts, nothing later does.
Result<WriterId> RevokeWriter(Repository& repository, std::string_view id_prefix);

// A role file's content for `role`, with new writer keys (none for audit) certified by the root key.
Result<SecretBytes> ExportRole(Repository& repository, Role role, std::string_view label, bool grant_structure);

// A new content pair: session keys known so far are sealed again to it (wraps/<n+1>), every role that is opened
// afterwards by the new slots has it, config/<n+1> commits. No data moves. All passphrase slots but the new ones
// are removed; the new recovery text replaces the old.
struct RotateOptions {
  std::string passphrase;
  KdfCost cost;
  std::string label = "owner";  // of the passphrase's slot
};
struct Rotated {
  uint64_t config_number = 0;
  uint64_t sessions = 0;       // sealed again
  uint64_t sessions_lost = 0;  // in packs whose wrap nobody can open
  std::string recovery_text;   // secret
  // Not ok: the rotation holds, and what was to follow did not all happen (late sessions, old slots that stay).
  Status unfinished;
};
Result<Rotated> RotateContentKey(Repository& repository, const RotateOptions& options);

// Notes an administrative act in the log of the keyring's writer.
Status LogKeyEvent(Repository& repository, std::string note);

}  // namespace pulih

// Key slots: a keyring sealed under something that a person types (layout: formats/repo/key_slot.h).
#include "engine/crypto/aead.h"
#include "engine/crypto/keyring.h"

namespace pulih {
namespace {

constexpr size_t kMaxLabelSize = 64;
constexpr size_t kSlotKeySize = 32;
constexpr size_t kAfterHeadSize = 32 + kAeadNonceSize + 4;  // commitment, nonce, sealed length

Status CannotSeal(Code code, std::string_view why) {
  return Status(code, "sealing a key slot failed: " + std::string(why));
}

}  // namespace

Result<Bytes> SealKeySlot(const Keyring& keyring, SlotKind kind, ByteView secret, const KdfCost& cost,
                          std::string_view label, int64_t now_ns, RandomSource& random) {
  if (label.size() > kMaxLabelSize) return CannotSeal(Code::invalid, "label: it is longer than 64 bytes");
  const SecretBytes keys = EncodeKeyring(keyring);
  KeySlot slot;
  slot.kind = kind;
  slot.kdf_passes = cost.passes;
  slot.kdf_memory_kib = cost.memory_kib;
  slot.salt = random.Array<16>();
  slot.created_ns = now_ns;
  slot.label = label;
  slot.sealed.resize(keys.size() + kAeadTagSize);
  if (EncodeKeySlotHead(slot).size() + kAfterHeadSize + slot.sealed.size() > kMaxKeySlotSize) {
    return CannotSeal(Code::too_large, "keys: more than one slot can carry");
  }
  slot.nonce = random.Array<kAeadNonceSize>();
  PULIH_TRY_ASSIGN(const SecretBytes derived, DeriveFromPassphrase(secret, slot.salt, cost));
  const ByteView commitment = derived.view().subspan(kSlotKeySize);
  std::copy(commitment.begin(), commitment.end(), slot.commitment.begin());
  AeadSeal(derived.view().first(kSlotKeySize), slot.nonce, EncodeKeySlotHead(slot), keys.view(), slot.sealed);
  return EncodeKeySlot(slot);
}

Result<Keyring> OpenKeySlot(ByteView blob, ByteView secret) {
  PULIH_TRY_ASSIGN(const KeySlot slot, DecodeKeySlot(blob));
  PULIH_TRY_ASSIGN(const SecretBytes derived,
                   DeriveFromPassphrase(secret, slot.salt, {slot.kdf_passes, slot.kdf_memory_kib}));
  if (!EqualSecrets(derived.view().subspan(kSlotKeySize), slot.commitment)) {
    const std::string typed = slot.kind == SlotKind::recovery ? "recovery text" : "passphrase";
    return Status(Code::wrong_key, "opening a key slot failed: " + typed + ": it is not the one that the slot was sealed with");
  }
  if (slot.sealed.size() < kAeadTagSize) return Status(Code::corrupt, "opening a key slot failed: keys: they are cut short");
  SecretBytes keys(slot.sealed.size() - kAeadTagSize);
  if (!AeadOpen(derived.view().first(kSlotKeySize), slot.nonce, EncodeKeySlotHead(slot), slot.sealed, keys.mutable_view())) {
    return Status(Code::corrupt, "opening a key slot failed: keys: the seal does not hold");
  }
  return DecodeKeyring(keys.view());
}

}  // namespace pulih

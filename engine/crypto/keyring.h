// Keyring: the keys at hand after a slot or a role file was opened, and what they allow. It is a value that
// moves; secrets live in SecretBytes.
//
// Roles (design §4): owner = everything (a slot opened by passphrase) · restore = everything but the root ·
// backup = public keys, K_id, K_cut, own writer keys: writes and deduplicates, opens nothing (I7) · maintain =
// structure secret and writer keys · audit = public keys, and the structure secret where granted.
//
// Encoded as a key list (formats/repo/key_list.h), sealed in a slot or plain in a role file (mode 0600).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/passphrase.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret_bytes.h"
#include "engine/crypto/sign.h"
#include "engine/crypto/siphash.h"
#include "formats/repo/certificate.h"
#include "formats/repo/key_slot.h"

namespace pulih {

struct WriterKeys {
  WriterId id;
  SigningPair sign;
  BoxPair box;
  Bytes certificate;  // the blob, as it stands in certs/<id>
};
WriterKeys MakeWriterKeys(RandomSource& random);
// First 16 bytes of SHA-256("pulih/writer/1" ‖ signing key ‖ box key).
WriterId WriterIdOf(const PublicKey& sign_key, const PublicKey& box_key);

struct Keyring {
  Role role = Role::owner;
  DomainId domain;
  RepositoryId repository;
  PublicKey root_public{}, structure_public{};
  std::map<uint16_t, PublicKey> content_public;      // by generation
  SecretBytes root_seed;                             // empty: not held
  std::map<uint16_t, SecretBytes> content_secrets;   // by generation; empty: not held
  SecretBytes structure_secret;
  SecretBytes k_id, k_cut;
  std::optional<WriterKeys> writer;

  bool can_read() const { return !content_secrets.empty() && !k_id.empty(); }
  bool can_write() const { return !k_id.empty() && !k_cut.empty() && writer.has_value(); }
  bool can_administer() const { return !root_seed.empty(); }

  // Derived symmetric keys, by named contexts: HMAC(K_cut, "pulih/cut/1"), HMAC(K_cut, "pulih/map/1"), cut to 16.
  SipKey CutKey() const;
  SipKey MapKey() const;

  Keyring Clone() const;
  // What `role` may hold of this keyring, with `writer_keys` as its own writer (none for audit).
  // restore: all content secrets of `newest_only ? the newest : every` generation.
  Keyring For(Role role, std::optional<WriterKeys> writer_keys, bool grant_structure) const;
};

// All new keys of a new domain and repository, generation 0, with a first writer (no certificate yet).
Keyring MakeDomain(RandomSource& random);

SecretBytes EncodeKeyring(const Keyring& keyring);
// corrupt when a key is missing that the role must have, has a wrong length, or a public key does not match
// its secret.
Result<Keyring> DecodeKeyring(ByteView bytes);

// --- slots -------------------------------------------------------------------------------------------------
// Seals a keyring under a passphrase or recovery secret. The bytes of keys/<id>.
Result<Bytes> SealKeySlot(const Keyring& keyring, SlotKind kind, ByteView secret, const KdfCost& cost,
                          std::string_view label, int64_t now_ns, RandomSource& random);
// wrong_key when the secret does not open it; corrupt or unsupported as DecodeKeySlot; `invalid` when its KDF
// parameters are out of bounds (nothing is allocated then).
Result<Keyring> OpenKeySlot(ByteView blob, ByteView secret);

// --- role files ----------------------------------------------------------------------------------------------
// Text: "-----BEGIN PULIH <ROLE> KEY-----", base64 lines of 64 of (key list ‖ first 8 bytes of its SHA-256), END line.
SecretBytes EncodeRoleFile(const Keyring& keyring);
Result<Keyring> DecodeRoleFile(ByteView text);

}  // namespace pulih

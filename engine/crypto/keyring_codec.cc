// A Keyring as a key list (formats/repo/key_list.h) and back.
#include "engine/base/check.h"
#include "engine/crypto/keyring.h"
#include "engine/crypto/role_rules.h"
#include "formats/repo/key_list.h"

namespace pulih {
namespace {

constexpr size_t kKeySize = 32;
constexpr size_t kMaxCertificateSize = 1024;

Status BadKey(std::string_view what, std::string_view why) {
  return Status(Code::corrupt, "reading a key list failed: " + std::string(what) + ": " + std::string(why));
}

// What was met in the list, beside the keys that went straight into the keyring.
struct Fields {
  std::optional<Role> role;
  bool domain = false, repository = false, root_public = false, structure_public = false;
  SecretBytes sign_seed, box_secret;
  std::optional<Bytes> certificate;
};

bool TakeSecret(ByteView bytes, SecretBytes& into) {
  if (bytes.size() != kKeySize) return false;
  into = SecretBytes::CopyOf(bytes);
  return true;
}

template <size_t N>
bool TakePublic(ByteView bytes, std::array<uint8_t, N>& into) {
  if (bytes.size() != N) return false;
  std::copy(bytes.begin(), bytes.end(), into.begin());
  return true;
}

bool TakeRole(ByteView bytes, std::optional<Role>& into) {
  if (bytes.size() != 1 || bytes[0] < static_cast<uint8_t>(Role::owner) || bytes[0] > static_cast<uint8_t>(Role::audit)) {
    return false;
  }
  into = static_cast<Role>(bytes[0]);
  return true;
}

bool TakeCertificate(ByteView bytes, std::optional<Bytes>& into) {
  if (bytes.empty() || bytes.size() > kMaxCertificateSize) return false;
  into = ToBytes(bytes);
  return true;
}

// False when the key has a wrong length, a type that is not known, or an index where none belongs.
bool Take(const TypedKey& key, Keyring& keyring, Fields& fields) {
  const bool by_generation = key.type == KeyType::content_public || key.type == KeyType::content_secret;
  if (!by_generation && key.index != 0) return false;
  switch (key.type) {
    case KeyType::domain_id: return fields.domain = TakePublic(key.bytes, keyring.domain.bytes);
    case KeyType::repository_id: return fields.repository = TakePublic(key.bytes, keyring.repository.bytes);
    case KeyType::root_public: return fields.root_public = TakePublic(key.bytes, keyring.root_public);
    case KeyType::root_seed: return TakeSecret(key.bytes, keyring.root_seed);
    case KeyType::content_public: return TakePublic(key.bytes, keyring.content_public[key.index]);
    case KeyType::content_secret: return TakeSecret(key.bytes, keyring.content_secrets[key.index]);
    case KeyType::structure_public: return fields.structure_public = TakePublic(key.bytes, keyring.structure_public);
    case KeyType::structure_secret: return TakeSecret(key.bytes, keyring.structure_secret);
    case KeyType::k_id: return TakeSecret(key.bytes, keyring.k_id);
    case KeyType::k_cut: return TakeSecret(key.bytes, keyring.k_cut);
    case KeyType::writer_sign_seed: return TakeSecret(key.bytes, fields.sign_seed);
    case KeyType::writer_box_secret: return TakeSecret(key.bytes, fields.box_secret);
    case KeyType::role: return TakeRole(key.bytes, fields.role);
    case KeyType::certificate: return TakeCertificate(key.bytes, fields.certificate);
  }
  return false;
}

Status CheckComplete(const Keyring& keyring, const Fields& fields) {
  if (!fields.role) return BadKey("role", "it is missing");
  if (!fields.domain) return BadKey("domain id", "it is missing");
  if (!fields.repository) return BadKey("repository id", "it is missing");
  if (!fields.root_public) return BadKey("root public key", "it is missing");
  if (!fields.structure_public) return BadKey("structure public key", "it is missing");
  if (keyring.content_public.empty()) return BadKey("content public key", "it is missing");
  return OkStatus();
}

Status AssembleWriter(Fields& fields, Keyring& keyring) {
  if (fields.sign_seed.empty() != fields.box_secret.empty()) return BadKey("writer's keys", "one of the two is missing");
  if (fields.sign_seed.empty()) {
    return fields.certificate ? BadKey("certificate", "it stands without the writer's keys") : OkStatus();
  }
  WriterKeys writer;
  writer.sign.public_key = SigningPublicKey(fields.sign_seed);
  writer.sign.seed = std::move(fields.sign_seed);
  writer.box.public_key = BoxPublicKey(fields.box_secret);
  writer.box.secret = std::move(fields.box_secret);
  writer.id = WriterIdOf(writer.sign.public_key, writer.box.public_key);
  if (fields.certificate) writer.certificate = std::move(*fields.certificate);
  keyring.writer = std::move(writer);
  return OkStatus();
}

// A secret that does not belong to its public key would seal what nobody can open.
Status CheckPairs(const Keyring& keyring) {
  if (!keyring.root_seed.empty() && SigningPublicKey(keyring.root_seed) != keyring.root_public) {
    return BadKey("root key", "it does not belong to its public key");
  }
  if (!keyring.structure_secret.empty() && BoxPublicKey(keyring.structure_secret) != keyring.structure_public) {
    return BadKey("structure secret", "it does not belong to its public key");
  }
  for (const auto& [generation, secret] : keyring.content_secrets) {
    const auto own = keyring.content_public.find(generation);
    if (own == keyring.content_public.end() || BoxPublicKey(secret) != own->second) {
      return BadKey("content secret " + std::to_string(generation), "it does not belong to its public key");
    }
  }
  return OkStatus();
}

}  // namespace

SecretBytes EncodeKeyring(const Keyring& keyring) {
  PULIH_CHECK(CheckHoldings(keyring).ok());
  std::vector<TypedKey> keys;
  auto add = [&keys](KeyType type, ByteView bytes, uint16_t index = 0) {
    if (!bytes.empty()) keys.push_back({type, index, bytes});
  };
  const std::array<uint8_t, 1> role{static_cast<uint8_t>(keyring.role)};
  add(KeyType::domain_id, keyring.domain.view());
  add(KeyType::repository_id, keyring.repository.view());
  add(KeyType::root_public, keyring.root_public);
  add(KeyType::root_seed, keyring.root_seed.view());
  for (const auto& [generation, key] : keyring.content_public) add(KeyType::content_public, key, generation);
  for (const auto& [generation, key] : keyring.content_secrets) add(KeyType::content_secret, key.view(), generation);
  add(KeyType::structure_public, keyring.structure_public);
  add(KeyType::structure_secret, keyring.structure_secret.view());
  add(KeyType::k_id, keyring.k_id.view());
  add(KeyType::k_cut, keyring.k_cut.view());
  if (keyring.writer) {
    add(KeyType::writer_sign_seed, keyring.writer->sign.seed.view());
    add(KeyType::writer_box_secret, keyring.writer->box.secret.view());
  }
  add(KeyType::role, role);
  if (keyring.writer) add(KeyType::certificate, keyring.writer->certificate);
  Bytes encoded = EncodeKeyList(keys);
  SecretBytes kept = SecretBytes::CopyOf(encoded);
  WipeMemory(encoded);
  return kept;
}

Result<Keyring> DecodeKeyring(ByteView bytes) {
  PULIH_TRY_ASSIGN(const std::vector<TypedKey> keys, DecodeKeyList(bytes));
  Keyring keyring;
  Fields fields;
  for (const TypedKey& key : keys) {
    if (!Take(key, keyring, fields)) {
      return BadKey("key of type " + std::to_string(static_cast<uint16_t>(key.type)), "it makes no sense");
    }
  }
  PULIH_TRY(CheckComplete(keyring, fields));
  keyring.role = *fields.role;
  PULIH_TRY(AssembleWriter(fields, keyring));
  PULIH_TRY(CheckHoldings(keyring));
  PULIH_TRY(CheckPairs(keyring));
  return keyring;
}

}  // namespace pulih

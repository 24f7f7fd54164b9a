#include "engine/crypto/keyring.h"

#include "engine/base/check.h"
#include "engine/crypto/role_rules.h"
#include "engine/crypto/sha256.h"

namespace pulih {
namespace {

constexpr size_t kSymmetricKeySize = 32;

SecretBytes RandomKey(RandomSource& random) {
  SecretBytes key(kSymmetricKeySize);
  random.Fill(key.mutable_view());
  return key;
}

SipKey DeriveSipKey(const SecretBytes& key, std::string_view context) {
  PULIH_CHECK(!key.empty());
  const Digest derived = Hmac(key.view()).Mac({AsBytes(context)});
  SipKey sip;
  std::copy_n(derived.bytes.begin(), sip.size(), sip.begin());
  return sip;
}

WriterKeys CloneWriter(const WriterKeys& writer) {
  return {writer.id,
          {writer.sign.seed.Clone(), writer.sign.public_key},
          {writer.box.secret.Clone(), writer.box.public_key},
          writer.certificate};
}

}  // namespace

WriterId WriterIdOf(const PublicKey& sign_key, const PublicKey& box_key) {
  const Digest digest = Sha256Of({AsBytes("pulih/writer/1"), sign_key, box_key});
  return *WriterId::FromView(digest.view().first(WriterId::kSize));
}

WriterKeys MakeWriterKeys(RandomSource& random) {
  WriterKeys writer;
  writer.sign = MakeSigningPair(random);
  writer.box = MakeBoxPair(random);
  writer.id = WriterIdOf(writer.sign.public_key, writer.box.public_key);
  return writer;
}

Keyring MakeDomain(RandomSource& random) {
  Keyring keyring;
  keyring.domain.bytes = random.Array<DomainId::kSize>();
  keyring.repository.bytes = random.Array<RepositoryId::kSize>();
  SigningPair root = MakeSigningPair(random);
  keyring.root_public = root.public_key;
  keyring.root_seed = std::move(root.seed);
  BoxPair content = MakeBoxPair(random);
  keyring.content_public[0] = content.public_key;
  keyring.content_secrets[0] = std::move(content.secret);
  BoxPair structure = MakeBoxPair(random);
  keyring.structure_public = structure.public_key;
  keyring.structure_secret = std::move(structure.secret);
  keyring.k_id = RandomKey(random);
  keyring.k_cut = RandomKey(random);
  keyring.writer = MakeWriterKeys(random);
  return keyring;
}

SipKey Keyring::CutKey() const { return DeriveSipKey(k_cut, "pulih/cut/1"); }
SipKey Keyring::MapKey() const { return DeriveSipKey(k_cut, "pulih/map/1"); }

Keyring Keyring::Clone() const {
  Keyring copy;
  copy.role = role;
  copy.domain = domain;
  copy.repository = repository;
  copy.root_public = root_public;
  copy.structure_public = structure_public;
  copy.content_public = content_public;
  copy.root_seed = root_seed.Clone();
  for (const auto& [generation, secret] : content_secrets) copy.content_secrets[generation] = secret.Clone();
  copy.structure_secret = structure_secret.Clone();
  copy.k_id = k_id.Clone();
  copy.k_cut = k_cut.Clone();
  if (writer) copy.writer = CloneWriter(*writer);
  return copy;
}

// Starts from everything and takes away what the role's rule does not grant.
Keyring Keyring::For(Role for_role, std::optional<WriterKeys> writer_keys, bool grant_structure) const {
  const RoleRule rule = RuleOf(for_role);
  Keyring granted = Clone();
  granted.role = for_role;
  granted.writer = rule.writer == Holding::never ? std::nullopt : std::move(writer_keys);
  if (rule.root == Holding::never) granted.root_seed = {};
  if (rule.content == Holding::never) granted.content_secrets.clear();
  const bool structure = rule.structure == Holding::must || (rule.structure == Holding::may && grant_structure);
  if (!structure) granted.structure_secret = {};
  if (rule.names == Holding::never) {
    granted.k_id = {};
    granted.k_cut = {};
  }
  return granted;
}

Status CheckHoldings(const Keyring& keyring) {
  const RoleRule rule = RuleOf(keyring.role);
  const struct {
    std::string_view what;
    Holding rule;
    bool held;
  } keys[] = {
      {"root key", rule.root, !keyring.root_seed.empty()},
      {"content secret", rule.content, !keyring.content_secrets.empty()},
      {"structure secret", rule.structure, !keyring.structure_secret.empty()},
      {"key of names", rule.names, !keyring.k_id.empty()},
      {"key of cut points", rule.names, !keyring.k_cut.empty()},
      {"writer's keys", rule.writer, keyring.writer.has_value()},
  };
  for (const auto& key : keys) {
    const bool lacks = key.rule == Holding::must && !key.held;
    const bool exceeds = key.rule == Holding::never && key.held;
    if (lacks || exceeds) {
      return Status(Code::corrupt, "reading a key list failed: " + std::string(key.what) +
                                       (lacks ? ": it is missing, and role " : ": it is there, and not for role ") +
                                       std::string(RoleName(keyring.role)));
    }
  }
  return OkStatus();
}

}  // namespace pulih

#include "engine/crypto/keyring.h"

#include <catch2/catch.hpp>

#include <functional>
#include <sys/resource.h>

#include "engine/base/endian.h"
#include "engine/base/hex.h"
#include "engine/crypto/sha256.h"
#include "formats/repo/key_list.h"

using namespace pulih;

namespace {

constexpr KdfCost kTinyCost{kMinKdfPasses, kMinKdfMemoryKib};
constexpr int64_t kNow = 1'700'000'000'000'000'000;
constexpr Role kRoles[] = {Role::owner, Role::restore, Role::backup, Role::maintain, Role::audit};

// A domain after one rotation, its first writer with a certificate.
Keyring TestDomain() {
  auto random = NewSeededRandom(1);
  Keyring keyring = MakeDomain(*random);
  BoxPair next = MakeBoxPair(*random);
  keyring.content_public[1] = next.public_key;
  keyring.content_secrets[1] = std::move(next.secret);
  keyring.writer->certificate = ToBytes("certificate of the first writer");
  return keyring;
}

Keyring KeyringFor(Role role, bool grant_structure = false) {
  auto random = NewSeededRandom(2);
  WriterKeys writer = MakeWriterKeys(*random);
  writer.certificate = ToBytes("certificate of another");
  return TestDomain().For(role, std::move(writer), grant_structure);
}

bool Contains(ByteView haystack, ByteView needle) {
  return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) != haystack.end();
}

// The secrets of the domain, by name.
std::vector<std::pair<std::string, Bytes>> SecretsOf(const Keyring& keyring) {
  return {{"root", ToBytes(keyring.root_seed.view())},
          {"content 0", ToBytes(keyring.content_secrets.at(0).view())},
          {"content 1", ToBytes(keyring.content_secrets.at(1).view())},
          {"structure", ToBytes(keyring.structure_secret.view())},
          {"k_id", ToBytes(keyring.k_id.view())},
          {"k_cut", ToBytes(keyring.k_cut.view())},
          {"writer sign", ToBytes(keyring.writer->sign.seed.view())},
          {"writer box", ToBytes(keyring.writer->box.secret.view())}};
}

std::vector<std::string> DomainSecretsIn(const Keyring& keyring) {
  const SecretBytes encoded = EncodeKeyring(keyring);
  std::vector<std::string> found;
  for (const auto& [name, secret] : SecretsOf(TestDomain())) {
    if (Contains(encoded.view(), secret)) found.push_back(name);
  }
  return found;
}

Bytes EncodedWithout(const Keyring& keyring, KeyType type) {
  const SecretBytes encoded = EncodeKeyring(keyring);
  auto keys = DecodeKeyList(encoded.view());
  REQUIRE(keys.ok());
  std::vector<TypedKey> kept;
  for (const TypedKey& key : *keys) {
    if (key.type != type) kept.push_back(key);
  }
  return EncodeKeyList(kept);
}

// The key list of `keyring` after `change` went over its keys.
Bytes EncodedWith(const Keyring& keyring, const std::function<void(std::vector<TypedKey>&)>& change) {
  const SecretBytes encoded = EncodeKeyring(keyring);
  auto keys = DecodeKeyList(encoded.view());
  REQUIRE(keys.ok());
  change(*keys);
  return EncodeKeyList(*keys);
}

Code DecodeCode(ByteView bytes) { return DecodeKeyring(bytes).status().code(); }

long PeakKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

Bytes TestSlot(SlotKind kind = SlotKind::passphrase) {
  auto random = NewSeededRandom(8);
  auto slot = SealKeySlot(TestDomain(), kind, AsBytes("open sesame"), kTinyCost, "office", kNow, *random);
  REQUIRE(slot.ok());
  return std::move(slot).value();
}

// Where the fields of a slot lie (formats/repo/key_slot.h), for a label of six letters.
constexpr size_t kPassesAt = 16, kMemoryAt = 20, kSaltAt = 24, kCommitmentAt = 49 + 6, kNonceAt = kCommitmentAt + 32,
                 kSealedAt = kNonceAt + 24 + 4;

}  // namespace

TEST_CASE("each role holds exactly the domain's secrets that it may") {
  using Names = std::vector<std::string>;
  CHECK(DomainSecretsIn(TestDomain()) ==
        Names{"root", "content 0", "content 1", "structure", "k_id", "k_cut", "writer sign", "writer box"});
  CHECK(DomainSecretsIn(KeyringFor(Role::restore)) == Names{"content 0", "content 1", "structure", "k_id", "k_cut"});
  CHECK(DomainSecretsIn(KeyringFor(Role::backup)) == Names{"k_id", "k_cut"});  // I7
  CHECK(DomainSecretsIn(KeyringFor(Role::backup, true)) == Names{"k_id", "k_cut"});
  CHECK(DomainSecretsIn(KeyringFor(Role::maintain)) == Names{"structure"});
  CHECK(DomainSecretsIn(KeyringFor(Role::audit)) == Names{});
  CHECK(DomainSecretsIn(KeyringFor(Role::audit, true)) == Names{"structure"});
}

TEST_CASE("a role's writer is its own, and an auditor has none") {
  const WriterId first = TestDomain().writer->id;
  for (const Role role : {Role::restore, Role::backup, Role::maintain}) {
    const Keyring keyring = KeyringFor(role);
    REQUIRE(keyring.writer.has_value());
    CHECK(keyring.writer->id != first);
    CHECK(keyring.writer->id == WriterIdOf(keyring.writer->sign.public_key, keyring.writer->box.public_key));
  }
  CHECK_FALSE(KeyringFor(Role::audit, true).writer.has_value());
  CHECK_FALSE(TestDomain().For(Role::restore, std::nullopt, false).writer.has_value());
}

TEST_CASE("what a role may do follows from what it holds") {
  const Keyring owner = TestDomain();
  CHECK((owner.can_read() && owner.can_write() && owner.can_administer()));
  const Keyring restore = KeyringFor(Role::restore), backup = KeyringFor(Role::backup), maintain = KeyringFor(Role::maintain),
                audit = KeyringFor(Role::audit, true);
  CHECK((restore.can_read() && restore.can_write() && !restore.can_administer()));
  CHECK((!backup.can_read() && backup.can_write() && !backup.can_administer()));
  CHECK((!maintain.can_read() && !maintain.can_write() && !maintain.can_administer()));
  CHECK((!audit.can_read() && !audit.can_write() && !audit.can_administer()));
}

TEST_CASE("every role knows all public keys") {
  const Keyring owner = TestDomain();
  for (const Role role : kRoles) {
    const Keyring keyring = KeyringFor(role);
    CHECK(keyring.role == role);
    CHECK(keyring.domain == owner.domain);
    CHECK(keyring.repository == owner.repository);
    CHECK(keyring.root_public == owner.root_public);
    CHECK(keyring.content_public == owner.content_public);
    CHECK(keyring.structure_public == owner.structure_public);
  }
}

TEST_CASE("a keyring that is encoded and decoded is encoded to the same bytes") {
  for (const Role role : kRoles) {
    const SecretBytes encoded = EncodeKeyring(KeyringFor(role, true));
    auto decoded = DecodeKeyring(encoded.view());
    REQUIRE(decoded.ok());
    CHECK(decoded->role == role);
    CHECK(Equal(EncodeKeyring(*decoded).view(), encoded.view()));
    CHECK(Equal(EncodeKeyring(decoded->Clone()).view(), encoded.view()));
  }
  auto decoded = DecodeKeyring(EncodeKeyring(TestDomain()).view());
  REQUIRE(decoded.ok());
  CHECK(decoded->writer->id == TestDomain().writer->id);
  CHECK(decoded->writer->certificate == TestDomain().writer->certificate);
  CHECK(decoded->CutKey() == TestDomain().CutKey());
}

// The three golden tests hold what another implementation computed from the same seeds. They fix the order in
// which keys are drawn, too: I10.
TEST_CASE("a new domain has the keys that another implementation computed") {
  auto random = NewSeededRandom(1);
  const Keyring keyring = MakeDomain(*random);
  CHECK(keyring.writer->id.hex() == "18ea7ed70fc95c1eb8d6d5cd795bd974");
  CHECK(Sha256Of(EncodeRoleFile(keyring).view()).hex() == "658e7df945b1aa0fe76434abb21c54fdef944a5e9a043d84ff97cda57db63ea4");
}

TEST_CASE("keys derived from K_cut are told apart by their context") {
  Keyring keyring = TestDomain();
  CHECK(keyring.CutKey() != keyring.MapKey());
  const Digest expected = Hmac(keyring.k_cut.view()).Mac({AsBytes("pulih/map/1")});
  CHECK(Equal(keyring.MapKey(), expected.view().first(16)));
}

TEST_CASE("a key list that lacks a key its role must have is refused, and the key is named") {
  using enum KeyType;
  const std::vector<std::pair<Role, std::vector<KeyType>>> required = {
      {Role::owner, {content_secret, structure_secret, k_id, k_cut}},
      {Role::restore, {content_secret, structure_secret, k_id, k_cut}},
      {Role::backup, {k_id, k_cut}},
      {Role::maintain, {structure_secret}},
      {Role::audit, {}},
  };
  for (const auto& [role_name, types] : required) {
    const Keyring keyring = KeyringFor(role_name, true);
    std::vector<KeyType> all = types;
    all.insert(all.end(), {domain_id, repository_id, root_public, content_public, structure_public, role});
    for (const KeyType type : all) {
      CAPTURE(static_cast<int>(role_name), static_cast<int>(type));
      const auto decoded = DecodeKeyring(EncodedWithout(keyring, type));
      CHECK(decoded.status().code() == Code::corrupt);
      CHECK(decoded.status().message().find(type == content_public ? "content" : "missing") != std::string::npos);
    }
  }
  for (const Role role_name : {Role::backup, Role::maintain, Role::restore}) {
    const Keyring keyring = KeyringFor(role_name);
    CHECK(DecodeCode(EncodedWithout(keyring, writer_sign_seed)) == Code::corrupt);
    CHECK(DecodeCode(EncodedWithout(keyring, writer_box_secret)) == Code::corrupt);
    CHECK(DecodeCode(EncodedWithout(keyring, certificate)) == Code::ok);
  }
}

TEST_CASE("a slot may leave out the root or the writer") {
  Keyring keyring = TestDomain();
  keyring.root_seed = SecretBytes();
  keyring.writer.reset();
  auto decoded = DecodeKeyring(EncodeKeyring(keyring).view());
  REQUIRE(decoded.ok());
  CHECK_FALSE(decoded->can_administer());
  CHECK_FALSE(decoded->can_write());
  CHECK(decoded->can_read());
}

TEST_CASE("a key list that holds a key its role must not have is refused") {  // I7
  for (const Role role : {Role::restore, Role::backup, Role::maintain, Role::audit}) {
    const std::array<uint8_t, 1> role_byte{static_cast<uint8_t>(role)};
    const Bytes relabelled = EncodedWith(TestDomain(), [&](std::vector<TypedKey>& keys) {
      for (TypedKey& key : keys) {
        if (key.type == KeyType::role) key.bytes = role_byte;
      }
    });
    const auto decoded = DecodeKeyring(relabelled);
    CHECK(decoded.status().code() == Code::corrupt);
    CHECK(decoded.status().message().find("not for role") != std::string::npos);
  }
}

TEST_CASE("a key of a wrong length, and a secret that is not its public key's, are refused") {
  const Keyring owner = TestDomain();
  const SecretBytes encoded = EncodeKeyring(owner);
  const auto keys = DecodeKeyList(encoded.view());
  REQUIRE(keys.ok());
  const Bytes strange(32, 0x42);
  for (size_t i = 0; i < keys->size(); ++i) {
    const KeyType type = (*keys)[i].type;
    CAPTURE(static_cast<int>(type));
    if (type != KeyType::certificate) {
      CHECK(DecodeCode(EncodedWith(owner, [&](auto& list) { list[i].bytes = list[i].bytes.first(list[i].bytes.size() - 1); })) ==
            Code::corrupt);
    }
    CHECK(DecodeCode(EncodedWith(owner, [&](auto& list) { list[i].bytes = {}; })) == Code::corrupt);
    using enum KeyType;
    for (const KeyType paired : {root_public, root_seed, content_public, content_secret, structure_public, structure_secret}) {
      if (type == paired) CHECK(DecodeCode(EncodedWith(owner, [&](auto& list) { list[i].bytes = strange; })) == Code::corrupt);
    }
  }
  for (const uint8_t role : {0, 6, 255}) {
    const std::array<uint8_t, 1> byte{role};
    CHECK(DecodeCode(EncodedWith(owner, [&](auto& list) {
            for (TypedKey& key : list) {
              if (key.type == KeyType::role) key.bytes = byte;
            }
          })) == Code::corrupt);
  }
}

TEST_CASE("a content secret without a public key of its generation is refused") {
  const Keyring owner = TestDomain();
  CHECK(DecodeCode(EncodedWith(owner, [](auto& list) {
          for (TypedKey& key : list) {
            if (key.type == KeyType::content_secret && key.index == 1) key.index = 2;
          }
        })) == Code::corrupt);
  // A generation that only its public key is known of is no fault: that is what a later rotation looks like.
  Keyring old = TestDomain();
  old.content_secrets.erase(0);
  CHECK(DecodeKeyring(EncodeKeyring(old).view()).ok());
}

TEST_CASE("every truncation of a key list is refused") {
  const SecretBytes encoded = EncodeKeyring(TestDomain());
  for (size_t size = 0; size < encoded.size(); ++size) REQUIRE_FALSE(DecodeKeyring(encoded.view().first(size)).ok());
}

// --- slots -------------------------------------------------------------------------------------------------

TEST_CASE("a slot opens with its passphrase to the keyring that was sealed") {
  for (const SlotKind kind : {SlotKind::passphrase, SlotKind::recovery}) {
    const Bytes slot = TestSlot(kind);
    auto opened = OpenKeySlot(slot, AsBytes("open sesame"));
    REQUIRE(opened.ok());
    CHECK(Equal(EncodeKeyring(*opened).view(), EncodeKeyring(TestDomain()).view()));
    CHECK(DecodeKeySlot(slot)->kind == kind);
    CHECK(DecodeKeySlot(slot)->label == "office");
    CHECK(DecodeKeySlot(slot)->created_ns == kNow);
    for (const auto& [name, secret] : SecretsOf(TestDomain())) CHECK_FALSE(Contains(slot, secret));
  }
}

TEST_CASE("a recovery slot opens with what was read from paper") {
  auto random = NewSeededRandom(6);
  const RecoveryText text = MakeRecoveryText(*random);
  auto slot = SealKeySlot(TestDomain(), SlotKind::recovery, text.secret.view(), kTinyCost, "paper", kNow, *random);
  REQUIRE(slot.ok());
  const auto typed = ParseRecoveryText(text.printed);
  REQUIRE((typed.has_value() && typed->ok()));
  CHECK(OpenKeySlot(*slot, typed->value().view()).ok());
}

TEST_CASE("a slot has the bytes that another implementation computed") {
  auto keys = NewSeededRandom(1), random = NewSeededRandom(8);
  auto slot = SealKeySlot(MakeDomain(*keys), SlotKind::passphrase, AsBytes("open sesame"), kTinyCost, "office", kNow, *random);
  REQUIRE(slot.ok());
  CHECK(slot->size() == 568);
  CHECK(Sha256Of(*slot).hex() == "1e69b1603a3a5896f604aa9b234375c548f6525e22280cff8f24b43d980a41fe");
}

TEST_CASE("another passphrase is a wrong key") {
  const Bytes slot = TestSlot();
  for (const std::string_view other : {"", "open sesam", "Open sesame", "open sesame "}) {
    CHECK(OpenKeySlot(slot, AsBytes(other)).status().code() == Code::wrong_key);
  }
}

TEST_CASE("a slot's commitment is compared before its seal is opened") {
  Bytes slot = TestSlot();
  slot[kSealedAt] ^= 1;
  CHECK(OpenKeySlot(slot, AsBytes("open sesame")).status().code() == Code::corrupt);
  // With both broken the answer is the commitment's: the seal was not looked at.
  slot[kCommitmentAt] ^= 1;
  CHECK(OpenKeySlot(slot, AsBytes("open sesame")).status().code() == Code::wrong_key);
}

TEST_CASE("every part of a slot that is changed keeps it shut") {
  const Bytes slot = TestSlot();
  // Each byte of the head and some of the sealed part: an opening costs 8 MiB of Argon2id.
  for (size_t i = 0; i < slot.size(); i += i < kSealedAt ? 1 : 97) {
    if (i >= kPassesAt && i < kSaltAt) continue;  // the cost has a test of its own
    Bytes changed = slot;
    changed[i] ^= 1;
    CAPTURE(i);
    REQUIRE_FALSE(OpenKeySlot(changed, AsBytes("open sesame")).ok());
  }
  for (size_t size = 0; size < slot.size(); ++size) REQUIRE_FALSE(OpenKeySlot(ByteView(slot).first(size), AsBytes("open sesame")).ok());
}

TEST_CASE("a slot that asks for a cost out of bounds is refused without taking memory") {
  const long peak_before = PeakKib();
  const auto code_with = [](uint32_t passes, uint32_t memory_kib) {
    Bytes slot = TestSlot();
    StoreLe(slot.data() + kPassesAt, passes);
    StoreLe(slot.data() + kMemoryAt, memory_kib);
    return OpenKeySlot(slot, AsBytes("open sesame")).status().code();
  };
  REQUIRE(code_with(kTinyCost.passes, kTinyCost.memory_kib) == Code::ok);
  for (const uint32_t passes : {0u, kMaxKdfPasses + 1, 1000u, UINT32_MAX}) {
    CHECK(code_with(passes, kMinKdfMemoryKib) == Code::invalid);
    CHECK(code_with(passes, UINT32_MAX) == Code::invalid);
  }
  for (const uint32_t memory : {0u, 1u, kMinKdfMemoryKib - 1, kMaxKdfMemoryKib + 1, 1u << 31, UINT32_MAX}) {
    CHECK(code_with(1, memory) == Code::invalid);
  }
  CHECK(PeakKib() - peak_before < 64 << 10);
  // In bounds but not what it was sealed with.
  CHECK(code_with(kTinyCost.passes + 1, kTinyCost.memory_kib) == Code::wrong_key);
  CHECK(code_with(kTinyCost.passes, kTinyCost.memory_kib + 8) == Code::wrong_key);
}

TEST_CASE("a slot that could not be read back is not sealed") {
  auto random = NewSeededRandom(1);
  const auto seal = [&](const Keyring& keyring, const KdfCost& cost, const std::string& label) {
    return SealKeySlot(keyring, SlotKind::passphrase, AsBytes("x"), cost, label, kNow, *random).status().code();
  };
  CHECK(seal(TestDomain(), kTinyCost, std::string(64, 'l')) == Code::ok);
  CHECK(seal(TestDomain(), kTinyCost, std::string(65, 'l')) == Code::invalid);
  CHECK(seal(TestDomain(), {0, kMinKdfMemoryKib}, "") == Code::invalid);
  CHECK(seal(TestDomain(), {1, kMaxKdfMemoryKib + 1}, "") == Code::invalid);
  Keyring many = TestDomain();
  for (uint16_t generation = 2; generation < 200; ++generation) {
    BoxPair pair = MakeBoxPair(*random);
    many.content_public[generation] = pair.public_key;
    many.content_secrets[generation] = std::move(pair.secret);
  }
  CHECK(seal(many, kTinyCost, "") == Code::too_large);
}

// --- role files --------------------------------------------------------------------------------------------

TEST_CASE("a role file reads as what it is and comes back as it was written") {
  for (const Role role : kRoles) {
    const SecretBytes file = EncodeRoleFile(KeyringFor(role, true));
    auto decoded = DecodeRoleFile(file.view());
    REQUIRE(decoded.ok());
    CHECK(decoded->role == role);
    CHECK(Equal(EncodeRoleFile(*decoded).view(), file.view()));
  }
  const SecretBytes file = EncodeRoleFile(KeyringFor(Role::backup));
  CHECK(AsText(file.view()).starts_with("-----BEGIN PULIH BACKUP KEY-----\n"));
  CHECK(AsText(file.view()).ends_with("\n-----END PULIH BACKUP KEY-----\n"));
}

TEST_CASE("a backup file has the text that another implementation wrote") {
  auto random = NewSeededRandom(1);
  Keyring domain = MakeDomain(*random);
  std::optional<WriterKeys> writer = std::move(domain.writer);
  CHECK(AsText(EncodeRoleFile(domain.For(Role::backup, std::move(writer), false)).view()) ==
        "-----BEGIN PULIH BACKUP KEY-----\n"
        "AQAAAAoAAQAAABAAxdMKfOHsEZN4yE9IfXdahQIAAAAQAOYfEALQaKAyi3HaQ+Z0\n"
        "7NcDAAAAIAAWav8YGZspGvqINDKURl8dGsCXhtE29vLWwKwr8h3MawUAAAAgAMFQ\n"
        "szonJdi23CntZzUAuaNmcpdD7oxfWOkTHQ2OrMREBwAAACAAy98TT1pmWW81ipLr\n"
        "+SDs06eWj6VYanRTjT0YI1AXCTAJAAAAIABylCX6xPDDosaYuL4qvteNUhB6WksR\n"
        "BX++ePkz8NHmQQoAAAAgACSa9xDsMY6RFJHRLAoFgN5aaIHNJ8gys+k9ev2FX41i\n"
        "CwAAACAAnsH9eT/7e2s8s08B9waZCQe/HdnorEzL1WU2CrDuCnsMAAAAIAD8iW2/\n"
        "/Vl2U9FnvqJcpkBLlKeIzINCeuRSY4JBbNz/ZA0AAAABAAMNEzoJFgnPAQ==\n"
        "-----END PULIH BACKUP KEY-----\n");
}

TEST_CASE("every changed bit, every truncation and every addition to a role file is refused") {
  const SecretBytes file = EncodeRoleFile(KeyringFor(Role::audit, true));
  Bytes changed = ToBytes(file.view());
  REQUIRE(DecodeRoleFile(changed).ok());
  for (size_t bit = 0; bit < changed.size() * 8; ++bit) {
    changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    CAPTURE(bit);
    REQUIRE(DecodeRoleFile(changed).status().code() == Code::corrupt);
    changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  for (size_t size = 0; size < changed.size(); ++size) REQUIRE(DecodeRoleFile(ByteView(changed).first(size)).status().code() == Code::corrupt);
  for (size_t at = 0; at <= changed.size(); ++at) {
    for (const uint8_t added : {'\n', ' ', 'A', '='}) {
      Bytes longer = changed;
      longer.insert(longer.begin() + static_cast<ptrdiff_t>(at), added);
      REQUIRE(DecodeRoleFile(longer).status().code() == Code::corrupt);
    }
  }
}

TEST_CASE("what is no role file at all is refused") {
  for (const std::string_view text : {"", "\n", "-----BEGIN PULIH BACKUP KEY-----\n", "-----BEGIN PULIH BACKUP KEY-----\n-----END PULIH BACKUP KEY-----\n",
                                      "-----BEGIN OPENSSH PRIVATE KEY-----\n"}) {
    CHECK(DecodeRoleFile(AsBytes(text)).status().code() == Code::corrupt);
  }
  CHECK(DecodeRoleFile(Bytes(1u << 20, 'A')).status().code() == Code::corrupt);
}

TEST_CASE("a role file whose first line names another role is refused") {
  const SecretBytes file = EncodeRoleFile(KeyringFor(Role::backup));
  std::string text = ToText(file.view());
  for (size_t at; (at = text.find("BACKUP")) != std::string::npos;) text.replace(at, 6, "AUDIT");
  CHECK(DecodeRoleFile(AsBytes(text)).status().code() == Code::corrupt);
}

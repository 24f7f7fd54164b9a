// What opening a repository refuses, and how it says so: broken chains of configs, other roots, features and versions
// that this program does not know, absurd key slots, and a repository that shows less than was seen before.
#include "engine/base/endian.h"
#include "engine/crypto/sha256.h"
#include "engine/repo/event_log.h"
#include "formats/repo/config.h"
#include "formats/repo/signed_blob.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

Status OpeningOf(SmallRepository& small, Store& store, Intent intent = Intent::read, const LocalState& state = {}) {
  return Repository::Open(store, small.owner(), intent, state, small.environment()).status();
}
Status OpeningOf(SmallRepository& small, Intent intent = Intent::read, const LocalState& state = {}) {
  return OpeningOf(small, small.store(), intent, state);
}

Config NextConfig(SmallRepository& small) {
  const Keyring owner = small.owner();
  const auto chain = ReadConfigChain(small.store(), owner.root_public);
  REQUIRE(chain.ok());
  Config config = chain->newest;
  ++config.number;
  config.previous = chain->newest_digest;
  return config;
}

void Extend(SmallRepository& small, int times) {
  const Keyring owner = small.owner();
  for (int i = 0; i < times; ++i) REQUIRE(PutConfig(small.store(), NextConfig(small), owner.root_seed).ok());
}

bool Says(const Status& status, std::string_view words) { return status.ToString().find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a chain of configs with a hole is refused, not cut short to an older one") {
  SmallRepository small;
  Extend(small, 3);
  REQUIRE(OpeningOf(small).ok());
  for (const std::string name : {"config/1", "config/2"}) {
    const Bytes bytes = *GetWhole(small.store(), name, UINT32_MAX);
    REQUIRE(small.store().Remove(name).ok());
    const Status status = OpeningOf(small);
    INFO(status.ToString());
    CHECK(status.code() == Code::corrupt);
    CHECK(Says(status, name));
    small.store().Plant(name, bytes);
  }
  // Without its newest the chain is sound, and only those who have seen more can tell (pins).
  REQUIRE(small.store().Remove("config/3").ok());
  CHECK(OpeningOf(small).ok());
}

TEST_CASE("a config that another root signed, or that does not follow the one before it, is refused") {
  SmallRepository small;
  const Keyring owner = small.owner();
  const auto random = NewSeededRandom(5);
  SECTION("another root") {
    const SigningPair other = MakeSigningPair(*random);
    Config config = NextConfig(small);
    SECTION("that says so") { config.root_key = other.public_key; }
    SECTION("that claims to be ours") {}
    REQUIRE(PutConfig(small.store(), config, other.seed).ok());
  }
  SECTION("another past") {
    Config config = NextConfig(small);
    config.previous.bytes[3] ^= 1;
    REQUIRE(PutConfig(small.store(), config, owner.root_seed).ok());
  }
  SECTION("another root within") {
    Config config = NextConfig(small);
    config.root_key[3] ^= 1;
    REQUIRE(PutConfig(small.store(), config, owner.root_seed).ok());
  }
  const Status status = OpeningOf(small);
  INFO(status.ToString());
  CHECK(status.code() == Code::corrupt);
  CHECK(Says(status, "config/1"));
}

TEST_CASE("an unknown feature refuses the operations that need it, by name") {
  SmallRepository small;
  Config config = NextConfig(small);
  const char* feature = "teleportasi-2";
  SECTION("to read") {
    config.features.read = {"teleportasi-2"};
    REQUIRE(PutConfig(small.store(), config, small.owner().root_seed).ok());
    for (const Intent intent : {Intent::read, Intent::write, Intent::check}) {
      CHECK(OpeningOf(small, intent).code() == Code::unsupported);
      CHECK(Says(OpeningOf(small, intent), feature));
    }
  }
  SECTION("to write") {
    config.features.write = {"teleportasi-2"};
    REQUIRE(PutConfig(small.store(), config, small.owner().root_seed).ok());
    CHECK(OpeningOf(small, Intent::read).ok());
    CHECK(OpeningOf(small, Intent::check).ok());
    CHECK(OpeningOf(small, Intent::write).code() == Code::unsupported);
    CHECK(Says(OpeningOf(small, Intent::write), feature));
  }
  SECTION("to check") {
    config.features.check = {"teleportasi-2"};
    REQUIRE(PutConfig(small.store(), config, small.owner().root_seed).ok());
    CHECK(OpeningOf(small, Intent::read).ok());
    CHECK(OpeningOf(small, Intent::check).code() == Code::unsupported);
    CHECK(Says(OpeningOf(small, Intent::check), feature));
  }
}

TEST_CASE("a newer version of a format is refused with the version named") {
  SmallRepository small;
  const Keyring owner = small.owner();
  SECTION("a config") {
    Bytes blob = EncodeSignedBlobHead(kConfigMagic, 9, EncodeConfigBody(NextConfig(small)));
    Append(blob, Sign(owner.root_seed, blob));
    small.store().Plant("config/1", blob);
    const Status status = OpeningOf(small);
    INFO(status.ToString());
    CHECK(status.code() == Code::unsupported);
    CHECK(Says(status, "9"));
  }
  SECTION("every key slot") {
    for (auto& [name, bytes] : BlobsOf(small.store(), "keys/")) {
      Bytes newer = bytes;
      StoreLe<uint32_t>(newer.data() + 8, 9);
      small.store().Plant(name, newer);
    }
    const Status status = OpenByPassphrase(small.store(), kTestPassphrase).status();
    INFO(status.ToString());
    CHECK(status.code() == Code::unsupported);
    CHECK(Says(status, "9"));
  }
  SECTION("a manifest: it is left out, by its version, and the others are there") {
    small.TakeTwoSnapshots();
    const auto reading = small.Read(small.owner());
    Bytes blob = *GetWhole(small.store(), "snapshots/" + reading.list.snapshots[1].id.hex(), UINT32_MAX);
    StoreLe<uint32_t>(blob.data() + 8, 9);
    blob.resize(blob.size() - kSignatureSize);
    Append(blob, Sign(owner.writer->sign.seed, blob));
    small.store().Plant("snapshots/" + Sha256Of(blob).hex(), blob);
    const auto now = small.Read(small.owner());
    CHECK(now.list.snapshots.size() == 2);
    REQUIRE(now.list.refused.size() == 1);
    CHECK(now.list.refused[0].why.code() == Code::unsupported);
    CHECK(Says(now.list.refused[0].why, "9"));
  }
}

TEST_CASE("a key slot that asks for absurd work is refused before any is done") {
  SmallRepository small;
  const auto set = [&](size_t offset, uint32_t value) {
    for (auto& [name, bytes] : BlobsOf(small.store(), "keys/")) {
      Bytes absurd = bytes;
      StoreLe<uint32_t>(absurd.data() + offset, value);
      small.store().Plant(name, absurd);
    }
  };
  constexpr size_t kPassesAt = 16, kMemoryAt = 20;
  // If one of these were tried, this would take hours, or all memory.
  SECTION("memory") { set(kMemoryAt, GENERATE(kMaxKdfMemoryKib + 1, UINT32_MAX, 1u << 31, kMinKdfMemoryKib - 1, 0u)); }
  SECTION("passes") { set(kPassesAt, GENERATE(kMaxKdfPasses + 1, UINT32_MAX, 0u)); }
  const Status status = OpenByPassphrase(small.store(), kTestPassphrase).status();
  INFO(status.ToString());
  CHECK(status.code() == Code::invalid);
}

TEST_CASE("the wrong passphrase, the wrong repository and none at all are told apart") {
  SmallRepository small;
  CHECK(OpenByPassphrase(small.store(), "kopi pahit").status().code() == Code::wrong_key);
  CHECK(OpenByPassphrase(small.store(), small.recovery_text()).ok());
  MemoryStore empty;
  CHECK(OpenByPassphrase(empty, kTestPassphrase).status().code() == Code::no_repository);
  CHECK(OpeningOf(small, empty).code() == Code::no_repository);
  SmallRepository other(2);
  const Status status = OpeningOf(small, other.store());
  CHECK(status.code() == Code::corrupt);
  CHECK(Says(status, "signed by another root key"));
}

TEST_CASE("a repository that was put back from an older copy is refused until that is accepted") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  MemoryStore older;
  CopyBlobs(small.store(), older);
  small.ChangeTree();
  small.BackUp(small.owner(), *catalog);

  const LocalState state{small.Scratch("keadaan"), false}, accepting{state.state_directory, true};
  REQUIRE(OpeningOf(small, Intent::read, state).ok());
  const Status refused = OpeningOf(small, older, Intent::read, state);
  INFO(refused.ToString());
  CHECK(refused.code() == Code::rollback);
  CHECK(Says(refused, "1 entries, 2 were seen"));
  CHECK(OpeningOf(small, older, Intent::read, {}).ok());  // one who has seen nothing cannot know

  REQUIRE(OpeningOf(small, older, Intent::read, accepting).ok());
  CHECK(OpeningOf(small, older, Intent::read, state).ok());  // accepted once for all
  CHECK(OpeningOf(small, Intent::read, state).ok());
  CHECK(OpeningOf(small, older, Intent::read, state).code() == Code::rollback);
}

TEST_CASE("an older chain of configs and a log with another past are refused by pins") {
  SmallRepository small;
  const LocalState state{small.Scratch("keadaan"), false};
  small.MakeTree();
  MemoryStore before;
  CopyBlobs(small.store(), before);
  const auto catalog = NewTestCatalog();
  SECTION("configs") {
    Extend(small, 1);
    REQUIRE(OpeningOf(small, Intent::read, state).ok());
    REQUIRE(small.store().Remove("config/1").ok());
    CHECK(OpeningOf(small, Intent::read, state).code() == Code::rollback);
    CHECK(Says(OpeningOf(small, Intent::read, state), "config/1"));
  }
  SECTION("another config of the same number") {
    Extend(small, 1);
    REQUIRE(OpeningOf(small, Intent::read, state).ok());
    REQUIRE(small.store().Remove("config/1").ok());
    Config config = NextConfig(small);
    config.pack_target += 1;
    REQUIRE(PutConfig(small.store(), config, small.owner().root_seed).ok());
    CHECK(OpeningOf(small, Intent::read, state).code() == Code::rollback);
  }
  SECTION("a fork") {
    small.BackUp(small.owner(), *catalog);
    REQUIRE(OpeningOf(small, Intent::read, state).ok());
    small.ChangeTree();
    const auto other = NewTestCatalog();
    small.BackUp(small.owner(), *other, {}, &before);  // the same place in the log, another event
    const Status status = OpeningOf(small, before, Intent::read, state);
    INFO(status.ToString());
    CHECK(status.code() == Code::rollback);
    CHECK(Says(status, "its past is not the one"));
  }
}

}  // namespace pulih

// What runs that died leave, case by case: what was found wrong once, and what stop_test.cc cannot reach.
#include <catch2/catch.hpp>

#include "engine/repo/event_log.h"
#include "engine/repo/key_store.h"
#include "engine/repo/snapshots.h"
#include "engine/store/local_store.h"
#include "tests/crash/life.h"

namespace pulih {
namespace {

// Another repository's certificates and slots, as an init that died leaves them.
void PlantLeftovers(Scene& scene, const char* passphrase, uint64_t seed) {
  SimFs other;
  const auto from = NewLocalStore(other, "/other");
  const auto random = NewSeededRandom(seed);
  StillClock clock(1'600'000'000'000'000'000);
  REQUIRE(CreateRepository(*from, {passphrase, kCheapCost, "gagal"}, {other, *random, clock}).ok());
  for (const char* prefix : {"certs/", "keys/"}) {
    REQUIRE(from->List(prefix, [&](const BlobInfo& blob) {
      scene.fs->Plant(kRepository + ("/" + blob.name), *GetWhole(*from, blob.name, 1 << 20));
      return OkStatus();
    }).ok());
  }
}

std::vector<std::string> BlobsBelow(Store& store, const std::string& prefix) {
  std::vector<std::string> names;
  REQUIRE(store.List(prefix, [&](const BlobInfo& blob) {
    names.push_back(blob.name);
    return OkStatus();
  }).ok());
  return names;
}

VerifyReport VerifyReportOf(Scene& scene) {
  const auto store = NewLocalStore(*scene.fs, kRepository);
  const auto random = NewSeededRandom(1);
  StillClock clock(1'800'000'000'000'000'000);
  const Environment environment{*scene.fs, *random, clock};
  auto repository = Repository::Open(*store, OpenOwner(*scene.fs).value(), Intent::check, {}, environment);
  REQUIRE(repository.ok());
  const auto catalog = Catalog::Open(NewMemoryKv());
  const auto session = ReadSession::Start(**repository, **catalog);
  REQUIRE(session.ok());
  SilentProgress progress;
  auto report = Verify(**session, {}, progress);
  REQUIRE(report.ok());
  return std::move(report).value();
}

bool Mentions(const std::vector<std::string>& notes, std::string_view words) {
  return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) { return note.find(words) != std::string::npos; });
}

TEST_CASE("an init that is killed again and again does not stand in its own way") {
  const SourceTree tree;
  Scene whole;
  REQUIRE(Run(Phase::init, whole, tree).status.ok());
  const uint64_t operations = whole.fs->operations();
  for (uint64_t round = 0; round < 12; ++round) {
    Scene scene;
    for (uint64_t kill = 0; kill < 4; ++kill) {
      scene.fs->StopAt(Cast({round, kill}) % operations);
      (void)Run(Phase::init, scene, tree, kill);
      scene = scene.With(kill % 2 == 0 ? scene.fs->AfterProcessDeath() : scene.fs->AfterPowerCut(2 + round), CatalogFate::lost);
    }
    INFO("round " << round);
    CheckAfterInit(scene, tree, 9);
  }
}

TEST_CASE("leftovers of an init that died are in nobody's way, also where they could not be removed") {
  const SourceTree tree;
  Scene scene;
  REQUIRE(Run(Phase::init, scene, tree).status.ok());
  // Several, so that some stand before ours in the list and some behind.
  const bool same_passphrase = GENERATE(false, true);
  for (const uint64_t seed : {1, 2, 3}) PlantLeftovers(scene, same_passphrase ? kPassphrase : "lain", seed);

  CHECK(OpenOwner(*scene.fs).ok());
  CHECK(OpenOwner(*scene.fs, "keliru").status().code() == Code::wrong_key);
  if (!same_passphrase) CHECK(OpenOwner(*scene.fs, "lain").status().code() == Code::wrong_key);
  const VerifyReport report = VerifyReportOf(scene);
  CHECK(report.ok());
  CHECK(Mentions(report.notes, "not signed by this repository's root key"));
  CheckGoesOn(scene, OpenOwner(*scene.fs).value(), Phase::first, tree, 1);
}

TEST_CASE("the next init takes away what one that died left") {
  const SourceTree tree;
  Scene scene;
  PlantLeftovers(scene, kPassphrase, 1);
  const auto store = NewLocalStore(*scene.fs, kRepository);
  CHECK_FALSE(*HasRepository(*store));
  REQUIRE(Run(Phase::init, scene, tree).status.ok());
  CHECK(BlobsBelow(*store, "certs/").size() == 1);
  CHECK(BlobsBelow(*store, "keys/").size() == 2);
}

TEST_CASE("a place that holds packs and no config is refused and not touched") {
  const SourceTree tree;
  Scene scene;
  scene.fs->Plant(std::string(kRepository) + "/packs/aa/aa1", AsBytes("x"));
  scene.fs->Plant(std::string(kRepository) + "/keys/k", AsBytes("x"));
  const Outcome outcome = Run(Phase::init, scene, tree);
  CHECK(outcome.status.code() == Code::already_exists);
  CHECK(outcome.status.message().find("packs") != std::string::npos);
  const auto store = NewLocalStore(*scene.fs, kRepository);
  CHECK(BlobsBelow(*store, "").size() == 2);
}

TEST_CASE("a damaged config is not told as a wrong passphrase, whatever other slots there are") {
  const SourceTree tree;
  Scene scene;
  REQUIRE(Run(Phase::init, scene, tree).status.ok());
  const auto store = NewLocalStore(*scene.fs, kRepository);
  const auto random = NewSeededRandom(5);
  StillClock clock(1);
  for (const char* passphrase : {"a", "b", "c"}) {  // ids are hashes: some stand before the owner's
    REQUIRE(PutKeySlot(*store, OpenOwner(*scene.fs).value(), SlotKind::passphrase, AsBytes(std::string_view(passphrase)), kCheapCost, "",
                       {*scene.fs, *random, clock}).ok());
  }
  Bytes config = *GetWhole(*store, "config/0", 1 << 16);
  config.back() ^= 1;
  scene.fs->Plant(std::string(kRepository) + "/config/0", config);
  CHECK(OpenOwner(*scene.fs).status().code() == Code::corrupt);
  CHECK(OpenOwner(*scene.fs, "keliru").status().code() == Code::wrong_key);
}

TEST_CASE("a snapshot without a log entry is adopted also when a key event came before the next run") {
  const SourceTree tree;
  Scene scene;
  REQUIRE(Run(Phase::init, scene, tree).status.ok());
  Scene whole = scene.Copy();
  REQUIRE(Run(Phase::first, whole, tree).status.ok());
  // The first stop from behind after which the snapshot is there and its log entry is not.
  Scene left;
  for (uint64_t n = whole.fs->operations(); n-- > 0;) {
    Scene stopped = scene.Copy();
    stopped.fs->StopAt(n);
    (void)Run(Phase::first, stopped, tree);
    left = stopped.With(stopped.fs->AfterProcessDeath(), CatalogFate::as_left);
    const auto store = NewLocalStore(*left.fs, kRepository);
    if (BlobsBelow(*store, "snapshots/").size() == 1 && BlobsBelow(*store, "log/").empty()) break;
  }
  constexpr const char* kNotLogged = "not in its writer's log yet";
  REQUIRE(Mentions(VerifyReportOf(left).notes, kNotLogged));
  {
    const auto store = NewLocalStore(*left.fs, kRepository);
    const auto random = NewSeededRandom(5);
    StillClock clock(1'750'000'000'000'000'000);
    const auto repository = Repository::Open(*store, OpenOwner(*left.fs).value(), Intent::write, {}, {*left.fs, *random, clock});
    REQUIRE(repository.ok());
    REQUIRE(LogKeyEvent(**repository, "takes the place that the snapshot had hoped for").ok());
  }
  CheckGoesOn(left, OpenOwner(*left.fs).value(), Phase::first, tree, 1);
  CHECK_FALSE(Mentions(VerifyReportOf(left).notes, kNotLogged));
  const auto store = NewLocalStore(*left.fs, kRepository);
  CHECK(BlobsBelow(*store, "snapshots/").size() == 2);
  CHECK(BlobsBelow(*store, "log/").size() == 3);
}

}  // namespace
}  // namespace pulih

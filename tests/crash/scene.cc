#include "tests/crash/scene.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "engine/browse/browse.h"
#include "engine/os/atomic_file.h"
#include "engine/repo/key_store.h"
#include "engine/repo/snapshots.h"
#include "engine/restore/restore.h"
#include "engine/store/local_store.h"

namespace pulih {
namespace {

constexpr int64_t kDay = 86'400'000'000'000;
constexpr int64_t kFirstDay = 1'700'000'000'000'000'000;
constexpr uint64_t kMaxKeyFile = 64u << 10;

std::unique_ptr<OrderedKv> CopyOf(OrderedKv& from) {
  auto to = NewMemoryKv();
  std::vector<std::pair<Bytes, Bytes>> all;
  PULIH_CHECK(from.Scan({}, {}, [&](ByteView key, ByteView value) {
                    all.emplace_back(ToBytes(key), ToBytes(value));
                    return true;
                  }).ok());
  PULIH_CHECK(to->Write([&](KvBatch& batch) {
                  for (const auto& [key, value] : all) batch.Put(key, value);
                }).ok());
  return to;
}

// The catalog owns its kv; the scene keeps its own and lends it.
class LentKv final : public OrderedKv {
 public:
  explicit LentKv(OrderedKv& kv) : kv_(kv) {}
  Result<bool> Get(ByteView key, Bytes* value) override { return kv_.Get(key, value); }
  Status Scan(ByteView prefix, ByteView from, const std::function<bool(ByteView, ByteView)>& each) override {
    return kv_.Scan(prefix, from, each);
  }
  Result<bool> SeekAtOrBefore(ByteView prefix, ByteView at, Bytes* key, Bytes* value) override {
    return kv_.SeekAtOrBefore(prefix, at, key, value);
  }
  Status Write(const std::function<void(KvBatch&)>& fill) override { return kv_.Write(fill); }

 private:
  OrderedKv& kv_;
};

// One process: what it opens goes with it.
struct Process {
  Process(Scene& scene, uint64_t seed, int64_t now_ns)
      : store(NewLocalStore(*scene.fs, kRepository)), random(NewSeededRandom(seed)), clock(now_ns),
        environment{*scene.fs, *random, clock} {}

  std::unique_ptr<Store> store;
  std::unique_ptr<RandomSource> random;
  StillClock clock;
  Environment environment;
};

uint64_t SeedOf(Phase phase, uint64_t seed) { return 1000 * (static_cast<uint64_t>(phase) + 1) + seed * 100'000; }
int64_t TimeOf(Phase phase, uint64_t seed) {
  return kFirstDay + kDay * static_cast<int64_t>(phase) + (seed == 0 ? 0 : kDay / 2);
}

Status Init(Scene& scene, uint64_t seed) {
  Process process(scene, SeedOf(Phase::init, seed), TimeOf(Phase::init, seed));
  auto created = CreateRepository(*process.store, {kPassphrase, kCheapCost, "pemilik"}, process.environment);
  if (!created.ok()) return std::move(created).error();
  scene.told.repository = true;
  return OkStatus();
}

BackupOptions OptionsFor(const SourceTree& tree) {
  BackupOptions options;
  options.tree.roots = {tree.path()};
  options.working_directory = "/";
  options.host = "spse";
  options.name = std::to_string(tree.version());
  options.writer.sealers = 1;
  return options;
}

Outcome BackUp(Scene& scene, Keyring keyring, const char* state, OrderedKv& kv, const SourceTree& tree, Process& process) {
  auto repository = Repository::Open(*process.store, std::move(keyring), Intent::write, {state, false}, process.environment);
  if (!repository.ok()) return {std::move(repository).error(), {}};
  auto catalog = Catalog::Open(std::make_unique<LentKv>(kv));
  if (!catalog.ok()) return {std::move(catalog).error(), {}};
  SilentProgress progress;
  auto report = Backup(**repository, **catalog, OptionsFor(tree), progress);
  if (!report.ok()) return {std::move(report).error(), {}};
  REQUIRE(report->problems.count == 0);
  scene.told.snapshots.push_back({*report->snapshot, tree.version()});
  return {OkStatus(), report->warnings};
}

Outcome OwnerBackUp(Scene& scene, const Keyring* owner, const SourceTree& tree, Phase phase, uint64_t seed) {
  Process process(scene, SeedOf(phase, seed), TimeOf(phase, seed));
  if (owner != nullptr) return BackUp(scene, owner->Clone(), kOwnerState, *scene.owner_catalog, tree, process);
  auto opened = OpenByPassphrase(*process.store, kPassphrase);
  if (!opened.ok()) return {std::move(opened).error(), {}};
  return BackUp(scene, std::move(opened->keyring), kOwnerState, *scene.owner_catalog, tree, process);
}

Outcome HostBackUp(Scene& scene, const SourceTree& tree, uint64_t seed) {
  auto text = ReadWholeFile(*scene.fs, kHostKey, kMaxKeyFile);
  if (!text.ok()) return {std::move(text).error(), {}};
  auto keyring = DecodeRoleFile(*text);
  REQUIRE(keyring.ok());
  Process process(scene, SeedOf(Phase::third, seed), TimeOf(Phase::third, seed));
  return BackUp(scene, std::move(keyring).value(), kHostState, *scene.host_catalog, tree, process);
}

// As the tools do it: a log entry that cannot be written is a warning.
void Note(Repository& repository, const char* what, Outcome& outcome) {
  const Status logged = LogKeyEvent(repository, what);
  if (!logged.ok()) outcome.warnings.push_back(logged.message());
}

Status ExportHostKey(Repository& repository, FileSystem& fs, uint64_t seed) {
  PULIH_TRY_ASSIGN(const SecretBytes key, ExportRole(repository, Role::backup, "spse", false));
  PULIH_TRY(MakeDirectories(fs, "/host"));
  return WriteFileOnce(fs, kHostKey + (seed == 0 ? "" : std::to_string(seed)), key.view());
}

Status ChangeKeys(Scene& scene, uint64_t seed, Outcome& outcome) {
  Process process(scene, SeedOf(Phase::keys, seed), TimeOf(Phase::keys, seed));
  PULIH_TRY_ASSIGN(OpenedSlot opened, OpenByPassphrase(*process.store, kPassphrase));
  PULIH_TRY_ASSIGN(const auto repository, Repository::Open(*process.store, std::move(opened.keyring), Intent::write,
                                                           {kOwnerState, false}, process.environment));
  if (scene.told.deputy == Told::Deputy::no) scene.told.deputy = Told::Deputy::maybe;
  PULIH_TRY(PutKeySlot(*process.store, repository->keyring(), SlotKind::passphrase, AsBytes(std::string_view(kDeputyPassphrase)), kCheapCost,
                       "wakil", process.environment));
  scene.told.deputy = Told::Deputy::yes;
  Note(*repository, "added", outcome);
  PULIH_TRY(ExportHostKey(*repository, *scene.fs, seed));
  Note(*repository, "exported", outcome);
  scene.told.deputy = Told::Deputy::maybe;
  auto rotated = RotateContentKey(*repository, {kPassphrase, kCheapCost});
  if (!rotated.ok()) return std::move(rotated).error();
  if (!rotated->unfinished.ok()) return rotated->unfinished;
  REQUIRE(rotated->sessions_lost == 0);
  scene.told.deputy = Told::Deputy::no;
  Note(*repository, "rotated", outcome);
  return OkStatus();
}

// --- looking at what is there --------------------------------------------------------------------------------

void RequireRestores(ReadSession& session, const Snapshot& snapshot, const SourceTree& tree, int version) {
  TemporaryDirectory target(ScratchBase());
  RestoreOptions options;
  options.target = target / "kembali";
  options.paths = {StoredPath(tree.path(), "/")};
  options.contents_of_path = true;
  options.threads = 1;
  SilentProgress progress;
  const auto report = Restore(session, snapshot, options, progress);
  INFO("restoring version " << version << ": " << report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->ok());
  CHECK(report->notes.empty());
  CHECK(Differences(tree.picture(version), PictureOf(options.target)) == "");
}

std::string ToText(const std::vector<Damage>& damage) {
  std::string text;
  for (const Damage& one : damage) text += one.what + " " + one.object + ": " + one.why + "\n";
  return text;
}

}  // namespace

const char* NameOf(Phase phase) {
  switch (phase) {
    case Phase::init: return "init";
    case Phase::first: return "first backup";
    case Phase::second: return "second backup";
    case Phase::keys: return "keys";
    case Phase::third: return "third backup";
  }
  return "";
}

bool IsNightly() { return std::getenv("PULIH_NIGHTLY") != nullptr; }

Scene::Scene(Temporaries temporaries) : fs(std::make_unique<SimFs>(temporaries)), owner_catalog(NewMemoryKv()), host_catalog(NewMemoryKv()) {}

Scene Scene::With(std::unique_ptr<SimFs> left, CatalogFate fate) const {
  Scene after;
  after.fs = std::move(left);
  if (fate == CatalogFate::as_left) {
    after.owner_catalog = CopyOf(*owner_catalog);
    after.host_catalog = CopyOf(*host_catalog);
  }
  after.told = told;
  after.owner = owner;
  return after;
}

Scene Scene::Copy() const { return With(fs->AfterProcessDeath(), CatalogFate::as_left); }

Outcome Run(Phase phase, Scene& scene, const SourceTree& tree, uint64_t seed) {
  Outcome outcome;
  switch (phase) {
    case Phase::init: outcome.status = Init(scene, seed); break;
    case Phase::first:
    case Phase::second: outcome = OwnerBackUp(scene, scene.owner, tree, phase, seed); break;
    case Phase::keys: outcome.status = ChangeKeys(scene, seed, outcome); break;
    case Phase::third: outcome = HostBackUp(scene, tree, seed); break;
  }
  return outcome;
}

Result<Keyring> OpenOwner(FileSystem& fs, const char* passphrase) {
  const auto store = NewLocalStore(fs, kRepository);
  PULIH_TRY_ASSIGN(OpenedSlot opened, OpenByPassphrase(*store, passphrase));
  return std::move(opened.keyring);
}

void CheckWhole(Scene& scene, const Keyring& owner, const SourceTree& tree, bool restore_all) {
  Process process(scene, 7, kFirstDay + 30 * kDay);
  const auto repository =
      Repository::Open(*process.store, owner.Clone(), Intent::check, {kOwnerState, false}, process.environment);
  INFO("opening: " << repository.status().ToString());
  REQUIRE(repository.ok());
  // A catalog of its own: what the packs themselves say.
  const auto catalog = Catalog::Open(NewMemoryKv());
  REQUIRE(catalog.ok());
  const auto session = ReadSession::Start(**repository, **catalog);
  INFO("reading packs: " << session.status().ToString());
  REQUIRE(session.ok());

  VerifyOptions options;
  options.read_data = true;
  options.threads = 1;
  SilentProgress progress;
  const auto report = Verify(**session, options, progress);
  INFO("verifying: " << report.status().ToString());
  REQUIRE(report.ok());
  CHECK(ToText(report->damage) == "");

  const auto list = ListSnapshots(**repository);
  REQUIRE(list.ok());
  CHECK(list->refused.empty());
  for (const Committed& committed : scene.told.snapshots) {
    const bool is_there = std::any_of(list->snapshots.begin(), list->snapshots.end(),
                                      [&](const Snapshot& snapshot) { return snapshot.id == committed.id; });
    INFO("the committed snapshot of version " << committed.version);
    CHECK(is_there);
  }
  for (const Snapshot& snapshot : list->snapshots) {
    REQUIRE(snapshot.content);
    const int version = std::stoi(snapshot.content->name);
    const auto told = std::find_if(scene.told.snapshots.begin(), scene.told.snapshots.end(),
                                   [&](const Committed& committed) { return committed.id == snapshot.id; });
    if (told == scene.told.snapshots.end()) {
      CHECK(version == tree.version());  // of the run that was stopped
    } else {
      CHECK(version == told->version);
    }
    if (restore_all || version == tree.version()) RequireRestores(**session, snapshot, tree, version);
  }
}

size_t SegmentsOfLargeFile(Scene& scene, const SourceTree& tree) {
  Process process(scene, 7, kFirstDay);
  const auto repository = Repository::Open(*process.store, scene.owner->Clone(), Intent::read, {}, process.environment);
  REQUIRE(repository.ok());
  const auto catalog = Catalog::Open(NewMemoryKv());
  REQUIRE(catalog.ok());
  const auto session = ReadSession::Start(**repository, **catalog);
  const auto list = ListSnapshots(**repository);
  REQUIRE((session.ok() && list.ok() && !list->snapshots.empty()));
  const auto entry = LookUp(**session, list->snapshots.back(), StoredPath(tree.path() + "/lampiran.bin", "/"));
  REQUIRE(entry.ok());
  return entry->content.segments.size();
}

void CheckGoesOn(Scene& scene, const Keyring& owner, Phase phase, const SourceTree& tree, uint64_t seed) {
  const Outcome outcome = phase == Phase::third ? HostBackUp(scene, tree, seed) : OwnerBackUp(scene, &owner, tree, phase, seed);
  INFO("the next backup: " << outcome.status.ToString());
  REQUIRE(outcome.status.ok());
  CHECK(outcome.warnings.empty());
  Scene later = scene.With(scene.fs->AfterPowerCut(0), CatalogFate::lost);
  INFO("after the next backup and a power cut");
  CheckWhole(later, owner, tree, false);
}

void CheckAfterInit(Scene& scene, const SourceTree& tree, uint64_t seed) {
  const auto store = NewLocalStore(*scene.fs, kRepository);
  const auto there = HasRepository(*store);
  REQUIRE(there.ok());
  if (!*there) {
    REQUIRE_FALSE(scene.told.repository);
    CHECK(OpenOwner(*scene.fs).status().code() == Code::no_repository);
    const Status again = Init(scene, seed);
    INFO("init again: " << again.ToString());
    REQUIRE(again.ok());
    // Nothing of the first try is left: a slot that opens nothing would pass for a way in.
    CHECK(ListKeySlots(*store)->size() == 2);
  } else {
    CHECK(Init(scene, seed).code() == Code::already_exists);
  }
  auto owner = OpenOwner(*scene.fs);
  INFO("opening: " << owner.status().ToString());
  REQUIRE(owner.ok());
  CheckWhole(scene, *owner, tree);
  CheckGoesOn(scene, *owner, Phase::init, tree, seed);
}

void CheckPassphrases(Scene& scene) {
  const auto owner = OpenOwner(*scene.fs);
  INFO("the owner's passphrase: " << owner.status().ToString());
  REQUIRE(owner.ok());
  if (scene.told.deputy == Told::Deputy::maybe) return;
  const auto deputy = OpenOwner(*scene.fs, kDeputyPassphrase);
  INFO("the deputy's passphrase: " << deputy.status().ToString());
  CHECK(deputy.ok() == (scene.told.deputy == Told::Deputy::yes));
  if (!deputy.ok()) CHECK(deputy.status().code() == Code::wrong_key);
}

}  // namespace pulih

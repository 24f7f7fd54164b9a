// The catalog is derived (I1): lost, older than the store or newer than it, it costs work and never data. With the
// real one, on a real file system.
#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/backup/backup.h"
#include "engine/repo/key_store.h"
#include "engine/repo/snapshots.h"
#include "engine/restore/restore.h"
#include "engine/store/local_store.h"
#include "engine/verify/verify.h"
#include "tests/crash/scene.h"

namespace pulih {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTarget = "kembali";

// A repository in a real folder, and the machine that backs up to it.
class Machine {
 public:
  Machine() : files_(NewPosixFileSystem()), random_(NewSeededRandom(1)), clock_(1'700'000'000'000'000'000) {
    store_ = NewLocalStore(*files_, folder_ / "repo");
    REQUIRE(CreateRepository(*store_, {kPassphrase, kCheapCost, ""}, Here()).ok());
    auto opened = OpenByPassphrase(*store_, kPassphrase);
    REQUIRE(opened.ok());
    owner_ = std::move(opened->keyring);
  }

  BackupReport BackUp() {
    const auto repository = Open(Intent::write);
    OpenedCatalog opened = Catalogued();
    BackupOptions options;
    options.tree.roots = {tree.path()};
    options.working_directory = "/";
    options.name = std::to_string(tree.version());
    SilentProgress progress;
    auto report = Backup(*repository, *opened.catalog, options, progress);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    REQUIRE(report->problems.count == 0);
    return std::move(report).value();
  }

  // By the machine's own catalog, and by one made anew from the packs: they must agree.
  void CheckWhole(size_t snapshots) {
    const auto repository = Open(Intent::check);
    for (const bool own : {true, false}) {
      INFO((own ? "with the machine's catalog" : "with a new catalog"));
      const std::unique_ptr<Catalog> catalog = own ? Catalogued().catalog : Catalog::Open(NewMemoryKv()).value();
      const auto session = ReadSession::Start(*repository, *catalog);
      REQUIRE(session.ok());
      VerifyOptions options;
      options.read_data = true;
      SilentProgress progress;
      const auto report = Verify(**session, options, progress);
      REQUIRE(report.ok());
      for (const Damage& damage : report->damage) FAIL_CHECK(damage.what << " " << damage.object << ": " << damage.why);
      const auto list = ListSnapshots(*repository);
      REQUIRE(list.ok());
      CHECK(list->snapshots.size() == snapshots);
      for (const Snapshot& snapshot : list->snapshots) CheckRestores(**session, snapshot);
    }
  }

  // All snapshots but the first few restore.
  void CheckRestoresFrom(size_t first) {
    const auto repository = Open(Intent::read);
    OpenedCatalog opened = Catalogued();
    const auto session = ReadSession::Start(*repository, *opened.catalog);
    const auto list = ListSnapshots(*repository);
    REQUIRE((session.ok() && list.ok()));
    REQUIRE(list->snapshots.size() > first);
    for (size_t i = first; i < list->snapshots.size(); ++i) CheckRestores(**session, list->snapshots[i]);
  }

  std::string Cache() const { return folder_ / "cache"; }
  // All packs that are there, to tell afterwards which are new.
  std::vector<fs::path> Packs() const {
    std::vector<fs::path> packs;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "repo/packs")) {
      if (entry.is_regular_file()) packs.push_back(entry.path());
    }
    return packs;
  }
  void KeepCatalog() { fs::copy(Cache(), folder_ / "kept", fs::copy_options::recursive); }
  void PutCatalogBack() {
    fs::remove_all(Cache());
    fs::rename(folder_ / "kept", Cache());
  }

  SourceTree tree;

 private:
  Environment Here() { return {*files_, *random_, clock_}; }
  std::unique_ptr<Repository> Open(Intent intent) {
    auto repository = Repository::Open(*store_, owner_.Clone(), intent, {folder_ / "state", false}, Here());
    INFO(repository.status().ToString());
    REQUIRE(repository.ok());
    return std::move(repository).value();
  }
  OpenedCatalog Catalogued() {
    auto opened = OpenCatalog(Cache(), owner_.repository, KvOptions());
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    REQUIRE_FALSE(opened->is_private);
    return std::move(opened).value();
  }
  void CheckRestores(ReadSession& session, const Snapshot& snapshot) {
    TemporaryDirectory target(ScratchBase());
    RestoreOptions options;
    options.target = target / std::string(kTarget);
    options.paths = {StoredPath(tree.path(), "/")};
    options.contents_of_path = true;
    SilentProgress progress;
    const auto report = Restore(session, snapshot, options, progress);
    INFO("restoring version " << snapshot.content->name << ": " << report.status().ToString());
    REQUIRE(report.ok());
    for (const RestoreProblem& problem : report->damaged) FAIL_CHECK(problem.path << ": " << problem.what << ": " << problem.why);
    CHECK(report->ok());
    CHECK(Differences(tree.picture(std::stoi(snapshot.content->name)), PictureOf(options.target)) == "");
  }

  TemporaryDirectory folder_{ScratchBase()};
  const std::unique_ptr<FileSystem> files_;
  const std::unique_ptr<RandomSource> random_;
  StillClock clock_;
  std::unique_ptr<Store> store_;
  Keyring owner_;
};

TEST_CASE("a catalog that is lost costs reading, not storing again (I1)") {
  Machine machine;
  machine.BackUp();
  machine.tree.MakeNext();
  fs::remove_all(machine.Cache());
  const BackupReport report = machine.BackUp();
  CHECK(report.files_unchanged == 0);
  CHECK(report.bytes_read > 700'000);
  CHECK(report.bytes_added < 100'000);
  machine.CheckWhole(2);
}

TEST_CASE("a catalog from before the last backups catches up") {
  Machine machine;
  machine.BackUp();
  machine.KeepCatalog();
  machine.tree.MakeNext();
  machine.BackUp();
  machine.tree.MakeNext();
  machine.BackUp();
  machine.PutCatalogBack();
  const BackupReport report = machine.BackUp();
  CHECK(report.packs_missing == 0);
  CHECK(report.bytes_added < 20'000);  // all of it is stored; what is new is the snapshot and its log entry
  machine.CheckWhole(4);
}

TEST_CASE("a catalog that knows more than the store is not believed: what is missing is stored again") {
  Machine machine;
  machine.BackUp();
  const std::vector<fs::path> packs = machine.Packs();
  REQUIRE(packs.size() == 2);  // one of data, one of the tree
  const int what = GENERATE(0, 1, 2, 3);
  INFO("case " << what);
  if (what == 3) {
    for (const fs::path& pack : packs) fs::resize_file(pack, fs::file_size(pack) / 2);
  } else {
    for (size_t i = 0; i < packs.size(); ++i) {
      if (what == 2 || static_cast<size_t>(what) == i) fs::remove(packs[i]);
    }
  }
  const BackupReport report = machine.BackUp();
  // A pack that is cut short is told by verify: it stands in the store, and nothing leans on it.
  if (what == 3) {
    for (const fs::path& pack : packs) fs::remove(pack);
  }
  CHECK(report.bytes_added > 0);
  machine.CheckWhole(2);
  CHECK(machine.BackUp().bytes_added < 20'000);
}

TEST_CASE("a catalog that knows packs of a backup that the store has lost is not believed either") {
  Machine machine;
  machine.BackUp();
  const std::vector<fs::path> before = machine.Packs();
  machine.tree.MakeNext();
  machine.BackUp();
  for (const fs::path& pack : machine.Packs()) {
    if (std::find(before.begin(), before.end(), pack) == before.end()) fs::remove(pack);
  }
  CHECK(machine.BackUp().packs_missing == 2);
  machine.CheckWhole(3);
}

TEST_CASE("an older catalog over a store that lost packs since") {
  Machine machine;
  machine.BackUp();
  machine.KeepCatalog();
  machine.tree.MakeNext();
  machine.BackUp();
  for (const fs::path& pack : machine.Packs()) fs::remove(pack);
  machine.PutCatalogBack();
  machine.BackUp();
  // What was removed is gone for the two snapshots that leant on it (the second had put its small files into groups
  // of its own). The third leans on nothing of it.
  machine.CheckRestoresFrom(2);
  CHECK(machine.BackUp().bytes_added < 20'000);
}

}  // namespace
}  // namespace pulih

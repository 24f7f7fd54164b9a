// Whole blobs gone wrong: cut short, grown, removed, put in each other's place, written anew as a further attempt.
// And what damage is said to hurt.
#include <algorithm>

#include "engine/browse/browse.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

std::string KindOf(const std::string& name) { return name.substr(0, name.find('/')); }

// A repository with everything in it: two snapshots of the owner, one of a backup role, a rotation, and one more.
void FillWithEverything(SmallRepository& small) {
  small.TakeTwoSnapshots();
  const Keyring host = small.Export(Role::backup);
  const auto host_catalog = NewTestCatalog();
  small.BackUp(host, *host_catalog, [&](BackupOptions& options) { options.tree.roots = {small.In("dokumen")}; });
  small.BackUp(host, *host_catalog, [&](BackupOptions& options) { options.tree.roots = {small.In("dokumen")}; });
  const auto repository = small.Open(small.owner());
  REQUIRE(RotateContentKey(*repository, {"kopi susu", kLeastCost}).ok());
}

Keyring AfterRotation(SmallRepository& small) {
  auto opened = OpenByPassphrase(small.store(), "kopi susu");
  REQUIRE(opened.ok());
  return std::move(opened->keyring);
}

// Examines `store` and demands that what is wrong is found and nothing wrong comes back.
class Judge {
 public:
  explicit Judge(SmallRepository& small) : small_(small), keys_(AfterRotation(small)) {}
  Examination Look(Store& store, Catalog* catalog = nullptr) {
    return Examine(store, keys_.Clone(), small_.environment(), small_.expected(), {true, true, catalog});
  }
  void MustFind(Store& store, const std::string& what) {
    const Examination found = Look(store);
    INFO(what << ": " << found.Text());
    CHECK(found.is_found());
    CHECK(found.read.wrong.empty());
  }

 private:
  SmallRepository& small_;
  Keyring keys_;
};

// The highest entry of its log: what a run that is killed between manifest and log leaves is the same picture.
bool IsLastOfItsLog(Store& store, const std::string& name) {
  const std::string folder = name.substr(0, name.rfind('/') + 1);
  const auto names = NamesOf(store, folder);
  return name == folder + std::to_string(names.size() - 1);
}

}  // namespace

TEST_CASE("a blob cut short or grown by a byte is found") {
  SmallRepository small;
  FillWithEverything(small);
  Judge judge(small);
  REQUIRE_FALSE(judge.Look(small.store()).is_found());
  const auto random = NewSeededRandom(3);
  for (const auto& [name, bytes] : BlobsOf(small.store())) {
    std::vector<size_t> lengths = {0, 1, bytes.size() / 2, bytes.size() - 1};
    for (int i = 0; i < 2; ++i) lengths.push_back((random->Array<2>()[0] * 256u + random->Array<2>()[1]) % bytes.size());
    for (const size_t length : lengths) {
      small.store().Plant(name, ToBytes(ByteView(bytes).first(length)));
      judge.MustFind(small.store(), name + " cut to " + std::to_string(length) + " of " + std::to_string(bytes.size()));
    }
    Bytes grown = bytes;
    grown.push_back(0);
    small.store().Plant(name, std::move(grown));
    judge.MustFind(small.store(), name + " grown by a byte");
    small.store().Plant(name, bytes);
  }
  REQUIRE_FALSE(judge.Look(small.store()).is_found());
}

TEST_CASE("a blob that was removed is found, where anything depends on it") {
  SmallRepository small;
  FillWithEverything(small);
  Judge judge(small);
  for (const auto& [name, bytes] : BlobsOf(small.store())) {
    const std::string kind = KindOf(name);
    const bool was_last = kind == "log" && IsLastOfItsLog(small.store(), name);
    REQUIRE(small.store().Remove(name).ok());
    const Examination found = judge.Look(small.store());
    INFO(name << " removed: " << found.Text());
    CHECK(found.read.wrong.empty());
    if (kind == "keys" || kind == "wraps") {
      // A slot that is gone is a way in that is gone. Wraps serve keys that came after a rotation and lack the old
      // content secret: no role of this version is like that, so nothing suffers.
      CHECK_FALSE(found.is_found());
    } else if (was_last) {
      // As if the run had been killed before it wrote the entry: the next run adds it. Pins tell the difference.
      CHECK_FALSE(found.is_found());
      CHECK_FALSE(found.report.notes.empty());
    } else if (name == "config/1") {
      // The newest: as if the rotation had been killed before it committed. Again it is pins that tell.
      CHECK_FALSE(found.is_found());
    } else {
      CHECK(found.is_found());
    }
    if (kind == "keys" || kind == "log" || kind == "wraps") {
      CHECK(found.read.damaged == 0);
      CHECK(found.read.snapshots_missing == 0);
    }
    small.store().Plant(name, bytes);
  }
}

TEST_CASE("blobs in each other's place are found") {
  SmallRepository small;
  FillWithEverything(small);
  Judge judge(small);
  const auto blobs = BlobsOf(small.store());
  std::vector<std::pair<std::string, std::string>> pairs;
  std::map<std::string, std::string> first_of_kind;
  for (const auto& [a, bytes] : blobs) {
    first_of_kind.emplace(KindOf(a), a);
    for (const auto& [b, other] : blobs) {
      if (a < b && KindOf(a) == KindOf(b)) pairs.emplace_back(a, b);
    }
  }
  for (const auto& [kind, a] : first_of_kind) {
    for (const auto& [other_kind, b] : first_of_kind) {
      if (kind < other_kind) pairs.emplace_back(a, b);
    }
  }
  CHECK(pairs.size() > 40);
  for (const auto& [a, b] : pairs) {
    small.store().Plant(a, blobs.at(b));
    small.store().Plant(b, blobs.at(a));
    if (KindOf(a) == "certs" && KindOf(b) == "certs") {
      // All of them are read whatever their names, and the root key signed both: nothing is lost.
      const Examination found = judge.Look(small.store());
      CHECK_FALSE(found.is_found());
      CHECK(found.read.damaged == 0);
      CHECK(found.read.snapshots_missing == 0);
    } else {
      judge.MustFind(small.store(), a + " and " + b + " swapped");
    }
    small.store().Plant(a, blobs.at(a));
    small.store().Plant(b, blobs.at(b));
  }
}

TEST_CASE("a damaged blob is made whole by a further attempt") {
  SmallRepository small;
  FillWithEverything(small);
  Judge judge(small);
  for (const auto& [name, bytes] : BlobsOf(small.store())) {
    if (KindOf(name) == "keys") continue;
    for (const size_t offset : {size_t{20}, bytes.size() / 2, bytes.size() - 1}) {
      Bytes bad = bytes;
      bad[offset] ^= 0x20;
      small.store().Plant(name, bad);
      small.store().Plant(name + ".1", bytes);
      const Examination found = judge.Look(small.store());
      INFO(name << " at " << offset << ": " << found.Text());
      CHECK(found.opening.ok());
      CHECK(found.read.wrong.empty());
      CHECK(found.read.damaged == 0);
      CHECK(found.read.snapshots_missing == 0);
      // The verdict is the one that reading gives: what is whole in the other attempt is not lost.
      for (const Damage& damage : found.report.damage) CHECK(damage.what != "object");
      CHECK(small.store().Remove(name + ".1").ok());
    }
    small.store().Plant(name, bytes);
  }
}

TEST_CASE("damage names the paths and snapshots that suffer") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const auto reading = small.Read(small.owner());
  REQUIRE(reading.list.snapshots.size() == 2);
  const Snapshot& before = reading.list.snapshots[0];
  const Snapshot& after = reading.list.snapshots[1];

  const auto damage_object = [&](const ObjectId& id) {
    const auto places = reading.session->index().Find(id);
    REQUIRE(places.ok());
    REQUIRE(places->size() == 1);
    const std::string blob = reading.session->index().BlobsOf(places->front().pack)->front();
    Bytes bad = *GetWhole(small.store(), blob, UINT32_MAX);
    bad[places->front().offset + 40] ^= 1;
    small.store().Plant(blob, bad);
    return blob;
  };
  const auto entry_of = [&](const Snapshot& snapshot, const std::string& path) {
    auto entry = LookUp(*reading.session, snapshot, small.Stored(path));
    REQUIRE(entry.ok());
    return *entry;
  };

  SECTION("a chunk of a file that both snapshots have") {
    const FileEntry entry = entry_of(before, "besar.bin");
    REQUIRE(entry.content.segments.size() > 2);
    const ObjectId chunk = std::get<Extent>(entry.content.segments[0]).object;
    const std::string blob = damage_object(chunk);
    const Examination found = small.Examine();
    INFO(found.Text());
    CHECK(found.read.damaged == 2);
    REQUIRE(found.report.damage.size() == 2);
    const auto object = std::find_if(found.report.damage.begin(), found.report.damage.end(), [](const Damage& d) { return d.what == "object"; });
    REQUIRE(object != found.report.damage.end());
    CHECK(object->object == chunk.hex());
    CHECK(object->paths == std::vector<std::string>{small.Stored("besar.bin")});
    CHECK(object->paths_count == 1);
    CHECK(object->snapshots == std::vector<std::string>{before.id.hex(), after.id.hex()});
    const auto pack = std::find_if(found.report.damage.begin(), found.report.damage.end(), [](const Damage& d) { return d.what == "pack"; });
    REQUIRE(pack != found.report.damage.end());
    CHECK(pack->object == blob);
    CHECK(pack->paths == object->paths);
  }
  SECTION("a group of small files") {
    const FileEntry entry = entry_of(after, "baca.txt");
    damage_object(std::get<Extent>(entry.content.segments[0]).object);
    const Examination found = small.Examine();
    INFO(found.Text());
    const auto object = std::find_if(found.report.damage.begin(), found.report.damage.end(), [](const Damage& d) { return d.what == "object"; });
    REQUIRE(object != found.report.damage.end());
    CHECK(object->paths == std::vector<std::string>{small.Stored("baca.txt")});
    CHECK(object->snapshots == std::vector<std::string>{after.id.hex()});
  }
  SECTION("the root of a snapshot's map") {
    damage_object(*after.Root("files"));
    const Examination found = small.Examine();
    INFO(found.Text());
    const auto node = std::find_if(found.report.damage.begin(), found.report.damage.end(), [](const Damage& d) { return d.what == "map node"; });
    REQUIRE(node != found.report.damage.end());
    CHECK(node->snapshots == std::vector<std::string>{after.id.hex()});
    CHECK(node->paths_count == 1);
  }
  SECTION("a manifest") {
    const std::string name = "snapshots/" + after.id.hex();
    REQUIRE(small.store().Remove(name).ok());
    const Examination found = small.Examine();
    REQUIRE(found.report.damage.size() == 1);
    CHECK(found.report.damage[0].what == "snapshot");
    CHECK(found.report.damage[0].object == name);
    CHECK(found.read.snapshots_missing == 1);
  }
  SECTION("what only a later snapshot uses leaves the earlier one whole, and a restore leaves out that file alone") {
    const FileEntry entry = entry_of(after, "baca.txt");
    damage_object(std::get<Extent>(entry.content.segments[0]).object);
    const auto now = small.Read(small.owner());
    SilentProgress silent;
    RestoreOptions options;
    options.target = small.Scratch("kembali");
    auto report = Restore(*now.session, now.list.snapshots[1], options, silent);
    REQUIRE(report.ok());
    REQUIRE(report->damaged.size() == 1);
    CHECK(report->damaged[0].path == small.Stored("baca.txt"));
    CHECK(report->files + report->hard_links == small.expected().at(after.id).size() - 1);
    options.target = small.Scratch("kembali-lama");
    report = Restore(*now.session, now.list.snapshots[0], options, silent);
    REQUIRE(report.ok());
    CHECK(report->ok());
  }
}

}  // namespace pulih

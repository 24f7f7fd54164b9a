// Who may do what: the backup role that opens nothing (I7), roles and slots after a rotation.
#include <algorithm>

#include "engine/browse/browse.h"
#include "engine/repo/pack_builder.h"
#include "engine/repo/pack_reader.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

// Everything that `keys` can read, held against what it should be.
ReadBackResult ReadAll(SmallRepository& small, const Keyring& keys) {
  Reading reading = small.Read(keys.Clone());
  return ReadBack(reading, small.expected());
}

}  // namespace

TEST_CASE("a backup key holds no secret that opens what it wrote (I7)") {
  SmallRepository small;
  small.MakeTree();
  const Keyring host = small.Export(Role::backup);
  CHECK(host.content_secrets.empty());
  CHECK(host.structure_secret.empty());
  CHECK(host.root_seed.empty());
  CHECK_FALSE(host.can_read());
  CHECK(host.can_write());
  const auto catalog = NewTestCatalog();
  const SnapshotId id = *small.BackUp(host, *catalog).snapshot;

  const auto reading = small.Read(host.Clone(), catalog.get());
  REQUIRE(reading.list.snapshots.size() == 1);
  CHECK(reading.list.snapshots[0].id == id);
  CHECK_FALSE(reading.list.snapshots[0].structure);
  CHECK_FALSE(reading.list.snapshots[0].content);
  CHECK(FilesRoot(reading.list.snapshots[0]).status().code() == Code::wrong_key);
  SilentProgress silent;
  RestoreOptions options;
  options.target = small.Scratch("kembali");
  CHECK(Restore(*reading.session, reading.list.snapshots[0], options, silent).status().code() == Code::wrong_key);

  // It knows where its objects lie, and opens none of them: neither by a session nor by any other secret it holds.
  std::vector<std::pair<ObjectId, ObjectKind>> objects;
  REQUIRE(catalog->ForEachObject([&](const ObjectId& object, const PlacedObject& place) {
    objects.emplace_back(object, place.kind);
    return true;
  }).ok());
  CHECK(objects.size() > 10);
  for (const auto& [object, kind] : objects) CHECK(reading.session->reader().Read(object, kind).status().code() == Code::wrong_key);
  for (const std::string& pack : NamesOf(small.store(), "packs/")) {
    const auto head = ReadPackHead(small.store(), pack, host.domain);
    REQUIRE(head.ok());
    for (const SessionWrap& wrap : head->wraps) {
      CHECK(reading.repository->sessions().Open(wrap).status().code() == Code::wrong_key);
      for (const SecretBytes* secret : {&host.writer->box.secret, &host.writer->sign.seed, &host.k_id, &host.k_cut}) {
        CHECK_FALSE(OpenSealed(*secret, wrap.sealed_key).ok());
      }
    }
  }
  CHECK(small.Examine().read.right > 0);
}

TEST_CASE("roles may do what they are for and no more") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const auto catalog = NewTestCatalog();
  SilentProgress silent;
  SECTION("restore reads everything and administers nothing") {
    const Keyring keys = small.Export(Role::restore);
    CHECK(ReadAll(small, keys).right > 20);
    const auto repository = small.Open(keys.Clone());
    CHECK(ExportRole(*repository, Role::backup, "x", false).status().code() == Code::wrong_key);
    CHECK(RotateContentKey(*repository, {"x", kLeastCost}).status().code() == Code::wrong_key);
    CHECK(RemoveKeySlot(*repository, "0").code() == Code::wrong_key);
    CHECK(RevokeWriter(*repository, "0").status().code() == Code::wrong_key);
  }
  SECTION("maintain sees structure, no content, and writes no snapshot") {
    const Keyring keys = small.Export(Role::maintain);
    CHECK_FALSE(keys.can_read());
    const auto reading = small.Read(keys.Clone());
    REQUIRE(reading.list.snapshots.size() == 2);
    CHECK(reading.list.snapshots[0].structure);
    CHECK_FALSE(reading.list.snapshots[0].content);
    CHECK(Backup(*small.Open(keys.Clone()), *catalog, small.Options(), silent).status().code() == Code::wrong_key);
  }
  SECTION("audit writes nothing") {
    const Keyring keys = small.Export(Role::audit);
    CHECK_FALSE(keys.writer);
    CHECK(keys.structure_secret.empty());
    CHECK(small.Read(keys.Clone()).list.snapshots.size() == 2);
    CHECK(Backup(*small.Open(keys.Clone()), *catalog, small.Options(), silent).status().code() == Code::wrong_key);
    CHECK_FALSE(small.Export(Role::audit, /*grant_structure=*/true).structure_secret.empty());
  }
}

TEST_CASE("after a rotation old and new snapshots are read with the new key, and the old passphrase is gone") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Keyring host_before = small.Export(Role::backup), restore_before = small.Export(Role::restore);
  const auto host_catalog = NewTestCatalog();
  small.BackUp(host_before, *host_catalog);
  const size_t packs_before = NamesOf(small.store(), "packs/").size();

  const auto rotated = RotateContentKey(*small.Open(small.owner()), {"kopi susu", kLeastCost, "bendahara"});
  REQUIRE(rotated.ok());
  const auto slots_after = ListKeySlots(small.store());
  REQUIRE(slots_after.ok());
  CHECK(std::count_if(slots_after->begin(), slots_after->end(), [](const SlotInfo& slot) { return slot.label == "bendahara"; }) == 1);
  CHECK(rotated->config_number == 1);
  CHECK(rotated->sessions == 3);
  CHECK(rotated->sessions_lost == 0);
  CHECK(NamesOf(small.store(), "packs/").size() == packs_before);  // no data moved

  CHECK(OpenByPassphrase(small.store(), kTestPassphrase).status().code() == Code::wrong_key);
  CHECK(OpenByPassphrase(small.store(), small.recovery_text()).status().code() == Code::wrong_key);
  CHECK(OpenByPassphrase(small.store(), rotated->recovery_text).ok());
  auto opened = OpenByPassphrase(small.store(), "kopi susu");
  REQUIRE(opened.ok());
  const Keyring owner = std::move(opened->keyring);
  CHECK(owner.content_secrets.size() == 2);

  // A backup file from before still writes, and seals to the new key what it writes now.
  small.Write(small.In("baru.txt"), AsBytes("sesudah rotasi\n"));
  const SnapshotId after = *small.BackUp(host_before, *host_catalog).snapshot;
  const auto by_owner = ReadAll(small, owner);
  CHECK(by_owner.snapshots_missing == 0);
  CHECK(by_owner.damaged == 0);
  CHECK(by_owner.wrong.empty());

  // A restore file from before reads what was there, and not what came after.
  Reading old_reader = small.Read(restore_before.Clone());
  auto earlier = small.expected();
  earlier.erase(after);
  CHECK(ReadBack(old_reader, earlier).damaged == 0);
  Reading again = small.Read(restore_before.Clone());
  const auto newest = std::find_if(again.list.snapshots.begin(), again.list.snapshots.end(), [&](const Snapshot& s) { return s.id == after; });
  REQUIRE(newest != again.list.snapshots.end());
  CHECK(FilesRoot(*newest).status().code() == Code::wrong_key);
  // With the new secret alone the old is read too: sessions were sealed again.
  Keyring newest_only = owner.Clone();
  newest_only.content_secrets.erase(0);
  Reading by_newest = small.Read(newest_only.Clone());
  for (const std::string& pack : NamesOf(small.store(), "packs/")) {
    const auto sessions = by_newest.session->reader().SessionsOf(pack);
    CHECK(sessions.ok());
  }
  const auto examined = Examine(small.store(), owner.Clone(), small.environment(), small.expected(), {});
  INFO(examined.Text());
  CHECK_FALSE(examined.is_found());
}

TEST_CASE("slots can be added and removed, but the last way in stays") {
  SmallRepository small;
  const auto repository = small.Open(small.owner());
  const auto added = StoreKeySlot(small.store(), small.owner(), SlotKind::passphrase, AsBytes("teh manis"), kLeastCost, "kedua", small.environment());
  REQUIRE(added.ok());
  CHECK(OpenByPassphrase(small.store(), "teh manis")->slot_id == *added);
  const auto slots = ListKeySlots(small.store());
  REQUIRE(slots.ok());
  REQUIRE(slots->size() == 3);
  for (const SlotInfo& slot : *slots) CHECK(slot.problem.ok());
  for (const SlotInfo& slot : *slots) {
    if (slot.id != *added) REQUIRE(RemoveKeySlot(*repository, slot.id).ok());
  }
  CHECK(OpenByPassphrase(small.store(), kTestPassphrase).status().code() == Code::wrong_key);
  CHECK(RemoveKeySlot(*repository, *added).code() == Code::invalid);
  CHECK(OpenByPassphrase(small.store(), "teh manis").ok());
}

}  // namespace pulih

// What a malicious writer, or somebody who can write to the store, may try: other content under a true name, packs
// that are put together from parts, writers without a certificate or with a revoked one. The good copy is used, and
// what is bad is said.
#include <algorithm>

#include "engine/browse/browse.h"
#include "engine/crypto/sealer.h"
#include "engine/crypto/sha256.h"
#include "engine/repo/pack_builder.h"
#include "engine/repo/pack_reader.h"
#include "engine/repo/sessions.h"
#include "formats/repo/group.h"
#include "formats/repo/node.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

struct ForgedObject {
  ObjectId id;
  ObjectKind kind = ObjectKind::chunk;
  Bytes plain;
};

// A pack by `keys`, put together in every other respect as an honest one.
std::string PutForgedPack(Store& store, SmallRepository& small, const Keyring& keys, const PublicKey& content_key,
                          const std::vector<ForgedObject>& objects) {
  const auto random = NewSeededRandom(77);
  const NewSession session = MakeSession(keys, content_key, *random);
  const auto kind = objects.front().kind == ObjectKind::node ? PackFileKind::tree : PackFileKind::data;
  auto builder = PackBuilder::Start(store, keys, session.wrap, kind, *random);
  REQUIRE(builder.ok());
  for (const ForgedObject& object : objects) {
    FrameInner inner;
    inner.kind = object.kind;
    inner.id = object.id;
    inner.plain_size = static_cast<uint32_t>(object.plain.size());
    inner.payload = object.plain;
    PackEntry entry;
    entry.id = object.id;
    entry.kind = object.kind;
    entry.plain_size = inner.plain_size;
    REQUIRE((*builder)->Add(session.key.SealFrame(inner, 3, *random), entry, {}).ok());
  }
  auto finished = (*builder)->Finish();
  REQUIRE(finished.ok());
  (void)small;
  return PackBlobName(finished->name);
}

PublicKey ContentKey(SmallRepository& small) { return small.Open(small.owner())->config().content_key; }

// The objects that one file of the last snapshot leans on, and the root of its map.
struct Targets {
  ObjectId chunk, group, root;
};
Targets TargetsOf(SmallRepository& small) {
  const auto reading = small.Read(small.owner());
  const Snapshot& last = reading.list.snapshots.back();
  const auto object_of = [&](const std::string& path) {
    const auto entry = LookUp(*reading.session, last, small.Stored(path));
    REQUIRE(entry.ok());
    return std::get<Extent>(entry->content.segments.at(0)).object;
  };
  return {object_of("besar.bin"), object_of("baca.txt"), *last.Root("files")};
}

// A catalog that took in the forged pack before any other, so that its places are tried first.
std::unique_ptr<Catalog> CatalogThatTrusts(SmallRepository& small, const std::string& blob) {
  auto catalog = NewTestCatalog();
  MemoryStore only;
  for (auto& [name, bytes] : BlobsOf(small.store())) {
    if (!name.starts_with("packs/") || name == blob) only.Plant(name, bytes);
  }
  small.Read(small.owner(), catalog.get(), &only);
  return catalog;
}

// A pack of the bytes given, under the name that they give.
std::string PlantPack(MemoryStore& store, const Bytes& bytes) {
  const std::string name = PackBlobName(PackName{Sha256Of(bytes).bytes});
  store.Plant(name, bytes);
  return name;
}

struct PackParts {
  Bytes head, body, sections;  // the head is the body's beginning
  PackTail tail;
};
PackParts TakeApart(const Bytes& pack) {
  const auto tail = DecodePackTail(ByteView(pack).last(kPackTailSize), pack.size());
  REQUIRE(tail.ok());
  PackParts parts;
  parts.tail = *tail;
  parts.head = ToBytes(ByteView(pack).first(*PackHeadSize(pack)));
  parts.body = ToBytes(ByteView(pack).first(tail->directory_offset));
  parts.sections = ToBytes(ByteView(pack).subspan(tail->directory_offset, tail->directory_size + tail->members_size));
  return parts;
}

Bytes PutTogether(PackParts parts, const WriterKeys& signer) {
  parts.tail.directory_offset = parts.body.size();
  parts.tail.body_digest = Sha256Of(parts.body);
  parts.tail.directory_digest = Sha256Of(parts.sections);
  parts.tail.writer = signer.id;
  const Bytes unsigned_tail = EncodePackTail(parts.tail);
  parts.tail.signature = Sign(signer.sign.seed, ByteView(unsigned_tail).first(unsigned_tail.size() - kSignatureSize));
  Bytes pack = std::move(parts.body);
  Append(pack, parts.sections);
  Append(pack, EncodePackTail(parts.tail));
  return pack;
}

}  // namespace

TEST_CASE("a forged frame under a true name is refused and the good copy used") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Targets targets = TargetsOf(small);
  const Keyring mallory = small.Export(Role::backup);

  Bytes other_group = SmallRepository::Text(500, "palsu");
  AppendGroupTable(other_group, {500});
  NodeEncoder other_node(0);
  const std::vector<std::vector<ForgedObject>> attacks = {
      {{targets.chunk, ObjectKind::chunk, SmallRepository::Noise(4000, 55)}},
      {{targets.group, ObjectKind::group, other_group}},
      {{targets.root, ObjectKind::node, std::move(other_node).Finish()}},
      {{targets.chunk, ObjectKind::group, other_group}},  // of another kind than its use
      {{targets.group, ObjectKind::chunk, SmallRepository::Noise(4000, 55)}},
      {{targets.chunk, ObjectKind::chunk, {}}},
  };
  for (const auto& objects : attacks) {
    const std::string blob = PutForgedPack(small.store(), small, mallory, ContentKey(small), objects);
    const auto catalog = CatalogThatTrusts(small, blob);
    const auto reading = small.Read(small.owner(), catalog.get());
    SilentProgress silent;
    RestoreOptions options;
    options.target = small.Scratch("kembali");
    const auto report = Restore(*reading.session, reading.list.snapshots.back(), options, silent);
    REQUIRE(report.ok());
    CHECK(report->damaged_count == 0);
    // The forged place may not even be tried: the reader's own packs come first.
    for (const Rescue& rescue : report->rescued) CHECK(rescue.blob_name == blob);

    const Examination found = small.Examine(nullptr, catalog.get());
    INFO(found.Text());
    CHECK(found.read.wrong.empty());
    CHECK(found.read.damaged == 0);
    REQUIRE(found.report.damage.size() == 1);
    CHECK(found.report.damage[0].what == "pack");
    CHECK(found.report.damage[0].object == blob);

    // A reader that is no writer of this repository has no packs of its own to prefer.
    const Keyring reader = small.Export(Role::restore);
    const auto first = CatalogThatTrusts(small, blob);
    const auto by_restore_role = Examine(small.store(), reader.Clone(), small.environment(), small.expected(), {true, true, first.get()});
    INFO(by_restore_role.Text());
    CHECK(by_restore_role.is_found());
    CHECK(by_restore_role.read.wrong.empty());
    CHECK(by_restore_role.read.damaged == 0);
    REQUIRE(small.store().Remove(blob).ok());
  }
}

TEST_CASE("a forged copy that is tried first shows as rescued, and where it is the only one, as damage") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Targets targets = TargetsOf(small);
  const Keyring mallory = small.Export(Role::backup), reader = small.Export(Role::restore);
  const std::string blob =
      PutForgedPack(small.store(), small, mallory, ContentKey(small), {{targets.chunk, ObjectKind::chunk, SmallRepository::Noise(4000, 55)}});
  const auto catalog = CatalogThatTrusts(small, blob);
  SilentProgress silent;
  RestoreOptions options;
  options.target = small.Scratch("kembali");
  {
    const auto reading = small.Read(reader.Clone(), catalog.get());
    const auto report = Restore(*reading.session, reading.list.snapshots.back(), options, silent);
    REQUIRE(report.ok());
    CHECK(report->damaged_count == 0);
    REQUIRE(report->rescued.size() == 1);
    CHECK(report->rescued[0].object == targets.chunk);
    CHECK(report->rescued[0].blob_name == blob);
    CHECK_FALSE(report->ok());
  }
  for (const std::string& pack : NamesOf(small.store(), "packs/")) {
    if (pack == blob) continue;
    const auto contents = ReadPackContents(small.store(), pack, *small.store().Size(pack), small.owner(),
                                           small.Open(small.owner())->certificates());
    REQUIRE(contents.ok());
    if (std::any_of(contents->entries.begin(), contents->entries.end(), [&](const PackEntry& e) { return e.id == targets.chunk; })) {
      REQUIRE(small.store().Remove(pack).ok());
    }
  }
  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK(found.read.wrong.empty());
  CHECK(found.read.damaged >= 2);
}

TEST_CASE("a pack with another pack's directory is refused") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Keyring mallory = small.Export(Role::backup), owner = small.owner();
  const auto blobs = BlobsOf(small.store(), "packs/");
  std::vector<std::string> missed;
  size_t tried = 0;
  for (const auto& [name, bytes] : blobs) {
    for (const auto& [other_name, other_bytes] : blobs) {
      const PackParts of_body = TakeApart(bytes), of_directory = TakeApart(other_bytes);
      PackParts mixed = of_directory;
      mixed.body = of_body.body;
      // Signed by the writer itself (who would not), and by another who is certified and can sign.
      for (const WriterKeys* signer : {&*owner.writer, &*mallory.writer}) {
        if (signer == &*owner.writer && name == other_name) continue;  // that is the pack itself
        const std::string planted = PlantPack(small.store(), PutTogether(mixed, *signer));
        const Examination found = small.Examine();
        if (!found.is_found() || !found.read.wrong.empty() || found.read.damaged > 0) missed.push_back(name + " " + other_name + found.Text());
        REQUIRE(small.store().Remove(planted).ok());
        ++tried;
      }
    }
  }
  CHECK(tried >= 16);
  for (const std::string& one : missed) UNSCOPED_INFO(one);
  CHECK(missed.size() == 0);
}

TEST_CASE("another writer cannot pass a pack off as its own by signing it anew") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Keyring mallory = small.Export(Role::backup);
  const Bytes pack = BlobsOf(small.store(), "packs/").begin()->second;
  const std::string planted = PlantPack(small.store(), PutTogether(TakeApart(pack), *mallory.writer));
  const auto reading = small.Read(small.owner());
  REQUIRE(reading.session->index().refused().size() == 1);
  CHECK(reading.session->index().refused()[0].blob_name == planted);
}

TEST_CASE("a pack of an uncertified writer is refused") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Targets targets = TargetsOf(small);
  Keyring stranger = small.Export(Role::backup);
  const auto random = NewSeededRandom(91);
  stranger.writer = MakeWriterKeys(*random);
  const std::string blob =
      PutForgedPack(small.store(), small, stranger, ContentKey(small), {{targets.chunk, ObjectKind::chunk, SmallRepository::Noise(4000, 55)}});
  const auto reading = small.Read(small.owner());
  REQUIRE(reading.session->index().refused().size() == 1);
  CHECK(reading.session->index().refused()[0].blob_name == blob);
  CHECK(reading.session->index().refused()[0].why.message().find("no certificate") != std::string::npos);
  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK(found.is_found());
  CHECK(found.read.wrong.empty());
  CHECK(found.read.damaged == 0);
}

TEST_CASE("a snapshot whose writer has no certificate does not count") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const auto certificates_before = NamesOf(small.store(), "certs/");
  const Keyring host = small.Export(Role::backup);
  const auto catalog = NewTestCatalog();
  const auto report = small.BackUp(host, *catalog);
  for (const std::string& name : NamesOf(small.store(), "certs/")) {
    if (std::find(certificates_before.begin(), certificates_before.end(), name) == certificates_before.end()) {
      REQUIRE(small.store().Remove(name).ok());
    }
  }
  small.expected().erase(*report.snapshot);
  const auto reading = small.Read(small.owner());
  CHECK(reading.list.snapshots.size() == 2);
  REQUIRE(reading.list.refused.size() == 1);
  CHECK(reading.list.refused[0].why.code() == Code::corrupt);
  CHECK(reading.list.refused[0].why.message().find(host.writer->id.hex()) != std::string::npos);
  const Examination found = small.Examine();
  CHECK(found.is_found());
  CHECK(found.read.wrong.empty());
  CHECK(found.read.damaged == 0);
}

TEST_CASE("what a revoked writer writes later does not count, also when it claims an earlier place") {
  SmallRepository small;
  small.TakeTwoSnapshots();
  const Keyring host = small.Export(Role::backup);
  MemoryStore before_anything, before_revocation;
  CopyBlobs(small.store(), before_anything);
  const auto catalog = NewTestCatalog();
  const SnapshotId honest = *small.BackUp(host, *catalog).snapshot;
  CopyBlobs(small.store(), before_revocation);
  REQUIRE(RevokeWriter(*small.Open(small.owner()), host.writer->id.hex()).ok());

  // It works on a copy that does not know of the revocation, and puts the results into the store.
  const auto smuggle = [&](MemoryStore& copy) {
    const auto own_catalog = NewTestCatalog();
    const SnapshotId id = *small.BackUp(host, *own_catalog, {}, &copy).snapshot;
    for (auto& [name, bytes] : BlobsOf(copy)) {
      if (!small.store().Size(name).ok()) small.store().Plant(name, bytes);
    }
    small.expected().erase(id);
    return id;
  };
  const SnapshotId later = smuggle(before_revocation);
  const SnapshotId backdated = smuggle(before_anything);

  const auto reading = small.Read(small.owner());
  std::vector<SnapshotId> seen;
  for (const Snapshot& snapshot : reading.list.snapshots) seen.push_back(snapshot.id);
  CHECK(std::count(seen.begin(), seen.end(), honest) == 1);
  CHECK(std::count(seen.begin(), seen.end(), later) == 0);
  CHECK(std::count(seen.begin(), seen.end(), backdated) == 0);
  CHECK(reading.list.refused.size() == 2);
  for (const RefusedSnapshot& refused : reading.list.refused) CHECK(refused.why.code() == Code::denied);

  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK(found.read.wrong.empty());
  CHECK(found.read.damaged == 0);
  CHECK(found.report.notes.size() >= 2);

  // And it is told that it may not, when it comes to the store itself.
  const auto repository = small.Open(host.Clone());
  SilentProgress silent;
  const auto refused = Backup(*repository, *catalog, small.Options(), silent);
  CHECK(refused.status().code() == Code::wrong_key);
}

TEST_CASE("a wrap is checked by itself, also when its session is open already") {
  SmallRepository small;
  const auto repository = small.Open(small.owner());
  const auto random = NewSeededRandom(5);
  const NewSession session = MakeSession(repository->keyring(), repository->config().content_key, *random);
  SessionBook book(repository->keyring(), repository->certificates());
  REQUIRE(book.Open(session.wrap).ok());
  CHECK(book.Open(session.wrap).ok());
  SessionWrap forged = session.wrap;
  forged.signature[0] ^= 1;
  CHECK(book.Open(forged).status().code() == Code::corrupt);
  forged = session.wrap;
  forged.sealed_key[0] ^= 1;
  CHECK(book.Open(forged).status().code() == Code::corrupt);
  CHECK(book.Open(session.wrap).ok());
}

}  // namespace pulih

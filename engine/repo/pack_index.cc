#include "engine/repo/pack_index.h"

#include <algorithm>

#include "engine/repo/pack_reader.h"
#include "engine/store/attempts.h"

namespace pulih {

namespace {

PackKind KindOf(PackFileKind kind) { return kind == PackFileKind::tree ? PackKind::tree : PackKind::data; }

// One pack with everything in it, as the catalog records it.
Result<PackOrdinal> RecordPack(Catalog& catalog, const WriterId& writer, const FinishedPack& pack, bool members_known) {
  std::vector<NewObject> objects;
  objects.reserve(pack.entries.size());
  for (const PackEntry& e : pack.entries) {
    objects.push_back({e.id, {PackOrdinal{}, e.offset, e.sealed_size, e.plain_size, e.kind}});
  }
  std::vector<NewFileExtent> files;
  files.reserve(pack.members.size());
  for (const PackMember& m : pack.members) {
    files.push_back({m.file, {PackOrdinal{}, pack.entries[m.entry_index].id, m.offset, m.length}});
  }
  return catalog.AddPack({pack.name, writer, pack.size, KindOf(pack.kind), /*usable=*/true, members_known}, objects, files);
}

}  // namespace

void PackIndex::Mark(PackOrdinal pack, uint8_t flags) {
  std::lock_guard lock(mutex_);
  const auto at = static_cast<size_t>(pack);
  if (state_.size() <= at) state_.resize(at + 1, 0);
  state_[at] = flags;
}

uint8_t PackIndex::flags(PackOrdinal pack) const {
  std::lock_guard lock(mutex_);
  const auto at = static_cast<size_t>(pack);
  return at < state_.size() ? state_[at] : 0;
}

Status PackIndex::Refresh() {
  // The store lists attempts of one pack (NAME, NAME.1) side by side.
  std::optional<PackName> current;
  std::vector<BlobInfo> attempts;
  const auto flush = [&]() -> Status {
    if (current) PULIH_TRY(TakeIn(*current, attempts));
    attempts.clear();
    return OkStatus();
  };
  PULIH_TRY(repository_.store().List("packs/", [&](const BlobInfo& blob) -> Status {
    const auto name = PackNameOf(blob.name);
    if (!name) return OkStatus();
    if (current != name) PULIH_TRY(flush());
    current = name;
    attempts.push_back(blob);
    ++packs_seen_;
    pack_bytes_ += blob.size;
    return OkStatus();
  }));
  PULIH_TRY(flush());

  // What the catalog leaned on and the store does not show any more.
  std::vector<PackOrdinal> gone;
  PULIH_TRY(catalog_.ForEachPack([&](PackOrdinal pack, const PackRecord& record) {
    if (record.usable && (flags(pack) & kPresent) == 0) gone.push_back(pack);
    return true;
  }));
  for (const PackOrdinal pack : gone) PULIH_TRY(catalog_.SetPackUsable(pack, false));
  packs_missing_ = gone.size();
  return catalog_.ForEachDamaged([&](const ObjectId& id, PackOrdinal pack) {
    if (IsPresent(pack)) damaged_.emplace(id, pack);
    return damaged_.size() < kMaxDamaged;
  });
}

Status PackIndex::TakeIn(const PackName& name, const std::vector<BlobInfo>& attempts) {
  if (attempts.size() > 1) {
    for (const BlobInfo& blob : attempts) extra_blobs_[name].push_back(blob.name);
  }
  PULIH_TRY_ASSIGN(const auto known, catalog_.FindPack(name));
  if (known) {
    PULIH_TRY_ASSIGN(const PackRecord record, catalog_.GetPack(*known));
    const bool whole = std::any_of(attempts.begin(), attempts.end(), [&](const BlobInfo& b) { return b.size == record.size; });
    const WriterKeys* own = repository_.keyring().writer ? &*repository_.keyring().writer : nullptr;
    const bool is_own = own != nullptr && own->id == record.writer;
    // Who read it last may have been another, who cannot see which small files its groups hold.
    if (record.usable && whole && (record.members_known || !is_own)) {
      Mark(*known, kPresent | (is_own ? kOwn : 0));
      return OkStatus();
    }
    // A backup host cannot read what others wrote; it has noted the pack and need not look again.
    if (!record.usable && whole && !is_own && repository_.keyring().structure_secret.empty()) return OkStatus();
  }
  return Load(name, attempts, known);
}

Status PackIndex::Load(const PackName& name, const std::vector<BlobInfo>& attempts, std::optional<PackOrdinal> known) {
  Status first_failure;
  for (const BlobInfo& blob : attempts) {
    auto contents = ReadPackContents(repository_.store(), blob.name, blob.size, repository_.keyring(), repository_.certificates());
    if (!contents.ok() && contents.status().code() == Code::wrong_key) {
      auto tail = ReadPackTail(repository_.store(), blob.name, blob.size, repository_.certificates());
      if (!tail.ok()) return std::move(tail).error();
      PackRecord foreign{name, tail->writer, blob.size, PackKind::data, /*usable=*/false};
      auto added = catalog_.AddPack(foreign, {}, {});
      return added.ok() ? OkStatus() : std::move(added).error();
    }
    if (!contents.ok()) {
      // A sector that cannot be read is damage of this pack, and keeps nobody from all the others.
      if (first_failure.ok()) first_failure = contents.status();
      continue;
    }
    auto head = ReadPackHead(repository_.store(), blob.name, repository_.keyring().domain);
    if (!head.ok()) {
      if (first_failure.ok()) first_failure = head.status();
      continue;
    }
    Settle(blob.name);
    FinishedPack pack{name, blob.size, head->kind, std::move(contents->entries), std::move(contents->members)};
    const bool is_own = repository_.keyring().writer && repository_.keyring().writer->id == contents->tail.writer;
    PULIH_TRY_ASSIGN(const PackOrdinal ordinal, RecordPack(catalog_, contents->tail.writer, pack, is_own));
    Mark(ordinal, kPresent | (is_own ? kOwn : 0));
    return OkStatus();
  }
  refused_.push_back({attempts.front().name, first_failure});
  if (known) PULIH_TRY(catalog_.SetPackUsable(*known, false));
  return OkStatus();
}

// A run that was killed may have left a pack that everybody sees and that a power cut would take. Once per folder is
// enough: all of it was listed before its first pack was taken in. A reader goes on all the same; a writer asks.
void PackIndex::Settle(const std::string& blob_name) {
  const std::string folder = blob_name.substr(0, blob_name.rfind('/'));
  if (!settled_folders_.insert(folder).second) return;
  Status settled = repository_.store().Settle(folder);
  if (!settled.ok()) settled_ = std::move(settled);
}

Result<std::vector<PlacedObject>> PackIndex::Find(const ObjectId& id) const {
  PULIH_TRY_ASSIGN(std::vector<PlacedObject> places, catalog_.FindObject(id));
  std::erase_if(places, [&](const PlacedObject& p) { return (flags(p.pack) & kPresent) == 0; });
  std::stable_partition(places.begin(), places.end(), [&](const PlacedObject& p) { return (flags(p.pack) & kOwn) != 0; });
  return places;
}

Result<bool> PackIndex::OwnHas(const ObjectId& id) const {
  PULIH_TRY_ASSIGN(const std::vector<PlacedObject> places, catalog_.FindObject(id));
  return std::any_of(places.begin(), places.end(), [&](const PlacedObject& p) { return flags(p.pack) == (kPresent | kOwn); });
}

Result<std::optional<PlacedFile>> PackIndex::OwnFile(const FileId& id) const {
  PULIH_TRY_ASSIGN(const std::vector<PlacedFile> places, catalog_.FindFile(id));
  // The newest place: an older group may be mostly dead.
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    if (flags(place->pack) != (kPresent | kOwn)) continue;
    // The group may have been found damaged since the file was noted.
    PULIH_TRY_ASSIGN(const std::vector<PlacedObject> groups, catalog_.FindObject(place->group));
    const auto in_same_pack = [&](const PlacedObject& group) { return group.pack == place->pack; };
    if (std::any_of(groups.begin(), groups.end(), in_same_pack)) return std::optional<PlacedFile>(*place);
  }
  return std::optional<PlacedFile>();
}

std::vector<std::string> PackIndex::DamagedIn(const ObjectId& id) const {
  std::vector<std::string> blobs;
  std::lock_guard lock(mutex_);
  const auto [begin, end] = damaged_.equal_range(id);
  for (auto it = begin; it != end; ++it) {
    if (auto record = catalog_.GetPack(it->second); record.ok()) blobs.push_back(PackBlobName(record->name));
  }
  return blobs;
}

Status PackIndex::MarkDamaged(PackOrdinal pack, const std::vector<ObjectId>& objects) {
  PULIH_TRY(catalog_.MarkDamaged(pack, objects));
  std::lock_guard lock(mutex_);
  for (const ObjectId& id : objects) {
    if (damaged_.size() < kMaxDamaged) damaged_.emplace(id, pack);
  }
  return OkStatus();
}

Status PackIndex::AddOwn(const FinishedPack& pack) {
  PULIH_TRY_ASSIGN(const PackOrdinal ordinal, RecordPack(catalog_, repository_.keyring().writer->id, pack, /*members_known=*/true));
  Mark(ordinal, kPresent | kOwn);
  return OkStatus();
}

Result<std::vector<std::string>> PackIndex::BlobsOf(PackOrdinal pack) const {
  PULIH_TRY_ASSIGN(const PackRecord record, catalog_.GetPack(pack));
  if (const auto it = extra_blobs_.find(record.name); it != extra_blobs_.end()) return it->second;
  return std::vector<std::string>{PackBlobName(record.name)};
}

}  // namespace pulih

// PackIndex is the catalog held against the store: where objects lie, in packs that were just seen standing
// there with their full size. Nothing is skipped or relied upon on the catalog's word alone (I1): Refresh lists
// the store's packs, takes in the directories of those that the catalog does not know, and sets aside what is
// gone, cut short, or not certified.
//
// Thread-safe after Refresh. Durability: the catalog's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/catalog/catalog.h"
#include "engine/repo/pack_builder.h"
#include "engine/repo/repository.h"

namespace pulih {

// A pack that could not be taken in, and why. Not damage by itself: a killed run or a foreign writer may have
// left it; verify tells which snapshots miss something.
struct RefusedPack {
  std::string blob_name;
  Status why;
};

class PackIndex {
 public:
  // Borrows both; they outlive the index.
  PackIndex(const Repository& repository, Catalog& catalog) : repository_(repository), catalog_(catalog) {}

  // Lists packs/ and brings the catalog up to date. Called once, before anything else.
  Status Refresh();

  // Places of an object in packs that stand in the store, those of the own writer first.
  Result<std::vector<PlacedObject>> Find(const ObjectId& id) const;
  // True when the own writer has the object in a pack that stands in the store: it need not be stored again.
  Result<bool> OwnHas(const ObjectId& id) const;
  // A small file's content in one of the own writer's groups.
  Result<std::optional<PlacedFile>> OwnFile(const FileId& id) const;

  // True when the pack stands in the store with its full size.
  bool IsPresent(PackOrdinal pack) const { return (flags(pack) & kPresent) != 0; }

  // Not ok when packs that were taken in could not be made durable: then nothing that is to last may lean on them.
  const Status& settled() const { return settled_; }

  // Takes in a pack that this run just finished.
  Status AddOwn(const FinishedPack& pack);

  // The blobs to read a pack from, attempts included, in order.
  Result<std::vector<std::string>> BlobsOf(PackOrdinal pack) const;
  Result<PackRecord> Record(PackOrdinal pack) const { return catalog_.GetPack(pack); }

  // The blobs in which the object is known to be damaged, from an earlier look at it. Mostly none.
  std::vector<std::string> DamagedIn(const ObjectId& id) const;
  // Notes that objects were found damaged in a pack: from now on nothing leans on those places.
  Status MarkDamaged(PackOrdinal pack, const std::vector<ObjectId>& objects);

  const std::vector<RefusedPack>& refused() const { return refused_; }
  // Packs in the store, whether their directories could be read or not.
  uint64_t packs() const { return packs_seen_; }
  uint64_t pack_bytes() const { return pack_bytes_; }
  uint64_t packs_missing() const { return packs_missing_; }
  Catalog& catalog() const { return catalog_; }

 private:
  enum : uint8_t { kPresent = 1, kOwn = 2 };
  static constexpr size_t kMaxDamaged = 100'000;
  Status TakeIn(const PackName& name, const std::vector<BlobInfo>& attempts);
  Status Load(const PackName& name, const std::vector<BlobInfo>& attempts, std::optional<PackOrdinal> known);
  void Settle(const std::string& blob_name);
  void Mark(PackOrdinal pack, uint8_t flags);
  uint8_t flags(PackOrdinal pack) const;

  const Repository& repository_;
  Catalog& catalog_;
  mutable std::mutex mutex_;
  std::vector<uint8_t> state_;                                // by ordinal
  std::map<PackName, std::vector<std::string>> extra_blobs_;  // only packs with more than one attempt
  std::vector<RefusedPack> refused_;
  std::set<std::string> settled_folders_;
  Status settled_;
  std::multimap<ObjectId, PackOrdinal> damaged_;              // at most kMaxDamaged are remembered
  uint64_t packs_seen_ = 0, pack_bytes_ = 0, packs_missing_ = 0;
};

}  // namespace pulih

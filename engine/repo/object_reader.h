// ObjectReader finds, fetches, opens and checks objects. A frame is authenticated by its seal, and the ObjectId is
// computed again from the plaintext on every read; when one place fails, every other place is tried, and only
// when none is left is the object damaged. So a forged or rotten copy never hides a good one.
//
// Thread-safe: any number of threads may read; each needs no state of its own. Nodes are cached (bounded).
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/map/map_reader.h"
#include "engine/repo/codec.h"
#include "engine/repo/pack_index.h"
#include "formats/repo/file_entry.h"

namespace pulih {

// An object that was read although one of its places is damaged: nothing is lost yet, and somebody should know.
struct Rescue {
  ObjectId object;
  std::string blob_name;  // the damaged place
  std::string why;
};

class ObjectReader final : public NodeSource {
 public:
  // Borrows; `index` has been refreshed. `node_cache_bytes` is part of the memory sum.
  ObjectReader(const Repository& repository, const PackIndex& index, size_t node_cache_bytes = 12u << 20);

  // The plaintext. not_found when no pack in the store has the object, corrupt when every place is damaged,
  // wrong_key when the keys at hand open no session that it was sealed under.
  Result<Bytes> Read(const ObjectId& id, ObjectKind kind);
  // The same for what an extent names: a chunk or a group.
  Result<Bytes> ReadContent(const ObjectId& id);

  // NodeSource: nodes, through the cache.
  Result<std::shared_ptr<const Bytes>> GetNode(const ObjectId& id) override;

  // What was read in spite of damage so far: the first kMaxRescues, and how many in all.
  static constexpr size_t kMaxRescues = 1000;
  std::vector<Rescue> rescues() const;
  uint64_t rescue_count() const;

  // Opens and checks a frame whose bytes are at hand and which a directory places in `pack`. Used by verify.
  Result<Bytes> OpenFrame(ByteView frame, const ObjectId& id, ObjectKind kind, const std::vector<std::shared_ptr<const SessionKey>>& sessions);
  // The sessions that a pack names, as far as they can be opened; wrong_key when none can.
  Result<std::vector<std::shared_ptr<const SessionKey>>> SessionsOf(const std::string& blob_name);

 private:
  Result<Bytes> ReadAnywhere(const ObjectId& id, const std::function<bool(ObjectKind)>& fits);
  void NoteRescue(const ObjectId& id, std::string blob, std::string why);
  Result<Bytes> ReadAt(const PlacedObject& place, const ObjectId& id, ObjectKind kind);
  std::unique_ptr<Decompressor> BorrowDecompressor();
  void ReturnDecompressor(std::unique_ptr<Decompressor> decompressor);

  const Repository& repository_;
  const PackIndex& index_;

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::shared_ptr<const SessionKey>>> sessions_;  // by blob
  std::vector<std::unique_ptr<Decompressor>> decompressors_;
  std::map<std::pair<ObjectId, std::string>, std::string> rescues_;  // an object read twice is one rescue
  uint64_t rescue_count_ = 0;
  const size_t node_cache_bytes_;
  size_t cached_bytes_ = 0;
  std::list<std::pair<ObjectId, std::shared_ptr<const Bytes>>> recent_;  // newest first
  std::unordered_map<ObjectId, decltype(recent_)::iterator, ObjectId::Hash> cached_;
};

// The extent's bytes in its object's plaintext; corrupt when it lies outside.
Result<ByteView> PieceOf(ByteView plain, const Extent& extent);

}  // namespace pulih

// A map is an ordered Merkle map (a prolly tree): sorted keys to values in content-defined nodes, each node
// an object. Equal entries give an equal root, whatever the order of arrival or the history; two maps are
// compared in O(changes); one key is found in O(log n).
//
// MapBuilder writes one from entries that arrive in key order. It holds one open node per level and no
// more. It does not sort, and it does not know what values mean: the files map (formats/repo/file_entry.h)
// and tables both stand on it.
//
// A node ends after an entry of `weight` = key length + value length + 8 when
//   weight >= target, or SipHash-2-4(K_map, level u8 ‖ key) < weight × floor((2^64 − 1) / target);
// for an interior entry the value is the child's ObjectId, 32 bytes. Each entry decides alone, so a changed value
// moves at most its own boundary. No minimum, but that an interior node does not end after its first entry: so
// every level has at most half the nodes of the one below, however long the keys. Forced when the node's weights
// reach 16 × target (or 2 MiB, if that is less: a node is one object). Levels are built until one node is left;
// a root with one child is never made. The empty map is one empty leaf. Source: design §4; Dolt's prolly trees.
//
// Not thread-safe. Durability: the sink's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/siphash.h"

namespace pulih {

// Takes a finished node's plaintext and the objects that it names (its links, in order of first mention,
// without repeats), and answers with its ObjectId.
class NodeSink {
 public:
  virtual ~NodeSink() = default;
  virtual Result<ObjectId> PutNode(Bytes plain, std::vector<ObjectId> links) = 0;
};

struct MapOptions {
  SipKey boundary_key{};      // K_map
  uint32_t target_size = 16u << 10;
};

// The most that an entry may weigh; longer values are the caller's to move out (a map of their own, extents).
inline constexpr uint64_t kMaxMapEntryWeight = 1u << 20;

struct MapRoot {
  ObjectId root;
  uint64_t entries = 0;
};

class MapBuilder {
 public:
  MapBuilder(const MapOptions& options, NodeSink& sink);
  ~MapBuilder();
  MapBuilder(MapBuilder&&) noexcept;
  MapBuilder& operator=(MapBuilder&&) noexcept;

  // Keys strictly ascend (PULIH_CHECK: it is our own code that sorts). `links` are the objects that the value
  // names. too_large when the entry is heavier than kMaxMapEntryWeight.
  Status Add(ByteView key, ByteView value, const std::vector<ObjectId>& links);
  Result<MapRoot> Finish();

 private:
  struct Level;
  bool EndsHere(const Level& level, ByteView key, uint64_t weight);
  Status AddChild(size_t level, ByteView last_key, const ObjectId& child, uint64_t entries_below);
  Status EndNode(size_t level);

  MapOptions options_;
  uint64_t threshold_per_weight_;
  uint64_t forced_weight_;
  NodeSink* sink_;
  std::vector<std::unique_ptr<Level>> levels_;  // the open node of each; never empty
  uint64_t entries_ = 0;
  Bytes last_key_;
  Bytes boundary_input_;  // kept to save an allocation per entry
};

}  // namespace pulih

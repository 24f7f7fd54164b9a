// MemoryNodes keeps a map's nodes in memory, named by the SHA-256 of their bytes, and counts what is read and
// written. Nodes can be taken away or altered, to see what readers say.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/crypto/sha256.h"
#include "engine/map/map_builder.h"
#include "engine/map/map_reader.h"

namespace pulih {

class MemoryNodes final : public NodeSink, public NodeSource {
 public:
  struct Stored {
    std::shared_ptr<const Bytes> plain;
    std::vector<ObjectId> links;
  };

  Result<ObjectId> PutNode(Bytes plain, std::vector<ObjectId> links) override {
    const ObjectId id = IdOf(plain);
    if (!nodes.contains(id)) written.push_back(id);
    nodes[id] = Stored{std::make_shared<const Bytes>(std::move(plain)), std::move(links)};
    return id;
  }

  Result<std::shared_ptr<const Bytes>> GetNode(const ObjectId& id) override {
    opened.push_back(id);
    const auto at = nodes.find(id);
    if (at == nodes.end()) return Status(Code::not_found, "read node: " + id.hex() + ": not there");
    return at->second.plain;
  }

  static ObjectId IdOf(ByteView plain) { return ObjectId{Sha256Of(plain).bytes}; }

  std::map<ObjectId, Stored> nodes;
  std::vector<ObjectId> written, opened;  // in the order of the calls
};

using Entries = std::map<std::string, std::string>;

inline MapOptions TestMapOptions(uint32_t target_size = 512) {
  MapOptions options;
  options.boundary_key.fill(7);
  options.target_size = target_size;
  return options;
}

inline ObjectId BuildMap(MemoryNodes& nodes, const Entries& entries, const MapOptions& options = TestMapOptions()) {
  MapBuilder builder(options, nodes);
  for (const auto& [key, value] : entries) {
    PULIH_CHECK(builder.Add(AsBytes(key), AsBytes(value), {}).ok());
  }
  const Result<MapRoot> root = builder.Finish();
  PULIH_CHECK(root.ok() && root->entries == entries.size());
  return root->root;
}

// The nodes of one map, whatever else is stored.
inline std::set<ObjectId> NodesOf(MemoryNodes& nodes, const ObjectId& root) {
  std::set<ObjectId> all;
  const Status status = MapWalkNodes(
      nodes, root, [&](const ObjectId& id) { return all.insert(id).second; }, [](const MapGap&) { return false; });
  PULIH_CHECK(status.ok());
  return all;
}

}  // namespace pulih

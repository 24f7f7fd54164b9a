#include "engine/map/map_reader.h"

#include <algorithm>
#include <utility>

#include "engine/map/loaded_node.h"

namespace pulih {

namespace {

// Nothing when the node fits to what its parent says of it, else why not.
std::string_view Misfit(const Subtree& subtree, const Node& node) {
  if (subtree.level && node.level != *subtree.level) return "its level is not what its parent needs";
  if (!subtree.last) return {};  // a root: only it may be empty
  if (node.entries.empty() || !Equal(node.entries.back().key, *subtree.last)) return "its last key is not what its parent says";
  if (subtree.after && Compare(node.entries.front().key, *subtree.after) <= 0) return "its keys reach back before its place";
  uint64_t entries = 0;
  for (const NodeEntry& entry : node.entries) entries += node.level == 0 ? 1 : entry.entries_below;
  if (entries != subtree.entries) return "the number of entries below is not what its parent says";
  return {};
}

Subtree Root(const ObjectId& id) {
  Subtree root;
  root.id = id;
  return root;
}

MapGap GapOf(const Subtree& subtree, Status why) {
  MapGap gap;
  gap.node = subtree.id;
  gap.after = subtree.after.value_or(Bytes());
  gap.up_to = subtree.last.value_or(Bytes());
  gap.why = std::move(why);
  gap.is_first = !subtree.after;
  gap.is_last = subtree.is_last;
  return gap;
}

// The first entry whose key is not below `key`.
std::vector<NodeEntry>::const_iterator FirstNotBelow(const Node& node, ByteView key) {
  return std::lower_bound(node.entries.begin(), node.entries.end(), key,
                          [](const NodeEntry& entry, ByteView wanted) { return Compare(entry.key, wanted) < 0; });
}

enum class Next { go_on, stop };

// One walk in key order. Recursion is as deep as the tree: kMaxNodeLevel at most, since levels must descend.
class Scan {
 public:
  Scan(NodeSource& source, const MapRange& range, const std::function<bool(ByteView, ByteView)>& each,
       const std::function<bool(const MapGap&)>& gap)
      : source_(source), range_(range), each_(each), gap_(gap) {}

  Result<Next> Walk(const Subtree& subtree) {
    Result<LoadedNode> loaded = LoadNode(source_, subtree);
    if (!loaded.ok()) {
      if (!gap_(GapOf(subtree, loaded.status()))) return std::move(loaded).error();
      return Next::go_on;
    }
    return loaded->node.level == 0 ? WalkLeaf(loaded->node) : WalkInterior(subtree, loaded->node);
  }

 private:
  bool IsBehind(ByteView key) const { return !range_.to.empty() && Compare(key, range_.to) >= 0; }

  Result<Next> WalkLeaf(const Node& node) {
    for (auto at = FirstNotBelow(node, range_.from); at != node.entries.end(); ++at) {
      if (IsBehind(at->key) || !each_(at->key, at->value)) return Next::stop;
    }
    return Next::go_on;
  }

  Result<Next> WalkInterior(const Subtree& subtree, const Node& node) {
    for (auto at = FirstNotBelow(node, range_.from); at != node.entries.end(); ++at) {
      const auto index = static_cast<size_t>(at - node.entries.begin());
      if (index > 0 && IsBehind(node.entries[index - 1].key)) return Next::stop;
      PULIH_TRY_ASSIGN(const Next next, Walk(ChildOf(subtree, node, index)));
      if (next == Next::stop) return next;
    }
    return Next::go_on;
  }

  NodeSource& source_;
  const MapRange& range_;
  const std::function<bool(ByteView, ByteView)>& each_;
  const std::function<bool(const MapGap&)>& gap_;
};

Status WalkNodes(NodeSource& source, const Subtree& subtree, const std::function<bool(const ObjectId&)>& visit,
                 const std::function<bool(const MapGap&)>& gap) {
  if (!visit(subtree.id)) return OkStatus();
  const Result<LoadedNode> loaded = LoadNode(source, subtree);
  if (!loaded.ok()) return gap(GapOf(subtree, loaded.status())) ? OkStatus() : loaded.status();
  if (loaded->node.level == 0) return OkStatus();
  for (size_t i = 0; i < loaded->node.entries.size(); ++i) {
    PULIH_TRY(WalkNodes(source, ChildOf(subtree, loaded->node, i), visit, gap));
  }
  return OkStatus();
}

}  // namespace

Result<LoadedNode> LoadNode(NodeSource& source, const Subtree& subtree) {
  LoadedNode loaded;
  PULIH_TRY_ASSIGN(loaded.bytes, source.GetNode(subtree.id));
  Result<Node> node = DecodeNode(*loaded.bytes);
  if (!node.ok()) return std::move(node).error().Within("read map: node " + subtree.id.hex());
  loaded.node = std::move(node).value();
  if (const std::string_view misfit = Misfit(subtree, loaded.node); !misfit.empty()) {
    return Status(Code::corrupt, "read map: node " + subtree.id.hex() + ": " + std::string(misfit));
  }
  return loaded;
}

Subtree ChildOf(const Subtree& parent, const Node& node, size_t index) {
  const NodeEntry& entry = node.entries[index];
  Subtree child;
  child.id = entry.child;
  child.level = static_cast<uint8_t>(node.level - 1);
  child.after = index > 0 ? std::optional<Bytes>(node.entries[index - 1].key) : parent.after;
  child.last = entry.key;
  child.entries = entry.entries_below;
  child.is_last = parent.is_last && index + 1 == node.entries.size();
  return child;
}

Result<std::optional<Bytes>> MapGet(NodeSource& source, const ObjectId& root, ByteView key) {
  Subtree subtree = Root(root);
  for (;;) {
    PULIH_TRY_ASSIGN(const LoadedNode loaded, LoadNode(source, subtree));
    const auto at = FirstNotBelow(loaded.node, key);
    if (at == loaded.node.entries.end()) return std::optional<Bytes>();
    if (loaded.node.level == 0) {
      return Equal(at->key, key) ? std::optional<Bytes>(ToBytes(at->value)) : std::nullopt;
    }
    subtree = ChildOf(subtree, loaded.node, static_cast<size_t>(at - loaded.node.entries.begin()));
  }
}

Status MapScan(NodeSource& source, const ObjectId& root, const MapRange& range,
               const std::function<bool(ByteView, ByteView)>& each, const std::function<bool(const MapGap&)>& gap) {
  return Scan(source, range, each, gap).Walk(Root(root)).status();
}

Status MapWalkNodes(NodeSource& source, const ObjectId& root, const std::function<bool(const ObjectId&)>& visit,
                    const std::function<bool(const MapGap&)>& gap) {
  return WalkNodes(source, Root(root), visit, gap);
}

}  // namespace pulih

// A node of a map, read and checked against what its parent says of it.
#pragma once

#include <memory>
#include <optional>

#include "engine/map/map_reader.h"
#include "formats/repo/node.h"

namespace pulih {

// What is known of a subtree before it is opened. `level` is not known of a root.
struct Subtree {
  ObjectId id;
  std::optional<uint8_t> level;
  std::optional<Bytes> after;   // the key before its first; none: it is the map's first
  std::optional<Bytes> last;    // its last key; none: it is the root
  uint64_t entries = 0;         // where `last` is known
  bool is_last = true;          // nothing comes behind it
};

struct LoadedNode {
  std::shared_ptr<const Bytes> bytes;  // what `node` borrows from
  Node node;
};

// corrupt when the node is not what the parent promised: its level, its last key, the keys' lower bound, or the
// number of entries below.
Result<LoadedNode> LoadNode(NodeSource& source, const Subtree& subtree);

// The child behind node.entries[index] of `parent`, which is `node`.
Subtree ChildOf(const Subtree& parent, const Node& node, size_t index);

}  // namespace pulih

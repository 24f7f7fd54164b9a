// Reading maps: one key, a range in order, and the difference of two. Nodes come through a NodeSource, which
// has authenticated them already; a node that decodes wrongly all the same is `corrupt`.
//
// MapScan and MapWalkNodes skip over damage: a node that cannot be read is reported once, with the range of
// keys that it covers, and the walk goes on behind it.
//
// Not thread-safe; several readers may share one NodeSource if that is thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

class NodeSource {
 public:
  virtual ~NodeSource() = default;
  virtual Result<std::shared_ptr<const Bytes>> GetNode(const ObjectId& id) = 0;
};

// A part of a map that cannot be read: entries with keys in (after, up_to] are unknown, whatever part of it the
// reader asked for.
struct MapGap {
  ObjectId node;
  Bytes after;            // the last key before the gap; means nothing when is_first
  Bytes up_to;            // the last key inside the gap; means nothing when is_last
  Status why;
  bool is_first = false;  // from the beginning of the map
  bool is_last = false;   // to its end; where up_to is known (all but the root) it is the map's last key
};

// The value of one key; nothing when the map does not hold it.
Result<std::optional<Bytes>> MapGet(NodeSource& source, const ObjectId& root, ByteView key);

// Calls `each` for every entry with from <= key (and key < to, unless `to` is empty), in order. `each`
// returns false to stop. `gap` is called for each unreadable part; returning false stops with that gap's
// status. The views are valid during the call.
struct MapRange {
  Bytes from;
  Bytes to;
};
Status MapScan(NodeSource& source, const ObjectId& root, const MapRange& range,
               const std::function<bool(ByteView key, ByteView value)>& each,
               const std::function<bool(const MapGap&)>& gap);

// Calls `each` for every key whose value differs, in order, until it returns false; an absent side is nullopt.
// Equal nodes are not opened, wherever they stand: cost follows the number of changes, not the size. Fails on
// the first unreadable node. The views are valid during the call.
Status MapDiff(NodeSource& source, const ObjectId& old_root, const ObjectId& new_root, const MapRange& range,
               const std::function<bool(ByteView key, std::optional<ByteView> old_value, std::optional<ByteView> new_value)>& each);

// Visits every node of the map in order, parents first, and reads each, leaves too; `visit` returns false to
// leave out the node and all below (it was seen before). `gap` as in MapScan.
Status MapWalkNodes(NodeSource& source, const ObjectId& root,
                    const std::function<bool(const ObjectId& node)>& visit,
                    const std::function<bool(const MapGap&)>& gap);

}  // namespace pulih

// The difference of two maps, in key order, opening only nodes that are in one of them and not in the other:
// the least that any method can open.
//
// Each side is what is left of its map, in key order: an open leaf's entries, then subtrees that are not opened.
// Before a subtree is opened it is proved that the other side does not hold it (IsShared). The proof looks at the
// other side's part that covers the subtree's last key: a node with the same id has the same keys, so if it is
// there, it is that part or inside it. A covering part of a higher level is opened in its place, if it is not
// shared itself; if it is, then the subtree is not in it, for a map holds a key once.
//
// Boundaries may differ, and so may the heights. Memory: the children of one path or a few on each side.
#include <algorithm>
#include <iterator>
#include <list>
#include <utility>

#include "engine/base/check.h"
#include "engine/map/loaded_node.h"
#include "engine/map/map_reader.h"

namespace pulih {
namespace {

struct Part {
  Subtree subtree;
  bool is_shared = false;             // proved: the other side holds it too
  std::optional<LoadedNode> loaded;  // a root: it has to be read to know its level
};
using Parts = std::list<Part>;  // opening a part in the middle moves no other

class Side {
 public:
  Side(NodeSource& source, const MapRange& range) : source_(source), range_(range) {}

  Status Start(const ObjectId& root) {
    Part part;
    part.subtree.id = root;
    PULIH_TRY_ASSIGN(part.loaded, LoadNode(source_, part.subtree));
    const Node& node = part.loaded->node;
    if (node.entries.empty()) return OkStatus();
    part.subtree.level = node.level;
    part.subtree.last = node.entries.back().key;
    parts_.push_back(std::move(part));
    return OkStatus();
  }

  bool has_entry() const { return leaf_.has_value(); }
  const NodeEntry& entry() const { return leaf_->node.entries[leaf_at_]; }
  void PopEntry() {
    if (++leaf_at_ == leaf_end_) leaf_.reset();
  }

  Parts& parts() { return parts_; }

  // The part that would hold `key`; end() when an open leaf covers it, or nothing does.
  Parts::iterator Covering(ByteView key) {
    if (has_entry() && Compare(leaf_->node.entries.back().key, key) >= 0) return parts_.end();
    return std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) { return Compare(*part.subtree.last, key) >= 0; });
  }

  // Puts a part's children in its place; a leaf, which must be the first part, becomes the open one.
  Status Open(Parts::iterator part) {
    if (!part->loaded) {
      PULIH_TRY_ASSIGN(part->loaded, LoadNode(source_, part->subtree));
    }
    if (part->loaded->node.level == 0) {
      PULIH_CHECK(!has_entry() && part == parts_.begin());
      OpenLeaf(std::move(*part->loaded));
    } else {
      InsertChildren(part);
    }
    parts_.erase(part);
    return OkStatus();
  }

 private:
  void OpenLeaf(LoadedNode loaded) {
    const std::vector<NodeEntry>& entries = loaded.node.entries;
    const auto is_below = [](const NodeEntry& entry, ByteView key) { return Compare(entry.key, key) < 0; };
    const auto first = std::lower_bound(entries.begin(), entries.end(), ByteView(range_.from), is_below);
    const auto behind = range_.to.empty() ? entries.end() : std::lower_bound(entries.begin(), entries.end(), ByteView(range_.to), is_below);
    if (first >= behind) return;
    leaf_at_ = static_cast<size_t>(first - entries.begin());
    leaf_end_ = static_cast<size_t>(behind - entries.begin());
    leaf_ = std::move(loaded);
  }

  void InsertChildren(Parts::iterator part) {
    const Node& node = part->loaded->node;
    for (size_t i = 0; i < node.entries.size(); ++i) {
      Part child;
      child.subtree = ChildOf(part->subtree, node, i);
      const bool is_before = Compare(*child.subtree.last, range_.from) < 0;
      const bool is_behind = !range_.to.empty() && child.subtree.after && Compare(*child.subtree.after, range_.to) >= 0;
      if (!is_before && !is_behind) parts_.insert(part, std::move(child));
    }
  }

  NodeSource& source_;
  const MapRange& range_;
  std::optional<LoadedNode> leaf_;  // with entries left
  size_t leaf_at_ = 0, leaf_end_ = 0;
  Parts parts_;
};

using EachDifference = std::function<bool(ByteView, std::optional<ByteView>, std::optional<ByteView>)>;

class Difference {
 public:
  Difference(NodeSource& source, const MapRange& range, const EachDifference& each)
      : old_(source, range), new_(source, range), each_(each) {}

  Status Run(const ObjectId& old_root, const ObjectId& new_root) {
    PULIH_TRY(old_.Start(old_root));
    PULIH_TRY(new_.Start(new_root));
    while (!stopped_ && !(IsAtEnd(old_) && IsAtEnd(new_))) PULIH_TRY(Step());
    return OkStatus();
  }

 private:
  static bool IsAtEnd(Side& side) { return !side.has_entry() && side.parts().empty(); }

  // Every step takes an entry or a part off a side, or opens a part.
  Status Step() {
    if (old_.has_entry() && new_.has_entry()) {
      MergeEntries();
      return OkStatus();
    }
    if (old_.has_entry()) return EntryAgainstPart(old_, new_);
    if (new_.has_entry()) return EntryAgainstPart(new_, old_);
    return PartAgainstPart();
  }

  void MergeEntries() {
    const NodeEntry &was = old_.entry(), &is = new_.entry();
    const int order = Compare(was.key, is.key);
    if (order != 0) return TakeLone(order < 0 ? old_ : new_);
    if (!Equal(was.value, is.value)) stopped_ = !each_(was.key, was.value, is.value);
    old_.PopEntry();
    new_.PopEntry();
  }

  // The first entry of `side` is not on the other one.
  void TakeLone(Side& side) {
    const NodeEntry& entry = side.entry();
    stopped_ = &side == &old_ ? !each_(entry.key, entry.value, std::nullopt) : !each_(entry.key, std::nullopt, entry.value);
    side.PopEntry();
  }

  // `side` has an open entry, `other` a closed part at most.
  Status EntryAgainstPart(Side& side, Side& other) {
    const auto part = other.parts().begin();
    const bool is_before = part == other.parts().end() ||
                           (part->subtree.after && Compare(side.entry().key, *part->subtree.after) <= 0);
    if (!is_before) {
      PULIH_TRY_ASSIGN(const bool is_shared, IsShared(other, part));
      // A shared part comes later on this side too, so it is behind the entry as well.
      if (!is_shared) return other.Open(part);
    }
    TakeLone(side);
    return OkStatus();
  }

  Status PartAgainstPart() {
    if (old_.parts().empty()) return new_.Open(new_.parts().begin());
    if (new_.parts().empty()) return old_.Open(old_.parts().begin());
    const auto first = old_.parts().begin();
    PULIH_TRY_ASSIGN(const bool is_shared, IsShared(old_, first));
    if (!is_shared) return old_.Open(first);
    // Its twin is the first part of the other side (which the proof may have opened), or comes later there: then
    // what stands first there comes before it, so that is not on this side.
    const auto other = new_.parts().begin();
    if (other->subtree.id != first->subtree.id) return new_.Open(other);
    old_.parts().erase(first);
    new_.parts().erase(other);
    return OkStatus();
  }

  Result<bool> IsShared(Side& side, Parts::iterator part) {
    if (part->is_shared) return true;
    Side& other = &side == &old_ ? new_ : old_;
    for (;;) {
      const auto covering = other.Covering(*part->subtree.last);
      if (covering == other.parts().end()) return false;
      if (covering->subtree.id == part->subtree.id) {
        covering->is_shared = part->is_shared = true;
        return true;
      }
      if (*covering->subtree.level <= *part->subtree.level) return false;
      PULIH_TRY_ASSIGN(const bool covering_is_shared, IsShared(other, covering));
      if (covering_is_shared) return false;
      PULIH_TRY(other.Open(covering));
    }
  }

  Side old_, new_;
  const EachDifference& each_;
  bool stopped_ = false;
};

}  // namespace

Status MapDiff(NodeSource& source, const ObjectId& old_root, const ObjectId& new_root, const MapRange& range,
               const EachDifference& each) {
  if (old_root == new_root) return OkStatus();
  return Difference(source, range, each).Run(old_root, new_root);
}

}  // namespace pulih

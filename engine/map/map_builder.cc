#include "engine/map/map_builder.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "engine/base/check.h"
#include "formats/repo/node.h"

namespace pulih {
namespace {

constexpr uint64_t kEntryOverhead = 8;
constexpr uint64_t kForcedAtTargets = 16;
constexpr uint64_t kMaxNodeWeight = 2u << 20;
// A node's bytes and its whole keys fit into one object, also when its last entry is the heaviest there is. The
// smallest interior entry weighs 40 and takes up to 10 bytes more than that; a leaf's takes less than it weighs.
static_assert((kMaxNodeWeight + kMaxMapEntryWeight) / 40 * 50 < kMaxObjectSize);
static_assert(kMaxNodeWeight + kMaxMapEntryWeight <= kMaxNodeKeyBytes);

// In order of first mention, without repeats. Sorting beats a hash set for the hundred or so of a node.
std::vector<ObjectId> WithoutRepeats(const std::vector<ObjectId>& links) {
  std::vector<uint32_t> order(links.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const auto c = links[a] <=> links[b];
    return c != 0 ? c < 0 : a < b;
  });
  order.erase(std::unique(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return links[a] == links[b]; }), order.end());
  std::sort(order.begin(), order.end());
  std::vector<ObjectId> once;
  once.reserve(order.size());
  for (const uint32_t at : order) once.push_back(links[at]);
  return once;
}

}  // namespace

// The open node of one level.
struct MapBuilder::Level {
  explicit Level(uint8_t n) : number(n), node(n) {}

  void AddLinks(const std::vector<ObjectId>& more) {
    for (const ObjectId& link : more) {
      // Neighbours mostly lie in the same group: most repeats are caught here.
      if (links.empty() || links.back() != link) links.push_back(link);
    }
  }

  uint8_t number;
  NodeEncoder node;
  uint64_t weight = 0;
  uint64_t entries_below = 0;
  std::vector<ObjectId> links;  // of an interior node: its children
};

MapBuilder::MapBuilder(const MapOptions& options, NodeSink& sink)
    : options_(options),
      threshold_per_weight_(std::numeric_limits<uint64_t>::max() / std::max(options.target_size, 1u)),
      forced_weight_(std::min(kForcedAtTargets * options.target_size, kMaxNodeWeight)),
      sink_(&sink) {
  levels_.push_back(std::make_unique<Level>(uint8_t{0}));
}
MapBuilder::~MapBuilder() = default;
MapBuilder::MapBuilder(MapBuilder&&) noexcept = default;
MapBuilder& MapBuilder::operator=(MapBuilder&&) noexcept = default;

bool MapBuilder::EndsHere(const Level& level, ByteView key, uint64_t weight) {
  if (level.number > 0 && level.node.count() == 1) return false;
  if (weight >= options_.target_size || level.weight >= forced_weight_) return true;
  boundary_input_.assign(1, level.number);
  Append(boundary_input_, key);
  return SipHash24(options_.boundary_key, boundary_input_) < weight * threshold_per_weight_;
}

Status MapBuilder::Add(ByteView key, ByteView value, const std::vector<ObjectId>& links) {
  PULIH_CHECK(entries_ == 0 || Compare(last_key_, key) < 0);
  const uint64_t weight = key.size() + value.size() + kEntryOverhead;
  if (weight > kMaxMapEntryWeight) {
    return Status(Code::too_large, "add to map: entry of " + std::to_string(weight) + " bytes: at most " +
                                       std::to_string(kMaxMapEntryWeight) + " fit");
  }
  last_key_.assign(key.begin(), key.end());
  ++entries_;
  Level& leaf = *levels_[0];
  leaf.node.AddLeafEntry(key, value);
  leaf.weight += weight;
  ++leaf.entries_below;
  leaf.AddLinks(links);
  return EndsHere(leaf, key, weight) ? EndNode(0) : OkStatus();
}

Status MapBuilder::AddChild(size_t level, ByteView last_key, const ObjectId& child, uint64_t entries_below) {
  PULIH_CHECK(level <= kMaxNodeLevel);  // halving: 2^31 leaves at the least
  if (level == levels_.size()) levels_.push_back(std::make_unique<Level>(static_cast<uint8_t>(level)));
  Level& parent = *levels_[level];
  const uint64_t weight = last_key.size() + ObjectId::kSize + kEntryOverhead;
  parent.node.AddChild(last_key, child, entries_below);
  parent.weight += weight;
  parent.entries_below += entries_below;
  parent.links.push_back(child);
  return EndsHere(parent, last_key, weight) ? EndNode(level) : OkStatus();
}

// Puts the open node of `level` and starts the next; the level above gets the entry for it.
Status MapBuilder::EndNode(size_t level) {
  const auto next = static_cast<uint8_t>(level);
  Level ended = std::exchange(*levels_[level], Level(next));
  const Bytes last_key = ended.node.last_key();
  std::vector<ObjectId> links = level == 0 ? WithoutRepeats(ended.links) : std::move(ended.links);
  PULIH_TRY_ASSIGN(const ObjectId id, sink_->PutNode(std::move(ended.node).Finish(), std::move(links)));
  return AddChild(level + 1, last_key, id, ended.entries_below);
}

Result<MapRoot> MapBuilder::Finish() {
  if (entries_ == 0) {
    PULIH_TRY_ASSIGN(const ObjectId id, sink_->PutNode(NodeEncoder(0).Finish(), {}));
    return MapRoot{id, 0};
  }
  // Ending the open nodes from below adds to the level above, until the topmost holds one child: the root.
  for (size_t level = 0;; ++level) {
    const Level& open = *levels_[level];
    const bool is_top = level + 1 == levels_.size();
    if (is_top && level > 0 && open.node.count() == 1) return MapRoot{open.links.front(), entries_};
    if (open.node.count() > 0) PULIH_TRY(EndNode(level));
  }
}

}  // namespace pulih

#include "engine/map/map_builder.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

#include "formats/repo/node.h"
#include "tests/support/memory_nodes.h"

namespace pulih {
namespace {

Entries Numbered(size_t count, size_t value_size = 20) {
  Entries entries;
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(1000000 + i);
    entries["dir/" + number] = std::string(value_size, static_cast<char>('a' + i % 26));
  }
  return entries;
}

ObjectId Link(uint8_t n) {
  ObjectId id;
  id.bytes.fill(n);
  return id;
}

Node Decode(const MemoryNodes& nodes, const ObjectId& id) {
  Result<Node> node = DecodeNode(*nodes.nodes.at(id).plain);
  REQUIRE(node.ok());
  return std::move(node).value();
}

// --- the slow twin, written from the header's words: level by level over whole lists ----------------------

struct SlowEntry {
  std::string key, value;
  ObjectId child;
  uint64_t below = 1;
};

std::vector<std::vector<SlowEntry>> SlowSplit(const std::vector<SlowEntry>& entries, uint8_t level, const MapOptions& options) {
  std::vector<std::vector<SlowEntry>> groups(1);
  uint64_t sum = 0;
  for (const SlowEntry& entry : entries) {
    groups.back().push_back(entry);
    const uint64_t weight = entry.key.size() + (level == 0 ? entry.value.size() : 32) + 8;
    sum += weight;
    const std::string input = std::string(1, static_cast<char>(level)) + entry.key;
    const bool by_hash = weight >= options.target_size ||
                         SipHash24(options.boundary_key, AsBytes(input)) < weight * (UINT64_MAX / options.target_size);
    const bool is_forced = sum >= std::min<uint64_t>(16ull * options.target_size, 2u << 20);
    if ((by_hash || is_forced) && (level == 0 || groups.back().size() > 1)) {
      groups.emplace_back();
      sum = 0;
    }
  }
  if (groups.back().empty()) groups.pop_back();
  return groups;
}

ObjectId SlowRoot(const Entries& entries, const MapOptions& options) {
  if (entries.empty()) return MemoryNodes::IdOf(NodeEncoder(0).Finish());
  std::vector<SlowEntry> list;
  for (const auto& [key, value] : entries) list.push_back({key, value, {}, 1});
  for (uint8_t level = 0;; ++level) {
    std::vector<SlowEntry> above;
    for (const auto& group : SlowSplit(list, level, options)) {
      NodeEncoder node(level);
      uint64_t below = 0;
      for (const SlowEntry& entry : group) {
        below += entry.below;
        if (level == 0) node.AddLeafEntry(AsBytes(entry.key), AsBytes(entry.value));
        else node.AddChild(AsBytes(entry.key), entry.child, entry.below);
      }
      above.push_back({group.back().key, {}, MemoryNodes::IdOf(std::move(node).Finish()), below});
    }
    if (above.size() == 1) return above[0].child;
    list = std::move(above);
  }
}

Entries RandomEntries(uint32_t seed, size_t count) {
  std::mt19937 random(seed);
  Entries entries;
  while (entries.size() < count) {
    std::string key(random() % 30, '\0');
    for (char& c : key) c = static_cast<char>("\0/ab\xff"[random() % 5]);
    entries[key] = std::string(random() % 8 == 0 ? random() % 700 : random() % 40, 'v');
  }
  return entries;
}

}  // namespace

TEST_CASE("the empty map is one empty leaf") {
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, {});
  CHECK(nodes.nodes.size() == 1);
  CHECK(Decode(nodes, root).level == 0);
  CHECK(Decode(nodes, root).entries.empty());
}

TEST_CASE("a map of one entry is one leaf, also when the entry ends its node") {
  const size_t value_size = GENERATE(0u, 10000u);
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, {{"", std::string(value_size, 'x')}});
  CHECK(nodes.nodes.size() == 1);
  CHECK(Decode(nodes, root).level == 0);
  CHECK(Decode(nodes, root).entries.size() == 1);
}

TEST_CASE("the tree is that of a slow twin that splits level by level") {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    const Entries entries = RandomEntries(seed, seed < 30 ? seed : seed * 10);
    for (const uint32_t target : {64u, 300u, 16384u}) {
      CAPTURE(seed, target);
      MemoryNodes nodes;
      REQUIRE(BuildMap(nodes, entries, TestMapOptions(target)) == SlowRoot(entries, TestMapOptions(target)));
    }
  }
}

TEST_CASE("the root of a seeded map is this for ever") {
  MemoryNodes nodes;
  CHECK(BuildMap(nodes, Numbered(1000)).hex() == "a2ce77587a4861e7b0429c9e6984b0f1f5f5e504232736f2f703739ea9f4b080");
}

TEST_CASE("no interior node has one child, and levels and counts are right all the way down") {
  MemoryNodes nodes;
  const Entries entries = RandomEntries(99, 3000);
  const ObjectId root = BuildMap(nodes, entries, TestMapOptions(64));
  const Node top = Decode(nodes, root);
  CHECK(top.level >= 3);
  CHECK(top.entries.size() > 1);
  uint64_t below = 0;
  for (const NodeEntry& entry : top.entries) below += entry.entries_below;
  CHECK(below == entries.size());
  // Not even the last node of a level may end after its first entry by itself.
  for (const auto& [id, stored] : nodes.nodes) {
    const Node node = Decode(nodes, id);
    if (node.level > 0 && node.entries.size() == 1) CHECK(node.entries.back().key == ToBytes(entries.rbegin()->first));
  }
}

TEST_CASE("a changed value rewrites one path only") {
  Entries entries = Numbered(5000);
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, entries);
  const size_t levels = Decode(nodes, root).level + 1u;
  std::mt19937 random(1);
  size_t rewritten = 0;
  for (int i = 0; i < 8; ++i) {
    nodes.written.clear();
    Entries changed = entries;
    // Of the same length: then it does not even move its own boundary.
    std::next(changed.begin(), static_cast<std::ptrdiff_t>(random() % changed.size()))->second[0] = '!';
    BuildMap(nodes, changed);
    CHECK(nodes.written.size() == levels);
    // A longer one moves one boundary at most: a path becomes two, or two become one.
    nodes.written.clear();
    std::next(changed.begin(), static_cast<std::ptrdiff_t>(random() % changed.size()))->second += std::string(300, '!');
    BuildMap(nodes, changed);
    rewritten = std::max(rewritten, nodes.written.size());
  }
  CHECK(rewritten <= 2 * levels);
}

TEST_CASE("a node's end is forced at sixteen targets, and at two mebibytes") {
  // Of all keys those that do not end a leaf by themselves.
  MapOptions options = TestMapOptions(460);
  const std::string value(100, 'v');
  constexpr uint64_t kWeight = 7 + 100 + 8;
  Entries entries;
  for (size_t i = 0; entries.size() < 20000; ++i) {
    const std::string key = std::to_string(1000000 + i);
    if (SipHash24(options.boundary_key, AsBytes('\0' + key)) >= kWeight * (UINT64_MAX / options.target_size)) entries[key] = value;
  }
  options.target_size = GENERATE(460u, 1u << 31);
  const size_t forced_at = (std::min<uint64_t>(16ull * options.target_size, 2u << 20) + kWeight - 1) / kWeight;
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, entries, options);
  CHECK(root == SlowRoot(entries, options));
  size_t leaves = 0;
  for (const auto& [id, stored] : nodes.nodes) {
    const Node node = Decode(nodes, id);
    if (node.level > 0) continue;
    ++leaves;
    const bool is_last = ToText(node.entries.back().key) == entries.rbegin()->first;
    CHECK((is_last || node.entries.size() == forced_at));
  }
  CHECK(leaves == (entries.size() + forced_at - 1) / forced_at);
}

TEST_CASE("keys longer than the target still make a tree that comes to an end") {
  Entries entries;
  for (int i = 0; i < 200; ++i) entries[std::to_string(1000 + i) + std::string(5000, 'k')] = "v";
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, entries, TestMapOptions(64));
  CHECK(Decode(nodes, root).level <= 8);
  CHECK(NodesOf(nodes, root).size() < 410);  // 200, at most half of that, and so on
}

TEST_CASE("an entry that no node can hold is refused") {
  MemoryNodes nodes;
  MapBuilder builder(TestMapOptions(), nodes);
  const Bytes big(kMaxMapEntryWeight - 8 - 1);
  CHECK(builder.Add(AsBytes("a"), big, {}).ok());
  Bytes too_big = big;
  too_big.push_back(0);
  CHECK(builder.Add(AsBytes("b"), too_big, {}).code() == Code::too_large);
  Bytes key(kMaxMapEntryWeight - 8, 'c');
  CHECK(builder.Add(key, {}, {}).ok());
  key.push_back('c');
  CHECK(builder.Add(key, {}, {}).code() == Code::too_large);
  const Result<MapRoot> root = builder.Finish();
  REQUIRE(root.ok());
  CHECK(root->entries == 2);
}

TEST_CASE("the largest entries make nodes that are objects still") {
  MemoryNodes nodes;
  MapBuilder builder(TestMapOptions(1u << 31), nodes);
  for (uint8_t i = 0; i < 20; ++i) {
    Bytes key(kMaxMapEntryWeight - 8, i);
    REQUIRE(builder.Add(key, {}, {}).ok());
  }
  REQUIRE(builder.Finish().ok());
  for (const auto& [id, stored] : nodes.nodes) {
    CHECK(stored.plain->size() <= kMaxObjectSize);
    CHECK(DecodeNode(*stored.plain).ok());
  }
}

TEST_CASE("a leaf's links are those of its values in order of first mention, an interior node's its children") {
  MemoryNodes nodes;
  MapBuilder builder(TestMapOptions(1u << 20), nodes);
  REQUIRE(builder.Add(AsBytes("a"), AsBytes("1"), {Link(9), Link(3)}).ok());
  REQUIRE(builder.Add(AsBytes("b"), AsBytes("2"), {}).ok());
  REQUIRE(builder.Add(AsBytes("c"), AsBytes("3"), {Link(3), Link(9), Link(1), Link(3)}).ok());
  const Result<MapRoot> root = builder.Finish();
  REQUIRE(root.ok());
  CHECK(nodes.nodes.at(root->root).links == std::vector<ObjectId>{Link(9), Link(3), Link(1)});

  MemoryNodes tree;
  const ObjectId top = BuildMap(tree, Numbered(500), TestMapOptions(100));
  for (const ObjectId& id : NodesOf(tree, top)) {
    const Node node = Decode(tree, id);
    std::vector<ObjectId> children;
    if (node.level > 0) {
      for (const NodeEntry& entry : node.entries) children.push_back(entry.child);
    }
    CHECK(tree.nodes.at(id).links == children);
  }
}

TEST_CASE("links do not leak from one leaf to the next") {
  MemoryNodes nodes;
  MapBuilder builder(TestMapOptions(64), nodes);
  for (uint8_t i = 0; i < 200; ++i) {
    const Bytes key = {i};
    REQUIRE(builder.Add(key, {&i, 1}, {Link(i)}).ok());
  }
  REQUIRE(builder.Finish().ok());
  for (const auto& [id, stored] : nodes.nodes) {
    const Node node = Decode(nodes, id);
    if (node.level > 0) continue;
    std::vector<ObjectId> expected;
    for (const NodeEntry& entry : node.entries) expected.push_back(Link(entry.key[0]));
    CHECK(stored.links == expected);
  }
}

TEST_CASE("a failure of the sink is passed up") {
  class FailingSink final : public NodeSink {
   public:
    explicit FailingSink(int calls) : left(calls) {}
    Result<ObjectId> PutNode(Bytes plain, std::vector<ObjectId>) override {
      if (left-- == 0) return Status(Code::no_space, "write: full");
      return MemoryNodes::IdOf(plain);
    }
    int left;
  };
  MemoryNodes whole;
  const Entries entries = Numbered(300);
  BuildMap(whole, entries, TestMapOptions(200));
  for (int calls = 0; calls < static_cast<int>(whole.written.size()); ++calls) {
    FailingSink sink(calls);
    MapBuilder builder(TestMapOptions(200), sink);
    Status status;
    for (auto at = entries.begin(); at != entries.end() && status.ok(); ++at) status = builder.Add(AsBytes(at->first), AsBytes(at->second), {});
    if (status.ok()) status = builder.Finish().status();
    REQUIRE(status.code() == Code::no_space);
  }
}

}  // namespace pulih

#include "engine/map/map_reader.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "formats/repo/node.h"
#include "tests/support/memory_nodes.h"

namespace pulih {
namespace {

Entries RandomEntries(uint32_t seed, size_t count) {
  std::mt19937 random(seed);
  Entries entries;
  while (entries.size() < count) {
    entries["k" + std::to_string(random() % 100000)] = std::string(random() % 50, static_cast<char>('a' + random() % 26));
  }
  return entries;
}

struct Scanned {
  Entries entries;
  std::vector<MapGap> gaps;
  Status status;
};

Scanned ScanRange(MemoryNodes& nodes, const ObjectId& root, std::string_view from = {}, std::string_view to = {}) {
  Scanned seen;
  std::string last;
  seen.status = MapScan(
      nodes, root, MapRange{ToBytes(from), ToBytes(to)},
      [&](ByteView key, ByteView value) {
        CHECK((seen.entries.empty() || last < ToText(key)));
        last = ToText(key);
        seen.entries[last] = ToText(value);
        return true;
      },
      [&](const MapGap& gap) {
        seen.gaps.push_back(gap);
        return true;
      });
  return seen;
}

bool IsIn(const MapGap& gap, const std::string& key) {
  return (gap.is_first || ToText(gap.after) < key) && (gap.is_last || key <= ToText(gap.up_to));
}

}  // namespace

TEST_CASE("every key of a map is found, and no other") {
  const size_t count = GENERATE(0u, 1u, 2u, 40u, 3000u);
  MemoryNodes nodes;
  const Entries entries = RandomEntries(1, count);
  const ObjectId root = BuildMap(nodes, entries);
  size_t wrong = 0;
  for (const auto& [key, value] : entries) {
    for (const std::string& wanted : {key, key + '\0', key.substr(0, key.size() - 1)}) {
      const Result<std::optional<Bytes>> found = MapGet(nodes, root, AsBytes(wanted));
      REQUIRE(found.ok());
      const auto expected = entries.find(wanted);
      if (found->has_value() != (expected != entries.end())) ++wrong;
      if (found->has_value() && ToText(**found) != expected->second) ++wrong;
    }
  }
  CHECK(wrong == 0);
  CHECK(MapGet(nodes, root, AsBytes("zzz")).value() == std::nullopt);
  CHECK(MapGet(nodes, root, {}).value() == std::nullopt);
}

TEST_CASE("looking up one key opens one path") {
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, RandomEntries(2, 5000));
  const size_t levels = DecodeNode(*nodes.nodes.at(root).plain)->level + 1u;
  REQUIRE(MapGet(nodes, root, AsBytes("k5")).ok());
  CHECK(nodes.opened.size() == levels);
}

TEST_CASE("a range gives the entries from its first key up to, without, its end, and opens no more than it must") {
  MemoryNodes nodes;
  const Entries entries = RandomEntries(3, 3000);
  const ObjectId root = BuildMap(nodes, entries);
  CHECK(ScanRange(nodes, root).entries == entries);
  std::mt19937 random(4);
  for (int i = 0; i < 200; ++i) {
    const std::string from = "k" + std::to_string(random() % 100000), to = i % 10 == 0 ? "" : "k" + std::to_string(random() % 100000);
    const auto end = to.empty() ? entries.end() : entries.lower_bound(to);
    const auto begin = entries.lower_bound(from);
    const Entries expected = to.empty() || from < to ? Entries(begin, end) : Entries();
    CHECK(ScanRange(nodes, root, from, to).entries == expected);
  }
  const auto first = std::next(entries.begin(), 1500);
  nodes.opened.clear();
  CHECK(ScanRange(nodes, root, first->first, std::next(first)->first).entries.size() == 1);
  CHECK(nodes.opened.size() <= 2u * (DecodeNode(*nodes.nodes.at(root).plain)->level + 1));
}

TEST_CASE("a scan stops when it is told to") {
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, RandomEntries(5, 3000));
  size_t seen = 0;
  nodes.opened.clear();
  CHECK(MapScan(nodes, root, {}, [&](ByteView, ByteView) { return ++seen < 5; }, [](const MapGap&) { return true; }).ok());
  CHECK(seen == 5);
  CHECK(nodes.opened.size() < 8);
}

TEST_CASE("the empty key and empty values are entries like others") {
  MemoryNodes nodes;
  const Entries entries = {{"", ""}, {std::string(1, '\0'), ""}, {"a", "x"}};
  const ObjectId root = BuildMap(nodes, entries, TestMapOptions(9));
  CHECK(ScanRange(nodes, root).entries == entries);
  CHECK(MapGet(nodes, root, {}).value() == Bytes());
}

TEST_CASE("big values come back whole") {
  MemoryNodes nodes;
  Entries entries = RandomEntries(6, 100);
  entries["k5"] = std::string(900000, 'b');
  entries["k50001"] = std::string(70000, 'c');
  const ObjectId root = BuildMap(nodes, entries);
  CHECK(ScanRange(nodes, root).entries == entries);
  CHECK(MapGet(nodes, root, AsBytes("k5")).value()->size() == 900000);
}

TEST_CASE("with any one node missing, all other entries are read and the gap holds the lost keys and no others") {
  MemoryNodes nodes;
  const Entries entries = RandomEntries(7, 600);
  const ObjectId root = BuildMap(nodes, entries, TestMapOptions(200));
  const std::set<ObjectId> all = NodesOf(nodes, root);
  REQUIRE(all.size() > 60);
  for (const ObjectId& lost : all) {
    MemoryNodes::Stored kept = nodes.nodes.extract(lost).mapped();
    const Scanned seen = ScanRange(nodes, root);
    CAPTURE(lost.hex());
    REQUIRE(seen.status.ok());
    REQUIRE(seen.gaps.size() == 1);
    const MapGap& gap = seen.gaps[0];
    CHECK(gap.node == lost);
    CHECK(gap.why.code() == Code::not_found);
    size_t wrong = 0;
    for (const auto& [key, value] : entries) {
      if (seen.entries.contains(key) == IsIn(gap, key)) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(seen.entries.size() < entries.size());
    CHECK((gap.is_first || gap.is_last || entries.contains(ToText(gap.up_to))));
    CHECK((gap.is_first || entries.contains(ToText(gap.after))));
    if (lost == root) CHECK((gap.is_first && gap.is_last));

    // MapGet fails on the lost path and nowhere else.
    for (auto at = entries.begin(); at != entries.end(); std::advance(at, std::min<ptrdiff_t>(37, std::distance(at, entries.end())))) {
      CHECK(MapGet(nodes, root, AsBytes(at->first)).ok() == !IsIn(gap, at->first));
    }
    // The walk over nodes reports the same.
    size_t visited = 0, gaps = 0;
    CHECK(MapWalkNodes(nodes, root, [&](const ObjectId&) { return ++visited > 0; },
                       [&](const MapGap& other) { return other.node == lost && other.up_to == gap.up_to && ++gaps == 1; }).ok());
    CHECK(gaps == 1);
    nodes.nodes[lost] = std::move(kept);
  }
}

TEST_CASE("a gap outside of the range is not met, and a gap may stop the scan with its status") {
  MemoryNodes nodes;
  const Entries entries = RandomEntries(8, 600);
  const ObjectId root = BuildMap(nodes, entries, TestMapOptions(200));
  const Result<Node> top = DecodeNode(*nodes.nodes.at(root).plain);
  nodes.nodes.erase(top->entries[0].child);
  const std::string behind = ToText(top->entries[0].key) + '\0';
  CHECK(ScanRange(nodes, root, behind).gaps.empty());
  CHECK(ScanRange(nodes, root).gaps.size() == 1);
  CHECK(MapScan(nodes, root, {}, [](ByteView, ByteView) { return true; }, [](const MapGap&) { return false; }).code() == Code::not_found);
  CHECK(MapWalkNodes(nodes, root, [](const ObjectId&) { return true; }, [](const MapGap&) { return false; }).code() == Code::not_found);
}

TEST_CASE("a node that is not what its parent says is corrupt, and a gap") {
  MemoryNodes nodes;
  const Entries entries = RandomEntries(9, 600);
  const ObjectId root = BuildMap(nodes, entries, TestMapOptions(200));
  const Result<Node> top = DecodeNode(*nodes.nodes.at(root).plain);
  REQUIRE(top->entries.size() > 1);
  const ObjectId victim = top->entries[1].child;
  const Bytes good = *nodes.nodes.at(victim).plain;

  const auto encode = [](uint8_t level, const std::vector<std::string>& keys, const ObjectId& child) {
    NodeEncoder node(level);
    for (const std::string& key : keys) {
      if (level == 0) node.AddLeafEntry(AsBytes(key), {});
      else node.AddChild(AsBytes(key), child, 1);
    }
    return std::move(node).Finish();
  };
  const std::string last = ToText(top->entries[1].key);
  Bytes garbage = good;
  garbage[1] ^= 0x40;
  const auto level = static_cast<uint8_t>(top->level - 1);
  REQUIRE(level > 0);
  const std::vector<Bytes> forgeries = {
      garbage, Bytes(), encode(0, {last}, victim),   // a leaf where an interior node is due
      encode(level, {last}, victim),                 // too few entries below
      encode(level, {last + "x"}, victim),           // another last key
      encode(level, {"", last}, victim),             // reaches back before its place
      *nodes.nodes.at(top->entries[0].child).plain,  // another's node
      *nodes.nodes.at(root).plain,                   // a circle
  };
  const size_t which = GENERATE(range(0, 8));
  CAPTURE(which);
  const Bytes& forged = forgeries.at(which);
  nodes.nodes[victim].plain = std::make_shared<const Bytes>(forged);
  const Scanned seen = ScanRange(nodes, root);
  REQUIRE(seen.status.ok());
  REQUIRE(!seen.gaps.empty());
  CHECK(seen.gaps[0].node == victim);
  CHECK(seen.gaps[0].why.code() == Code::corrupt);
  CHECK(MapGet(nodes, root, AsBytes(last)).status().code() == Code::corrupt);
}

TEST_CASE("the walk visits every node once, parents first, and leaves out what it is told to") {
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, RandomEntries(10, 600), TestMapOptions(200));
  std::vector<ObjectId> visited;
  REQUIRE(MapWalkNodes(nodes, root, [&](const ObjectId& id) { visited.push_back(id); return true; }, [](const MapGap&) { return false; }).ok());
  CHECK(visited.size() == nodes.nodes.size());
  for (const auto& [id, stored] : nodes.nodes) {
    const auto parent = std::find(visited.begin(), visited.end(), id);
    REQUIRE(parent != visited.end());
    for (const ObjectId& child : stored.links) CHECK(std::find(visited.begin(), visited.end(), child) > parent);
  }
  nodes.opened.clear();
  REQUIRE(MapWalkNodes(nodes, root, [&](const ObjectId& id) { return id == root; }, [](const MapGap&) { return false; }).ok());
  CHECK(nodes.opened.size() == 1);
}

}  // namespace pulih

#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "engine/map/map_reader.h"
#include "formats/repo/node.h"
#include "tests/support/memory_nodes.h"

namespace pulih {
namespace {

using Change = std::tuple<std::string, std::optional<std::string>, std::optional<std::string>>;

std::optional<std::string> Text(const std::optional<ByteView>& view) {
  return view ? std::optional<std::string>(ToText(*view)) : std::nullopt;
}

std::vector<Change> DiffOf(MemoryNodes& nodes, const ObjectId& before, const ObjectId& after, std::string_view from = {}, std::string_view to = {}) {
  std::vector<Change> changes;
  nodes.opened.clear();
  const Status status = MapDiff(nodes, before, after, MapRange{ToBytes(from), ToBytes(to)},
                                [&](ByteView key, std::optional<ByteView> was, std::optional<ByteView> is) {
                                  changes.emplace_back(ToText(key), Text(was), Text(is));
                                  return true;
                                });
  INFO(status.ToString());
  REQUIRE(status.ok());
  return changes;
}

std::vector<Change> SlowDiff(const Entries& before, const Entries& after, const std::string& from = {}, const std::string& to = {}) {
  std::set<std::string> keys;
  for (const Entries* side : {&before, &after}) {
    for (const auto& item : *side) keys.insert(item.first);
  }
  const auto value = [](const Entries& side, const std::string& key) {
    const auto at = side.find(key);
    return at == side.end() ? std::nullopt : std::optional<std::string>(at->second);
  };
  std::vector<Change> changes;
  for (const std::string& key : keys) {
    if (key < from || (!to.empty() && key >= to) || value(before, key) == value(after, key)) continue;
    changes.emplace_back(key, value(before, key), value(after, key));
  }
  return changes;
}

// What had to be opened at the least: the nodes that one map has and the other has not.
std::set<ObjectId> OnOneSideOnly(MemoryNodes& nodes, const ObjectId& before, const ObjectId& after) {
  const std::set<ObjectId> a = NodesOf(nodes, before), b = NodesOf(nodes, after);
  std::set<ObjectId> either;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(either, either.end()));
  return either;
}

// Diffs both ways, compares with the slow twin, and asks that no shared node was opened and none twice. (A root is
// opened always, even if it is a node of the other map: its level is not known.)
void CheckDiff(MemoryNodes& nodes, const Entries& before, const Entries& after, const MapOptions& options) {
  const ObjectId old_root = BuildMap(nodes, before, options), new_root = BuildMap(nodes, after, options);
  std::set<ObjectId> must = OnOneSideOnly(nodes, old_root, new_root);
  if (old_root != new_root) must.insert({old_root, new_root});
  REQUIRE(DiffOf(nodes, old_root, new_root) == SlowDiff(before, after));
  REQUIRE(nodes.opened.size() == must.size());
  REQUIRE(std::set<ObjectId>(nodes.opened.begin(), nodes.opened.end()) == must);
  REQUIRE(DiffOf(nodes, new_root, old_root) == SlowDiff(after, before));
  REQUIRE(nodes.opened.size() == must.size());
}

Entries RandomEntries(std::mt19937& random, size_t count) {
  Entries entries;
  while (entries.size() < count) entries["k" + std::to_string(random() % 100000)] = std::string(random() % 40, 'v');
  return entries;
}

void Edit(Entries& entries, std::mt19937& random) {
  const auto some = [&] { return std::next(entries.begin(), static_cast<std::ptrdiff_t>(random() % entries.size())); };
  switch (random() % 4) {
    case 0: entries["k" + std::to_string(random() % 100000)] = "new"; break;
    case 1: if (!entries.empty()) entries.erase(some()); break;
    case 2: if (!entries.empty()) some()->second += "x"; break;
    default: {  // a run of neighbours goes
      if (entries.empty()) break;
      const auto from = some();
      entries.erase(from, std::next(from, std::min<std::ptrdiff_t>(std::distance(from, entries.end()), static_cast<std::ptrdiff_t>(random() % 30))));
    }
  }
}

Entries Numbered(size_t count) {
  Entries entries;
  for (size_t i = 0; i < count; ++i) entries[std::to_string(1000000 + i)] = "value " + std::to_string(i);
  return entries;
}

}  // namespace

TEST_CASE("equal maps are not opened at all") {
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, Numbered(1000));
  CHECK(DiffOf(nodes, root, root).empty());
  CHECK(nodes.opened.empty());
}

TEST_CASE("the same entries by any history of edits have the same root") {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    const Entries target = RandomEntries(random, 300);
    MemoryNodes nodes;
    const ObjectId expected = BuildMap(nodes, target, TestMapOptions(100));
    Entries wandering = target;
    for (int i = 0; i < 50; ++i) Edit(wandering, random);
    CHECK((BuildMap(nodes, wandering, TestMapOptions(100)) == expected) == (wandering == target));
    wandering = target;  // whatever came between
    CHECK(BuildMap(nodes, wandering, TestMapOptions(100)) == expected);
  }
}

TEST_CASE("a diff finds exactly the changes and opens exactly the nodes that one side has alone") {
  std::mt19937 random(2);
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    const MapOptions options = TestMapOptions(std::vector<uint32_t>{40, 100, 300}[static_cast<size_t>(round % 3)]);
    const Entries before = RandomEntries(random, random() % 400);
    Entries after = before;
    const int edits = static_cast<int>(random() % 20);
    for (int i = 0; i < edits; ++i) Edit(after, random);
    MemoryNodes nodes;
    CheckDiff(nodes, before, after, options);
  }
}

TEST_CASE("maps of different heights, disjoint and empty maps are compared as well") {
  const Entries big = Numbered(3000);
  Entries tail(std::prev(big.end(), 3), big.end()), head(big.begin(), std::next(big.begin(), 3)), middle = {*std::next(big.begin(), 1500)};
  Entries other = {{"0", "before all"}, {"zz", "behind all"}};
  Entries half(big.begin(), std::next(big.begin(), 1500)), rest(std::next(big.begin(), 1500), big.end());
  MemoryNodes nodes;
  for (const Entries& small : {Entries(), tail, head, middle, other, half, rest}) CheckDiff(nodes, big, small, TestMapOptions(120));
  CheckDiff(nodes, half, rest, TestMapOptions(120));
  CheckDiff(nodes, {}, {}, TestMapOptions(120));
}

TEST_CASE("a map that grew out of one of its subtrees does not open what they share") {
  // The old root is then a node in the middle of the new map.
  const Entries big = Numbered(3000);
  MemoryNodes nodes;
  const ObjectId root = BuildMap(nodes, big, TestMapOptions(120));
  const Node top = *DecodeNode(*nodes.nodes.at(root).plain);
  REQUIRE(top.level > 1);
  REQUIRE(top.entries.size() > 1);
  const size_t last = top.entries.size() - 1;
  const Entries part(big.upper_bound(ToText(top.entries[last - 1].key)), big.end());
  CheckDiff(nodes, part, big, TestMapOptions(120));
}

TEST_CASE("the cost of a diff follows the number of changes, not the size of the map") {
  const Entries before = Numbered(50000);
  MemoryNodes nodes;
  const ObjectId old_root = BuildMap(nodes, before, TestMapOptions(512));
  const size_t levels = DecodeNode(*nodes.nodes.at(old_root).plain)->level + 1u;
  for (const size_t count : {1u, 10u, 100u}) {
    Entries after = before;
    for (size_t i = 0; i < count; ++i) after[std::to_string(1000000 + i * (50000 / count) + 7)] = "changed";
    const ObjectId new_root = BuildMap(nodes, after, TestMapOptions(512));
    CHECK(DiffOf(nodes, old_root, new_root).size() == count);
    CAPTURE(count, nodes.opened.size());
    CHECK(nodes.opened.size() <= 4 * count * levels);
  }
}

TEST_CASE("a diff of a range gives the changes in it and opens little beyond") {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    const Entries before = RandomEntries(random, 400);
    Entries after = before;
    for (int i = 0; i < 40; ++i) Edit(after, random);
    MemoryNodes nodes;
    const ObjectId old_root = BuildMap(nodes, before, TestMapOptions(100)), new_root = BuildMap(nodes, after, TestMapOptions(100));
    const std::string from = round % 5 == 0 ? "" : "k" + std::to_string(random() % 100000), to = round % 7 == 0 ? "" : "k" + std::to_string(random() % 100000);
    CAPTURE(round, from, to);
    REQUIRE(DiffOf(nodes, old_root, new_root, from, to) == SlowDiff(before, after, from, to));
  }
  Entries all_changed = Numbered(5000);
  MemoryNodes nodes;
  const ObjectId old_root = BuildMap(nodes, all_changed);
  for (auto& item : all_changed) item.second += "!";
  const ObjectId new_root = BuildMap(nodes, all_changed);
  CHECK(DiffOf(nodes, old_root, new_root, "1002000", "1002001").size() == 1);
  CHECK(nodes.opened.size() <= 4u * (DecodeNode(*nodes.nodes.at(old_root).plain)->level + 1));
}

TEST_CASE("a diff stops when it is told to, on either kind of change") {
  MemoryNodes nodes;
  Entries entries = Numbered(2000);
  const ObjectId before = BuildMap(nodes, entries);
  for (auto& item : entries) item.second += "!";
  const ObjectId after = BuildMap(nodes, entries), none = BuildMap(nodes, {});
  for (const auto& [a, b] : {std::pair(before, after), std::pair(none, after), std::pair(before, none)}) {
    size_t seen = 0;
    nodes.opened.clear();
    CHECK(MapDiff(nodes, a, b, {}, [&](ByteView, std::optional<ByteView>, std::optional<ByteView>) { return ++seen < 3; }).ok());
    CHECK(seen == 3);
    CHECK(nodes.opened.size() < 10);
  }
}

TEST_CASE("a diff fails on an unreadable node that it needs, and does not miss one that it does not need") {
  MemoryNodes nodes;
  Entries entries = Numbered(2000);
  const ObjectId before = BuildMap(nodes, entries);
  entries["1000500"] += "!";
  const ObjectId after = BuildMap(nodes, entries);
  const std::set<ObjectId> needed = OnOneSideOnly(nodes, before, after);
  const std::set<ObjectId> all = NodesOf(nodes, before);
  for (const ObjectId& lost : all) {
    MemoryNodes::Stored kept = nodes.nodes.extract(lost).mapped();
    const Status status = MapDiff(nodes, before, after, {}, [](ByteView, std::optional<ByteView>, std::optional<ByteView>) { return true; });
    CHECK(status.code() == (needed.contains(lost) ? Code::not_found : Code::ok));
    nodes.nodes[lost] = std::move(kept);
  }
}

}  // namespace pulih

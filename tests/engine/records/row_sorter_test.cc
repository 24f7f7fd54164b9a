#include "engine/records/row_sorter.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/records/sort_run.h"

namespace pulih {
namespace {

using Pair = std::pair<std::string, std::string>;
using Pairs = std::vector<Pair>;

Pairs RandomPairs(std::mt19937& random, size_t count, size_t largest_key, size_t largest_value) {
  Pairs pairs(count);
  for (auto& [key, value] : pairs) {
    // Few letters, zero bytes among them: many equal keys, and keys that begin like others.
    key.resize(random() % (largest_key + 1));
    for (char& c : key) c = "\0ab\xff"[random() % 4];
    value.resize(random() % (largest_value + 1));
    for (char& c : value) c = static_cast<char>(random());
  }
  return pairs;
}

// What the sorter must agree with. Key bytes are unsigned.
Pairs Sorted(Pairs pairs) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return Compare(AsBytes(a.first), AsBytes(b.first)) < 0; });
  return pairs;
}

void AddAll(RowSorter& sorter, const Pairs& pairs) {
  for (const auto& [key, value] : pairs) REQUIRE(sorter.Add(AsBytes(key), AsBytes(value)).ok());
}

Pairs DrainAll(RowSorter& sorter) {
  Pairs out;
  const Status drained = sorter.Drain([&](ByteView key, ByteView value) {
    out.emplace_back(ToText(key), ToText(value));
    return OkStatus();
  });
  INFO(drained.message());
  REQUIRE(drained.ok());
  return out;
}

std::unique_ptr<RandomSource> Random() {
  REQUIRE(InitialiseCrypto());
  return NewSystemRandom();
}

}  // namespace

TEST_CASE("a row sorter gives what a stable sort gives, in memory, through runs and through several passes") {
  const auto keys = Random();
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const size_t memory = GENERATE(1u, 256u << 10, 64u << 20);
  const size_t count = GENERATE(1u, 2u, 1000u, 20'000u);
  const Pairs pairs = RandomPairs(random, count, 12, 300);
  RowSorter sorter({memory, "/tmp"}, *keys);
  AddAll(sorter, pairs);
  CHECK(sorter.count() == count);
  CHECK(DrainAll(sorter) == Sorted(pairs));
  if (memory > 1u << 20) CHECK(sorter.spooled_bytes() == 0);
  if (count == 20'000 && memory == 1) CHECK(sorter.spooled_bytes() > 4u << 20);  // more than one pass

  SECTION("and again after a reset") {
    sorter.Reset();
    CHECK(sorter.count() == 0);
    CHECK(sorter.spooled_bytes() == 0);
    const Pairs others = RandomPairs(random, count, 3, 100);
    AddAll(sorter, others);
    CHECK(DrainAll(sorter) == Sorted(others));
  }
}

TEST_CASE("nothing sorted gives nothing, and empty pairs keep their order") {
  const auto keys = Random();
  RowSorter sorter({1000, "/tmp"}, *keys);
  SECTION("nothing") { CHECK(DrainAll(sorter).empty()); }
  SECTION("empty keys") {
    const Pairs pairs = {{"", ""}, {"", "x"}, {"", ""}, {"", "a"}};
    AddAll(sorter, pairs);
    CHECK(DrainAll(sorter) == pairs);
  }
}

TEST_CASE("a row larger than the memory is taken all the same") {
  const auto keys = Random();
  std::mt19937 random(3);
  Pairs pairs = RandomPairs(random, 600, 6, 400);
  for (int i = 0; i < 7; ++i)
    pairs[static_cast<size_t>(i) * 80].second = std::string(1u << 20, static_cast<char>('a' + i));
  RowSorter sorter({64u << 10, "/tmp"}, *keys);
  AddAll(sorter, pairs);
  CHECK(DrainAll(sorter) == Sorted(pairs));
}

TEST_CASE("a spool that cannot be made is a failure, not a loss") {
  const auto keys = Random();
  RowSorter sorter({1000, "/tmp/pulih/no such folder"}, *keys);
  const std::string value(30'000, 'x');
  Status status;
  for (int i = 0; i < 5 && status.ok(); ++i) status = sorter.Add(AsBytes("key"), AsBytes(value));
  CHECK(status.code() == Code::not_found);
}

TEST_CASE("a full disk is a failure, not a loss") {
  const auto keys = Random();
  // No folder can be made full by every user everywhere, but a file that cannot be made in it comes to the same.
  RowSorter sorter({1000, "/proc"}, *keys);
  const std::string value(30'000, 'x');
  Status status;
  for (int i = 0; i < 5 && status.ok(); ++i) status = sorter.Add(AsBytes("key"), AsBytes(value));
  CHECK_FALSE(status.ok());
}

TEST_CASE("a failure of the receiver ends the draining and comes back") {
  const auto keys = Random();
  std::mt19937 random(5);
  RowSorter sorter({1, "/tmp"}, *keys);
  AddAll(sorter, RandomPairs(random, 2000, 6, 200));
  int calls = 0;
  const Status status = sorter.Drain(
      [&](ByteView, ByteView) { return ++calls == 10 ? Status(Code::interrupted, "asked to stop") : OkStatus(); });
  CHECK(status.code() == Code::interrupted);
  CHECK(calls == 10);
}

TEST_CASE("nothing of the rows stands in the spool, and no two blocks are alike") {
  const auto keys = Random();
  SpoolSeal seal(*keys, 4096);
  SpillFile spool("/tmp");
  SortRunWriter writer(seal, spool);
  const std::string secret = "NAMA PESERTA";
  for (int i = 0; i < 2000; ++i) REQUIRE(writer.Add(AsBytes(secret), AsBytes(secret)).ok());
  REQUIRE(writer.Finish().ok());
  Bytes all(spool.end());
  REQUIRE(spool.ReadAt(0, all).ok());
  REQUIRE(all.size() > 2 * (4096 + 16));
  CHECK(AsText(all).find(secret) == std::string_view::npos);
  CHECK_FALSE(std::equal(all.begin(), all.begin() + 4096, all.begin() + 4096 + 16));
}

TEST_CASE("a spool block that was altered, or stands in another's place, is refused") {
  const auto keys = Random();
  SpoolSeal seal(*keys, 4096);
  SpillFile spool("/tmp"), altered("/tmp");
  SortRunWriter writer(seal, spool);
  for (int i = 0; i < 200; ++i) REQUIRE(writer.Add(AsBytes("key"), AsBytes(std::string(100, 'v'))).ok());
  Result<SortRun> run = writer.Finish();
  REQUIRE(run.ok());
  Bytes all(spool.end());
  REQUIRE(spool.ReadAt(0, all).ok());
  const int damage = GENERATE(0, 1, 2, 3);
  constexpr ptrdiff_t kSealed = 4096 + 16;
  if (damage == 1) all[5000] ^= 1;
  if (damage == 2) std::swap_ranges(all.begin(), all.begin() + kSealed, all.begin() + kSealed);
  if (damage == 3) all.pop_back();
  REQUIRE(altered.Append(all).ok());
  SortRun other = *run;
  other.spool = &altered;
  uint64_t pairs = 0;
  const Status status = SortRunMerger(seal, {other}).Drain([&](ByteView, ByteView) {
    ++pairs;
    return OkStatus();
  });
  CHECK(status.ok() == (damage == 0));
  CHECK((pairs == 200) == (damage == 0));
  if (damage == 1 || damage == 2) CHECK(status.code() == Code::corrupt);
}

}  // namespace pulih

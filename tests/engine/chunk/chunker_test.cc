#include "engine/chunk/chunker.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/base/endian.h"

namespace pulih {
namespace {

uint64_t NextSplitMix(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

Bytes RandomBytes(size_t size, uint64_t seed) {
  Bytes bytes(size + 8);
  for (size_t i = 0; i < size; i += 8) StoreLe(bytes.data() + i, NextSplitMix(seed));
  bytes.resize(size);
  return bytes;
}

SipKey Key(uint8_t n) {
  SipKey key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(n + i);
  return key;
}

using Cuts = std::vector<uint32_t>;  // the lengths of the chunks, without the unfinished one at the end

// Hands the chunker the stream in pieces of `piece` bytes, as a reader that keeps the unfinished chunk would.
Cuts CutsOf(const Bytes& bytes, const SipKey& key, const ChunkSizes& sizes, size_t piece = SIZE_MAX) {
  Chunker chunker(key, sizes);
  Cuts cuts;
  size_t start = 0, seen = 0;
  while (seen < bytes.size()) {
    seen += std::min(piece, bytes.size() - seen);
    while (const std::optional<uint32_t> cut = chunker.FindCut(ByteView(bytes).subspan(start, seen - start))) {
      cuts.push_back(*cut);
      start += *cut;
      if (start == seen) break;
    }
  }
  return cuts;
}

// --- the slow twin, written from the header's words: every position's window is hashed from nothing ---------

std::vector<uint64_t> GearTable() {
  std::vector<uint64_t> table(256);
  uint64_t state = 0x30726768696c7570;
  for (uint64_t& word : table) word = NextSplitMix(state);
  return table;
}

bool IsCutBehind(const Bytes& bytes, size_t end, const SipKey& key, const ChunkSizes& sizes) {
  static const std::vector<uint64_t> table = GearTable();
  uint64_t gear = 0;
  for (size_t i = end - 64; i < end; ++i) gear = 2 * gear + table[bytes[i]];
  if (gear >> 55 != 0) return false;
  const uint64_t threshold = 512 * (UINT64_MAX / std::max(sizes.average - sizes.min, 512u));
  return SipHash24(key, ByteView(bytes).subspan(end - 64, 64)) < threshold;
}

Cuts SlowCutsOf(const Bytes& bytes, const SipKey& key, const ChunkSizes& sizes) {
  Cuts cuts;
  size_t start = 0;
  for (size_t end = sizes.min; end <= bytes.size(); ++end) {
    const size_t length = end - start;
    if (length < sizes.min) continue;
    if (length < sizes.max && !IsCutBehind(bytes, end, key, sizes)) continue;
    cuts.push_back(static_cast<uint32_t>(length));
    start = end;
  }
  return cuts;
}

constexpr ChunkSizes kSmall{512, 4096, 16384};

}  // namespace

TEST_CASE("cuts are those of a slow twin that looks at every byte by itself") {
  const ChunkSizes sizes = GENERATE(ChunkSizes{64, 1024, 4096}, ChunkSizes{64, 65, 70}, ChunkSizes{1000, 1000, 1000},
                                    ChunkSizes{65, 600, 100000}, kSmall);
  const uint8_t n = GENERATE(as<uint8_t>(), 1, 2);
  Bytes bytes = RandomBytes(200000, n);
  std::fill(bytes.begin() + 50000, bytes.begin() + 60000, uint8_t{0});
  for (size_t i = 70000; i < 90000; ++i) bytes[i] = bytes[i - 777];
  const Cuts cuts = CutsOf(bytes, Key(n), sizes);
  CHECK(cuts == SlowCutsOf(bytes, Key(n), sizes));
  CHECK(cuts.size() > 1);
}

TEST_CASE("any split of the stream gives the same cuts") {
  const Bytes bytes = RandomBytes(300000, 5);
  const Cuts whole = CutsOf(bytes, Key(1), kSmall);
  for (const size_t piece : {1u, 2u, 3u, 7u, 63u, 64u, 65u, 511u, 512u, 513u, 4096u, 10007u, 100000u}) {
    CAPTURE(piece);
    CHECK(CutsOf(bytes, Key(1), kSmall, piece) == whole);
  }
}

TEST_CASE("a call that brings nothing new finds nothing and loses nothing") {
  const Bytes bytes = RandomBytes(100000, 6);
  const uint32_t first = CutsOf(bytes, Key(1), kSmall).front();
  Chunker chunker(Key(1), kSmall);
  for (const size_t size : {size_t{0}, size_t{0}, size_t{100}, size_t{100}, first - 1ul, first - 1ul}) {
    CHECK(chunker.FindCut(ByteView(bytes).first(size)) == std::nullopt);
  }
  CHECK(chunker.FindCut(ByteView(bytes).first(first)) == first);
}

TEST_CASE("the cuts of a seeded input are these for ever") {
  // 8 MiB of SplitMix64 from seed 1, as little-endian words; key 00 01 … 0f; the default sizes.
  const Bytes bytes = RandomBytes(8u << 20, 1);
  CHECK(CutsOf(bytes, Key(0), ChunkSizes{}) == Cuts{2179451, 1681481, 1698545, 662469});
  const Cuts small = CutsOf(Bytes(bytes.begin(), bytes.begin() + 40000), Key(0), kSmall);
  CHECK(small == Cuts{1954, 2062, 3255, 5424, 3261, 7159, 788, 2076, 3483, 6966, 1532, 1474});
}

TEST_CASE("other keys and other sizes cut elsewhere") {
  const Bytes bytes = RandomBytes(200000, 8);
  CHECK(CutsOf(bytes, Key(1), kSmall) != CutsOf(bytes, Key(2), kSmall));
  CHECK(CutsOf(bytes, Key(1), kSmall) != CutsOf(bytes, Key(1), ChunkSizes{512, 2048, 16384}));
}

TEST_CASE("lengths stay within their bounds and are close to the average") {
  const Bytes bytes = RandomBytes(24u << 20, 9);
  const ChunkSizes sizes{4096, 16384, 65536};
  const Cuts cuts = CutsOf(bytes, Key(3), sizes);
  for (const uint32_t cut : cuts) REQUIRE((cut >= sizes.min && cut <= sizes.max));
  // Expected: 4096 + 12288 × (1 − e^−5) = 16301; here 16832 over 1,495 chunks; chance alone moves it by 320.
  const double mean = std::accumulate(cuts.begin(), cuts.end(), 0.0) / static_cast<double>(cuts.size());
  CHECK(mean == Approx(16384).margin(1000));
  CHECK(*std::min_element(cuts.begin(), cuts.end()) < 4400);
  CHECK(*std::max_element(cuts.begin(), cuts.end()) > 50000);
}

TEST_CASE("an insertion moves only the cuts near it") {
  const Bytes before = RandomBytes(2u << 20, 10);
  const auto ends = [](const Cuts& cuts) {
    std::vector<uint64_t> at;
    uint64_t end = 0;
    for (const uint32_t cut : cuts) at.push_back(end += cut);
    return at;
  };
  const std::vector<uint64_t> old_ends = ends(CutsOf(before, Key(4), kSmall));
  for (const size_t inserted_at : {size_t{0}, size_t{1000000}, size_t{2000000}}) {
    Bytes after = before;
    const Bytes insertion = RandomBytes(13, 11);
    after.insert(after.begin() + static_cast<std::ptrdiff_t>(inserted_at), insertion.begin(), insertion.end());
    const std::vector<uint64_t> new_ends = ends(CutsOf(after, Key(4), kSmall));
    size_t moved = 0;
    for (const uint64_t end : old_ends) {
      const uint64_t expected = end <= inserted_at ? end : end + insertion.size();
      if (!std::binary_search(new_ends.begin(), new_ends.end(), expected)) ++moved;
    }
    CAPTURE(inserted_at, old_ends.size());
    CHECK(old_ends.size() > 400);
    CHECK(moved < 12);
  }
}

TEST_CASE("no run of one byte is a candidate, so it is cut at the maximum and costs no keyed hash") {
  const std::vector<uint64_t> table = GearTable();
  for (unsigned b = 0; b < 256; ++b) {
    CAPTURE(b);
    CHECK((0 - table[b]) >> 55 != 0);
  }
  // A key under which everything would be cut: with average = min every candidate passes.
  const ChunkSizes eager{4096, 4096, 65536};
  for (const uint8_t b : {0, 1, 0x20, 0xff}) {
    CHECK(CutsOf(Bytes(200000, b), Key(1), eager) == Cuts{65536, 65536, 65536});
  }
}

TEST_CASE("sizes that make no sense do no harm") {
  const Bytes bytes = RandomBytes(5000, 12);
  for (const ChunkSizes sizes : {ChunkSizes{0, 0, 0}, ChunkSizes{100, 10, 1}, ChunkSizes{0, UINT32_MAX, UINT32_MAX}}) {
    uint64_t sum = 0;
    for (const uint32_t cut : CutsOf(bytes, Key(1), sizes)) {
      CHECK(cut >= 64);
      sum += cut;
    }
    CHECK(sum <= bytes.size());
  }
}

}  // namespace pulih

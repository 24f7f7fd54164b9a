#include "formats/postgres/tuple_carve.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "tests/support/heap_builder.h"

namespace pulih {
namespace {

// numeric is not needed here: int8, text, timestamp, int4.
CarveTarget Target() {
  CarveTarget target;
  target.shape = {{{8, 8, true}, {-1, 4, true}, {8, 8, false}, {4, 4, false}}, false, true};
  return target;
}

TupleBuilder Row(int i) {
  return TupleBuilder()
      .Int(int64_t{i} * 1000 + 127)
      .Text("Pengadaan " + std::to_string(i))
      .Int(int64_t{441849600000000} + i)
      .Int(int32_t{i});
}

std::vector<Bytes> Pages(int rows) {
  std::vector<Bytes> pages;
  PageBuilder page(0);
  for (int i = 0; i < rows; ++i) {
    if (!page.HasRoom(128)) {
      pages.push_back(page.Finish(false));
      page = PageBuilder(static_cast<uint32_t>(pages.size()));
    }
    page.Add(Row(i));
  }
  pages.push_back(page.Finish(false));
  return pages;
}

Bytes Joined(const std::vector<Bytes>& pages) {
  Bytes all;
  for (const Bytes& page : pages) Append(all, page);
  return all;
}

TEST_CASE("every tuple is found in bytes without headers, and none that is not there") {
  const TupleCarver carver({Target()});
  Bytes bytes = Joined(Pages(500));
  for (size_t at = 0; at < bytes.size(); at += kPageSize)
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(at) + 24,
              uint8_t{0xa5});
  const auto found = carver.Carve(bytes);
  REQUIRE(found.size() == 500);
  for (size_t i = 1; i < found.size(); ++i) CHECK(found[i].offset > found[i - 1].offset);
}

TEST_CASE("a misaligned copy is read at its phase") {
  const TupleCarver carver({Target()});
  Bytes bytes(13, 0xee);
  Append(bytes, Joined(Pages(50)));
  CHECK(carver.Carve(bytes, 0).empty());
  CHECK(carver.Carve(bytes, 13 % 8).size() == 50);
  CHECK(carver.Carve(ByteView(bytes).subspan(13 + 512)).size() >= 48);
}

TEST_CASE("random bytes hold no tuples") {
  std::mt19937_64 random(1);
  Bytes bytes(size_t{8} << 20);
  for (size_t at = 0; at < bytes.size(); at += 8) StoreLe(bytes.data() + at, random());
  const TupleCarver carver({Target()});
  CHECK(carver.Carve(bytes).empty());
  // One position in 2048 has the number of columns, one in 256 of those the size of the header.
  CHECK(carver.CountCandidates(bytes) < 200);
}

TEST_CASE("a chain of tuples is told from one that stands alone") {
  const TupleCarver carver({Target()});
  const std::vector<Bytes> pages = Pages(10);
  const auto found = carver.Carve(pages[0]);
  REQUIRE(found.size() == 10);
  for (const CarvedTuple& tuple : found) CHECK(tuple.follows);
  Bytes hole = pages[0];
  std::fill(hole.begin() + static_cast<std::ptrdiff_t>(found[5].offset),
            hole.begin() + static_cast<std::ptrdiff_t>(found[5].offset + 24), uint8_t{0});
  const auto rest = carver.Carve(hole);
  REQUIRE(rest.size() == 9);
  CHECK_FALSE(rest[4].follows);
}

TEST_CASE("a stretch that is left out costs the tuples that begin in it, and no others") {
  const auto seed = Catch::rngSeed();
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  const TupleCarver carver({Target()});
  const Bytes bytes = Joined(Pages(120));
  const auto all = carver.Carve(bytes);
  REQUIRE(all.size() == 120);
  for (int i = 0; i < 200; ++i) {
    std::vector<TupleCarver::Stretch> skip;
    for (uint64_t n = random() % 30; n > 0; --n) {
      const size_t begin = random() % bytes.size();
      skip.emplace_back(begin, begin + random() % 500);
    }
    std::sort(skip.begin(), skip.end());
    std::vector<size_t> expected, found;
    for (const CarvedTuple& tuple : all) {
      const auto behind = std::upper_bound(skip.begin(), skip.end(), TupleCarver::Stretch(tuple.offset, SIZE_MAX));
      if (behind == skip.begin() || std::prev(behind)->second <= tuple.offset) expected.push_back(tuple.offset);
    }
    for (const CarvedTuple& tuple : carver.Carve(bytes, 0, skip)) found.push_back(tuple.offset);
    REQUIRE(found == expected);
  }
}

TEST_CASE("of several tables a tuple names the first that it fits, and how many") {
  CarveTarget narrow = Target(), picky = Target();
  narrow.shape.columns.pop_back();
  picky.check = [](const TupleHeader&, const std::vector<TupleField>& fields) {
    return LoadLe<uint32_t>(fields[3].bytes.data()) < 5;
  };
  const TupleCarver carver({narrow, picky, Target()});
  const auto found = carver.Carve(Pages(10)[0]);
  REQUIRE(found.size() == 10);
  size_t both = 0;
  for (const CarvedTuple& tuple : found) {
    CHECK(tuple.target != 0);
    if (tuple.fits == 2) ++both;
  }
  CHECK(both == 5);
}

TEST_CASE("tuples older than a column are found when they are asked for") {
  PageBuilder page(0);
  page.Add(TupleBuilder().Int(int64_t{1}).Text("abc"));
  const Bytes bytes = page.Finish(false);
  CarveTarget target = Target();
  CHECK(TupleCarver({target}).Carve(bytes).empty());
  target.fewest_columns = 2;
  CHECK(TupleCarver({target}).Carve(bytes).size() == 1);
}

TEST_CASE("tuples vote for the block that they are of") {
  std::vector<TupleHeader> headers(5);
  for (TupleHeader& header : headers) {
    header.infomask = tuple_bits::kXmaxInvalid;
    header.ctid = {17, 1};
  }
  headers[0].ctid.block = 3;
  headers[1].infomask = 0;
  headers[1].xmax = 900;  // it was updated: its ctid leads away
  headers[1].ctid.block = 3;
  const BlockVote vote = VoteForBlock(headers);
  CHECK(vote.block == 17);
  CHECK(vote.votes == 3);
  CHECK(vote.voters == 4);
}

TEST_CASE("damage of any kind never makes the carver read outside") {
  std::mt19937_64 random(7);
  const Bytes sound = Joined(Pages(100));
  const TupleCarver carver({Target()});
  for (int run = 0; run < 100; ++run) {
    Bytes bytes = sound;
    for (int i = 0; i < 400; ++i) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    bytes.resize(random() % bytes.size());
    for (const CarvedTuple& tuple : carver.Carve(bytes, random() % 8))
      REQUIRE(tuple.offset + tuple.length <= bytes.size());
  }
}

}  // namespace
}  // namespace pulih

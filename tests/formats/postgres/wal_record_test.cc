#include "formats/postgres/wal_record.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/formats/postgres/wal_builder.h"

namespace pulih {
namespace {

class Collect : public WalSink {
 public:
  Status Record(const WalRecord& record) override {
    lsns.push_back(record.lsn);
    mains.push_back(ToBytes(record.main));
    blocks.push_back(record.blocks.size());
    uint64_t length = 0;
    for (const WalPlace& place : record.places) length += place.length;
    lengths.push_back(length);
    return OkStatus();
  }
  Status Loss(const WalLoss& loss) override {
    losses.push_back(loss);
    return OkStatus();
  }
  std::vector<uint64_t> lsns, lengths;
  std::vector<size_t> blocks;
  std::vector<Bytes> mains;
  std::vector<WalLoss> losses;
};

Collect Read(ByteView log) {
  Collect collect;
  REQUIRE(ReadWal(PagesOf(log), collect).ok());
  return collect;
}

struct Sample {
  Bytes log;
  std::vector<uint64_t> lsns;
  std::vector<Bytes> mains;
};

Sample MakeSample(bool legacy, size_t records, size_t largest) {
  std::mt19937_64 random(records + largest);
  WalBuilder builder(legacy ? 0xD07E : 0xD110);
  Sample sample;
  for (size_t i = 0; i < records; ++i) {
    Bytes main(1 + random() % largest);
    for (uint8_t& byte : main) byte = static_cast<uint8_t>(random());
    std::vector<BuiltBlock> blocks;
    if (i % 5 == 0) blocks.push_back({0, {1663, 5, 16400}, 3, legacy ? Bytes() : Bytes(20, 7), Bytes(kWalPageSize, 1), false});
    sample.lsns.push_back(legacy ? builder.AddLegacy(9, 3, 0x10, main, blocks) : builder.Add(9, 3, 0x10, main, blocks));
    sample.mains.push_back(std::move(main));
  }
  sample.log = builder.Log();
  return sample;
}

TEST_CASE("records are read over the borders of pages, in both layouts, and proven") {
  const bool legacy = GENERATE(false, true);
  const size_t largest = GENERATE(10, 600, 30000);
  const Sample sample = MakeSample(legacy, 60, largest);
  const Collect read = Read(sample.log);
  CHECK(read.losses.empty());
  REQUIRE(read.lsns == sample.lsns);
  CHECK(read.mains == sample.mains);
  for (size_t i = 0; i < read.blocks.size(); ++i) CHECK(read.blocks[i] == (i % 5 == 0 ? 1 : 0));
}

TEST_CASE("a flipped byte costs the record that it is in, at most one more, and never gives an untrue one") {
  const bool legacy = GENERATE(false, true);
  const Sample sample = MakeSample(legacy, 40, 300);
  std::mt19937_64 random(3);
  size_t lost = 0, tries = 0;
  for (size_t at = 0; at < sample.log.size(); at += 1 + random() % 37) {
    Bytes log = sample.log;
    log[at] ^= static_cast<uint8_t>(1 + random() % 255);
    const Collect read = Read(log);
    size_t next = 0;
    for (size_t i = 0; i < read.lsns.size(); ++i) {
      while (next < sample.lsns.size() && sample.lsns[next] != read.lsns[i]) ++next;
      REQUIRE(next < sample.lsns.size());
      REQUIRE(read.mains[i] == sample.mains[next]);
    }
    lost += sample.lsns.size() - read.lsns.size();
    ++tries;
    const bool in_page_header = at % kWalPageSize < kWalLongHeader;
    if (!in_page_header) REQUIRE(sample.lsns.size() - read.lsns.size() <= 2);
  }
  CHECK(lost < 2 * tries);
}

TEST_CASE("a page that is lost costs its records and those that reach into it") {
  const Sample sample = MakeSample(false, 200, 300);
  REQUIRE(sample.log.size() > 6 * kWalPageSize);
  Bytes log = sample.log;
  std::fill_n(log.begin() + 2 * kWalPageSize, kWalPageSize, uint8_t{0});
  const Collect read = Read(log);
  const uint64_t begin = 0x1000000 + 2 * kWalPageSize, end = begin + kWalPageSize;
  std::vector<uint64_t> expected;
  for (size_t i = 0; i < sample.lsns.size(); ++i) {
    const uint64_t until = i + 1 < sample.lsns.size() ? sample.lsns[i + 1] : UINT64_MAX;
    if (until <= begin || sample.lsns[i] >= end) expected.push_back(sample.lsns[i]);
  }
  // The last record before the page may end exactly at its border.
  CHECK(read.lsns.size() + 1 >= expected.size());
  for (const uint64_t lsn : read.lsns) CHECK(std::find(expected.begin(), expected.end(), lsn) != expected.end());
  REQUIRE(!read.losses.empty());
  CHECK(read.losses[0].missing_page);
}

TEST_CASE("pages in any order give the same records, and a doubled page gives them once") {
  const Sample sample = MakeSample(false, 100, 300);
  Bytes log;
  for (size_t at = sample.log.size(); at > 0; at -= kWalPageSize) Append(log, ByteView(sample.log).subspan(at - kWalPageSize, kWalPageSize));
  Append(log, sample.log);
  CHECK(Read(log).lsns == sample.lsns);
}

TEST_CASE("an image is restored with its hole, and one that does not fit is corrupt") {
  WalImage image;
  const Bytes bytes(kWalPageSize - 100, 5);
  image.bytes = bytes;
  image.hole_offset = 24;
  image.hole_length = 100;
  const auto page = RestoreImage(image);
  REQUIRE(page.ok());
  CHECK(page->size() == kWalPageSize);
  CHECK((*page)[23] == 5);
  CHECK((*page)[24] == 0);
  CHECK((*page)[124] == 5);
  image.hole_offset = kWalPageSize - 50;
  CHECK(RestoreImage(image).status().code() == Code::corrupt);
  image.hole_offset = 24;
  image.hole_length = 101;
  CHECK(RestoreImage(image).status().code() == Code::corrupt);
}

TEST_CASE("any bytes inside a page that says it is one of the log end in losses, in bounded time") {
  std::mt19937_64 random(8);
  Bytes log = MakeSample(false, 100, 300).log;
  for (size_t at = 0; at < log.size(); ++at)
    if (at % kWalPageSize >= kWalLongHeader) log[at] = static_cast<uint8_t>(random() % 4 == 0 ? random() : 0);
  CHECK(Read(log).lsns.empty());
}

}  // namespace
}  // namespace pulih

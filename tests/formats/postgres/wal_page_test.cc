#include "formats/postgres/wal_page.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "engine/base/endian.h"

namespace pulih {
namespace {

// A page of PostgreSQL 15.
void WritePage(uint64_t address, uint32_t timeline, uint8_t* page) {
  StoreLe<uint16_t>(page, 0xD110);
  StoreLe<uint32_t>(page + 4, timeline);
  StoreLe<uint64_t>(page + 8, address);
}

struct Told {
  uint64_t address, offset;
  uint32_t file, timeline;
  size_t size;
  bool operator==(const Told&) const = default;
};
Told Of(const WalPage& page) {
  return {page.header.address, page.offset, page.file, page.header.timeline, page.bytes.size()};
}

}  // namespace

TEST_CASE("pages of a log in runs are what they are one by one") {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    // Two files of pages that mostly follow each other; some lie where others lie, on this or a later timeline.
    std::vector<Bytes> files(2, Bytes(24 * kWalPageSize - (round % 3 == 0 ? 100 : 0)));
    WalPages runs;
    std::map<uint64_t, WalPage> slow;
    for (uint32_t file = 0; file < 2; ++file) {
      uint64_t address = (1 + random() % 20) * kWalPageSize;
      uint32_t timeline = 1;
      for (uint64_t at = 0; at < files[file].size(); at += kWalPageSize, address += kWalPageSize) {
        if (random() % 6 == 0) address = (1 + random() % 40) * kWalPageSize;
        if (random() % 6 == 0) timeline = 1 + random() % 3;
        WritePage(address, timeline, files[file].data() + at);
        const ByteView bytes = ByteView(files[file]).subspan(at, std::min<uint64_t>(kWalPageSize, files[file].size() - at));
        if (random() % 10 == 0) continue;  // a page that is none
        const auto header = ReadWalPageHeader(bytes);
        REQUIRE(header);
        const WalPage page{*header, bytes, file, at};
        runs.Add(page);
        const auto [known, added] = slow.try_emplace(address, page);
        if (!added && timeline > known->second.header.timeline) known->second = page;
      }
    }
    std::vector<Told> expected, told;
    for (const auto& [address, page] : slow) expected.push_back(Of(page));
    REQUIRE(runs.ForEach([&](const WalPage& page) {
      told.push_back(Of(page));
      return OkStatus();
    }).ok());
    REQUIRE(told == expected);
    for (uint64_t address = 0; address < 80 * kWalPageSize; address += kWalPageSize / 2) {
      const auto found = runs.Find(address);
      const auto known = slow.find(address);
      REQUIRE(found.has_value() == (known != slow.end()));
      if (found) REQUIRE(Of(*found) == Of(known->second));
    }
  }
}

}  // namespace pulih

#include <random>

#include <catch2/catch.hpp>

#include "engine/recover/range_ledger.h"

namespace pulih {

TEST_CASE("of two ranges that overlap the later counts, as byte by byte") {
  std::mt19937 random(GENERATE(range(0u, 20u)));
  RangeLedger ledger(2);
  std::vector<int> twin(2 * 300, -1);
  for (int i = 0; i < 200; ++i) {
    const uint32_t file = random() % 2;
    const uint64_t at = random() % 290, length = random() % (300 - at);
    const auto fate = static_cast<RangeFate>(random() % 3);
    ledger.Take({file, at, length}, fate);
    for (uint64_t k = at; k < at + length; ++k) twin[file * 300 + k] = static_cast<int>(fate);
    for (int f = 0; f < 3; ++f) REQUIRE(ledger.bytes(static_cast<RangeFate>(f)) == static_cast<uint64_t>(std::count(twin.begin(), twin.end(), f)));
  }
}

}  // namespace pulih

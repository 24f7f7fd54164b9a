#include "tools/quantity.h"

#include <catch2/catch.hpp>

using namespace pulih;

TEST_CASE("sizes take binary units in every spelling") {
  CHECK(*ParseSize("--size", "0") == 0);
  CHECK(*ParseSize("--size", "4096") == 4096);
  CHECK(*ParseSize("--size", "4096B") == 4096);
  CHECK(*ParseSize("--size", "1k") == 1024);
  CHECK(*ParseSize("--size", "1.5M") == 1536 * 1024);
  CHECK(*ParseSize("--size", "2GiB") == uint64_t{2} << 30);
  CHECK(*ParseSize("--size", "1TB") == uint64_t{1} << 40);
  for (const char* bad : {"", "K", "-1", "1X", "1KK", "1 K", "0x10", "1e30", "99999999999T", "nan", "inf"}) {
    INFO(bad);
    CHECK(ParseSize("--size", bad).status().code() == Code::invalid);
  }
}

TEST_CASE("a range is at least, at most, between, or exactly") {
  const auto at_least = *ParseSizeRange("--size", "+10K");
  CHECK(at_least.min == 10240u);
  CHECK_FALSE(at_least.max.has_value());
  const auto at_most = *ParseSizeRange("--size", "-10K");
  CHECK_FALSE(at_most.min.has_value());
  CHECK(at_most.max == 10240u);
  const auto between = *ParseSizeRange("--size", "1..2");
  CHECK(between.min == 1u);
  CHECK(between.max == 2u);
  const auto exactly = *ParseSizeRange("--size", "7");
  CHECK(exactly.min == 7u);
  CHECK(exactly.max == 7u);
  for (const char* bad : {"", "+", "2..1", "..", "1..", "1...2"}) CHECK_FALSE(ParseSizeRange("--size", bad).ok());
}

TEST_CASE("a moment is a date in the local zone, a time with its own zone, or an age") {
  constexpr int64_t kNs = 1'000'000'000;
  const int64_t now = 1412392800 * kNs;  // 2014-10-04T03:20:00Z
  CHECK(*ParseMoment("--newer", "2014-10-04T10:20", now, 420) == now);
  CHECK(*ParseMoment("--newer", "2014-10-04 10:20:00", now, 420) == now);
  CHECK(*ParseMoment("--newer", "2014-10-04T03:20:00Z", now, 420) == now);
  CHECK(*ParseMoment("--newer", "2014-10-04T05:20+02:00", now, 420) == now);
  CHECK(*ParseMoment("--newer", "2014-10-03T22:50-04:30", now, 420) == now);
  CHECK(*ParseMoment("--newer", "2014-10-04", now, 0) == now - (3 * 3600 + 20 * 60) * kNs);
  CHECK(*ParseMoment("--newer", "2h", now, 0) == now - 7200 * kNs);
  CHECK(*ParseMoment("--newer", "1.5d", now, 0) == now - 129600 * kNs);
  for (const char* bad : {"", "2014", "2014-13-01", "2014-10-04T", "2014-10-04T25:00", "2014-10-04X", "7", "7y", "-7d",
                          "2014-10-04T10:20+7", "9999999999w"}) {
    INFO(bad);
    CHECK(ParseMoment("--newer", bad, now, 0).status().code() == Code::invalid);
  }
}

TEST_CASE("a percentage is more than nothing and at most all") {
  CHECK(*ParsePercent("--sample", "20%") == 20);
  CHECK(*ParsePercent("--sample", "0.5") == 0.5);
  CHECK(*ParsePercent("--sample", "100%") == 100);
  for (const char* bad : {"0%", "101%", "-5%", "abc", "", "%", "5%%", "nan"}) {
    INFO(bad);
    CHECK(ParsePercent("--sample", bad).status().code() == Code::invalid);
  }
}

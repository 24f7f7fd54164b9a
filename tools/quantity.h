// Sizes, times and percentages as people type them. `what` is the option's name, for the message. Each answers
// `invalid` for anything else.
//
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/result.h"

namespace pulih {

// "4096", "100K", "1.5M", "2GiB": powers of 1024.
Result<uint64_t> ParseSize(std::string_view what, std::string_view text);

// "10M" exactly, "+10M" at least, "-10M" at most, "1M..10M" both.
struct SizeRange {
  std::optional<uint64_t> min, max;
};
Result<SizeRange> ParseSizeRange(std::string_view what, std::string_view text);

// "2014-10-04", "2014-10-04T10:20", "2014-10-04T10:20:30", in the zone given, or with "Z" or "+07:00" at the end;
// or an age: "90m", "12h", "7d", "2w".
Result<int64_t> ParseMoment(std::string_view what, std::string_view text, int64_t now_ns, int32_t zone_offset_minutes);

// "20%" or "20": more than 0, at most 100.
Result<double> ParsePercent(std::string_view what, std::string_view text);

}  // namespace pulih

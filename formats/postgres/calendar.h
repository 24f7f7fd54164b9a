// PostgreSQL counts days and microseconds from 2000-01-01 in the proleptic Gregorian calendar. Limits are those of
// src/include/datatype/timestamp.h: from 4713 BC (the first Julian day) to the year 294276 for timestamps and
// 5874897 for dates. Private to formats/postgres. Pure.
#pragma once

#include <cstdint>
#include <limits>

namespace pulih {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

inline constexpr int64_t kEpochJulianDay = 2451545;  // of 2000-01-01
inline constexpr int64_t kFirstDay = -kEpochJulianDay;
inline constexpr int64_t kDateEnd = 2147483494 - kEpochJulianDay;
inline constexpr int64_t kFirstTimestamp = kFirstDay * kMicrosPerDay;
inline constexpr int64_t kTimestampEnd = (int64_t{109203528} - kEpochJulianDay) * kMicrosPerDay;

inline constexpr int32_t kDateInfinity = std::numeric_limits<int32_t>::max();
inline constexpr int32_t kDateMinusInfinity = std::numeric_limits<int32_t>::min();
inline constexpr int64_t kTimestampInfinity = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kTimestampMinusInfinity = std::numeric_limits<int64_t>::min();

// A zone is seconds west of UTC; its size is less than 16 hours.
inline constexpr int32_t kZoneEnd = 16 * 3600;

struct CivilDate {
  int64_t year = 0;  // 0 is 1 BC
  unsigned month = 0, day = 0;
};

// Days are counted from 2000-01-01.
CivilDate CivilFromDays(int64_t days);
int64_t DaysFromDate(const CivilDate& date);

}  // namespace pulih

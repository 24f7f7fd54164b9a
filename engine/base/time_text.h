// Times as text. Instants are nanoseconds since 1970 UTC; a zone is always explicit. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace pulih {

// "2014-10-04T03:20:00.123456789Z"; the fraction is left out when it is zero.
std::string FormatUtc(int64_t ns);
// "2014-10-04 10:20:00 +07:00", to the second, in a zone so many minutes east of UTC.
std::string FormatInZone(int64_t ns, int32_t zone_offset_minutes);
// Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms").
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day);

}  // namespace pulih

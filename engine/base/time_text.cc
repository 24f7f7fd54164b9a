#include "engine/base/time_text.h"

#include <cstdio>
#include <cstdlib>

namespace pulih {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86400;

struct Civil {
  int64_t year;
  unsigned month, day, hour, minute, second, ns;
};

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - ((a % b != 0) && ((a < 0) != (b < 0))); }

Civil CivilFrom(int64_t ns) {
  const int64_t seconds = FloorDivide(ns, kNsPerSecond);
  const int64_t days = FloorDivide(seconds, kSecondsPerDay);
  const int64_t of_day = seconds - days * kSecondsPerDay;
  const int64_t z = days + 719468;
  const int64_t era = FloorDivide(z, 146097);
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int64_t>(yoe) + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1,
          static_cast<unsigned>(of_day / 3600), static_cast<unsigned>(of_day / 60 % 60),
          static_cast<unsigned>(of_day % 60), static_cast<unsigned>(ns - seconds * kNsPerSecond)};
}

}  // namespace

int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = FloorDivide(year, 400);
  const auto yoe = static_cast<unsigned>(year - era * 400);
  const unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

std::string FormatUtc(int64_t ns) {
  const Civil c = CivilFrom(ns);
  char text[64];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02u:%02u:%02u", static_cast<long long>(c.year), c.month, c.day,
                c.hour, c.minute, c.second);
  std::string out = text;
  if (c.ns != 0) {
    std::snprintf(text, sizeof text, ".%09u", c.ns);
    out += text;
  }
  return out + "Z";
}

std::string FormatInZone(int64_t ns, int32_t zone_offset_minutes) {
  const Civil c = CivilFrom(ns + static_cast<int64_t>(zone_offset_minutes) * 60 * kNsPerSecond);
  const int32_t away = std::abs(zone_offset_minutes);
  char text[80];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02u %02u:%02u:%02u %c%02d:%02d", static_cast<long long>(c.year),
                c.month, c.day, c.hour, c.minute, c.second, zone_offset_minutes < 0 ? '-' : '+', away / 60, away % 60);
  return text;
}

}  // namespace pulih

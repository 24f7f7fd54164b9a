#include "formats/postgres/disk_text.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "formats/postgres/calendar.h"

namespace pulih {

namespace {

constexpr int kDigitWidth = 4;           // decimal digits in one of base 10000
constexpr int kMostUsualDigits = 32;     // of base 10000, on both sides of the point
constexpr int64_t kFirstUsualDay = -730119, kUsualDayEnd = 2921940;  // 0001-01-01 and 10000-01-01, from 2000-01-01 on

constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (unsigned i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* Write2(unsigned value, char* to) {
  std::memcpy(to, kPairs.data() + 2 * value, 2);
  return to + 2;
}
char* Write4(unsigned value, char* to) { return Write2(value % 100, Write2(value / 100, to)); }

// Below 10000, without zeros before it.
char* WriteShort(unsigned value, char* to) {
  char all[4];
  Write4(value, all);
  const int skip = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
  std::memcpy(to, all + skip, static_cast<size_t>(4 - skip));
  return to + 4 - skip;
}

char* WriteDate(int64_t days, char* to) {
  const CivilDate date = CivilFromDays(days);
  to = Write4(static_cast<unsigned>(date.year), to);
  *to++ = '-';
  to = Write2(date.month, to);
  *to++ = '-';
  return Write2(date.day, to);
}

// A time of a day.
char* WriteClock(int64_t micros, char* to) {
  const auto seconds = static_cast<unsigned>(micros / kMicrosPerSecond);
  auto fraction = static_cast<unsigned>(micros % kMicrosPerSecond);
  to = Write2(seconds / 3600, to);
  *to++ = ':';
  to = Write2(seconds / 60 % 60, to);
  *to++ = ':';
  to = Write2(seconds % 60, to);
  if (fraction == 0) return to;
  *to++ = '.';
  to = Write2(fraction % 100, Write4(fraction / 100, to));
  while (to[-1] == '0') --to;
  return to;
}

}  // namespace

bool FitsNumericModifier(int32_t modifier, uint16_t sign, uint16_t scale, int16_t weight, size_t digits, uint16_t first) {
  constexpr int32_t kModifierOffset = 4;  // VARHDRSZ
  const auto precision = ((modifier - kModifierOffset) >> 16) & 0xffff, wanted = (modifier - kModifierOffset) & 0x7ff;
  if (sign >= 0xc000 || (wanted & 0x400) != 0) return true;  // no number; a negative scale (15)
  if (scale != wanted) return false;
  if (digits == 0) return true;
  int before = weight * kDigitWidth;
  for (int rest = first; rest != 0; rest /= 10) ++before;
  return before <= precision - wanted;
}

bool AppendUsualNumeric(const DiskNumeric& number, std::string& text) {
  const int before = std::max(number.weight + 1, 0), behind = (number.scale + kDigitWidth - 1) / kDigitWidth;
  const auto count = static_cast<int>(number.count());
  if (!number.is_number() || before + behind > kMostUsualDigits) return false;
  // Digits that the scale hides are no part of the text, and whether a zero is left decides of the sign.
  const int last = count - 1 - number.weight;  // the last digit's place behind the point
  if (last > behind) return false;
  if (count != 0 && last == behind && behind > 0) {
    constexpr unsigned kHidden[] = {1, 1000, 100, 10};  // by the decimals that count of the last digit
    if (number.digit(number.count() - 1) % kHidden[number.scale % kDigitWidth] != 0) return false;
  }
  char buffer[kDigitWidth * (kMostUsualDigits + 1) + 2];
  char* to = buffer;
  if (number.sign != 0) *to++ = '-';
  // The digit at this place, counted from the first one before the point; there are zeros to both sides of those kept.
  const int lead = std::max(-1 - number.weight, 0);  // zeros behind the point
  int next = 0;
  const auto take = [&]() -> unsigned { return next < count ? number.digit(static_cast<size_t>(next++)) : 0u; };
  to = before == 0 ? WriteShort(0, to) : WriteShort(take(), to);
  for (int i = 1; i < before; ++i) to = Write4(take(), to);
  if (number.scale != 0) {
    *to++ = '.';
    char* const end = to + number.scale;
    for (int i = 0; i < behind; ++i) to = Write4(i < lead ? 0 : take(), to);
    to = end;
  }
  text.append(buffer, to);
  return true;
}

bool AppendUsualDate(int32_t days, std::string& text) {
  if (days < kFirstUsualDay || days >= kUsualDayEnd) return false;
  char buffer[16];
  text.append(buffer, WriteDate(days, buffer));
  return true;
}

bool AppendUsualTimestamp(int64_t micros, std::string_view zone, std::string& text) {
  if (micros < kFirstUsualDay * kMicrosPerDay || micros >= kUsualDayEnd * kMicrosPerDay) return false;
  int64_t days = micros / kMicrosPerDay, of_day = micros % kMicrosPerDay;
  if (of_day < 0) {
    of_day += kMicrosPerDay;
    --days;
  }
  char buffer[48];
  char* to = WriteDate(days, buffer);
  *to++ = ' ';
  to = WriteClock(of_day, to);
  to = std::copy(zone.begin(), zone.end(), to);
  text.append(buffer, to);
  return true;
}

}  // namespace pulih

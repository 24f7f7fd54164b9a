#include <cstdlib>

#include "engine/base/time_text.h"
#include "formats/postgres/base_text.h"
#include "formats/postgres/calendar.h"

namespace pulih {

namespace {

constexpr int64_t kDaysFrom1970To2000 = 10957;
constexpr int kMonthsPerYear = 12;

void AppendDate(const CivilDate& date, std::string& out) {
  AppendPadded(static_cast<uint64_t>(date.year > 0 ? date.year : 1 - date.year), 4, out);
  out.push_back('-');
  AppendPadded(date.month, 2, out);
  out.push_back('-');
  AppendPadded(date.day, 2, out);
}

void AppendEra(const CivilDate& date, std::string& out) {
  if (date.year <= 0) out += " BC";
}

// "12", or "12.34" without zeros at the end.
void AppendSeconds(uint64_t micros, std::string& out) {
  AppendPadded(micros / kMicrosPerSecond, 2, out);
  if (micros % kMicrosPerSecond == 0) return;
  out.push_back('.');
  AppendPadded(micros % kMicrosPerSecond, 6, out);
  while (out.back() == '0') out.pop_back();
}

// Not negative; hours as many as there are.
void AppendClock(uint64_t micros, std::string& out) {
  AppendPadded(micros / kMicrosPerHour, 2, out);
  out.push_back(':');
  AppendPadded(micros / kMicrosPerMinute % 60, 2, out);
  out.push_back(':');
  AppendSeconds(micros % kMicrosPerMinute, out);
}

void AppendZone(int32_t seconds_west, std::string& out) {
  const auto away = static_cast<uint32_t>(std::abs(seconds_west));
  out.push_back(seconds_west <= 0 ? '+' : '-');
  AppendPadded(away / 3600, 2, out);
  if (away % 3600 == 0) return;
  out.push_back(':');
  AppendPadded(away / 60 % 60, 2, out);
  if (away % 60 == 0) return;
  out.push_back(':');
  AppendPadded(away % 60, 2, out);
}

uint64_t ReadTimeOfDay(ImageReader& in) {
  const int64_t micros = in.I64();
  if (micros < 0 || micros > kMicrosPerDay) in.Fail("its time is not of a day");  // 24:00:00 is
  return in.failed() ? 0 : static_cast<uint64_t>(micros);
}

void AppendTimestamp(ImageReader& in, std::string& out, std::string_view zone) {
  const int64_t micros = in.I64();
  if (in.failed()) return;
  if (micros == kTimestampInfinity || micros == kTimestampMinusInfinity) {
    out += micros > 0 ? "infinity" : "-infinity";
    return;
  }
  if (micros < kFirstTimestamp || micros >= kTimestampEnd) return in.Fail("its year is out of range");
  const int64_t of_day = (micros % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay;
  const CivilDate date = CivilFromDays((micros - of_day) / kMicrosPerDay);
  AppendDate(date, out);
  out.push_back(' ');
  AppendClock(static_cast<uint64_t>(of_day), out);
  out += zone;
  AppendEra(date, out);
}

// One unit of an interval in the style "postgres": "1 year", " -2 mons". After a negative unit a positive one says "+".
class IntervalUnits {
 public:
  explicit IntervalUnits(std::string& out) : out_(out) {}

  void Add(int value, std::string_view unit) {
    if (value == 0) return;
    if (any_) out_.push_back(' ');
    if (negative_ && value > 0) out_.push_back('+');
    AppendInteger(value, out_);
    out_.push_back(' ');
    out_ += unit;
    if (value != 1) out_.push_back('s');
    negative_ = value < 0;
    any_ = true;
  }

  void AddTime(int64_t micros) {
    if (any_ && micros == 0) return;
    if (any_) out_.push_back(' ');
    if (micros < 0) {
      out_.push_back('-');
    } else if (negative_) {
      out_.push_back('+');
    }
    AppendClock(micros < 0 ? 0 - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros), out_);
  }

 private:
  std::string& out_;
  bool any_ = false;
  bool negative_ = false;
};

}  // namespace

CivilDate CivilFromDays(int64_t days) {
  // Howard Hinnant, "chrono-compatible low-level date algorithms": years begin in March, eras have 400 of them.
  const int64_t z = days + kDaysFrom1970To2000 + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned m = (5 * day_of_year + 2) / 153;
  const unsigned month = m < 10 ? m + 3 : m - 9;
  return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2), month, day_of_year - (153 * m + 2) / 5 + 1};
}

int64_t DaysFromDate(const CivilDate& date) {
  return DaysFromCivil(date.year, date.month, date.day) - kDaysFrom1970To2000;
}

void DateText(ImageReader& in, std::string& out) {
  const int32_t days = in.I32();
  if (days == kDateInfinity || days == kDateMinusInfinity) {
    out += days > 0 ? "infinity" : "-infinity";
    return;
  }
  if (days < kFirstDay || days >= kDateEnd) return in.Fail("its year is out of range");
  const CivilDate date = CivilFromDays(days);
  AppendDate(date, out);
  AppendEra(date, out);
}

void TimeOfDayText(ImageReader& in, std::string& out) { AppendClock(ReadTimeOfDay(in), out); }

void TimetzText(ImageReader& in, std::string& out) {
  AppendClock(ReadTimeOfDay(in), out);
  const int32_t zone = in.I32();
  if (zone <= -kZoneEnd || zone >= kZoneEnd) return in.Fail("its zone is out of range");
  AppendZone(zone, out);
}

void TimestampText(ImageReader& in, std::string& out) { AppendTimestamp(in, out, ""); }
void TimestamptzText(ImageReader& in, std::string& out) { AppendTimestamp(in, out, "+00"); }

void IntervalText(ImageReader& in, std::string& out) {
  const int64_t micros = in.I64();
  const int32_t days = in.I32(), months = in.I32();
  // Since PostgreSQL 17; before, no interval was so long.
  if (micros == kTimestampInfinity && days == kDateInfinity && months == kDateInfinity) {
    out += "infinity";
    return;
  }
  if (micros == kTimestampMinusInfinity && days == kDateMinusInfinity && months == kDateMinusInfinity) {
    out += "-infinity";
    return;
  }
  IntervalUnits units(out);
  units.Add(months / kMonthsPerYear, "year");
  units.Add(months % kMonthsPerYear, "mon");
  units.Add(days, "day");
  units.AddTime(micros);
}

}  // namespace pulih

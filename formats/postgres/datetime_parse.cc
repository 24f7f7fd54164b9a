// Dates and times in ISO form only: "2024-02-29", "0044-03-15 BC", "13:30", "13:30:05.25", "2024-02-29T13:30:05+07".
#include <cstdlib>

#include "formats/postgres/calendar.h"
#include "formats/postgres/value_parse.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

constexpr int64_t kMaxYear = 5874897;

unsigned DaysOfMonth(int64_t year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

// Takes a text apart from the left. What is not there fails for good.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  // A number of at least `least` and at most `most` digits.
  int64_t Number(size_t least, size_t most) {
    size_t count = 0;
    int64_t value = 0;
    while (count < rest_.size() && count < most && IsDigit(rest_[count])) value = value * 10 + (rest_[count++] - '0');
    if (count < least) failed_ = true;
    rest_.remove_prefix(count);
    return value;
  }
  bool Skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(char c) {
    if (!Skip(c)) failed_ = true;
  }
  void Blanks() {
    while (!rest_.empty() && IsSpace(rest_.front())) rest_.remove_prefix(1);
  }
  // What parts a date from a time; false when nothing does.
  bool BlanksOrT() {
    const size_t before = rest_.size();
    if (!Skip('T') && !Skip('t')) Blanks();
    return rest_.size() != before;
  }
  char Next() const { return rest_.empty() ? '\0' : rest_.front(); }
  void Fail() { failed_ = true; }
  bool failed() const { return failed_; }
  bool Finish() const { return !failed_ && rest_.empty(); }

  // The fraction of a second behind its point, in microseconds, rounded half to even as rint does.
  int64_t Fraction() {
    int64_t micros = 0;
    size_t count = 0;
    for (; count < rest_.size() && count < 6 && IsDigit(rest_[count]); ++count)
      micros = micros * 10 + (rest_[count] - '0');
    for (size_t i = count; i < 6; ++i) micros *= 10;
    rest_.remove_prefix(count);
    size_t more = 0;
    while (more < rest_.size() && IsDigit(rest_[more])) ++more;
    const std::string_view beyond = rest_.substr(0, more);
    rest_.remove_prefix(more);
    if (beyond.empty() || beyond[0] < '5') return micros;
    const bool half = beyond[0] == '5' && beyond.find_first_not_of('0', 1) == std::string_view::npos;
    return micros + (half && micros % 2 == 0 ? 0 : 1);
  }

  CivilDate Date() {
    CivilDate date;
    date.year = Number(4, 7);
    Expect('-');
    date.month = static_cast<unsigned>(Number(1, 2));
    Expect('-');
    date.day = static_cast<unsigned>(Number(1, 2));
    return date;
  }

  // Microseconds since midnight; 24:00:00 and a second 60 are taken, as PostgreSQL takes them.
  int64_t Clock() {
    const int64_t hour = Number(1, 2);
    Expect(':');
    const int64_t minute = Number(2, 2);
    int64_t second = 0, fraction = 0;
    if (Skip(':')) {
      second = Number(2, 2);
      if (Skip('.')) fraction = Fraction();
    }
    const int64_t micros = hour * kMicrosPerHour + minute * kMicrosPerMinute + second * kMicrosPerSecond + fraction;
    if (minute > 59 || second > 60 || micros > kMicrosPerDay) Fail();
    return micros;
  }

  // "Z", "+07", "+0730", "+07:30" or "+07:30:15", in seconds east of UTC; 0 where none stands.
  int64_t Zone() {
    if (Skip('Z') || Skip('z')) return 0;
    const bool east = Next() == '+';
    if (!Skip('+') && !Skip('-')) return 0;
    const int64_t hours = Number(1, 2);
    int64_t minutes = 0, seconds = 0;
    if (Skip(':') || IsDigit(Next())) {
      minutes = Number(2, 2);
      if (Skip(':')) seconds = Number(2, 2);
    }
    const int64_t away = hours * 3600 + minutes * 60 + seconds;
    if (minutes > 59 || seconds > 59 || away >= kZoneEnd) Fail();
    return east ? away : -away;
  }

  // Before Christ the year 1 is followed by 1 after.
  void Era(CivilDate& date) {
    Blanks();
    if (rest_.size() != 2 || !EqualWords(rest_, "bc")) {
      if (date.year < 1) Fail();
      return;
    }
    rest_ = {};
    if (date.year < 1) Fail();
    date.year = 1 - date.year;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

bool IsOnCalendar(const CivilDate& date) {
  return date.year <= kMaxYear && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= DaysOfMonth(date.year, date.month);
}

}  // namespace

Result<Bytes> DateImage(std::string_view text) {
  const std::string_view typed = Trimmed(text);
  if (EqualWords(typed, "infinity")) return ImageOf(kDateInfinity);
  if (EqualWords(typed, "-infinity")) return ImageOf(kDateMinusInfinity);
  TimeReader in(typed);
  CivilDate date = in.Date();
  in.Era(date);
  if (!in.Finish()) return InvalidText("date", text, "not a date like 2024-02-29");
  if (!IsOnCalendar(date)) return InvalidText("date", text, "no such day");
  const int64_t days = DaysFromDate(date);
  if (days < kFirstDay || days >= kDateEnd) return InvalidText("date", text, "out of range");
  return ImageOf(static_cast<int32_t>(days));
}

Result<Bytes> TimeOfDayImage(std::string_view text) {
  TimeReader in(Trimmed(text));
  const int64_t micros = in.Clock();
  if (!in.Finish()) return InvalidText("time", text, "not a time like 13:30:05");
  return ImageOf(micros);
}

Result<Bytes> TimestampImage(std::string_view text, bool with_zone) {
  const std::string_view type = with_zone ? "timestamptz" : "timestamp";
  const std::string_view typed = Trimmed(text);
  if (EqualWords(typed, "infinity")) return ImageOf(kTimestampInfinity);
  if (EqualWords(typed, "-infinity")) return ImageOf(kTimestampMinusInfinity);
  TimeReader in(typed);
  CivilDate date = in.Date();
  int64_t clock = 0, east = 0;
  if (in.BlanksOrT() && IsDigit(in.Next())) {
    clock = in.Clock();
    in.Blanks();
    east = in.Zone();
  }
  in.Era(date);
  if (!in.Finish()) return InvalidText(type, text, "not a time like 2024-02-29 13:30:05");
  if (!IsOnCalendar(date)) return InvalidText(type, text, "no such day");
  // A timestamp without zone drops the one that was written; one with zone and none written is in UTC.
  const int64_t days = DaysFromDate(date);
  if (days < kFirstDay - 1 || days > kTimestampEnd / kMicrosPerDay) { return InvalidText(type, text, "out of range"); }
  const int64_t micros = days * kMicrosPerDay + clock - (with_zone ? east * kMicrosPerSecond : 0);
  if (micros < kFirstTimestamp || micros >= kTimestampEnd) return InvalidText(type, text, "out of range");
  return ImageOf(micros);
}

}  // namespace pulih

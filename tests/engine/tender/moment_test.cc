// Dates and times as sources write them, against a calendar that counts day by day.
#include "engine/tender/moment.h"

#include <cctype>
#include <random>

#include <catch2/catch.hpp>

namespace pulih::tender {
namespace {

std::string Read(std::string_view text) {
  const auto moment = ReadMoment(text);
  if (!moment) return "none";
  CHECK(moment->has_time == (moment->value.size() == 19));
  return moment->value;
}

std::string Two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

// The twin: one day after another.
struct SlowDay {
  int year = 1970, month = 1, day = 1;
  int Length() const {
    if (month == 2) return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }
  void Next() {
    if (++day <= Length()) return;
    day = 1;
    if (++month <= 12) return;
    month = 1;
    ++year;
  }
  std::string Text() const { return std::to_string(year) + "-" + Two(month) + "-" + Two(day); }
};

}  // namespace

TEST_CASE("every Indonesian month is known, whole and short, in any case of letters") {
  const std::vector<std::vector<std::string>> months{{"Januari", "Jan"}, {"Februari", "Pebruari", "Feb", "Peb"}, {"Maret", "Mar"}, {"April", "Apr"}, {"Mei", "May"}, {"Juni", "Jun"},
      {"Juli", "Jul"}, {"Agustus", "Ags", "Agt", "Agu", "Aug"}, {"September", "Sep", "Sept"}, {"Oktober", "Okt", "Oct"}, {"November", "Nopember", "Nov", "Nop"}, {"Desember", "Des", "Dec"}};
  for (size_t i = 0; i < months.size(); ++i)
    for (std::string name : months[i]) {
      CAPTURE(name);
      const std::string day = "2014-" + Two(static_cast<int>(i) + 1) + "-04";
      CHECK(Read("04 " + name + " 2014") == day);
      CHECK(Read("4-" + name + "-2014 08:30") == day + " 08:30:00");
      for (char& c : name) c = static_cast<char>(std::toupper(c));
      CHECK(Read("04 " + name + " 2014") == day);
    }
  for (const char* wrong : {"04 Bulan 2014", "04 Okto 2014", "04 Juno 2014", "04 M 2014", "04 2014", "04 Mar 14"}) CHECK(Read(wrong) == "none");
}

TEST_CASE("the forms of pages and exports are read") {
  CHECK(Read("30 Oktober 2015 11:00") == "2015-10-30 11:00:00");
  CHECK(Read("18-12-2013") == "2013-12-18");
  CHECK(Read("11/02/2014") == "2014-02-11");
  CHECK(Read("2014-10-04 22:00:00") == "2014-10-04 22:00:00");
  CHECK(Read("2014-10-04 22:00:00.123") == "2014-10-04 22:00:00");
  CHECK(Read("Senin, 6 Oktober 2014 09.15") == "2014-10-06 09:15:00");
  CHECK(Read("30\xC2\xA0Oktober\xC2\xA0" "2015 11:00 WIB") == "2015-10-30 11:00:00");
}

TEST_CASE("24:00 is the end of its day, at the end of a month and a year too") {
  CHECK(Read("30 Oktober 2015 24:00") == "2015-10-31 00:00:00");
  CHECK(Read("31 Desember 2013 24:00") == "2014-01-01 00:00:00");
  CHECK(Read("28 Februari 2016 24:00") == "2016-02-29 00:00:00");
  CHECK(Read("28 Februari 2014 24:00") == "2014-03-01 00:00:00");
  CHECK(Read("30 Oktober 2015 24:01") == "none");
  CHECK(Read("30 Oktober 2015 25:00") == "none");
  CHECK(Read("30 Oktober 2015 23:60") == "none");
}

TEST_CASE("a zone is turned into local time, and a midnight in UTC is the date that it stands for") {
  CHECK(Read("2014-01-08T08:48:57+07:00") == "2014-01-08 08:48:57");
  CHECK(Read("2014-01-08T08:48:57+0700") == "2014-01-08 08:48:57");
  CHECK(Read("2014-01-08 08:48:57+07") == "2014-01-08 08:48:57");
  CHECK(Read("2014-01-08T20:30:00Z") == "2014-01-09 03:30:00");
  CHECK(Read("2014-01-08T20:30:00-05:00") == "2014-01-09 08:30:00");
  CHECK(Read("2014-03-01T00:10:00+08:00") == "2014-02-28 23:10:00");
  CHECK(Read("2025-10-03T00:00:00.000000Z") == "2025-10-03");
  CHECK(Read("2025-10-03T00:00:00+00:00") == "2025-10-03");
  CHECK(Read("2025-10-03T00:00:00+07:00") == "2025-10-03 00:00:00");
  CHECK(Read("2014-01-08T08:48:57 WIT") == "none");
}

TEST_CASE("no such day is none") {
  for (const char* text : {"", " ", "-", "31 April 2014", "29 Februari 2014", "29 Februari 2100", "30-02-2016", "0-1-2014", "1-13-2014", "32/01/2014", "1-1-1989", "1-1-2100", "2014-02-30", "20140304",
                           "2014-10-04 22", "2014-10-04 22:0:00:00", "04 Mar 2014 lalu", "99999999999999999999-01-01", "1-1-2014 1:1:1:1:1:1:1:1:1:1:1"}) {
    CAPTURE(text);
    CHECK(Read(text) == "none");
  }
  CHECK(Read("29 Februari 2016") == "2016-02-29");
  CHECK(Read("29 Februari 2000") == "2000-02-29");
}

TEST_CASE("every day from 1990 to 2099 is what a slow calendar says, and the day after its midnight follows it") {
  SlowDay day;
  int64_t number = 0;
  for (; day.year < 1990; day.Next()) ++number;
  for (; day.year < 2100; day.Next(), ++number) {
    const std::string text = day.Text();
    REQUIRE(DayNumber(text) == number);
    REQUIRE(DayNumber(text + " 23:59:59") == number);
    const auto turned = ReadMoment(std::to_string(day.day) + "/" + std::to_string(day.month) + "/" + std::to_string(day.year));
    REQUIRE(turned);
    REQUIRE(turned->value == text);
    SlowDay next = day;
    next.Next();
    const auto end = ReadMoment(text + " 24:00");
    REQUIRE(end);
    REQUIRE(end->value == next.Text() + " 00:00:00");
  }
}

TEST_CASE("a period is two moments") {
  const auto period = ReadPeriod("18 Desember 2013 - 27 Desember 2013");
  REQUIRE(period);
  CHECK(period->first.value == "2013-12-18");
  CHECK(period->second.value == "2013-12-27");
  CHECK(ReadPeriod("18-12-2013 s/d 27-12-2013")->second.value == "2013-12-27");
  CHECK_FALSE(ReadPeriod("18 Desember 2013"));
  CHECK_FALSE(ReadPeriod("18 Desember 2013 - selesai"));
}

TEST_CASE("the time of a capture is in UTC, and of a day without a time its end") {
  CHECK(CaptureTime("2014-10-02T15:00:00Z") == "2014-10-02T15:00:00Z");
  CHECK(CaptureTime("Thu, 02 Oct 2014 15:00:00 GMT") == "2014-10-02T15:00:00Z");
  CHECK(CaptureTime("2014-10-02T00:00:00Z") == "2014-10-02T00:00:00Z");
  CHECK(CaptureTime("2014-10-03T03:00:00+07:00") == "2014-10-02T20:00:00Z");
  CHECK(CaptureTime("03 Oktober 2014 03:00") == "2014-10-02T20:00:00Z");
  CHECK(CaptureTime("03 Oktober 2014") == "2014-10-03T16:59:59Z");
  CHECK(CaptureTime("kemarin").empty());
  CHECK(CaptureTime("").empty());
}

TEST_CASE("what is read from a normal form is that normal form, and no bytes make reading fail") {
  const uint64_t seed = 11;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  constexpr std::string_view kParts[] = {"2014", "04", "1", "31", "24", "59", "Okt", "Mei", "T", "Z", "WIB", "+07", "-", ":", ".", "/", " ", ",", "\xC2\xA0", "\xFF", "99999999999"};
  for (int round = 0; round < 50000; ++round) {
    std::string text;
    for (uint64_t n = random() % 16; n > 0; --n) text += kParts[random() % std::size(kParts)];
    (void)CaptureTime(text);
    (void)ReadPeriod(text);
    const auto moment = ReadMoment(text);
    if (!moment || moment->value < "1990" || moment->value > "2099-12-31") continue;
    CAPTURE(text);
    REQUIRE(ReadMoment(moment->value) == moment);
  }
}

}  // namespace pulih::tender

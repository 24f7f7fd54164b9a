#include "tools/render.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "tools/progress.h"

using namespace pulih;

namespace {

// Runs with another time zone.
class Zone {
 public:
  explicit Zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

constexpr int64_t kNs = 1'000'000'000;

}  // namespace

TEST_CASE("sizes are read in the unit that gives one to four digits") {
  CHECK(SizeText(0) == "0 B");
  CHECK(SizeText(1023) == "1023 B");
  CHECK(SizeText(1024) == "1.0 KiB");
  CHECK(SizeText(1536) == "1.5 KiB");
  CHECK(SizeText((1u << 20) - 1) == "1.0 MiB");
  CHECK(SizeText(uint64_t{5} << 30) == "5.0 GiB");
  CHECK(SizeText(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("counts have separators and their noun its number") {
  CHECK(CountText(0) == "0");
  CHECK(CountText(999) == "999");
  CHECK(CountText(1000) == "1,000");
  CHECK(CountText(1234567) == "1,234,567");
  CHECK(CountOf(1, "file") == "1 file");
  CHECK(CountOf(0, "file") == "0 files");
  CHECK(CountOf(2, "entry") == "2 entries");
}

TEST_CASE("durations have the precision that matters") {
  CHECK(DurationText(0.1234) == "0.12 s");
  CHECK(DurationText(9.99) == "9.99 s");
  CHECK(DurationText(9.996) == "10 s");
  CHECK(DurationText(59.6) == "1 min 0 s");
  CHECK(DurationText(3599.4) == "59 min 59 s");
  CHECK(DurationText(7385) == "2 h 3 min");
}

TEST_CASE("a time carries the zone that held at that moment") {
  const int64_t october = 1412392800 * kNs, january = 1389322800 * kNs;
  {
    const Zone zone("Asia/Jakarta");
    CHECK(TimeText(october) == "2014-10-04 10:20:00 +07:00");
  }
  {
    const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(LocalZoneMinutes(october) == 120);
    CHECK(LocalZoneMinutes(january) == 60);
    // A date in words means the zone of that day, not of today.
    CHECK(LocalZoneMinutesOf("2014-10-04", january) == 120);
    CHECK(LocalZoneMinutesOf("2014-01-10T03:00", october) == 60);
    CHECK(LocalZoneMinutesOf("latest", october) == 120);
  }
}

TEST_CASE("a table is aligned under its titles, without blanks at the ends of lines") {
  Table table({{"ID"}, {"SIZE", Align::right}, {"PATHS"}});
  table.Add({"4f2a91c3", "1.2 KiB", "/srv/é"});
  table.Add({"é", "12 B", ""});
  Output out;
  table.Print(out);
  CHECK(out.text() ==
        "ID           SIZE  PATHS\n"
        "4f2a91c3  1.2 KiB  /srv/é\n"
        "é            12 B\n");
}

TEST_CASE("a line keeps to the widths that it is given, and is cut only where that is asked for") {
  const std::vector<Column> columns = {{"ID", Align::right}, {"NAME"}};
  CHECK(AlignedLine(columns, {"7", "a long name"}, {3, 4}, false) == "  7  a long name");
  CHECK(AlignedLine(columns, {"12345", "a long name"}, {3, 6}, true) == "12…  a lon…");
}

TEST_CASE("text wraps at blanks and keeps its paragraphs") {
  CHECK(Wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(Wrap("one\n\ntwo", 80) == std::vector<std::string>{"one", "", "two"});
  CHECK(Wrap("unbreakable", 4) == std::vector<std::string>{"unbreakable"});
}

TEST_CASE("the progress line tells rate and remaining time where the total is known") {
  Progress progress;
  progress.phase = "reading";
  progress.files_done = 1200;
  progress.bytes_done = 50u << 20;
  CHECK(ProgressText(progress, 10, 50u << 20, 200) == "reading  1,200  50.0 MiB  5.0 MiB/s");
  progress.bytes_total = 100u << 20;
  progress.files_total = 2400;
  CHECK(ProgressText(progress, 10, 50u << 20, 200) ==
        "reading  50%  1,200 of 2,400  50.0 MiB of 100.0 MiB  5.0 MiB/s  0:10 left");
  CHECK(ProgressText(progress, 0.5, 50u << 20, 200).find("/s") == std::string::npos);
}

TEST_CASE("the progress line never exceeds the terminal and cannot be abused by a name") {
  Progress progress;
  progress.phase = "reading";
  progress.bytes_done = 1000;
  progress.current = "srv/\x1b[2J/a very long name that goes on and on and on and on";
  for (size_t columns = 20; columns < 120; ++columns) {
    const std::string text = ProgressText(progress, 5, 1000, columns);
    CHECK(text.find('\x1b') == std::string::npos);
    size_t width = 0;
    for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    CHECK(width <= columns);
  }
}

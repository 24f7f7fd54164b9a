// Dates and times as Indonesian sources write them, in the normal form "2014-03-04 11:00:00", or "2014-03-04" where no time
// of day was told. Local time of the agency; a zone that a text carries is dropped where it is the agency's own, and a
// midnight in UTC is taken for the local date that it stands for.
//
//   "30 Oktober 2015 11:00"  "04 Mar 2014"  "18-12-2013"  "11/02/2014" (day first)  "2014-10-04 22:00:00"
//   "2014-01-08T08:48:57+07:00"  "2025-10-03T00:00:00.000000Z"  "24:00" (the end of that day)
//
// Also a period: "18 Desember 2013 - 27 Desember 2013" is two.
// Pure. Source: the forms found on pages and in exports (docs/rebuild.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pulih::tender {

struct Moment {
  std::string value;
  bool has_time = false;
  bool operator==(const Moment&) const = default;
};

// nullopt when it is none: no such day, an unknown month, a year outside 1990 to 2099.
std::optional<Moment> ReadMoment(std::string_view text);
std::optional<std::pair<Moment, Moment>> ReadPeriod(std::string_view text);

// Days since 1970-01-01 of the date that a normal form begins with; nullopt for another text.
std::optional<int64_t> DayNumber(std::string_view normal);

// For times of evidence: ISO 8601 in UTC ("2014-10-02T15:00:00Z") of a text with a zone, of one without as if it were the
// end of its day. Empty when it is none.
std::string CaptureTime(std::string_view text);

}  // namespace pulih::tender

#include "engine/tender/moment.h"

#include <array>
#include <cstdio>
#include <vector>

namespace pulih::tender {
namespace {

constexpr int kLocalMinutes = 7 * 60;  // UTC+7, no summer time

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

struct MonthName {
  std::string_view name;
  int month;
};
// Abbreviations are the first three letters; those that are not stand here by themselves.
constexpr MonthName kMonths[] = {
    {"januari", 1}, {"february", 2}, {"februari", 2}, {"pebruari", 2}, {"maret", 3}, {"march", 3}, {"april", 4}, {"mei", 5}, {"may", 5}, {"juni", 6},
    {"june", 6}, {"juli", 7}, {"july", 7}, {"agustus", 8}, {"august", 8}, {"ags", 8}, {"agt", 8}, {"september", 9}, {"sept", 9}, {"oktober", 10}, {"october", 10},
    {"november", 11}, {"nopember", 11}, {"desember", 12}, {"december", 12}, {"january", 1},
};

std::optional<int> MonthOf(std::string_view word) {
  std::string low;
  for (const char c : word) low += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const MonthName& month : kMonths)
    if (low == month.name || (low.size() == 3 && low == month.name.substr(0, 3))) return month.month;
  return std::nullopt;
}

// Runs of digits, words, and what stands between them.
struct Piece {
  std::string_view text;
  bool digits = false;
  char before = ' ';  // the mark in front of it, a blank where there are several
};
std::vector<Piece> Pieces(std::string_view text) {
  std::vector<Piece> pieces;
  char before = ' ';
  for (size_t i = 0; i < text.size() && pieces.size() < 12;) {
    if (IsDigit(text[i]) || IsLetter(text[i])) {
      const bool digits = IsDigit(text[i]);
      size_t end = i;
      while (end < text.size() && (digits ? IsDigit(text[end]) : IsLetter(text[end]))) ++end;
      pieces.push_back({text.substr(i, end - i), digits, before});
      before = '\0';
      i = end;
    } else {
      // A no-break space is a blank.
      before = text[i] == '\xC2' || text[i] == '\xA0' || text[i] == ' ' ? (before == '\0' || before == ' ' ? ' ' : before) : text[i];
      ++i;
    }
  }
  return pieces;
}

int64_t DaysFromCivil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400, of_era = y - era * 400;
  const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return int64_t{era} * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}
struct Civil {
  int year, month, day;
};
Civil CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = days / 146097, of_era = days - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t m = (5 * of_year + 2) / 153;
  const int month = static_cast<int>(m < 10 ? m + 3 : m - 9);
  return {static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month, static_cast<int>(of_year - (153 * m + 2) / 5 + 1)};
}
int DaysInMonth(int year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

struct Parsed {
  int64_t day = 0;
  int second = 0;           // of the day, may be 24 × 3600
  bool has_time = false;
  std::optional<int> zone;  // minutes east of UTC
};

std::optional<int> Number(const Piece& piece, size_t max_digits) {
  if (!piece.digits || piece.text.empty() || piece.text.size() > max_digits) return std::nullopt;
  int value = 0;
  for (const char c : piece.text) value = value * 10 + (c - '0');
  return value;
}

std::optional<Parsed> Parse(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  std::vector<Piece> pieces = Pieces(text);
  // The name of a weekday, with its comma.
  if (!pieces.empty() && !pieces[0].digits && !MonthOf(pieces[0].text)) pieces.erase(pieces.begin());
  if (pieces.size() < 3) return std::nullopt;
  std::optional<int> year, month, day;
  if (pieces[0].digits && pieces[0].text.size() == 4) {
    year = Number(pieces[0], 4), month = Number(pieces[1], 2), day = Number(pieces[2], 2);
  } else {
    day = Number(pieces[0], 2), year = pieces[2].text.size() == 4 ? Number(pieces[2], 4) : std::nullopt;
    month = pieces[1].digits ? Number(pieces[1], 2) : MonthOf(pieces[1].text);
  }
  if (!year || !month || !day || *year < 1990 || *year > 2099 || *month < 1 || *month > 12 || *day < 1 || *day > DaysInMonth(*year, *month)) return std::nullopt;
  Parsed parsed;
  parsed.day = DaysFromCivil(*year, *month, *day);
  size_t at = 3;
  if (at < pieces.size() && !pieces[at].digits && (pieces[at].text == "T" || pieces[at].text == "t")) ++at;
  if (at == pieces.size()) return parsed;
  if (at + 1 >= pieces.size()) return std::nullopt;
  const auto hour = Number(pieces[at], 2), minute = Number(pieces[at + 1], 2);
  if (!hour || !minute || (pieces[at + 1].before != ':' && pieces[at + 1].before != '.') || *hour > 24 || *minute > 59 || (*hour == 24 && *minute > 0)) return std::nullopt;
  at += 2;
  int second = 0;
  if (at < pieces.size() && pieces[at].digits && pieces[at].before == ':') {
    const auto told = Number(pieces[at], 2);
    if (!told || *told > 59) return std::nullopt;
    second = *told;
    ++at;
    if (at < pieces.size() && pieces[at].digits && pieces[at].before == '.') ++at;  // parts of a second
  }
  parsed.has_time = true;
  parsed.second = *hour * 3600 + *minute * 60 + second;
  if (at < pieces.size() && !pieces[at].digits && (pieces[at].text == "Z" || pieces[at].text == "z" || pieces[at].text == "GMT" || pieces[at].text == "UTC")) {
    parsed.zone = 0;
    ++at;
  } else if (at < pieces.size() && !pieces[at].digits && pieces[at].text == "WIB") {
    parsed.zone = kLocalMinutes;
    ++at;
  } else if (at < pieces.size() && pieces[at].digits && (pieces[at].before == '+' || pieces[at].before == '-')) {
    const auto hours = Number(pieces[at], 4);
    if (!hours) return std::nullopt;
    int minutes = pieces[at].text.size() > 2 ? *hours / 100 * 60 + *hours % 100 : *hours * 60;
    const bool west = pieces[at].before == '-';
    ++at;
    if (at < pieces.size() && pieces[at].before == ':') {
      const auto more = Number(pieces[at], 2);
      if (!more) return std::nullopt;
      minutes += *more;
      ++at;
    }
    parsed.zone = west ? -minutes : minutes;
  }
  return at == pieces.size() ? std::optional(parsed) : std::nullopt;
}

std::string DayText(int64_t day) {
  const Civil civil = CivilFromDays(day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", civil.year, civil.month, civil.day);
  return text.data();
}
std::string TimeText(int second) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", second / 3600, second / 60 % 60, second % 60);
  return text.data();
}
// Moves whole days out of the seconds.
void Carry(int64_t& day, int64_t& second) {
  constexpr int64_t kDay = 24 * 3600;
  const int64_t days = second >= 0 ? second / kDay : -((-second + kDay - 1) / kDay);
  day += days;
  second -= days * kDay;
}

}  // namespace

std::optional<Moment> ReadMoment(std::string_view text) {
  const auto parsed = Parse(text);
  if (!parsed) return std::nullopt;
  // Midnight in UTC is how programs write a date.
  if (!parsed->has_time || (parsed->zone == 0 && parsed->second == 0)) return Moment{DayText(parsed->day), false};
  int64_t day = parsed->day, second = parsed->second;
  if (parsed->zone) second += int64_t{kLocalMinutes - *parsed->zone} * 60;
  Carry(day, second);
  return Moment{DayText(day) + " " + TimeText(static_cast<int>(second)), true};
}

std::optional<std::pair<Moment, Moment>> ReadPeriod(std::string_view text) {
  for (const std::string_view mark : {" - ", " s/d ", " s.d. ", " sampai "}) {
    const size_t at = text.find(mark);
    if (at == text.npos) continue;
    const auto from = ReadMoment(text.substr(0, at)), to = ReadMoment(text.substr(at + mark.size()));
    if (from && to) return std::pair(*from, *to);
  }
  return std::nullopt;
}

std::optional<int64_t> DayNumber(std::string_view normal) {
  const auto parsed = normal.size() >= 10 ? Parse(normal.substr(0, 10)) : std::nullopt;
  return parsed ? std::optional(parsed->day) : std::nullopt;
}

std::string CaptureTime(std::string_view text) {
  const auto parsed = Parse(text);
  if (!parsed) return {};
  int64_t day = parsed->day, second = parsed->has_time ? parsed->second : 24 * 3600 - 1;
  second -= int64_t{parsed->zone.value_or(kLocalMinutes)} * 60;
  Carry(day, second);
  return DayText(day) + "T" + TimeText(static_cast<int>(second)) + "Z";
}

}  // namespace pulih::tender

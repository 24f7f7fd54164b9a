// Encodings of mail: base64, quoted-printable, encoded words, charsets, dates.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <optional>

#include "formats/mail/mail.h"
#include "formats/text/encoding.h"

namespace pulih::mail {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::string ToText(ByteView bytes, std::string_view charset) {
  const std::string lower = web::LowerCase(charset);
  std::string out;
  const bool is_utf8 = lower == "utf-8" || lower == "utf8" || ((lower.empty() || lower == "us-ascii") && IsUtf8(AsText(bytes)));
  TextDecoder decoder(is_utf8 || (lower.substr(0, 3) != "iso" && lower.substr(0, 3) != "win" && IsUtf8(AsText(bytes))) ? TextEncoding::utf8 : TextEncoding::windows1252);
  decoder.Feed(bytes, out);
  decoder.Finish(out);
  return out;
}

std::optional<int> Number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// "+0700" in minutes; names of zones are UTC, as RFC 5322 has it for those that are not known.
int ZoneMinutes(std::string_view zone) {
  if (zone.size() != 5 || (zone[0] != '+' && zone[0] != '-')) return 0;
  const int value = Number(zone.substr(1)).value_or(0);
  const int minutes = value / 100 * 60 + value % 100;
  return zone[0] == '-' ? -minutes : minutes;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size() && words.size() < 12;) {
    const size_t end = std::min(text.find_first_of(" \t,", at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

bool DecodeBase64(std::string_view text, Bytes& out) {
  uint32_t group = 0;
  int digits = 0;
  bool sound = true, ended = false;
  for (const char c : text) {
    if (c == '=') {
      ended = true;
      continue;
    }
    const int digit = Base64Digit(c);
    if (digit < 0) {
      sound = sound && (c == '\r' || c == '\n' || c == ' ' || c == '\t');
      continue;
    }
    if (ended) return false;  // something else follows its end
    group = group << 6 | static_cast<uint32_t>(digit);
    if (++digits % 4 != 0) continue;
    for (int shift = 16; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(group >> shift));
    group = 0;
  }
  const int left = digits % 4;
  if (left >= 2) out.push_back(static_cast<uint8_t>(left == 2 ? group >> 4 : group >> 10));
  if (left == 3) out.push_back(static_cast<uint8_t>(group >> 2));
  return sound && left != 1 && (left == 0 || ended);
}

Bytes DecodeQuotedPrintable(std::string_view text) {
  Bytes out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '=') {
      out.push_back(static_cast<uint8_t>(text[at]));
      continue;
    }
    // A line that goes on: blanks may stand behind the sign.
    const size_t rest = text.find_first_not_of(" \t", at + 1);
    if (rest != std::string_view::npos && (text[rest] == '\n' || (text[rest] == '\r' && rest + 1 < text.size() && text[rest + 1] == '\n'))) {
      at = text[rest] == '\n' ? rest : rest + 1;
      continue;
    }
    const int high = at + 2 < text.size() ? HexDigit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? HexDigit(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      out.push_back('=');
      continue;
    }
    out.push_back(static_cast<uint8_t>(high * 16 + low));
    at += 2;
  }
  return out;
}

std::string DecodeWords(std::string_view field) {
  std::string out;
  size_t plain_from = 0;
  bool behind_word = false;
  for (size_t at = field.find("=?"); at != std::string_view::npos; at = field.find("=?", at)) {
    const size_t coding = field.find('?', at + 2);
    const size_t text = coding == std::string_view::npos ? coding : field.find('?', coding + 1);
    const size_t end = text == std::string_view::npos ? text : field.find("?=", text + 1);
    if (end == std::string_view::npos || text != coding + 2) {
      at += 2;
      continue;
    }
    const std::string_view between = field.substr(plain_from, at - plain_from);
    // Blanks between two words are not part of the text.
    if (!behind_word || between.find_first_not_of(" \t\r\n") != std::string_view::npos) out.append(between);
    const std::string_view word = field.substr(text + 1, end - text - 1);
    Bytes bytes;
    if (field[coding + 1] == 'B' || field[coding + 1] == 'b') {
      (void)DecodeBase64(word, bytes);  // what is there of it
    } else {
      std::string spaced(word);
      std::replace(spaced.begin(), spaced.end(), '_', ' ');
      bytes = DecodeQuotedPrintable(spaced);
    }
    std::string_view charset = field.substr(at + 2, coding - at - 2);
    charset = charset.substr(0, charset.find('*'));
    out.append(ToText(bytes, charset));
    behind_word = true;
    at = plain_from = end + 2;
  }
  return out.append(field.substr(plain_from));
}

std::string TextOf(const MailPart& part) { return ToText(part.body, part.charset); }

std::string MailDateToIso(std::string_view date) {
  constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  std::vector<std::string_view> words = Words(date);
  if (!words.empty() && !Number(words[0])) words.erase(words.begin());  // the day of the week
  if (words.size() < 4) return {};
  const auto month = std::find(std::begin(kMonths), std::end(kMonths), web::LowerCase(words[1].substr(0, 3)));
  const auto day = Number(words[0]), year = Number(words[2]);
  const std::string_view time = words[3];
  if (month == std::end(kMonths) || !day || !year || *year < 1970 || *year > 9999 || time.size() < 5 || time[2] != ':') return {};
  const auto hour = Number(time.substr(0, 2)), minute = Number(time.substr(3, 2));
  const auto second = time.size() >= 8 ? Number(time.substr(6, 2)) : std::optional<int>(0);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return {};
  const std::chrono::year_month_day civil(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month - std::begin(kMonths) + 1)), std::chrono::day(static_cast<unsigned>(std::clamp(*day, 0, 99))));
  if (!civil.ok()) return {};
  const int64_t minutes = std::chrono::sys_days(civil).time_since_epoch().count() * int64_t{1440} + *hour * 60 + *minute - (words.size() > 4 ? ZoneMinutes(words[4]) : 0);
  const std::chrono::year_month_day utc{std::chrono::sys_days(std::chrono::days(minutes / 1440))};
  char out[64];
  const int rest = static_cast<int>(minutes % 1440);
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(utc.year()), static_cast<unsigned>(utc.month()), static_cast<unsigned>(utc.day()), rest / 60, rest % 60, *second);
  return out;
}

}  // namespace pulih::mail

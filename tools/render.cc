#include "tools/render.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "engine/base/time_text.h"
#include "tools/escape.h"

namespace pulih {
namespace {
constexpr int64_t kNsPerSecond = 1'000'000'000;
}

std::string SizeText(uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // 1023.95 would be printed as 1024.0.
  while (size >= 1023.95 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", size, kUnits[unit]);
  return text;
}

std::string CountText(uint64_t count) {
  std::string text = std::to_string(count);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string CountOf(uint64_t count, std::string_view noun) {
  std::string text = CountText(count) + " ";
  if (count == 1) return text + std::string(noun);
  // "entries", but "keys".
  const bool is_ies = noun.ends_with('y') && noun.size() > 1 && std::string_view("aeiou").find(noun[noun.size() - 2]) == std::string_view::npos;
  if (is_ies) return text + std::string(noun.substr(0, noun.size() - 1)) + "ies";
  return text + std::string(noun) + "s";
}

std::string DurationText(double seconds) {
  char text[48];
  if (seconds < 9.995) {
    std::snprintf(text, sizeof text, "%.2f s", std::max(seconds, 0.0));
    return text;
  }
  const auto whole = static_cast<uint64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

int32_t LocalZoneMinutes(int64_t ns) {
  const std::time_t seconds = ns / kNsPerSecond - (ns % kNsPerSecond < 0);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return static_cast<int32_t>(local.tm_gmtoff / 60);
}

int32_t LocalZoneMinutesOf(std::string_view words, int64_t now_ns) {
  int year = 0, month = 0, day = 0, hour = 12;
  const std::string text(words);
  const int found = std::sscanf(text.c_str(), "%4d-%2d-%2d%*1[T ]%2d", &year, &month, &day, &hour);
  if (found < 3) return LocalZoneMinutes(now_ns);
  std::tm local{};
  local.tm_year = year - 1900;
  local.tm_mon = month - 1;
  local.tm_mday = day;
  local.tm_hour = hour;
  local.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&local);
  return LocalZoneMinutes(static_cast<int64_t>(seconds) * kNsPerSecond);
}

std::string TimeText(int64_t ns) { return FormatInZone(ns, LocalZoneMinutes(ns)); }

std::string FullPath(std::string_view stored_path) { return "/" + std::string(stored_path); }
std::string PathText(std::string_view stored_path) { return EscapeName(FullPath(stored_path)); }
std::string ShortId(std::string_view hex) { return std::string(hex.substr(0, 8)); }

std::string Pad(std::string_view text, size_t columns, Align align) {
  const size_t width = DisplayWidth(text);
  const std::string blanks(width < columns ? columns - width : 0, ' ');
  return align == Align::left ? std::string(text) + blanks : blanks + std::string(text);
}

std::string AlignedLine(const std::vector<Column>& columns, const std::vector<std::string>& cells, const std::vector<size_t>& widths, bool cut) {
  std::string line;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool last = i + 1 == columns.size();
    line += Pad(cut ? CutBack(cells[i], widths[i]) : cells[i], last && columns[i].align == Align::left ? 0 : widths[i], columns[i].align);
    if (!last) line += "  ";
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

void Table::Print(Output& out) const {
  std::vector<size_t> widths;
  std::vector<std::string> titles;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i]));
    widths.push_back(width);
    titles.push_back(columns_[i].title);
  }
  out.Line(AlignedLine(columns_, titles, widths, false));
  for (const auto& row : rows_) out.Line(AlignedLine(columns_, row, widths, false));
}

std::vector<std::string> Wrap(std::string_view text, size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > columns) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    if (end < text.size() && text[end] == '\n') {
      lines.push_back(std::move(line));
      line.clear();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace pulih

// Text for people: sizes, counts, times with their zone, durations, aligned tables. JSON has its own writer
// (json_output.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/output.h"

namespace pulih {

std::string SizeText(uint64_t bytes);       // "812 B", "1.2 KiB", "3.4 GiB"
std::string CountText(uint64_t count);      // "12,345"
// "1 file", "12,345 files": `noun` takes an s, "-y" becomes "-ies".
std::string CountOf(uint64_t count, std::string_view noun);
std::string DurationText(double seconds);   // "0.42 s", "1 min 20 s", "2 h 3 min"

// "2014-10-04 10:20:00 +07:00" in this machine's zone at that moment.
std::string TimeText(int64_t ns);
// Minutes east of UTC of this machine's zone, at a moment.
int32_t LocalZoneMinutes(int64_t ns);
// The same for a local date or time in words ("2014-10-04…"); for anything else now's.
int32_t LocalZoneMinutesOf(std::string_view words, int64_t now_ns);

// A stored path as people write it, escaped: "/srv/documents".
std::string PathText(std::string_view stored_path);
// The same unescaped: for JSON and for comparing.
std::string FullPath(std::string_view stored_path);

std::string ShortId(std::string_view hex);  // the first 8 digits

enum class Align : uint8_t { left, right };
struct Column {
  std::string title;
  Align align = Align::left;
  bool operator==(const Column&) const = default;
};
// One line of cells, each padded to its column's width, with `cut` also cut to it; a last column to the left is not padded.
std::string AlignedLine(const std::vector<Column>& columns, const std::vector<std::string>& cells, const std::vector<size_t>& widths, bool cut);
// Collects rows, then writes them aligned under their titles; the last column is not padded. Cells are escaped
// by whoever fills them in.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  void Print(Output& out) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

std::string Pad(std::string_view text, size_t columns, Align align);
// Breaks text at blanks into lines of at most `columns`; blank lines stay.
std::vector<std::string> Wrap(std::string_view text, size_t columns);

}  // namespace pulih

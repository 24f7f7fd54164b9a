// What spreadsheets of either form give: rows of texts. A number is its digits as they are stored, a date (a number with a
// date's style) is "2014-03-04" or "2014-03-04 11:00:00"; what a formula shows is what was saved with it. A cell whose
// text is lost is not there.
//
// Values. Read next: xlsx.h, xls.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace pulih::sheet {

inline constexpr uint32_t kMostColumns = 16384;
inline constexpr uint64_t kMostCells = 16u << 20;

struct SheetCell {
  uint32_t column = 0;  // from 0
  std::string text;
};

struct SheetRow {
  uint32_t number = 0;  // from 1, as people count
  std::vector<SheetCell> cells;  // by column
  uint64_t offset = 0, length = 0;  // of the part of the file that holds it
  bool cut = false;
};

class SheetSink {
 public:
  virtual ~SheetSink() = default;
  virtual Status Sheet(const std::string& name) = 0;
  virtual Status Row(const SheetRow& row) = 0;
  virtual Status Remark(const std::string& text) = 0;
};

// Days since 30 December 1899, or since 1 January 1904, as a date, with the time of day where it has one. Empty outside of
// 1901 to 9999.
std::string DateOfSerial(double serial, bool from_1904);
// Whether a number format shows a day: "dd/mm/yyyy", "m/d/yy h:mm", built-in 14 to 17 and 22.
bool IsDateFormat(uint32_t built_in, std::string_view code);
// "1.0832E3" as "1083.2": the same digits, the point moved. Anything else as it is.
std::string PlainNumber(std::string_view text);
// The shortest digits that give this number again.
std::string NumberText(double value);

}  // namespace pulih::sheet

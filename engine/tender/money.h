// Rupiah as sources write them, as decimal texts with two digits behind the point ("2361400000.00"), or as the interval
// that a rounded text stands for. Rounding is to nearest, so a text in units of u stands for [v - u/2, v + u/2).
//
//   full        "Rp 1.234.567,00", "Rp. 380.000.000,00"      '.' groups, ',' decimals
//   rounded     "2,36 M", "813,3 jt", "1.000 Jt", "1,2 T"     jt = 10^6, M = 10^9, T = 10^12; as many digits as are written
//   machine     "999995334.78", "204860200"                   '.' decimals
//   millions    "9881,00"                                     full, in millions: rounded where it is not whole
//
// The form is the source's, never guessed: "1.234" means two things. Empty, "0 Jt" and 0 are "none".
// Pure. Source: measured on lists and pages of one LPSE that show both forms (docs/rebuild.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pulih::tender {

enum class MoneyForm : uint8_t { full, rounded, machine, millions };

struct Money {
  std::string value;          // exact, or the least of the interval
  std::string high;           // of an interval: the first value beyond it; else empty
  bool operator==(const Money&) const = default;
};

// nullopt when it is none, or no amount at all; `is_none` tells the two apart.
std::optional<Money> ReadMoney(std::string_view text, MoneyForm form, bool* is_none = nullptr);

// In sen, for comparison: nullopt when the text is not of the normal form, or beyond 9 × 10^16 rupiah.
std::optional<int64_t> Sen(std::string_view normal);
std::string FromSen(int64_t sen);

}  // namespace pulih::tender

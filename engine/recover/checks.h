// Rules that records of a year keep among themselves, held against what a case knows: an end before its beginning, an estimate
// above its budget, a winner who is no bidder. What breaks a rule is told with both values and their places, and nothing is
// mended: real data break some of them, and which side is wrong is for a person to say.
//
// E is an error, W a warning; the numbers are those of the domain's reference model (docs/rebuild.md, "Checks"). A rule counts
// as broken only where every value that is possible breaks it: a rounded amount by its interval, a day by all of its moments.
// A rule that nothing in the case could be held against was looked at 0 times; that says nothing for it.
//
// Reads the case only, one thread. Memory: some hundred bytes for each step and bidder, and at most kMaxBroken lines.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/progress.h"
#include "engine/recover/case.h"
#include "engine/recover/fuse.h"

namespace pulih {

inline constexpr size_t kMaxBroken = 100000;

enum class CheckKind : uint8_t {
  other_lpse,               // E1
  step_backwards,           // E2
  holder_no_bidder,         // E3
  several_winners,          // E3
  file_outside_upload,      // E4
  file_not_recorded,        // E5
  version_before_missing,   // E6
  version_before_later,     // E6
  npwp_digit,               // E7
  winner_failed,            // E8
  steps_out_of_order,       // W1
  estimate_above_budget,    // W2
  winner_above_estimate,    // W2
  contract_above_estimate,  // W2
  created_out_of_order,     // W3
  budget_year_apart,        // W3
  objections_too_early,     // W4
  contract_too_early,       // W4
  no_bidder,                // W5
};
inline constexpr size_t kCheckKinds = 19;
std::string_view CheckId(CheckKind kind);    // "E2"
std::string_view CheckName(CheckKind kind);  // "step_backwards": in JSON and CSV
std::string_view CheckLabel(CheckKind kind, bool indonesian);  // what is wrong, for people

struct CheckSide {
  std::string thing;        // "tender 1201901", "row public.kontrak 7"
  std::string field, value;
  std::string publisher;    // empty for rows
  std::string path;
  uint32_t evidence = 0;
  uint64_t offset = 0;
  char grade = 'B';
};

struct BrokenCheck {
  CheckKind kind = CheckKind::other_lpse;
  std::string tender;       // empty where it is of none
  std::vector<CheckSide> sides;
};

struct CheckCount {
  uint64_t looked_at = 0, broken = 0;
};

struct Checks {
  std::array<CheckCount, kCheckKinds> counts;
  std::vector<BrokenCheck> broken;  // by kind, then tender; at most kMaxBroken
  uint64_t count = 0;               // all that are broken

  const CheckCount& Of(CheckKind kind) const { return counts[static_cast<size_t>(kind)]; }
};

Result<Checks> CheckRecords(Case& of, ProgressListener& progress);

}  // namespace pulih

// Where rules that are broken are written down while a case is gone through (checks.h), and what the case itself says of the
// order of steps and of its own number.
//
// One thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/recover/checks.h"
#include "engine/recover/link_rulings.h"
#include "engine/recover/shown_rows.h"

namespace pulih {

// A fused value: looked up once more when it is told, so that not every value's place has to be kept.
struct FusedPlace {
  tender::Entity entity = tender::Entity::tender;
  std::string key;
  tender::Field field = tender::Field::name;
};

class CheckBook {
 public:
  void Look(CheckKind kind) { ++checks_.counts[static_cast<size_t>(kind)].looked_at; }
  // Broken by fused values, or by rows: their sides are known already.
  void Break(CheckKind kind, const std::string& tender, std::vector<FusedPlace> places);
  void BreakRows(CheckKind kind, const std::string& tender, std::vector<CheckSide> sides);

  // All that was written down, in a fixed order, with the places of fused values.
  Result<Checks> Close(LinkedStore& store, const ClaimSources& sources);

 private:
  struct Line {
    BrokenCheck broken;
    std::vector<FusedPlace> places;
  };
  bool Count(CheckKind kind);  // false when enough are listed

  Checks checks_;
  std::vector<Line> lines_;
};

// What the case's own tables say that rules need.
struct CheckWords {
  std::map<std::string, int> step_order;  // by folded name of the step
  std::string own_number;                 // of the LPSE ("901"); empty when its settings do not say
  std::string upload_step;                // thp_id of uploading bids
};
Result<CheckWords> ReadCheckWords(ShownRows& rows);

// Rules among rows that are nothing of the domain's model: E3 by the vendor's number, E4, E5, E8.
Status CheckRows(ShownRows& rows, const CheckWords& words, CheckBook& book);
// Rules among fused values.
Status CheckTenders(LinkedStore& store, const ClaimSources& sources, const CheckWords& words, CheckBook& book, ProgressListener& progress);

}  // namespace pulih

// What became of each byte of a unit: RangeNotes in the order in which they were told, of two that overlap the later one
// counting (claim.h), added up. One thread. Memory grows with the number of stretches of unlike fate, not with notes.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/recover/claim.h"

namespace pulih {

class RangeLedger {
 public:
  explicit RangeLedger(size_t files) : files_(files) {}

  // The range lies in a file of the unit.
  void Take(const ByteRange& range, RangeFate fate);
  uint64_t bytes(RangeFate fate) const;

 private:
  struct Stretch {
    uint64_t end = 0;
    RangeFate fate = RangeFate::read;
  };
  std::vector<std::map<uint64_t, Stretch>> files_;  // by beginning; none overlap
};

}  // namespace pulih

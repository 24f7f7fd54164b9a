// Adds up what became of the bytes of one unit: each byte counts once, as read, skipped, damaged or not told of, and the
// four add up to the unit (I8). Of stretches that overlap the one told later counts (claim.h), so they are taken from the
// last to the first (range_sum.h).
//
// One thread. Memory grows with how torn the unit is and with the kinds of stretches, not with their number.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/claim_store.h"
#include "engine/recover/evidence.h"

namespace pulih {

struct FateBytes {
  uint64_t read = 0, skipped = 0, damaged = 0, untold = 0;
  uint64_t all() const { return read + skipped + damaged + untold; }
  bool operator==(const FateBytes&) const = default;
};

// Bytes of one kind of stretch: "zeros where compressed data should be".
struct ReportedRange {
  RangeFate fate = RangeFate::read;
  std::string what;
  uint64_t stretches = 0, bytes = 0;  // stretches of which at least a byte counts
};

struct ByteAccount {
  std::vector<FateBytes> files;       // in the order of the unit's files
  FateBytes all;
  std::vector<ReportedRange> ranges;  // the most bytes first
};

Result<ByteAccount> AccountFor(ClaimStore& store, uint32_t unit, const std::vector<EvidenceFile>& files);

}  // namespace pulih

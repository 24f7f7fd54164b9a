#include "engine/recover/range_ledger.h"

#include <algorithm>

namespace pulih {

void RangeLedger::Take(const ByteRange& range, RangeFate fate) {
  if (range.length == 0 || range.file >= files_.size()) return;
  auto& stretches = files_[range.file];
  uint64_t begin = range.offset, end = range.offset + range.length;
  auto at = stretches.upper_bound(begin);
  if (at != stretches.begin()) --at;
  while (at != stretches.end() && at->first <= end) {
    const uint64_t old_begin = at->first;
    const Stretch old = at->second;
    if (old.end < begin) {
      ++at;
      continue;
    }
    at = stretches.erase(at);
    if (old.fate == fate) {
      // Neighbours of one fate are one stretch.
      begin = std::min(begin, old_begin);
      end = std::max(end, old.end);
      continue;
    }
    if (old_begin < begin) stretches.emplace(old_begin, Stretch{begin, old.fate});
    if (old.end > end) at = stretches.emplace(end, Stretch{old.end, old.fate}).first, ++at;
  }
  stretches.insert_or_assign(begin, Stretch{end, fate});
}

uint64_t RangeLedger::bytes(RangeFate fate) const {
  uint64_t sum = 0;
  for (const auto& stretches : files_)
    for (const auto& [begin, stretch] : stretches) sum += stretch.fate == fate ? stretch.end - begin : 0;
  return sum;
}

}  // namespace pulih

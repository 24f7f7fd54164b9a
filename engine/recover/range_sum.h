// Adds up what became of a file's bytes where stretches overlap: of two that do, the one told later counts. Stretches are
// given from the last to the first, so that each takes only what nobody has taken. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace pulih {

class RangeSum {
 public:
  explicit RangeSum(uint64_t size) : size_(size) {}

  // How many bytes of [offset, offset + length) were free until now; they are taken.
  uint64_t Take(uint64_t offset, uint64_t length) {
    if (offset >= size_) return 0;
    const uint64_t end = offset + std::min(length, size_ - offset);
    uint64_t from = offset, to = end, overlap = 0;
    auto next = taken_.upper_bound(offset);
    if (next != taken_.begin() && std::prev(next)->second >= offset) --next;
    while (next != taken_.end() && next->first <= end) {
      overlap += std::min(end, next->second) - std::min(std::max(offset, next->first), end);
      from = std::min(from, next->first);
      to = std::max(to, next->second);
      next = taken_.erase(next);
    }
    if (from < to) taken_[from] = to;
    const uint64_t fresh = end - offset - overlap;
    total_ += fresh;
    return fresh;
  }
  uint64_t total() const { return total_; }

 private:
  const uint64_t size_;
  uint64_t total_ = 0;
  std::map<uint64_t, uint64_t> taken_;  // begin → end, apart from each other
};

}  // namespace pulih

// A set of the hashes of keys: millions of them, in 16 bytes each. It forgets nothing and counts nothing else.
//
// One thread. Hashes are those of row_fit.h's KeyHash.
#pragma once

#include <cstdint>
#include <vector>

namespace pulih {

class KeySet {
 public:
  // False when it is there already.
  bool Insert(uint64_t hash) {
    if (hash == 0) hash = 1;  // 0 is an empty place
    if (2 * (size_ + 1) > places_.size()) Grow();
    return Put(hash);
  }
  bool Has(uint64_t hash) const {
    if (places_.empty()) return false;
    if (hash == 0) hash = 1;
    for (size_t at = hash & (places_.size() - 1);; at = (at + 1) & (places_.size() - 1)) {
      if (places_[at] == hash) return true;
      if (places_[at] == 0) return false;
    }
  }
  size_t size() const { return size_; }
  void Clear() { *this = KeySet(); }
  template <typename Each>
  void ForEach(const Each& each) const {
    for (const uint64_t hash : places_)
      if (hash != 0) each(hash);
  }

 private:
  bool Put(uint64_t hash) {
    size_t at = hash & (places_.size() - 1);
    for (; places_[at] != 0; at = (at + 1) & (places_.size() - 1)) {
      if (places_[at] == hash) return false;
    }
    places_[at] = hash;
    ++size_;
    return true;
  }
  void Grow() {
    std::vector<uint64_t> old(places_.empty() ? 64 : 2 * places_.size());
    old.swap(places_);
    size_ = 0;
    for (const uint64_t hash : old)
      if (hash != 0) Put(hash);
  }

  std::vector<uint64_t> places_;  // a power of two of them, at most half full
  size_t size_ = 0;
};

}  // namespace pulih

// What solving (solve_markers.h) found out: which byte a marker is, and which pieces of evidence said so.
//
// A value; memory is 16 bytes for each marker of a resumption of which one is solved (at most 32768 of them).
#pragma once

#include <cstdint>
#include <vector>

namespace pulih {

struct SolvedByte {
  uint8_t byte = 0;
  bool solved = false;
  bool sure = false;     // by rows of copies whose changes since are known (donor_index.h)
  uint64_t sources = 0;  // a bit for each evidence whose rows are witnesses: place in DonorRows::sources
  bool operator==(const SolvedByte&) const = default;
};

class MarkerSolution {
 public:
  // Null when it is not solved. Marker 0 never is.
  const SolvedByte* Find(uint32_t marker) const {
    if (marker == 0) return nullptr;
    const size_t block = (marker - 1) / kBlock;
    if (block >= blocks_.size() || blocks_[block].empty()) return nullptr;
    const SolvedByte& found = blocks_[block][(marker - 1) % kBlock];
    return found.solved ? &found : nullptr;
  }
  void Set(uint32_t marker, uint8_t byte, bool sure, uint64_t sources) {
    const size_t block = (marker - 1) / kBlock;
    if (block >= blocks_.size()) blocks_.resize(block + 1);
    if (blocks_[block].empty()) blocks_[block].resize(kBlock);
    SolvedByte& place = blocks_[block][(marker - 1) % kBlock];
    if (!place.solved) ++size_;
    place = {byte, true, sure, sources};
  }
  // What both say.
  MarkerSolution Common(const MarkerSolution& other) const {
    MarkerSolution common;
    for (size_t block = 0; block < blocks_.size(); ++block)
      for (size_t i = 0; i < blocks_[block].size(); ++i) {
        const auto marker = static_cast<uint32_t>(block * kBlock + i + 1);
        const SolvedByte *a = Find(marker), *b = other.Find(marker);
        if (a != nullptr && b != nullptr && a->byte == b->byte) common.Set(marker, a->byte, a->sure && b->sure, a->sources | b->sources);
      }
    return common;
  }
  bool operator==(const MarkerSolution& other) const { return size_ == other.size_ && blocks_ == other.blocks_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  static constexpr size_t kBlock = 32768;  // kInflateWindow
  std::vector<std::vector<SolvedByte>> blocks_;
  size_t size_ = 0;
};

}  // namespace pulih

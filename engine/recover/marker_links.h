// Which rows of other copies are linked to which places of a text with markers: one reading of it. Used by solve_markers.h.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/donor_index.h"
#include "engine/recover/solve_markers.h"

namespace pulih {

struct RowLink {
  uint64_t place = 0;  // of the row's first byte; places of all stretches count on
  uint32_t row = 0;    // in DonorRows::rows
  std::vector<WitnessRun> runs;
};

class LinkFinder final : public MarkedTextTaker {
 public:
  LinkFinder(const DonorRows& donors, const DonorIndex& index, const MarkerSolution& solution) : donors_(donors), index_(index), solution_(solution) {}
  Status Break() override;
  Status Run(ByteView bytes, std::span<const uint32_t> markers) override;
  // By place, then row; without those that have two places or overlap with another row.
  std::vector<RowLink> Finish();

 private:
  // A byte that is known and ends no line.
  bool IsInside(size_t at) const { return markers_[at] == 0 && bytes_[at] != '\n'; }
  void Search(size_t end);
  void Try(uint32_t row, int64_t begin);
  void DropDoubtful();

  const DonorRows& donors_;
  const DonorIndex& index_;
  const MarkerSolution& solution_;
  // The stretch that is looked at, with what a row can reach back to.
  std::string bytes_;
  std::vector<uint32_t> markers_;
  std::vector<uint8_t> solved_, solid_;  // solid: how many known or solved bytes end here, up to kSeed
  uint64_t base_ = 0;                    // place of bytes_[0]
  size_t searched_ = 0;
  std::vector<std::pair<uint64_t, uint32_t>> tried_ = std::vector<std::pair<uint64_t, uint32_t>>(4096, {UINT64_MAX, 0});
  std::vector<WitnessRun> runs_;
  std::vector<RowLink> links_;
};

}  // namespace pulih

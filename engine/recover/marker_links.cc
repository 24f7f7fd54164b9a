#include "engine/recover/marker_links.h"

#include <algorithm>

namespace pulih {
namespace {

constexpr size_t kReach = kLongestDonor + 2;      // of a row with the line ends around it
constexpr size_t kStretch = size_t{1} << 20;      // is searched at a time

}  // namespace

Status LinkFinder::Run(ByteView bytes, std::span<const uint32_t> markers) {
  const size_t old = bytes_.size();
  bytes_ += AsText(bytes);
  markers_.resize(bytes_.size());
  solved_.resize(bytes_.size());
  solid_.resize(bytes_.size());
  for (size_t i = old; i < bytes_.size(); ++i) {
    const uint32_t marker = markers.empty() ? 0 : markers[i - old];
    const SolvedByte* found = solution_.Find(marker);
    if (found != nullptr) bytes_[i] = static_cast<char>(found->byte);
    markers_[i] = marker;
    solved_[i] = found != nullptr;
    solid_[i] = marker != 0 && found == nullptr ? 0 : static_cast<uint8_t>(std::min<size_t>(kSeed, (i == 0 ? 0u : solid_[i - 1]) + 1u));
  }
  if (bytes_.size() - searched_ < kStretch + kReach) return OkStatus();
  Search(bytes_.size() - kReach);
  const size_t done = searched_ - std::min(searched_, kReach);
  bytes_.erase(0, done);
  markers_.erase(markers_.begin(), markers_.begin() + static_cast<ptrdiff_t>(done));
  solved_.erase(solved_.begin(), solved_.begin() + static_cast<ptrdiff_t>(done));
  solid_.erase(solid_.begin(), solid_.begin() + static_cast<ptrdiff_t>(done));
  base_ += done;
  searched_ -= done;
  return OkStatus();
}

Status LinkFinder::Break() {
  Search(bytes_.size());
  base_ += bytes_.size() + 1;
  bytes_.clear();
  markers_.clear();
  solved_.clear();
  solid_.clear();
  searched_ = 0;
  return OkStatus();
}

// Seeds that begin before `end`.
void LinkFinder::Search(size_t end) {
  for (; searched_ < end; ++searched_) {
    const size_t last = searched_ + kSeed - 1;
    if (last >= bytes_.size() || solid_[last] < kSeed) continue;
    index_.ForSeed(bytes_, searched_, [this](uint32_t row, int64_t begin) { Try(row, begin); });
  }
}

void LinkFinder::Try(uint32_t row, int64_t begin) {
  // Nearly all of what is no place of the row fails here.
  const size_t end = static_cast<size_t>(begin) + donors_.rows[row].size;
  if (begin < 1 || end >= bytes_.size() || IsInside(static_cast<size_t>(begin) - 1) || IsInside(end)) return;
  // Neighbouring seeds say the same.
  const uint64_t place = base_ + static_cast<uint64_t>(begin);
  auto& tried = tried_[(place * 31 + row) % tried_.size()];
  if (tried == std::pair(place, row)) return;
  tried = {place, row};
  if (index_.Links(row, {bytes_, markers_, solved_}, begin, runs_)) links_.push_back({place, row, runs_});
}

std::vector<RowLink> LinkFinder::Finish() {
  (void)Break();
  std::sort(links_.begin(), links_.end(), [](const RowLink& a, const RowLink& b) { return std::pair(a.place, a.row) < std::pair(b.place, b.row); });
  links_.erase(std::unique(links_.begin(), links_.end(), [](const RowLink& a, const RowLink& b) { return a.place == b.place && a.row == b.row; }), links_.end());
  DropDoubtful();
  return std::move(links_);
}

void LinkFinder::DropDoubtful() {
  const auto identity = [this](const RowLink& link) { return donors_.rows[link.row].identity; };
  std::vector<bool> doubtful(links_.size());
  // Rows with two places.
  std::vector<std::pair<uint64_t, size_t>> by_row;
  for (size_t i = 0; i < links_.size(); ++i) by_row.emplace_back(identity(links_[i]), i);
  std::sort(by_row.begin(), by_row.end());
  for (size_t i = 0; i < by_row.size();) {
    size_t end = i;
    bool moved = false;
    for (; end < by_row.size() && by_row[end].first == by_row[i].first; ++end) moved = moved || links_[by_row[end].second].place != links_[by_row[i].second].place;
    for (; i < end; ++i) doubtful[by_row[i].second] = moved;
  }
  // Places that overlap: the one that reaches farthest so far is enough to compare with, when all that touch are dropped.
  size_t far = 0;
  const auto end_of = [this](const RowLink& link) { return link.place + donors_.rows[link.row].size; };
  for (size_t i = 1; i < links_.size(); ++i) {
    if (links_[i].place <= end_of(links_[far])) {
      const bool same = links_[i].place == links_[far].place && identity(links_[i]) == identity(links_[far]);
      if (!same) doubtful[i] = doubtful[far] = true;
    }
    if (end_of(links_[i]) > end_of(links_[far])) far = i;
  }
  size_t kept = 0;
  for (size_t i = 0; i < links_.size(); ++i)
    if (!doubtful[i]) {
      if (kept != i) links_[kept] = std::move(links_[i]);
      ++kept;
    }
  links_.resize(kept);
}

}  // namespace pulih

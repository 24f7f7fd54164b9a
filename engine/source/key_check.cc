#include "engine/source/key_check.h"

#include <algorithm>
#include <utility>

#include "engine/base/checksum.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

constexpr size_t kLeastHeld = 16;
constexpr size_t kRunBuffer = 4096;  // hashes: 64 KiB

MutableByteView AsWritable(std::vector<std::array<uint64_t, 2>>& hashes) {
  return {reinterpret_cast<uint8_t*>(hashes.data()), hashes.size() * sizeof(hashes[0])};
}

}  // namespace

KeyCheck::KeyCheck(size_t memory, std::string spill_directory)
    : most_held_(std::max(memory / sizeof(Hash), kLeastHeld)), spill_(std::move(spill_directory)) {}

Status KeyCheck::Add(const std::vector<std::optional<std::string_view>>& key) {
  key_bytes_.assign(1, 0);
  for (const auto& column : key) {
    if (!column) {
      ++verdict_.nulls;
      return OkStatus();
    }
    uint8_t length[8];
    StoreLe<uint64_t>(length, column->size());
    Append(key_bytes_, length);
    Append(key_bytes_, AsBytes(*column));
  }
  if (verdict_.repeats) return OkStatus();
  Hash hash;
  hash[0] = Checksum64(key_bytes_);
  key_bytes_[0] = 1;
  hash[1] = Checksum64(key_bytes_);
  held_.push_back(hash);
  return held_.size() < most_held_ ? OkStatus() : SpillHeld();
}

void KeyCheck::SortHeld() {
  std::sort(held_.begin(), held_.end());
  if (std::adjacent_find(held_.begin(), held_.end()) != held_.end()) verdict_.repeats = true;
}

Status KeyCheck::SpillHeld() {
  SortHeld();
  const uint64_t start = spill_.end();
  PULIH_TRY(spill_.Append(AsWritable(held_)));
  runs_.push_back({start, spill_.end(), {}, 0});
  held_.clear();
  return OkStatus();
}

// Makes the run's next hash stand at `at`; false at its end.
Result<bool> KeyCheck::Advance(Run& run) const {
  if (++run.at < run.buffer.size()) return true;
  run.at = 0;
  run.buffer.resize(static_cast<size_t>(std::min<uint64_t>(kRunBuffer, (run.end - run.next) / sizeof(Hash))));
  if (run.buffer.empty()) return false;
  const MutableByteView into = AsWritable(run.buffer);
  PULIH_TRY(spill_.ReadAt(run.next, into));
  run.next += into.size();
  return true;
}

Status KeyCheck::Merge() {
  std::vector<Run*> heap;
  const auto later = [](const Run* a, const Run* b) { return a->buffer[a->at] > b->buffer[b->at]; };
  for (Run& run : runs_) {
    PULIH_TRY_ASSIGN(const bool more, Advance(run));
    if (more) heap.push_back(&run);
  }
  std::make_heap(heap.begin(), heap.end(), later);
  std::optional<Hash> last;
  while (!heap.empty() && !verdict_.repeats) {
    std::pop_heap(heap.begin(), heap.end(), later);
    Run& run = *heap.back();
    const Hash hash = run.buffer[run.at];
    verdict_.repeats = last == hash;
    last = hash;
    PULIH_TRY_ASSIGN(const bool more, Advance(run));
    if (more) {
      std::push_heap(heap.begin(), heap.end(), later);
    } else {
      heap.pop_back();
    }
  }
  return OkStatus();
}

Result<KeyCheck::Verdict> KeyCheck::Finish() {
  if (runs_.empty()) {
    SortHeld();
    return verdict_;
  }
  if (!held_.empty()) PULIH_TRY(SpillHeld());
  held_ = {};
  if (!verdict_.repeats) PULIH_TRY(Merge());
  return verdict_;
}

}  // namespace pulih

// How it works. Pairs fill one buffer from the front while their references fill it from the back; a reference carries
// the first eight bytes of its key, so sorting rarely touches the keys. When the two meet, the sorted pairs become a
// run in the spool. Reading back merges the runs through one block of each. When so many runs are there that
// their blocks would not fit into the memory, neighbours are first merged into longer runs, in the other of two spool
// files, and only as many as it takes. Runs stay in the order of arrival, which is what keeps equal keys in theirs.
#include "engine/records/row_sorter.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "engine/base/endian.h"
#include "engine/records/sort_run.h"

namespace pulih {
namespace {

struct Reference {
  uint64_t prefix;  // the first eight bytes of the key as a big-endian number, padded with zeros
  uint64_t offset;  // of the key in the buffer; the value follows it
  uint32_t key_size, value_size;
};

// Below this, blocks would be mostly tags and the merge mostly passes.
constexpr size_t kSmallestMemory = 64u << 10;
constexpr size_t kLargestBlock = 256u << 10;
constexpr size_t kBlocksInMemory = 16;

uint64_t Prefix(ByteView key) {
  uint8_t first[8] = {};
  if (!key.empty()) std::memcpy(first, key.data(), std::min<size_t>(key.size(), sizeof first));
  return LoadBe<uint64_t>(first);
}

}  // namespace

struct RowSorter::Impl {
  Impl(const RowSorterOptions& options, RandomSource& random)
      : memory(std::max(options.memory_bytes, kSmallestMemory) / sizeof(Reference) * sizeof(Reference)),
        seal(random, std::min(memory / kBlocksInMemory, kLargestBlock)),
        spools{SpillFile(options.spool_directory), SpillFile(options.spool_directory)} {}

  ByteView KeyOf(const Reference& pair) const { return {buffer.get() + pair.offset, pair.key_size}; }
  ByteView ValueOf(const Reference& pair) const {
    return {buffer.get() + pair.offset + pair.key_size, pair.value_size};
  }
  Reference* references() const { return references_end() - held; }
  Reference* references_end() const { return reinterpret_cast<Reference*>(buffer.get() + memory); }

  Status Add(ByteView key, ByteView value);
  void SortHeld();
  Status SpillHeld();
  Status SpillOne(ByteView key, ByteView value);
  bool Fits(const std::vector<SortRun>& these) const;
  size_t Group(size_t from) const;
  Status MergePass(SpillFile& into);
  Status DrainHeld(const std::function<Status(ByteView, ByteView)>& each);
  Status DrainRuns(const std::function<Status(ByteView, ByteView)>& each);
  void Reset();

  const size_t memory;
  SpoolSeal seal;
  SpillFile spools[2];
  size_t current_spool = 0;
  std::unique_ptr<uint8_t[]> buffer;
  size_t filled = 0, held = 0;  // bytes at the front, references at the back
  std::vector<SortRun> runs;
  uint64_t count = 0;
};

Status RowSorter::Impl::Add(ByteView key, ByteView value) {
  constexpr uint64_t kLargest = std::numeric_limits<uint32_t>::max();
  if (key.size() > kLargest || value.size() > kLargest) {
    return Status(Code::too_large,
                  "sort rows: row of " + std::to_string(key.size() + value.size()) + " bytes: at most 4 GiB fit");
  }
  // An empty pair takes a byte: by their offsets pairs are kept in order of arrival.
  const size_t size = std::max<size_t>(key.size() + value.size(), 1);
  if (!buffer) buffer = std::make_unique_for_overwrite<uint8_t[]>(memory);
  if (filled + size + (held + 1) * sizeof(Reference) > memory) {
    PULIH_TRY(SpillHeld());
    if (size + sizeof(Reference) > memory) return SpillOne(key, value);
  }
  if (!key.empty()) std::memcpy(buffer.get() + filled, key.data(), key.size());
  if (!value.empty()) std::memcpy(buffer.get() + filled + key.size(), value.data(), value.size());
  ++held;
  *references() = {Prefix(key), filled, static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())};
  filled += size;
  ++count;
  return OkStatus();
}

void RowSorter::Impl::SortHeld() {
  // The newest reference lies in front: turned round first, sorted input is met as such.
  std::reverse(references(), references_end());
  const auto before = [this](const Reference& a, const Reference& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = Compare(KeyOf(a), KeyOf(b));
    return order != 0 ? order < 0 : a.offset < b.offset;
  };
  // A table that only grew lies on the server in the order of its keys.
  if (!std::is_sorted(references(), references_end(), before)) std::sort(references(), references_end(), before);
}

Status RowSorter::Impl::SpillHeld() {
  if (held == 0) return OkStatus();
  SortHeld();
  SortRunWriter run(seal, spools[current_spool]);
  for (const Reference* pair = references(); pair != references_end(); ++pair) {
    PULIH_TRY(run.Add(KeyOf(*pair), ValueOf(*pair)));
  }
  PULIH_TRY_ASSIGN(SortRun written, run.Finish());
  runs.push_back(written);
  filled = held = 0;
  return OkStatus();
}

// A row larger than the whole memory becomes a run of its own.
Status RowSorter::Impl::SpillOne(ByteView key, ByteView value) {
  SortRunWriter run(seal, spools[current_spool]);
  PULIH_TRY(run.Add(key, value));
  PULIH_TRY_ASSIGN(SortRun written, run.Finish());
  runs.push_back(written);
  ++count;
  return OkStatus();
}

// Two can always be merged: else a table of huge rows could never be.
bool RowSorter::Impl::Fits(const std::vector<SortRun>& these) const {
  uint64_t cost = 0;
  for (const SortRun& run : these) cost += seal.ReadCost(run);
  return these.size() <= 2 || cost <= memory;
}

// How many runs from `from` on can be merged at once, beside the block that is being written.
size_t RowSorter::Impl::Group(size_t from) const {
  uint64_t cost = seal.block_size();
  size_t n = 0;
  while (from + n < runs.size() && (n < 2 || cost + seal.ReadCost(runs[from + n]) <= memory))
    cost += seal.ReadCost(runs[from + n++]);
  return n;
}

Status RowSorter::Impl::MergePass(SpillFile& into) {
  std::vector<SortRun> merged;
  size_t next = 0;
  while (next < runs.size()) {
    const size_t n = Group(next);
    SortRunMerger merger(
        seal, {runs.begin() + static_cast<ptrdiff_t>(next), runs.begin() + static_cast<ptrdiff_t>(next + n)});
    SortRunWriter run(seal, into);
    PULIH_TRY(merger.Drain([&](ByteView key, ByteView value) { return run.Add(key, value); }));
    PULIH_TRY_ASSIGN(SortRun written, run.Finish());
    merged.push_back(written);
    next += n;
    std::vector<SortRun> all = merged;
    all.insert(all.end(), runs.begin() + static_cast<ptrdiff_t>(next), runs.end());
    if (next < runs.size() && Fits(all)) {
      runs = std::move(all);
      return OkStatus();
    }
  }
  runs = std::move(merged);
  return OkStatus();
}

Status RowSorter::Impl::DrainHeld(const std::function<Status(ByteView, ByteView)>& each) {
  if (held == 0) return OkStatus();
  SortHeld();
  for (const Reference* pair = references(); pair != references_end(); ++pair)
    PULIH_TRY(each(KeyOf(*pair), ValueOf(*pair)));
  return OkStatus();
}

Status RowSorter::Impl::DrainRuns(const std::function<Status(ByteView, ByteView)>& each) {
  PULIH_TRY(SpillHeld());
  buffer.reset();  // its memory is the blocks' now
  while (!Fits(runs)) {
    SpillFile& from = spools[current_spool];
    current_spool ^= 1;
    SpillFile& into = spools[current_spool];
    PULIH_TRY(MergePass(into));
    const bool all_moved =
        std::none_of(runs.begin(), runs.end(), [&](const SortRun& run) { return run.spool == &from; });
    if (all_moved) from.DropFrom(0);
  }
  return SortRunMerger(seal, runs).Drain(each);
}

void RowSorter::Impl::Reset() {
  runs.clear();
  for (SpillFile& spool : spools) spool.DropFrom(0);
  filled = held = 0;
  count = 0;
  seal.ForgetWritten();
}

RowSorter::RowSorter(const RowSorterOptions& options, RandomSource& random)
    : impl_(std::make_unique<Impl>(options, random)) {}
RowSorter::~RowSorter() = default;

Status RowSorter::Add(ByteView key, ByteView value) { return impl_->Add(key, value); }
uint64_t RowSorter::count() const { return impl_->count; }
uint64_t RowSorter::spooled_bytes() const { return impl_->seal.written(); }
void RowSorter::Reset() { impl_->Reset(); }

Status RowSorter::Drain(const std::function<Status(ByteView, ByteView)>& each) {
  return impl_->runs.empty() ? impl_->DrainHeld(each) : impl_->DrainRuns(each);
}

}  // namespace pulih

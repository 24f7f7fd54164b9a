#include "engine/recover/ordered_dump.h"

#include <algorithm>

#include "engine/recover/dump_texts.h"
#include "formats/postgres/dump_order.h"

namespace pulih {
namespace {

// A run of zeros that every reader takes for a hole, and no multiple of what a chunk takes.
constexpr uint64_t kGap = 509;

bool MayBeOrdered(const std::vector<UnitFile>& files) {
  uint64_t size = 0;
  bool any = false;  // a piece may hold little but contents, and does not look like a dump by itself
  for (const UnitFile& file : files) {
    // Members of a directory dump.
    if (files.size() > 1 && (file.name.ends_with(".dat") || file.name.ends_with(".toc"))) return false;
    size += file.bytes.size();
    if (size > kMostOrdered) return false;
    any = any || IsCustomDump(file.bytes);
  }
  return any;
}

}  // namespace

OrderedDump::OrderedDump(const std::vector<UnitFile>& given) : given_(given) {
  if (!MayBeOrdered(given)) return;
  std::vector<ByteView> bytes;
  uint64_t size = 0;
  for (const UnitFile& file : given) {
    bytes.push_back(file.bytes);
    size += file.bytes.size();
  }
  DumpOrder order = OrderDumpBlocks(bytes);
  joints_ = order.joints;
  if (order.runs.empty()) {
    if (given.size() == 1) return;
    for (uint32_t i = 0; i < given.size(); ++i) order.runs.push_back({i, 0, bytes[i].size(), false});
  }
  bytes_.reserve(size + kGap * order.runs.size());
  for (const OrderedRun& run : order.runs) {
    if (!run.joined) {
      if (!bytes_.empty()) bytes_.resize(bytes_.size() + kGap);
      breaks_.push_back(bytes_.size());
    }
    runs_.push_back({bytes_.size(), {run.file, run.offset, run.length}});
    Append(bytes_, bytes[run.file].subspan(run.offset, run.length));
  }
  ordered_.push_back({given.front().name, bytes_, false});
}

bool OrderedDump::IsBrokenBetween(uint64_t from, uint64_t to) const {
  const auto at = std::lower_bound(breaks_.begin(), breaks_.end(), from);
  return at != breaks_.end() && *at < to;
}

void OrderedDump::AppendPlaces(const ByteRange& range, std::vector<ByteRange>& places) const {
  if (!is_ordered()) {
    places.push_back(range);
    return;
  }
  const uint64_t end = range.offset + range.length;
  auto run = std::upper_bound(runs_.begin(), runs_.end(), range.offset, [](uint64_t at, const Run& r) { return at < r.at; });
  if (run != runs_.begin()) --run;
  for (; run != runs_.end() && run->at < end; ++run) {
    const uint64_t from = std::max(range.offset, run->at), to = std::min(end, run->at + run->place.length);
    if (to > from) places.push_back({run->place.file, run->place.offset + (from - run->at), to - from});
  }
}

RowClaim OrderedSink::Placed(const RowClaim& claim) const {
  RowClaim placed = claim;
  placed.bytes.clear();
  for (const ByteRange& range : claim.bytes) dump_.AppendPlaces(range, placed.bytes);
  return placed;
}

Status OrderedSink::Row(const RowClaim& claim) { return dump_.is_ordered() ? sink_.Row(Placed(claim)) : sink_.Row(claim); }
Status OrderedSink::Key(const RowClaim& claim) { return dump_.is_ordered() ? sink_.Key(Placed(claim)) : sink_.Key(claim); }

Status OrderedSink::Range(const RangeNote& note) {
  std::vector<ByteRange> places;
  dump_.AppendPlaces(note.range, places);
  for (const ByteRange& place : places) PULIH_TRY(sink_.Range({place, note.fate, note.what}));
  return OkStatus();
}

}  // namespace pulih

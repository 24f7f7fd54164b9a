#include "engine/recover/toast_relation.h"

#include <algorithm>

#include "engine/recover/heap_reader.h"
#include "formats/postgres/heap_page.h"
#include "formats/postgres/tuple_carve.h"

namespace pulih {
namespace {

constexpr size_t kMaxChunks = size_t{1} << 24;
constexpr int kTrustShift = 62;
constexpr uint64_t kOffsetMask = (uint64_t{1} << kTrustShift) - 1;

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

const TupleCarver& ChunkCarver() {
  static const TupleCarver carver({{ToastShape(), 3, [](const TupleHeader&, const std::vector<TupleField>& fields) {
                                      const auto chunk = ChunkOf(fields);
                                      return chunk && chunk->bytes.size() <= kToastChunkSize;
                                    }}});
  return carver;
}

// Line pointers in the order of the tuples from the page's end, without a gap: nothing was ever taken from the page.
bool IsPristine(ByteView page) {
  size_t end = page.size();
  const size_t count = ItemCount(page);
  for (size_t n = 1; n <= count; ++n) {
    const ItemId item = ReadItemId(page, n);
    if (item.state != ItemState::normal || AlignUp(size_t{item.offset} + item.length, kMaxAlign) != end) return false;
    end = item.offset;
  }
  return true;
}

}  // namespace

ToastRelation::ToastRelation(std::vector<RelationSegment> segments) : segments_(std::move(segments)) {
  for (uint32_t i = 0; i < segments_.size(); ++i) {
    RelationPiece piece;
    for (size_t at = 0; at < segments_[i].bytes.size(); at += piece.size) {
      piece = NextPiece(segments_[i].bytes, at);
      TakePage(i, at, piece.size);
    }
  }
  std::sort(chunks_.begin(), chunks_.end());
}

void ToastRelation::TakePage(uint32_t segment, size_t at, size_t size) {
  const ByteView page = segments_[segment].bytes.subspan(at, size);
  if (page.size() < kPageHeaderSize) return;
  const bool sound = IsSoundHeader(ReadPageHeader(page), page.size());
  const bool proven =
      sound && HasRightChecksum(page, segments_[segment].first_block + static_cast<uint32_t>(at / kPageSize));
  const bool pristine = sound && IsPristine(page);
  std::vector<bool> taken(page.size() / kMaxAlign + 1, false);
  const size_t count = ItemCount(page);
  for (size_t n = 1; n <= count; ++n) {
    const ItemId item = ReadItemId(page, n);
    if (item.state != ItemState::normal || !IsSoundHeapItem(item, page.size())) continue;
    const bool crosses = item.offset / kBlockSize != (item.offset + item.length - 1u) / kBlockSize;
    const Trust trust = proven ? Trust::proven : pristine && !crosses ? Trust::settled : Trust::doubtful;
    taken[item.offset / kMaxAlign] = true;
    TakeTuple(segment, at, page, item.offset, item.length, true, trust);
  }
  if (proven) return;
  for (const CarvedTuple& tuple : ChunkCarver().Carve(page)) {
    if (taken[tuple.offset / kMaxAlign]) continue;
    const bool crosses = tuple.offset / kSectorSize != (tuple.offset + tuple.length - 1) / kSectorSize;
    TakeTuple(segment, at, page, tuple.offset, tuple.length, false, crosses ? Trust::doubtful : Trust::settled);
  }
}

void ToastRelation::TakeTuple(uint32_t segment, size_t page_at, ByteView page, size_t begin, size_t length, bool exact,
                              Trust trust) {
  size_t used = 0;
  if (WalkTuple(ToastShape(), page.subspan(begin, length), exact, fields_, used) != TupleFault::none) return;
  const auto chunk = ChunkOf(fields_);
  if (!chunk) return;
  const size_t payload = begin + fields_[2].offset;
  if (trust == Trust::doubtful) {
    // What was never written behind a boundary would be zeros of the value.
    const size_t boundary = AlignUp(payload, kBlockSize);
    if (boundary < begin + length && AllZero(page.subspan(boundary, begin + length - boundary))) return;
  }
  if (chunks_.size() == kMaxChunks) {
    overflowed_ = true;
    return;
  }
  chunks_.push_back({chunk->value_id, chunk->sequence, segment, static_cast<uint32_t>(chunk->bytes.size()),
                     (page_at + payload) | (static_cast<uint64_t>(trust) << kTrustShift)});
}

std::pair<const ToastRelation::Place*, const ToastRelation::Place*> ToastRelation::Find(uint32_t value_id) const {
  const Place first{value_id, 0, 0, 0, 0}, last{value_id, UINT32_MAX, 0, 0, UINT64_MAX};
  const auto begin = std::lower_bound(chunks_.begin(), chunks_.end(), first);
  const auto end = std::upper_bound(begin, chunks_.end(), last);
  const Place* all = chunks_.data();
  return {all + (begin - chunks_.begin()), all + (end - chunks_.begin())};
}

void ToastRelation::Chunks(const ToastPointer& pointer, std::vector<ToastChunk>& found) const {
  const auto [begin, end] = Find(pointer.value_id);
  for (const Place* place = begin; place != end; ++place)
    found.push_back({place->value_id, place->sequence,
                     segments_[place->segment].bytes.subspan(place->offset & kOffsetMask, place->size)});
}

ToastRelation::Trust ToastRelation::TrustOf(uint32_t value_id) const {
  const auto [begin, end] = Find(value_id);
  Trust worst = Trust::proven;
  for (const Place* place = begin; place != end; ++place)
    worst = std::max(worst, static_cast<Trust>(place->offset >> kTrustShift));
  return worst;
}

void ToastRelation::AppendRanges(uint32_t value_id, size_t most, std::vector<ByteRange>& ranges) const {
  const auto [begin, end] = Find(value_id);
  for (const Place* place = begin; place != end && most > 0; ++place, --most)
    ranges.push_back({segments_[place->segment].file, place->offset & kOffsetMask, place->size});
}

}  // namespace pulih

#include "engine/recover/heap_reader.h"

#include <algorithm>

#include "engine/base/endian.h"

namespace pulih {
namespace {

using namespace tuple_bits;

constexpr size_t kZeroTail = 8;  // so many zeros behind a boundary, to the tuple's end, are a hole and no values
constexpr double kVotesNeeded = 0.75;

size_t EndOf(const FoundTuple& tuple) { return tuple.offset + tuple.length; }
size_t AlignedEnd(const FoundTuple& tuple) { return AlignUp(EndOf(tuple), kMaxAlign); }

bool Crosses(const FoundTuple& tuple, size_t boundary) {
  return tuple.offset / boundary != (EndOf(tuple) - 1) / boundary;
}

bool IsUpdated(const TupleHeader& header) {
  return header.xmax != 0 && (header.infomask & kXmaxInvalid) == 0 && !header.is_only_locked();
}

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

// Whether what stands behind a boundary of sectors was never written, or is a hole.
bool HasZeroTail(ByteView page, const FoundTuple& tuple) {
  for (size_t at = AlignUp(tuple.offset + kTupleHeaderSize, kSectorSize); at < EndOf(tuple); at += kSectorSize) {
    const size_t end = std::min(EndOf(tuple), at + kSectorSize);
    if ((end - at >= kZeroTail || AlignUp(end, kMaxAlign) - at >= kSectorSize) && AllZero(page.subspan(at, end - at)))
      return true;
  }
  return false;
}

// A ctid leads elsewhere once there is a newer version, and stays so when that one is rolled back.
bool NamesItsPlace(const TupleHeader& header) { return header.xmax == 0 || header.is_only_locked(); }

// What compaction moved away, unchanged: a copy says nothing new.
bool IsCopy(ByteView page, const FoundTuple& a, const FoundTuple& b) {
  if (a.length != b.length || a.header.xmin != b.header.xmin || a.header.hoff != b.header.hoff) return false;
  const size_t skip = a.header.hoff;
  return Equal(page.subspan(a.offset + skip, a.length - skip), page.subspan(b.offset + skip, b.length - skip));
}

// Whether what stands behind the boundary inside this tuple could be the end of a tuple below it, moved up to its place.
bool TailIsAlsoOfOneBelow(ByteView page, const std::vector<FoundTuple>& tuples, size_t at, size_t boundary) {
  const FoundTuple& tuple = tuples[at];
  const size_t tail = std::max(boundary, tuple.offset + tuple.header.hoff), end = AlignedEnd(tuple);
  for (size_t i = 0; i < at; ++i) {
    const FoundTuple& below = tuples[i];
    if (!below.has_line_pointer) continue;
    const size_t size = std::min(end - tail, AlignedEnd(below) - below.offset - below.header.hoff);
    if (Equal(page.subspan(end - size, size), page.subspan(AlignedEnd(below) - size, size))) return true;
  }
  return false;
}

bool FitsItem(const FoundTuple& tuple, const Tid& place) {
  return !NamesItsPlace(tuple.header) || tuple.header.ctid == place;
}

void SortByOffset(std::vector<FoundTuple>& tuples) {
  const auto less = [](const FoundTuple& a, const FoundTuple& b) { return a.offset < b.offset; };
  // Tuples fill a page from its end, so line pointers give them the other way round.
  const auto more = [](const FoundTuple& a, const FoundTuple& b) { return a.offset <= b.offset; };
  if (std::adjacent_find(tuples.begin(), tuples.end(), more) == tuples.end()) std::reverse(tuples.begin(), tuples.end());
  else std::sort(tuples.begin(), tuples.end(), less);
}

// The first tuple of each item number, ascending.
using ItemMap = std::vector<std::pair<uint16_t, FoundTuple*>>;

void SortItems(ItemMap& items) {
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  items.erase(std::unique(items.begin(), items.end(), same), items.end());
}

FoundTuple* Find(const ItemMap& items, uint16_t item) {
  const auto less = [](const auto& a, uint16_t number) { return a.first < number; };
  const auto at = std::lower_bound(items.begin(), items.end(), item, less);
  return at != items.end() && at->first == item ? at->second : nullptr;
}

}  // namespace

RelationPiece NextPiece(ByteView relation, size_t at) {
  const auto is_page = [&](size_t begin) {
    if (begin + kPageSize > relation.size()) return false;
    const ByteView page = relation.subspan(begin, kPageSize);
    return IsSoundHeader(ReadPageHeader(page), kPageSize) || (AllZero(page.first(kPageHeaderSize)) && AllZero(page));
  };
  const auto ends = [&](size_t begin) { return begin >= relation.size(); };
  const size_t left = relation.size() - at;
  if (left < kPageSize) return {left, false};
  // Where the next page is in its place this one is, too, whatever became of its header.
  if (is_page(at) || ends(at + kPageSize) || is_page(at + kPageSize)) return {kPageSize, true};
  for (size_t shift = kSectorSize; shift < kPageSize; shift += kSectorSize) {
    const size_t begin = at + shift;
    if (begin + kPageSize > relation.size()) break;
    if (IsSoundHeader(ReadPageHeader(relation.subspan(begin)), kPageSize) &&
        (is_page(begin + kPageSize) || ends(begin + 2 * kPageSize)))
      return {shift, false};
  }
  return {kPageSize, true};
}

HeapReader::HeapReader(const RowDecoder& decoder, size_t fewest_columns)
    : decoder_(decoder),
      carver_({{decoder.shape(), fewest_columns,
                [this](const TupleHeader&, const std::vector<TupleField>& fields) { return decoder_.Fits(fields); }}}) {
}

void HeapReader::Read(ByteView page, uint32_t block, HeapPage& out) const {
  out.sound = out.proven = out.displaced = out.shows_tear = false;
  out.block = block;
  out.lost_items = 0;
  out.tuples.clear();
  out.used_items.clear();
  out.fields.clear();
  out.columns = decoder_.shape().columns.size();
  if (page.size() < kPageHeaderSize + kTupleHeaderSize) return;
  out.sound = IsSoundHeader(ReadPageHeader(page), page.size());
  out.proven = out.sound && HasRightChecksum(page, block);
  TakeItems(page, out);
  TakeCarved(page, out);
  SortByOffset(out.tuples);
  FindRoots(page, out);
  // What is proven needs no other word for it.
  if (!out.proven) SettleTuples(page, out);
}

// Finds the fields behind those that the page has.
bool HeapReader::Walk(ByteView bytes, bool exact, HeapPage& out, FoundTuple& tuple) const {
  tuple.fields = out.fields.size();
  out.fields.resize(tuple.fields + out.columns);
  tuple.length = 0;
  const std::span<TupleField> fields = std::span(out.fields).subspan(tuple.fields);
  if (WalkTuple(decoder_.shape(), bytes, exact, fields, tuple.length) == TupleFault::none) return true;
  out.fields.resize(tuple.fields);
  return false;
}

// Where the page's own block number may be wrong its tuples vote, and the checksum decides.
void HeapReader::TakeItems(ByteView page, HeapPage& out) const {
  std::vector<TupleHeader> headers;
  const size_t count = ItemCount(page);
  for (size_t n = 1; n <= count; ++n) {
    const ItemId item = ReadItemId(page, n);
    out.used_items.push_back(item.state != ItemState::unused);
    if (item.state != ItemState::normal || !IsSoundHeapItem(item, page.size())) continue;
    FoundTuple tuple;
    const ByteView bytes = page.subspan(item.offset, item.length);
    const bool is_tuple = Walk(bytes, true, out, tuple);
    tuple.fits = is_tuple && !out.proven && decoder_.Fits(out.FieldsOf(tuple));
    if (!is_tuple || (!out.proven && !tuple.fits)) {
      ++out.lost_items;
      continue;
    }
    tuple.offset = item.offset;
    tuple.length = item.length;
    tuple.header = ReadTupleHeader(bytes);
    tuple.tid = {out.block, static_cast<uint16_t>(n)};
    tuple.has_line_pointer = true;
    headers.push_back(tuple.header);
    out.tuples.push_back(std::move(tuple));
  }
  const BlockVote vote = VoteForBlock(headers);
  const bool moved = vote.block != out.block && vote.votes >= 2 && vote.votes >= kVotesNeeded * vote.voters;
  if (moved) {
    out.block = vote.block;
    out.displaced = true;
    out.proven = out.proven || (out.sound && HasRightChecksum(page, vote.block));
  }
  // A line pointer whose tuple says that it is another's is of another time than the tuple.
  for (FoundTuple& tuple : out.tuples) {
    tuple.tid.block = out.block;
    if (out.proven || FitsItem(tuple, tuple.tid)) continue;
    tuple.tid = tuple.header.ctid;
    tuple.has_line_pointer = false;
    out.shows_tear = true;
  }
  out.shows_tear = out.shows_tear || (out.lost_items != 0 && !out.proven);
}

void HeapReader::TakeCarved(ByteView page, HeapPage& out) const {
  if (out.proven && out.lost_items == 0) {
    // Nothing is damaged; what is left are remnants.
    const PageHeader header = ReadPageHeader(page);
    if (AllZero(page.subspan(header.lower, header.upper - header.lower))) return;
  }
  std::vector<std::pair<size_t, size_t>> taken;
  for (const FoundTuple& tuple : out.tuples) taken.emplace_back(tuple.offset, AlignedEnd(tuple));
  std::sort(taken.begin(), taken.end());
  const auto overlaps = [&](size_t begin, size_t end) {
    const auto next = std::upper_bound(taken.begin(), taken.end(), std::pair(begin, SIZE_MAX));
    return (next != taken.end() && next->first < end) || (next != taken.begin() && std::prev(next)->second > begin);
  };
  // One that begins inside of those would be taken from them.
  const std::vector<CarvedTuple> carved = carver_.Carve(page, 0, taken);
  const size_t upper = out.sound ? ReadPageHeader(page).upper : 0;
  for (size_t i = 0; i < carved.size(); ++i) {
    const size_t begin = carved[i].offset, end = begin + carved[i].length;
    if (overlaps(begin, end)) continue;
    // A header inside it was written later over its tail.
    const bool is_overwritten = i + 1 < carved.size() && carved[i + 1].offset < end;
    if (is_overwritten) continue;
    FoundTuple tuple;
    if (!Walk(page.subspan(begin), false, out, tuple)) continue;
    tuple.fits = true;  // the carver asked
    tuple.offset = begin;
    tuple.header = ReadTupleHeader(page.subspan(begin));
    // Where a sound page has no line pointer to it, it is what was there before: of a whole page everywhere, of a torn
    // one below the tuples.
    tuple.is_remnant = out.sound && (begin < upper || out.lost_items == 0);
    if (!IsUpdated(tuple.header)) tuple.tid = tuple.header.ctid;
    const auto is_copy = [&](const FoundTuple& other) { return IsCopy(page, tuple, other); };
    if (tuple.is_remnant && std::any_of(out.tuples.begin(), out.tuples.end(), is_copy)) continue;
    out.tuples.push_back(std::move(tuple));
  }
  if (!out.proven) std::erase_if(out.tuples, [&](const FoundTuple& tuple) { return HasZeroTail(page, tuple); });
}

void HeapReader::FindRoots(ByteView page, HeapPage& out) const {
  ItemMap by_item;
  by_item.reserve(out.tuples.size());
  for (FoundTuple& tuple : out.tuples) {
    tuple.crosses_block = Crosses(tuple, kBlockSize);
    tuple.crosses_sector = Crosses(tuple, kSectorSize);
    if (tuple.tid.item == 0 || tuple.tid.block != out.block || tuple.is_remnant) continue;
    by_item.emplace_back(tuple.tid.item, &tuple);
  }
  SortItems(by_item);
  const auto follow = [&](uint16_t root, uint16_t item) {
    // A chain is no longer than the page has tuples, whatever its ctids say.
    FoundTuple* last = nullptr;
    for (size_t steps = 0; steps <= by_item.size(); ++steps) {
      FoundTuple* const at = Find(by_item, item);
      if (at == nullptr || at->root.item != 0) break;
      FoundTuple& tuple = *at;
      if (item != root && (tuple.header.infomask2 & kHeapOnly) == 0) break;
      tuple.root = {out.block, root};
      if (last != nullptr) last->superseded_here = true;
      last = &tuple;
      if ((tuple.header.infomask2 & kHotUpdated) == 0 || tuple.header.ctid.block != out.block ||
          !IsUpdated(tuple.header))
        break;
      item = tuple.header.ctid.item;
    }
  };
  const size_t count = ItemCount(page);
  for (size_t n = 1; n <= count; ++n) {
    const ItemId item = ReadItemId(page, n);
    if (item.state == ItemState::redirect && IsSoundHeapItem(item, page.size()))
      follow(static_cast<uint16_t>(n), item.offset);
  }
  for (const auto& [item, tuple] : by_item) {
    if ((tuple->header.infomask2 & kHeapOnly) == 0) follow(item, item);
  }
  // Of a tuple that stands for itself its own place is the root, wherever it was found.
  for (FoundTuple& tuple : out.tuples) {
    if (tuple.root.item == 0 && tuple.tid.item != 0 && (tuple.header.infomask2 & kHeapOnly) == 0)
      tuple.root = tuple.tid;
  }
}

// A tuple that crosses a boundary is settled when nothing else can have stood in its place, before or after:
// - tuples fill a page from its end, in the order of their line pointers, and compaction keeps that order, so where the one
//   above is its predecessor no other was between them before;
// - when it is taken away those below move up, and of none of them is what stands behind the boundary the end;
// - it is no part of a chain, and there was no room for a newer version of it on the page.
void HeapReader::SettleTuples(ByteView page, HeapPage& out) const {
  if (!out.sound) return;
  const PageHeader header = ReadPageHeader(page);
  for (size_t i = 0; i < out.tuples.size(); ++i) {
    FoundTuple& tuple = out.tuples[i];
    if (!tuple.has_line_pointer || tuple.is_remnant || (tuple.header.infomask2 & (kHeapOnly | kHotUpdated)) != 0)
      continue;
    const size_t end = AlignedEnd(tuple);
    const bool is_first = end == header.special && tuple.tid.item == 1;
    const bool follows = i + 1 < out.tuples.size() && out.tuples[i + 1].offset == end &&
                         out.tuples[i + 1].has_line_pointer && out.tuples[i + 1].tid.item + 1 == tuple.tid.item;
    if (i == 0) continue;  // the lowest: nobody knows what came after it
    const bool has_room = size_t{header.upper} - header.lower >= AlignUp(tuple.length, kMaxAlign) + kItemIdSize;
    if ((!is_first && !follows) || has_room) continue;
    tuple.is_settled = true;
    for (size_t at = AlignUp(tuple.offset + 1, kSectorSize); tuple.is_settled && at < end; at += kSectorSize)
      tuple.is_settled = !TailIsAlsoOfOneBelow(page, out.tuples, i, at);
  }
}

}  // namespace pulih

#include "formats/postgres/xact.h"

#include <algorithm>
#include <charconv>

namespace pulih {
namespace {

constexpr uint32_t kXactsPerPage = 8192 * 4, kPagesPerSegment = 32;

XactStatus InsertStatus(const TupleHeader& header, const XactLog* log) {
  if (header.is_frozen() || header.xmin == 1) return XactStatus::committed;  // 1: made by initdb
  if ((header.infomask & tuple_bits::kXminCommitted) != 0) return XactStatus::committed;
  if ((header.infomask & tuple_bits::kXminInvalid) != 0) return XactStatus::aborted;
  return log == nullptr ? XactStatus::unknown : log->StatusOf(header.xmin);
}

}  // namespace

std::optional<uint32_t> XactLog::SegmentNumber(std::string_view name) {
  if (name.size() < 4 || name.size() > 6) return std::nullopt;
  for (const char c : name)
    if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F')) return std::nullopt;
  uint32_t number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number, 16);
  return number;
}

void XactLog::AddSegment(uint32_t number, ByteView bytes) {
  Segment segment{bytes, 0};
  for (uint32_t page = 0; page < kPagesPerSegment && page * kPageBytes < bytes.size(); ++page) {
    const ByteView part = bytes.subspan(page * kPageBytes, std::min<size_t>(kPageBytes, bytes.size() - page * kPageBytes));
    if (std::any_of(part.begin(), part.end(), [](uint8_t b) { return b != 0; })) segment.written |= uint32_t{1} << page;
  }
  segments_[number] = segment;
}

XactStatus XactLog::StatusOf(uint32_t xid) const {
  if (xid == 1 || xid == kFrozenXid) return XactStatus::committed;
  if (xid < kFirstNormalXid) return XactStatus::unknown;
  const uint32_t page = xid / kXactsPerPage;
  const auto segment = segments_.find(page / kPagesPerSegment);
  if (segment == segments_.end() || (segment->second.written >> (page % kPagesPerSegment) & 1) == 0)
    return XactStatus::unknown;
  const size_t at = size_t{page % kPagesPerSegment} * kPageBytes + xid % kXactsPerPage / 4;
  if (at >= segment->second.bytes.size()) return XactStatus::unknown;
  switch (segment->second.bytes[at] >> (xid % 4 * 2) & 3) {
    case 0: return XactStatus::under_way;
    case 1: return XactStatus::committed;
    case 2: return XactStatus::aborted;
    default: return XactStatus::unknown;
  }
}

Visibility VisibilityOf(const TupleHeader& header, const XactLog* log) {
  const XactStatus inserted = InsertStatus(header, log);
  if (inserted == XactStatus::aborted) return Visibility::never;
  // VACUUM FULL before 9.0 moved tuples; whether the move came to its end its own transaction says, and nobody else.
  if (inserted != XactStatus::committed || (header.infomask & (tuple_bits::kMovedOff | tuple_bits::kMovedIn)) != 0)
    return Visibility::unknown;
  if (header.xmax == 0 || (header.infomask & tuple_bits::kXmaxInvalid) != 0 || header.is_only_locked())
    return Visibility::live;
  if ((header.infomask & tuple_bits::kXmaxIsMulti) != 0) return Visibility::unknown;  // its members lie elsewhere
  if ((header.infomask & tuple_bits::kXmaxCommitted) != 0) return Visibility::deleted;
  switch (log == nullptr ? XactStatus::unknown : log->StatusOf(header.xmax)) {
    case XactStatus::committed: return Visibility::deleted;
    case XactStatus::aborted: return Visibility::live;
    default: return Visibility::unknown;
  }
}

}  // namespace pulih

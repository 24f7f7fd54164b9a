#include "formats/postgres/tuple_carve.h"

#include <algorithm>
#include <map>
#include <optional>

#include "engine/base/endian.h"
#include "formats/postgres/heap_page.h"

namespace pulih {

namespace {

using namespace tuple_bits;

// The eight bytes of a header that are tested first: the ctid's item, both infomasks and hoff.
constexpr size_t kTestedAt = 16;
constexpr size_t kMaxColumns = kColumnMask;

bool IsOldPlace(const TupleHeader& header) {
  // A ctid leads to the newer version once there is one; who only locked the row leaves it.
  return header.xmax != 0 && (header.infomask & kXmaxInvalid) == 0 && !header.is_only_locked();
}

}  // namespace

TupleCarver::TupleCarver(std::vector<CarveTarget> targets) : targets_(std::move(targets)), hoffs_(kMaxColumns + 1) {
  for (CarveTarget& target : targets_) {
    const size_t most = std::min(target.shape.columns.size(), kMaxColumns);
    if (target.fewest_columns == 0) target.fewest_columns = most;
    for (size_t n = std::max<size_t>(target.fewest_columns, 1); n <= most; ++n) {
      for (size_t bits = 0; bits < (target.shape.has_oids ? 4u : 2u); ++bits) {
        const size_t hoff = ComputedHoff(n, (bits & 1) != 0, (bits & 2) != 0);
        if (hoff <= 0xff) hoffs_[n].of[bits] = static_cast<uint8_t>(hoff);
      }
    }
  }
}

bool TupleCarver::PassesFirst(uint64_t word) const {
  const auto infomask2 = static_cast<uint16_t>(word >> 16), infomask = static_cast<uint16_t>(word >> 32);
  const auto hoff = static_cast<uint8_t>(word >> 48);
  const Hoffs& hoffs = hoffs_[infomask2 & kColumnMask];
  const size_t bits = (infomask & kHasNull) | ((infomask & kHasOid) >> 2);
  return hoff != 0 && hoff == hoffs.of[bits] && (infomask2 & kReserved) == 0;
}

bool TupleCarver::TryAt(ByteView bytes, size_t at, std::vector<TupleField>& fields, CarvedTuple& found) const {
  const ByteView rest = bytes.subspan(at);
  const TupleHeader header = ReadTupleHeader(rest);
  std::optional<CarvedTuple> first;
  for (uint32_t i = 0; i < targets_.size(); ++i) {
    const CarveTarget& target = targets_[i];
    if (header.column_count() < target.fewest_columns) continue;
    size_t used = 0;
    if (WalkTuple(target.shape, rest, false, fields, used) != TupleFault::none) continue;
    if (target.check && !target.check(header, fields)) continue;
    if (first) {
      ++first->fits;
    } else {
      first = CarvedTuple{at, used, i};
    }
  }
  if (!first) return false;
  found = *first;
  return true;
}

std::vector<CarvedTuple> TupleCarver::Carve(ByteView bytes, size_t phase) const { return Carve(bytes, phase, {}); }

std::vector<CarvedTuple> TupleCarver::Carve(ByteView bytes, size_t phase, std::span<const Stretch> skip) const {
  std::vector<CarvedTuple> found;
  std::vector<TupleField> fields;
  size_t behind = 0;     // the end of the last stretch that begins before or at the place
  auto stretch = skip.begin();
  for (size_t at = phase; at + kTestedAt + 8 <= bytes.size(); at += kMaxAlign) {
    for (; stretch != skip.end() && stretch->first <= at; ++stretch) behind = stretch->second;
    if (at < behind) continue;
    if (!PassesFirst(LoadLe<uint64_t>(bytes.data() + at + kTestedAt))) continue;
    CarvedTuple tuple;
    if (TryAt(bytes, at, fields, tuple)) found.push_back(tuple);
  }
  for (size_t i = 0; i < found.size(); ++i) {
    const size_t end = AlignUp(found[i].offset + found[i].length - phase, kMaxAlign) + phase;
    const auto next = std::find_if(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, found.end(),
                                   [&](const CarvedTuple& tuple) { return tuple.offset >= end; });
    found[i].follows = end >= bytes.size() || (next != found.end() && next->offset == end);
  }
  return found;
}

size_t TupleCarver::CountCandidates(ByteView bytes, size_t phase) const {
  size_t count = 0;
  for (size_t at = phase; at + kTestedAt + 8 <= bytes.size(); at += kMaxAlign)
    count += PassesFirst(LoadLe<uint64_t>(bytes.data() + at + kTestedAt)) ? 1 : 0;
  return count;
}

BlockVote VoteForBlock(const std::vector<TupleHeader>& headers) {
  std::map<uint32_t, uint32_t> votes;
  BlockVote vote;
  for (const TupleHeader& header : headers) {
    if (IsOldPlace(header)) continue;
    ++vote.voters;
    ++votes[header.ctid.block];
  }
  for (const auto& [block, count] : votes) {
    if (count > vote.votes) vote = {block, count, vote.voters};
  }
  return vote;
}

}  // namespace pulih

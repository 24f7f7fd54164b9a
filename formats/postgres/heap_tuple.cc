#include "formats/postgres/heap_tuple.h"

#include <algorithm>

#include "engine/base/endian.h"
#include "formats/postgres/heap_page.h"

namespace pulih {

namespace {

using namespace tuple_bits;

constexpr uint16_t kMaxItem = 2048;  // more items than that fit into no page
constexpr uint8_t kToastTag = 18;    // VARTAG_ONDISK

uint8_t AlignmentOf(char align) {
  switch (align) {
    case 'c': return 1;
    case 's': return 2;
    case 'd': return 8;
    default: return 4;
  }
}

bool FlagsContradict(const TupleHeader& header, const TupleShape& shape) {
  const uint16_t mask = header.infomask;
  if ((header.infomask2 & kReserved) != 0) return true;
  // VACUUM FULL moved tuples until 9.0; such a tuple carries one of the two.
  if ((mask & kMovedOff) != 0 && (mask & kMovedIn) != 0) return true;
  if (header.has_oid() && !shape.has_oids) return true;
  if ((mask & kHasVarWidth) != 0 && !shape.has_varlena) return true;
  if ((mask & kHasExternal) != 0 && (mask & kHasVarWidth) == 0) return true;
  return (mask & kXmaxCommitted) != 0 && (mask & kXmaxInvalid) != 0;
}

bool TransactionsContradict(const TupleHeader& header) {
  // A tuple that was being inserted when the power failed may have xmin 0 nowhere: it is set with the rest.
  if (header.xmin < kFrozenXid && header.xmin != 1) return true;
  return header.ctid.item == 0 || (header.ctid.item > kMaxItem && header.ctid.item < 0xfffd);
}

bool IsZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

// Finds the columns behind a sound header, one after the other.
class Walk {
 public:
  Walk(const TupleShape& shape, ByteView tuple, const TupleHeader& header, std::span<TupleField> fields)
      : shape_(shape), tuple_(tuple), header_(header), fields_(fields), at_(header.hoff) {}

  TupleFault Run(bool exact, size_t& used) {
    if (const TupleFault fault = CheckBitmap(); fault != TupleFault::none) return fault;
    const size_t stored = header_.column_count();
    for (size_t i = 0; i < shape_.columns.size(); ++i) {
      TupleField& field = fields_[i];
      field = {};
      if (i >= stored) {
        field.kind = TupleField::Kind::absent;
      } else if (!IsNull(i)) {
        if (const TupleFault fault = Take(shape_.columns[i], field); fault != TupleFault::none) return fault;
      }
    }
    if (const TupleFault fault = CheckFlags(); fault != TupleFault::none) return fault;
    used = at_;
    return exact && at_ != tuple_.size() ? TupleFault::length : TupleFault::none;
  }

 private:
  bool IsNull(size_t column) const {
    return header_.has_null() && ((tuple_[kTupleHeaderSize + column / 8] >> (column % 8)) & 1) == 0;
  }

  TupleFault CheckBitmap() const {
    const size_t stored = header_.column_count();
    size_t bitmap_end = kTupleHeaderSize;
    if (header_.has_null()) {
      bitmap_end += (stored + 7) / 8;
      bool any = false;
      for (size_t i = 0; i < stored; ++i) {
        if (!IsNull(i)) continue;
        any = true;
        if (shape_.columns[i].not_null) return TupleFault::null_bitmap;
      }
      if (!any) return TupleFault::null_bitmap;
      if (stored % 8 != 0 && (tuple_[bitmap_end - 1] >> (stored % 8)) != 0) return TupleFault::null_bitmap;
    }
    const size_t padding_end = header_.hoff - (header_.has_oid() ? 4u : 0u);
    return IsZero(tuple_.subspan(bitmap_end, padding_end - bitmap_end)) ? TupleFault::none : TupleFault::padding;
  }

  TupleFault AlignTo(size_t alignment) {
    const size_t to = AlignUp(at_, alignment);
    if (to > tuple_.size()) return TupleFault::value_size;
    for (; at_ < to; ++at_) {
      if (tuple_[at_] != 0) return TupleFault::padding;
    }
    return TupleFault::none;
  }

  TupleFault Take(const ColumnForm& column, TupleField& field) {
    // A varlena with a short header stands where it likes; its first byte is never 0, a padding byte always.
    const bool may_stand = column.length == -1 && at_ < tuple_.size() && tuple_[at_] != 0;
    if (column.length != -2 && !may_stand) {
      if (const TupleFault fault = AlignTo(column.alignment); fault != TupleFault::none) return fault;
    }
    if (column.length == -1) return TakeVarlena(column, field);
    if (column.length == -2) return TakeText(field);
    const auto size = static_cast<size_t>(column.length);
    if (size > tuple_.size() - at_) return TupleFault::value_size;
    field = {TupleField::Kind::plain, tuple_.subspan(at_, size), static_cast<uint32_t>(at_)};
    at_ += size;
    return TupleFault::none;
  }

  TupleFault TakeVarlena(const ColumnForm& column, TupleField& field) {
    if (at_ >= tuple_.size()) return TupleFault::value_size;
    // A long header that is not aligned is none.
    if ((tuple_[at_] & 1) == 0 && at_ % column.alignment != 0) return TupleFault::padding;
    const size_t size = ReadVarlena(tuple_.subspan(at_), field);
    if (size == 0) return TupleFault::value_size;
    if (field.kind == TupleField::Kind::external) has_external_ = true;
    varies_ = true;
    field.offset += static_cast<uint32_t>(at_);
    at_ += size;
    return TupleFault::none;
  }

  TupleFault TakeText(TupleField& field) {
    const auto begin = tuple_.begin() + static_cast<std::ptrdiff_t>(at_);
    const auto end = std::find(begin, tuple_.end(), uint8_t{0});
    if (end == tuple_.end()) return TupleFault::value_size;
    const auto size = static_cast<size_t>(end - begin);
    field = {TupleField::Kind::plain, tuple_.subspan(at_, size), static_cast<uint32_t>(at_)};
    at_ += size + 1;
    varies_ = true;
    return TupleFault::none;
  }

  // HASVARWIDTH and HASEXTERNAL are computed from the values when a tuple is made.
  TupleFault CheckFlags() const {
    const bool says_external = (header_.infomask & kHasExternal) != 0,
               says_varies = (header_.infomask & kHasVarWidth) != 0;
    return says_external == has_external_ && says_varies == varies_ ? TupleFault::none : TupleFault::flags;
  }

  const TupleShape& shape_;
  ByteView tuple_;
  const TupleHeader& header_;
  std::span<TupleField> fields_;
  size_t at_;
  bool has_external_ = false, varies_ = false;
};

}  // namespace

TupleHeader ReadTupleHeader(ByteView tuple) {
  const uint8_t* p = tuple.data();
  TupleHeader h;
  h.xmin = LoadLe<uint32_t>(p);
  h.xmax = LoadLe<uint32_t>(p + 4);
  h.cid = LoadLe<uint32_t>(p + 8);
  h.ctid.block = (uint32_t{LoadLe<uint16_t>(p + 12)} << 16) | LoadLe<uint16_t>(p + 14);
  h.ctid.item = LoadLe<uint16_t>(p + 16);
  h.infomask2 = LoadLe<uint16_t>(p + 18);
  h.infomask = LoadLe<uint16_t>(p + 20);
  h.hoff = p[22];
  return h;
}

void WriteTupleHeader(const TupleHeader& header, uint8_t* to) {
  StoreLe(to, header.xmin);
  StoreLe(to + 4, header.xmax);
  StoreLe(to + 8, header.cid);
  StoreLe(to + 12, static_cast<uint16_t>(header.ctid.block >> 16));
  StoreLe(to + 14, static_cast<uint16_t>(header.ctid.block & 0xffff));
  StoreLe(to + 16, header.ctid.item);
  StoreLe(to + 18, header.infomask2);
  StoreLe(to + 20, header.infomask);
  to[22] = header.hoff;
}

TupleShape ShapeOf(const SchemaTable& table) {
  TupleShape shape;
  shape.has_oids = table.has_oids;
  for (const SchemaColumn& column : table.columns) {
    shape.columns.push_back({column.length, AlignmentOf(column.align), column.not_null && !column.dropped});
    if (column.length < 0) shape.has_varlena = true;
  }
  return shape;
}

const char* FaultName(TupleFault fault) {
  switch (fault) {
    case TupleFault::none: return "sound";
    case TupleFault::too_short: return "it is too short";
    case TupleFault::header_size: return "its header has not the size that it must have";
    case TupleFault::column_count: return "it has not the columns of the table";
    case TupleFault::flags: return "its flags contradict each other or its values";
    case TupleFault::transaction: return "its transaction or place is none";
    case TupleFault::null_bitmap: return "its null bitmap contradicts the table";
    case TupleFault::padding: return "bytes between its values are not zero";
    case TupleFault::value_size: return "a value does not fit into it";
    case TupleFault::length: return "its values do not end where it does";
  }
  return "unknown";
}

TupleFault CheckTupleHeader(const TupleHeader& header, size_t size, const TupleShape& shape) {
  const size_t columns = header.column_count();
  if (header.hoff != ComputedHoff(columns, header.has_null(), header.has_oid())) return TupleFault::header_size;
  if (columns == 0 || columns > shape.columns.size()) return TupleFault::column_count;
  if (FlagsContradict(header, shape)) return TupleFault::flags;
  if (TransactionsContradict(header)) return TupleFault::transaction;
  return header.hoff > size ? TupleFault::too_short : TupleFault::none;
}

TupleFault WalkTuple(const TupleShape& shape, ByteView tuple, bool exact, std::vector<TupleField>& fields,
                     size_t& used) {
  fields.resize(shape.columns.size());
  return WalkTuple(shape, tuple, exact, std::span<TupleField>(fields), used);
}

TupleFault WalkTuple(const TupleShape& shape, ByteView tuple, bool exact, std::span<TupleField> fields, size_t& used) {
  if (tuple.size() < kTupleHeaderSize) return TupleFault::too_short;
  const TupleHeader header = ReadTupleHeader(tuple);
  if (const TupleFault fault = CheckTupleHeader(header, tuple.size(), shape); fault != TupleFault::none) return fault;
  return Walk(shape, tuple, header, fields).Run(exact, used);
}

size_t ReadVarlena(ByteView bytes, TupleField& field) {
  if (bytes.empty()) return 0;
  const uint8_t first = bytes[0];
  if (first == 1) {
    constexpr size_t kSize = 18;
    if (bytes.size() < kSize || bytes[1] != kToastTag) return 0;
    field = {TupleField::Kind::external, bytes.subspan(2, kSize - 2), 2};
    return kSize;
  }
  if ((first & 1) != 0) {
    const size_t size = first >> 1;
    if (size > bytes.size()) return 0;
    field = {TupleField::Kind::plain, bytes.subspan(1, size - 1), 1};
    return size;
  }
  if (bytes.size() < 4) return 0;
  const uint32_t word = LoadLe<uint32_t>(bytes.data());
  const bool compressed = (word & 3) == 2;
  const size_t size = word >> 2;
  if (size < (compressed ? 8u : 4u) || size > bytes.size()) return 0;
  field = {compressed ? TupleField::Kind::compressed : TupleField::Kind::plain, bytes.subspan(4, size - 4), 4};
  return size;
}

}  // namespace pulih

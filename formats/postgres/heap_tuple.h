// A heap tuple: its header, and the walk along its columns as a table's shape says they lie. The walk finds where each
// value stands; disk_value.h says what it is, toast.h fetches what lies elsewhere.
//
//   offset size
//        0    4  xmin      4  4  xmax      8  4  cid, xvac (of a row type's value: length, modifier, type)
//       12    6  ctid: block (high 16 bits, low 16 bits), item
//       18    2  infomask2: number of columns 11 bits, flags
//       20    2  infomask
//       22    1  hoff: where values begin: header, null bitmap, OID, aligned to 8
//       23       null bitmap (a bit that is set: not null), when there is any null
//     hoff-4     OID, when WITH OIDS (until 11)
//
// Everything here takes hostile bytes, allocates nothing but the list of fields, and is as strict as the format allows:
// padding is zero, a length fits, hoff is what it must be. A bit that is flipped inside a value passes: nothing in a
// tuple covers it.
//
// Pure; fields borrow from the tuple's bytes. Source: src/include/access/htup_details.h, varatt.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/schema.h"

namespace pulih {

inline constexpr size_t kTupleHeaderSize = 23;
inline constexpr uint32_t kFrozenXid = 2, kFirstNormalXid = 3;

struct Tid {
  uint32_t block = 0;
  uint16_t item = 0;
  auto operator<=>(const Tid&) const = default;
};

namespace tuple_bits {
// infomask
inline constexpr uint16_t kHasNull = 0x0001, kHasVarWidth = 0x0002, kHasExternal = 0x0004, kHasOid = 0x0008,
                          kXmaxKeyShare = 0x0010, kComboCid = 0x0020, kXmaxExclusive = 0x0040, kXmaxLockOnly = 0x0080,
                          kXminCommitted = 0x0100, kXminInvalid = 0x0200, kXmaxCommitted = 0x0400,
                          kXmaxInvalid = 0x0800, kXmaxIsMulti = 0x1000, kUpdated = 0x2000, kMovedOff = 0x4000,
                          kMovedIn = 0x8000;
// infomask2
inline constexpr uint16_t kColumnMask = 0x07ff, kReserved = 0x1800, kKeysUpdated = 0x2000, kHotUpdated = 0x4000,
                          kHeapOnly = 0x8000;
}  // namespace tuple_bits

struct TupleHeader {
  uint32_t xmin = 0, xmax = 0, cid = 0;
  Tid ctid;
  uint16_t infomask2 = 0, infomask = 0;
  uint8_t hoff = 0;

  size_t column_count() const { return infomask2 & tuple_bits::kColumnMask; }
  bool has_null() const { return (infomask & tuple_bits::kHasNull) != 0; }
  bool has_oid() const { return (infomask & tuple_bits::kHasOid) != 0; }
  bool is_frozen() const {
    constexpr uint16_t kBoth = tuple_bits::kXminCommitted | tuple_bits::kXminInvalid;
    return xmin == kFrozenXid || (infomask & kBoth) == kBoth;
  }
  // xmax is of who locked the row and changed nothing. Until 9.2 the bit of "locked only" meant a shared lock, which is one
  // as well.
  bool is_only_locked() const {
    constexpr uint16_t kKind = tuple_bits::kXmaxIsMulti | tuple_bits::kXmaxExclusive | tuple_bits::kXmaxKeyShare;
    return (infomask & tuple_bits::kXmaxLockOnly) != 0 || (infomask & kKind) == tuple_bits::kXmaxExclusive;
  }
  bool operator==(const TupleHeader&) const = default;
};

// Of at least kTupleHeaderSize bytes.
TupleHeader ReadTupleHeader(ByteView tuple);
// Into kTupleHeaderSize bytes; for tuples that come from WAL without theirs.
void WriteTupleHeader(const TupleHeader& header, uint8_t* to);

// What hoff must be: nothing else is possible.
constexpr size_t ComputedHoff(size_t columns, bool has_null, bool has_oid) {
  const size_t end = kTupleHeaderSize + (has_null ? (columns + 7) / 8 : 0) + (has_oid ? 4 : 0);
  return (end + 7) & ~size_t{7};
}

struct ColumnForm {
  int16_t length = -1;  // attlen
  uint8_t alignment = 4;
  bool not_null = false;  // and not dropped
  bool operator==(const ColumnForm&) const = default;
};

// How the columns of a table lie, for walking. Columns in the order of attnum, dropped ones included.
struct TupleShape {
  std::vector<ColumnForm> columns;
  bool has_oids = false;
  bool has_varlena = false;  // any column whose length differs from tuple to tuple
};
TupleShape ShapeOf(const SchemaTable& table);

struct TupleField {
  enum class Kind : uint8_t {
    null,
    absent,      // the column was added after this tuple was written: null, or the default of its ADD COLUMN (11)
    plain,       // `bytes` are the value: of a varlena without its length
    compressed,  // inline: `bytes` begin with the word of raw size and method (toast.h)
    external,    // `bytes` are the 16 of a TOAST pointer (toast.h)
  };
  Kind kind = Kind::null;
  ByteView bytes;
  uint32_t offset = 0;  // in the tuple, of `bytes`
};

// What is wrong with a tuple, cheapest first.
enum class TupleFault : uint8_t {
  none,
  too_short,     // no room for a header, or for what it announces
  header_size,   // hoff is not what it must be
  column_count,  // more columns than the table has, or none
  flags,         // bits that contradict each other, the shape or the version
  transaction,   // an xmin or ctid that no tuple has
  null_bitmap,   // a null in a column that has none, no null at all, bits behind the last column
  padding,       // bytes between values that are not zero
  value_size,    // a value ends behind the tuple, or has an impossible length
  length,        // values do not end where the tuple does
};
const char* FaultName(TupleFault fault);

// The header by itself: sizes, flags, transactions. `size` is what there is from the tuple's first byte on.
TupleFault CheckTupleHeader(const TupleHeader& header, size_t size, const TupleShape& shape);

// Checks the header and finds every column. `tuple` begins with the header; `used` becomes the tuple's length. Where
// `exact` the tuple must end with its values, as a line pointer's length says it; else bytes may follow.
// `fields` (when the answer is none) has one entry for each column of the shape.
TupleFault WalkTuple(const TupleShape& shape, ByteView tuple, bool exact, std::vector<TupleField>& fields,
                     size_t& used);
// The same, into as many fields as the shape has columns.
TupleFault WalkTuple(const TupleShape& shape, ByteView tuple, bool exact, std::span<TupleField> fields, size_t& used);

// The length of a varlena by its first bytes: 0 when it is none or does not fit into `bytes`. Fills the field.
size_t ReadVarlena(ByteView bytes, TupleField& field);

}  // namespace pulih

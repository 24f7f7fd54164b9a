// Heap tuples and pages as PostgreSQL 8.4 to 18 lays them out, built from the public description of the layout and from
// nothing of formats/postgres but its structures: for tests of versions that no server is at hand for.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/heap_page.h"
#include "formats/postgres/heap_tuple.h"

namespace pulih {

// Values in the order of the columns; Build computes flags, hoff and the null bitmap.
class TupleBuilder {
 public:
  TupleBuilder& Null();
  TupleBuilder& Fixed(ByteView bytes, size_t alignment);
  template <typename Integer>
  TupleBuilder& Int(Integer value) {
    uint8_t bytes[sizeof value];
    for (size_t i = 0; i < sizeof value; ++i) bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(value) >> (8 * i));
    return Fixed(bytes, sizeof value);
  }
  // With a header of one byte when it is short, as tuples have it.
  TupleBuilder& Varlena(ByteView bytes, size_t alignment = 4);
  TupleBuilder& Text(std::string_view text) { return Varlena(AsBytes(text)); }
  TupleBuilder& LongVarlena(ByteView bytes, size_t alignment = 4);
  TupleBuilder& Compressed(ByteView bytes, size_t alignment = 4);  // `bytes` begin with the word
  TupleBuilder& External(uint32_t raw_size, uint32_t stored_word, uint32_t value_id, uint32_t relation);

  TupleBuilder& Oid(uint32_t oid);
  TupleHeader header{.xmin = 700,
                     .xmax = 0,
                     .cid = 0,
                     .ctid = {0, 1},
                     .infomask2 = 0,
                     .infomask = tuple_bits::kXminCommitted | tuple_bits::kXmaxInvalid,
                     .hoff = 0};
  Bytes Build() const;

 private:
  struct Value {
    bool is_null = false, may_stand = false;
    size_t alignment = 1;
    Bytes bytes;
  };
  std::vector<Value> values_;
  std::optional<uint32_t> oid_;
  bool varies_ = false, external_ = false;
};

class PageBuilder {
 public:
  explicit PageBuilder(uint32_t block, size_t page_size = kPageSize)
      : block_(block), page_(page_size, 0), upper_(page_size) {}

  // Puts a tuple into the page, with its own place as ctid; answers the number of its line pointer.
  uint16_t Add(const TupleBuilder& tuple);
  // As it is, with its ctid.
  uint16_t AddBytes(ByteView tuple);
  uint16_t AddItem(ItemState state, uint16_t offset);
  bool HasRoom(size_t tuple_size) const;

  Bytes Finish(bool with_checksum);

 private:
  uint32_t block_;
  Bytes page_;
  size_t upper_;
  uint16_t items_ = 0;
};

}  // namespace pulih

#include "tests/support/heap_builder.h"

#include <algorithm>

#include "engine/base/endian.h"

namespace pulih {

namespace {

Bytes Word(uint32_t word) {
  Bytes bytes(4);
  StoreLe(bytes.data(), word);
  return bytes;
}

}  // namespace

TupleBuilder& TupleBuilder::Null() {
  values_.push_back({true, false, 1, {}});
  return *this;
}

TupleBuilder& TupleBuilder::Fixed(ByteView bytes, size_t alignment) {
  values_.push_back({false, false, alignment, ToBytes(bytes)});
  return *this;
}

TupleBuilder& TupleBuilder::Varlena(ByteView bytes, size_t alignment) {
  if (bytes.size() > 126) return LongVarlena(bytes, alignment);
  Bytes value{static_cast<uint8_t>(((bytes.size() + 1) << 1) | 1)};
  Append(value, bytes);
  values_.push_back({false, true, alignment, std::move(value)});
  varies_ = true;
  return *this;
}

TupleBuilder& TupleBuilder::LongVarlena(ByteView bytes, size_t alignment) {
  Bytes value = Word(static_cast<uint32_t>(bytes.size() + 4) << 2);
  Append(value, bytes);
  values_.push_back({false, false, alignment, std::move(value)});
  varies_ = true;
  return *this;
}

TupleBuilder& TupleBuilder::Compressed(ByteView bytes, size_t alignment) {
  Bytes value = Word((static_cast<uint32_t>(bytes.size() + 4) << 2) | 2);
  Append(value, bytes);
  values_.push_back({false, false, alignment, std::move(value)});
  varies_ = true;
  return *this;
}

TupleBuilder& TupleBuilder::External(uint32_t raw_size, uint32_t stored_word, uint32_t value_id, uint32_t relation) {
  Bytes value{0x01, 18};
  for (const uint32_t word : {raw_size, stored_word, value_id, relation}) Append(value, Word(word));
  values_.push_back({false, true, 4, std::move(value)});
  varies_ = external_ = true;
  return *this;
}

TupleBuilder& TupleBuilder::Oid(uint32_t oid) {
  oid_ = oid;
  return *this;
}

Bytes TupleBuilder::Build() const {
  using namespace tuple_bits;
  const size_t count = values_.size();
  const bool any_null = std::any_of(values_.begin(), values_.end(), [](const Value& v) { return v.is_null; });
  size_t hoff = 23 + (any_null ? (count + 7) / 8 : 0) + (oid_ ? 4 : 0);
  hoff = (hoff + 7) / 8 * 8;
  TupleHeader head = header;
  head.infomask2 = static_cast<uint16_t>(head.infomask2 | count);
  head.infomask = static_cast<uint16_t>(head.infomask | (any_null ? kHasNull : 0) | (varies_ ? kHasVarWidth : 0) |
                                        (external_ ? kHasExternal : 0) | (oid_ ? kHasOid : 0));
  head.hoff = static_cast<uint8_t>(hoff);
  Bytes tuple(hoff, 0);
  WriteTupleHeader(head, tuple.data());
  for (size_t i = 0; any_null && i < count; ++i) {
    if (!values_[i].is_null) tuple[23 + i / 8] |= static_cast<uint8_t>(1 << (i % 8));
  }
  if (oid_) StoreLe(tuple.data() + hoff - 4, *oid_);
  for (const Value& value : values_) {
    if (value.is_null) continue;
    while (!value.may_stand && tuple.size() % value.alignment != 0) tuple.push_back(0);
    Append(tuple, value.bytes);
  }
  return tuple;
}

bool PageBuilder::HasRoom(size_t tuple_size) const {
  return kPageHeaderSize + (items_ + size_t{1}) * kItemIdSize + AlignUp(tuple_size, kMaxAlign) <= upper_;
}

uint16_t PageBuilder::Add(const TupleBuilder& tuple) {
  TupleBuilder placed = tuple;
  placed.header.ctid = {block_, static_cast<uint16_t>(items_ + 1)};
  return AddBytes(placed.Build());
}

uint16_t PageBuilder::AddBytes(ByteView tuple) {
  upper_ -= AlignUp(tuple.size(), kMaxAlign);
  std::copy(tuple.begin(), tuple.end(), page_.begin() + static_cast<std::ptrdiff_t>(upper_));
  const auto word = static_cast<uint32_t>(upper_ | (1u << 15) | (tuple.size() << 17));
  StoreLe(page_.data() + kPageHeaderSize + kItemIdSize * items_, word);
  return ++items_;
}

uint16_t PageBuilder::AddItem(ItemState state, uint16_t offset) {
  StoreLe(page_.data() + kPageHeaderSize + kItemIdSize * items_,
          static_cast<uint32_t>(offset | (static_cast<uint32_t>(state) << 15)));
  return ++items_;
}

Bytes PageBuilder::Finish(bool with_checksum) {
  StoreLe(page_.data() + 12, static_cast<uint16_t>(kPageHeaderSize + kItemIdSize * items_));
  StoreLe(page_.data() + 14, static_cast<uint16_t>(upper_));
  StoreLe(page_.data() + 16, static_cast<uint16_t>(page_.size()));
  StoreLe(page_.data() + 18, static_cast<uint16_t>(page_.size() | kPageLayoutVersion));
  if (with_checksum) StoreLe(page_.data() + 8, PageChecksum(page_, block_));
  return page_;
}

}  // namespace pulih

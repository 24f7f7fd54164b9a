#include "formats/postgres/heap_tuple.h"

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "tests/support/heap_builder.h"

namespace pulih {
namespace {

// int4, text, int8, varchar, bool: every kind of alignment.
TupleShape Shape() {
  return {{{4, 4, true}, {-1, 4, false}, {8, 8, false}, {-1, 4, false}, {1, 1, false}}, false, true};
}

TupleFault Walk(const TupleShape& shape, ByteView tuple, std::vector<TupleField>& fields) {
  size_t used = 0;
  return WalkTuple(shape, tuple, true, fields, used);
}

TEST_CASE("a walk finds every column where it stands") {
  std::vector<TupleField> fields;
  const Bytes tuple = TupleBuilder().Int(int32_t{42}).Text("abc").Int(int64_t{-1}).Text("").Int(uint8_t{1}).Build();
  REQUIRE(Walk(Shape(), tuple, fields) == TupleFault::none);
  REQUIRE(fields.size() == 5);
  CHECK(LoadLe<uint32_t>(fields[0].bytes.data()) == 42);
  CHECK(AsText(fields[1].bytes) == "abc");
  CHECK(LoadLe<uint64_t>(fields[2].bytes.data()) == UINT64_MAX);
  CHECK(fields[3].bytes.empty());
  CHECK(fields[3].kind == TupleField::Kind::plain);
  CHECK(fields[4].bytes[0] == 1);
}

TEST_CASE("nulls, and columns that were added later, are told apart") {
  std::vector<TupleField> fields;
  const Bytes tuple = TupleBuilder().Int(int32_t{42}).Null().Int(int64_t{5}).Build();
  REQUIRE(Walk(Shape(), tuple, fields) == TupleFault::none);
  CHECK(fields[1].kind == TupleField::Kind::null);
  CHECK(fields[2].kind == TupleField::Kind::plain);
  CHECK(fields[3].kind == TupleField::Kind::absent);
  CHECK(fields[4].kind == TupleField::Kind::absent);
  CHECK(Walk(Shape(), TupleBuilder().Null().Text("x").Build(), fields) == TupleFault::null_bitmap);
}

TEST_CASE("tuples with OIDs are those of tables with OIDs only") {
  std::vector<TupleField> fields;
  TupleShape shape = Shape();
  const Bytes tuple = TupleBuilder().Oid(4711).Int(int32_t{42}).Text("abc").Build();
  CHECK(Walk(shape, tuple, fields) == TupleFault::flags);
  shape.has_oids = true;
  REQUIRE(Walk(shape, tuple, fields) == TupleFault::none);
  CHECK(AsText(fields[1].bytes) == "abc");
  // 23 bytes, five columns' bitmap, four of the OID: no room below 32.
  const Bytes with_null = TupleBuilder().Oid(4711).Int(int32_t{42}).Null().Build();
  CHECK(with_null[22] == 32);
  CHECK(Walk(shape, with_null, fields) == TupleFault::none);
}

TEST_CASE("long, compressed and external values are found as what they are") {
  std::vector<TupleField> fields;
  const Bytes word{100, 0, 0, 0, 1, 2, 3};
  const Bytes tuple = TupleBuilder()
                          .Int(int32_t{1})
                          .Compressed(word)
                          .Int(int64_t{5})
                          .External(5000, 3000, 77, 88)
                          .Int(uint8_t{0})
                          .Build();
  REQUIRE(Walk(Shape(), tuple, fields) == TupleFault::none);
  CHECK(fields[1].kind == TupleField::Kind::compressed);
  CHECK(fields[1].bytes.size() == word.size());
  CHECK(fields[3].kind == TupleField::Kind::external);
  CHECK(fields[3].bytes.size() == 16);
  const Bytes longer = TupleBuilder().Int(int32_t{1}).LongVarlena(Bytes(300, 'x')).Build();
  REQUIRE(Walk(Shape(), longer, fields) == TupleFault::none);
  CHECK(fields[1].bytes.size() == 300);
}

TEST_CASE("what no tuple can be is refused") {
  std::vector<TupleField> fields;
  const Bytes sound = TupleBuilder().Int(int32_t{42}).Text("abc").Int(int64_t{-1}).Text("").Int(uint8_t{1}).Build();
  const auto with = [&](size_t at, uint8_t byte) {
    Bytes other = sound;
    other[at] = byte;
    return Walk(Shape(), other, fields);
  };
  CHECK(with(22, 32) == TupleFault::header_size);
  CHECK(with(18, 6) == TupleFault::column_count);
  CHECK(with(18, 0) == TupleFault::column_count);
  CHECK(with(19, 0x08) == TupleFault::flags);
  CHECK(with(16, 0) == TupleFault::transaction);
  CHECK(with(23, 1) == TupleFault::padding);
  CHECK(with(28, 0xff) == TupleFault::value_size);
  // Longer or shorter than its values.
  Bytes longer = sound;
  longer.push_back(0);
  CHECK(Walk(Shape(), longer, fields) == TupleFault::length);
  for (size_t size = 0; size < sound.size(); ++size)
    CHECK(Walk(Shape(), ByteView(sound).first(size), fields) != TupleFault::none);
}

TEST_CASE("every flipped byte gives a tuple of the same bytes or a fault, never a field outside of it") {
  const Bytes sound = TupleBuilder().Int(int32_t{42}).Text("abcdefgh").Null().Text("varchar").Int(uint8_t{1}).Build();
  std::vector<TupleField> fields;
  for (size_t at = 0; at < sound.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes flipped = sound;
      flipped[at] ^= static_cast<uint8_t>(1 << bit);
      if (Walk(Shape(), flipped, fields) != TupleFault::none) continue;
      for (const TupleField& field : fields) {
        if (field.bytes.empty()) continue;
        REQUIRE(field.bytes.data() >= flipped.data());
        REQUIRE(field.bytes.data() + field.bytes.size() <= flipped.data() + flipped.size());
        REQUIRE(flipped.data() + field.offset == field.bytes.data());
      }
    }
  }
}

TEST_CASE("a header is written as it was read") {
  const Bytes tuple = TupleBuilder().Int(int32_t{42}).Build();
  uint8_t again[kTupleHeaderSize];
  WriteTupleHeader(ReadTupleHeader(tuple), again);
  CHECK(Equal(again, ByteView(tuple).first(kTupleHeaderSize)));
}

}  // namespace
}  // namespace pulih

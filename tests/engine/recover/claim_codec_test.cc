#include <random>

#include <catch2/catch.hpp>

#include "engine/recover/claim_codec.h"
#include "tests/engine/recover/claim_specimens.h"

namespace pulih {
namespace {

// What is accepted encodes to what was given; nothing crashes.
template <typename Decode, typename Encode>
void Torture(const Bytes& good, const Decode& decode, const Encode& encode) {
  for (size_t n = 0; n < good.size(); ++n) CHECK_FALSE(decode(ByteView(good).first(n)).ok());
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    Bytes bad = good;
    for (int k = 0; k < 1 + i % 3; ++k) bad[random() % bad.size()] = static_cast<uint8_t>(random());
    const auto decoded = decode(bad);
    if (decoded.ok() && encode(*decoded) != bad) FAIL("accepted what it does not write");
  }
}

}  // namespace

TEST_CASE("a row claim comes back as it was, and nothing else does") {
  const RowClaim claim = SomeClaim();
  const Bytes bytes = EncodeRowClaim(claim);
  const auto again = DecodeRowClaim(bytes);
  REQUIRE(again.ok());
  CHECK(*again == claim);
  Torture(bytes, DecodeRowClaim, EncodeRowClaim);
}

TEST_CASE("a range note comes back as it was, and nothing else does") {
  const RangeNote note{{2, 1ull << 50, 8192}, RangeFate::damaged, "zeros where compressed data should be"};
  const Bytes bytes = EncodeRangeNote(note);
  const auto again = DecodeRangeNote(bytes);
  REQUIRE(again.ok());
  CHECK(again->range == note.range);
  CHECK(again->what == note.what);
  Torture(bytes, DecodeRangeNote, EncodeRangeNote);
}

TEST_CASE("a schema comes back as it was, and one that refers to nothing is refused") {
  const Schema schema = SomeSchema();
  const Bytes bytes = EncodeSchema(schema);
  const auto again = DecodeSchema(bytes);
  REQUIRE(again.ok());
  CHECK(again->types == schema.types);
  CHECK(again->tables == schema.tables);
  CHECK(again->enum_labels == schema.enum_labels);
  CHECK(again->enum_words == schema.enum_words);
  CHECK(again->rows[0].values == schema.rows[0].values);
  CHECK(again->encoding == "LATIN1");
  Torture(bytes, DecodeSchema, EncodeSchema);
  Schema loop = schema;
  loop.types[1].element = 1;
  CHECK_FALSE(DecodeSchema(EncodeSchema(loop)).ok());
  Schema wild = schema;
  wild.tables[0].keys[0].columns = {3};
  CHECK_FALSE(DecodeSchema(EncodeSchema(wild)).ok());
}

TEST_CASE("a field that is filled again is as new, and gives the memory of a long text back") {
  ClaimedField field;
  for (const size_t size : {size_t{1} << 20, size_t{100}}) {
    field.state = ClaimedField::State::partial;
    field.text.assign(size, 'x');
    field.unknown.push_back({0, 7});
    field.cut = true;
    field.Reset();
    CHECK(field == ClaimedField());
    CHECK(field.text.capacity() < size_t{1} << 17);
  }
}

TEST_CASE("counts that the bytes cannot hold take no memory") {
  Bytes bomb = {0, 0xff, 0xff, 0xff, 0xff, 0x0f};
  CHECK_FALSE(DecodeRowClaim(bomb).ok());
  CHECK_FALSE(DecodeSchema(Bytes{1, 0xff, 0xff, 0xff, 0xff, 0x0f}).ok());
}

}  // namespace pulih

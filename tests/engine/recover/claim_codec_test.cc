#include <random>

#include <catch2/catch.hpp>

#include "engine/recover/claim_codec.h"

namespace pulih {
namespace {

RowClaim SomeClaim() {
  RowClaim claim;
  claim.table = "public.paket";
  claim.candidates = {"public.a", "public.b"};
  using S = ClaimedField::State;
  claim.fields = {{S::value, "17", {}, false}, {S::null, "", {}, false}, {S::missing, "", {}, false},
                  {S::partial, std::string("jem\0\0tan", 8), {{3, 0}, {4, 77}}, true}};
  claim.grade = Grade::c;
  claim.standing = Standing::older;
  claim.moment = 1ull << 40;
  claim.bytes = {{0, 81920, 4096}, {3, 0, 1}};
  claim.path = "table data 3410 » row 17";
  return claim;
}

Schema SomeSchema() {
  Schema schema;
  schema.types = {{PgTypeKind::base, "pg_catalog", "int4", 23, 0, {}}, {PgTypeKind::array, "pg_catalog", "_int4", 1007, 0, {}},
                  {PgTypeKind::composite, "public", "pair", 0, 0, {{"a", 0}, {"b", 1}}}, {PgTypeKind::enumeration, "public", "stage", 0, 0, {}}};
  SchemaTable table;
  table.schema = "public", table.name = "paket";
  table.columns = {{"id", "integer", 0, -1, 4, 'i', true, false}, {"tahap", "stage", 3, -1, 4, 'i', false, false}, {"gone", "", 0, 9, -1, 'd', false, true}};
  table.keys = {{"pk", true, {0}}};
  table.references = {{{1}, "public", "other", {"id"}}};
  table.indexes = {{"paket_pkey", 16400, true, true, {0}}};
  table.filenode = 16399;
  table.has_oids = true;
  schema.tables = {table};
  schema.enum_labels = {{16500, "buka"}, {16502, "tutup"}};
  schema.enum_words = {{3, {"buka", "tutup"}}};
  schema.rows = {{0, {"1", std::nullopt}}};
  schema.encoding = "LATIN1";
  return schema;
}

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

TEST_CASE("counts that the bytes cannot hold take no memory") {
  Bytes bomb = {0, 0xff, 0xff, 0xff, 0xff, 0x0f};
  CHECK_FALSE(DecodeRowClaim(bomb).ok());
  CHECK_FALSE(DecodeSchema(Bytes{1, 0xff, 0xff, 0xff, 0xff, 0x0f}).ok());
}

}  // namespace pulih

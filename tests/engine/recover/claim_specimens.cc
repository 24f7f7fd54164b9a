#include "tests/engine/recover/claim_specimens.h"

#include "engine/recover/claim_codec.h"

namespace pulih {

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

Bytes ClaimSpecimen(std::mt19937_64& random) {
  RowClaim claim = SomeClaim();
  claim.fields.resize(random() % (claim.fields.size() + 1));
  claim.bytes.resize(random() % (claim.bytes.size() + 1));
  if (random() % 2 == 0) claim.candidates.clear();
  claim.grade = static_cast<Grade>('A' + random() % 6);
  claim.standing = static_cast<Standing>(random() % 4);
  claim.moment = random() >> (random() % 64);
  for (ClaimedField& field : claim.fields)
    if (field.state == ClaimedField::State::value) field.text = std::string(random() % 40, 'q');
  return EncodeRowClaim(claim);
}

Bytes SchemaSpecimen(std::mt19937_64& random) {
  Schema schema = SomeSchema();
  for (uint64_t more = random() % 4; more > 0; --more) {
    schema.tables.push_back(schema.tables.front());
    SchemaTable& table = schema.tables.back();
    table.name += std::to_string(more);
    if (random() % 2 == 0) table.indexes.clear();
    if (random() % 2 == 0) table.references.clear();
    table.filenode = static_cast<uint32_t>(random());
  }
  if (random() % 2 == 0) schema.enum_words.clear();
  return EncodeSchema(schema);
}

}  // namespace pulih

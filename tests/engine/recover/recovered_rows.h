// Claims, schemas and evidence by hand, for tests of what is made of them.
#pragma once

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/crypto/sha256.h"
#include "engine/recover/case.h"
#include "engine/recover/claim_store.h"
#include "engine/recover/evidence.h"
#include "engine/recover/run_marks.h"
#include "formats/postgres/value_text.h"
#include "tests/support/temporary_directory.h"

namespace pulih {

inline ClaimedField Known(std::string text) { return {ClaimedField::State::value, std::move(text), {}, false}; }
inline ClaimedField NullField() { return {ClaimedField::State::null, {}, {}, false}; }
inline ClaimedField Lost() { return {}; }
// '?' stands for a byte that is lost; `cut`: what follows is lost too.
inline ClaimedField PartOf(std::string text, bool cut = false) {
  ClaimedField field{ClaimedField::State::partial, {}, {}, cut};
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '?') field.unknown.push_back({static_cast<uint32_t>(i), 0}), text[i] = '\0';
  field.text = std::move(text);
  return field;
}

// public.paket (id integer key, nama text, nilai numeric, isi bytea), ekontrak.paket (a, b integer key, c text), public.catatan (t text, no key).
inline Schema OfficeSchema() {
  Schema schema;
  schema.types = {{PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}},
                  {PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}},
                  {PgTypeKind::base, "pg_catalog", "numeric", pg_oid::kNumeric, 0, {}},
                  {PgTypeKind::base, "pg_catalog", "bytea", pg_oid::kBytea, 0, {}}};
  const auto column = [](const char* name, TypeIndex type, bool not_null = false) {
    SchemaColumn one;
    one.name = name;
    one.type = type;
    one.not_null = not_null;
    return one;
  };
  SchemaTable paket, kontrak, catatan;
  paket.schema = "public", paket.name = "paket";
  paket.columns = {column("id", 0, true), column("nama", 1), column("nilai", 2), column("isi", 3)};
  paket.keys = {{"paket_pkey", true, {0}}};
  kontrak.schema = "ekontrak", kontrak.name = "paket";
  kontrak.columns = {column("a", 0, true), column("b", 0, true), column("c", 1)};
  kontrak.keys = {{"paket_pkey", true, {0, 1}}};
  catatan.schema = "public", catatan.name = "catatan";
  catatan.columns = {column("t", 1)};
  schema.tables = {paket, kontrak, catatan};
  return schema;
}

inline RowClaim RowOf(std::string table, std::vector<ClaimedField> fields, Grade grade = Grade::b, Standing standing = Standing::live) {
  RowClaim claim;
  claim.table = std::move(table);
  claim.fields = std::move(fields);
  claim.grade = grade;
  claim.standing = standing;
  claim.bytes = {{0, 100, 20}};
  claim.path = "table " + claim.table + " » row 1";
  return claim;
}
inline RowClaim Paket(const std::string& id, const std::string& name, Grade grade = Grade::b) {
  return RowOf("public.paket", {Known(id), Known(name), Known("1.50"), NullField()}, grade);
}

// A case in a folder of its own, with the office's schema.
struct SmallCase {
  SmallCase() {
    REQUIRE(InitialiseCrypto());
    auto made = Case::Create(folder / "case", {*files, *random, clock, "budi@lpse"});
    REQUIRE(made.ok());
    of = std::move(*made);
    REQUIRE(ClaimStore(of->kv()).PutSchema(schema).ok());
  }

  // One file of 1000 bytes; its number.
  uint32_t Add(const std::string& name, const std::string& captured = "", uint8_t source_class = 1) {
    Evidence evidence;
    evidence.id = Sha256Of(AsBytes(name));
    evidence.name = name;
    evidence.kind = FileKind::sql;
    evidence.files = 1;
    evidence.bytes = 1000;
    evidence.source_class = source_class;
    evidence.class_from = "given";
    evidence.captured = captured;
    EvidenceFile file{name, 1000, evidence.id, FileKind::sql};
    EvidenceOrigin origin;
    origin.path = "/srv/remains/" + name;
    origin.custodian = "Budi";
    bool is_new = false;
    const auto number = EvidenceRegister(of->kv()).Put(evidence, {file}, origin, &is_new);
    REQUIRE(number.ok());
    return *number;
  }
  void Claim(uint32_t unit, const std::vector<RowClaim>& rows, const std::vector<RangeNote>& ranges = {}, const std::vector<std::string>& remarks = {}) {
    UnitClaims claims(of->kv(), schema, unit);
    for (const RowClaim& row : rows) REQUIRE(claims.AddRow(row).ok());
    for (const RangeNote& range : ranges) REQUIRE(claims.AddRange(range).ok());
    for (const std::string& remark : remarks) REQUIRE(claims.AddRemark(remark).ok());
    REQUIRE(claims.Commit().ok());
  }

  TemporaryDirectory folder;
  std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  std::unique_ptr<RandomSource> random = NewSeededRandom(7);
  SystemClock clock;
  Schema schema = OfficeSchema();
  std::unique_ptr<Case> of;
};

}  // namespace pulih

#include "engine/recover/claim_store.h"

#include <catch2/catch.hpp>

#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

using Rows = std::vector<std::vector<StoredClaim>>;

Rows RowsOf(ClaimStore& store, const std::string& table) {
  Rows rows;
  REQUIRE(store.ScanRows(table, [](auto&) {}, [&](ByteView, std::vector<StoredClaim>& claims) -> Result<bool> {
    rows.push_back(claims);
    return true;
  }).ok());
  return rows;
}

void Add(OrderedKv& kv, uint32_t unit, const std::vector<RowClaim>& rows) {
  static const Schema schema = OfficeSchema();
  UnitClaims claims(kv, schema, unit);
  for (const RowClaim& row : rows) REQUIRE(claims.AddRow(row).ok());
  REQUIRE(claims.Commit().ok());
}

Bytes AllOf(OrderedKv& kv) {
  Bytes all;
  REQUIRE(kv.Scan({}, {}, [&](ByteView key, ByteView value) {
    Append(all, key);
    Append(all, value);
    return true;
  }).ok());
  return all;
}

}  // namespace

TEST_CASE("the claims of one row stand together, rows in the order of their keys") {
  const auto kv = NewMemoryKv();
  Add(*kv, 2, {Paket("10", "sepuluh"), Paket("9", "sembilan")});
  Add(*kv, 1, {Paket("-3", "minus"), Paket("9", "lama")});
  ClaimStore store(*kv);
  const Rows rows = RowsOf(store, "public.paket");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0][0].claim.fields[0].text == "-3");
  REQUIRE(rows[1].size() == 2);
  CHECK(rows[1][0].unit == 1);
  CHECK(rows[1][1].unit == 2);
  CHECK(rows[2][0].claim.fields[0].text == "10");
  CHECK(rows[1][1].claim == Paket("9", "sembilan"));
}

TEST_CASE("a row is found by its key, and no row that begins alike") {
  const auto kv = NewMemoryKv();
  Add(*kv, 1, {RowOf("ekontrak.paket", {Known("1"), Known("2"), Known("x")}), RowOf("ekontrak.paket", {Known("1"), Known("22"), Known("y")})});
  ClaimStore store(*kv);
  const auto key = ClaimKey(OfficeSchema(), RowOf("ekontrak.paket", {Known("1"), Known("2"), Lost()}));
  REQUIRE(key);
  const auto claims = store.Row("ekontrak.paket", *key, [](auto&) {});
  REQUIRE(claims.ok());
  REQUIRE(claims->size() == 1);
  CHECK((*claims)[0].claim.fields[2].text == "x");
}

TEST_CASE("numbers that are equal are one key, however they are written") {
  Schema schema = OfficeSchema();
  schema.tables[0].keys[0].columns = {2};
  CHECK(ClaimKey(schema, RowOf("public.paket", {Lost(), Lost(), Known("1.5"), Lost()})) == ClaimKey(schema, RowOf("public.paket", {Lost(), Lost(), Known("1.500"), Lost()})));
}

TEST_CASE("a key that is not what its type says is a key all the same, and not that of another row") {
  const Schema schema = OfficeSchema();
  const auto odd = ClaimKey(schema, RowOf("public.paket", {Known("12x"), Lost(), Lost(), Lost()}));
  REQUIRE(odd);
  CHECK(odd != ClaimKey(schema, Paket("12", "")));
}

TEST_CASE("a row whose key is lost in part or whole is kept apart, and not lost") {
  const auto kv = NewMemoryKv();
  Add(*kv, 1, {RowOf("public.paket", {Lost(), Known("x"), Lost(), Lost()}), RowOf("public.paket", {PartOf("1", true), Known("y"), Lost(), Lost()}),
               RowOf("ekontrak.paket", {Known("1"), Lost(), Known("z")}), RowOf("public.catatan", {PartOf("abc", true)})});
  ClaimStore store(*kv);
  CHECK(RowsOf(store, "public.paket").empty());
  size_t unkeyed = 0;
  for (const char* table : {"public.paket", "ekontrak.paket", "public.catatan"})
    REQUIRE(store.ScanUnkeyed(table, [&](StoredClaim&) -> Result<bool> { return ++unkeyed > 0; }).ok());
  CHECK(unkeyed == 4);
}

TEST_CASE("a row whose table is not known is kept with its candidates") {
  const auto kv = NewMemoryKv();
  RowClaim claim = RowOf("", {Known("1"), Known("x")});
  claim.candidates = {"ekontrak.paket", "public.paket"};
  Add(*kv, 3, {claim});
  ClaimStore store(*kv);
  std::vector<StoredClaim> found;
  REQUIRE(store.ScanUnassigned([&](StoredClaim& one) -> Result<bool> {
    found.push_back(one);
    return true;
  }).ok());
  REQUIRE(found.size() == 1);
  CHECK(found[0].claim == claim);
  CHECK(found[0].unit == 3);
  CHECK(store.Tables()->empty());
}

TEST_CASE("equal rows of a table without a key are one row with several claims") {
  const auto kv = NewMemoryKv();
  Add(*kv, 1, {RowOf("public.catatan", {Known("a")}), RowOf("public.catatan", {Known("b")})});
  Add(*kv, 2, {RowOf("public.catatan", {Known("a")}), RowOf("public.catatan", {NullField()}), RowOf("public.catatan", {Known("")})});
  ClaimStore store(*kv);
  CHECK(RowsOf(store, "public.catatan").size() == 4);
}

TEST_CASE("a unit that is taken back leaves nothing behind, and nothing of the others is touched") {
  const auto kv = NewMemoryKv();
  RowClaim unassigned = RowOf("", {Known("1")});
  Add(*kv, 1, {Paket("1", "satu"), unassigned});
  const Bytes before = AllOf(*kv);
  {
    const Schema schema = OfficeSchema();
    UnitClaims claims(*kv, schema, 2);
    for (int i = 0; i < 20000; ++i) REQUIRE(claims.AddRow(Paket(std::to_string(i), "x")).ok());
    REQUIRE(claims.AddRow(unassigned).ok());
    REQUIRE(claims.AddRow(RowOf("public.paket", {Lost(), Known("x"), Lost(), Lost()})).ok());
    REQUIRE(claims.AddRange({{0, 0, 10}, RangeFate::read, "x"}).ok());
    REQUIRE(claims.AddRemark("odd").ok());
    REQUIRE(claims.Commit().ok());
    CHECK(claims.rows() == 20002);
  }
  ClaimStore store(*kv);
  CHECK(RowsOf(store, "public.paket").size() == 20000);
  REQUIRE(store.RemoveUnit(2).ok());
  CHECK(AllOf(*kv) == before);
}

TEST_CASE("claims that fill several batches all come back in order, on disk too, and can all be taken back") {
  TemporaryDirectory folder;
  KvOptions options;
  options.filter_prefix_bytes = 34;
  const auto kv = std::move(OpenRocksKv(folder / "kv", options)).value();
  const Schema schema = OfficeSchema();
  const auto before = AllOf(*kv);
  UnitClaims claims(*kv, schema, 3);
  const std::string text(3000, 'x');
  for (int i = 15000; i > 0; --i) REQUIRE(claims.AddRow(Paket(std::to_string(i), text)).ok());
  REQUIRE(claims.AddRange({{0, 0, 10}, RangeFate::read, "script"}).ok());
  REQUIRE(claims.Commit().ok());
  ClaimStore store(*kv);
  CHECK(RowsOf(store, "public.paket").size() == 15000);
  REQUIRE(store.RemoveUnit(3).ok());
  CHECK(AllOf(*kv) == before);
}

TEST_CASE("tables are told apart, also when the name of one begins with the other's") {
  const auto kv = NewMemoryKv();
  Add(*kv, 1, {Paket("1", "satu"), RowOf("ekontrak.paket", {Known("1"), Known("2"), Known("x")})});
  const Schema schema;
  UnitClaims unknown(*kv, schema, 9);
  for (const char* name : {"public.paket2", "public.pak", "public.paket\x01"}) REQUIRE(unknown.AddRow(RowOf(name, {Known("1")})).ok());
  REQUIRE(unknown.Commit().ok());
  ClaimStore store(*kv);
  CHECK(*store.Tables() == std::vector<std::string>{"ekontrak.paket", "public.pak", "public.paket", "public.paket\x01", "public.paket2"});
  CHECK(RowsOf(store, "public.paket").size() == 1);
}

TEST_CASE("a table's name that would break keys is refused") {
  const auto kv = NewMemoryKv();
  const Schema schema;
  UnitClaims claims(*kv, schema, 1);
  CHECK(claims.AddRow(RowOf(std::string("public.a\0b", 10), {Known("1")})).code() == Code::invalid);
  CHECK(claims.AddRow(RowOf(std::string(600, 'x'), {Known("1")})).code() == Code::invalid);
}

TEST_CASE("ranges come back in the order they were told, and the other way round") {
  const auto kv = NewMemoryKv();
  const Schema schema;
  UnitClaims claims(*kv, schema, 7);
  for (uint64_t i = 0; i < 300; ++i) {
    REQUIRE(claims.AddRange({{0, i, 1}, RangeFate::read, "x"}).ok());
    REQUIRE(claims.AddRemark("between").ok());
  }
  REQUIRE(claims.Commit().ok());
  ClaimStore store(*kv);
  std::vector<uint64_t> forth, back;
  REQUIRE(store.Ranges(7, [&](const RangeNote& note) { return forth.push_back(note.range.offset), true; }).ok());
  REQUIRE(store.RangesFromLast(7, [&](const RangeNote& note) { return back.push_back(note.range.offset), true; }).ok());
  CHECK(forth.size() == 300);
  std::reverse(back.begin(), back.end());
  CHECK(forth == back);
  CHECK(store.Remarks(7)->size() == 300);
  CHECK(store.Remarks(6)->empty());
}

TEST_CASE("a schema comes back as it was put, whatever its size") {
  const auto kv = NewMemoryKv();
  ClaimStore store(*kv);
  CHECK_FALSE(store.ReadSchema()->has_value());
  Schema schema = OfficeSchema();
  for (int i = 0; i < 30000; ++i) {
    SchemaTable table = schema.tables[0];
    table.name = "tabel_" + std::to_string(i);
    schema.tables.push_back(table);
  }
  REQUIRE(store.PutSchema(schema).ok());
  REQUIRE(store.PutSchema(OfficeSchema()).ok());
  CHECK((*store.ReadSchema())->tables == OfficeSchema().tables);
  REQUIRE(store.PutSchema(schema).ok());
  CHECK((*store.ReadSchema())->tables == schema.tables);
}

}  // namespace pulih

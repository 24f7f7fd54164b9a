#include "engine/recover/relation_match.h"

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "formats/postgres/btree_page.h"
#include "formats/postgres/heap_page.h"
#include "formats/postgres/toast.h"
#include "tests/formats/postgres/page_maker.h"

namespace pulih {
namespace {

enum : TypeIndex { kInt4, kText, kVarchar, kNumeric };

Schema Types() {
  Schema schema;
  for (const auto& [name, oid] : {std::pair{"int4", pg_oid::kInt4}, {"text", pg_oid::kText}, {"varchar", pg_oid::kVarchar}, {"numeric", pg_oid::kNumeric}})
    schema.types.push_back({PgTypeKind::base, "pg_catalog", name, oid, 0, {}});
  return schema;
}

SchemaTable Table(const std::string& name, const std::vector<SchemaColumn>& columns) {
  SchemaTable table;
  table.schema = "public";
  table.name = name;
  table.columns = columns;
  table.keys.push_back({name + "_pkey", true, {0}});
  return table;
}

SchemaColumn Number(const std::string& name) { return {name, "integer", kInt4, -1, 4, 'i', true, false}; }
SchemaColumn Words(const std::string& name, int32_t limit = 0) {
  return {name, "", limit == 0 ? TypeIndex{kText} : TypeIndex{kVarchar}, limit == 0 ? -1 : limit + 4, -1, 'i', false, false};
}

// A heap tuple of integers and texts (numbers first tried).
Bytes HeapTuple(const std::vector<std::string>& values, uint16_t item, const std::optional<ToastPointer>& pointer = {}) {
  Bytes tuple(24);
  for (const std::string& value : values) {
    if (!value.empty() && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9'))) {
      tuple.resize(AlignUp(tuple.size(), 4) + 4);
      StoreLe<int32_t>(tuple.data() + tuple.size() - 4, std::stoi(value));
    } else {
      tuple.push_back(static_cast<uint8_t>((value.size() + 1) << 1 | 1));
      Append(tuple, AsBytes(value));
    }
  }
  TupleHeader header;
  header.infomask2 = static_cast<uint16_t>(values.size());
  header.infomask = tuple_bits::kXminCommitted | tuple_bits::kXmaxInvalid;
  if (values.size() > 1 || pointer) header.infomask |= tuple_bits::kHasVarWidth;
  if (pointer) {
    ++header.infomask2;
    header.infomask |= tuple_bits::kHasExternal;
    Append(tuple, Bytes{1, 18});
    const size_t at = tuple.size();
    tuple.resize(at + 16);
    StoreLe<uint32_t>(tuple.data() + at, pointer->raw_size);
    StoreLe<uint32_t>(tuple.data() + at + 4, pointer->stored_size);
    StoreLe<uint32_t>(tuple.data() + at + 8, pointer->value_id);
    StoreLe<uint32_t>(tuple.data() + at + 12, pointer->relation);
  }
  header.xmin = 700;
  header.ctid = {0, item};
  header.hoff = 24;
  WriteTupleHeader(header, tuple.data());
  return tuple;
}

Bytes Heap(const std::vector<std::vector<std::string>>& rows) {
  std::vector<Bytes> tuples;
  for (const auto& row : rows) tuples.push_back(HeapTuple(row, static_cast<uint16_t>(tuples.size() + 1)));
  return MakeRelation(tuples);
}

// A leaf over one integer column that points at items 1, 2, …
Bytes Index(const std::vector<int32_t>& keys) {
  PageMaker page(kBtreeSpecialSize);
  for (size_t i = 0; i < keys.size(); ++i) {
    Bytes tuple(16);
    StoreLe<uint16_t>(tuple.data() + 4, static_cast<uint16_t>(i + 1));
    StoreLe<uint16_t>(tuple.data() + 6, 16);
    StoreLe<int32_t>(tuple.data() + 8, keys[i]);
    page.Add(tuple);
  }
  StoreLe<uint16_t>(page.bytes().data() + kPageSize - 4, 1 | 2);
  return page.bytes();
}

Bytes ToastFile(const std::vector<uint32_t>& values) {
  std::vector<Bytes> tuples;
  for (const uint32_t value : values) {
    Bytes tuple = HeapTuple({"1", "2", "isi"}, static_cast<uint16_t>(tuples.size() + 1));
    StoreLe<uint32_t>(tuple.data() + 24, value);
    StoreLe<uint32_t>(tuple.data() + 28, 0);
    tuples.push_back(tuple);
  }
  return MakeRelation(tuples);
}

TEST_CASE("files are matched to tables by what fits, and in doubt to none") {
  Schema schema = Types();
  schema.tables.push_back(Table("propinsi", {Number("id"), Words("nama")}));
  schema.tables.push_back(Table("kota", {Number("id"), Number("prp"), Words("nama", 5)}));
  const Bytes provinces = Heap({{"1", "Aceh"}, {"2", "Bali"}, {"3", "Jambi"}});
  const Bytes towns = Heap({{"1", "1", "Banda"}, {"2", "2", "Kuta"}});
  std::vector<CatalogFile> files = {{"20001", provinces}, {"20002", towns}, {"20001_fsm", towns}, {"PG_VERSION", {}}};

  SECTION("one table fits each") {
    const RelationMatches matches = MatchRelations(files, {}, schema);
    CHECK(matches.matched == 2);
    CHECK(schema.tables[0].filenode == 20001);
    CHECK(schema.tables[1].filenode == 20002);
  }
  SECTION("two tables of one shape are candidates both") {
    schema.tables.push_back(Table("kategori", {Number("id"), Words("nama")}));
    const RelationMatches matches = MatchRelations(files, {}, schema);
    CHECK(schema.tables[0].filenode == 0);
    CHECK(matches.files.at(20001).candidates == std::vector<size_t>{0, 2});
  }
  SECTION("a length that a value exceeds tells two tables apart") {
    schema.tables.push_back(Table("kategori", {Number("id"), Words("nama", 4)}));
    MatchRelations(files, {}, schema);
    CHECK(schema.tables[0].filenode == 20001);
  }
  SECTION("rows that the script brings tell two tables apart") {
    schema.tables.push_back(Table("kategori", {Number("id"), Words("nama")}));
    schema.rows.push_back({2, {"1", "Aceh"}});
    schema.rows.push_back({2, {"2", "Bali"}});
    MatchRelations(files, {}, schema);
    CHECK(schema.tables[0].filenode == 0);
    CHECK(schema.tables[2].filenode == 20001);
  }
  SECTION("one table for which two files apply gets neither") {
    const Bytes copy = provinces;
    files.push_back({"20003", copy});
    MatchRelations(files, {}, schema);
    CHECK(schema.tables[0].filenode == 0);
    CHECK(schema.tables[1].filenode == 20002);
  }
  SECTION("a constraint that names the table decides, when the tuples agree") {
    schema.tables.push_back(Table("kategori", {Number("id"), Words("nama")}));
    PgCatalog known;
    known.constraints.push_back({"kategori_pkey", 'p', 20001, 20009, 0, {1}});
    known.constraints.push_back({"propinsi_pkey", 'p', 20002, 20008, 0, {1}});  // rewritten: another table's file now
    const RelationMatches matches = MatchRelations(files, known, schema);
    CHECK(schema.tables[2].filenode == 20001);
    CHECK(matches.files.at(20001).named);
    CHECK(schema.tables[0].filenode == 0);
    CHECK(schema.tables[1].filenode == 20002);
  }
  SECTION("an index goes to the table whose rows have its keys") {
    const Bytes index = Index({1, 2, 3}), other = Index({5, 6, 7});
    files.push_back({"20004", index});
    files.push_back({"20005", other});
    MatchRelations(files, {}, schema);
    REQUIRE(schema.tables[0].indexes.size() == 1);
    CHECK(schema.tables[0].indexes[0].filenode == 20004);
    CHECK(schema.tables[0].indexes[0].primary);
  }
}

TEST_CASE("a TOAST relation is found by the pointers to it") {
  Schema schema = Types();
  schema.tables.push_back(Table("berkas", {Number("id"), Words("isi")}));
  std::vector<Bytes> tuples;
  for (uint32_t i = 1; i <= 3; ++i) {
    ToastPointer pointer;
    pointer.raw_size = 5000;
    pointer.stored_size = 4996;
    pointer.value_id = 30000 + i;
    pointer.relation = 20010;
    tuples.push_back(HeapTuple({"1"}, static_cast<uint16_t>(i), pointer));
  }
  const Bytes heap = MakeRelation(tuples), right = ToastFile({30001, 30002, 30003}), wrong = ToastFile({40001, 40002});
  const std::string name = GENERATE(as<std::string>(), "20010", "20077");  // its own number, or rewritten
  const std::vector<CatalogFile> files = {{"20001", heap}, {name, right}, {"20050", wrong}};
  const RelationMatches matches = MatchRelations(files, {}, schema);
  CHECK(schema.tables[0].filenode == 20001);
  CHECK(schema.tables[0].toast_oid == 20010);
  CHECK(schema.tables[0].toast_filenode == std::stoul(name));
  CHECK(matches.files.at(20050).kind == RelationGuess::Kind::toast);
  CHECK(matches.files.at(20050).candidates.empty());
}

TEST_CASE("a file whose pages begin elsewhere, or whose halves are shuffled, is still of its table") {
  Schema schema = Types();
  schema.tables.push_back(Table("propinsi", {Number("id"), Words("nama")}));
  schema.tables.push_back(Table("kota", {Number("id"), Number("prp"), Words("nama")}));
  std::vector<Bytes> tuples;
  for (int i = 1; i <= 3000; ++i)
    tuples.push_back(HeapTuple({std::to_string(i), std::to_string(i * 7 % 34), std::string(static_cast<size_t>(5 + i * 31 % 60), 'k')}, 1));
  const Bytes whole = MakeRelation(tuples);
  Bytes file;
  SECTION("as it is") { file = whole; }
  SECTION("half a page is lost at its front") { file = ToBytes(ByteView(whole).subspan(4096)); }
  SECTION("a sector is put in between") {
    file = ToBytes(ByteView(whole).first(kPageSize));
    file.resize(file.size() + 512);
    Append(file, ByteView(whole).subspan(kPageSize));
  }
  SECTION("shuffled") {
    const size_t halves = whole.size() / 4096;
    for (size_t i = 0; i < halves; ++i) Append(file, ByteView(whole).subspan((i * 17 + 5) % halves * 4096, 4096));
    REQUIRE(halves % 17 != 0);
  }
  MatchRelations({{"20001", file}}, {}, schema);
  CHECK(schema.tables[0].filenode == 0);
  CHECK(schema.tables[1].filenode == 20001);
}

TEST_CASE("bytes that are nothing match nothing") {
  Schema schema = Types();
  schema.tables.push_back(Table("propinsi", {Number("id"), Words("nama")}));
  const Bytes noise(kPageSize * 2, 0x5a), zeros(kPageSize), piece(100, 7);
  const RelationMatches matches = MatchRelations({{"20001", noise}, {"20002", zeros}, {"20003", piece}, {"20004", {}}}, {}, schema);
  CHECK(matches.matched == 0);
  CHECK(matches.files.at(20004).kind == RelationGuess::Kind::empty);
}

}  // namespace
}  // namespace pulih

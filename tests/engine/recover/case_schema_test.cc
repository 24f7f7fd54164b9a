#include "engine/recover/case_schema.h"

#include <catch2/catch.hpp>

#include "formats/postgres/ddl.h"

namespace pulih {
namespace {

const SchemaTable& Only(const Schema& schema, const std::string& name) {
  const SchemaTable* table = schema.Find("public", name);
  REQUIRE(table != nullptr);
  return *table;
}

// What a script tells that has rows and no DDL.
Schema NamesOnly(const Schema& of) {
  Schema names = of;
  for (SchemaTable& table : names.tables) {
    table.keys.clear();
    table.references.clear();
    for (SchemaColumn& column : table.columns) column.type_text.clear(), column.type = 0, column.not_null = false;
  }
  return names;
}

}  // namespace

TEST_CASE("a unit that knows only the names of columns is read with the types of the case") {
  const Schema given = ReadDdl("CREATE TABLE public.jadwal (dtj_id numeric(19) PRIMARY KEY, dtj_tglawal timestamp, dtj_keterangan text);");
  const Schema script = NamesOnly(given);
  const Schema of_case = MergeSchemas(given, {&script});
  CHECK(Only(of_case, "jadwal").columns[1].type_text == Only(given, "jadwal").columns[1].type_text);
  const Schema of_unit = SchemaOfUnit(of_case, script);
  CHECK(Only(of_unit, "jadwal").columns[1].type_text == Only(given, "jadwal").columns[1].type_text);
  CHECK(Only(of_unit, "jadwal").keys.size() == 1);
}

TEST_CASE("of two tellings of a table with as many columns the one with types counts, whichever came first") {
  const Schema typed = ReadDdl("CREATE TABLE public.paket (pkt_id numeric(19) PRIMARY KEY, pkt_nama varchar(400));");
  const Schema script = NamesOnly(typed);
  for (const auto& order : {std::vector<const Schema*>{&script, &typed}, std::vector<const Schema*>{&typed, &script}}) {
    const Schema merged = MergeSchemas(Schema(), order);
    CHECK(Only(merged, "paket").columns[1].type_text == Only(typed, "paket").columns[1].type_text);
  }
}

}  // namespace pulih

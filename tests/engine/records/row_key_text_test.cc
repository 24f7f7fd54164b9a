#include "engine/records/row_key_text.h"

#include <catch2/catch.hpp>

#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

TableDescriptor Table() {
  TableDescriptor table;
  table.name = "t";
  table.types = {{PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}}, {PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}}};
  table.columns = {{"nama", 1, "text", true, 0, false}, {"id", 0, "integer", true, 0, false}, {"lain", 1, "text", false, 0, false}};
  table.key = {1, 0};
  return table;
}

}  // namespace

TEST_CASE("one key can be written in several ways") {
  const TableDescriptor table = Table();
  const auto key = KeyOfWords(table, "7,jalan");
  REQUIRE(key.ok());
  for (const char* words : {"7,\"jalan\"", "id=7,nama=jalan", "nama=jalan,id=7", "nama=\"jalan\",id=7", "\"7\",jalan"}) {
    INFO(words);
    CHECK(KeyOfWords(table, words).value() == *key);
  }
  CHECK(KeyOfWords(table, "7,Jalan").value() != *key);
  CHECK(KeyOfWords(table, "7,\"a,\"\"b\"\"\"").ok());
  CHECK(KeyOfWords(table, "7,x=y").ok());  // no column of the key is called x
}

TEST_CASE("words that name no key say why") {
  const TableDescriptor table = Table();
  for (const char* words : {"", "7", "7,a,b", "x,jalan", "id=7,id=8", "7,nama=jalan,", "7,\"open", "id=7,jalan", "#00"}) {
    const auto key = KeyOfWords(table, words);
    INFO(words);
    CHECK(key.status().code() == Code::invalid);
    CHECK(key.status().hint().find("id, nama") != std::string::npos);
  }
  TableDescriptor keyless = Table();
  keyless.key.clear();
  CHECK(KeyOfWords(keyless, "#" + std::string(64, 'a')).ok());
  CHECK(KeyOfWords(keyless, "7").status().code() == Code::invalid);
}

TEST_CASE("values joined are read as the same key") {
  const TableDescriptor table = Table();
  for (const char* text : {"jalan", "a,b", "say \"hi\"", "", "x=y", "id=3", "#1", "two\nlines", " "}) {
    Bytes wanted;
    const auto key = KeyOfWords(table, JoinKeyWords({"7", text}));
    INFO(text << " as " << JoinKeyWords({"7", text}));
    REQUIRE(key.ok());
    const auto named = KeyOfWords(table, "id=7,nama=" + JoinKeyWords({text}));
    CHECK(named.value() == *key);
  }
}

TEST_CASE("a key is sought in the encoding of its database") {
  TableDescriptor table = Table();
  table.encoding = "LATIN1";
  TableDescriptor utf8 = Table();
  CHECK(KeyOfWords(table, "7,cl\xC3\xA9").value() == KeyOfWords(utf8, "7,cl\xE9").value());
  CHECK(KeyOfWords(table, "7,\xE6\x97\xA5").status().code() == Code::invalid);  // no such character there
}

TEST_CASE("a key of a type that is not understood is given as it is shown") {
  TableDescriptor table = Table();
  table.types[1] = {PgTypeKind::base, "public", "citext", 0, 0, {}};
  const auto key = KeyOfWords(table, "7,\\x6a616c616e");
  REQUIRE(key.ok());
  CHECK(*key == KeyOfWords(Table(), "7,jalan").value());
  CHECK(KeyOfWords(table, "7,jalan").status().code() == Code::invalid);
}

}  // namespace pulih

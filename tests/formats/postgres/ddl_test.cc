#include "formats/postgres/ddl.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "formats/postgres/builtin_types.h"
#include "formats/postgres/sql_script.h"
#include "formats/postgres/text_form.h"

namespace pulih {
namespace {

const SchemaTable& Table(const Schema& schema, std::string_view name) {
  const SchemaTable* table = schema.Find("public", name);
  REQUIRE(table != nullptr);
  return *table;
}
std::string TypeOf(const std::string& words) {
  const Schema schema = ReadDdl("CREATE TABLE t (a " + words + ");");
  return Table(schema, "t").columns.at(0).type_text;
}

}  // namespace

TEST_CASE("types are said as format_type says them") {
  CHECK(TypeOf("int") == "integer");
  CHECK(TypeOf("bigserial PRIMARY KEY") == "bigint");
  CHECK(TypeOf("decimal(20, 2)") == "numeric(20,2)");
  CHECK(TypeOf("numeric(4)") == "numeric(4,0)");
  CHECK(TypeOf("varchar(120)") == "character varying(120)");
  CHECK(TypeOf("national character varying (7)") == "character varying(7)");
  CHECK(TypeOf("char") == "character(1)");
  CHECK(TypeOf("bpchar(2)") == "character(2)");
  CHECK(TypeOf("\"char\"") == "\"char\"");
  CHECK(TypeOf("timestamp(3) with time zone") == "timestamp(3) with time zone");
  CHECK(TypeOf("timestamp") == "timestamp without time zone");
  CHECK(TypeOf("time without time zone") == "time without time zone");
  CHECK(TypeOf("double precision") == "double precision");
  CHECK(TypeOf("float(3)") == "real");
  CHECK(TypeOf("bit varying(9)") == "bit varying(9)");
  CHECK(TypeOf("interval day to second(3)") == "interval");
  CHECK(TypeOf("pg_catalog.int4[][]") == "integer[]");
  CHECK(TypeOf("text ARRAY[4]") == "text[]");
  CHECK(TypeOf("public.geometry(Point,4326)") == "public.geometry");
}

TEST_CASE("what a script makes is known by its form on a page") {
  const Schema schema = ReadDdl(
      "CREATE TYPE mood AS ENUM ('sad', 'it''s ok');\n"
      "CREATE DOMAIN posint AS bigint NOT NULL CHECK (VALUE > 0);\n"
      "CREATE TYPE pair AS (a integer, b text);\n"
      "CREATE TYPE span AS RANGE (subtype = double precision, collation = \"C\");\n"
      "CREATE TABLE t (m mood DEFAULT 'sad'::mood NOT NULL, p posint, q pair, s span, b boolean, n name);");
  const auto& columns = Table(schema, "t").columns;
  REQUIRE(columns.size() == 6);
  CHECK(columns[0].not_null);
  CHECK((columns[0].length == 4 && columns[0].align == 'i'));
  CHECK(columns[0].type_text == "public.mood");
  CHECK(schema.enum_words.at(columns[0].type) == std::vector<std::string>{"sad", "it's ok"});
  CHECK(columns[1].not_null);
  CHECK((columns[1].length == 8 && columns[1].align == 'd'));
  CHECK((columns[2].length == -1 && columns[2].align == 'd'));
  CHECK((columns[3].length == -1 && columns[3].align == 'd'));
  CHECK((columns[4].length == 1 && columns[4].align == 'c'));
  CHECK((columns[5].length == 64 && columns[5].align == 'c'));
  for (size_t i = 0; i < schema.types.size(); ++i) CHECK((schema.types[i].element < i || schema.types[i].element == 0));
}

TEST_CASE("keys come from columns, constraints, ALTER TABLE and unique indexes") {
  const Schema schema = ReadDdl(
      "CREATE TABLE a (x int PRIMARY KEY, y int UNIQUE, z text NOT NULL);\n"
      "CREATE TABLE b (x int REFERENCES a, y int DEFAULT nextval('s'::regclass) NOT NULL,\n"
      "  CONSTRAINT \"b key\" PRIMARY KEY (y, x), CHECK (x > 0), FOREIGN KEY (y) REFERENCES a (y) ON DELETE CASCADE);\n"
      "CREATE TABLE c (x int, y int, z int);\n"
      "ALTER TABLE ONLY c\n    ADD CONSTRAINT c_pkey PRIMARY KEY (x);\n"
      "ALTER TABLE ONLY public.c ADD CONSTRAINT c_a FOREIGN KEY (y) REFERENCES public.a(x), ALTER COLUMN z SET NOT NULL;\n"
      "CREATE UNIQUE INDEX c_y ON public.c USING btree (y DESC NULLS LAST, z);\n"
      "CREATE UNIQUE INDEX c_part ON public.c USING btree (z) WHERE (z > 0);\n"
      "CREATE UNIQUE INDEX c_expr ON public.c USING btree (lower(y));\n");
  CHECK(Table(schema, "a").keys.size() == 2);
  CHECK(Table(schema, "a").primary_key()->columns == std::vector<uint32_t>{0});
  CHECK(Table(schema, "a").columns[0].not_null);
  const SchemaTable& b = Table(schema, "b");
  CHECK(b.primary_key()->name == "b key");
  CHECK(b.primary_key()->columns == std::vector<uint32_t>{1, 0});
  REQUIRE(b.references.size() == 2);
  CHECK(b.references[1].ref_columns == std::vector<std::string>{"y"});
  const SchemaTable& c = Table(schema, "c");
  REQUIRE(c.keys.size() == 2);
  CHECK(c.keys[1].columns == std::vector<uint32_t>{1, 2});
  CHECK(c.references.size() == 1);
  CHECK(c.columns[2].not_null);
}

TEST_CASE("rows of INSERT are kept as PostgreSQL would write them") {
  const Schema schema = ReadDdl(
      "CREATE TABLE k (id numeric(2) PRIMARY KEY, nama varchar(60), n numeric(5,2), b boolean, c bpchar(3), w timestamp);\n"
      "INSERT INTO k VALUES (0,'Pengadaan; Barang''s',1,true,'x','2014-1-5 8:00'),(-1,NULL,1.25::numeric(5,2),false,'abc',NULL);\n"
      "INSERT INTO k VALUES (3, lower('X'), 1, true, 'x', now());\n"
      "INSERT INTO k (id) VALUES (4);\n");
  REQUIRE(schema.rows.size() == 2);
  CHECK(schema.rows[0].values[1] == "Pengadaan; Barang's");
  CHECK(schema.rows[0].values[2] == "1.00");
  CHECK(schema.rows[0].values[3] == "t");
  CHECK(schema.rows[0].values[4] == "x  ");
  CHECK(schema.rows[1].values[0] == "-1");
  CHECK_FALSE(schema.rows[1].values[1].has_value());
  CHECK(schema.rows[1].values[2] == "1.25");
}

TEST_CASE("names, quotes, comments and what is not understood do not disturb") {
  const Schema schema = ReadDdl(
      "\\restrict abc\n-- a comment; with a semicolon\n/* CREATE TABLE no (a int); /* nested */ */\n"
      "SELECT pg_catalog.set_config('search_path', '', false);\n"
      "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT 'CREATE TABLE no (a int);' $_$;\n"
      "CREATE FUNCTION g() RETURNS text AS E'it\\'s; CREATE TABLE no (a int);' LANGUAGE sql;\n"
      "CREATE VIEW v AS SELECT 1;\nGRANT ALL ON TABLE x TO y;\n"
      "CREATE UNLOGGED TABLE \"Odd \"\"Schema\".\"Table;\" (\"Key\" int, \"primary\" text COLLATE \"C\", LIKE other);\n"
      "COPY public.x (a) FROM stdin;\nCREATE TABLE no (a int);\n\\.\n"
      "SET search_path = ekontrak, pg_catalog;\nCREATE TABLE late (a int)\nWITH (oids = true);\n"
      "CREATE TABLE broken (a int, , b\n;;\nCREATE TABLE last (a int)");
  CHECK(schema.Find("public", "no") == nullptr);
  REQUIRE(schema.Find("Odd \"Schema", "Table;") != nullptr);
  CHECK(schema.Find("Odd \"Schema", "Table;")->columns.size() == 2);
  REQUIRE(schema.Find("ekontrak", "late") != nullptr);
  CHECK(schema.Find("ekontrak", "late")->has_oids);
}

TEST_CASE("DDL cut anywhere is read as far as it goes") {
  const std::string text =
      "CREATE TYPE m AS ENUM ('a', 'b');CREATE TABLE t (a m[] NOT NULL, b numeric(3,1) DEFAULT (1+(2)), PRIMARY KEY (b));"
      "ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (a) REFERENCES u(b);INSERT INTO t VALUES ('x', -1::int);"
      "CREATE DOMAIN d AS text NOT NULL;CREATE UNIQUE INDEX i ON t USING btree (a);SET search_path = $$x$$;";
  for (size_t size = 0; size <= text.size(); ++size) {
    const Schema schema = ReadDdl(text.substr(0, size));
    REQUIRE(schema.tables.size() <= 1);
  }
}

TEST_CASE("two schemas are put together without losing either's types") {
  Schema to = ReadDdl("CREATE TABLE a (x int);");
  const Schema more = ReadDdl("CREATE TYPE m AS ENUM ('q'); CREATE TABLE a (x int PRIMARY KEY); CREATE TABLE b (m m[], x int);");
  AddSchema(to, more);
  REQUIRE(to.tables.size() == 2);
  CHECK(to.tables[0].primary_key() != nullptr);
  const SchemaColumn& m = to.tables[1].columns[0];
  CHECK(TypeText(to.types, m.type, -1) == "public.m[]");
  CHECK(to.enum_words.at(to.types[m.type].element) == std::vector<std::string>{"q"});
  CHECK(to.types[to.tables[1].columns[1].type].oid == pg_oid::kInt4);
}

TEST_CASE("text fits a column only as PostgreSQL writes it") {
  const Schema schema = ReadDdl(
      "CREATE TABLE t (n numeric(5,2), i smallint, v varchar(3), c char(2), d date, w timestamp(3), z timestamptz, b boolean, "
      "u uuid, y bytea, a int[], f float8);");
  const auto fits = [&](size_t i, std::string_view text) { return IsColumnText(schema, schema.tables[0].columns[i], text); };
  CHECK((fits(0, "999.99") && fits(0, "-0.10") && fits(0, "0.00") && fits(0, "NaN")));
  CHECK_FALSE((fits(0, "1000.00") || fits(0, "1.5") || fits(0, "01.00") || fits(0, "-0.00") || fits(0, "") || fits(0, "1.00 ")));
  CHECK((fits(1, "-32768") && !fits(1, "32768") && !fits(1, "-0") && !fits(1, "007")));
  CHECK((fits(2, "äöü") && !fits(2, "abcd") && fits(2, "")));
  CHECK((fits(3, "a ") && !fits(3, "a")));
  CHECK((fits(4, "2012-02-29") && !fits(4, "2014-02-29") && fits(4, "0044-03-15 BC") && fits(4, "infinity")));
  CHECK((fits(5, "2014-01-31 23:59:59.25") && !fits(5, "2014-01-31 23:59:59.2500") && !fits(5, "2014-01-31")));
  CHECK((fits(6, "2014-01-31 23:59:59+07") && !fits(6, "2014-01-31 23:59:59")));
  CHECK((fits(7, "t") && !fits(7, "true")));
  CHECK((fits(8, "6b86b273-0000-4f1d-8000-000000000000") && !fits(8, "6B86b273-0000-4f1d-8000-000000000000")));
  CHECK((fits(9, "\\x00ff") && !fits(9, "\\x0") && fits(9, "a\\000b") && !fits(9, "a\\9")));
  CHECK((fits(10, "{1,2}") && fits(10, "[0:1]={1,2}") && !fits(10, "{1,2") && !fits(10, "{\"}")));
  CHECK((fits(11, "1.5e-07") && fits(11, "-Infinity") && !fits(11, "x")));
}

TEST_CASE("the procurement schema of the test kit has its 37 tables with their keys") {
  const std::string path = PULIH_SPSE_SCHEMA;
  if (!std::filesystem::exists(path)) {
    WARN("skipped: no " + path);
    return;
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const Schema schema = ReadDdl(text.str());
  CHECK(schema.tables.size() == 37);
  for (const SchemaTable& table : schema.tables) {
    CAPTURE(table.name);
    CHECK(table.primary_key() != nullptr);
    for (const SchemaColumn& column : table.columns) CHECK_FALSE(column.type_text.empty());
  }
  CHECK(schema.rows.size() == 50);
  const SchemaTable& rekanan = Table(schema, "rekanan");
  CHECK(rekanan.columns.size() == 20);
  CHECK(rekanan.references.size() == 2);
  CHECK(schema.Find("ekontrak", "nonlelang_seleksi") != nullptr);
}

}  // namespace pulih

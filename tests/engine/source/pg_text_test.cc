#include <catch2/catch.hpp>

#include "engine/source/copy_crew.h"
#include "engine/source/pg_client.h"
#include "engine/source/pg_row.h"
#include "engine/source/schema_dump.h"

namespace pulih {

TEST_CASE("names stand in double quotes, whatever they are") {
  CHECK(SqlName("paket") == "\"paket\"");
  CHECK(SqlName("a\"b") == "\"a\"\"b\"");
  CHECK(SqlName("\"; DROP TABLE x; --") == "\"\"\"; DROP TABLE x; --\"");
  CHECK(SqlName("") == "\"\"");
}

TEST_CASE("literals keep every byte of a text") {
  CHECK(SqlLiteral("it's") == "'it''s'");
  CHECK(SqlLiteral("a\\'b") == "E'a\\\\''b'");
  CHECK(SqlLiteral("") == "''");
}

TEST_CASE("a table is copied in the order of its columns, its own rows only") {
  CatalogTable table;
  table.table.schema = "public";
  table.table.name = "a\"b";
  CHECK(CopyStatement(table) == "COPY \"public\".\"a\"\"b\" TO STDOUT (FORMAT binary)");
  table.table.columns.resize(2);
  table.table.columns[0].name = "x";
  table.table.columns[1].name = "y z";
  CHECK(CopyStatement(table) == "COPY \"public\".\"a\"\"b\" (\"x\", \"y z\") TO STDOUT (FORMAT binary)");
  table.has_generated = true;
  CHECK(CopyStatement(table) ==
        "COPY (SELECT \"x\", \"y z\" FROM ONLY \"public\".\"a\"\"b\" ) TO STDOUT (FORMAT binary)");
  table.condition = "WHERE x > 5";
  CHECK(CopyStatement(table) ==
        "COPY (SELECT \"x\", \"y z\" FROM ONLY \"public\".\"a\"\"b\" WHERE x > 5) TO STDOUT (FORMAT binary)");
}

TEST_CASE("lines of DDL that differ from run to run are left out, and no others") {
  const std::string ddl =
      "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n-- Dumped from database version 15.1\n-- Dumped by "
      "pg_dump version 15.2\n\n"
      "-- Started on 2014-09-27\nSET statement_timeout = 0;\n-- Dumped from memory\n\\restrict in a body\n\\unrestrict "
      "other\n\n\\unrestrict abc\n\n";
  CHECK(WithoutPassingLines(ddl) ==
        "--\n-- PostgreSQL database dump\n--\n\n\n\nSET statement_timeout = 0;\n-- Dumped from memory\n\\restrict in a "
        "body\n\\unrestrict other\n\n\n");
  CHECK(WithoutPassingLines("").empty());
  CHECK(WithoutPassingLines("SET x") == "SET x");
}

TEST_CASE("cells that a server leaves out or fills with nonsense read as nothing") {
  const std::vector<PgText> cells = {std::string("t"), std::nullopt, std::string("{1,-2,3}"), std::string("12x"),
                                     std::string("{,,a}")};
  const PgRow row(cells);
  CHECK(row.Flag(0));
  CHECK_FALSE(row.Flag(1));
  CHECK(row.IsNull(99));
  CHECK(row.Text(99).empty());
  CHECK(row.Letter(1) == '\0');
  CHECK(row.Numbers(2) == std::vector<int>{1, -2, 3});
  CHECK(row.Int64(3) == 12);
  CHECK(row.Numbers(4).empty());
  CHECK(row.Oid(0) == 0);
}

}  // namespace pulih

#include "tests/formats/postgres/dump_specimens.h"

#include "formats/postgres/copy_text.h"
#include "tests/formats/postgres/dump_builder.h"

namespace pulih {

namespace {

// A few of the rows.
void Shorten(BuiltTable& table, size_t rows) {
  size_t at = 0;
  while (rows-- > 0 && at < table.rows.size()) at = table.rows.find('\n', at) + 1;
  table.rows.resize(at);
}

}  // namespace

Bytes DumpArchiveSpecimen(std::mt19937_64& random) {
  BuiltArchive what;
  what.minor = static_cast<uint8_t>(10 + random() % 8);
  what.format = random() % 4 == 0 ? 3 : 1;
  what.compressed = random() % 2 == 0;
  what.offsets = random() % 2 == 0;
  what.objects = random() % 2 == 0;
  what.tables = SpecimenTables();
  for (BuiltTable& table : what.tables) Shorten(table, random() % 120);
  return BuildArchive(what);
}

Bytes SqlScriptSpecimen(std::mt19937_64& random) {
  static constexpr std::string_view kParts[] = {
      "SET standard_conforming_strings = off;\n",
      "SET search_path = ekontrak, pg_catalog;\n",
      "CREATE TYPE mood AS ENUM ('sad', 'ok');\n",
      "CREATE DOMAIN pos AS bigint NOT NULL CHECK (VALUE > 0);\n",
      "CREATE TABLE t (\n    a integer DEFAULT nextval('s'::regclass) NOT NULL,\n    b numeric(5,2)[] -- note\n);\n",
      "ALTER TABLE ONLY t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a);\n",
      "CREATE UNIQUE INDEX i ON t USING btree (a, b) WHERE (a > 0);\n",
      "CREATE FUNCTION f() RETURNS text AS $_$ select ';' $_$ LANGUAGE sql;\n",
      "INSERT INTO t (a, b) VALUES (1, '{1.00}'), (-2, NULL), (3, E'x\\'y');\n",
      "COPY t (a, b) FROM stdin;\n1\t\\N\n2\t{1.50}\n\\.\n",
      "/* a /* nested */ comment */ SELECT 1;\n",
      "COMMENT ON TABLE t IS 'it''s; \"quoted\"';\n",
  };
  Bytes out = ToBytes(kParts[4]);  // a table at least
  for (size_t n = random() % 12; n > 0; --n) Append(out, AsBytes(kParts[random() % std::size(kParts)]));
  return out;
}

Bytes CopyLineSpecimen(std::mt19937_64& random) {
  std::string line;
  for (size_t fields = 1 + random() % 8; fields > 0; --fields) {
    std::string value;
    for (size_t n = random() % 12; n > 0; --n) value += "aZ0 \t\n\\\r\b\x7f"[random() % 10];
    if (random() % 5 == 0) line += "\\N";
    else AppendCopyField(value, line);
    if (fields > 1) line += '\t';
  }
  return ToBytes(line);
}

}  // namespace pulih

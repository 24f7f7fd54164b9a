// Scripts of SQL: read to the end, whatever they are; types lead only to types before them, keys to columns that exist,
// and rows have as many values as their table has columns.
#include "formats/postgres/builtin_types.h"
#include "formats/postgres/sql_script.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const Schema schema = ReadDdl(AsText({data, size}));
  for (TypeIndex i = 0; i < schema.types.size(); ++i) {
    if (schema.types[i].element > i || (schema.types[i].element == i && i != 0)) std::abort();
    for (const PgTypeField& field : schema.types[i].fields)
      if (field.type >= i) std::abort();
    TypeText(schema.types, i, 7);
  }
  for (const SchemaTable& table : schema.tables) {
    for (const SchemaColumn& column : table.columns)
      if (column.type >= schema.types.size()) std::abort();
    for (const SchemaKey& key : table.keys)
      for (const uint32_t column : key.columns)
        if (column >= table.columns.size()) std::abort();
    for (const SchemaReference& reference : table.references)
      for (const uint32_t column : reference.columns)
        if (column >= table.columns.size()) std::abort();
  }
  for (const SchemaRow& row : schema.rows)
    if (row.table >= schema.tables.size()) std::abort();
  Schema sum;
  AddSchema(sum, schema);
  if (sum.tables.size() > schema.tables.size()) std::abort();
  if (!schema.tables.empty()) ++accepted_inputs;
  return 0;
}

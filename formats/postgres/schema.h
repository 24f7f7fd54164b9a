// A Schema is what recovery knows of a database's shape: types, tables with the physical form of their columns, keys
// and foreign keys. It comes from DDL text (ddl.h), from the catalog's own pages (catalog.h), or from both.
//
// It is *not* the descriptor of a captured table (formats/repo/table.h): a schema may be incomplete, and says how a
// value lies on a page, which a descriptor need not know. Values; no I/O.
// Source of attlen and attalign: src/include/catalog/pg_type.dat.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/postgres/type.h"

namespace pulih {

struct SchemaColumn {
  std::string name;
  std::string type_text;     // as format_type() says it: "numeric(20,2)"; empty when not known
  TypeIndex type = 0;        // in Schema::types
  int32_t modifier = -1;     // pg_attribute.atttypmod: for numeric ((precision << 16) | scale) + 4, for (var)char length + 4
  int16_t length = -1;       // attlen: bytes, -1 varlena, -2 zero-terminated
  char align = 'i';          // attalign: c 1, s 2, i 4, d 8
  bool not_null = false;
  bool dropped = false;      // still on the page, no longer of the table; such a column has no value in a row
  bool operator==(const SchemaColumn&) const = default;
};

struct SchemaKey {           // a primary key or a unique constraint
  std::string name;
  bool primary = false;
  std::vector<uint32_t> columns;  // places in SchemaTable::columns, in key order
  bool operator==(const SchemaKey&) const = default;
};

struct SchemaReference {     // a foreign key
  std::vector<uint32_t> columns;
  std::string schema, table;
  std::vector<std::string> ref_columns;  // empty: the primary key
  bool operator==(const SchemaReference&) const = default;
};

struct SchemaIndex {         // where the catalog told it
  std::string name;
  uint32_t filenode = 0;
  bool unique = false, primary = false;
  std::vector<uint32_t> columns;  // empty: on expressions
  bool operator==(const SchemaIndex&) const = default;
};

struct SchemaTable {
  std::string schema, name;  // "public", "paket"
  std::vector<SchemaColumn> columns;  // in the order of attnum, dropped ones included
  std::vector<SchemaKey> keys;
  std::vector<SchemaReference> references;
  std::vector<SchemaIndex> indexes;
  // Of the catalog; 0 where it did not tell.
  uint32_t oid = 0, filenode = 0, toast_oid = 0, toast_filenode = 0;
  bool has_oids = false;     // WITH OIDS, until PostgreSQL 11
  bool operator==(const SchemaTable&) const = default;

  const SchemaKey* primary_key() const {
    for (const SchemaKey& key : keys)
      if (key.primary) return &key;
    return nullptr;
  }
};

// Rows that the DDL itself brings (INSERT of a script): they tell tables of one shape apart.
struct SchemaRow {
  size_t table = 0;
  std::vector<std::optional<std::string>> values;  // in the order of the columns
};

struct Schema {
  TypeList types;
  std::vector<SchemaTable> tables;
  std::map<uint32_t, std::string> enum_labels;               // by the OID of the pg_enum row, as values on pages have it
  std::map<TypeIndex, std::vector<std::string>> enum_words;  // of each enumeration, in order
  std::vector<SchemaRow> rows;
  std::string encoding = "UTF8";  // of text in pages: PostgreSQL's name of it

  const SchemaTable* Find(std::string_view schema, std::string_view name) const {
    for (const SchemaTable& table : tables)
      if (table.schema == schema && table.name == name) return &table;
    return nullptr;
  }
};

}  // namespace pulih

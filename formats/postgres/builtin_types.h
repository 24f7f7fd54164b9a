// The types that every PostgreSQL brings: their names in DDL, their numbers, and how their values lie on a page.
//
// It is *not* what a database's own catalog says (catalog pages tell attlen and attalign of each column themselves):
// it is for DDL text, which names types and nothing else. Types of extensions are not here.
//
// Constant tables; any number of threads. Source: src/include/catalog/pg_type.dat; the words of SQL: src/backend/parser/gram.y
// (SimpleTypename) and format_type.c.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/postgres/schema.h"

namespace pulih {

struct BuiltinType {
  std::string_view name;     // pg_type.typname: "int4"
  std::string_view spoken;   // format_type's: "integer"
  uint32_t oid;
  int16_t length;            // attlen
  char align;                // attalign
  uint32_t array_oid;
  PgTypeKind kind = PgTypeKind::base;
  uint32_t element = 0;      // range: the OID of its bounds
};

// By pg_type's name, or by a word of SQL ("integer", "character varying", "decimal"), in lower case. Null when there is none.
const BuiltinType* FindBuiltinType(std::string_view name);
const BuiltinType* BuiltinTypeOf(uint32_t oid);

// As format_type(oid, modifier) says it: "numeric(20,2)", "timestamp(3) without time zone", "character varying(120)",
// "public.mood[]" (names outside pg_catalog with their schema). modifier -1: none.
std::string TypeText(const TypeList& types, TypeIndex type, int32_t modifier);

}  // namespace pulih

// Types of a database, from pg_type and its kin into a TypeList. Private to the catalog reader (catalog.h).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "formats/postgres/catalog_tables.h"
#include "formats/postgres/schema.h"

namespace pulih {

class CatalogTypes {
 public:
  CatalogTypes(const CatalogTables& tables, const std::map<uint32_t, std::string>& namespaces, Schema& schema);

  // The place of a type in the schema's list, which gets it when it is new. One that the catalog lost is what every
  // PostgreSQL has by that number, else a base type without a number, whose values are not known.
  TypeIndex Add(uint32_t oid);

 private:
  TypeIndex AddOpen(uint32_t oid);
  PgType Describe(uint32_t oid, const CatalogRow* row);
  TypeIndex Lost(uint32_t oid);
  void AddFields(uint32_t relation, PgType& type);
  void AddWords(uint32_t oid, TypeIndex at);

  const CatalogTables& tables_;
  const std::map<uint32_t, std::string>& namespaces_;
  Schema& schema_;
  std::map<uint32_t, const CatalogRow*> rows_;
  std::map<uint32_t, uint32_t> subtypes_;     // of ranges
  std::map<uint32_t, uint32_t> ranges_;       // of multiranges
  std::map<uint32_t, TypeIndex> places_;
  std::set<uint32_t> open_;
};

}  // namespace pulih

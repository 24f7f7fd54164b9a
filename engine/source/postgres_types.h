// Follows the types of a table's columns to all that they are made of, as a TypeList wants it: each type once, after
// those that it refers to.
//
// One thread. Rows of pg_type are read once per database, many at a time: Fetch before List.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/pg_client.h"
#include "formats/postgres/type.h"

namespace pulih {

class PostgresTypes {
 public:
  explicit PostgresTypes(PgClient& client) : client_(client) {}

  // Reads these types and all that they lead to.
  Status Fetch(std::set<uint32_t> oids);
  // Adds the type and what it refers to; its place in the list. `unsupported` for a type that holds itself, that has no
  // binary form, or that no column should have.
  Result<TypeIndex> Add(uint32_t oid, TypeList& list, std::map<uint32_t, TypeIndex>& places) const;

 private:
  struct Field {
    std::string name;
    uint32_t type = 0;
  };
  struct Row {
    PgType type;  // without places
    uint32_t element = 0, relation = 0;
    std::vector<Field> fields;
    bool is_pseudo = false, has_send = true;
  };
  Status FetchRows(const std::set<uint32_t>& oids, std::set<uint32_t>& next);
  Status FetchFields(const std::map<uint32_t, uint32_t>& type_by_relation, std::set<uint32_t>& next);
  Result<TypeIndex> Add(uint32_t oid, TypeList& list, std::map<uint32_t, TypeIndex>& places,
                        std::set<uint32_t>& open) const;

  PgClient& client_;
  std::map<uint32_t, Row> rows_;
};

}  // namespace pulih

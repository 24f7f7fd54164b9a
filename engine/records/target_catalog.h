// What a database that rows are brought back into knows of its types and tables: the numbers of types that users made,
// which differ from one database to the next, and the columns and constraints of a table as they are there now.
//
// Reads the catalog through the client that is passed in. TargetTypes may be shared by threads once it was read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/pg_client.h"
#include "formats/postgres/type.h"

namespace pulih {

// `unsupported` for a server whose catalog is not what is read here: before 12.
Status CheckTargetServer(const PgClient& client);

class TargetTypes {
 public:
  static Result<TargetTypes> Read(PgClient& client);

  // The target's number of each type in the list; 0 for a type that it does not have.
  std::vector<uint32_t> NumbersOf(const TypeList& types) const;

 private:
  struct Found {
    uint32_t oid = 0, array_oid = 0;
  };
  std::map<std::pair<std::string, std::string>, Found> by_name_;  // (schema, name), of all but built-in types
  std::map<uint32_t, uint32_t> arrays_;                           // of an element's number
};

struct TargetColumn {
  std::string name;
  std::string type_text;  // as in ColumnDescriptor: types of users with their schema
  uint32_t type = 0;
  bool not_null = false, has_default = false, generated = false;
  char identity = 0;  // as in ColumnDescriptor
  // A row can be inserted without naming it.
  bool may_be_left_out() const { return !not_null || has_default || identity != 0 || generated; }
};

// A foreign key of the table.
struct TargetForeignKey {
  std::string name;
  std::vector<std::string> columns, ref_columns;
  uint32_t ref_table = 0;
  std::string ref_schema, ref_name;
  bool deferrable = false, ref_is_partitioned = false;
};
// A unique index over whole columns and all rows. Others (partial, on expressions) are left to the server.
struct TargetUnique {
  std::string name;
  std::vector<std::string> columns;
  bool nulls_equal = false;
};

struct TargetTable {
  uint32_t oid = 0;
  uint32_t root = 0;  // of a partition: the table that it is one of, at the top; else its own oid
  std::string schema, name;
  bool is_partitioned = false;
  bool is_of_extension = false;  // made by CREATE EXTENSION, which may have put rows into it
  std::vector<TargetColumn> columns;
  std::vector<TargetForeignKey> foreign_keys;
  std::vector<TargetUnique> uniques;
  std::vector<std::string> triggers;  // of users, that are enabled

  const TargetColumn* Column(const std::string& column) const;
  std::string sql_name() const { return SqlName(schema) + "." + SqlName(name); }
  // As it stands in a FROM: rows of tables that inherit from it are not its own.
  std::string only() const { return (is_partitioned ? "" : "ONLY ") + sql_name(); }
};
// Nothing when there is no such table. Without constraints unless they are asked for.
Result<std::optional<TargetTable>> FindTargetTable(PgClient& client, const std::string& schema, const std::string& name,
                                                   bool with_constraints);

}  // namespace pulih

// Reads from the system catalogs of a PostgreSQL database (9.4 to 18) which tables it has, of which columns and types, by
// which key their rows are told apart, and what points at what.
//
// A *table* is whatever has rows of its own: ordinary tables, unlogged ones, leaf partitions, each table of an inheritance
// tree. Left out: system schemas, temporary tables, what belongs to an extension (but for what the extension names as
// configuration), views, and partitioned parents: the DDL has their definitions. Foreign tables, and tables that may not
// be read, are told as problems.
//
// The client's transaction decides what is seen; search_path must be empty, so that types are told with their schemas.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/pg_client.h"
#include "formats/repo/table.h"

namespace pulih {

// Shell globs: schemas by name, tables by "schema.table" or by the table's name alone.
struct CatalogSelection {
  std::vector<std::string> schemas;  // none: all
  std::vector<std::string> exclude_tables;
};

struct CatalogTable {
  TableDescriptor table;
  uint32_t oid = 0, file_node = 0;  // file_node: of the heap; another one later means that it was rewritten
  uint32_t outside = 0;             // the table in which the server keeps its longest values; 0: it has none
  bool has_generated = false;       // COPY of the table itself leaves such columns out
  std::string condition;            // of an extension's configuration: "WHERE …", which rows are the user's
};

struct CatalogSequence {
  std::string schema, name;
  bool may_read = true;
};

// Schema and name.
struct CatalogName {
  std::string schema, name;
};

struct CatalogProblem {
  std::string what;
  Status why;
  std::optional<CatalogName> table;  // of which there will be no rows
};

struct DatabaseCatalog {
  std::vector<CatalogTable> tables;  // by schema and name
  std::vector<CatalogSequence> sequences;
  std::vector<CatalogProblem> problems;
  std::vector<CatalogName> excluded;    // tables that the selection does not want
  std::vector<std::string> unused_exclusions;  // patterns that leave out nothing here
  std::vector<CatalogName> locked_out;  // tables and partitioned parents that the role may not read
  std::vector<std::string> schemas;     // that the selection chose; empty when it names none
  bool wants_large_objects = true;
};

Result<DatabaseCatalog> ReadCatalog(PgClient& client, const CatalogSelection& selection);

}  // namespace pulih

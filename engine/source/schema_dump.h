// The DDL of a database as text, in the words of pg_dump --schema-only: nobody else knows how to write all of it.
//
// Equal schemas give equal text: what pg_dump puts in that differs from run to run is taken out.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/pg_client.h"
#include "engine/source/postgres_catalog.h"
#include "engine/source/row_visitor.h"

namespace pulih {

struct SchemaDumpRequest {
  std::string program = "pg_dump";       // a path, or a name to look for in PATH
  std::vector<std::string> environment;  // "NAME=value"; the child gets what is not ours: no AWS_*, no PULIH_*
  PgClient::ChildAccess access;
  std::string snapshot;              // exported by the connection that reads the rows; empty: none could be
  std::string encoding;              // the database's own
  std::vector<std::string> schemas;  // none: all
  std::vector<CatalogName> without;  // tables that may not be locked
  std::function<bool()> should_stop;
};

// `in_use` when tables could not be locked, which pg_dump does before all else, for all of them: without those it may be
// asked again.
Result<DatabaseDdl> DumpSchema(const SchemaDumpRequest& request);

// Without the lines of pg_dump's head and tail that name versions, or tokens drawn at random (\restrict).
std::string WithoutPassingLines(std::string_view ddl);

}  // namespace pulih

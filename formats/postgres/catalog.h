// The shape of a database by the pages of its own catalog: tables with their columns as they lie on pages, types, keys,
// foreign keys, indexes, and which file holds which of them.
//
// Of a damaged catalog what validates counts: every tuple is judged by itself, a row version is taken when it is not
// known to be gone, and of several the newest. So a page that is lost costs what stood on it; what another catalog tells
// as well is taken from there (a table's name also stands in pg_type, a type's form in pg_attribute).
//
// It does not look for the rows of tables (engine/recover) nor match nameless files to tables (relation_match.h).
//
// Pure; files are only read. Source of the layouts by version: src/include/catalog/pg_{class,attribute,type,namespace,
// index,constraint,enum,range,database}.h of 8.4 to 18; src/backend/utils/cache/relmapper.c.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "formats/postgres/control.h"
#include "formats/postgres/schema.h"
#include "formats/postgres/xact.h"

namespace pulih {

// A file of one database's directory: "1259", "1259.1", "pg_filenode.map", "PG_VERSION". Others may be among them: forks
// (_fsm, _vm) and names that are no numbers are passed over.
struct CatalogFile {
  std::string name;
  ByteView bytes;
};

struct CatalogOptions {
  PgMajor major = 0;               // 0: by PG_VERSION among the files, else by fit
  const XactLog* xacts = nullptr;  // decides where hint bits do not
};

// What a file of the directory is, where the catalog tells.
struct RelationFile {
  std::string schema, name;
  uint32_t oid = 0;
  char kind = 'r';           // pg_class.relkind: r, i, S, t, m
  uint32_t table = 0;        // of an index or a TOAST relation: the OID of its table (of the index of a TOAST relation, that)
};

// What pg_constraint and pg_index say by number: it names tables also where pg_class is lost (relation_match.h).
struct ConstraintNote {
  std::string name;
  char kind = 'p';           // pg_constraint.contype
  uint32_t table = 0, index = 0, referenced = 0;
  std::vector<int> columns;  // attnums
};
struct IndexNote {
  uint32_t oid = 0, table = 0;
  bool unique = false, primary = false;
  std::vector<int> columns;  // attnums, 0 an expression; INCLUDE columns too
};

struct PgCatalog {
  Schema schema;             // tables outside pg_catalog, information_schema and pg_toast, by schema and name
  PgMajor major = 0;
  std::map<uint32_t, RelationFile> files;  // by filenode; those of the system too, without shared ones
  std::vector<ConstraintNote> constraints;
  std::vector<IndexNote> indexes;
  std::vector<std::string> remarks;        // "pg_class is lost", in words for the report
  bool complete = false;     // every catalog that matters was there, and no page of them was damaged
};

// `not_found` when neither pg_class nor pg_attribute shows itself. Whether any table came out is for the caller to see.
Result<PgCatalog> ReadCatalog(const std::vector<CatalogFile>& files, const CatalogOptions& options);

// The databases of a cluster by global/1262, live ones, by OID.
struct DatabaseEntry {
  uint32_t oid = 0;
  std::string name, encoding;  // encoding as PostgreSQL names it: "UTF8", "SQL_ASCII"
};
std::vector<DatabaseEntry> ReadDatabases(ByteView pg_database, const CatalogOptions& options);

// pg_filenode.map (9.0): OID to filenode of the catalogs that pg_class cannot tell, itself among them. `corrupt` unless
// its CRC agrees.
Result<std::map<uint32_t, uint32_t>> ReadFilenodeMap(ByteView file);

}  // namespace pulih

#include "engine/source/postgres_catalog.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/source/exclude.h"
#include "engine/source/pg_row.h"
#include "engine/source/postgres_types.h"

namespace pulih {
namespace {

// Names that start so are the system's own, and no user may make one.
constexpr const char* kUserSchemas = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

// A slash is nothing special in the names of a database.
bool Matches(std::string pattern, std::string text) {
  std::replace(pattern.begin(), pattern.end(), '/', '\1');
  std::replace(text.begin(), text.end(), '/', '\1');
  return GlobMatch(pattern, text);
}

// The images of regclass, regproc and their like are numbers of this database, and nothing but the server knows of what.
bool HasObjectNumbers(const TableDescriptor& table) {
  return std::any_of(table.types.begin(), table.types.end(), [](const PgType& type) {
    return type.kind == PgTypeKind::base && type.schema == "pg_catalog" && type.name.rfind("reg", 0) == 0;
  });
}

// root: each table that a foreign key names; leaf: itself, and when it is partitioned all of its partitions.
constexpr const char* kLeaves =
    "leaves(root, leaf) AS (SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.oid IN"
    " (SELECT f.confrelid FROM pg_catalog.pg_constraint f WHERE f.contype = 'f')"
    " UNION SELECT l.root, i.inhrelid FROM leaves l JOIN pg_catalog.pg_class p ON p.oid = l.leaf AND p.relkind = 'p'"
    " JOIN pg_catalog.pg_inherits i ON i.inhparent = l.leaf)";

struct Attribute {
  int number = 0;
  ColumnDescriptor column;
  uint32_t type = 0;
};

// An index that could serve as key: the attribute numbers of its columns.
struct KeyCandidate {
  bool is_primary = false;
  std::string name;
  std::vector<int> columns;
};

class CatalogReader {
 public:
  CatalogReader(PgClient& client, const CatalogSelection& selection)
      : client_(client), selection_(selection), version_(client.server_version()), types_(client) {}

  Result<DatabaseCatalog> Read() {
    PULIH_TRY(ReadSchemas());
    PULIH_TRY(ReadRelations());
    TellExclusions();
    PULIH_TRY(ReadAttributes());
    PULIH_TRY(ReadKeys());
    PULIH_TRY(ReadForeignKeys());
    PULIH_TRY(FollowTypes());
    return std::move(catalog_);
  }

 private:
  Status ReadSchemas();
  Status ReadRelations();
  void TakeRelation(const PgRow& in);
  void TellExclusions();
  Status ReadAttributes();
  Status ReadKeys();
  void ChooseKey(CatalogTable& table, const std::vector<KeyCandidate>& candidates) const;
  Status ReadForeignKeys();
  Status FollowTypes();
  Status FollowTypesOf(CatalogTable& table) const;
  std::optional<uint32_t> PlaceOf(uint32_t relation, int attribute) const;
  bool IsWanted(const std::string& schema) const {
    return selection_.schemas.empty() ||
           std::find(catalog_.schemas.begin(), catalog_.schemas.end(), schema) != catalog_.schemas.end();
  }
  void Problem(std::string what, Status why) { catalog_.problems.push_back({std::move(what), std::move(why), std::nullopt}); }
  void NotRead(const char* kind, const std::string& schema, const std::string& name, Status why) {
    catalog_.problems.push_back({kind + QualifiedName(schema, name), std::move(why), CatalogName{schema, name}});
  }
  // Whether a pattern leaves the table out; the patterns that do are remembered.
  bool NoteExclusions(const std::string& schema, const std::string& name);

  PgClient& client_;
  const CatalogSelection& selection_;
  const uint32_t version_;
  PostgresTypes types_;
  DatabaseCatalog catalog_;
  std::string database_, encoding_;
  std::set<std::string> used_exclusions_;
  size_t excluded_by_name_ = 0;
  std::map<uint32_t, std::vector<Attribute>> attributes_;  // of tables and partitioned parents, by relation
};

// What the selection's patterns mean here. A pattern that means nothing is told: a misspelt one would be an empty backup.
Status CatalogReader::ReadSchemas() {
  PULIH_TRY_ASSIGN(
      const PgRows about,
      client_.Query("SELECT pg_catalog.current_database(), pg_catalog.current_setting('server_encoding')"));
  if (!about.rows.empty()) {
    database_ = PgRow(about.rows[0]).Text(0);
    encoding_ = PgRow(about.rows[0]).Text(1);
  }
  catalog_.wants_large_objects =
      !NoteExclusions("pg_catalog", "pg_largeobject") && selection_.schemas.empty();
  if (selection_.schemas.empty()) return OkStatus();
  PULIH_TRY_ASSIGN(const PgRows result,
                   client_.Query(std::string("SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE ") + kUserSchemas));
  for (const std::string& pattern : selection_.schemas) {
    bool found = false;
    for (const std::vector<PgText>& cells : result.rows) {
      const std::string schema = PgRow(cells).Text(0);
      if (!Matches(pattern, schema)) continue;
      found = true;
      if (!IsWanted(schema)) catalog_.schemas.push_back(schema);
    }
    if (!found)
      Problem("schema " + pattern,
              Status(Code::not_found, "no schema of the database " + database_ + " has such a name"));
  }
  std::sort(catalog_.schemas.begin(), catalog_.schemas.end());
  return OkStatus();
}

Status CatalogReader::ReadRelations() {
  const std::string sql =
      std::string(
          "SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.obj_description(c.oid, 'pg_class'), c.relfilenode,"
          " coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, "
          "'SELECT'), false),"
          " e.objid IS NOT NULL, x.config IS NOT NULL, x.condition, c.reltoastrelid"
          " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          " LEFT JOIN (SELECT d.objid FROM pg_catalog.pg_depend d WHERE d.classid = "
          "'pg_catalog.pg_class'::pg_catalog.regclass"
          "  AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' GROUP BY d.objid) e "
          "ON e.objid = c.oid"
          " LEFT JOIN (SELECT u.config, u.condition FROM pg_catalog.pg_extension p, unnest(p.extconfig, "
          "p.extcondition) u(config, condition)) x"
          "  ON x.config = c.oid"
          " WHERE c.relkind IN ('r', 'p', 'f', 'S') AND c.relpersistence <> 't' AND ") +
      kUserSchemas;
  PULIH_TRY_ASSIGN(const PgRows result, client_.Query(sql));
  for (const std::vector<PgText>& cells : result.rows) TakeRelation(PgRow(cells));
  const auto by_name = [](const auto& a, const auto& b) {
    return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
  };
  std::sort(catalog_.tables.begin(), catalog_.tables.end(),
            [&](const CatalogTable& a, const CatalogTable& b) { return by_name(a.table, b.table); });
  std::sort(catalog_.sequences.begin(), catalog_.sequences.end(), by_name);
  return OkStatus();
}

bool CatalogReader::NoteExclusions(const std::string& schema, const std::string& name) {
  bool fits_any = false;
  for (const std::string& pattern : selection_.exclude_tables) {
    if (!Matches(pattern, name) && !Matches(pattern, schema + "." + name)) continue;
    used_exclusions_.insert(pattern);
    fits_any = true;
  }
  return fits_any;
}

// A backup of nothing would be the latest all the same.
void CatalogReader::TellExclusions() {
  for (const std::string& pattern : selection_.exclude_tables) {
    if (used_exclusions_.count(pattern) == 0) catalog_.unused_exclusions.push_back(pattern);
  }
  if (catalog_.tables.empty() && catalog_.problems.empty() && excluded_by_name_ > 0) {
    Problem("database " + QuoteName(database_), Status(Code::not_found, "--exclude-table leaves none of its " + std::to_string(excluded_by_name_) + " tables"));
  }
}

void CatalogReader::TakeRelation(const PgRow& in) {
  const std::string schema = in.Text(1), name = in.Text(2);
  const char kind = in.Letter(3);
  const bool may_read = in.Flag(6), of_extension = in.Flag(7), is_config = in.Flag(8);
  // A role without the right to lock it fails pg_dump as a whole, wanted or not.
  if (!may_read && (kind == 'r' || kind == 'p') && !of_extension) catalog_.locked_out.push_back({schema, name});
  if (of_extension && !is_config) return;
  if (kind == 'S' && IsWanted(schema)) catalog_.sequences.push_back({schema, name, may_read});
  if (kind == 'S') return;
  const bool is_excluded = NoteExclusions(schema, name);
  if (kind == 'p') return;
  excluded_by_name_ += is_excluded && IsWanted(schema);
  if (!IsWanted(schema) || is_excluded) {
    catalog_.excluded.push_back({schema, name});
    return;
  }
  if (kind == 'f') {
    NotRead("foreign table ", schema, name,
            Status(Code::unsupported, "its rows are on another server; only its definition is kept"));
    return;
  }
  if (!may_read) {
    NotRead("table ", schema, name,
            Status(Code::denied, "the role may not read it",
                   "GRANT USAGE ON SCHEMA " + QuoteName(schema) + " and GRANT SELECT ON " + QualifiedName(schema, name) +
                       ", or exclude it"));
    return;
  }
  CatalogTable& table = catalog_.tables.emplace_back();
  table.oid = in.Oid(0);
  table.file_node = in.Oid(5);
  table.outside = in.Oid(10);
  table.condition = is_config ? in.Text(9) : "";
  table.table.origin = TableOrigin::postgres;
  table.table.database = database_;
  table.table.schema = schema;
  table.table.name = name;
  table.table.encoding = encoding_;
  table.table.comment = in.Text(4);
}

Status CatalogReader::ReadAttributes() {
  // Since 18 a NOT NULL constraint may be there without having been checked against the rows.
  const std::string not_null =
      version_ < 180000
          ? "a.attnotnull"
          : "a.attnotnull AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = a.attrelid"
            " AND k.contype = 'n' AND NOT k.convalidated AND k.conkey[1] = a.attnum)";
  const std::string sql =
      "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, pg_catalog.format_type(a.atttypid, a.atttypmod), " +
      not_null + (version_ < 100000 ? ", ''" : ", a.attidentity") + (version_ < 120000 ? ", ''" : ", a.attgenerated") +
      " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> "
      "'t'"
      " AND a.attnum > 0 AND NOT a.attisdropped AND " +
      kUserSchemas + " ORDER BY a.attrelid, a.attnum";
  PULIH_TRY_ASSIGN(const PgRows result, client_.Query(sql));
  for (const std::vector<PgText>& cells : result.rows) {
    const PgRow in(cells);
    Attribute attribute;
    attribute.number = static_cast<int>(in.Int64(1));
    attribute.type = in.Oid(3);
    attribute.column.name = in.Text(2);
    attribute.column.type_text = in.Text(4);
    attribute.column.not_null = in.Flag(5);
    attribute.column.identity = in.Letter(6);
    attribute.column.generated = in.Letter(7) != '\0';
    attributes_[in.Oid(0)].push_back(std::move(attribute));
  }
  for (CatalogTable& table : catalog_.tables) {
    for (const Attribute& attribute : attributes_[table.oid]) {
      table.table.columns.push_back(attribute.column);
      table.has_generated = table.has_generated || attribute.column.generated;
    }
  }
  return OkStatus();
}

std::optional<uint32_t> CatalogReader::PlaceOf(uint32_t relation, int attribute) const {
  const auto found = attributes_.find(relation);
  if (found == attributes_.end()) return std::nullopt;
  for (size_t i = 0; i < found->second.size(); ++i) {
    if (found->second[i].number == attribute) return static_cast<uint32_t>(i);
  }
  return std::nullopt;
}

Status CatalogReader::ReadKeys() {
  const std::string sql = std::string("SELECT i.indrelid, i.indisprimary, c.relname, i.indkey, ") +
                          (version_ < 110000 ? "i.indnatts" : "i.indnkeyatts") +
                          " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
                          " WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL";
  PULIH_TRY_ASSIGN(const PgRows result, client_.Query(sql));
  std::map<uint32_t, std::vector<KeyCandidate>> candidates;
  for (const std::vector<PgText>& cells : result.rows) {
    const PgRow in(cells);
    KeyCandidate candidate{in.Flag(1), in.Text(2), in.Numbers(3)};
    // What an index INCLUDEs stands behind its key.
    const int64_t in_key = in.Int64(4);
    if (in_key <= 0 || static_cast<size_t>(in_key) > candidate.columns.size()) continue;
    candidate.columns.resize(static_cast<size_t>(in_key));
    candidates[in.Oid(0)].push_back(std::move(candidate));
  }
  for (CatalogTable& table : catalog_.tables) ChooseKey(table, candidates[table.oid]);
  return OkStatus();
}

// The primary key; else of the unique indexes whose columns are all NOT NULL the one of fewest columns, then lowest name,
// so that the choice is the same every night.
void CatalogReader::ChooseKey(CatalogTable& table, const std::vector<KeyCandidate>& candidates) const {
  const KeyCandidate* best = nullptr;
  const auto order = [](const KeyCandidate& k) {
    return std::make_tuple(!k.is_primary, k.columns.size(), std::cref(k.name));
  };
  for (const KeyCandidate& candidate : candidates) {
    const bool fits = std::all_of(candidate.columns.begin(), candidate.columns.end(), [&](int number) {
      const auto place = PlaceOf(table.oid, number);
      return place && table.table.columns[*place].not_null;
    });
    if (fits && (best == nullptr || order(candidate) < order(*best))) best = &candidate;
  }
  if (best == nullptr) return;
  for (const int number : best->columns) {
    const uint32_t place = *PlaceOf(table.oid, number);
    // An index may name a column twice; a key need not.
    if (std::find(table.table.key.begin(), table.table.key.end(), place) == table.table.key.end())
      table.table.key.push_back(place);
  }
}

Status CatalogReader::ReadForeignKeys() {
  // A key that points at a partitioned table counts as one to each of its partitions: those have the rows. The server has
  // a second constraint for each of them, but not where the table that points is a partition itself.
  const std::string no_copies = version_ < 110000 ? ""
                                                  : " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint p WHERE "
                                                    "p.oid = k.conparentid AND p.conrelid = k.conrelid)";
  PULIH_TRY_ASSIGN(const PgRows result,
                   client_.Query("WITH RECURSIVE " + std::string(kLeaves) +
                                 " SELECT k.conrelid, k.conname, k.conkey, n.nspname, c.relname, k.confrelid, k.confkey"
                                 " FROM pg_catalog.pg_constraint k JOIN leaves l ON l.root = k.confrelid"
                                 " JOIN pg_catalog.pg_class c ON c.oid = l.leaf AND c.relkind <> 'p'"
                                 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f'" +
                                 no_copies + " ORDER BY k.conrelid, k.conname, n.nspname, c.relname"));
  std::map<uint32_t, TableDescriptor*> tables;
  for (CatalogTable& table : catalog_.tables) tables[table.oid] = &table.table;
  for (const std::vector<PgText>& cells : result.rows) {
    const PgRow in(cells);
    const auto table = tables.find(in.Oid(0));
    if (table == tables.end()) continue;
    ForeignKey key{in.Text(1), {}, in.Text(3), in.Text(4), {}};
    for (const int number : in.Numbers(2)) {
      if (const auto place = PlaceOf(in.Oid(0), number)) key.columns.push_back(*place);
    }
    for (const int number : in.Numbers(6)) {
      if (const auto place = PlaceOf(in.Oid(5), number))
        key.ref_columns.push_back(attributes_[in.Oid(5)][*place].column.name);
    }
    // Of a system table, say, whose columns were not read.
    if (key.columns.empty() || key.columns.size() != key.ref_columns.size()) continue;
    table->second->foreign_keys.push_back(std::move(key));
  }
  return OkStatus();
}

Status CatalogReader::FollowTypes() {
  std::set<uint32_t> oids;
  for (const CatalogTable& table : catalog_.tables) {
    for (const Attribute& attribute : attributes_[table.oid]) oids.insert(attribute.type);
  }
  PULIH_TRY(types_.Fetch(std::move(oids)));
  std::vector<CatalogTable> kept;
  for (CatalogTable& table : catalog_.tables) {
    if (Status followed = FollowTypesOf(table); !followed.ok()) {
      NotRead("table ", table.table.schema, table.table.name, std::move(followed));
      continue;
    }
    if (HasObjectNumbers(table.table)) {
      Problem("table " + QualifiedName(table.table.schema, table.table.name),
              Status(Code::unsupported,
                     "it is kept, but a column of it holds numbers of objects (regclass and the like), which"
                     " may be others in another database"));
    }
    kept.push_back(std::move(table));
  }
  catalog_.tables = std::move(kept);
  return OkStatus();
}

Status CatalogReader::FollowTypesOf(CatalogTable& table) const {
  std::map<uint32_t, TypeIndex> places;
  const auto attributes = attributes_.find(table.oid);
  if (attributes == attributes_.end()) return OkStatus();
  if (attributes->second.size() > kMaxColumns)
    return Status(Code::too_large, "it has more columns than PostgreSQL allows");
  for (size_t i = 0; i < attributes->second.size(); ++i) {
    Result<TypeIndex> place = types_.Add(attributes->second[i].type, table.table.types, places);
    if (!place.ok()) return std::move(place).error().Within("column " + QuoteName(table.table.columns[i].name));
    table.table.columns[i].type = *place;
  }
  return OkStatus();
}

}  // namespace

Result<DatabaseCatalog> ReadCatalog(PgClient& client, const CatalogSelection& selection) {
  return CatalogReader(client, selection).Read();
}

}  // namespace pulih

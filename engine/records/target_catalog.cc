#include "engine/records/target_catalog.h"

#include <algorithm>
#include <charconv>

namespace pulih {
namespace {

constexpr uint32_t kOldestTarget = 120000;  // generated columns, foreign keys that name partitioned tables

uint32_t NumberOf(const PgText& text) {
  uint32_t number = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}
bool IsTrue(const PgText& text) { return text == "t"; }

Status BadAnswer(const std::string& what) {
  return Status(Code::corrupt, "reading the target's catalog: " + what + ": an answer with too few columns");
}
Status CheckWidth(const PgRows& rows, size_t width, const std::string& what) {
  const bool fits =
      std::all_of(rows.rows.begin(), rows.rows.end(), [&](const auto& row) { return row.size() >= width; });
  return fits ? OkStatus() : BadAnswer(what);
}

// Columns of a constraint come one a row, in order; this says whether a row begins the next constraint.
template <typename T>
T& Last(std::vector<T>& list, const PgText& name) {
  if (list.empty() || list.back().name != name.value_or("")) list.emplace_back().name = name.value_or("");
  return list.back();
}

// For the time of one query an empty search_path, so that types are told with their schemas, as in a snapshot.
Result<PgRows> QueryWithoutPath(PgClient& client, const std::string& sql, const std::vector<PgText>& parameters) {
  PULIH_TRY_ASSIGN(const PgRows path, client.Query("SELECT pg_catalog.current_setting('search_path')"));
  PULIH_TRY(CheckWidth(path, 1, "search_path"));
  const std::string set = "SELECT pg_catalog.set_config('search_path', $1, false)";
  PULIH_TRY(client.Query(set, {""}).status());
  PULIH_TRY_ASSIGN(PgRows rows, client.Query(sql, parameters));
  PULIH_TRY(client.Query(set, {path.rows.empty() ? PgText("") : path.rows.front().front()}).status());
  return rows;
}

Status ReadColumns(PgClient& client, TargetTable& table) {
  PULIH_TRY_ASSIGN(
      const PgRows rows,
      QueryWithoutPath(
          client,
          "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid, a.attnotnull, a.atthasdef,"
          " a.attidentity, a.attgenerated FROM pg_catalog.pg_attribute a"
          " WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
          {std::to_string(table.oid)}));
  PULIH_TRY(CheckWidth(rows, 7, table.name));
  for (const auto& row : rows.rows) {
    TargetColumn column;
    column.name = row[0].value_or("");
    column.type_text = row[1].value_or("");
    column.type = NumberOf(row[2]);
    column.not_null = IsTrue(row[3]);
    column.has_default = IsTrue(row[4]);
    column.identity = row[5].value_or("").empty() ? '\0' : row[5]->front();
    column.generated = !row[6].value_or("").empty();
    table.columns.push_back(std::move(column));
  }
  return OkStatus();
}

Status ReadForeignKeys(PgClient& client, TargetTable& table) {
  PULIH_TRY_ASSIGN(
      const PgRows rows,
      client.Query(
          "SELECT c.conname, c.condeferrable, c.confrelid, n.nspname, r.relname, a.attname, f.attname, r.relkind"
          " FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class r ON r.oid = c.confrelid"
          " JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace"
          " CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey)) WITH ORDINALITY k "
          "(own, other, place)"
          " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own"
          " JOIN pg_catalog.pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.other"
          " WHERE c.conrelid = $1::pg_catalog.oid AND c.contype = 'f'"
          // One that names a partitioned table has shadows that name each partition.
          " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = "
          "c.conrelid)"
          " ORDER BY c.conname, c.oid, k.place",
          {std::to_string(table.oid)}));
  PULIH_TRY(CheckWidth(rows, 8, table.name));
  for (const auto& row : rows.rows) {
    TargetForeignKey& key = Last(table.foreign_keys, row[0]);
    key.deferrable = IsTrue(row[1]);
    key.ref_table = NumberOf(row[2]);
    key.ref_schema = row[3].value_or("");
    key.ref_name = row[4].value_or("");
    key.ref_is_partitioned = row[7] == "p";
    key.columns.push_back(row[5].value_or(""));
    key.ref_columns.push_back(row[6].value_or(""));
  }
  return OkStatus();
}

Status ReadUniques(PgClient& client, TargetTable& table) {
  const std::string nulls_equal = client.server_version() >= 150000 ? "i.indnullsnotdistinct" : "false";
  PULIH_TRY_ASSIGN(const PgRows rows,
                   client.Query("SELECT r.relname, a.attname, " + nulls_equal +
                                    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class r ON r.oid = i.indexrelid"
                                    " CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY k (own, place)"
                                    " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.own"
                                    " WHERE i.indrelid = $1::pg_catalog.oid AND i.indisunique AND i.indisvalid AND "
                                    "i.indpred IS NULL AND i.indexprs IS NULL"
                                    " AND k.place <= i.indnkeyatts ORDER BY r.relname, k.place",
                                {std::to_string(table.oid)}));
  PULIH_TRY(CheckWidth(rows, 3, table.name));
  for (const auto& row : rows.rows) {
    TargetUnique& unique = Last(table.uniques, row[0]);
    unique.columns.push_back(row[1].value_or(""));
    unique.nulls_equal = IsTrue(row[2]);
  }
  return OkStatus();
}

Status ReadTriggers(PgClient& client, TargetTable& table) {
  PULIH_TRY_ASSIGN(
      const PgRows rows,
      client.Query(
          "SELECT t.tgname FROM pg_catalog.pg_trigger t WHERE t.tgrelid = $1::pg_catalog.oid AND NOT t.tgisinternal"
          " AND t.tgenabled IN ('O', 'A') ORDER BY 1",
          {std::to_string(table.oid)}));
  PULIH_TRY(CheckWidth(rows, 1, table.name));
  for (const auto& row : rows.rows) table.triggers.push_back(row[0].value_or(""));
  return OkStatus();
}

}  // namespace

Status CheckTargetServer(const PgClient& client) {
  const uint32_t version = client.server_version();
  if (version >= kOldestTarget) return OkStatus();
  // Before 10 there were two numbers before the last.
  const std::string first = std::to_string(version / 10000);
  const std::string text = version >= 100000 ? first : first + "." + std::to_string(version / 100 % 100);
  return Status(Code::unsupported, "restoring into PostgreSQL " + text + ": the target must be version 12 or newer",
                "`pulih records restore --sql` and `pulih records export` write files that an older one can load");
}

Result<TargetTypes> TargetTypes::Read(PgClient& client) {
  PULIH_TRY_ASSIGN(const PgRows rows,
                   client.Query("SELECT n.nspname, t.typname, t.oid, t.typarray FROM pg_catalog.pg_type t JOIN "
                                "pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
                                " WHERE t.oid >= " +
                                std::to_string(kFirstUserOid) + " OR n.nspname <> 'pg_catalog'"));
  PULIH_TRY(CheckWidth(rows, 4, "types"));
  TargetTypes types;
  for (const auto& row : rows.rows) {
    const Found found{NumberOf(row[2]), NumberOf(row[3])};
    types.by_name_[{row[0].value_or(""), row[1].value_or("")}] = found;
    if (found.array_oid != 0) types.arrays_[found.oid] = found.array_oid;
  }
  return types;
}

std::vector<uint32_t> TargetTypes::NumbersOf(const TypeList& types) const {
  std::vector<uint32_t> numbers;
  for (const PgType& type : types) {
    uint32_t number = type.oid;
    // An array's name gives way when it is taken (_t, __t, …): it is known by its element.
    if (number == 0 && type.kind == PgTypeKind::array && type.element < numbers.size()) {
      const auto array = arrays_.find(numbers[type.element]);
      if (array != arrays_.end()) number = array->second;
    }
    if (number == 0) {
      const auto found = by_name_.find({type.schema, type.name});
      if (found != by_name_.end()) number = found->second.oid;
    }
    numbers.push_back(number);
  }
  return numbers;
}

const TargetColumn* TargetTable::Column(const std::string& column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const TargetColumn& c) { return c.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

Result<std::optional<TargetTable>> FindTargetTable(PgClient& client, const std::string& schema, const std::string& name,
                                                   bool with_constraints) {
  PULIH_TRY_ASSIGN(const PgRows rows,
                   client.Query("SELECT c.oid, c.relkind, EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = "
                                "'pg_catalog.pg_class'::pg_catalog.regclass"
                                " AND d.objid = c.oid AND d.deptype = 'e'), "
                                "coalesce(pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid, c.oid)"
                                " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')",
                                {schema, name}));
  PULIH_TRY(CheckWidth(rows, 4, name));
  if (rows.rows.empty()) return std::optional<TargetTable>();
  TargetTable table;
  table.oid = NumberOf(rows.rows.front()[0]);
  table.is_partitioned = rows.rows.front()[1] == "p";
  table.is_of_extension = IsTrue(rows.rows.front()[2]);
  table.root = NumberOf(rows.rows.front()[3]);
  table.schema = schema;
  table.name = name;
  PULIH_TRY(ReadColumns(client, table));
  if (with_constraints) {
    PULIH_TRY(ReadForeignKeys(client, table));
    PULIH_TRY(ReadUniques(client, table));
    PULIH_TRY(ReadTriggers(client, table));
  }
  return std::optional<TargetTable>(std::move(table));
}

}  // namespace pulih

#include "engine/source/postgres_types.h"

#include <utility>

#include "engine/source/pg_row.h"

namespace pulih {
namespace {

// FirstGenbkiObjectId of src/include/access/transam.h: numbers from here on are given out when a server is set up, and
// differ from one to the next (the domains of information_schema, for instance).
constexpr uint32_t kFirstUnfixedOid = 10000;
constexpr size_t kMaxDepth = 60;  // of types in types: portable_image.h walks no deeper than 64
constexpr uint32_t kFirstMultirangeVersion = 140000;
constexpr size_t kMaxPgTypes = 65535;  // kMaxTableTypes of formats/repo/table.h

std::string OidArray(const std::set<uint32_t>& oids) {
  std::string text = "{";
  for (const uint32_t oid : oids) text += (text.size() > 1 ? "," : "") + std::to_string(oid);
  return text + "}";
}

PgTypeKind KindOf(char letter, bool is_array) {
  if (is_array) return PgTypeKind::array;
  switch (letter) {
    case 'c': return PgTypeKind::composite;
    case 'd': return PgTypeKind::domain;
    case 'e': return PgTypeKind::enumeration;
    case 'r': return PgTypeKind::range;
    case 'm': return PgTypeKind::multirange;
    default: return PgTypeKind::base;
  }
}

}  // namespace

Status PostgresTypes::FetchRows(const std::set<uint32_t>& oids, std::set<uint32_t>& next) {
  // A true array is what its element says its array type is; int2vector and the like only look like one.
  const bool has_multiranges = client_.server_version() >= kFirstMultirangeVersion;
  const std::string sql =
      "SELECT t.oid, n.nspname, t.typname, t.typtype, coalesce(e.typarray = t.oid, false), t.typelem, t.typbasetype,"
      " coalesce(r.rngsubtype, 0), t.typrelid, t.typsend <> 0, " +
      std::string(has_multiranges ? "coalesce(m.rngtypid, 0)" : "0") +
      " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
      " LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid" +
      (has_multiranges ? " LEFT JOIN pg_catalog.pg_range m ON m.rngmultitypid = t.oid" : "") +
      " WHERE t.oid = ANY ($1::pg_catalog.oid[])";
  PULIH_TRY_ASSIGN(const PgRows result, client_.Query(sql, {OidArray(oids)}));
  std::map<uint32_t, uint32_t> type_by_relation;
  for (const std::vector<PgText>& cells : result.rows) {
    const PgRow in(cells);
    const uint32_t oid = in.Oid(0);
    Row row;
    row.type.schema = in.Text(1);
    row.type.name = in.Text(2);
    row.type.kind = KindOf(in.Letter(3), in.Flag(4));
    row.type.oid = oid < kFirstUnfixedOid ? oid : 0;
    row.is_pseudo = in.Letter(3) == 'p';
    row.has_send = in.Flag(9);
    switch (row.type.kind) {
      case PgTypeKind::array: row.element = in.Oid(5); break;
      case PgTypeKind::domain: row.element = in.Oid(6); break;
      case PgTypeKind::range: row.element = in.Oid(7); break;
      case PgTypeKind::multirange: row.element = in.Oid(10); break;
      case PgTypeKind::composite: type_by_relation[in.Oid(8)] = oid; break;
      case PgTypeKind::base:
      case PgTypeKind::enumeration: break;
    }
    if (row.element != 0) next.insert(row.element);
    rows_[oid] = std::move(row);
  }
  return FetchFields(type_by_relation, next);
}

Status PostgresTypes::FetchFields(const std::map<uint32_t, uint32_t>& type_by_relation, std::set<uint32_t>& next) {
  if (type_by_relation.empty()) return OkStatus();
  std::set<uint32_t> relations;
  for (const auto& [relation, type] : type_by_relation) relations.insert(relation);
  PULIH_TRY_ASSIGN(
      const PgRows result,
      client_.Query(
          "SELECT attrelid, attname, atttypid FROM pg_catalog.pg_attribute WHERE attrelid = ANY ($1::pg_catalog.oid[])"
          " AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum",
          {OidArray(relations)}));
  for (const std::vector<PgText>& cells : result.rows) {
    const PgRow in(cells);
    const auto owner = type_by_relation.find(in.Oid(0));
    if (owner == type_by_relation.end()) continue;
    rows_[owner->second].fields.push_back({in.Text(1), in.Oid(2)});
    next.insert(in.Oid(2));
  }
  return OkStatus();
}

// Every round is one step further from the columns; loops end because what is known is not asked for again.
Status PostgresTypes::Fetch(std::set<uint32_t> oids) {
  for (;;) {
    std::erase_if(oids, [this](uint32_t oid) { return rows_.count(oid) != 0; });
    if (oids.empty()) return OkStatus();
    std::set<uint32_t> next;
    PULIH_TRY(FetchRows(oids, next));
    for (const uint32_t oid : oids) {
      // Not there: remembered as a type that nothing can be said of, so that it is not asked for for ever.
      if (rows_.count(oid) == 0) rows_[oid].is_pseudo = true;
    }
    oids = std::move(next);
  }
}

Result<TypeIndex> PostgresTypes::Add(uint32_t oid, TypeList& list, std::map<uint32_t, TypeIndex>& places) const {
  std::set<uint32_t> open;
  return Add(oid, list, places, open);
}

Result<TypeIndex> PostgresTypes::Add(uint32_t oid, TypeList& list, std::map<uint32_t, TypeIndex>& places,
                                     std::set<uint32_t>& open) const {
  if (const auto known = places.find(oid); known != places.end()) return known->second;
  const auto found = rows_.find(oid);
  if (found == rows_.end())
    return Status(Code::unsupported, "its type " + std::to_string(oid) + " is not in the catalog");
  const Row& row = found->second;
  const std::string name = row.type.schema + "." + row.type.name;
  if (row.is_pseudo) return Status(Code::unsupported, "no column can be kept of type " + name);
  if (!row.has_send) return Status(Code::unsupported, "the type " + name + " has no binary form");
  if (open.size() >= kMaxDepth || !open.insert(oid).second)
    return Status(Code::unsupported, "the type " + name + " holds itself");

  PgType type = row.type;
  if (row.element != 0) { PULIH_TRY_ASSIGN(type.element, Add(row.element, list, places, open)); }
  for (const Field& field : row.fields) {
    PULIH_TRY_ASSIGN(const TypeIndex place, Add(field.type, list, places, open));
    type.fields.push_back({field.name, place});
  }
  open.erase(oid);
  if (list.size() >= kMaxPgTypes) return Status(Code::too_large, "it has too many types");
  list.push_back(std::move(type));
  places[oid] = static_cast<TypeIndex>(list.size() - 1);
  return places[oid];
}

}  // namespace pulih

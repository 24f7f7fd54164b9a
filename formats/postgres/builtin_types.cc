#include "formats/postgres/builtin_types.h"

#include <array>
#include <utility>

namespace pulih {

namespace {

constexpr PgTypeKind kRange = PgTypeKind::range;

constexpr BuiltinType kTypes[] = {
    {"bool", "boolean", 16, 1, 'c', 1000},
    {"bytea", "bytea", 17, -1, 'i', 1001},
    {"char", "\"char\"", 18, 1, 'c', 1002},
    {"name", "name", 19, 64, 'c', 1003},
    {"int8", "bigint", 20, 8, 'd', 1016},
    {"int2", "smallint", 21, 2, 's', 1005},
    {"int2vector", "int2vector", 22, -1, 'i', 1006},
    {"int4", "integer", 23, 4, 'i', 1007},
    {"regproc", "regproc", 24, 4, 'i', 1008},
    {"text", "text", 25, -1, 'i', 1009},
    {"oid", "oid", 26, 4, 'i', 1028},
    {"tid", "tid", 27, 6, 's', 1010},
    {"xid", "xid", 28, 4, 'i', 1011},
    {"cid", "cid", 29, 4, 'i', 1012},
    {"oidvector", "oidvector", 30, -1, 'i', 1013},
    {"json", "json", 114, -1, 'i', 199},
    {"xml", "xml", 142, -1, 'i', 143},
    {"point", "point", 600, 16, 'd', 1017},
    {"lseg", "lseg", 601, 32, 'd', 1018},
    {"path", "path", 602, -1, 'd', 1019},
    {"box", "box", 603, 32, 'd', 1020},
    {"polygon", "polygon", 604, -1, 'd', 1027},
    {"line", "line", 628, 24, 'd', 629},
    {"cidr", "cidr", 650, -1, 'i', 651},
    {"float4", "real", 700, 4, 'i', 1021},
    {"float8", "double precision", 701, 8, 'd', 1022},
    {"circle", "circle", 718, 24, 'd', 719},
    {"macaddr8", "macaddr8", 774, 8, 'i', 775},
    {"money", "money", 790, 8, 'd', 791},
    {"macaddr", "macaddr", 829, 6, 'i', 1040},
    {"inet", "inet", 869, -1, 'i', 1041},
    {"bpchar", "character", 1042, -1, 'i', 1014},
    {"varchar", "character varying", 1043, -1, 'i', 1015},
    {"date", "date", 1082, 4, 'i', 1182},
    {"time", "time without time zone", 1083, 8, 'd', 1183},
    {"timestamp", "timestamp without time zone", 1114, 8, 'd', 1115},
    {"timestamptz", "timestamp with time zone", 1184, 8, 'd', 1185},
    {"interval", "interval", 1186, 16, 'd', 1187},
    {"timetz", "time with time zone", 1266, 12, 'd', 1270},
    {"bit", "bit", 1560, -1, 'i', 1561},
    {"varbit", "bit varying", 1562, -1, 'i', 1563},
    {"numeric", "numeric", 1700, -1, 'i', 1231},
    {"refcursor", "refcursor", 1790, -1, 'i', 2201},
    {"regprocedure", "regprocedure", 2202, 4, 'i', 2207},
    {"regoper", "regoper", 2203, 4, 'i', 2208},
    {"regoperator", "regoperator", 2204, 4, 'i', 2209},
    {"regclass", "regclass", 2205, 4, 'i', 2210},
    {"regtype", "regtype", 2206, 4, 'i', 2211},
    {"uuid", "uuid", 2950, 16, 'c', 2951},
    {"txid_snapshot", "txid_snapshot", 2970, -1, 'd', 2949},
    {"pg_lsn", "pg_lsn", 3220, 8, 'd', 3221},
    {"tsvector", "tsvector", 3614, -1, 'i', 3643},
    {"tsquery", "tsquery", 3615, -1, 'i', 3645},
    {"regconfig", "regconfig", 3734, 4, 'i', 3735},
    {"regdictionary", "regdictionary", 3769, 4, 'i', 3770},
    {"jsonb", "jsonb", 3802, -1, 'i', 3807},
    {"int4range", "int4range", 3904, -1, 'i', 3905, kRange, 23},
    {"numrange", "numrange", 3906, -1, 'i', 3907, kRange, 1700},
    {"tsrange", "tsrange", 3908, -1, 'd', 3909, kRange, 1114},
    {"tstzrange", "tstzrange", 3910, -1, 'd', 3911, kRange, 1184},
    {"daterange", "daterange", 3912, -1, 'i', 3913, kRange, 1082},
    {"int8range", "int8range", 3926, -1, 'd', 3927, kRange, 20},
    {"jsonpath", "jsonpath", 4072, -1, 'i', 4073},
    {"regnamespace", "regnamespace", 4089, 4, 'i', 4090},
    {"regrole", "regrole", 4096, 4, 'i', 4097},
    {"xid8", "xid8", 5069, 8, 'd', 271},
};

// Words of SQL that are neither pg_type's name nor format_type's.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"int", "int4"},           {"dec", "numeric"},
    {"decimal", "numeric"},    {"float", "float8"},
    {"nchar", "bpchar"},       {"national character", "bpchar"},
    {"character", "bpchar"},   {"national character varying", "varchar"},
    {"nchar varying", "varchar"},
    {"char varying", "varchar"},
    {"national char", "bpchar"},
    {"national char varying", "varchar"},
    {"time", "time"},          {"timestamp", "timestamp"},
};

bool IsPlainName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return true;
}

void AppendName(std::string_view name, std::string& out) {
  if (IsPlainName(name)) {
    out += name;
    return;
  }
  out += '"';
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

// What a modifier says, in parentheses, and where it stands in the words of the type: timestamp(3) without time zone.
std::string ModifierText(uint32_t oid, int32_t modifier) {
  if (modifier < 0) return {};
  switch (oid) {
    case pg_oid::kNumeric: {
      const int32_t packed = modifier - 4;
      if (packed < 0) return {};
      // Scales are 11 bits with a sign since PostgreSQL 15.
      int32_t scale = packed & 0x7ff;
      if (scale >= 1024) scale -= 2048;
      return "(" + std::to_string((packed >> 16) & 0xffff) + "," + std::to_string(scale) + ")";
    }
    case pg_oid::kVarchar:
    case pg_oid::kBpchar: return modifier < 4 ? std::string() : "(" + std::to_string(modifier - 4) + ")";
    case pg_oid::kBit:
    case pg_oid::kVarbit:
    case pg_oid::kTime:
    case pg_oid::kTimetz:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: return "(" + std::to_string(modifier) + ")";
    default: return {};
  }
}

}  // namespace

const BuiltinType* BuiltinTypeOf(uint32_t oid) {
  for (const BuiltinType& type : kTypes) {
    if (type.oid == oid) return &type;
  }
  return nullptr;
}

const BuiltinType* FindBuiltinType(std::string_view name) {
  for (const auto& [word, meant] : kWords) {
    if (word == name) name = meant;
  }
  for (const BuiltinType& type : kTypes) {
    if (type.name == name) return &type;
  }
  for (const BuiltinType& type : kTypes) {
    if (type.spoken == name) return &type;
  }
  return nullptr;
}

std::string TypeText(const TypeList& types, TypeIndex type, int32_t modifier) {
  if (type >= types.size()) return {};
  const PgType& t = types[type];
  // A type refers only to types before it, so this ends.
  if (t.kind == PgTypeKind::array && t.element < type) return TypeText(types, t.element, modifier) + "[]";
  if (const BuiltinType* known = t.oid == 0 ? nullptr : BuiltinTypeOf(t.oid)) {
    const std::string in_parentheses = ModifierText(t.oid, modifier);
    const std::string_view spoken = known->spoken;
    // character without a length is bpchar, which character in DDL is not: that means character(1).
    if (t.oid == pg_oid::kBpchar && in_parentheses.empty()) return "bpchar";
    const size_t cut = spoken.find(' ');
    if (in_parentheses.empty() || cut == std::string_view::npos || !spoken.starts_with("time"))
      return std::string(spoken) + in_parentheses;
    return std::string(spoken.substr(0, cut)) + in_parentheses + std::string(spoken.substr(cut));
  }
  std::string text;
  if (!t.schema.empty() && t.schema != "pg_catalog") {
    AppendName(t.schema, text);
    text += '.';
  }
  AppendName(t.name, text);
  return text;
}

}  // namespace pulih

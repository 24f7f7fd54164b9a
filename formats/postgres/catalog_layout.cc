#include "formats/postgres/catalog_layout.h"

#include "formats/postgres/heap_page.h"

namespace pulih {

size_t CatalogAlignment(char align) { return align == 'c' ? 1 : align == 's' ? 2 : align == 'd' ? 8 : 4; }

namespace {

enum Form : uint8_t {
  kWord,      // oid, int4, float4, xid, regproc
  kShort,     // int2
  kByte,      // bool, "char"
  kName,
  kVector,    // int2vector, oidvector: never null
  kVariable,  // arrays, text, expression trees: null or there
};

constexpr PgMajor kAlways = 0, kForever = 0xffff;

struct Field {
  const char* name;
  Form form;
  PgMajor since = kAlways;
  PgMajor before = kForever;  // the first release without it
};

constexpr Field kClassFields[] = {
    {"oid", kWord, 1200}, {"relname", kName}, {"relnamespace", kWord}, {"reltype", kWord}, {"reloftype", kWord, 900},
    {"relowner", kWord}, {"relam", kWord}, {"relfilenode", kWord}, {"reltablespace", kWord}, {"relpages", kWord},
    {"reltuples", kWord}, {"relallvisible", kWord, 902}, {"relallfrozen", kWord, 1800}, {"reltoastrelid", kWord},
    {"reltoastidxid", kWord, kAlways, 904}, {"relhasindex", kByte}, {"relisshared", kByte},
    {"relistemp", kByte, kAlways, 901}, {"relpersistence", kByte, 901}, {"relkind", kByte}, {"relnatts", kShort},
    {"relchecks", kShort}, {"relhasoids", kByte, kAlways, 1200}, {"relhaspkey", kByte, kAlways, 1100},
    {"relhasexclusion", kByte, 900, 901}, {"relhasrules", kByte}, {"relhastriggers", kByte}, {"relhassubclass", kByte},
    {"relrowsecurity", kByte, 905}, {"relforcerowsecurity", kByte, 905}, {"relispopulated", kByte, 903},
    {"relreplident", kByte, 904}, {"relispartition", kByte, 1000}, {"relrewrite", kWord, 1100}, {"relfrozenxid", kWord},
    {"relminmxid", kWord, 903}, {"relacl", kVariable}, {"reloptions", kVariable}, {"relpartbound", kVariable, 1000},
};

constexpr Field kAttributeFields[] = {
    {"attrelid", kWord}, {"attname", kName}, {"atttypid", kWord}, {"attstattarget", kWord, kAlways, 1600},
    {"attlen", kShort}, {"attnum", kShort}, {"attndims", kWord, kAlways, 1600}, {"attcacheoff", kWord, kAlways, 1800},
    {"atttypmod", kWord}, {"attndims", kShort, 1600}, {"attbyval", kByte}, {"attstorage", kByte, kAlways, 1400},
    {"attalign", kByte}, {"attstorage", kByte, 1400}, {"attcompression", kByte, 1400}, {"attnotnull", kByte},
    {"atthasdef", kByte}, {"atthasmissing", kByte, 1100}, {"attidentity", kByte, 1000}, {"attgenerated", kByte, 1200},
    {"attisdropped", kByte}, {"attislocal", kByte}, {"attinhcount", kWord, kAlways, 1600}, {"attinhcount", kShort, 1600},
    {"attstattarget", kShort, 1600, 1700}, {"attcollation", kWord, 901}, {"attstattarget", kVariable, 1700},
    {"attacl", kVariable}, {"attoptions", kVariable, 900}, {"attfdwoptions", kVariable, 902},
    {"attmissingval", kVariable, 1100},
};

constexpr Field kTypeFields[] = {
    {"oid", kWord, 1200}, {"typname", kName}, {"typnamespace", kWord}, {"typowner", kWord}, {"typlen", kShort},
    {"typbyval", kByte}, {"typtype", kByte}, {"typcategory", kByte}, {"typispreferred", kByte}, {"typisdefined", kByte},
    {"typdelim", kByte}, {"typrelid", kWord}, {"typsubscript", kWord, 1400}, {"typelem", kWord}, {"typarray", kWord},
    {"typinput", kWord}, {"typoutput", kWord}, {"typreceive", kWord}, {"typsend", kWord}, {"typmodin", kWord},
    {"typmodout", kWord}, {"typanalyze", kWord}, {"typalign", kByte}, {"typstorage", kByte}, {"typnotnull", kByte},
    {"typbasetype", kWord}, {"typtypmod", kWord}, {"typndims", kWord}, {"typcollation", kWord, 901},
    {"typdefaultbin", kVariable}, {"typdefault", kVariable}, {"typacl", kVariable, 902},
};

constexpr Field kNamespaceFields[] = {{"oid", kWord, 1200}, {"nspname", kName}, {"nspowner", kWord}, {"nspacl", kVariable}};

constexpr Field kIndexFields[] = {
    {"indexrelid", kWord}, {"indrelid", kWord}, {"indnatts", kShort}, {"indnkeyatts", kShort, 1100},
    {"indisunique", kByte}, {"indnullsnotdistinct", kByte, 1500}, {"indisprimary", kByte},
    {"indisexclusion", kByte, 901}, {"indimmediate", kByte, 900}, {"indisclustered", kByte}, {"indisvalid", kByte},
    {"indcheckxmin", kByte}, {"indisready", kByte}, {"indislive", kByte, 903}, {"indisreplident", kByte, 904},
    {"indkey", kVector}, {"indcollation", kVector, 901}, {"indclass", kVector}, {"indoption", kVector},
    {"indexprs", kVariable}, {"indpred", kVariable},
};

constexpr Field kConstraintFields[] = {
    {"oid", kWord, 1200}, {"conname", kName}, {"connamespace", kWord}, {"contype", kByte}, {"condeferrable", kByte},
    {"condeferred", kByte}, {"conenforced", kByte, 1800}, {"convalidated", kByte, 901}, {"conrelid", kWord},
    {"contypid", kWord}, {"conindid", kWord, 900}, {"conparentid", kWord, 1100}, {"confrelid", kWord},
    {"confupdtype", kByte}, {"confdeltype", kByte}, {"confmatchtype", kByte}, {"conislocal", kByte},
    {"coninhcount", kWord, kAlways, 1800}, {"coninhcount", kShort, 1800}, {"connoinherit", kByte, 902},
    {"conperiod", kByte, 1800}, {"conkey", kVariable}, {"confkey", kVariable}, {"conpfeqop", kVariable},
    {"conppeqop", kVariable}, {"conffeqop", kVariable}, {"confdelsetcols", kVariable, 1500},
    {"conexclop", kVariable, 900}, {"conbin", kVariable}, {"consrc", kVariable, kAlways, 1200},
};

constexpr Field kEnumFields[] = {
    {"oid", kWord, 1200}, {"enumtypid", kWord}, {"enumsortorder", kWord, 901}, {"enumlabel", kName}};

constexpr Field kRangeFields[] = {
    {"rngtypid", kWord}, {"rngsubtype", kWord}, {"rngmultitypid", kWord, 1400}, {"rngcollation", kWord},
    {"rngsubopc", kWord}, {"rngcanonical", kWord}, {"rngsubdiff", kWord}};

// Only its beginning: what follows differs much and says nothing of use here.
constexpr Field kDatabaseFields[] = {{"oid", kWord, 1200}, {"datname", kName}, {"datdba", kWord}, {"encoding", kWord}};

CatalogField FieldOf(const Field& field) {
  CatalogField out;
  out.name = field.name;
  switch (field.form) {
    case kWord: break;
    case kShort: out.length = 2; out.align = 's'; break;
    case kByte: out.length = 1; out.align = 'c'; break;
    case kName: out.length = 64; out.align = 'c'; break;
    case kVector: out.length = -1; break;
    case kVariable: out.length = -1; out.nullable = true; break;
  }
  return out;
}

template <size_t N>
CatalogLayout Pick(const Field (&fields)[N], PgMajor major, bool has_oid) {
  CatalogLayout layout;
  layout.has_oid = has_oid && major < 1200;
  for (const Field& field : fields) {
    if (major < field.since || major >= field.before) continue;
    layout.fields.push_back(FieldOf(field));
    // Since 17 the target is an int2 that may be null; what stands before it is all that is read.
    if (layout.fields.back().name == "attstattarget" && field.form == kVariable) {
      layout.fields.back().length = 2;
      layout.fields.back().align = 's';
    }
  }
  layout.Place();
  return layout;
}

}  // namespace

void CatalogLayout::Place() {
  size_t at = 0;
  fixed_fields = 0;
  for (CatalogField& field : fields) {
    if (field.length <= 0 || field.nullable) break;
    at = AlignUp(at, CatalogAlignment(field.align));
    field.offset = at;
    at += static_cast<size_t>(field.length);
    ++fixed_fields;
  }
  fixed_size = at;
}

size_t CatalogLayout::Find(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return i;
  return npos;
}

CatalogLayout BuiltinLayout(uint32_t catalog, PgMajor major) {
  switch (catalog) {
    case catalog_oid::kClass: return Pick(kClassFields, major, true);
    case catalog_oid::kAttribute: return Pick(kAttributeFields, major, false);
    case catalog_oid::kType: return Pick(kTypeFields, major, true);
    case catalog_oid::kNamespace: return Pick(kNamespaceFields, major, true);
    case catalog_oid::kIndex: return Pick(kIndexFields, major, false);
    case catalog_oid::kConstraint: return Pick(kConstraintFields, major, true);
    case catalog_oid::kEnum: return Pick(kEnumFields, major, true);
    case catalog_oid::kRange: return major < 902 ? CatalogLayout() : Pick(kRangeFields, major, false);
    case catalog_oid::kDatabase: {
      CatalogLayout layout = Pick(kDatabaseFields, major, true);
      layout.is_partial = true;
      return layout;
    }
    default: return {};
  }
}

}  // namespace pulih

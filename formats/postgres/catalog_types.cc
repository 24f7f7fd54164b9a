#include "formats/postgres/catalog_types.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "formats/postgres/builtin_types.h"

namespace pulih {
namespace {

constexpr uint32_t kFirstUnfixedOid = 10000;  // from here on initdb gives numbers out as they come
constexpr size_t kMaxDepth = 60;              // of types in types, as elsewhere

// Of the number of a built-in array type: what it is an array of.
const BuiltinType* ElementOf(uint32_t array_oid) {
  for (uint32_t oid = 1; oid < kFirstUnfixedOid; ++oid) {
    const BuiltinType* const type = BuiltinTypeOf(oid);
    if (type != nullptr && type->array_oid == array_oid) return type;
  }
  return nullptr;
}

// The order must be one, whatever damage made of the number.
float SortPlace(uint32_t bits) {
  const float place = std::bit_cast<float>(bits);
  return place == place ? place : 0;
}

}  // namespace

CatalogTypes::CatalogTypes(const CatalogTables& tables, const std::map<uint32_t, std::string>& namespaces, Schema& schema)
    : tables_(tables), namespaces_(namespaces), schema_(schema) {
  for (const CatalogRow* row : tables.Rows(catalog_oid::kType)) rows_[row->oid()] = row;
  for (const CatalogRow* row : tables.Rows(catalog_oid::kRange)) {
    subtypes_[row->Word("rngtypid")] = row->Word("rngsubtype");
    if (row->Word("rngmultitypid") != 0) ranges_[row->Word("rngmultitypid")] = row->Word("rngtypid");
  }
}

TypeIndex CatalogTypes::Add(uint32_t oid) {
  if (const auto known = places_.find(oid); known != places_.end()) return known->second;
  // A type inside itself is damage, or a composite that nobody can use; it ends here.
  if (open_.size() >= kMaxDepth || !open_.insert(oid).second) return Lost(0);
  const TypeIndex at = AddOpen(oid);
  open_.erase(oid);
  places_[oid] = at;
  return at;
}

TypeIndex CatalogTypes::AddOpen(uint32_t oid) {
  const auto row = rows_.find(oid);
  if (row == rows_.end()) return Lost(oid);
  PgType type = Describe(oid, row->second);
  schema_.types.push_back(std::move(type));
  const auto at = static_cast<TypeIndex>(schema_.types.size() - 1);
  if (schema_.types[at].kind == PgTypeKind::enumeration) AddWords(oid, at);
  return at;
}

PgType CatalogTypes::Describe(uint32_t oid, const CatalogRow* row) {
  PgType type;
  type.name = row->Name("typname");
  const auto where = namespaces_.find(row->Word("typnamespace"));
  if (where != namespaces_.end()) type.schema = where->second;
  type.oid = oid < kFirstUnfixedOid ? oid : 0;
  const uint32_t element = row->Word("typelem");
  switch (row->Byte("typtype")) {
    case 'c':
      type.kind = PgTypeKind::composite;
      AddFields(row->Word("typrelid"), type);
      break;
    case 'd':
      type.kind = PgTypeKind::domain;
      type.element = Add(row->Word("typbasetype"));
      break;
    case 'e': type.kind = PgTypeKind::enumeration; break;
    case 'r':
      type.kind = PgTypeKind::range;
      type.element = Add(subtypes_.count(oid) != 0 ? subtypes_[oid]
                         : BuiltinTypeOf(oid) != nullptr ? BuiltinTypeOf(oid)->element : 0);
      break;
    case 'm':
      type.kind = PgTypeKind::multirange;
      type.element = Add(ranges_[oid]);
      break;
    default: {
      // A true array is what its element says its array type is; int2vector and the like only look like one.
      const auto of = rows_.find(element);
      const bool is_array = element != 0 && row->Short("typlen") == -1 &&
                            (of != rows_.end() ? of->second->Word("typarray") == oid : row->Byte("typcategory") == 'A');
      if (!is_array) break;
      type.kind = PgTypeKind::array;
      type.element = Add(element);
    }
  }
  return type;
}

void CatalogTypes::AddFields(uint32_t relation, PgType& type) {
  for (const auto& [number, row] : tables_.Attributes(relation)) {
    if (row->Flag("attisdropped")) continue;
    type.fields.push_back({row->Name("attname"), Add(row->Word("atttypid"))});
  }
}

void CatalogTypes::AddWords(uint32_t oid, TypeIndex at) {
  std::vector<std::pair<float, std::string>> words;
  for (const CatalogRow* row : tables_.Rows(catalog_oid::kEnum)) {
    if (row->Word("enumtypid") != oid) continue;
    // Before 9.1 labels were in the order of their numbers, as the rows here are.
    const float place = row->Knows("enumsortorder") ? SortPlace(row->Word("enumsortorder"))
                                                    : static_cast<float>(words.size());
    words.emplace_back(place, row->Name("enumlabel"));
  }
  std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [place, word] : words) schema_.enum_words[at].push_back(std::move(word));
}

TypeIndex CatalogTypes::Lost(uint32_t oid) {
  PgType type;
  type.schema = "pg_catalog";
  if (const BuiltinType* known = oid == 0 ? nullptr : BuiltinTypeOf(oid)) {
    type.name = std::string(known->name);
    type.oid = oid;
    type.kind = known->kind;
    if (known->element != 0) type.element = Add(known->element);
  } else if (const BuiltinType* of = oid == 0 ? nullptr : ElementOf(oid)) {
    type.name = "_" + std::string(of->name);
    type.oid = oid;
    type.kind = PgTypeKind::array;
    type.element = Add(of->oid);
  } else {
    type.schema.clear();
    // A type that pg_type lost may still have its words in pg_enum.
    const auto& labels = tables_.Rows(catalog_oid::kEnum);
    const bool is_enum = oid != 0 && std::any_of(labels.begin(), labels.end(), [&](const CatalogRow* row) {
      return row->Word("enumtypid") == oid;
    });
    type.name = oid == 0 ? "unknown" : "type " + std::to_string(oid);
    if (is_enum) type.kind = PgTypeKind::enumeration;
  }
  schema_.types.push_back(std::move(type));
  const auto at = static_cast<TypeIndex>(schema_.types.size() - 1);
  if (schema_.types[at].kind == PgTypeKind::enumeration) AddWords(oid, at);
  return at;
}

}  // namespace pulih

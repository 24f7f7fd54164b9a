#include "engine/recover/case_schema.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "formats/postgres/ddl.h"

namespace pulih {
namespace {

using Name = std::pair<std::string, std::string>;
Name NameOf(const SchemaTable& table) { return {table.schema, table.name}; }

bool IsSystem(const SchemaTable& table) { return table.schema == "pg_catalog" || table.schema == "information_schema" || table.schema == "pg_toast"; }

std::vector<std::string_view> LiveColumns(const SchemaTable& table) {
  std::vector<std::string_view> names;
  for (const SchemaColumn& column : table.columns)
    if (!column.dropped) names.push_back(column.name);
  return names;
}

// Rows of COPY tell the names of columns and nothing else.
bool HasTypes(const SchemaTable& table) {
  return std::none_of(table.columns.begin(), table.columns.end(), [](const SchemaColumn& c) { return !c.dropped && c.type_text.empty(); });
}

// Without the tables that `keep` refuses, and without their rows.
template <typename Keep>
Schema Only(const Schema& schema, const Keep& keep) {
  Schema only;
  only.types = schema.types;
  only.enum_labels = schema.enum_labels;
  only.enum_words = schema.enum_words;
  only.encoding = schema.encoding;
  std::map<size_t, size_t> places;
  for (size_t i = 0; i < schema.tables.size(); ++i) {
    if (!keep(schema.tables[i])) continue;
    places[i] = only.tables.size();
    only.tables.push_back(schema.tables[i]);
  }
  for (const SchemaRow& row : schema.rows)
    if (const auto at = places.find(row.table); at != places.end()) only.rows.push_back({at->second, row.values});
  return only;
}

// A dump that was cut tells columns and no longer the keys, which stand at its end: any version with the same columns
// may tell them.
void AdoptKeys(SchemaTable& to, const SchemaTable& from) {
  if (LiveColumns(to) != LiveColumns(from)) return;
  const auto carried = [&](std::vector<uint32_t> columns) -> std::optional<std::vector<uint32_t>> {
    for (uint32_t& column : columns) {
      const auto at = std::find_if(to.columns.begin(), to.columns.end(), [&](const SchemaColumn& c) { return !c.dropped && c.name == from.columns[column].name; });
      if (at == to.columns.end()) return std::nullopt;
      column = static_cast<uint32_t>(at - to.columns.begin());
    }
    return columns;
  };
  if (to.keys.empty())
    for (const SchemaKey& key : from.keys)
      if (auto columns = carried(key.columns)) to.keys.push_back({key.name, key.primary, std::move(*columns)});
  if (to.references.empty())
    for (const SchemaReference& reference : from.references)
      if (auto columns = carried(reference.columns)) to.references.push_back({std::move(*columns), reference.schema, reference.table, reference.ref_columns});
  for (SchemaColumn& column : to.columns)
    for (const SchemaColumn& other : from.columns)
      if (!column.dropped && !other.dropped && column.name == other.name && other.not_null) column.not_null = true;
}

}  // namespace

Schema MergeSchemas(const Schema& given, const std::vector<const Schema*>& learnt) {
  // Which schema's version of a table counts.
  std::map<Name, std::pair<const Schema*, std::pair<size_t, bool>>> best;
  for (const Schema* schema : learnt) {
    for (const SchemaTable& table : schema->tables) {
      if (IsSystem(table)) continue;
      const std::pair<size_t, bool> worth{LiveColumns(table).size(), HasTypes(table)};
      const auto [at, is_first] = best.try_emplace(NameOf(table), schema, worth);
      if (!is_first && worth > at->second.second) at->second = {schema, worth};
    }
  }
  Schema merged = given;
  const Schema nothing;
  for (const Schema* schema : learnt) {
    AddSchema(merged, Only(*schema, [&](const SchemaTable& table) {
      const auto at = best.find(NameOf(table));
      return at != best.end() && at->second.first == schema;
    }));
    if (merged.encoding == nothing.encoding) merged.encoding = schema->encoding;
  }
  // Numbers of files are of one cluster, and a case may hold several.
  for (SchemaTable& table : merged.tables) {
    table.oid = table.filenode = table.toast_oid = table.toast_filenode = 0;
    table.indexes.clear();
    if (LiveColumns(table).size() == table.columns.size()) continue;
    std::vector<uint32_t> places(table.columns.size());
    uint32_t next = 0;
    for (size_t i = 0; i < table.columns.size(); ++i) places[i] = table.columns[i].dropped ? UINT32_MAX : next++;
    const auto carry = [&](std::vector<uint32_t>& columns) {
      for (uint32_t& column : columns) column = column < places.size() ? places[column] : UINT32_MAX;
      return std::find(columns.begin(), columns.end(), UINT32_MAX) == columns.end();
    };
    std::erase_if(table.keys, [&](SchemaKey& key) { return !carry(key.columns); });
    std::erase_if(table.references, [&](SchemaReference& reference) { return !carry(reference.columns); });
    std::erase_if(table.columns, [](const SchemaColumn& column) { return column.dropped; });
  }
  for (SchemaTable& table : merged.tables)
    for (const Schema* schema : learnt)
      if (const SchemaTable* told = schema->Find(table.schema, table.name)) AdoptKeys(table, *told);
  return merged;
}

Schema SchemaOfUnit(const Schema& of_case, const Schema& learnt_here) {
  const auto same_columns = [&](const SchemaTable& table) {
    const SchemaTable* known = of_case.Find(table.schema, table.name);
    return IsSystem(table) || (known != nullptr && LiveColumns(*known) == LiveColumns(table) && (HasTypes(table) || !HasTypes(*known)));
  };
  // Its own form of the tables first, then those that it does not know.
  Schema schema = Only(learnt_here, same_columns);
  AddSchema(schema, of_case);
  for (SchemaTable& table : schema.tables)
    if (const SchemaTable* told = of_case.Find(table.schema, table.name)) AdoptKeys(table, *told);
  // Where its columns are others (a damaged catalog, an older form), its numbers still tell which file is which table.
  for (const SchemaTable& table : learnt_here.tables) {
    if (same_columns(table)) continue;
    for (SchemaTable& known : schema.tables) {
      if (NameOf(known) != NameOf(table)) continue;
      known.oid = table.oid, known.filenode = table.filenode, known.toast_oid = table.toast_oid, known.toast_filenode = table.toast_filenode;
      known.has_oids = table.has_oids;
    }
  }
  return schema;
}

}  // namespace pulih

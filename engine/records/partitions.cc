#include "engine/records/partitions.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "engine/records/sql_script.h"

namespace pulih {
namespace {

struct Attached {
  TableName parent, partition;
};

bool TakeWords(std::string_view& text, std::string_view words) {
  if (!text.starts_with(words)) return false;
  text.remove_prefix(words.size());
  return true;
}

// A name as pg_dump writes it, and the blank behind it.
std::string_view TakeName(std::string_view& text) {
  size_t end = 0;
  for (bool quoted = false; end < text.size() && (quoted || text[end] != ' '); ++end) quoted ^= text[end] == '"';
  const std::string_view name = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return name;
}

Status AddAttached(std::string_view ddl, const std::string& database, std::vector<Attached>& all) {
  return ForEachStatement(ddl, [&](std::string_view statement) -> Status {
    if (!TakeWords(statement, "ALTER TABLE ONLY ")) return OkStatus();
    const std::string_view parent_words = TakeName(statement);
    if (!TakeWords(statement, "ATTACH PARTITION ")) return OkStatus();
    PULIH_TRY_ASSIGN(TableName parent, ParseTableName(parent_words));
    PULIH_TRY_ASSIGN(TableName partition, ParseTableName(TakeName(statement)));
    parent.database = partition.database = database;
    all.push_back({std::move(parent), std::move(partition)});
    return OkStatus();
  });
}

// A partition may have partitions itself. Names are looked at once each: definitions that make no sense end as well.
std::vector<TableName> LeavesOf(const std::vector<Attached>& all, const std::vector<TableName>& kept, const TableName& parent) {
  std::map<std::string, std::vector<const TableName*>> partitions;
  for (const Attached& one : all) partitions[TableRootName(one.parent)].push_back(&one.partition);
  std::set<std::string> with_rows, seen;
  for (const TableName& name : kept) with_rows.insert(TableRootName(name));

  std::vector<TableName> leaves;
  std::vector<const TableName*> open = {&parent};
  while (!open.empty()) {
    const TableName& table = *open.back();
    open.pop_back();
    const std::string name = TableRootName(table);
    if (!seen.insert(name).second) continue;
    if (with_rows.count(name) != 0) {
      leaves.push_back(table);
      continue;
    }
    const auto& below = partitions[name];
    open.insert(open.end(), below.rbegin(), below.rend());
  }
  return leaves;
}

}  // namespace

Result<std::vector<ListedTable>> FindTableOrPartitions(ReadSession& session, const Snapshot& snapshot, const TableName& name) {
  std::vector<ListedTable> tables;
  Result<ListedTable> itself = FindTable(session, snapshot, name);
  if (itself.ok()) {
    tables.push_back(std::move(itself).value());
    return tables;
  }
  if (itself.status().code() != Code::not_found) return std::move(itself).error();

  std::vector<Attached> all;
  PULIH_TRY_ASSIGN(const std::vector<std::string> databases, DatabaseNames(snapshot));
  for (const std::string& database : databases) {
    if (name.database && *name.database != database) continue;
    PULIH_TRY_ASSIGN(const DatabaseParts parts, ReadDatabase(session, snapshot, database));
    PULIH_TRY(AddAttached(parts.ddl_before_data, database, all));
  }
  std::vector<TableName> parents;
  for (const Attached& one : all) parents.push_back(one.parent);
  auto parent = ResolveTable(parents, name, "this snapshot");
  if (parent.status().code() == Code::not_found) return std::move(itself).error();
  if (!parent.ok()) return std::move(parent).error();

  PULIH_TRY_ASSIGN(const std::vector<TableName> kept, TableNames(snapshot));
  for (const TableName& leaf : LeavesOf(all, kept, *parent)) {
    PULIH_TRY_ASSIGN(std::optional<ListedTable> table, OpenTable(session, snapshot, leaf));
    if (table) tables.push_back(std::move(*table));
  }
  if (!tables.empty()) return tables;
  return Status(Code::not_found, "table " + TableRootName(*parent) + ": it is partitioned, and the snapshot has none of its partitions",
                "`pulih records tables SNAP` lists what there is");
}

}  // namespace pulih

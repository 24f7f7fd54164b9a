#include "engine/source/table_shape.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace pulih {
namespace {

constexpr size_t kNamesInMessages = 50;

PgType CatalogType(std::string name, uint32_t oid) {
  PgType type;
  type.schema = "pg_catalog";
  type.name = std::move(name);
  type.oid = oid;
  return type;
}

}  // namespace

TableDescriptor FileTable(TableOrigin origin, std::string name) {
  TableDescriptor table;
  table.origin = origin;
  table.name = std::move(name);
  table.types = {CatalogType("text", pg_oid::kText), CatalogType("json", pg_oid::kJson)};
  return table;
}

void AddColumn(TableDescriptor& table, std::string name, FileColumn type) {
  ColumnDescriptor column;
  column.name = std::move(name);
  column.type = type == FileColumn::text ? 0 : 1;
  column.type_text = type == FileColumn::text ? "text" : "json";
  table.columns.push_back(std::move(column));
}

size_t MakeNamesDiffer(std::vector<std::string>& names) {
  // Names that are there from the start keep them: "a", "a", "a_2" becomes "a", "a_3", "a_2".
  std::unordered_set<std::string> taken(names.begin(), names.end()), seen;
  size_t changed = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty() && seen.insert(names[i]).second) continue;
    const std::string stem = names[i].empty() ? "column" : names[i];
    // Counting on from 2 for each of 1,600 equal names is a million steps: nothing.
    for (size_t n = names[i].empty() ? i + 1 : 2;; ++n) {
      std::string name = stem + "_" + std::to_string(n);
      if (!taken.insert(name).second) continue;
      names[i] = std::move(name);
      break;
    }
    ++changed;
  }
  return changed;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kNamesInMessages) return text + "…";
    text += names[i];
  }
  return text;
}

Result<std::vector<uint32_t>> FindKey(const std::vector<std::string>& key, const std::vector<std::string>& columns) {
  std::vector<uint32_t> places;
  for (const std::string& name : key) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) {
      return Status(Code::invalid, "primary key: " + name + ": there is no such column; there are " + Joined(columns));
    }
    const auto place = static_cast<uint32_t>(found - columns.begin());
    if (std::find(places.begin(), places.end(), place) != places.end()) return Status(Code::invalid, "primary key: " + name + ": named twice");
    places.push_back(place);
  }
  return places;
}

Result<bool> JudgeKey(const KeyCheck::Verdict& verdict, const std::vector<std::string>& key, TableVisit& visit) {
  if (verdict.ok()) return true;
  std::string why = "primary key " + Joined(key) + ": ";
  if (verdict.nulls > 0) why += std::to_string(verdict.nulls) + " rows have no value there";
  if (verdict.repeats) why += std::string(verdict.nulls > 0 ? ", and " : "") + "it is the same in several rows";
  PULIH_TRY(visit.Tell(Code::invalid, why + "; all rows are kept, without a key"));
  return false;
}

}  // namespace pulih

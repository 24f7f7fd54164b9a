#include "engine/records/staged_columns.h"

#include <algorithm>

#include "engine/source/pg_client.h"

namespace pulih {
namespace {

bool IsBytes(const TypeList& types, TypeIndex type) {
  while (types[type].kind == PgTypeKind::domain) type = types[type].element;
  return types[type].oid == pg_oid::kBytea;
}

}  // namespace

void StagedColumns::Add(const TableDescriptor& table, size_t place) {
  places_.push_back(place);
  names_.push_back(table.columns[place].name);
  are_bytes_.push_back(IsBytes(table.types, table.columns[place].type));
}

bool StagedColumns::SetKey(const TableDescriptor& table) {
  for (const uint32_t column : table.key) key_.push_back(table.columns[column].name);
  return !key_.empty() &&
         std::all_of(key_.begin(), key_.end(), [&](const std::string& column) { return PlaceOf(column).has_value(); });
}

std::optional<size_t> StagedColumns::PlaceOf(const std::string& column) const {
  const auto found = std::find(names_.begin(), names_.end(), column);
  return found == names_.end() ? std::nullopt : std::optional<size_t>(static_cast<size_t>(found - names_.begin()));
}

std::optional<std::vector<std::string>> StagedColumns::Of(const std::vector<std::string>& columns,
                                                          const std::string& alias) const {
  std::vector<std::string> staged;
  for (const std::string& column : columns) {
    const std::optional<size_t> place = PlaceOf(column);
    if (!place) return std::nullopt;
    staged.push_back(alias + "." + Name(*place));
  }
  return staged;
}

std::string StagedColumns::JoinOnKey(const std::string& target_alias, const std::string& staged_alias) const {
  const std::vector<std::string> staged = *Of(key_, staged_alias);
  std::string on;
  for (size_t i = 0; i < key_.size(); ++i)
    on += (i == 0 ? "" : " AND ") + target_alias + "." + SqlName(key_[i]) + " = " + staged[i];
  return on;
}

// As text, values of every type can be compared, and only what is written the same is the same (1.5 is not 1.50).
std::string StagedColumns::Differ(size_t i, const std::string& target_alias, const std::string& staged_alias) const {
  const std::string theirs = target_alias + "." + SqlName(names_[i]), ours = staged_alias + "." + Name(i);
  if (are_bytes_[i]) return theirs + " IS DISTINCT FROM " + ours;
  return "(" + theirs + ")::text COLLATE \"C\" IS DISTINCT FROM (" + ours + ")::text COLLATE \"C\"";
}

std::string StagedColumns::Differences(const std::string& target_alias, const std::string& staged_alias) const {
  std::string differences;
  for (size_t i = 0; i < names_.size(); ++i) {
    differences += (i == 0 ? "CASE WHEN " : ", CASE WHEN ") + Differ(i, target_alias, staged_alias) + " THEN '" +
                   std::to_string(i) + "' END";
  }
  return "pg_catalog.array_to_string(ARRAY[" + differences + "]::text[], ',')";
}

std::string StagedColumns::Equal(const std::string& target_alias, const std::string& staged_alias) const {
  std::string equal = "true";
  for (size_t i = 0; i < names_.size(); ++i) equal += " AND NOT (" + Differ(i, target_alias, staged_alias) + ")";
  return equal;
}

}  // namespace pulih

#include "engine/recover/claim_keys.h"

namespace pulih {

std::string FullTableName(const SchemaTable& table) { return table.schema + "." + table.name; }

const SchemaTable* TableOf(const Schema& schema, std::string_view full_name) {
  for (const SchemaTable& table : schema.tables)
    if (full_name.size() == table.schema.size() + 1 + table.name.size() && full_name.starts_with(table.schema) &&
        full_name.ends_with(table.name) && full_name[table.schema.size()] == '.')
      return &table;
  return nullptr;
}

std::vector<const SchemaColumn*> ClaimColumns(const SchemaTable& table) {
  std::vector<const SchemaColumn*> columns;
  for (const SchemaColumn& column : table.columns)
    if (!column.dropped) columns.push_back(&column);
  return columns;
}

std::vector<size_t> KeyFields(const SchemaTable& table) {
  const auto all_not_null = [&](const SchemaKey& key) {
    return std::all_of(key.columns.begin(), key.columns.end(), [&](uint32_t c) { return table.columns[c].not_null; });
  };
  const SchemaKey* chosen = table.primary_key();
  for (const SchemaKey& key : table.keys)
    if (chosen == nullptr && all_not_null(key)) chosen = &key;
  std::vector<size_t> places;
  if (chosen == nullptr) return places;
  for (const uint32_t column : chosen->columns) {
    if (table.columns[column].dropped) return {};
    const auto before = table.columns.begin() + column;
    places.push_back(static_cast<size_t>(std::count_if(table.columns.begin(), before, [](const SchemaColumn& c) { return !c.dropped; })));
  }
  return places;
}

std::optional<Bytes> ClaimKey(const Schema& schema, const RowClaim& claim) {
  Bytes key;
  if (!claim_keys::AppendClaimKey(schema, claim_keys::KeyColumnsOf(schema, claim.table), claim.fields, key)) return std::nullopt;
  return key;
}

}  // namespace pulih

namespace pulih::claim_keys {
namespace {

constexpr size_t kMaxTableName = 512;

}  // namespace

Status CheckTableName(std::string_view table) {
  if (table.size() <= kMaxTableName && table.find('\0') == table.npos) return OkStatus();
  return Status(Code::invalid, "keep a claim: the name of its table is none");
}

KeyColumns KeyColumnsOf(const Schema& schema, std::string_view table_name) {
  KeyColumns key;
  const SchemaTable* table = TableOf(schema, table_name);
  if (table == nullptr) return key;
  key.places = KeyFields(*table);
  const std::vector<const SchemaColumn*> columns = ClaimColumns(*table);
  for (const size_t place : key.places) key.types.push_back(columns[place]->type);
  return key;
}

}  // namespace pulih::claim_keys

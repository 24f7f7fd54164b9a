// ReadCatalog: find the catalogs and read them (catalog_tables.h), then
//   names of schemas → types as columns need them → tables with their columns → keys, foreign keys, indexes → files.
#include "formats/postgres/catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/endian.h"
#include "formats/postgres/builtin_types.h"
#include "formats/postgres/catalog_tables.h"
#include "formats/postgres/catalog_types.h"

namespace pulih {
namespace {

constexpr uint32_t kCatalogNamespace = 11, kToastNamespace = 99, kPublicNamespace = 2200;  // pg_namespace.dat
constexpr uint32_t kBtreeMethod = 403;                                                      // pg_am.dat

class SchemaMaker {
 public:
  SchemaMaker(const std::vector<CatalogFile>& files, const CatalogOptions& options)
      : tables_(files, options), types_(tables_, NameSpaces(), out_.schema) {}

  bool IsEmpty() const {
    using namespace catalog_oid;
    for (const uint32_t catalog : {kClass, kAttribute, kType, kNamespace, kIndex, kConstraint, kEnum})
      if (!tables_.Rows(catalog).empty()) return false;
    return true;
  }

  PgCatalog Make() && {
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kClass)) classes_[row->oid()] = row;
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kEnum)) out_.schema.enum_labels[row->oid()] = row->Name("enumlabel");
    if (classes_.empty()) {
      AddTablesByType();
    } else {
      AddTables();
    }
    AddConstraints();
    AddIndexes();
    AddFiles();
    AddNotes();
    SortTables();
    out_.major = tables_.major();
    out_.complete = tables_.complete();
    out_.remarks = std::move(tables_.remarks());
    return std::move(out_);
  }

 private:
  const std::map<uint32_t, std::string>& NameSpaces() {
    namespaces_ = {{kCatalogNamespace, "pg_catalog"}, {kToastNamespace, "pg_toast"}, {kPublicNamespace, "public"}};
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kNamespace)) namespaces_[row->oid()] = row->Name("nspname");
    return namespaces_;
  }

  std::string NameOf(uint32_t name_space) const {
    const auto at = namespaces_.find(name_space);
    return at == namespaces_.end() ? "schema_" + std::to_string(name_space) : at->second;
  }

  uint32_t FilenodeOf(const CatalogRow& row) const {
    // Views and partitioned tables have no file; 0 of a catalog says that the map knows.
    const uint32_t filenode = row.Word("relfilenode");
    return filenode != 0 || row.oid() >= kFirstUserOid || row.Byte("relkind") == 'v' ? filenode
                                                                                     : tables_.MappedFilenode(row.oid());
  }

  void AddTables() {
    for (const auto& [oid, row] : classes_) {
      const char kind = row->Byte("relkind");
      if (oid < kFirstUserOid || (kind != 'r' && kind != 'p') || row->Byte("relpersistence") == 't' || row->Flag("relistemp"))
        continue;
      SchemaTable table;
      table.schema = NameOf(row->Word("relnamespace"));
      table.name = row->Name("relname");
      table.oid = oid;
      table.filenode = FilenodeOf(*row);
      table.has_oids = row->Flag("relhasoids");
      table.toast_oid = row->Word("reltoastrelid");
      if (const auto toast = classes_.find(table.toast_oid); toast != classes_.end())
        table.toast_filenode = FilenodeOf(*toast->second);
      AddColumns(table);
      if (static_cast<int>(table.columns.size()) < row->Short("relnatts")) {
        tables_.remarks().push_back("columns of " + table.schema + "." + table.name + " are lost");
        continue;
      }
      Keep(std::move(table));
    }
  }

  // pg_class is lost: the row type of a table has its name and its number. Whether that is a table and no composite
  // type the files tell, unless it was rewritten.
  void AddTablesByType() {
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kType)) {
      const uint32_t oid = row->Word("typrelid");
      if (oid < kFirstUserOid || row->Byte("typtype") != 'c' || !tables_.HasFile(oid)) continue;
      SchemaTable table;
      table.schema = NameOf(row->Word("typnamespace"));
      if (table.schema == "pg_toast") continue;
      table.name = row->Name("typname");
      table.oid = table.filenode = oid;
      AddColumns(table);
      Keep(std::move(table));
    }
  }

  // Nothing is invented: columns up to the first that is lost.
  void AddColumns(SchemaTable& table) {
    int expected = 1;
    for (const auto& [number, row] : tables_.Attributes(table.oid)) {
      if (number != expected++) break;
      SchemaColumn column;
      column.name = row->Name("attname");
      column.modifier = static_cast<int32_t>(row->Word("atttypmod"));
      column.length = static_cast<int16_t>(row->Short("attlen"));
      column.align = row->Byte("attalign");
      column.not_null = row->Flag("attnotnull");
      column.dropped = row->Flag("attisdropped");
      column.type = types_.Add(column.dropped ? 0 : row->Word("atttypid"));
      if (!column.dropped) column.type_text = TypeText(out_.schema.types, column.type, column.modifier);
      table.columns.push_back(std::move(column));
    }
  }

  void Keep(SchemaTable table) {
    places_[table.oid] = out_.schema.tables.size();
    out_.schema.tables.push_back(std::move(table));
  }

  SchemaTable* TableOf(uint32_t oid) {
    const auto at = places_.find(oid);
    return at == places_.end() ? nullptr : &out_.schema.tables[at->second];
  }

  // attnums to places; nothing when one is no column of it (0: an expression).
  static std::vector<uint32_t> PlacesOf(const SchemaTable& table, const std::optional<std::vector<int>>& numbers) {
    std::vector<uint32_t> places;
    if (!numbers) return places;
    for (const int number : *numbers) {
      if (number < 1 || static_cast<size_t>(number) > table.columns.size()) return {};
      places.push_back(static_cast<uint32_t>(number - 1));
    }
    return places;
  }

  void AddConstraints() {
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kConstraint)) {
      SchemaTable* const table = TableOf(row->Word("conrelid"));
      if (table == nullptr) continue;
      const char kind = row->Byte("contype");
      std::vector<uint32_t> columns = PlacesOf(*table, row->Shorts("conkey"));
      if (columns.empty()) continue;
      if (kind == 'p' || kind == 'u') table->keys.push_back({row->Name("conname"), kind == 'p', std::move(columns)});
      if (kind == 'f') AddReference(*table, *row, std::move(columns));
    }
  }

  void AddReference(SchemaTable& table, const CatalogRow& row, std::vector<uint32_t> columns) {
    const SchemaTable* const to = TableOf(row.Word("confrelid"));
    if (to == nullptr) return;
    SchemaReference reference;
    reference.columns = std::move(columns);
    reference.schema = to->schema;
    reference.table = to->name;
    for (const uint32_t place : PlacesOf(*to, row.Shorts("confkey"))) reference.ref_columns.push_back(to->columns[place].name);
    if (reference.ref_columns.size() == reference.columns.size()) table.references.push_back(std::move(reference));
  }

  void AddIndexes() {
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kIndex)) {
      SchemaTable* const table = TableOf(row->Word("indrelid"));
      if (table == nullptr) continue;
      const uint32_t oid = row->Word("indexrelid");
      SchemaIndex index;
      if (const auto at = classes_.find(oid); at != classes_.end()) {
        if (at->second->Word("relam") != kBtreeMethod) continue;
        index.name = at->second->Name("relname");
        index.filenode = FilenodeOf(*at->second);
      } else if (tables_.HasFile(oid)) {
        index.filenode = oid;  // unless it was rewritten; whoever reads it sees whether it is an index of these columns
      }
      // A partial index does not say what is missing.
      const bool is_whole = row->IsNull("indpred");
      index.primary = row->Flag("indisprimary");
      index.unique = row->Flag("indisunique") && is_whole;
      index.columns = PlacesOf(*table, row->Shorts("indkey"));
      AddKeyOf(index, *row, *table);
      table->indexes.push_back(std::move(index));
    }
  }

  // A primary key whose constraint is lost.
  static void AddKeyOf(const SchemaIndex& index, const CatalogRow& row, SchemaTable& table) {
    if (!index.primary || index.columns.empty() || table.primary_key() != nullptr) return;
    const auto keys = row.Knows("indnkeyatts") ? static_cast<size_t>(std::max(0, row.Short("indnkeyatts"))) : index.columns.size();
    std::vector<uint32_t> columns(index.columns.begin(),
                                  index.columns.begin() + static_cast<std::ptrdiff_t>(std::min(keys, index.columns.size())));
    if (!columns.empty()) table.keys.push_back({index.name, true, std::move(columns)});
  }

  void AddFiles() {
    std::map<uint32_t, uint32_t> owners;  // of indexes and TOAST relations
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kIndex)) owners[row->Word("indexrelid")] = row->Word("indrelid");
    for (const auto& [oid, row] : classes_)
      if (row->Word("reltoastrelid") != 0) owners[row->Word("reltoastrelid")] = oid;
    for (const auto& [oid, row] : classes_) {
      const uint32_t filenode = FilenodeOf(*row);
      if (filenode == 0 || row->Flag("relisshared")) continue;  // what is shared lies in another directory
      RelationFile file{NameOf(row->Word("relnamespace")), row->Name("relname"), oid, row->Byte("relkind"), 0};
      if (const auto owner = owners.find(oid); owner != owners.end()) file.table = owner->second;
      out_.files[filenode] = std::move(file);
    }
    if (!classes_.empty()) return;
    for (const SchemaTable& table : out_.schema.tables) out_.files[table.filenode] = {table.schema, table.name, table.oid, 'r', 0};
  }

  void AddNotes() {
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kConstraint))
      out_.constraints.push_back({row->Name("conname"), row->Byte("contype"), row->Word("conrelid"), row->Word("conindid"),
                                  row->Word("confrelid"), row->Shorts("conkey").value_or(std::vector<int>())});
    for (const CatalogRow* row : tables_.Rows(catalog_oid::kIndex))
      out_.indexes.push_back({row->Word("indexrelid"), row->Word("indrelid"), row->Flag("indisunique") && row->IsNull("indpred"),
                              row->Flag("indisprimary"), row->Shorts("indkey").value_or(std::vector<int>())});
  }

  void SortTables() {
    for (SchemaTable& table : out_.schema.tables) {
      std::stable_sort(table.keys.begin(), table.keys.end(), [](const SchemaKey& a, const SchemaKey& b) { return a.primary > b.primary; });
    }
    std::sort(out_.schema.tables.begin(), out_.schema.tables.end(), [](const SchemaTable& a, const SchemaTable& b) {
      return std::tie(a.schema, a.name, a.oid) < std::tie(b.schema, b.name, b.oid);
    });
  }

  PgCatalog out_;
  std::map<uint32_t, std::string> namespaces_;
  CatalogTables tables_;
  CatalogTypes types_;
  std::map<uint32_t, const CatalogRow*> classes_;
  std::map<uint32_t, size_t> places_;  // of tables, by OID
};

// src/include/mb/pg_wchar.h, enum pg_enc.
constexpr const char* kEncodings[] = {
    "SQL_ASCII", "EUC_JP", "EUC_CN", "EUC_KR", "EUC_TW", "EUC_JIS_2004", "UTF8", "MULE_INTERNAL", "LATIN1", "LATIN2",
    "LATIN3", "LATIN4", "LATIN5", "LATIN6", "LATIN7", "LATIN8", "LATIN9", "LATIN10", "WIN1256", "WIN1258", "WIN866",
    "WIN874", "KOI8R", "WIN1251", "WIN1252", "ISO_8859_5", "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250", "WIN1253",
    "WIN1254", "WIN1255", "WIN1257", "KOI8U"};

}  // namespace

Result<PgCatalog> ReadCatalog(const std::vector<CatalogFile>& files, const CatalogOptions& options) {
  SchemaMaker maker(files, options);
  if (maker.IsEmpty()) return Status(Code::not_found, "read catalog: none of its relations is among the files");
  return std::move(maker).Make();
}

std::vector<DatabaseEntry> ReadDatabases(ByteView pg_database, const CatalogOptions& options) {
  constexpr size_t kMostPages = 4096;
  std::vector<DatabaseEntry> best;
  for (const PgMajor major : {options.major != 0 ? options.major : kNewestMajor, PgMajor{1100}, PgMajor{1200}}) {
    const CatalogLayout layout = BuiltinLayout(catalog_oid::kDatabase, major);
    const CatalogPages pages = ReadCatalogPages(catalog_oid::kDatabase, layout, {pg_database}, kMostPages);
    std::vector<DatabaseEntry> found;
    for (const CatalogRow* row : Current(pages.rows, options.xacts, [](const CatalogRow& r) { return r.oid(); })) {
      const uint32_t encoding = row->Word("encoding");
      if (encoding >= std::size(kEncodings)) continue;
      found.push_back({row->oid(), row->Name("datname"), kEncodings[encoding]});
    }
    if (found.size() > best.size()) best = std::move(found);
  }
  return best;
}

Result<std::map<uint32_t, uint32_t>> ReadFilenodeMap(ByteView file) {
  constexpr uint32_t kMagic = 0x592717;
  constexpr size_t kHead = 8;
  // The number of slots is 62 until 15 and 64 from 16 on; the CRC stands behind the last.
  for (const size_t slots : {size_t{62}, size_t{64}}) {
    const size_t crc_at = kHead + slots * 8;
    if (file.size() < crc_at + 4 || LoadLe<uint32_t>(file.data()) != kMagic) continue;
    const uint32_t crc = LoadLe<uint32_t>(file.data() + crc_at), count = LoadLe<uint32_t>(file.data() + 4);
    if (count > slots || (crc != PgCrc32c(file.first(crc_at)) && crc != PgLegacyCrc32(file.first(crc_at)))) continue;
    std::map<uint32_t, uint32_t> map;
    for (size_t i = 0; i < count; ++i)
      map[LoadLe<uint32_t>(file.data() + kHead + i * 8)] = LoadLe<uint32_t>(file.data() + kHead + i * 8 + 4);
    return map;
  }
  return Status(Code::corrupt, "read pg_filenode.map: it is damaged or of an unknown release");
}

}  // namespace pulih

#include "engine/records/table_reader.h"

#include <algorithm>
#include <map>

#include "engine/base/similar_word.h"
#include "engine/map/loaded_node.h"
#include "engine/records/absent_tables.h"
#include "engine/records/row_key_text.h"
#include "formats/postgres/value_text.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

// A node or an object that no pack has is "not found" to the reader; here that would say that there is no such row.
Status Damaged(const Status& why, const std::string& what) {
  return Status(why.code() == Code::not_found ? Code::corrupt : why.code(), what + ": a part of it is damaged: " + why.message(), why.hint());
}

Status MayNotRead(const Snapshot& snapshot) {
  return Status(Code::wrong_key, "opening snapshot " + snapshot.id.hex().substr(0, 8) + ": the key at hand may not read what is in it",
                "use the passphrase, or a key of role 'restore' that was made after the last `pulih key rotate`");
}

// The range of keys that begin with `prefix`, which ends in a byte below 0xFF.
MapRange Below(const Bytes& prefix) {
  Bytes to = prefix;
  ++to.back();
  return {prefix, to};
}

Status ScanDescriptors(ReadSession& session, const ObjectId& root, const Bytes& prefix, const std::function<Status(ByteView key, ByteView value)>& each) {
  Status failure;
  PULIH_TRY(MapScan(
      session.reader(), root, Below(prefix),
      [&](ByteView key, ByteView value) {
        failure = each(key, value);
        return failure.ok();
      },
      [&](const MapGap& gap) {
        failure = Damaged(gap.why, "reading what the snapshot knows of its tables");
        return false;
      }));
  return failure;
}

std::map<std::string, ObjectId> RootsByName(const Snapshot& snapshot) {
  std::map<std::string, ObjectId> roots;
  const auto& names = snapshot.content->root_names;
  for (size_t i = 0; i < names.size() && i < snapshot.structure->roots.size(); ++i) roots.emplace(names[i], snapshot.structure->roots[i]);
  return roots;
}

}  // namespace

Result<StoredRow> ReadStoredRow(ByteView key, ByteView value) {
  StoredRow row;
  row.key = ToBytes(key);
  row.value = ToBytes(value);
  PULIH_TRY_ASSIGN(DecodedRow decoded, DecodeRow(row.value));
  row.count = decoded.count;
  row.columns = std::move(decoded.columns);
  return row;
}

TableReader::TableReader(ReadSession& session, ListedTable table) : session_(&session), table_(std::move(table)) {}

Result<std::optional<StoredRow>> TableReader::Get(ByteView key) const {
  auto value = MapGet(session_->reader(), table_.root, key);
  if (!value.ok()) return Damaged(value.status(), "looking up a row of " + TableRootName(table_.descriptor));
  if (!*value) return std::optional<StoredRow>();
  PULIH_TRY_ASSIGN(StoredRow row, RowOf(key, **value));
  return std::optional<StoredRow>(std::move(row));
}

// A row that does not fit its table's descriptor would be read past its end by everybody who believes the latter.
Result<StoredRow> TableReader::RowOf(ByteView key, ByteView value) const {
  PULIH_TRY_ASSIGN(StoredRow row, ReadStoredRow(key, value));
  if (row.columns.size() == table_.descriptor.columns.size()) return row;
  return Status(Code::corrupt, "reading " + TableRootName(table_.descriptor) + ": a row has " + std::to_string(row.columns.size()) + " columns, the table " +
                                   std::to_string(table_.descriptor.columns.size()));
}

Status TableReader::ScanEncoded(const MapRange& range, const std::function<bool(ByteView key, ByteView value)>& each,
                                const std::function<void(const MapGap&)>& gap) const {
  return MapScan(session_->reader(), table_.root, range, each, [&](const MapGap& one) {
    gap(one);
    return true;
  });
}

Status TableReader::Scan(const MapRange& range, const std::function<bool(StoredRow)>& each, const std::function<void(const MapGap&)>& gap) const {
  Status failure;
  PULIH_TRY(ScanEncoded(
      range,
      [&](ByteView key, ByteView value) {
        auto row = RowOf(key, value);
        failure = row.status();
        return failure.ok() && each(std::move(row).value());
      },
      gap));
  return failure;
}

Status TableReader::ImageInPieces(const StoredRow& row, size_t column, const std::function<Status(ByteView)>& each) const {
  if (const ByteView* image = std::get_if<ByteView>(&row.columns[column])) return each(*image);
  const MovedColumn* moved = std::get_if<MovedColumn>(&row.columns[column]);
  if (moved == nullptr) return OkStatus();
  for (const Extent& extent : moved->extents) {
    auto plain = session_->reader().ReadContent(extent.object);
    if (!plain.ok()) return Damaged(plain.status(), "reading column " + table_.descriptor.columns[column].name + " of " + TableRootName(table_.descriptor));
    PULIH_TRY_ASSIGN(const ByteView piece, PieceOf(*plain, extent));
    PULIH_TRY(each(piece));
  }
  return OkStatus();
}

Result<std::optional<Bytes>> TableReader::Image(const StoredRow& row, size_t column) const {
  if (std::holds_alternative<std::monostate>(row.columns[column])) return std::optional<Bytes>();
  Bytes image;
  PULIH_TRY(ImageInPieces(row, column, [&](ByteView piece) {
    Append(image, piece);
    return OkStatus();
  }));
  return std::optional<Bytes>(std::move(image));
}

Result<Bytes> TableReader::KeyOf(std::string_view words) const { return KeyOfWords(table_.descriptor, words); }

std::string TableReader::KeyText(const StoredRow& row) const {
  if (table_.descriptor.key.empty()) return "#" + ToHex(row.key);
  std::vector<std::string> values;
  for (const uint32_t column : table_.descriptor.key) {
    auto text = ColumnText(*this, row, column);
    values.push_back(text.ok() && *text ? **text : "?");
  }
  return JoinKeyWords(values);
}

namespace {

// A root that is damaged leaves 0: reading the table will say so.
void CountRows(ReadSession& session, const ObjectId& descriptors, ListedTable& table) {
  const auto counted = MapGet(session.reader(), descriptors, RowsKey(table.descriptor.schema, table.descriptor.name));
  if (counted.ok() && *counted) {
    if (const auto rows = DecodeRowCount(**counted); rows.ok()) table.rows = *rows;
    return;
  }
  const auto top = LoadNode(session.reader(), {.id = table.root, .level = {}, .after = {}, .last = {}});
  if (!top.ok()) return;
  for (const NodeEntry& entry : top->node.entries) table.rows += top->node.level == 0 ? 1 : entry.entries_below;
}

}  // namespace

Result<std::vector<ListedTable>> ListTables(ReadSession& session, const Snapshot& snapshot) {
  if (!snapshot.structure || !snapshot.content) return MayNotRead(snapshot);
  const auto roots = RootsByName(snapshot);
  std::vector<ListedTable> tables;
  for (const auto& [name, root] : roots) {
    if (!name.ends_with('/')) continue;
    PULIH_TRY(ScanDescriptors(session, root, TableKeyPrefix(), [&](ByteView, ByteView value) -> Status {
      ListedTable table;
      PULIH_TRY_ASSIGN(table.descriptor, DecodeTableDescriptor(value));
      const auto rows = roots.find(TableRootName(table.descriptor));
      if (rows == roots.end()) return Status(Code::corrupt, "listing tables: " + TableRootName(table.descriptor) + ": the manifest has no root of it");
      table.root = rows->second;
      CountRows(session, root, table);
      tables.push_back(std::move(table));
      return OkStatus();
    }));
  }
  if (tables.empty()) {
    return Status(Code::not_found, "snapshot " + snapshot.id.hex().substr(0, 8) + ": it holds no tables", "`pulih snapshots` shows which do");
  }
  std::sort(tables.begin(), tables.end(), [](const ListedTable& a, const ListedTable& b) {
    return std::tie(a.descriptor.database, a.descriptor.schema, a.descriptor.name) < std::tie(b.descriptor.database, b.descriptor.schema, b.descriptor.name);
  });
  return tables;
}

bool NameFits(const TableName& name, const TableName& whole) {
  return whole.table == name.table && (!name.schema || name.schema == whole.schema) && (!name.database || name.database == whole.database);
}

Result<std::vector<TableName>> TableNames(const Snapshot& snapshot) {
  if (!snapshot.structure || !snapshot.content) return MayNotRead(snapshot);
  std::vector<TableName> names;
  for (const std::string& root : snapshot.content->root_names) {
    if (root == "files" || root.ends_with('/')) continue;
    PULIH_TRY_ASSIGN(TableName name, ParseTableName(root));
    if (!name.schema) name.schema = "";
    names.push_back(std::move(name));
  }
  return names;
}

namespace {

std::string HintOfTables(const std::vector<TableName>& names, const TableName& name) {
  std::vector<std::string> tables;
  for (const TableName& whole : names) tables.push_back(whole.table);
  const std::string similar = SimilarWord(name.table, tables);
  return (similar.empty() ? "" : "did you mean " + QuoteName(similar) + "? ") +
         std::string("`pulih records tables SNAP` lists what there is: of a partitioned table its partitions");
}

}  // namespace

Result<TableName> ResolveTable(const std::vector<TableName>& names, const TableName& name, const std::string& where) {
  std::vector<TableName> fitting;
  for (const TableName& whole : names) {
    if (NameFits(name, whole) && std::find(fitting.begin(), fitting.end(), whole) == fitting.end()) fitting.push_back(whole);
  }
  const std::string words = (name.database ? DatabaseRootName(*name.database) : "") + (name.schema && !name.schema->empty() ? QuoteName(*name.schema) + "." : "") + QuoteName(name.table);
  if (fitting.empty()) return Status(Code::not_found, "table " + words + ": there is none of this name in " + where, HintOfTables(names, name));
  if (fitting.size() > 1) {
    std::string candidates;
    for (const TableName& one : fitting) candidates += (candidates.empty() ? "" : ", ") + TableRootName(one);
    return Status(Code::invalid, "table " + words + ": several have this name", "say which: " + candidates);
  }
  return std::move(fitting.front());
}

Result<std::optional<ListedTable>> OpenTable(ReadSession& session, const Snapshot& snapshot, const TableName& whole) {
  const auto root = snapshot.Root(TableRootName(whole));
  const auto descriptors = snapshot.Root(DatabaseRootName(whole.database.value_or("")));
  if (!root || !descriptors) return std::optional<ListedTable>();
  auto value = MapGet(session.reader(), *descriptors, TableKey(whole.schema.value_or(""), whole.table));
  if (!value.ok()) return Damaged(value.status(), "opening table " + TableRootName(whole));
  if (!*value) return Status(Code::corrupt, "opening table " + TableRootName(whole) + ": the snapshot has its rows, but not what its columns are");
  ListedTable table;
  PULIH_TRY_ASSIGN(table.descriptor, DecodeTableDescriptor(**value));
  table.root = *root;
  CountRows(session, *descriptors, table);
  return std::optional<ListedTable>(std::move(table));
}

Result<ListedTable> FindTable(ReadSession& session, const Snapshot& snapshot, const TableName& name) {
  PULIH_TRY_ASSIGN(const std::vector<TableName> names, TableNames(snapshot));
  Result<TableName> resolved = ResolveTable(names, name, "snapshot " + snapshot.id.hex().substr(0, 8));
  if (resolved.status().code() == Code::not_found) return NotInSnapshot(session, snapshot, name, resolved.status());
  PULIH_TRY_ASSIGN(const TableName whole, std::move(resolved));
  PULIH_TRY_ASSIGN(std::optional<ListedTable> table, OpenTable(session, snapshot, whole));
  if (!table) return Status(Code::corrupt, "opening table " + TableRootName(whole) + ": the manifest has no root of what its columns are");
  return std::move(*table);
}

Result<std::vector<std::string>> DatabaseNames(const Snapshot& snapshot) {
  if (!snapshot.structure || !snapshot.content) return MayNotRead(snapshot);
  std::vector<std::string> names;
  for (const std::string& root : snapshot.content->root_names) {
    if (!root.ends_with('/') || root == "/") continue;
    PULIH_TRY_ASSIGN(const TableName name, ParseTableName(root + "x"));
    names.push_back(*name.database);
  }
  return names;
}

Result<DatabaseParts> ReadDatabase(ReadSession& session, const Snapshot& snapshot, const std::string& database) {
  if (!snapshot.structure || !snapshot.content) return MayNotRead(snapshot);
  const auto root = snapshot.Root(DatabaseRootName(database));
  const std::string what = "database " + QuoteName(database);
  if (!root || database.empty()) {
    return Status(Code::not_found, what + ": snapshot " + snapshot.id.hex().substr(0, 8) + " does not hold it", "`pulih records tables` lists what it has");
  }
  auto descriptor = MapGet(session.reader(), *root, DatabaseKey());
  if (!descriptor.ok()) return Damaged(descriptor.status(), what);
  if (!*descriptor) return Status(Code::corrupt, what + ": the snapshot has its tables, but not what it was");
  DatabaseParts parts;
  PULIH_TRY_ASSIGN(parts.descriptor, DecodeDatabaseDescriptor(**descriptor));
  for (const auto& [part, text] : {std::pair(DdlPart::before_data, &parts.ddl_before_data), std::pair(DdlPart::after_data, &parts.ddl_after_data)}) {
    PULIH_TRY(ScanDescriptors(session, *root, DdlKeyPrefix(part), [&](ByteView, ByteView piece) {
      *text += AsText(piece);
      return OkStatus();
    }));
  }
  PULIH_TRY(ScanDescriptors(session, *root, SequenceKeyPrefix(), [&](ByteView, ByteView value) -> Status {
    PULIH_TRY_ASSIGN(SequenceValue sequence, DecodeSequenceValue(value));
    parts.sequences.push_back(std::move(sequence));
    return OkStatus();
  }));
  return parts;
}

Result<std::optional<std::string>> ColumnText(const TableReader& table, const StoredRow& row, size_t column) {
  PULIH_TRY_ASSIGN(const std::optional<Bytes> image, table.Image(row, column));
  if (!image) return std::optional<std::string>();
  const TableDescriptor& descriptor = table.descriptor();
  PULIH_TRY_ASSIGN(std::string text, ValueText(descriptor.types, descriptor.columns[column].type, *image));
  return std::optional<std::string>(ToUtf8(AsBytes(text), descriptor.encoding));
}

}  // namespace pulih

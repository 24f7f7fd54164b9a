// Reading tables back from snapshots: which there are, one row by key, all rows in key order.
//
// A TableReader keeps the descriptor of one table in one snapshot and gives its rows as StoredRows, whose columns are
// images (formats/repo/row.h). Columns that were moved out are fetched when they are asked for, and no sooner.
//
// Borrows the session. Thread-safe for reading, as the session is. Rendering: render_row.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/map/map_reader.h"
#include "engine/repo/read_session.h"
#include "engine/repo/snapshots.h"
#include "formats/repo/row.h"
#include "formats/repo/table.h"

namespace pulih {

// One row. Owns its bytes.
struct StoredRow {
  Bytes key;             // as the map has it
  Bytes value;           // the encoded row, without a count
  RowColumns columns;    // borrow from `value`
  uint64_t count = 1;    // of equal rows in a table without a key
  StoredRow() = default;
  StoredRow(const StoredRow&) = delete;
  StoredRow& operator=(const StoredRow&) = delete;
  StoredRow(StoredRow&&) = default;             // the heap storage of `value` moves along, so the views stay good
  StoredRow& operator=(StoredRow&&) = default;
};

struct ListedTable {
  TableDescriptor descriptor;
  ObjectId root;
  uint64_t rows = 0;
};

class TableReader {
 public:
  TableReader(ReadSession& session, ListedTable table);

  const TableDescriptor& descriptor() const { return table_.descriptor; }
  const ObjectId& root() const { return table_.root; }
  uint64_t rows() const { return table_.rows; }

  // Nothing when the table has no such row.
  Result<std::optional<StoredRow>> Get(ByteView key) const;
  // In key order; `each` returns false to stop. Damage is told and skipped.
  Status Scan(const MapRange& range, const std::function<bool(StoredRow)>& each, const std::function<void(const MapGap&)>& gap) const;

  // The same without copies: `each` gets the key and the encoded row, valid during the call.
  Status ScanEncoded(const MapRange& range, const std::function<bool(ByteView key, ByteView value)>& each,
                     const std::function<void(const MapGap&)>& gap) const;

  // One such entry as a row; `corrupt` when it is not one of this table.
  Result<StoredRow> RowOf(ByteView key, ByteView value) const;

  // The image of a column; nullopt for NULL. Fetches what was moved out (all of it: up to 1 GB).
  Result<std::optional<Bytes>> Image(const StoredRow& row, size_t column) const;
  // The same in pieces, for what may be long.
  Status ImageInPieces(const StoredRow& row, size_t column, const std::function<Status(ByteView)>& each) const;

  // The map key that a person's words mean: values of the key's columns in key order, joined by ',' with CSV quoting,
  // or col=value,…; "#" and 64 hex digits for a row of a table without key. `invalid` says what is wrong with them.
  Result<Bytes> KeyOf(std::string_view words) const;
  // How a row is called: "29900127", "12,34", "#5f…": KeyOf gives its key again.
  std::string KeyText(const StoredRow& row) const;

 private:
  ReadSession* session_;
  ListedTable table_;
};

// Takes a row from an entry of a map, whose table is not known: nobody has looked whether it has that table's columns.
Result<StoredRow> ReadStoredRow(ByteView key, ByteView value);

// All tables of a snapshot, in the order of their names. not_found when it has none; wrong_key when the keys at hand do not show them.
Result<std::vector<ListedTable>> ListTables(ReadSession& session, const Snapshot& snapshot);
// The full names of a snapshot's tables, from its manifest alone: cheap. Database and schema are always set.
Result<std::vector<TableName>> TableNames(const Snapshot& snapshot);
// Whether words that may leave out database and schema mean this table.
bool NameFits(const TableName& words, const TableName& whole);
// The one of `names` that a person's words fit; not_found in `where`, or invalid with the candidates.
Result<TableName> ResolveTable(const std::vector<TableName>& names, const TableName& words, const std::string& where);
// A table by its full name; nothing when the snapshot does not have it.
Result<std::optional<ListedTable>> OpenTable(ReadSession& session, const Snapshot& snapshot, const TableName& whole);
// The one that `name` means; not_found, or invalid with the candidates when several do.
Result<ListedTable> FindTable(ReadSession& session, const Snapshot& snapshot, const TableName& name);

// What else is known of a database (formats/repo/table.h). not_found for one that came from files.
struct DatabaseParts {
  DatabaseDescriptor descriptor;
  std::string ddl_before_data, ddl_after_data;
  std::vector<SequenceValue> sequences;
};
Result<std::vector<std::string>> DatabaseNames(const Snapshot& snapshot);
Result<DatabaseParts> ReadDatabase(ReadSession& session, const Snapshot& snapshot, const std::string& database);

// Images as text in UTF-8 (formats/postgres/value_text.h, then converted from the database's encoding); nullopt for NULL.
Result<std::optional<std::string>> ColumnText(const TableReader& table, const StoredRow& row, size_t column);

}  // namespace pulih

// What is known of a table and of the database around it: the descriptor of a table of rows, and the parts of a
// database that are not rows. They stand as values in the *descriptor map* of a database, the root "DATABASE/" of a
// manifest; the rows of each table stand in a map of their own, the root "DATABASE/SCHEMA.TABLE" (row.h).
//
// Keys of the descriptor map, a word and then texts that each end in a zero byte:
//   "database"                     one DatabaseDescriptor
//   "ddl" 0 part le8 be32 n        a piece of the DDL: part 1 what comes before data, 2 what comes behind
//   "sequence" 0 schema 0 name 0   SequenceValue
//   "rows" 0 schema 0 name 0       varint: how many rows the table has, where its map has fewer entries: equal rows of a
//                                  table without a key are one entry
//   "table" 0 schema 0 name 0      TableDescriptor
//   "unread" 0 schema 0 name 0     a text: why the rows of this table, which the database has, are not here
// Canonical (I5): a decoder accepts exactly what its encoder writes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "formats/postgres/type.h"

namespace pulih {

inline constexpr uint8_t kTableVersion = 1;
inline constexpr uint32_t kMaxColumns = 1664;     // MaxTupleAttributeNumber; PostgreSQL itself stops at 1600
inline constexpr uint32_t kMaxTableTypes = 65535;

struct ColumnDescriptor {
  std::string name;
  TypeIndex type = 0;
  std::string type_text;   // as format_type() says it: "numeric(20,2)"
  bool not_null = false;
  char identity = 0;       // 'a' always, 'd' by default (pg_attribute.attidentity), or 0
  bool generated = false;  // stored generated: computed by the server, never written back
  bool operator==(const ColumnDescriptor&) const = default;
};

struct ForeignKey {
  std::string name;
  std::vector<uint32_t> columns;          // places in the table's columns
  std::string schema, table;              // what it points at, in the same database
  std::vector<std::string> ref_columns;   // as many as `columns`
  bool operator==(const ForeignKey&) const = default;
};

enum class TableOrigin : uint8_t { postgres = 1, csv = 2, json = 3, ocds = 4 };

struct TableDescriptor {
  TableOrigin origin = TableOrigin::postgres;
  std::string database, schema, name;     // the first two are empty for a table that came from a file
  std::string encoding = "UTF8";          // of all text in images: PostgreSQL's name of it
  TypeList types;
  std::vector<ColumnDescriptor> columns;
  std::vector<uint32_t> key;              // columns that identify a row, in key order; empty: none does
  std::vector<ForeignKey> foreign_keys;
  std::string comment;
  bool operator==(const TableDescriptor&) const = default;
};
// The place of the column that is called so, if there is one.
std::optional<uint32_t> ColumnNamed(const TableDescriptor& table, std::string_view name);

struct SequenceValue {
  std::string schema, name;
  int64_t last_value = 1;
  bool is_called = false;
  bool operator==(const SequenceValue&) const = default;
};

struct DatabaseDescriptor {
  std::string name;
  uint32_t server_version = 0;            // server_version_num: 150018
  std::string server_version_text, encoding, collate, ctype, lsn, timezone;
  int64_t time_ns = 0;                    // of the database's snapshot
  bool operator==(const DatabaseDescriptor&) const = default;
};

Bytes EncodeTableDescriptor(const TableDescriptor& table);
Result<TableDescriptor> DecodeTableDescriptor(ByteView bytes);
Bytes EncodeDatabaseDescriptor(const DatabaseDescriptor& database);
Result<DatabaseDescriptor> DecodeDatabaseDescriptor(ByteView bytes);
Bytes EncodeSequenceValue(const SequenceValue& sequence);
Result<SequenceValue> DecodeSequenceValue(ByteView bytes);

enum class DdlPart : uint8_t { before_data = 1, after_data = 2 };
Bytes DatabaseKey();
Bytes DdlKey(DdlPart part, uint32_t piece);
Bytes SequenceKey(std::string_view schema, std::string_view name);
Bytes TableKey(std::string_view schema, std::string_view name);
Bytes RowsKey(std::string_view schema, std::string_view name);
Bytes UnreadKey(std::string_view schema, std::string_view name);
// What all keys of tables, of sequences, of what was not read and of a part of the DDL begin with.
Bytes TableKeyPrefix();
Bytes SequenceKeyPrefix();
Bytes UnreadKeyPrefix();
Bytes DdlKeyPrefix(DdlPart part);
// True for a key that a descriptor map can hold.
bool IsDescriptorKey(ByteView key);
// The schema and the name in a key that TableKey, SequenceKey, RowsKey or UnreadKey made; nothing in any other.
struct KeyedName {
  std::string schema, name;
};
std::optional<KeyedName> NameInDescriptorKey(ByteView key);
// One varint and nothing else.
Bytes EncodeRowCount(uint64_t rows);
Result<uint64_t> DecodeRowCount(ByteView bytes);

// "epns_prod/public.paket"; parts that are not plain lower-case names in double quotes, as PostgreSQL writes them.
std::string TableRootName(const TableDescriptor& table);
std::string DatabaseRootName(std::string_view database);   // "epns_prod/"

// [DATABASE/][SCHEMA.]TABLE as people write it and as TableRootName does; `invalid` for an open quote or an empty
// table. What was not said is nullopt; a table from a file has an empty database and an empty schema: "/t".
struct TableName {
  std::optional<std::string> database, schema;
  std::string table;
  bool operator==(const TableName&) const = default;
};
Result<TableName> ParseTableName(std::string_view words);
std::string TableRootName(const TableName& name);  // what was not said counts as empty
// A name as SQL and TABLE take it: as it is when plain, else in double quotes.
std::string QuoteName(std::string_view name);
// "public.paket"; the name alone where there is no schema.
std::string QualifiedName(std::string_view schema, std::string_view name);

}  // namespace pulih

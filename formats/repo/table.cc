#include "formats/repo/table.h"

#include <algorithm>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

constexpr std::string_view kDatabaseWord = "database", kDdlWord = "ddl", kSequenceWord = "sequence", kTableWord = "table",
                           kRowsWord = "rows", kUnreadWord = "unread";

Status Corrupt(std::string_view what, const char* why) { return Status(Code::corrupt, std::string(what) + ": " + why); }

Status CheckVersion(ByteReader& in, std::string_view what) {
  const uint8_t version = in.U8();
  if (!in.failed() && version > kTableVersion) {
    return Status(Code::unsupported, std::string(what) + ": version " + std::to_string(version), "a newer pulih can read it");
  }
  return in.failed() || version != kTableVersion ? Corrupt(what, "it has no version") : OkStatus();
}

std::string Text(ByteReader& in) { return std::string(in.SizedText()); }

// A count of things that take a byte at least.
size_t Count(ByteReader& in, uint64_t most) {
  const uint64_t count = in.Varint();
  if (count > most || count > in.remaining()) in.Fail();
  return in.failed() ? 0 : static_cast<size_t>(count);
}

bool Flag(ByteReader& in) {
  const uint8_t flag = in.U8();
  if (flag > 1) in.Fail();
  return flag == 1;
}

// A place in a list of `count`.
uint32_t Place(ByteReader& in, size_t count) {
  const uint64_t place = in.Varint();
  if (place >= count) in.Fail();
  return in.failed() ? 0 : static_cast<uint32_t>(place);
}

// --- types -------------------------------------------------------------------------------------------------------

bool HasElement(PgTypeKind kind) {
  return kind == PgTypeKind::array || kind == PgTypeKind::domain || kind == PgTypeKind::range || kind == PgTypeKind::multirange;
}

void WriteType(const PgType& type, ByteWriter& out) {
  out.U8(static_cast<uint8_t>(type.kind));
  out.Sized(type.schema);
  out.Sized(type.name);
  out.Varint(type.oid);
  if (HasElement(type.kind)) out.Varint(type.element);
  if (type.kind != PgTypeKind::composite) return;
  out.Varint(type.fields.size());
  for (const PgTypeField& field : type.fields) {
    out.Sized(field.name);
    out.Varint(field.type);
  }
}

// `place`: its own in the list; it refers to earlier ones only.
PgType ReadType(ByteReader& in, size_t place) {
  PgType type;
  const uint8_t kind = in.U8();
  if (kind < 1 || kind > static_cast<uint8_t>(PgTypeKind::multirange)) in.Fail();
  type.kind = static_cast<PgTypeKind>(kind);
  type.schema = Text(in);
  type.name = Text(in);
  const uint64_t oid = in.Varint();
  if (oid >= kFirstUserOid) in.Fail();
  type.oid = static_cast<uint32_t>(oid);
  if (in.failed()) return type;
  if (HasElement(type.kind)) type.element = Place(in, place);
  if (type.kind != PgTypeKind::composite) return type;
  type.fields.resize(Count(in, kMaxColumns));
  for (PgTypeField& field : type.fields) {
    field.name = Text(in);
    field.type = Place(in, place);
  }
  return type;
}

// --- columns and keys ----------------------------------------------------------------------------------------------

void WriteColumn(const ColumnDescriptor& column, ByteWriter& out) {
  out.Sized(column.name);
  out.Varint(column.type);
  out.Sized(column.type_text);
  out.U8(column.not_null ? 1 : 0);
  out.U8(static_cast<uint8_t>(column.identity));
  out.U8(column.generated ? 1 : 0);
}

ColumnDescriptor ReadColumn(ByteReader& in, size_t types) {
  ColumnDescriptor column;
  column.name = Text(in);
  column.type = Place(in, types);
  column.type_text = Text(in);
  column.not_null = Flag(in);
  const uint8_t identity = in.U8();
  if (identity != 0 && identity != 'a' && identity != 'd') in.Fail();
  column.identity = static_cast<char>(identity);
  column.generated = Flag(in);
  return column;
}

void WriteForeignKey(const ForeignKey& key, ByteWriter& out) {
  out.Sized(key.name);
  out.Varint(key.columns.size());
  for (const uint32_t column : key.columns) out.Varint(column);
  out.Sized(key.schema);
  out.Sized(key.table);
  for (const std::string& column : key.ref_columns) out.Sized(column);
}

ForeignKey ReadForeignKey(ByteReader& in, size_t columns) {
  ForeignKey key;
  key.name = Text(in);
  key.columns.resize(Count(in, kMaxColumns));
  if (key.columns.empty()) in.Fail();
  for (uint32_t& column : key.columns) column = Place(in, columns);
  key.schema = Text(in);
  key.table = Text(in);
  for (size_t i = 0; i < key.columns.size() && !in.failed(); ++i) key.ref_columns.push_back(Text(in));
  return key;
}

}  // namespace

Bytes EncodeTableDescriptor(const TableDescriptor& table) {
  PULIH_CHECK(table.columns.size() <= kMaxColumns && table.types.size() <= kMaxTableTypes);
  ByteWriter out;
  out.U8(kTableVersion);
  out.U8(static_cast<uint8_t>(table.origin));
  out.Sized(table.database);
  out.Sized(table.schema);
  out.Sized(table.name);
  out.Sized(table.encoding);
  out.Sized(table.comment);
  out.Varint(table.types.size());
  for (const PgType& type : table.types) WriteType(type, out);
  out.Varint(table.columns.size());
  for (const ColumnDescriptor& column : table.columns) WriteColumn(column, out);
  out.Varint(table.key.size());
  for (const uint32_t column : table.key) out.Varint(column);
  out.Varint(table.foreign_keys.size());
  for (const ForeignKey& key : table.foreign_keys) {
    PULIH_CHECK(key.columns.size() == key.ref_columns.size());
    WriteForeignKey(key, out);
  }
  return std::move(out).Take();
}

Result<TableDescriptor> DecodeTableDescriptor(ByteView bytes) {
  constexpr std::string_view kWhat = "table descriptor";
  ByteReader in(bytes);
  PULIH_TRY(CheckVersion(in, kWhat));
  TableDescriptor table;
  const uint8_t origin = in.U8();
  if (origin < 1 || origin > static_cast<uint8_t>(TableOrigin::ocds)) in.Fail();
  table.origin = static_cast<TableOrigin>(origin);
  table.database = Text(in);
  table.schema = Text(in);
  table.name = Text(in);
  table.encoding = Text(in);
  table.comment = Text(in);
  // One by one: a count is not to be believed before what it counts was there.
  for (size_t i = 0, count = Count(in, kMaxTableTypes); i < count && !in.failed(); ++i) table.types.push_back(ReadType(in, i));
  for (size_t i = 0, count = Count(in, kMaxColumns); i < count && !in.failed(); ++i) {
    table.columns.push_back(ReadColumn(in, table.types.size()));
  }
  for (size_t i = 0, count = Count(in, kMaxColumns); i < count && !in.failed(); ++i) table.key.push_back(Place(in, table.columns.size()));
  for (size_t i = 0, count = Count(in, UINT32_MAX); i < count && !in.failed(); ++i) {
    table.foreign_keys.push_back(ReadForeignKey(in, table.columns.size()));
  }
  if (!in.Finish()) return Corrupt(kWhat, "it is not what a writer writes");
  return table;
}

Bytes EncodeDatabaseDescriptor(const DatabaseDescriptor& database) {
  ByteWriter out;
  out.U8(kTableVersion);
  out.Sized(database.name);
  out.Le32(database.server_version);
  for (const std::string* text : {&database.server_version_text, &database.encoding, &database.collate, &database.ctype, &database.lsn, &database.timezone}) {
    out.Sized(*text);
  }
  out.Le64(static_cast<uint64_t>(database.time_ns));
  return std::move(out).Take();
}

Result<DatabaseDescriptor> DecodeDatabaseDescriptor(ByteView bytes) {
  constexpr std::string_view kWhat = "database descriptor";
  ByteReader in(bytes);
  PULIH_TRY(CheckVersion(in, kWhat));
  DatabaseDescriptor database;
  database.name = Text(in);
  database.server_version = in.Le32();
  for (std::string* text : {&database.server_version_text, &database.encoding, &database.collate, &database.ctype, &database.lsn, &database.timezone}) {
    *text = Text(in);
  }
  database.time_ns = static_cast<int64_t>(in.Le64());
  if (!in.Finish()) return Corrupt(kWhat, "its length does not fit what it says");
  return database;
}

Bytes EncodeSequenceValue(const SequenceValue& sequence) {
  ByteWriter out;
  out.U8(kTableVersion);
  out.Sized(sequence.schema);
  out.Sized(sequence.name);
  out.SignedVarint(sequence.last_value);
  out.U8(sequence.is_called ? 1 : 0);
  return std::move(out).Take();
}

Result<SequenceValue> DecodeSequenceValue(ByteView bytes) {
  constexpr std::string_view kWhat = "sequence";
  ByteReader in(bytes);
  PULIH_TRY(CheckVersion(in, kWhat));
  SequenceValue sequence;
  sequence.schema = Text(in);
  sequence.name = Text(in);
  sequence.last_value = in.SignedVarint();
  sequence.is_called = Flag(in);
  if (!in.Finish()) return Corrupt(kWhat, "its length does not fit what it says");
  return sequence;
}

// --- keys ------------------------------------------------------------------------------------------------------------

namespace {

Bytes KeyOf(std::string_view word, std::string_view schema, std::string_view name) {
  Bytes key;
  for (const std::string_view part : {word, schema, name}) {
    Append(key, AsBytes(part));
    key.push_back(0);
  }
  return key;
}

bool IsPlain(std::string_view name) {
  if (name.empty()) return false;
  if (name.front() != '_' && (name.front() < 'a' || name.front() > 'z')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return c == '_' || c == '$' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

}  // namespace

Bytes DatabaseKey() { return ToBytes(AsBytes(kDatabaseWord)); }

namespace {

Bytes Prefix(std::string_view word) {
  Bytes key = ToBytes(AsBytes(word));
  key.push_back(0);
  return key;
}

}  // namespace

Bytes TableKeyPrefix() { return Prefix(kTableWord); }
Bytes SequenceKeyPrefix() { return Prefix(kSequenceWord); }
Bytes UnreadKeyPrefix() { return Prefix(kUnreadWord); }
Bytes DdlKeyPrefix(DdlPart part) {
  Bytes key = Prefix(kDdlWord);
  key.push_back(static_cast<uint8_t>(part));
  return key;
}

Bytes DdlKey(DdlPart part, uint32_t piece) {
  Bytes key = DdlKeyPrefix(part);
  uint8_t number[4];
  StoreBe(number, piece);
  Append(key, number);
  return key;
}

Bytes SequenceKey(std::string_view schema, std::string_view name) { return KeyOf(kSequenceWord, schema, name); }
Bytes TableKey(std::string_view schema, std::string_view name) { return KeyOf(kTableWord, schema, name); }
Bytes RowsKey(std::string_view schema, std::string_view name) { return KeyOf(kRowsWord, schema, name); }
Bytes UnreadKey(std::string_view schema, std::string_view name) { return KeyOf(kUnreadWord, schema, name); }

std::optional<KeyedName> NameInDescriptorKey(ByteView key) {
  const std::string_view text = AsText(key);
  const size_t word = text.find('\0'), schema = text.find('\0', word + 1);
  if (word == std::string_view::npos || schema == std::string_view::npos || text.back() != '\0' || schema + 1 >= text.size()) return std::nullopt;
  KeyedName named{std::string(text.substr(word + 1, schema - word - 1)), std::string(text.substr(schema + 1))};
  named.name.pop_back();
  return named.name.find('\0') == std::string::npos ? std::optional(std::move(named)) : std::nullopt;
}

bool IsDescriptorKey(ByteView key) {
  if (AsText(key) == kDatabaseWord) return true;
  const size_t end = AsText(key).find('\0');
  const std::string_view word = AsText(key).substr(0, std::min(end, key.size()));
  return end != std::string_view::npos && (word == kDdlWord || word == kSequenceWord || word == kTableWord || word == kRowsWord || word == kUnreadWord);
}

Bytes EncodeRowCount(uint64_t rows) {
  ByteWriter out;
  out.Varint(rows);
  return std::move(out).Take();
}

Result<uint64_t> DecodeRowCount(ByteView bytes) {
  ByteReader in(bytes);
  const uint64_t rows = in.Varint();
  if (!in.Finish()) return Corrupt("row count", "it is no number");
  return rows;
}

std::optional<uint32_t> ColumnNamed(const TableDescriptor& table, std::string_view name) {
  for (uint32_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == name) return i;
  }
  return std::nullopt;
}

// --- names -----------------------------------------------------------------------------------------------------------

std::string QuoteName(std::string_view name) {
  if (IsPlain(name)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string DatabaseRootName(std::string_view database) { return (database.empty() ? "" : QuoteName(database)) + "/"; }

std::string QualifiedName(std::string_view schema, std::string_view name) {
  return (schema.empty() ? "" : QuoteName(schema) + ".") + QuoteName(name);
}

std::string TableRootName(const TableDescriptor& table) {
  return DatabaseRootName(table.database) + QualifiedName(table.schema, table.name);
}

std::string TableRootName(const TableName& name) {
  return DatabaseRootName(name.database.value_or("")) + QualifiedName(name.schema.value_or(""), name.table);
}

namespace {

struct NamePart {
  std::string text;
  char end = 0;  // '.', '/' or 0 at the end
};

// Takes a part and the separator behind it off the front. A part without quotes is taken as it stands: people type
// names of tables as they see them.
Result<NamePart> TakePart(std::string_view& words) {
  const std::string_view whole = words;
  NamePart part;
  if (words.starts_with('"')) {
    size_t at = 1;
    for (;; ++at) {
      if (at >= words.size()) return Status(Code::invalid, "table name: " + std::string(whole) + ": a double quote is not closed");
      if (words[at] != '"') {
        part.text += words[at];
      } else if (at + 1 < words.size() && words[at + 1] == '"') {
        part.text += words[at++];
      } else {
        break;
      }
    }
    words.remove_prefix(at + 1);
    if (!words.empty() && words.front() != '.' && words.front() != '/') {
      return Status(Code::invalid, "table name: " + std::string(whole) + ": after a closing quote comes '.', '/' or the end");
    }
  } else {
    const size_t end = std::min(words.find_first_of("./"), words.size());
    part.text = words.substr(0, end);
    words.remove_prefix(end);
  }
  if (!words.empty()) {
    part.end = words.front();
    words.remove_prefix(1);
  }
  return part;
}

}  // namespace

Result<TableName> ParseTableName(std::string_view words) {
  const auto wrong = [&](const char* why) {
    return Status(Code::invalid, "table name: " + std::string(words) + ": " + why,
                  "it is [DATABASE/][SCHEMA.]TABLE, parts with dots or slashes in double quotes");
  };
  std::string_view rest = words;
  TableName name;
  PULIH_TRY_ASSIGN(NamePart part, TakePart(rest));
  if (part.end == '/') {
    name.database = part.text;
    PULIH_TRY_ASSIGN(part, TakePart(rest));
    // A table from a file has neither.
    if (name.database->empty() && part.end != '.') name.schema = "";
  }
  if (part.end == '.') {
    name.schema = part.text;
    PULIH_TRY_ASSIGN(part, TakePart(rest));
  }
  if (part.end != 0 || !rest.empty()) return wrong("it has more parts than a name can have");
  if (part.text.empty()) return wrong("it names no table");
  name.table = part.text;
  return name;
}

}  // namespace pulih

// The Schema half of claim_codec.h.
#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/recover/claim_codec.h"

namespace pulih {
namespace {

constexpr uint8_t kSchemaVersion = 1;
constexpr size_t kMaxTypes = 1u << 16, kMaxTables = 1u << 18, kMaxColumns = 1u << 13;

// --- writing -----------------------------------------------------------------------------------------------------------

void PutTexts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.Varint(texts.size());
  for (const std::string& text : texts) out.Sized(text);
}

void PutPlaces(ByteWriter& out, const std::vector<uint32_t>& places) {
  out.Varint(places.size());
  for (const uint32_t place : places) out.Varint(place);
}

void PutType(ByteWriter& out, const PgType& type) {
  out.U8(static_cast<uint8_t>(type.kind));
  out.Sized(type.schema);
  out.Sized(type.name);
  out.Varint(type.oid);
  out.Varint(type.element);
  out.Varint(type.fields.size());
  for (const PgTypeField& field : type.fields) {
    out.Sized(field.name);
    out.Varint(field.type);
  }
}

void PutColumn(ByteWriter& out, const SchemaColumn& column) {
  out.Sized(column.name);
  out.Sized(column.type_text);
  out.Varint(column.type);
  out.SignedVarint(column.modifier);
  out.SignedVarint(column.length);
  out.U8(static_cast<uint8_t>(column.align));
  out.U8(static_cast<uint8_t>((column.not_null ? 1 : 0) | (column.dropped ? 2 : 0)));
}

void PutTable(ByteWriter& out, const SchemaTable& table) {
  out.Sized(table.schema);
  out.Sized(table.name);
  out.Varint(table.columns.size());
  for (const SchemaColumn& column : table.columns) PutColumn(out, column);
  out.Varint(table.keys.size());
  for (const SchemaKey& key : table.keys) {
    out.Sized(key.name);
    out.U8(key.primary ? 1 : 0);
    PutPlaces(out, key.columns);
  }
  out.Varint(table.references.size());
  for (const SchemaReference& reference : table.references) {
    PutPlaces(out, reference.columns);
    out.Sized(reference.schema);
    out.Sized(reference.table);
    PutTexts(out, reference.ref_columns);
  }
  out.Varint(table.indexes.size());
  for (const SchemaIndex& index : table.indexes) {
    out.Sized(index.name);
    out.Varint(index.filenode);
    out.U8(static_cast<uint8_t>((index.unique ? 1 : 0) | (index.primary ? 2 : 0)));
    PutPlaces(out, index.columns);
  }
  for (const uint32_t number : {table.oid, table.filenode, table.toast_oid, table.toast_filenode}) out.Varint(number);
  out.U8(table.has_oids ? 1 : 0);
}

void PutRow(ByteWriter& out, const SchemaRow& row) {
  out.Varint(row.table);
  out.Varint(row.values.size());
  for (const auto& value : row.values) {
    out.U8(value ? 1 : 0);
    if (value) out.Sized(*value);
  }
}

// --- reading -----------------------------------------------------------------------------------------------------------

class SchemaReader {
 public:
  explicit SchemaReader(ByteView bytes) : in_(bytes) {}

  bool Read(Schema& schema) {
    if (in_.U8() != kSchemaVersion) in_.Fail();
    Each(kMaxTypes, [&](size_t place) { schema.types.push_back(Type(place)); });
    type_count_ = schema.types.size();
    Each(kMaxTables, [&](size_t) { schema.tables.push_back(Table()); });
    Each(SIZE_MAX, [&](size_t) {
      const uint32_t oid = Narrow();
      // In order and once each: one spelling for one map.
      if (!schema.enum_labels.empty() && schema.enum_labels.rbegin()->first >= oid) in_.Fail();
      schema.enum_labels.emplace(oid, Text());
    });
    Each(kMaxTypes, [&](size_t) {
      const TypeIndex type = TypePlace(type_count_);
      if (!schema.enum_words.empty() && schema.enum_words.rbegin()->first >= type) in_.Fail();
      schema.enum_words.emplace(type, Texts());
    });
    Each(SIZE_MAX, [&](size_t) { schema.rows.push_back(Row(schema)); });
    schema.encoding = Text();
    return in_.Finish();
  }

 private:
  template <typename One>
  void Each(size_t limit, const One& one) {
    const uint64_t count = in_.Varint();
    if (count > in_.remaining() || count > limit) return in_.Fail();
    for (size_t i = 0; i < count && !in_.failed(); ++i) one(i);
  }
  std::string Text() { return std::string(in_.SizedText()); }
  uint32_t Narrow() { return static_cast<uint32_t>(Below(uint64_t{UINT32_MAX} + 1)); }
  uint64_t Below(uint64_t limit) {
    const uint64_t v = in_.Varint();
    if (v < limit) return v;
    in_.Fail();
    return 0;
  }
  uint8_t Bits(uint8_t limit) {
    const uint8_t bits = in_.U8();
    if (bits >= limit) in_.Fail();
    return bits;
  }
  int64_t Signed(int64_t least, int64_t most) {
    const int64_t v = in_.SignedVarint();
    if (v < least || v > most) in_.Fail();
    return v;
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts;
    Each(SIZE_MAX, [&](size_t) { texts.push_back(Text()); });
    return texts;
  }
  std::vector<uint32_t> Places(size_t limit) {
    std::vector<uint32_t> places;
    Each(SIZE_MAX, [&](size_t) { places.push_back(static_cast<uint32_t>(Below(limit))); });
    return places;
  }
  TypeIndex TypePlace(size_t limit) { return static_cast<TypeIndex>(Below(limit)); }

  PgType Type(size_t place) {
    PgType type;
    const uint8_t kind = in_.U8();
    if (kind < 1 || kind > static_cast<uint8_t>(PgTypeKind::multirange)) in_.Fail();
    type.kind = static_cast<PgTypeKind>(kind);
    type.schema = Text();
    type.name = Text();
    type.oid = Narrow();
    // A base type has no element and says 0. All others refer to types before them, so a list has no loops.
    const bool refers = type.kind == PgTypeKind::array || type.kind == PgTypeKind::domain || type.kind == PgTypeKind::range ||
                        type.kind == PgTypeKind::multirange;
    type.element = refers ? TypePlace(place) : TypePlace(1);
    Each(kMaxColumns, [&](size_t) {
      PgTypeField field;
      field.name = Text();
      field.type = TypePlace(place);
      type.fields.push_back(std::move(field));
    });
    return type;
  }

  SchemaColumn Column() {
    SchemaColumn column;
    column.name = Text();
    column.type_text = Text();
    column.type = TypePlace(type_count_);
    column.modifier = static_cast<int32_t>(Signed(INT32_MIN, INT32_MAX));
    column.length = static_cast<int16_t>(Signed(-2, INT16_MAX));
    column.align = static_cast<char>(in_.U8());
    if (column.align != 'c' && column.align != 's' && column.align != 'i' && column.align != 'd') in_.Fail();
    const uint8_t bits = Bits(4);
    column.not_null = (bits & 1) != 0;
    column.dropped = (bits & 2) != 0;
    return column;
  }

  SchemaTable Table() {
    SchemaTable table;
    table.schema = Text();
    table.name = Text();
    Each(kMaxColumns, [&](size_t) { table.columns.push_back(Column()); });
    const size_t columns = table.columns.size();
    Each(SIZE_MAX, [&](size_t) {
      SchemaKey key;
      key.name = Text();
      key.primary = Bits(2) != 0;
      key.columns = Places(columns);
      table.keys.push_back(std::move(key));
    });
    Each(SIZE_MAX, [&](size_t) {
      SchemaReference reference;
      reference.columns = Places(columns);
      reference.schema = Text();
      reference.table = Text();
      reference.ref_columns = Texts();
      table.references.push_back(std::move(reference));
    });
    Each(SIZE_MAX, [&](size_t) {
      SchemaIndex index;
      index.name = Text();
      index.filenode = Narrow();
      const uint8_t bits = Bits(4);
      index.unique = (bits & 1) != 0;
      index.primary = (bits & 2) != 0;
      index.columns = Places(columns);
      table.indexes.push_back(std::move(index));
    });
    for (uint32_t* number : {&table.oid, &table.filenode, &table.toast_oid, &table.toast_filenode}) *number = Narrow();
    table.has_oids = Bits(2) != 0;
    return table;
  }

  SchemaRow Row(const Schema& schema) {
    SchemaRow row;
    row.table = static_cast<size_t>(Below(schema.tables.size()));
    Each(kMaxColumns, [&](size_t) {
      std::optional<std::string> value;
      if (++cells_ > kMaxSchemaCells) in_.Fail();
      if (Bits(2) != 0) value = Text();
      row.values.push_back(std::move(value));
    });
    return row;
  }

  ByteReader in_;
  size_t type_count_ = 0, cells_ = 0;
};

}  // namespace

Bytes EncodeSchema(const Schema& schema) {
  ByteWriter out;
  out.U8(kSchemaVersion);
  out.Varint(schema.types.size());
  for (const PgType& type : schema.types) PutType(out, type);
  out.Varint(schema.tables.size());
  for (const SchemaTable& table : schema.tables) PutTable(out, table);
  out.Varint(schema.enum_labels.size());
  for (const auto& [oid, label] : schema.enum_labels) {
    out.Varint(oid);
    out.Sized(label);
  }
  out.Varint(schema.enum_words.size());
  for (const auto& [type, words] : schema.enum_words) {
    out.Varint(type);
    PutTexts(out, words);
  }
  out.Varint(schema.rows.size());
  for (const SchemaRow& row : schema.rows) PutRow(out, row);
  out.Sized(schema.encoding);
  return std::move(out).Take();
}

Result<Schema> DecodeSchema(ByteView bytes) {
  if (bytes.size() > kMaxSchemaBytes) return Status(Code::too_large, "reading a schema: it is longer than a schema may be");
  Schema schema;
  if (!SchemaReader(bytes).Read(schema)) return Status(Code::corrupt, "reading a schema: it is not as it is written");
  return schema;
}

}  // namespace pulih

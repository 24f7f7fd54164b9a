#include "engine/recover/wal_rows.h"

#include "engine/base/checksum.h"

namespace pulih {

WalRowReader::WalRowReader(const Schema& schema, size_t table)
    : shape_(ShapeOf(schema.tables[table])), context_(ContextOf(schema)) {
  const std::vector<SchemaColumn>& columns = schema.tables[table].columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].dropped) continue;
    Column column{DiskColumn(context_, columns[i].type, -1), DiskColumn(context_, columns[i].type, columns[i].modifier),
                  GrammarOfColumn(schema, columns[i]), Judge::by_text, columns[i].not_null, i};
    column.judge = JudgeOf(column.grammar, column.reader.is_text());
    shown_.push_back(std::move(column));
  }
}

// For these types every value on disk that the column takes has a text that the column takes, and the other way round
// (tests/engine/recover/wal_rows_test.cc asks both).
WalRowReader::Judge WalRowReader::JudgeOf(const ColumnGrammar& grammar, bool is_text) {
  if (is_text) return Judge::as_text;
  if (grammar.kind != PgTypeKind::base) return Judge::by_text;
  switch (grammar.oid) {
    case pg_oid::kBool:
    case pg_oid::kInt2:
    case pg_oid::kInt4:
    case pg_oid::kInt8:
    case pg_oid::kDate: return Judge::by_bytes;
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: return grammar.modifier < 0 || grammar.modifier >= 6 ? Judge::by_bytes : Judge::by_text;
    case pg_oid::kNumeric: {
      constexpr int32_t kModifierOffset = 4;
      if (grammar.modifier < kModifierOffset) return Judge::by_bytes;
      const int32_t precision = ((grammar.modifier - kModifierOffset) >> 16) & 0xffff, scale = (grammar.modifier - kModifierOffset) & 0x7ff;
      return scale <= precision && scale < 0x400 ? Judge::by_bytes : Judge::by_text;  // since 15 a scale may be more, or negative
    }
    default: return Judge::by_text;
  }
}

bool WalRowReader::DecodeField(const Column& column, const TupleField& field, const ToastSource& toast, DecodedField& decoded) const {
  using State = DecodedField::State;
  decoded.state = State::missing;
  decoded.text.clear();
  if (field.kind == TupleField::Kind::null) {
    decoded.state = State::null;
    return true;
  }
  // A default of a later ADD COLUMN stands in the catalog only.
  if (field.kind == TupleField::Kind::absent) return true;
  if (field.kind == TupleField::Kind::plain) {
    decoded.state = State::value;
    return column.reader.AppendText(field.bytes, decoded.text);
  }
  const auto value = Detoast(field, &toast);
  if (!value) return false;
  if (!value->cut) {
    if (!value->proven) return true;
    decoded.state = State::value;
    return column.reader.AppendText(value->bytes, decoded.text);
  }
  const TypeIndex type = column.reader.type();
  if (!value->bytes.empty() && AppendPrefixText(context_, type, value->bytes, decoded.text)) decoded.state = State::partial;
  return true;
}

bool WalRowReader::Decode(ByteView tuple, const ToastSource& toast, std::vector<DecodedField>& row) {
  size_t used = 0;
  if (WalkTuple(shape_, tuple, true, fields_, used) != TupleFault::none) return false;
  row.resize(shown_.size());
  for (size_t i = 0; i < shown_.size(); ++i) {
    if (!DecodeField(shown_[i], fields_[shown_[i].place], toast, row[i])) return false;
  }
  return true;
}

bool WalRowReader::FieldFits(const Column& column, const TupleField& field, const ToastSource& toast) {
  if (field.kind == TupleField::Kind::plain && column.judge == Judge::by_bytes) return column.strict.Fits(field.bytes);
  if (field.kind == TupleField::Kind::plain && column.judge == Judge::as_text)
    return column.reader.Fits(field.bytes) && IsTextOf(column.grammar, AsText(field.bytes));
  if (!DecodeField(column, field, toast, scratch_)) return false;
  if (scratch_.state == DecodedField::State::null) return !column.not_null;
  return scratch_.state != DecodedField::State::value || IsTextOf(column.grammar, scratch_.text);
}

bool WalRowReader::Fits(ByteView tuple, const ToastSource& toast) {
  size_t used = 0;
  if (WalkTuple(shape_, tuple, true, fields_, used) != TupleFault::none) return false;
  for (const Column& column : shown_) {
    if (!FieldFits(column, fields_[column.place], toast)) return false;
  }
  return true;
}

std::optional<uint64_t> WalRowReader::KeyHash(const std::vector<size_t>& fields, const ToastSource& toast) {
  key_.clear();
  for (const size_t field : fields) {
    if (field >= shown_.size() || !DecodeField(shown_[field], fields_[shown_[field].place], toast, scratch_) ||
        scratch_.state != DecodedField::State::value)
      return std::nullopt;
    key_ += scratch_.text;
    key_ += '\0';
  }
  return Checksum64(AsBytes(key_));
}

}  // namespace pulih

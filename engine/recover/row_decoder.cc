#include "engine/recover/row_decoder.h"

#include <algorithm>

#include "formats/text/encoding.h"

namespace pulih {
namespace {

constexpr PgMajor kMissingDefaults = 1100;  // from here on ADD COLUMN … DEFAULT leaves tuples as they are

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

RowDecoder::RowDecoder(const Schema& schema, const SchemaTable& table, PgMajor major, bool float_times)
    : table_(table),
      context_(ContextOf(schema, float_times)),
      shape_(ShapeOf(table)),
      major_(major),
      encoding_(schema.encoding) {
  for (const SchemaColumn& column : table.columns) {
    columns_.emplace_back(context_, column.type, column.modifier);
    shown_ += column.dropped ? 0 : 1;
  }
}

bool RowDecoder::Decode(std::span<const TupleField> fields, const ToastSource* toast, Known known,
                        DecodedTuple& row) const {
  row.fields.resize(shown_);
  row.external.clear();
  row.has_unknown_type = false;
  size_t next = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (table_.columns[i].dropped) continue;
    ClaimedField& field = row.fields[next++];
    field.Reset();
    if (DecodeField(i, fields[i], toast, known.fits, field, row)) continue;
    if (!known.proven) return false;
    field.Reset();
  }
  return true;
}

bool RowDecoder::Fits(std::span<const TupleField> fields) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (fields[i].kind == TupleField::Kind::external && !ReadToastPointer(fields[i].bytes)) return false;
    if (table_.columns[i].dropped || fields[i].kind != TupleField::Kind::plain) continue;
    if (!columns_[i].Fits(fields[i].bytes)) return false;
  }
  return true;
}

bool RowDecoder::DecodeKeyColumn(size_t column, const TupleField& field, ClaimedField& out) const {
  DecodedTuple row;
  // A name has its zeros in a table, and has none in an index.
  if (column >= columns_.size() || table_.columns[column].dropped || shape_.columns[column].length == 64) return false;
  return DecodeField(column, field, nullptr, false, out, row) && out.state == ClaimedField::State::value;
}

bool RowDecoder::DecodeField(size_t column, const TupleField& field, const ToastSource* toast, bool fits,
                             ClaimedField& out, DecodedTuple& row) const {
  using Kind = TupleField::Kind;
  switch (field.kind) {
    case Kind::null: out.state = ClaimedField::State::null; return true;
    case Kind::absent: {
      const bool is_null = major_ != 0 && major_ < kMissingDefaults && !table_.columns[column].not_null;
      out.state = is_null ? ClaimedField::State::null : ClaimedField::State::missing;
      return true;
    }
    case Kind::plain: return DecodeValue(column, field.bytes, fits, out, row);
    default: break;
  }
  const auto whole = Detoast(field, toast);
  if (!whole) return false;
  if (field.kind == Kind::compressed) return !whole->cut && DecodeValue(column, whole->bytes, false, out, row);
  row.external.push_back(*ReadToastPointer(field.bytes));
  if (whole->cut) {
    DecodeBeginning(table_.columns[column], whole->bytes, out);
  } else if (!DecodeValue(column, whole->bytes, false, out, row)) {
    out.Reset();  // the chunks are sound by themselves and make no value: the rest of the row stays
  }
  return true;
}

bool RowDecoder::DecodeValue(size_t column, ByteView value, bool fits, ClaimedField& out, DecodedTuple& row) const {
  const DiskColumn& reader = columns_[column];
  if (!reader.is_known()) {
    row.has_unknown_type = true;
    return true;
  }
  out.state = ClaimedField::State::value;
  if (!reader.AppendText(value, out.text, fits)) {
    if (!reader.Fits(value)) return false;
    out.Reset();  // a label that the catalog has lost
    return true;
  }
  if (!context_.utf8 && !IsAscii(out.text)) out.text = ToUtf8(AsBytes(out.text), encoding_);
  return true;
}

void RowDecoder::DecodeBeginning(const SchemaColumn& column, ByteView beginning, ClaimedField& out) const {
  out.Reset();
  // An empty beginning tells nothing that the pointer did not.
  if (beginning.empty() || !AppendPrefixText(context_, column.type, beginning, out.text)) {
    out.text.clear();
    return;
  }
  if (!context_.utf8 && !IsAscii(out.text)) out.text = ToUtf8(AsBytes(out.text), encoding_);
  out.state = ClaimedField::State::partial;
  out.cut = true;
}

}  // namespace pulih

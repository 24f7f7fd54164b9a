#include "engine/recover/row_claims.h"

#include <algorithm>

#include "engine/base/digits.h"
#include "formats/postgres/text_form.h"
#include "formats/postgres/value_parse.h"
#include "formats/postgres/value_text.h"
#include "formats/text/encoding.h"

namespace pulih {

namespace {

constexpr size_t kMaxKeys = size_t{1} << 24;

std::string_view Field(std::string_view line, const CopyField& field) { return line.substr(field.begin, field.end - field.begin); }

ClaimedField Value(std::string text) {
  ClaimedField field;
  field.state = ClaimedField::State::value;
  field.text = std::move(text);
  return field;
}

}  // namespace

RowClaims::RowClaims(const Schema& schema, std::string encoding, ExtractSink& sink)
    : schema_(schema), sink_(sink), lost_lines_(sink) {
  set_encoding(std::move(encoding));
}

void RowClaims::set_encoding(std::string encoding) {
  encoding_ = std::move(encoding);
  utf8_ = IsUtf8Encoding(encoding_);
}

void RowClaims::Begin(const RowGroup& group, const GroupName& name) {
  group_ = group;
  name_ = name;
  rows_ = lost_ = 0;
  behind_ = false;
  form_.reset();
  // Tables that fit alike have columns in the same number and order: the first stands for all.
  const std::optional<size_t> table = name.table ? name.table : name.candidates.empty() ? std::nullopt : std::optional(name.candidates.front());
  if (!table) {
    keys_of_table_ = SIZE_MAX;
    return SetNames();
  }
  form_.emplace(schema_, *table, name.by_shape ? std::vector<std::string>() : group.target.columns);
  // Behind a gap in one table's rows keys go on to count.
  if (keys_of_table_ != *table) keys_.Clear();
  keys_of_table_ = *table;
  SetNames();
}

// What is the same for all rows of the group.
void RowClaims::SetNames() {
  const auto name_of = [this](size_t table) { return schema_.tables[table].schema + "." + schema_.tables[table].name; };
  claim_ = {};
  if (name_.table) {
    claim_.table = name_of(*name_.table);
  } else {
    for (const size_t table : name_.candidates) claim_.candidates.push_back(name_of(table));
    std::sort(claim_.candidates.begin(), claim_.candidates.end());
  }
  path_head_ = group_.path;
  if (!path_head_.empty()) path_head_ += " » ";
  path_head_ += "table " + (name_.table ? claim_.table : std::string("rows of an unknown table"));
  is_bytea_.assign(form_ ? form_->listed() : 0, false);
  for (size_t i = 0; i < is_bytea_.size(); ++i) {
    const SchemaColumn* column = form_->column(i);
    is_bytea_[i] = column != nullptr && column->type < schema_.types.size() && schema_.types[column->type].oid == pg_oid::kBytea;
  }
}

Status RowClaims::Line(const TextLine& line) {
  if (line.text.empty() && line.unknown.empty() && form_ && form_->listed() != 1) return OkStatus();
  ++rows_;
  const uint64_t lost_before = lost_;
  PULIH_TRY(Read(line));
  return lost_ == lost_before || !group_.plain || solvers_ != nullptr ? OkStatus() : lost_lines_.Add(line, form_.has_value());
}

Status RowClaims::Read(const TextLine& line) {
  if (line.trust == SegmentTrust::behind) behind_ = true;
  if (!form_) {
    ++lost_;
    return OkStatus();
  }
  // Where whole rows contradict each other, rows in part are worth nothing.
  const bool in_part = line.torn_begin || line.torn_end || !line.unknown.empty();
  if (in_part && line.trust == SegmentTrust::behind && name_.doubtful_behind) {
    ++lost_;
    return OkStatus();
  }
  if (line.torn_begin) return Ending(line);
  if (!line.unknown.empty()) return Masked(line);
  if (line.torn_end) return Beginning(line, line.text);
  return Whole(line);
}

// Values that no column of their type can ever have held. What is too long for a text may still be one.
size_t RowClaims::Strangers(const RowViews& row) const {
  size_t count = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    const SchemaColumn* column = form().column(i);
    if (!row[i] || column == nullptr || column->type >= schema_.types.size()) continue;
    const uint32_t oid = schema_.types[column->type].oid;
    const bool any_text = oid == 0 || oid == pg_oid::kText || oid == pg_oid::kVarchar || oid == pg_oid::kBpchar;
    count += any_text || form().FieldFits(i, row[i]) ? 0 : 1;
  }
  return count;
}

bool RowClaims::KeyIsNew(const RowViews& row) {
  if (form().key().empty() || keys_.size() >= kMaxKeys) return false;
  const auto hash = KeyHash(row, form().key());
  return hash && keys_.Insert(*hash);
}

Grade RowClaims::GradeOf(SegmentTrust trust, bool fits, bool key_is_new) const {
  if (!name_.table || (name_.by_shape && name_.weak) || (trust != SegmentTrust::proven && (name_.suspicious || doubtful_))) return Grade::d;
  switch (trust) {
    case SegmentTrust::proven: return name_.by_shape ? (fits ? Grade::c : Grade::d) : Grade::a;
    case SegmentTrust::exact:
      if (!fits || (!form_->key().empty() && !key_is_new)) return Grade::d;
      return name_.by_shape ? Grade::c : Grade::b;
    case SegmentTrust::behind: return fits && key_is_new && !name_.doubtful_behind ? Grade::c : Grade::d;
    case SegmentTrust::suspect: return Grade::d;
  }
  return Grade::d;
}

// In UTF-8, and as today's PostgreSQL writes it.
void RowClaims::Normalise(size_t i, std::string& text) const {
  if (is_bytea_[i] && !text.starts_with("\\x")) {
    // Before 9.0: octal escapes.
    if (const auto image = ByteaImage(text); image.ok()) {
      if (auto hex = ValueText(schema_.types, form().column(i)->type, *image); hex.ok()) text = std::move(*hex);
    }
    return;
  }
  if (!utf8_ && std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    text = ToUtf8(AsBytes(text), encoding_);
  if (!IsUtf8(text)) text = MendUtf8(text);
}

Status RowClaims::Whole(const TextLine& line) {
  const RowViews& row = row_.values();
  if (!row_.Read(line.text) || row.size() != form().listed()) {
    ++lost_;
    return OkStatus();
  }
  const bool sound_text = !utf8_ || IsUtf8(line.text);
  const bool fits = sound_text && form().Fits(row);
  const bool key_is_new = line.trust != SegmentTrust::proven && KeyIsNew(row);
  // Behind damage what does not fit may be anything; before it one value may be of another version of the table, two say
  // that the row is of another table: blocks of the file are out of their order.
  if (!fits && (line.trust == SegmentTrust::behind || line.trust == SegmentTrust::suspect || Strangers(row) > 1)) {
    ++lost_;
    return OkStatus();
  }
  claim_.fields.resize(form().shown());
  for (ClaimedField& field : claim_.fields) field.Reset();
  for (size_t i = 0; i < row.size(); ++i) {
    const auto place = form().place(i);
    if (!place) continue;
    ClaimedField& field = claim_.fields[*place];
    if (!row[i]) {
      field.state = ClaimedField::State::null;
      continue;
    }
    field.state = ClaimedField::State::value;
    field.text.assign(*row[i]);
    // A field without escapes, of a line that is sound UTF-8, is that, too.
    if (!row_.is_as_written(i) || !utf8_ || !sound_text || is_bytea_[i]) Normalise(i, field.text);
  }
  Grade grade = GradeOf(line.trust, fits, key_is_new);
  if (!sound_text) grade = Grade::d;  // some of its text could not be read
  if (line.solved_by != 0) grade = line.solved_surely && grade == Grade::c ? Grade::e : Grade::d;
  return EmitFields(line, grade);
}

// The value of a whole written field; false when it does not fit its column.
bool RowClaims::TakeValue(std::string_view written, size_t i, ClaimedField& field) const {
  if (IsCopyNull(written)) {
    field.state = ClaimedField::State::null;
    return form().FieldFits(i, std::nullopt);
  }
  std::string text;
  if (!DecodeCopyField(written, text)) return false;
  if ((utf8_ && !IsUtf8(text)) || !form().FieldFits(i, text)) return false;
  Normalise(i, text);
  field = Value(std::move(text));
  return true;
}

// `known` are the first bytes of a row; what follows is lost.
Status RowClaims::Beginning(const TextLine& line, std::string_view known) {
  SplitCopyLine(known, split_);
  std::vector<ClaimedField> fields(form().shown());
  const size_t whole = split_.size() - 1;
  bool any = false;
  for (size_t i = 0; i < whole && whole < form().listed(); ++i) {
    ClaimedField field;
    if (!TakeValue(Field(known, split_[i]), i, field)) {
      any = false;
      break;
    }
    any = true;
    if (const auto place = form().place(i)) fields[*place] = std::move(field);
  }
  if (!any || split_.size() > form().listed()) {
    ++lost_;
    return OkStatus();
  }
  std::string_view last = Field(known, split_.back());
  // The beginning of an escape, of NULL, or of a character, is no text yet.
  while (!last.empty() && last.back() == '\\') last.remove_suffix(1);
  std::string text;
  if (const auto place = form().place(whole); place && last.starts_with("\\N")) {
    // NULL: no value has these two bytes in it.
    fields[*place].state = ClaimedField::State::null;
  } else if (place && !last.empty() && DecodeCopyField(last, text)) {
    size_t size = text.size();
    while (size > 0 && text.size() - size < 3 && !IsUtf8(std::string_view(text).substr(0, size))) --size;
    text.resize(size);
    if (IsUtf8(text) && !text.empty()) {
      ClaimedField& field = fields[*place];
      field.state = ClaimedField::State::partial;
      field.text = std::move(text);
      field.cut = true;
    }
  }
  return Emit(line, std::move(fields), Grade::d);
}

// The last fields of a row; the one that the line begins in is cut at its front, which is no value.
Status RowClaims::Ending(const TextLine& line) {
  std::string_view text = line.text;
  // Of a line with unknown bytes, what stands behind the last of them.
  if (!line.unknown.empty()) text.remove_prefix(line.unknown.back().at + 1);
  SplitCopyLine(text, split_);
  const size_t count = split_.size(), listed = form().listed();
  if (line.torn_end || count < 2 || count > listed || (!name_.table)) {
    ++lost_;
    return OkStatus();
  }
  std::vector<ClaimedField> fields(form().shown());
  for (size_t i = 1; i < count; ++i) {
    const size_t column = listed - count + i;
    ClaimedField field;
    if (!TakeValue(Field(text, split_[i]), column, field)) {
      ++lost_;
      return OkStatus();
    }
    if (const auto place = form().place(column)) fields[*place] = std::move(field);
  }
  return Emit(line, std::move(fields), Grade::d);
}

// A line with unknown bytes and both of its ends.
Status RowClaims::Masked(const TextLine& line) {
  const size_t first = line.unknown.front().at;
  SplitCopyLine(line.text, split_);
  const bool certain = !line.torn_end && split_.size() == form().listed() && line.unknown.size() < form().least_hidden() && utf8_;
  if (!certain) return Beginning(line, line.text.substr(0, first));
  std::vector<ClaimedField> fields(form().shown());
  size_t next = 0;
  for (size_t i = 0; i < split_.size(); ++i) {
    const std::string_view written = Field(line.text, split_[i]);
    const size_t from = next;
    while (next < line.unknown.size() && line.unknown[next].at < split_[i].end) ++next;
    ClaimedField field;
    if (next == from) {
      if (!TakeValue(written, i, field)) {
        ++lost_;
        return OkStatus();
      }
    } else {
      std::vector<uint32_t> places;
      field.state = ClaimedField::State::partial;
      if (written.starts_with("\\N") || !DecodeCopyField(written, field.text, &places)) {
        field.text.clear();
        places.clear();
      }
      // Each byte of the value comes from one or more written ones: unknown when any of them is.
      size_t at = from;
      uint32_t begin = 0;
      for (uint32_t k = 0; k < places.size(); begin = places[k++]) {
        size_t count = 0;
        uint32_t marker = 0;
        for (; at < next && line.unknown[at].at - split_[i].begin < places[k]; ++at, ++count) marker = line.unknown[at].marker;
        if (count == 0) continue;
        field.text[k] = '\0';
        field.unknown.push_back({k, count == 1 && places[k] - begin == 1 ? marker : 0});
      }
      if (field.unknown.empty()) field.state = ClaimedField::State::missing;
    }
    if (const auto place = form().place(i)) fields[*place] = std::move(field);
  }
  return Emit(line, std::move(fields), Grade::d);
}

Status RowClaims::Emit(const TextLine& line, std::vector<ClaimedField> fields, Grade grade) {
  claim_.fields = std::move(fields);
  return EmitFields(line, grade);
}

Status RowClaims::EmitFields(const TextLine& line, Grade grade) {
  if (solvers_ != nullptr && line.solved_by == 0) return OkStatus();
  claim_.grade = grade;
  claim_.bytes = line.bytes;
  claim_.path = path_head_;
  if (!group_.sure || behind_) claim_.path += " » behind damage";
  claim_.path += " » row ";
  AppendInteger(rows_, claim_.path);
  if (solvers_ != nullptr) {
    claim_.path += " » solved with";
    for (size_t i = 0; i < solvers_->size(); ++i)
      if ((line.solved_by >> i & 1) != 0) claim_.path += " " + (*solvers_)[i];
  }
  return sink_.Row(claim_);
}

Status RowClaims::Inserted(const InsertedRow& inserted) {
  ++rows_;
  const InsertedValues& values = *inserted.values;
  const bool whole = inserted.complete;
  if (!form_ || keys_of_table_ == SIZE_MAX) return OkStatus();
  if (whole ? values.size() != form().listed() : values.size() >= form().listed()) {
    ++lost_;
    return OkStatus();
  }
  RowTexts row(form().listed());
  std::vector<ClaimedField> fields(form().shown());
  bool fits = true, sound = true;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto place = form().place(i);
    if (!values[i].plain) continue;  // missing: only the database knew it
    if (values[i].text) {
      row[i] = form().column(i) == nullptr ? *values[i].text : AsPostgresWrites(schema_, *form().column(i), *values[i].text);
      sound = sound && (!utf8_ || IsUtf8(*row[i]));
    }
    fits = fits && form().FieldFits(i, row[i]);
    if (!place) continue;
    if (row[i]) {
      Normalise(i, *row[i]);
      fields[*place] = Value(*row[i]);
    } else {
      fields[*place].state = ClaimedField::State::null;
    }
  }
  fits = fits && sound;
  const RowViews looked_at(row.begin(), row.end());
  const bool key_is_new = whole && KeyIsNew(looked_at);
  if (!fits && ((inserted.trust != SegmentTrust::proven && inserted.trust != SegmentTrust::exact) || Strangers(looked_at) > 1)) {
    ++lost_;
    return OkStatus();
  }
  TextLine line;
  line.bytes = *inserted.bytes;
  const Grade grade = whole && sound ? GradeOf(inserted.trust, fits, key_is_new) : Grade::d;
  return Emit(line, std::move(fields), grade);
}

}  // namespace pulih

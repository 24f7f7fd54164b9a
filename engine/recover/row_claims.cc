#include "engine/recover/row_claims.h"

#include <algorithm>

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
    : schema_(schema), encoding_(std::move(encoding)), sink_(sink) {}

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
    return;
  }
  form_.emplace(schema_, *table, name.by_shape ? std::vector<std::string>() : group.target.columns);
  // Behind a gap in one table's rows keys go on to count.
  if (keys_of_table_ != *table) keys_.Clear();
  keys_of_table_ = *table;
}

std::string RowClaims::Path() const {
  std::string path = group_.path;
  if (!path.empty()) path += " » ";
  const std::string table = name_.table ? schema_.tables[*name_.table].schema + "." + schema_.tables[*name_.table].name : std::string("rows of an unknown table");
  path += "table " + table;
  if (!group_.sure || behind_) path += " » behind damage";
  path += " » row " + std::to_string(rows_);
  return path;
}

Status RowClaims::Line(const TextLine& line) {
  if (line.text.empty() && line.unknown.empty() && form_ && form_->listed() != 1) return OkStatus();
  ++rows_;
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

bool RowClaims::KeyIsNew(const RowTexts& row) {
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
  const SchemaColumn* column = form().column(i);
  if (column != nullptr && column->type < schema_.types.size() && schema_.types[column->type].oid == pg_oid::kBytea && !text.starts_with("\\x")) {
    // Before 9.0: octal escapes.
    if (const auto image = ByteaImage(text); image.ok()) {
      if (auto hex = ValueText(schema_.types, column->type, *image); hex.ok()) text = std::move(*hex);
    }
    return;
  }
  if (!IsUtf8Encoding(encoding_) && std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    text = ToUtf8(AsBytes(text), encoding_);
  if (!IsUtf8(text)) text = MendUtf8(text);
}

Status RowClaims::Whole(const TextLine& line) {
  if (!ReadCopyRow(line.text, split_, row_) || row_.size() != form().listed()) {
    ++lost_;
    return OkStatus();
  }
  const bool sound_text = !IsUtf8Encoding(encoding_) || IsUtf8(line.text);
  const bool fits = sound_text && form().Fits(row_);
  const bool key_is_new = line.trust != SegmentTrust::proven && KeyIsNew(row_);
  // Behind damage what does not fit may be anything.
  if (!fits && (line.trust == SegmentTrust::behind || line.trust == SegmentTrust::suspect)) {
    ++lost_;
    return OkStatus();
  }
  std::vector<ClaimedField> fields(form().shown());
  for (size_t i = 0; i < row_.size(); ++i) {
    const auto place = form().place(i);
    if (!place) continue;
    if (!row_[i]) {
      fields[*place].state = ClaimedField::State::null;
      continue;
    }
    Normalise(i, *row_[i]);
    fields[*place] = Value(*row_[i]);
  }
  Grade grade = GradeOf(line.trust, fits, key_is_new);
  if (!sound_text) grade = Grade::d;  // some of its text could not be read
  return Emit(line, std::move(fields), grade);
}

// The value of a whole written field; false when it does not fit its column.
bool RowClaims::TakeValue(std::string_view written, size_t i, ClaimedField& field) const {
  if (IsCopyNull(written)) {
    field.state = ClaimedField::State::null;
    return form().FieldFits(i, std::nullopt);
  }
  std::string text;
  if (!DecodeCopyField(written, text)) return false;
  if ((IsUtf8Encoding(encoding_) && !IsUtf8(text)) || !form().FieldFits(i, text)) return false;
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
  const bool certain = !line.torn_end && split_.size() == form().listed() && line.unknown.size() < form().least_hidden() && IsUtf8Encoding(encoding_);
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
  RowClaim claim;
  const auto name_of = [this](size_t table) { return schema_.tables[table].schema + "." + schema_.tables[table].name; };
  if (name_.table) {
    claim.table = name_of(*name_.table);
  } else {
    for (const size_t table : name_.candidates) claim.candidates.push_back(name_of(table));
    std::sort(claim.candidates.begin(), claim.candidates.end());
  }
  claim.fields = std::move(fields);
  claim.grade = grade;
  claim.bytes = line.bytes;
  claim.path = Path();
  return sink_.Row(claim);
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
  row_.assign(form().listed(), std::nullopt);
  std::vector<ClaimedField> fields(form().shown());
  bool fits = true, sound = true;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto place = form().place(i);
    if (!values[i].plain) continue;  // missing: only the database knew it
    if (values[i].text) {
      row_[i] = form().column(i) == nullptr ? *values[i].text : AsPostgresWrites(schema_, *form().column(i), *values[i].text);
      sound = sound && (!IsUtf8Encoding(encoding_) || IsUtf8(*row_[i]));
    }
    fits = fits && form().FieldFits(i, row_[i]);
    if (!place) continue;
    if (row_[i]) {
      Normalise(i, *row_[i]);
      fields[*place] = Value(*row_[i]);
    } else {
      fields[*place].state = ClaimedField::State::null;
    }
  }
  fits = fits && sound;
  const bool key_is_new = whole && KeyIsNew(row_);
  if (!fits && inserted.trust != SegmentTrust::proven && inserted.trust != SegmentTrust::exact) {
    ++lost_;
    return OkStatus();
  }
  TextLine line;
  line.bytes = *inserted.bytes;
  const Grade grade = whole && sound ? GradeOf(inserted.trust, fits, key_is_new) : Grade::d;
  return Emit(line, std::move(fields), grade);
}

}  // namespace pulih

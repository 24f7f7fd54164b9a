#include "engine/recover/group_survey.h"

#include <algorithm>

#include "formats/text/encoding.h"

namespace pulih {

namespace {

// Without DDL only names are known.
bool HasColumns(const SchemaTable& table) { return !table.columns.empty() && !table.columns.front().type_text.empty(); }

}  // namespace

Status GroupSurvey::Group(const RowGroup& group) {
  CloseGroup();
  GroupState state;
  state.group = group;
  if (group.has_target) {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      if (schema_.tables[i].schema == group.target.table.schema && schema_.tables[i].name == group.target.table.name) state.named = i;
    }
  }
  groups_.push_back(std::move(state));
  return OkStatus();
}

// A table that the dump names needs no survey where a checksum proves all.
bool GroupSurvey::WantsRows() const {
  const GroupState& group = groups_.back();
  return !(group.named && group.group.sure && group.group.state.proven);
}

Status GroupSurvey::Row(const TextLine& line) {
  GroupState& group = groups_.back();
  ++group.rows;
  const bool torn = line.torn_begin || line.torn_end || !line.unknown.empty();
  if (torn || line.trust == SegmentTrust::behind || line.trust == SegmentTrust::suspect) group.clean = false;
  if (group.named && group.group.sure && (line.trust == SegmentTrust::proven || line.trust == SegmentTrust::suspect)) return OkStatus();
  if (torn) return OkStatus();
  const bool sound = row_.Read(line.text);
  if (group.named && group.group.sure) {
    CheckNamed(group, sound && (!utf8_ || IsUtf8(line.text)), line.trust == SegmentTrust::behind);
    return OkStatus();
  }
  if (!sound || (utf8_ && !IsUtf8(line.text))) return OkStatus();
  if (group.first) BeginCandidates(group);
  ++group.whole_rows;
  LookAtValues(group);
  for (Candidate& candidate : group.candidates) TryCandidate(candidate);
  if (group.clean) std::erase_if(group.candidates, [&](const Candidate& c) { return c.fits < group.whole_rows; });
  return OkStatus();
}

// A script says its encoding itself.
Status GroupSurvey::Ddl(std::string_view statement) {
  if (statement.find("client_encoding") == std::string_view::npos) return OkStatus();
  DdlReader reader;
  reader.Take(statement);
  utf8_ = IsUtf8Encoding(reader.encoding());
  return OkStatus();
}

void GroupSurvey::CloseGroup() {
  if (groups_.empty()) return;
  GroupState& group = groups_.back();
  group.exact_keys.Clear();
  group.form.reset();
  std::erase_if(group.candidates, [&](const Candidate& c) { return c.fits * 100 < group.whole_rows * 95 || c.fits == 0; });
  if (group.clean) std::erase_if(group.candidates, [](const Candidate& c) { return c.repeats_key; });
  DropWeaker(group);
  for (const Candidate& candidate : group.candidates)
    group.broken_behind = group.broken_behind || (!group.clean && (candidate.fits < group.whole_rows || candidate.repeats_key));
  for (Candidate& candidate : group.candidates) candidate.unique.clear();
  hashes_ = 0;
}

void GroupSurvey::BeginCandidates(GroupState& group) {
  group.first = false;
  for (size_t i = 0; i < schema_.tables.size(); ++i) {
    Candidate candidate(TableForm(schema_, i, {}));
    if (candidate.form.listed() == row_.values().size()) group.candidates.push_back(std::move(candidate));
  }
}

GroupSurvey::Grammar GroupSurvey::GrammarOf(const SchemaColumn* column) const {
  if (column == nullptr || column->type >= schema_.types.size()) return Grammar::some;
  switch (schema_.types[column->type].oid) {
    case pg_oid::kText:
    case pg_oid::kVarchar: return Grammar::free;
    case pg_oid::kDate:
    case pg_oid::kTime:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz:
    case pg_oid::kUuid: return Grammar::strong;
    default: return Grammar::some;
  }
}

// Where one table has a column of moments and another has text, and the values are all moments, it is the first: in
// text something else would stand now and then.
void GroupSurvey::DropWeaker(GroupState& group) const {
  constexpr uint64_t kEnough = 3;
  // Behind damage a row or two may be broken; of a text column anything is a value.
  const auto fits_as_well = [&](const Candidate& a, const Candidate& b) { return group.clean ? a.fits >= b.fits : a.fits * 100 >= b.fits * 95; };
  const auto beats = [&](const Candidate& a, const Candidate& b) {
    for (size_t i = 0; i < group.values.size() && i < a.form.listed() && i < b.form.listed(); ++i) {
      if (group.values[i] >= kEnough && GrammarOf(a.form.column(i)) == Grammar::strong && GrammarOf(b.form.column(i)) == Grammar::free) return true;
    }
    return false;
  };
  std::vector<bool> beaten(group.candidates.size());
  for (size_t a = 0; a < beaten.size(); ++a) {
    for (size_t b = 0; b < beaten.size(); ++b) {
      const Candidate &one = group.candidates[a], &other = group.candidates[b];
      if (fits_as_well(one, other) && beats(one, other) && !beats(other, one)) beaten[b] = true;
    }
  }
  size_t at = 0;
  std::erase_if(group.candidates, [&](const Candidate&) { return beaten[at++]; });
}

void GroupSurvey::TryCandidate(Candidate& candidate) {
  if (!candidate.form.Fits(row_.values())) return;
  ++candidate.fits;
  if (script_.Has(candidate.form.table_index(), row_.values())) ++candidate.script_rows;
  if (candidate.repeats_key || hashes_ >= kMaxKeyHashes) return;
  const auto& keys = candidate.form.table().keys;
  candidate.unique.resize(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto fields = candidate.form.FieldsOf(keys[i].columns);
    if (fields.empty()) continue;
    const auto hash = KeyHash(row_.values(), fields);
    if (!hash) continue;
    ++hashes_;
    candidate.repeats_key = candidate.repeats_key || !candidate.unique[i].Insert(*hash);
  }
}

void GroupSurvey::LookAtValues(GroupState& group) const {
  const RowViews& row = row_.values();
  const size_t count = std::max(group.values.size(), row.size());
  group.values.resize(count);
  group.numbers.resize(count);
  group.moments.resize(count);
  for (size_t i = 0; i < row.size(); ++i) {
    if (!row[i]) continue;
    const std::string_view text = *row[i];
    ++group.values[i];
    group.numbers[i] += !text.empty() && text.find_first_not_of("0123456789.-") == std::string_view::npos ? 1 : 0;
    group.moments[i] += text.size() >= 10 && text[4] == '-' && text[7] == '-' && text.substr(0, 4).find_first_not_of("0123456789") == std::string_view::npos ? 1 : 0;
  }
}

// Rows of a table that the dump names: when they break the grammar, or repeat a key, more is damaged than is known.
void GroupSurvey::CheckNamed(GroupState& group, bool sound, bool behind) {
  if (!group.form) group.form = FormOf(group);
  if (!behind) ++group.whole_rows;
  if (!sound || !group.form->Fits(row_.values())) {
    if (behind) group.broken_behind = true;
    else ++group.misfits;
  } else if (!group.form->key().empty() && group.exact_keys.size() < kMaxKeyHashes) {
    const auto hash = KeyHash(row_.values(), group.form->key());
    if (!hash || !group.exact_keys.Insert(*hash)) (behind ? group.broken_behind : group.repeats_key) = true;
  }
}

TableForm GroupSurvey::FormOf(const GroupState& group) const {
  for (size_t i = 0; i < own_.tables.size(); ++i) {
    if (own_.tables[i].schema == group.group.target.table.schema && own_.tables[i].name == group.group.target.table.name && HasColumns(own_.tables[i]))
      return TableForm(own_, i, group.group.target.columns);
  }
  return TableForm(schema_, *group.named, group.group.target.columns);
}

}  // namespace pulih

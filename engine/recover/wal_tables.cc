#include "engine/recover/wal_tables.h"

#include <algorithm>

namespace pulih {
namespace {

// Relations below this number are PostgreSQL's own.
constexpr uint32_t kFirstUserRelation = 16384;
constexpr size_t kMaxKeys = size_t{1} << 24;

// False where the bytes are no value of the column.
bool DecodeField(const DiskContext& context, const SchemaColumn& column, const TupleField& field, const ToastSource& toast,
                 DecodedField& decoded) {
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
    return AppendDiskText(context, column.type, field.bytes, decoded.text).ok();
  }
  const auto value = Detoast(field, &toast);
  if (!value) return false;
  if (!value->cut) {
    if (!value->proven) return true;
    decoded.state = State::value;
    return AppendDiskText(context, column.type, value->bytes, decoded.text).ok();
  }
  if (!value->bytes.empty() && AppendPrefixText(context, column.type, value->bytes, decoded.text)) decoded.state = State::partial;
  return true;
}

bool FitsTable(const TableForm& form, const std::vector<DecodedField>& fields) {
  if (fields.size() != form.listed()) return false;
  for (size_t i = 0; i < fields.size(); ++i) {
    using State = DecodedField::State;
    if (fields[i].state == State::null && !form.FieldFits(i, std::nullopt)) return false;
    if (fields[i].state == State::value && !form.FieldFits(i, fields[i].text)) return false;
  }
  return true;
}

}  // namespace

WalToast::WalToast(const WalHistory& history) {
  std::vector<TupleField> fields;
  for (const auto& [node, relation] : history.relations()) {
    std::map<uint32_t, std::vector<ToastChunk>> chunks;
    bool all = !relation.empty();
    for (const auto& [tid, versions] : relation) {
      for (const TupleVersion& version : versions) {
        size_t used = 0;
        all = WalkTuple(ToastShape(), version.tuple, true, fields, used) == TupleFault::none;
        const auto chunk = all ? ChunkOf(fields) : std::nullopt;
        all = chunk.has_value();
        if (!all) break;
        chunks[chunk->value_id].push_back(*chunk);
      }
      if (!all) break;
    }
    if (all) relations_[node.relation].merge(chunks);
  }
}

void WalToast::Chunks(const ToastPointer& pointer, std::vector<ToastChunk>& found) const {
  const auto append = [&](const std::map<uint32_t, std::vector<ToastChunk>>& values) {
    const auto at = values.find(pointer.value_id);
    if (at != values.end()) found.insert(found.end(), at->second.begin(), at->second.end());
  };
  // A relation keeps its OID for its first file; one that was rewritten has another number, and then the values' own
  // numbers, which a cluster hands out once in four thousand million, must do.
  if (const auto relation = relations_.find(pointer.relation); relation != relations_.end()) return append(relation->second);
  for (const auto& [number, values] : relations_) append(values);
}

bool DecodeTuple(const Schema& schema, size_t table, const TupleShape& shape, ByteView tuple, const ToastSource& toast,
                 std::vector<DecodedField>& row) {
  std::vector<TupleField> fields;
  size_t used = 0;
  if (WalkTuple(shape, tuple, true, fields, used) != TupleFault::none) return false;
  const DiskContext context = ContextOf(schema);
  const std::vector<SchemaColumn>& columns = schema.tables[table].columns;
  size_t count = 0;
  for (size_t i = 0; i < columns.size() && i < fields.size(); ++i) {
    if (columns[i].dropped) continue;
    if (count == row.size()) row.emplace_back();
    if (!DecodeField(context, columns[i], fields[i], toast, row[count++])) return false;
  }
  row.resize(count);
  return true;
}

RelationFit::RelationFit(const Schema& schema, const RelationNode& node) : schema_(schema), node_(node) {
  if (node.relation < kFirstUserRelation) return;
  for (size_t i = 0; i < schema.tables.size(); ++i) tries_.push_back({i, TableForm(schema, i, {}), ShapeOf(schema.tables[i]), true, Fit::none, {}});
}

bool RelationFit::Takes(Try& candidate, const TupleVersion& version, const ToastSource& toast) {
  if (!DecodeTuple(schema_, candidate.table, candidate.shape, version.tuple, toast, fields_) || !FitsTable(candidate.form, fields_)) return false;
  const bool is_full = ReadTupleHeader(version.tuple).column_count() == candidate.shape.columns.size();
  candidate.fit = std::max(candidate.fit, is_full ? Fit::full : Fit::shorter);
  const std::vector<size_t>& key = candidate.form.key();
  if (version.end != TupleVersion::End::none || key.empty() || candidate.keys.size() >= kMaxKeys) return true;
  row_.assign(fields_.size(), std::nullopt);
  for (const size_t i : key)
    if (i < row_.size() && fields_[i].state == DecodedField::State::value) row_[i] = fields_[i].text;
  const auto hash = KeyHash(row_, key);
  return !hash || candidate.keys.Insert(*hash);
}

void RelationFit::Feed(const RelationHistory& part, const ToastSource& toast) {
  for (Try& candidate : tries_) {
    for (auto place = part.begin(); place != part.end() && candidate.fits; ++place)
      for (const TupleVersion& version : place->second)
        if (version.sure && candidate.fits) candidate.fits = Takes(candidate, version, toast);
    if (!candidate.fits) candidate.keys.Clear();
  }
}

RelationTable RelationFit::Result() const {
  RelationTable found;
  Fit best = Fit::none;
  for (const Try& candidate : tries_) {
    if (!candidate.fits || candidate.fit == Fit::none) continue;
    if (schema_.tables[candidate.table].filenode == node_.relation) {
      found.tables = {candidate.table};
      found.told = true;
      return found;
    }
    // A row is written with all columns that its table has then: who would need later ones gives way to who does not.
    if (candidate.fit > best) found.tables.clear();
    best = std::max(best, candidate.fit);
    if (candidate.fit == best) found.tables.push_back(candidate.table);
  }
  return found;
}

}  // namespace pulih

#include "engine/recover/wal_tables.h"

#include <algorithm>
#include <unordered_set>

namespace pulih {
namespace {

// Relations below this number are PostgreSQL's own.
constexpr uint32_t kFirstUserRelation = 16384;

DecodedField DecodeField(const DiskContext& context, const SchemaColumn& column, const TupleField& field, const ToastSource& toast,
                         bool& sound) {
  using State = DecodedField::State;
  DecodedField decoded;
  if (field.kind == TupleField::Kind::null) {
    decoded.state = State::null;
    return decoded;
  }
  // A default of a later ADD COLUMN stands in the catalog only.
  if (field.kind == TupleField::Kind::absent) return decoded;
  if (field.kind == TupleField::Kind::plain) {
    sound = AppendDiskText(context, column.type, field.bytes, decoded.text).ok();
    decoded.state = State::value;
    return decoded;
  }
  const auto value = Detoast(field, &toast);
  if (!value) {
    sound = false;
    return decoded;
  }
  if (!value->cut) {
    if (!value->proven) return decoded;
    sound = AppendDiskText(context, column.type, value->bytes, decoded.text).ok();
    decoded.state = State::value;
    return decoded;
  }
  if (!value->bytes.empty() && AppendPrefixText(context, column.type, value->bytes, decoded.text)) decoded.state = State::partial;
  return decoded;
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

enum class Fit : uint8_t { none, shorter, full };

// shorter: all fit, and all lack columns that the table has: they would have been added later.
Fit FitOf(const Schema& schema, size_t table, const RelationHistory& history, const ToastSource& toast) {
  const TableForm form(schema, table, {});
  const TupleShape shape = ShapeOf(schema.tables[table]);
  const std::vector<size_t>& key = form.key();
  std::unordered_set<uint64_t> keys;
  Fit fit = Fit::none;
  for (const auto& [tid, versions] : history) {
    for (const TupleVersion& version : versions) {
      if (!version.sure) continue;
      const auto fields = DecodeTuple(schema, table, shape, version.tuple, toast);
      if (!fields || !FitsTable(form, *fields)) return Fit::none;
      const bool is_full = ReadTupleHeader(version.tuple).column_count() == shape.columns.size();
      fit = std::max(fit, is_full ? Fit::full : Fit::shorter);
      if (version.end != TupleVersion::End::none || key.empty()) continue;
      RowTexts row(fields->size());
      for (size_t i = 0; i < row.size(); ++i)
        if ((*fields)[i].state == DecodedField::State::value) row[i] = (*fields)[i].text;
      if (const auto hash = KeyHash(row, key); hash && !keys.insert(*hash).second) return Fit::none;
    }
  }
  return fit;
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

std::optional<std::vector<DecodedField>> DecodeTuple(const Schema& schema, size_t table, const TupleShape& shape,
                                                     ByteView tuple, const ToastSource& toast) {
  std::vector<TupleField> fields;
  size_t used = 0;
  if (WalkTuple(shape, tuple, true, fields, used) != TupleFault::none) return std::nullopt;
  const DiskContext context = ContextOf(schema);
  const std::vector<SchemaColumn>& columns = schema.tables[table].columns;
  std::vector<DecodedField> row;
  for (size_t i = 0; i < columns.size() && i < fields.size(); ++i) {
    if (columns[i].dropped) continue;
    bool sound = true;
    row.push_back(DecodeField(context, columns[i], fields[i], toast, sound));
    if (!sound) return std::nullopt;
  }
  return row;
}

RelationTable TableOf(const Schema& schema, const RelationNode& node, const RelationHistory& history, const ToastSource& toast) {
  RelationTable found;
  if (node.relation < kFirstUserRelation) return found;
  Fit best = Fit::none;
  for (size_t i = 0; i < schema.tables.size(); ++i) {
    const bool told = schema.tables[i].filenode == node.relation;
    const Fit fit = FitOf(schema, i, history, toast);
    if (fit == Fit::none) continue;
    if (told) {
      found.tables = {i};
      found.told = true;
      return found;
    }
    // A row is written with all columns that its table has then: who would need later ones gives way to who does not.
    if (fit > best) found.tables.clear();
    best = std::max(best, fit);
    if (fit == best) found.tables.push_back(i);
  }
  return found;
}

}  // namespace pulih

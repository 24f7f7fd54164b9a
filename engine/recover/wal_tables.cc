#include "engine/recover/wal_tables.h"

#include <algorithm>

namespace pulih {
namespace {

// Relations below this number are PostgreSQL's own.
constexpr uint32_t kFirstUserRelation = 16384;
constexpr size_t kMaxKeys = size_t{1} << 24;

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

RelationFit::RelationFit(const Schema& schema, const RelationNode& node) : schema_(schema), node_(node) {
  if (node.relation < kFirstUserRelation) return;
  for (size_t i = 0; i < schema.tables.size(); ++i) tries_.push_back({i, TableForm(schema, i, {}), WalRowReader(schema, i), true, Fit::none, {}});
}

bool RelationFit::Takes(Try& candidate, const TupleVersion& version, const ToastSource& toast) {
  WalRowReader& reader = candidate.reader;
  if (!reader.Fits(version.tuple, toast)) return false;
  const bool is_full = ReadTupleHeader(version.tuple).column_count() == reader.columns();
  candidate.fit = std::max(candidate.fit, is_full ? Fit::full : Fit::shorter);
  const std::vector<size_t>& key = candidate.form.key();
  if (version.end != TupleVersion::End::none || key.empty() || candidate.keys.size() >= kMaxKeys) return true;
  const auto hash = reader.KeyHash(key, toast);
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

#include "engine/recover/explain_table.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/recover/claim_sources.h"
#include "engine/recover/range_sum.h"
#include "formats/repo/table.h"

namespace pulih {
namespace {

// Of `tables`, those that the words fit.
std::vector<std::string> Fitting(const std::set<std::string>& tables, const TableName& name) {
  std::vector<std::string> fitting;
  for (const std::string& table : tables) {
    const size_t dot = table.find('.');
    const bool schema_fits = !name.schema || table.substr(0, dot) == *name.schema;
    if (schema_fits && dot != table.npos && table.substr(dot + 1) == name.table) fitting.push_back(table);
  }
  return fitting;
}

using BytesOfUnit = std::map<uint32_t, TableInFile>;  // by file

void Count(const StoredClaim& stored, std::map<uint32_t, TableInEvidence>& units, std::map<uint32_t, BytesOfUnit>& places) {
  ++units[stored.unit].claims;
  std::set<uint32_t> files;
  for (const ByteRange& range : stored.claim.bytes) {
    TableInFile& place = places[stored.unit][range.file];
    const uint64_t end = range.offset + range.length;
    place.from = place.claims == 0 ? range.offset : std::min(place.from, range.offset);
    place.to = std::max(place.to, end);
    if (files.insert(range.file).second) ++place.claims;
  }
}

Status AddDamage(ClaimStore& store, const std::vector<EvidenceFile>& files, TableInEvidence& one) {
  std::vector<RangeNote> damaged;
  std::vector<RangeSum> told;
  for (const EvidenceFile& file : files) told.emplace_back(file.size);
  PULIH_TRY(store.RangesFromLast(one.evidence.number, [&](const RangeNote& note) {
    if (note.range.file >= files.size()) return true;
    // What was told later of all these bytes counts instead.
    const bool counts = told[note.range.file].Take(note.range.offset, note.range.length) > 0;
    if (!counts || note.fate != RangeFate::damaged) return true;
    damaged.push_back(note);
    // The longest are kept, in bounded memory.
    if (damaged.size() < 2 * kToldStretches) return true;
    std::nth_element(damaged.begin(), damaged.begin() + kToldStretches, damaged.end(),
                     [](const RangeNote& a, const RangeNote& b) { return a.range.length > b.range.length; });
    one.damage_not_told += damaged.size() - kToldStretches;
    damaged.resize(kToldStretches);
    return true;
  }));
  std::sort(damaged.begin(), damaged.end(), [](const RangeNote& a, const RangeNote& b) {
    return std::pair(a.range.file, a.range.offset) < std::pair(b.range.file, b.range.offset);
  });
  for (const RangeNote& note : damaged) one.damage.push_back({files[note.range.file].name, note.range.offset, note.range.length, note.what});
  return OkStatus();
}

}  // namespace

Result<std::string> FindRecoveredTable(Case& of, const std::string& words) {
  ClaimStore store(of.kv());
  PULIH_TRY_ASSIGN(const TableName name, ParseTableName(words));
  PULIH_TRY_ASSIGN(const std::vector<std::string> claimed, store.Tables());
  std::vector<std::string> fitting = Fitting({claimed.begin(), claimed.end()}, name);
  // A table of which nothing was found is meant only where no other has the name.
  if (fitting.empty()) {
    PULIH_TRY_ASSIGN(const std::optional<Schema> schema, store.ReadSchema());
    std::set<std::string> known;
    if (schema)
      for (const SchemaTable& table : schema->tables) known.insert(FullTableName(table));
    fitting = Fitting(known, name);
  }
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty()) return Status(Code::not_found, "explain: " + words + ": neither evidence nor a schema knows such a table", "`recover report` lists the tables");
  std::string all;
  for (const std::string& table : fitting) all += (all.empty() ? "" : ", ") + table;
  return Status(Code::invalid, "explain: " + words + ": several tables have this name", "say which: " + all);
}

Result<TableExplanation> ExplainTable(Case& of, const std::string& table) {
  ClaimStore store(of.kv());
  EvidenceRegister registered(of.kv());
  TableExplanation explained;
  PULIH_TRY_ASSIGN(explained.table, FindRecoveredTable(of, table));
  std::map<uint32_t, TableInEvidence> units;
  std::map<uint32_t, BytesOfUnit> places;
  // Nothing is chosen here, so a claim that was counted need not be kept.
  const auto count_all = [&](std::vector<StoredClaim>& claims) {
    for (const StoredClaim& claim : claims) Count(claim, units, places);
    claims.clear();
  };
  PULIH_TRY(store.ScanRows(explained.table, count_all, [&](ByteView, std::vector<StoredClaim>& claims) -> Result<bool> {
    count_all(claims);
    return true;
  }));
  PULIH_TRY(store.ScanUnkeyed(explained.table, [&](StoredClaim& claim) -> Result<bool> {
    Count(claim, units, places);
    return true;
  }));
  PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(registered));
  for (const auto& [number, evidence] : sources.all()) {
    TableInEvidence one = std::move(units[number]);
    one.evidence = evidence;
    PULIH_TRY_ASSIGN(const std::vector<EvidenceFile> files, registered.Files(number));
    for (auto& [file, place] : places[number]) {
      if (file >= files.size()) continue;
      place.file = files[file].name;
      one.files.push_back(std::move(place));
    }
    PULIH_TRY(AddDamage(store, files, one));
    explained.evidence.push_back(std::move(one));
  }
  return explained;
}

}  // namespace pulih

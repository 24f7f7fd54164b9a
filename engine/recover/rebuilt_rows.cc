#include "engine/recover/rebuilt_rows.h"

#include <algorithm>
#include <map>

#include "engine/base/hex.h"
#include "engine/records/row_key_text.h"

namespace pulih {
namespace {

// U+FFFD, for a byte that is lost.
constexpr std::string_view kLostByte = "\xEF\xBF\xBD";

RebuiltRow RowFrom(ByteView key, const std::vector<StoredClaim>& claims, const ChosenRow& chosen) {
  RebuiltRow row;
  row.key = key;
  row.fields.reserve(chosen.fields.size());
  for (size_t i = 0; i < chosen.fields.size(); ++i) {
    const ChosenRow::FieldChoice& choice = chosen.fields[i];
    const StoredClaim& claim = claims[choice.claim];
    row.fields.push_back(
        {&claim.claim.fields[i], &claim, choice.grade, choice.disputed, choice.filled, choice.decided});
    if (!row.fields.back().is_known()) continue;
    if (RankOf(choice.grade) > RankOf(row.worst)) row.worst = choice.grade;
    if (!choice.decided && RankOf(choice.grade) > RankOf(row.worst_undecided)) row.worst_undecided = choice.grade;
  }
  return row;
}

}  // namespace

Result<std::unique_ptr<RebuiltRows>> RebuiltRows::Open(Case& of) {
  std::unique_ptr<RebuiltRows> rows(new RebuiltRows(of));
  EvidenceRegister evidence(of.kv());
  PULIH_TRY_ASSIGN(rows->sources_, ClaimSources::Read(evidence));
  PULIH_TRY_ASSIGN(std::optional<Schema> schema, rows->store_.ReadSchema());
  if (schema) rows->schema_ = std::move(*schema);
  PULIH_TRY_ASSIGN(rows->decisions_, Decisions::Read(of, rows->schema_));
  PULIH_TRY_ASSIGN(const std::vector<std::string> names, rows->store_.Tables());
  for (const std::string& name : names) {
    RebuiltTable table{name, TableOf(rows->schema_, name), {}, {}};
    if (table.known != nullptr) {
      table.columns = ClaimColumns(*table.known);
      table.key = KeyFields(*table.known);
    }
    rows->tables_.push_back(std::move(table));
  }
  return rows;
}

Status RebuiltRows::Scan(const RebuiltTable& table, std::string_view phase, ProgressListener& progress,
                         const Each& each, uint64_t* deleted) {
  const SourceOf source_of = sources_.source_of();
  uint64_t seen = 0;
  return store_.ScanRows(
      table.name, [&](auto& claims) { ThinClaims(claims, source_of); },
      [&](ByteView key, std::vector<StoredClaim>& claims) -> Result<bool> {
        if (++seen % 4096 == 0) {
          progress.Report({.phase = phase, .files_done = seen, .current = table.name});
          if (progress.ShouldStop())
            return Status(Code::interrupted, std::string(phase) + " " + table.name + ": asked to stop");
        }
        std::optional<ChosenRow> chosen = ChooseRow(claims, source_of, table.key.size());
        if (!chosen) return true;
        if (chosen->deleted) {
          if (deleted != nullptr) ++*deleted;
          return true;
        }
        decisions_.Apply(table.name, key, claims, *chosen);
        return each(RowFrom(key, claims, *chosen));
      });
}

Status RebuiltRows::ScanUnits(const ClaimStore::EachClaim& each, const std::function<Status(std::optional<uint32_t> unit, const ClaimStore::EachClaim& each)>& scan) const {
  std::map<std::string, uint32_t> units;
  for (const auto& [number, evidence] : sources_.all()) units.emplace(sources_.Find(number).id, number);
  bool more = true;
  const ClaimStore::EachClaim watched = [&](StoredClaim& claim) -> Result<bool> {
    PULIH_TRY_ASSIGN(more, each(claim));
    return more;
  };
  for (const auto& [id, unit] : units)
    if (more) PULIH_TRY(scan(unit, watched));
  if (!more) return OkStatus();
  // What the register does not know is not thrown away either.
  return scan(std::nullopt, [&](StoredClaim& claim) -> Result<bool> { return sources_.evidence(claim.unit) != nullptr ? Result<bool>(true) : each(claim); });
}

Status RebuiltRows::ScanUnkeyed(const RebuiltTable& table, const ClaimStore::EachClaim& each) {
  return ScanUnits(each, [&](std::optional<uint32_t> unit, const ClaimStore::EachClaim& watched) {
    return unit ? store_.ScanUnkeyed(table.name, *unit, watched) : store_.ScanUnkeyed(table.name, watched);
  });
}

Status RebuiltRows::ScanUnassigned(const ClaimStore::EachClaim& each) {
  return ScanUnits(each, [&](std::optional<uint32_t> unit, const ClaimStore::EachClaim& watched) {
    return unit ? store_.ScanUnassigned(*unit, watched) : store_.ScanUnassigned(watched);
  });
}

std::string RebuiltRows::KeyWords(const RebuiltTable& table, const RebuiltRow& row) {
  if (table.key.empty()) return "#" + ToHex(row.key);
  std::vector<std::string> values;
  for (const size_t place : table.key)
    values.emplace_back(place < row.fields.size() ? row.fields[place].text().value_or("") : "");
  return JoinKeyWords(values);
}

std::string KnownPart(const ClaimedField& field) {
  std::string text;
  size_t next = 0;
  for (size_t at = 0; at < field.text.size(); ++at) {
    const bool lost = next < field.unknown.size() && field.unknown[next].at == at;
    if (lost) ++next;
    if (lost) text += kLostByte;
    else text += field.text[at];
  }
  return text;
}

std::string LostBytes(const ClaimedField& field) {
  std::string lost;
  const auto add = [&](const std::string& part) { lost += (lost.empty() ? "" : ",") + part; };
  for (size_t i = 0; i < field.unknown.size();) {
    size_t last = i;
    while (last + 1 < field.unknown.size() && field.unknown[last + 1].at == field.unknown[last].at + 1) ++last;
    const std::string from = std::to_string(field.unknown[i].at);
    add(last == i ? from : from + "-" + std::to_string(field.unknown[last].at));
    i = last + 1;
  }
  if (field.cut) add(std::to_string(field.text.size()) + "-");
  return lost;
}

}  // namespace pulih

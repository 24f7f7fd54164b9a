#include "engine/recover/report.h"

#include <algorithm>

#include "engine/base/hex.h"
#include "engine/recover/choose.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/decide.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

Result<ReportedEvidence> ReportEvidence(const Evidence& evidence, EvidenceRegister& registered, ClaimStore& store) {
  ReportedEvidence one;
  one.evidence = evidence;
  PULIH_TRY_ASSIGN(one.origins, registered.Origins(evidence.number));
  PULIH_TRY_ASSIGN(const std::vector<EvidenceFile> files, registered.Files(evidence.number));
  for (const EvidenceFile& file : files) {
    ReportedFile reported;
    reported.file = file;
    PULIH_TRY_ASSIGN(const auto content, registered.FindContent(file.sha256));
    if (content) {
      PULIH_TRY_ASSIGN(reported.blocks, registered.BlockMap(*content));
    }
    one.files.push_back(std::move(reported));
  }
  PULIH_TRY_ASSIGN(ByteAccount account, AccountFor(store, evidence.number, files));
  for (size_t i = 0; i < files.size(); ++i) one.files[i].bytes = account.files[i];
  one.bytes = account.all;
  one.ranges = std::move(account.ranges);
  PULIH_TRY_ASSIGN(one.remarks, store.Remarks(evidence.number));
  return one;
}

// E, solved from another copy, is better than D.
int GradeOrder(Grade grade) { return grade == Grade::d ? 5 : grade == Grade::e ? 4 : static_cast<int>(grade) - 'A'; }

void CountRow(const std::vector<StoredClaim>& claims, const ChosenRow& chosen, ReportedTable& table) {
  if (chosen.deleted) {
    ++table.deleted;
    return;
  }
  Grade worst = Grade::a;
  for (size_t i = 0; i < chosen.fields.size(); ++i) {
    const ChosenRow::FieldChoice& choice = chosen.fields[i];
    if (choice.disputed) ++table.disputed_fields;
    if (choice.decided) ++table.decided_fields;
    const State state = claims[choice.claim].claim.fields[i].state;
    if (state == State::missing || state == State::partial) ++table.missing_fields;
    else if (GradeOrder(choice.grade) > GradeOrder(worst)) worst = choice.grade;
  }
  ++table.rows;
  ++table.grades[static_cast<char>(worst)];
}

Result<ReportedTable> ReportTable(const std::string& name, const Schema& schema, ClaimStore& store, const ClaimSources& sources, const Decisions& decisions, ProgressListener& progress) {
  const SchemaTable* known = TableOf(schema, name);
  const size_t key_fields = known == nullptr ? 0 : KeyFields(*known).size();
  ReportedTable table;
  table.table = name;
  const SourceOf source_of = sources.source_of();
  PULIH_TRY(store.ScanRows(name, [&](auto& claims) { ThinClaims(claims, source_of); }, [&](ByteView key, std::vector<StoredClaim>& claims) -> Result<bool> {
    auto chosen = ChooseRow(claims, source_of, key_fields);
    if (chosen) {
      decisions.Apply(name, key, claims, *chosen);
      CountRow(claims, *chosen, table);
    }
    if (table.rows % 4096 == 0) {
      progress.Report({.phase = "counting rows", .files_done = table.rows, .current = name});
      if (progress.ShouldStop()) return Status(Code::interrupted, "report: asked to stop");
    }
    return true;
  }));
  PULIH_TRY(store.ScanUnkeyed(name, [&](StoredClaim& claim) -> Result<bool> {
    if (claim.claim.grade != Grade::f) ++table.unkeyed;
    return true;
  }));
  return table;
}

}  // namespace

Result<CaseReport> ReportCase(Case& of, ProgressListener& progress) {
  ClaimStore store(of.kv());
  EvidenceRegister registered(of.kv());
  CaseReport report;
  report.id = of.id();
  report.path = of.path();
  report.public_key = ToHex(of.public_key());
  report.custody_head = of.custody().head().hex();
  report.custody_entries = of.custody().entries().size();
  PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(registered));
  for (const auto& [number, evidence] : sources.all()) {
    PULIH_TRY_ASSIGN(ReportedEvidence one, ReportEvidence(evidence, registered, store));
    report.evidence.push_back(std::move(one));
  }
  PULIH_TRY_ASSIGN(const std::vector<UnitResult> results, ListUnitResults(of.kv()));
  for (const UnitResult& result : results)
    for (ReportedEvidence& one : report.evidence)
      if (one.evidence.number == result.number) one.result = result;
  PULIH_TRY_ASSIGN(report.left_out, registered.Skipped());
  PULIH_TRY_ASSIGN(const std::optional<Schema> schema, store.ReadSchema());
  PULIH_TRY_ASSIGN(const Decisions decisions, Decisions::Read(of, schema.value_or(Schema())));
  PULIH_TRY_ASSIGN(const std::vector<std::string> tables, store.Tables());
  for (const std::string& name : tables) {
    PULIH_TRY_ASSIGN(ReportedTable table, ReportTable(name, schema.value_or(Schema()), store, sources, decisions, progress));
    report.rows += table.rows;
    report.tables.push_back(std::move(table));
  }
  if (schema)
    for (const SchemaTable& table : schema->tables)
      if (std::string name = FullTableName(table); std::find(tables.begin(), tables.end(), name) == tables.end()) report.empty_tables.push_back(std::move(name));
  std::sort(report.empty_tables.begin(), report.empty_tables.end());
  PULIH_TRY(store.ScanUnassigned([&](StoredClaim& claim) -> Result<bool> {
    if (claim.claim.grade != Grade::f) ++report.unassigned;
    return true;
  }));
  return report;
}

}  // namespace pulih

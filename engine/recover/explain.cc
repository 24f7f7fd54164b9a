#include "engine/recover/explain.h"

#include <algorithm>

#include "engine/records/row_key_text.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/decide.h"
#include "engine/recover/explain_table.h"
#include "engine/recover/gaps.h"

namespace pulih {

TableDescriptor DescriptorOf(const Schema& schema, const SchemaTable& table) {
  TableDescriptor descriptor;
  descriptor.schema = table.schema;
  descriptor.name = table.name;
  descriptor.types = schema.types;
  for (const SchemaColumn* column : ClaimColumns(table)) {
    ColumnDescriptor one;
    one.name = column->name;
    one.type = column->type;
    one.type_text = column->type_text;
    one.not_null = column->not_null;
    descriptor.columns.push_back(std::move(one));
  }
  for (const size_t place : KeyFields(table)) descriptor.key.push_back(static_cast<uint32_t>(place));
  return descriptor;
}

namespace {

// The key as a claim has it.
std::string WordsOf(const TableDescriptor& table, const RowClaim& claim) {
  std::vector<std::string> values;
  for (const uint32_t place : table.key) values.push_back(place < claim.fields.size() ? claim.fields[place].text : "");
  return JoinKeyWords(values);
}

Status AddClaim(StoredClaim stored, const ClaimSources& sources, const Decisions& decisions, EvidenceRegister& evidence, std::vector<ExplainedClaim>& explained) {
  ExplainedClaim one{std::move(stored), {}, {}, {}};
  if (one.stored.unit == kRulingUnit) {
    if (const Ruling* ruling = decisions.Find(one.stored.number)) one.evidence = EvidenceOfRuling(*ruling);
  } else {
    if (const Evidence* of_claim = sources.evidence(one.stored.unit)) one.evidence = *of_claim;
    PULIH_TRY_ASSIGN(one.files, evidence.Files(one.stored.unit));
    PULIH_TRY_ASSIGN(one.origins, evidence.Origins(one.stored.unit));
  }
  explained.push_back(std::move(one));
  return OkStatus();
}

Status AskIndexes(ClaimStore& store, EvidenceRegister& evidence, const ClaimSources& sources, ByteView key, Explanation& explained) {
  static constexpr size_t kShown = 16;
  PULIH_TRY_ASSIGN(std::vector<StoredClaim> keys, store.Indexed(explained.table, key, [](auto& all) { all.resize(std::min(all.size(), kShown)); }));
  if (keys.empty()) return OkStatus();
  explained.may_be_deleted = ReadIndexedKey(keys, sources).may_be_deleted;
  keys.resize(std::min(keys.size(), kShown));
  Decisions none;
  for (StoredClaim& one : keys) PULIH_TRY(AddClaim(std::move(one), sources, none, evidence, explained.indexed));
  return OkStatus();
}

}  // namespace

Result<Explanation> ExplainRow(Case& of, const std::string& table, const std::string& key) {
  ClaimStore store(of.kv());
  EvidenceRegister evidence(of.kv());
  PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(evidence));
  PULIH_TRY_ASSIGN(const std::optional<Schema> found, store.ReadSchema());
  Explanation explained;
  PULIH_TRY_ASSIGN(explained.table, FindRecoveredTable(of, table));
  explained.key = key;
  const Schema schema = found.value_or(Schema());
  const SchemaTable* known = TableOf(schema, explained.table);
  if (known == nullptr) return Status(Code::not_found, "explain: " + explained.table + ": its columns are not known", "give them to `recover run` with --schema");
  const TableDescriptor descriptor = DescriptorOf(schema, *known);
  for (const ColumnDescriptor& column : descriptor.columns) explained.columns.push_back(column.name);
  PULIH_TRY_ASSIGN(const Bytes row_key, KeyOfWords(descriptor, key));
  PULIH_TRY_ASSIGN(std::vector<StoredClaim> claims, store.Row(explained.table, row_key, [&](auto& all) { ThinClaims(all, sources.source_of()); }, &explained.seen));
  if (claims.empty()) {
    PULIH_TRY(AskIndexes(store, evidence, sources, row_key, explained));
    if (explained.indexed.empty()) return Status(Code::not_found, "explain: " + explained.table + " " + key + ": no evidence of the case holds such a row");
    explained.words = descriptor.key.empty() ? key : WordsOf(descriptor, explained.indexed.front().stored.claim);
    return explained;
  }

  explained.words = descriptor.key.empty() ? key : WordsOf(descriptor, claims.front().claim);
  std::optional<ChosenRow> chosen = ChooseRow(claims, sources.source_of(), descriptor.key.size());
  PULIH_TRY_ASSIGN(const Decisions decisions, Decisions::Read(of, schema));
  const size_t of_evidence = claims.size();
  if (chosen) decisions.Apply(explained.table, row_key, claims, *chosen);
  explained.seen += claims.size() - of_evidence;
  std::vector<size_t> order;
  if (chosen) {
    order = chosen->order;
    explained.fields = chosen->fields;
    explained.deleted = chosen->deleted;
  }
  for (size_t i = 0; i < claims.size(); ++i)
    if (std::find(order.begin(), order.end(), i) == order.end()) order.push_back(i);
  std::vector<size_t> place(claims.size());
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  for (ChosenRow::FieldChoice& field : explained.fields) field.claim = place[field.claim];
  for (const size_t i : order) PULIH_TRY(AddClaim(std::move(claims[i]), sources, decisions, evidence, explained.claims));
  return explained;
}

}  // namespace pulih

#include "engine/recover/decide.h"

#include <algorithm>
#include <tuple>

#include "engine/records/row_key_text.h"
#include "engine/recover/explain.h"
#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

constexpr std::string_view kDecided = "field decided", kWithdrawn = "decision withdrawn";

const std::string* DetailOf(const CustodyEntry& entry, std::string_view key) {
  for (const auto& [name, value] : entry.detail)
    if (name == key) return &value;
  return nullptr;
}
std::string TextOf(const CustodyEntry& entry, std::string_view key) {
  const std::string* text = DetailOf(entry, key);
  return text == nullptr ? "" : *text;
}

Ruling RulingOf(const CustodyEntry& entry) {
  Ruling ruling;
  ruling.number = entry.sequence;
  ruling.time = entry.time.substr(0, 19) + "Z";  // to the second: people read it
  ruling.who = entry.who;
  ruling.table = TextOf(entry, "table");
  ruling.key = TextOf(entry, "key");
  ruling.column = TextOf(entry, "column");
  if (const std::string* value = DetailOf(entry, "value")) ruling.value = *value;
  ruling.by = TextOf(entry, "by");
  ruling.reason = TextOf(entry, "reason");
  return ruling;
}

StoredClaim ClaimOf(const Ruling& ruling, size_t field, size_t fields) {
  StoredClaim stored;
  stored.unit = kRulingUnit;
  stored.number = ruling.number;
  stored.claim.table = ruling.table;
  stored.claim.fields.resize(fields);
  stored.claim.fields[field].state = ruling.value ? ClaimedField::State::value : ClaimedField::State::null;
  stored.claim.fields[field].text = ruling.value.value_or("");
  stored.claim.grade = Grade::d;
  stored.claim.path = "decided by " + ruling.by + ", " + ruling.time + ": " + ruling.reason;
  return stored;
}

struct RuledField {
  std::string table, key;
  size_t field = 0;
  TypeIndex type = 0;
  int32_t modifier = -1;
  TypeList types;
};

// Where a ruling belongs; the row must be one that evidence has.
Result<RuledField> FindField(Case& of, const DecideOptions& options) {
  auto found_row = ExplainRow(of, options.table, options.key);
  if (!found_row.ok()) return std::move(found_row).error().Within("decide");
  const Explanation& row = *found_row;
  PULIH_TRY_ASSIGN(const std::optional<Schema> schema, ClaimStore(of.kv()).ReadSchema());
  const SchemaTable* table = schema ? TableOf(*schema, row.table) : nullptr;
  if (table == nullptr) return Status(Code::not_found, "decide: " + row.table + ": its columns are not known");
  const auto found = std::find(row.columns.begin(), row.columns.end(), options.column);
  if (found == row.columns.end()) {
    std::string all;
    for (const std::string& column : row.columns) all += (all.empty() ? "" : ", ") + column;
    return Status(Code::invalid, "decide: " + row.table + ": it has no column " + options.column,
                  "its columns: " + all);
  }
  RuledField place{row.table, row.words, static_cast<size_t>(found - row.columns.begin()), 0, -1, schema->types};
  const std::vector<size_t> key = KeyFields(*table);
  if (key.empty())
    return Status(Code::invalid,
                  "decide: " + row.table + ": it has no key, so a row is all of its values and none can be another");
  if (std::find(key.begin(), key.end(), place.field) != key.end())
    return Status(Code::invalid, "decide: " + row.table + ": " + options.column +
                                     " is of the key: with another value it would be another row");
  place.type = ClaimColumns(*table)[place.field]->type;
  place.modifier = ClaimColumns(*table)[place.field]->modifier;
  return place;
}

Status CheckNames(const DecideOptions& options) {
  if (options.by.empty()) return Status(Code::invalid, "decide: who decides? a ruling needs a name");
  if (options.reason.empty()) return Status(Code::invalid, "decide: why? a ruling needs a reason");
  return OkStatus();
}

// numeric(20,2): "99.5" is 99.50 there, and "99.505" is none. Nothing is done where the column has no scale.
Result<std::string> WithScale(const RuledField& place, std::string text) {
  constexpr int32_t kHeader = 4;  // of a modifier: VARHDRSZ
  if (place.types[place.type].oid != pg_oid::kNumeric || place.modifier < kHeader ||
      text.find_first_not_of("-0123456789.") != text.npos)
    return text;
  const size_t scale = static_cast<size_t>((place.modifier - kHeader) & 0x7ff);
  if (scale > 1000) return text;  // a negative one, since 15
  const size_t point = text.find('.');
  const size_t has = point == text.npos ? 0 : text.size() - point - 1;
  if (has > scale)
    return Status(Code::invalid,
                  "it has " + std::to_string(has) + " digits behind the point, the column " + std::to_string(scale));
  if (scale > 0 && has == 0) text += '.';
  return text + std::string(scale - has, '0');
}

// As PostgreSQL writes it, so that a ruling and evidence of one value are equal texts.
Result<std::string> SpeltAsPostgres(const RuledField& place, const std::string& value, const std::string& column) {
  const Result<Bytes> image = ValueImage(place.types, place.type, value);
  if (image.status().code() == Code::unsupported) return value;
  Result<std::string> text =
      image.ok() ? ValueText(place.types, place.type, *image) : Result<std::string>(image.status());
  if (text.ok()) text = WithScale(place, std::move(*text));
  if (!text.ok())
    return Status(Code::invalid, "decide: " + place.table + ": " + column + ": " + text.status().message());
  return text;
}

const Ruling* Holding(const Decisions& decisions, const RuledField& place, const std::string& column) {
  for (const Ruling& ruling : decisions.all())
    if (!ruling.withdrawn && ruling.table == place.table && ruling.key == place.key && ruling.column == column)
      return &ruling;
  return nullptr;
}

}  // namespace

Result<Decisions> Decisions::Read(Case& of, const Schema& schema) {
  Decisions decisions;
  std::map<std::tuple<std::string, std::string, std::string>, size_t> holding;
  for (const CustodyEntry& entry : of.custody().entries()) {
    if (entry.what != kDecided && entry.what != kWithdrawn) continue;
    const Ruling ruling = RulingOf(entry);
    const auto place = std::tuple(ruling.table, ruling.key, ruling.column);
    if (const auto before = holding.find(place); before != holding.end()) {
      decisions.rulings_[before->second].withdrawn = true;
      decisions.rulings_[before->second].withdrawn_by = entry.sequence;
      holding.erase(before);
    }
    if (entry.what == kWithdrawn) continue;
    holding[place] = decisions.rulings_.size();
    decisions.rulings_.push_back(ruling);
  }
  for (const auto& [place, number] : holding) {
    const Ruling& ruling = decisions.rulings_[number];
    const SchemaTable* table = TableOf(schema, ruling.table);
    if (table == nullptr) continue;
    const std::vector<const SchemaColumn*> columns = ClaimColumns(*table);
    const auto column =
        std::find_if(columns.begin(), columns.end(), [&](const SchemaColumn* c) { return c->name == ruling.column; });
    if (column == columns.end()) continue;
    PULIH_TRY_ASSIGN(const Bytes key, KeyOfWords(DescriptorOf(schema, *table), ruling.key));
    decisions.standing_[{ruling.table, key}].push_back(
        {number, static_cast<size_t>(column - columns.begin()), columns.size()});
  }
  return decisions;
}

void Decisions::Apply(const std::string& table, ByteView key, std::vector<StoredClaim>& claims,
                      ChosenRow& chosen) const {
  if (standing_.empty()) return;
  const auto found = standing_.find({table, ToBytes(key)});
  if (found == standing_.end()) return;
  for (const Standing& one : found->second) {
    if (one.field >= chosen.fields.size()) continue;
    ChosenRow::FieldChoice& choice = chosen.fields[one.field];
    StoredClaim ruling = ClaimOf(rulings_[one.ruling], one.field, one.fields);
    const ClaimedField& has = claims[choice.claim].claim.fields[one.field];
    const ClaimedField& ruled = ruling.claim.fields[one.field];
    const bool is_confirmed = !choice.disputed && has.state == ruled.state && has.text == ruled.text;
    if (!is_confirmed) choice = {claims.size(), Grade::d};
    choice.decided = true;
    chosen.order.push_back(claims.size());
    claims.push_back(std::move(ruling));
  }
}

const Ruling* Decisions::Find(uint64_t number) const {
  for (const Ruling& ruling : rulings_)
    if (ruling.number == number) return &ruling;
  return nullptr;
}

Evidence EvidenceOfRuling(const Ruling& ruling) {
  Evidence evidence;
  evidence.name = "ruling of " + ruling.by;
  evidence.detail = ruling.reason;
  evidence.source_class = kRulingClass;
  evidence.class_from = "ruling";
  evidence.captured = ruling.time;
  evidence.captured_from = "custody log";
  return evidence;
}

Result<Ruling> Decide(Case& of, const DecideOptions& options) {
  PULIH_TRY(CheckNames(options));
  PULIH_TRY_ASSIGN(const RuledField place, FindField(of, options));
  CustodyLog::Detail detail{{"table", place.table}, {"key", place.key}, {"column", options.column}};
  if (options.value) {
    PULIH_TRY_ASSIGN(const std::string value, SpeltAsPostgres(place, *options.value, options.column));
    detail.emplace_back("value", value);
  }
  detail.emplace_back("by", options.by);
  detail.emplace_back("reason", options.reason);
  PULIH_TRY(of.custody().Append(std::string(kDecided), "", detail));
  return RulingOf(of.custody().entries().back());
}

Result<Ruling> WithdrawDecision(Case& of, const DecideOptions& options) {
  PULIH_TRY(CheckNames(options));
  PULIH_TRY_ASSIGN(const RuledField place, FindField(of, options));
  PULIH_TRY_ASSIGN(const std::optional<Schema> schema, ClaimStore(of.kv()).ReadSchema());
  PULIH_TRY_ASSIGN(const Decisions decisions, Decisions::Read(of, schema.value_or(Schema())));
  const Ruling* holding = Holding(decisions, place, options.column);
  if (holding == nullptr)
    return Status(Code::not_found,
                  "decide: " + place.table + " " + place.key + ": no ruling on " + options.column + " holds");
  PULIH_TRY(of.custody().Append(std::string(kWithdrawn), "",
                                {{"table", place.table},
                                 {"key", place.key},
                                 {"column", options.column},
                                 {"ruling", std::to_string(holding->number)},
                                 {"by", options.by},
                                 {"reason", options.reason}}));
  Ruling taken = *holding;
  taken.withdrawn = true;
  taken.withdrawn_by = of.custody().entries().back().sequence;
  return taken;
}

}  // namespace pulih

#include "engine/recover/shown_rows.h"

namespace pulih {

const std::string* ShownRow::Find(std::string_view column, Grade* grade) const {
  const auto at = places.find(std::string(column));
  if (at == places.end() || at->second >= chosen.fields.size()) return nullptr;
  const ChosenRow::FieldChoice& choice = chosen.fields[at->second];
  const ClaimedField& field = claims[choice.claim].claim.fields[at->second];
  if (field.state != ClaimedField::State::value) return nullptr;
  if (grade != nullptr) *grade = choice.grade;
  return &field.text;
}

Status ShownRows::Scan(std::string_view table, const std::function<Status(const ShownRow&)>& each) {
  const SchemaTable* known = Known(table);
  if (known == nullptr) return OkStatus();
  std::unordered_map<std::string, size_t> places;
  for (const SchemaColumn* column : ClaimColumns(*known)) places.emplace(column->name, places.size());
  const size_t key_fields = KeyFields(*known).size();
  const SourceOf source_of = sources_.source_of();
  uint64_t seen = 0;
  return store_.ScanRows(FullTableName(*known), [&](auto& claims) { ThinClaims(claims, source_of); },
                         [&](ByteView, std::vector<StoredClaim>& claims) -> Result<bool> {
    if (++seen % 4096 == 0) {
      progress_.Report({.phase = phase_, .files_done = seen, .current = table});
      if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
    }
    const std::optional<ChosenRow> chosen = ChooseRow(claims, source_of, key_fields);
    if (chosen && !chosen->deleted) PULIH_TRY(each({claims, *chosen, places}));
    return true;
  });
}

}  // namespace pulih

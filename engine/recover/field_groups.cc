#include "engine/recover/field_groups.h"

#include <algorithm>

namespace pulih {
namespace {

bool AreAlike(const RebuiltField& a, const RebuiltField& b) {
  if (a.value->state == ClaimedField::State::partial || a.value->state != b.value->state) return false;
  if (!a.is_known()) return true;
  return a.grade == b.grade && a.disputed == b.disputed && a.filled == b.filled && a.decided == b.decided &&
         a.claim == b.claim;
}

}  // namespace

Status ForEachGroup(const RebuiltTable& table, const RebuiltRow& row, const ClaimSources& sources,
                    const std::function<Status(const FieldGroup&)>& each) {
  std::vector<FieldGroup> groups;
  for (size_t i = 0; i < std::min(row.fields.size(), table.columns.size()); ++i) {
    const RebuiltField& field = row.fields[i];
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const FieldGroup& one) { return AreAlike(*one.field, field); });
    if (group == groups.end())
      group = groups.insert(groups.end(), {&field, {}, field.is_known() ? ClaimId(*field.claim, sources) : ""});
    group->places.push_back(i);
  }
  for (const FieldGroup& group : groups) PULIH_TRY(each(group));
  return OkStatus();
}

std::string ClaimId(const StoredClaim& claim, const ClaimSources& sources) {
  if (claim.unit == kRulingUnit) return "ruling:" + std::to_string(claim.number);
  return sources.Find(claim.unit).id.substr(0, 16) + ":" + std::to_string(claim.number);
}

std::string_view StateName(ClaimedField::State state) {
  switch (state) {
    case ClaimedField::State::value: return "known";
    case ClaimedField::State::null: return "null";
    case ClaimedField::State::partial: return "partial";
    case ClaimedField::State::missing: break;
  }
  return "missing";
}

}  // namespace pulih

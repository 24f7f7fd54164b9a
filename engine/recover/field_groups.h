// Where the fields of a row come from, in as few lines as tell it: fields that have state, grade, marks and claim in common are one
// group, for most rows are one claim's. Fields of which a part is known stand alone. Shared by whoever writes provenance. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/recover/rebuilt_rows.h"

namespace pulih {

struct FieldGroup {
  const RebuiltField* field = nullptr;  // one of them
  std::vector<size_t> places;           // ascending; groups come in the order of their first
  std::string claim;                    // empty where the fields are not known
};
Status ForEachGroup(const RebuiltTable& table, const RebuiltRow& row, const ClaimSources& sources,
                    const std::function<Status(const FieldGroup&)>& each);

// A claim's id is its number in its evidence behind the first 16 digits of the evidence's SHA-256, so it is the same in whatever
// order evidence was added; a ruling's is "ruling:" and its line in the custody log.
std::string ClaimId(const StoredClaim& claim, const ClaimSources& sources);
std::string_view StateName(ClaimedField::State state);  // known, null, missing, partial

}  // namespace pulih

// What the commands of `recover` show alike: words for grades and standings, and a piece of evidence by name.
#pragma once

#include <string>

#include "engine/recover/evidence.h"
#include "engine/recover/claim.h"

namespace pulih {

std::string_view StandingName(Standing standing);   // "live"
std::string_view FieldStateName(ClaimedField::State state);
std::string EvidenceText(const Evidence& evidence); // "3 (db.dump)", escaped

}  // namespace pulih

// What the commands of `recover` show alike: words for grades and standings, and a piece of evidence by name.
#pragma once

#include <string>

#include "engine/recover/evidence.h"
#include "engine/recover/claim.h"
#include "tools/json_output.h"

namespace pulih {

std::string_view StandingName(Standing standing);   // "live"
std::string_view FieldStateName(ClaimedField::State state);
// What is said of a piece of evidence wherever one is listed, into an object that is open.
void WriteEvidenceFields(JsonWriter& json, const Evidence& evidence);
std::string EvidenceText(const Evidence& evidence); // "3 (db.dump)", escaped

}  // namespace pulih

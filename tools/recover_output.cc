#include "tools/recover_output.h"

#include "tools/escape.h"

namespace pulih {

std::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::live: return "live";
    case Standing::older: return "older version";
    case Standing::deleted: return "deleted";
    case Standing::unknown: return "outcome unknown";
  }
  return "?";
}

std::string_view FieldStateName(ClaimedField::State state) {
  switch (state) {
    case ClaimedField::State::value: return "value";
    case ClaimedField::State::null: return "null";
    case ClaimedField::State::missing: return "missing";
    case ClaimedField::State::partial: return "partial";
  }
  return "?";
}

std::string EvidenceText(const Evidence& evidence) { return std::to_string(evidence.number) + " (" + EscapeName(evidence.name) + ")"; }

}  // namespace pulih

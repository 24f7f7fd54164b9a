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

void WriteEvidenceFields(JsonWriter& json, const Evidence& evidence) {
  json.Field("evidence", evidence.number);
  json.Field("id", std::string_view(evidence.id.hex()));
  json.PathField("name", evidence.name);
  json.Field("unit", UnitKindName(evidence.unit));
  json.Field("kind", FileKindName(evidence.kind));
  json.Field("detail", std::string_view(evidence.detail));
  if (evidence.source_class == 0) json.NullField("class");
  else json.Field("class", evidence.source_class);
  json.Field("class_from", std::string_view(evidence.class_from));
  if (evidence.captured.empty()) json.NullField("captured");
  else json.Field("captured", std::string_view(evidence.captured));
  json.Field("captured_from", std::string_view(evidence.captured_from));
  if (evidence.system_identifier != 0) json.Field("system_identifier", std::string_view(std::to_string(evidence.system_identifier)));
}

}  // namespace pulih

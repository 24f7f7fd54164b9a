#include "tools/candidates_output.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/recover/candidates_html.h"
#include "engine/recover/table_output.h"
#include "tools/escape.h"
#include "tools/render.h"

namespace pulih {
namespace {

// Three places, and never 1: by likeness alone nothing is certain.
double Rounded(double probability) { return std::min(std::floor(probability * 1000) / 1000, 0.999); }

std::string Text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", number);
  return text;
}

}  // namespace

void WriteCandidatesJson(Context& context, const std::vector<LinkCandidate>& candidates, const std::vector<LinkRuling>& rulings) {
  JsonWriter& json = context.json;
  json.Key("candidates");
  json.BeginArray();
  for (const LinkCandidate& candidate : candidates) {
    json.BeginObject();
    json.Field("record", std::string_view(candidate.record));
    json.Field("entity", tender::EntityName(candidate.entity));
    json.Field("publisher", std::string_view(candidate.publisher));
    if (candidate.tender.empty()) json.NullField("tender");
    else json.Field("tender", std::string_view(candidate.tender));
    json.Field("to", std::string_view(candidate.to));
    json.Field("probability", Rounded(candidate.probability));
    json.Field("rival", Rounded(candidate.rival));
    json.Field("weight", std::round(candidate.weight * 100) / 100);
    json.Field("claims", candidate.claims);
    json.Key("fields");
    json.BeginArray();
    for (const CandidateField& field : candidate.fields) {
      json.BeginObject();
      json.Field("field", tender::FieldName(field.field));
      json.Field("agrees", field.agrees);
      json.Field("how", std::string_view(field.how));
      json.Field("said", std::string_view(field.said));
      json.Field("has", std::string_view(field.has));
      json.EndObject();
    }
    json.EndArray();
    json.Field("evidence", candidate.evidence);
    json.Field("offset", candidate.offset);
    json.Field("path", std::string_view(candidate.path));
    if (const LinkRuling* ruling = RulingOn(rulings, candidate.record)) {
      json.Key("ruling");
      WriteLinkRuling(json, *ruling);
    } else {
      json.NullField("ruling");
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteLinkRuling(JsonWriter& json, const LinkRuling& ruling) {
  json.BeginObject();
  json.Field("ruling", ruling.number);
  json.Field("time", std::string_view(ruling.time));
  json.Field("who", std::string_view(ruling.who));
  json.Field("record", std::string_view(ruling.record));
  json.Field("entity", std::string_view(ruling.entity));
  json.Field("to", std::string_view(ruling.to));
  json.Field("joined", ruling.is_joined);
  json.Field("by", std::string_view(ruling.by));
  json.Field("reason", std::string_view(ruling.reason));
  json.Field("holds", !ruling.withdrawn);
  if (ruling.withdrawn) json.Field("ended_by", ruling.withdrawn_by);
  json.EndObject();
}

void PrintCandidates(Context& context, const std::vector<LinkCandidate>& candidates, const std::vector<LinkRuling>& rulings) {
  if (candidates.empty()) return;
  size_t ruled = 0;
  for (const LinkCandidate& candidate : candidates) ruled += RulingOn(rulings, candidate.record) != nullptr ? 1 : 0;
  context.out.Line(CountOf(candidates.size(), "candidate") + " for records without a key, " + CountText(ruled) + " of them ruled on: --json and -o list them, `recover decide --link` rules on one");
}

Status WriteCandidatesCsv(FileSystem& files, const std::string& directory, const std::vector<LinkCandidate>& candidates) {
  if (candidates.empty()) return OkStatus();
  TableOutput file(files, directory, "candidates.csv");
  const auto cell = [](std::string_view text) { return text.empty() ? std::optional<std::string_view>() : text; };
  PULIH_TRY(file.Row({"record", "entity", "publisher", "tender", "to", "probability", "rival", "field", "agrees", "how", "said", "has", "evidence", "offset", "path"}));
  for (const LinkCandidate& candidate : candidates)
    for (const CandidateField& field : candidate.fields) {
      const std::string probability = Text(Rounded(candidate.probability)), rival = Text(Rounded(candidate.rival)), evidence = std::to_string(candidate.evidence), offset = std::to_string(candidate.offset);
      PULIH_TRY(file.Row({candidate.record, tender::EntityName(candidate.entity), cell(candidate.publisher), cell(candidate.tender), cell(candidate.to), probability, rival, tender::FieldName(field.field), field.agrees ? "yes" : "no",
                          cell(field.how), cell(field.said), cell(field.has), evidence, offset, cell(candidate.path)}));
    }
  PULIH_TRY(file.Publish());
  return files.SyncDirectory(directory);
}

}  // namespace pulih

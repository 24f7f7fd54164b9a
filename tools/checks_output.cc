#include "tools/checks_output.h"

#include "engine/recover/table_output.h"
#include "tools/escape.h"
#include "tools/render.h"

namespace pulih {
namespace {

void WriteSide(JsonWriter& json, const CheckSide& side) {
  json.BeginObject();
  json.Field("thing", std::string_view(side.thing));
  json.Field("field", std::string_view(side.field));
  json.Field("value", std::string_view(side.value));
  json.Field("grade", std::string_view(&side.grade, 1));
  if (!side.publisher.empty()) json.Field("publisher", std::string_view(side.publisher));
  json.Field("evidence", side.evidence);
  json.Field("offset", side.offset);
  json.Field("path", std::string_view(side.path));
  json.EndObject();
}

}  // namespace

void WriteChecksJson(Context& context, const Checks& checks) {
  JsonWriter& json = context.json;
  json.Field("broken_checks", checks.count);
  json.Key("check_counts");
  json.BeginArray();
  for (size_t i = 0; i < kCheckKinds; ++i) {
    const auto kind = static_cast<CheckKind>(i);
    json.BeginObject();
    json.Field("check", CheckId(kind));
    json.Field("name", CheckName(kind));
    json.Field("looked_at", checks.counts[i].looked_at);
    json.Field("broken", checks.counts[i].broken);
    json.EndObject();
  }
  json.EndArray();
  json.Key("checks");
  json.BeginArray();
  for (const BrokenCheck& broken : checks.broken) {
    json.BeginObject();
    json.Field("check", CheckId(broken.kind));
    json.Field("name", CheckName(broken.kind));
    if (broken.tender.empty()) json.NullField("tender");
    else json.Field("tender", std::string_view(broken.tender));
    json.Field("what", CheckLabel(broken.kind, false));
    json.Key("values");
    json.BeginArray();
    for (const CheckSide& side : broken.sides) WriteSide(json, side);
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
}

void PrintChecks(Context& context, const Checks& checks) {
  if (checks.count == 0) return;
  context.out.Line("");
  Table table({{"rule"}, {"broken", Align::right}, {"of", Align::right}, {"what"}});
  for (size_t i = 0; i < kCheckKinds; ++i) {
    const auto kind = static_cast<CheckKind>(i);
    if (checks.counts[i].broken == 0) continue;
    table.Add({std::string(CheckId(kind)), CountText(checks.counts[i].broken), CountText(checks.counts[i].looked_at), std::string(CheckLabel(kind, false))});
  }
  table.Print(context.out);
}

Status WriteChecksCsv(FileSystem& files, const std::string& directory, const Checks& checks) {
  if (checks.broken.empty()) return OkStatus();
  TableOutput file(files, directory, "checks.csv");
  PULIH_TRY(file.Row({"check", "name", "tender", "thing", "field", "value", "grade", "publisher", "evidence", "offset", "path"}));
  for (const BrokenCheck& broken : checks.broken)
    for (const CheckSide& side : broken.sides) {
      const std::string evidence = std::to_string(side.evidence), offset = std::to_string(side.offset);
      const auto cell = [](std::string_view text) { return text.empty() ? std::optional<std::string_view>() : text; };
      PULIH_TRY(file.Row({CheckId(broken.kind), CheckName(broken.kind), cell(broken.tender), cell(side.thing), cell(side.field), cell(side.value), std::string_view(&side.grade, 1), cell(side.publisher), evidence, offset, cell(side.path)}));
    }
  PULIH_TRY(file.Publish());
  return files.SyncDirectory(directory);
}

}  // namespace pulih

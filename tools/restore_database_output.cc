#include "tools/restore_database_output.h"

#include "tools/escape.h"
#include "tools/render.h"
#include "tools/report.h"

namespace pulih {

void WriteDatabaseJson(JsonWriter& json, const RestoreDatabaseReport& report) {
  json.BeginObject();
  json.Field("name", std::string_view(report.database));
  json.Field("tables", report.tables);
  json.Field("rows", report.rows);
  json.Field("bytes", report.bytes);
  json.Field("large_objects", report.large_objects);
  json.Field("sequences", report.sequences);
  json.Field("seconds", report.seconds);
  json.Field("damaged", report.damaged);
  json.Field("warnings", report.warnings);
  json.EndObject();
}

void PrintDatabase(const Context& context, const RestoreDatabaseReport& report) {
  PrintProblems(context, "damaged and not restored", report.damaged, report.damaged.size());
  if (context.global.json || context.global.quiet) return;
  context.out.Line("rebuilt database " + EscapeText(report.database) + ": " + CountOf(report.tables, "table") + ", " + CountOf(report.rows, "row") + ", " +
                   SizeText(report.bytes) + (report.large_objects > 0 ? ", " + CountOf(report.large_objects, "large object") : "") + " in " +
                   DurationText(report.seconds));
}

}  // namespace pulih

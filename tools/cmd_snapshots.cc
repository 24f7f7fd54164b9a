// pulih snapshots: which snapshots there are.
#include <algorithm>
#include <memory>

#include "engine/base/time_text.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/render.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  SnapshotFilter filter;
};

std::string Joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : ", ") + EscapeName(part);
  return all;
}

void WriteJson(JsonWriter& json, const Snapshot& snapshot) {
  json.BeginObject();
  json.Field("id", std::string_view(snapshot.id.hex()));
  json.Field("time", std::string_view(FormatUtc(snapshot.meta.time_ns)));
  // What is sealed to the content key is null for who lacks it.
  if (snapshot.content) {
    const ManifestContent& content = *snapshot.content;
    json.Field("host", std::string_view(content.host));
    json.Field("name", std::string_view(content.name));
    json.Field("tags", content.tags);
    json.Field("paths", content.paths);
  } else {
    for (const char* name : {"host", "name", "tags", "paths"}) json.NullField(name);
  }
  json.Field("files", snapshot.meta.files);
  json.Field("bytes", snapshot.meta.bytes);
  json.Field("rows", snapshot.meta.rows);
  json.Field("tables", snapshot.meta.tables);
  json.Field("writer", std::string_view(snapshot.meta.writer.hex()));
  json.Field("sequence", snapshot.meta.sequence);
  if (snapshot.content) {
    const ManifestContent& content = *snapshot.content;
    json.Field("directories", content.directories);
    json.Field("others", content.others);
    json.Field("bytes_added", content.bytes_added);
    json.Field("problems", content.source_errors);
    json.Field("seconds", static_cast<double>(content.milliseconds) / 1000);
    json.Field("zone_offset_minutes", content.zone_offset_minutes);
  }
  json.EndObject();
}

void PrintTable(Context& context, const std::vector<Snapshot>& snapshots) {
  const auto any = [&](auto has) { return std::any_of(snapshots.begin(), snapshots.end(), has); };
  const bool names = any([](const Snapshot& s) { return s.content && !s.content->name.empty(); });
  const bool rows = any([](const Snapshot& s) { return s.meta.tables > 0; });
  const bool tags = any([](const Snapshot& s) { return s.content && !s.content->tags.empty(); });
  std::vector<Column> columns = {{"ID"}, {"TIME"}, {"HOST"}};
  if (names) columns.push_back({"NAME"});
  if (tags) columns.push_back({"TAGS"});
  columns.push_back({"FILES", Align::right});
  columns.push_back({"SIZE", Align::right});
  if (rows) columns.push_back({"TABLES", Align::right});
  if (rows) columns.push_back({"ROWS", Align::right});
  columns.push_back({rows ? "OF" : "PATHS"});
  Table table(std::move(columns));
  for (const Snapshot& snapshot : snapshots) {
    const ManifestContent hidden;
    const ManifestContent& content = snapshot.content ? *snapshot.content : hidden;
    std::vector<std::string> row = {ShortId(snapshot.id.hex()), TimeText(snapshot.meta.time_ns),
                                    snapshot.content ? EscapeName(content.host) : "(sealed)"};
    if (names) row.push_back(EscapeName(content.name));
    if (tags) row.push_back(Joined(content.tags));
    row.push_back(CountText(snapshot.meta.files));
    row.push_back(SizeText(snapshot.meta.bytes));
    if (rows) row.push_back(CountText(snapshot.meta.tables));
    if (rows) row.push_back(CountText(snapshot.meta.rows));
    row.push_back(Joined(content.paths) + (content.source_errors > 0 ? "  (with problems)" : ""));
    table.Add(std::move(row));
  }
  if (!table.empty()) table.Print(context.out);
  if (!context.global.quiet) context.out.Line(CountOf(snapshots.size(), "snapshot"));
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(std::vector<Snapshot> snapshots, session->ListAll());
  std::erase_if(snapshots, [&](const Snapshot& snapshot) { return !arguments.filter.Matches(snapshot); });
  if (context.global.json) {
    context.json.BeginArray();
    for (const Snapshot& snapshot : snapshots) WriteJson(context.json, snapshot);
    context.json.EndArray();
  } else {
    PrintTable(context, snapshots);
  }
  return session->refused_snapshots() > 0 ? Exit::incomplete : Exit::done;
}

}  // namespace

CommandSpec SnapshotsCommand() {
  auto arguments = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "snapshots";
  spec.summary = "list the snapshots, oldest first";
  spec.description =
      "Lists every snapshot with its id, time, host, name, tags, number of files, size of all files, and what was "
      "backed up. Times are in this machine's zone, with the zone beside them.\n\n"
      "A snapshot whose manifest is damaged, or whose writer is not certified, is left out with a warning, and the "
      "exit code is 3. A key that may not read names shows (sealed) instead of the host.";
  spec.options = FilterOptions(arguments->filter);
  spec.examples = {{"everything", "pulih snapshots"}, {"one host's nightly runs", "pulih snapshots --host web1 --tag nightly"}};
  spec.run = [arguments](Context& context) { return Run(*arguments, context); };
  return spec;
}

}  // namespace pulih

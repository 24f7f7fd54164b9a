// pulih records export: tables into files, or the tenders in them into OCDS packages.
#include <memory>

#include "engine/records/export_ocds.h"
#include "engine/records/export_tables.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/render.h"
#include "tools/report.h"
#include "tools/row_sources.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  std::string snapshot, format, directory, table;
  SnapshotFilter filter;
};

void WriteJson(Context& context, const Arguments& arguments, const ExportReport& report) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("directory", std::string_view(arguments.directory));
  json.Key("tables");
  json.BeginArray();
  for (const ExportedTable& table : report.tables) {
    json.BeginObject();
    json.Field("table", std::string_view(table.table));
    json.Field("file", std::string_view(table.file));
    json.Field("rows", table.rows);
    json.Field("bytes", table.bytes);
    json.EndObject();
  }
  json.EndArray();
  json.Field("damaged", report.damaged);
  json.Field("notes", report.notes);
  json.EndObject();
}

Result<ExportReport> Export(const Arguments& arguments, const std::optional<TableName>& table, const Snapshot& snapshot, ReadSession& reader, Place& place,
                            ProgressListener& progress) {
  if (arguments.format == "ocds") {
    OcdsExportOptions options;
    options.directory = arguments.directory;
    options.sorting.spool_directory = SpoolDirectory();
    return ExportOcds(reader, snapshot, options, *place.files, *place.random, progress);
  }
  ExportOptions options;
  options.format = arguments.format == "jsonl" ? ExportFormat::jsonl : arguments.format == "copy" ? ExportFormat::copy : ExportFormat::csv;
  options.directory = arguments.directory;
  options.table = table;
  return ExportTables(reader, snapshot, options, *place.files, progress);
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  std::optional<TableName> only;
  if (!arguments.table.empty()) {
    if (arguments.format == "ocds") return UsageError("records export: --table belongs to the other formats; ocds joins the tables of an SPSE database");
    PULIH_TRY_ASSIGN(only, ParseTableName(arguments.table));
  }
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, session->ListAll());
  PULIH_TRY_ASSIGN(const Snapshot snapshot, ChooseSnapshot(snapshots, arguments.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  ProgressLine progress(context.global);
  auto done = Export(arguments, only, snapshot, *reader, session->place(), progress);
  progress.Clear();
  PULIH_TRY_ASSIGN(const ExportReport report, std::move(done));
  for (const std::string& note : report.notes) context.Warn(note);
  PrintProblems(context, "could not be exported", report.damaged, report.damaged.size());
  if (context.global.json) {
    WriteJson(context, arguments, report);
  } else if (!context.global.quiet) {
    Table list({{"TABLE"}, {"ROWS", Align::right}, {"SIZE", Align::right}, {"FILE"}});
    for (const ExportedTable& table : report.tables) {
      list.Add({EscapeText(table.table), CountText(table.rows), SizeText(table.bytes), EscapeName(table.file)});
    }
    list.Print(context.out);
  }
  return report.damaged.empty() ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec RecordsExportCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "records export";
  spec.summary = "write tables into files";
  spec.description =
      "Writes each table of a snapshot into a file of its own in a folder: csv (NULL is an empty field, an empty text \"\"), jsonl (one JSON "
      "object a line), or copy (what PostgreSQL's COPY reads back). Text is UTF-8. A table of schema public is called NAME.csv, one of another "
      "schema SCHEMA.NAME.csv. No file that is there is written over.\n\n"
      "ocds writes the tenders of an SPSE database (lelang_seleksi with paket, jadwal, peserta, rekanan, kontrak, sppbj) as one OCDS 1.1 release "
      "package, releases.json, whatever their status: look at it before publishing. Times get the offset +07:00. A tender that cannot be read whole is left out and named.";
  spec.arguments = {{.names = "SNAP", .help = "an id of 8 or more digits, latest, latest~N, or a date", .target = &a->snapshot, .required = true}};
  spec.options = {{.names = "--to", .value = "DIR", .help = "the folder to write into; made when it is not there", .target = &a->directory,
                   .completes = Completes::directory, .required = true},
                  {.names = "--format", .value = "FORMAT", .help = "how; csv when nothing is said", .target = &a->format, .choices = {"csv", "jsonl", "copy", "ocds"}},
                  {.names = "--table", .value = "TABLE", .help = "only this table", .target = &a->table}};
  for (OptionSpec& option : FilterOptions(a->filter)) spec.options.push_back(std::move(option));
  spec.examples = {{"everything of last night", "pulih records export latest --to /tmp/tables"},
                   {"one table as JSON lines", "pulih records export latest --table paket --format jsonl --to /tmp/tables"},
                   {"all tenders as open contracting data", "pulih records export latest --format ocds --to /tmp/ocds"}};
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

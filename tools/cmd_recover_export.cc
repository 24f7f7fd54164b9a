// pulih recover export: the rows of a case into files.
#include <memory>

#include "engine/recover/export.h"
#include "engine/recover/export_year.h"
#include "tools/case_session.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/render.h"
#include "tools/report.h"

namespace pulih {
namespace {

struct Arguments {
  std::string path, to, table, format = "csv";
};

void WriteJson(Context& context, const RecoverExportReport& report) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Key("tables");
  json.BeginArray();
  for (const RecoveredTable& table : report.tables) {
    json.BeginObject();
    json.Field("table", std::string_view(table.table));
    json.PathField("file", table.file);
    json.Field("rows", table.rows);
    json.Field("deleted", table.deleted);
    json.Field("disputed_fields", table.disputed_fields);
    json.Field("decided_fields", table.decided_fields);
    json.Key("grades");
    json.BeginObject();
    for (const auto& [grade, rows] : table.grades) json.Field(std::string_view(&grade, 1), rows);
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
  json.Field("partial_fields", report.partial_fields);
  json.Field("unkeyed", report.unkeyed);
  json.Field("unassigned", report.unassigned);
  json.Field("warnings", context.warnings);
  json.EndObject();
}

void Print(Context& context, const RecoverExportReport& report) {
  Table table({{"rows", Align::right}, {"A", Align::right}, {"B", Align::right}, {"C", Align::right}, {"E", Align::right}, {"D", Align::right}, {"file"}});
  uint64_t rows = 0;
  for (const RecoveredTable& one : report.tables) {
    rows += one.rows;
    std::vector<std::string> cells{CountText(one.rows)};
    for (const char letter : {'A', 'B', 'C', 'E', 'D'}) {
      uint64_t count = 0;
      for (const auto& [grade, of_grade] : one.grades)
        if (grade == letter) count = of_grade;
      cells.push_back(count == 0 ? "" : CountText(count));
    }
    cells.push_back(EscapeName(one.file));
    table.Add(std::move(cells));
  }
  if (!table.empty()) table.Print(context.out);
  context.out.Line(CountOf(rows, "row") + " of " + CountOf(report.tables.size(), "table"));
  if (report.partial_fields != 0) context.out.Line(CountOf(report.partial_fields, "field") + " of which a part is known: _partial.csv");
  if (report.unkeyed != 0) context.out.Line(CountOf(report.unkeyed, "row") + " whose key is lost: _unkeyed.csv");
  if (report.unassigned != 0) context.out.Line(CountOf(report.unassigned, "row") + " that fit several tables, or none: _unassigned.csv");
}

Result<Exit> RunYear(const Arguments& arguments, Case& of, Context& context) {
  if (!arguments.table.empty()) return UsageError("--table: OCDS has tenders, and no tables");
  PULIH_TRY_ASSIGN(const std::string directory, AbsolutePath(arguments.to));
  ProgressLine progress(context.global);
  auto done = ExportYear(of, directory, {}, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  if (context.global.json) {
    JsonWriter& json = context.json;
    json.BeginObject();
    json.PathField("file", "releases.json");
    json.Field("releases", done->releases);
    json.Field("undated", done->undated);
    json.Field("disputed_fields", done->disputed);
    json.Field("warnings", context.warnings);
    json.EndObject();
  } else if (!context.global.quiet) {
    context.out.Line(CountOf(done->releases, "release") + ": releases.json");
    if (done->undated != 0) context.out.Line(CountOf(done->undated, "tender") + " without any date left out");
    if (done->disputed != 0) context.out.Line(CountOf(done->disputed, "disputed field") + " left out: `recover report` lists them");
  }
  return Exit::done;
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::read));
  if (arguments.format == "ocds") return RunYear(arguments, *opened.folder, context);
  RecoverExportOptions options;
  PULIH_TRY_ASSIGN(options.directory, AbsolutePath(arguments.to));
  if (!arguments.table.empty()) options.table = arguments.table;
  options.format = arguments.format == "jsonl" ? RecoveredFormat::jsonl : arguments.format == "sql" ? RecoveredFormat::sql : RecoveredFormat::csv;
  ProgressLine progress(context.global);
  auto done = ExportCase(*opened.folder, options, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  if (context.global.json) WriteJson(context, *done);
  else if (!context.global.quiet) Print(context, *done);
  return Exit::done;
}

}  // namespace

CommandSpec RecoverExportCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "recover export";
  spec.summary = "write the recovered rows into files, with how well each is proven";
  spec.description =
      "Writes a file TABLE.csv for each table (SCHEMA.TABLE.csv outside of schema public) and beside it TABLE.grades.csv: the key and the "
      "grade of each row, or of each field where they differ. A is proven by a checksum, B was read before any damage, C agrees with an index "
      "or a constraint, E was solved from another copy, D is sound in structure and no more: look at it before you rely on it.\n\n"
      "--format jsonl writes an object for each row, without the fields that are lost; --format sql an INSERT for each, and _all.sql, which runs them all in "
      "an order that foreign keys allow. --format ocds writes what is known of each tender, by rows, pages, lists and feeds together, as one OCDS 1.1 "
      "release package, releases.json; a disputed field is left out of it.\n\n"
      "A value that is lost is an empty field, never a guess. What is known of a field in part stands in _partial.csv, a row whose key is lost in "
      "_unkeyed.csv, one that fits several tables in _unassigned.csv. Of several versions of a row the newest that is proven counts; a row that "
      "the newest evidence knows as deleted is left out. `recover explain` tells where a row comes from.";
  spec.arguments = {CaseArgument(a->path)};
  spec.options = {{.names = "--to", .value = "DIR", .help = "an empty folder, or one to make", .target = &a->to, .completes = Completes::directory, .required = true},
                  {.names = "--table", .value = "TABLE", .help = "only this one", .target = &a->table},
                  {.names = "--format", .value = "FORMAT", .help = "how it is written: csv (by default), jsonl, sql, or ocds: the tenders, joined from all sources", .target = &a->format, .choices = {"csv", "jsonl", "sql", "ocds"}}};
  spec.examples = {{"all tables", "pulih recover export /srv/case-2014 --to /srv/out"},
                   {"one of them", "pulih recover export /srv/case-2014 --to /srv/out --table paket"}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

// pulih recover load: the rows of a case into a live database.
#include <memory>

#include "engine/recover/load.h"
#include "tools/case_session.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/render.h"
#include "tools/report.h"

namespace pulih {
namespace {

struct Arguments {
  std::string path, postgres, min_grade;
  bool dry_run = false, skip_existing = false, set_sequences = false;
};

void WriteProblems(JsonWriter& json, const char* name, const std::vector<LoadProblem>& problems) {
  json.Key(name);
  json.BeginArray();
  for (const LoadProblem& problem : problems) {
    json.BeginObject();
    json.Field("table", std::string_view(problem.table));
    if (problem.key.empty()) json.NullField("key");
    else json.Field("key", std::string_view(problem.key));
    json.Field("why", std::string_view(problem.why));
    json.EndObject();
  }
  json.EndArray();
}

void WriteTables(JsonWriter& json, const LoadReport& report) {
  json.Key("tables");
  json.BeginArray();
  for (const LoadedTable& table : report.tables) {
    json.BeginObject();
    json.Field("table", std::string_view(table.table));
    json.Field("rows", table.rows);
    json.Field("loaded", table.loaded);
    json.Field("same", table.same);
    json.Field("conflicts", table.conflicts);
    json.Field("incomplete", table.incomplete);
    json.Field("below", table.below);
    json.Field("orphans", table.orphans);
    json.Field("deleted", table.deleted);
    if (table.left_out.empty()) json.NullField("left_out");
    else json.Field("left_out", std::string_view(table.left_out));
    json.EndObject();
  }
  json.EndArray();
}

void WriteJson(Context& context, const Arguments& arguments, const LoadReport& report) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("committed", report.committed);
  json.Field("dry_run", arguments.dry_run);
  if (report.committed) json.Field("load", report.load);
  else json.NullField("load");
  json.Field("rows", report.Sum(&LoadedTable::rows));
  json.Field("loaded", report.Sum(&LoadedTable::loaded));
  json.Field("same", report.Sum(&LoadedTable::same));
  json.Field("conflicts", report.Sum(&LoadedTable::conflicts));
  json.Field("incomplete", report.Sum(&LoadedTable::incomplete));
  json.Field("below", report.Sum(&LoadedTable::below));
  json.Field("orphans", report.Sum(&LoadedTable::orphans));
  json.Field("missing_parents", report.orphans);
  json.Field("unassigned", report.unassigned);
  WriteTables(json, report);
  json.Field("not_valid", report.not_valid);
  json.Key("sequences");
  json.BeginArray();
  for (const LoadSequence& sequence : report.sequences) {
    json.BeginObject();
    json.Field("sequence", std::string_view(sequence.sequence));
    json.Field("column", std::string_view(sequence.column));
    json.Field("next", std::string_view(sequence.next));
    json.Field("highest", std::string_view(sequence.highest));
    json.Field("set", sequence.set);
    json.EndObject();
  }
  json.EndArray();
  WriteProblems(json, "conflicting_rows", report.conflicts);
  WriteProblems(json, "incomplete_rows", report.incomplete);
  json.Field("warnings", context.warnings);
  json.EndObject();
}

std::string CountOrNothing(uint64_t count) { return count == 0 ? "" : CountText(count); }

void Print(Context& context, const Arguments& arguments, const LoadReport& report) {
  Table table({{"rows", Align::right},
               {"loaded", Align::right},
               {"same", Align::right},
               {"conflict", Align::right},
               {"incomplete", Align::right},
               {"below", Align::right},
               {"orphans", Align::right},
               {"table"}});
  for (const LoadedTable& one : report.tables) {
    table.Add({CountText(one.rows), CountOrNothing(one.loaded), CountOrNothing(one.same), CountOrNothing(one.conflicts),
               CountOrNothing(one.incomplete), CountOrNothing(one.below), CountOrNothing(one.orphans),
               EscapeText(one.table) + (one.left_out.empty() ? "" : ": not loaded: " + EscapeText(one.left_out))});
  }
  if (!table.empty()) table.Print(context.out);
  for (const std::string& key : report.not_valid)
    context.out.Line("foreign key put back NOT VALID: " + EscapeText(key));
  for (const LoadSequence& sequence : report.sequences)
    context.out.Line("sequence " + EscapeText(sequence.sequence) +
                     (sequence.set ? " goes on above "
                                   : " would give " + EscapeText(sequence.next) + " next, and " +
                                         EscapeText(sequence.column) + " has ") +
                     EscapeText(sequence.highest));
  const std::string rows = CountOf(report.Sum(&LoadedTable::loaded), "row");
  if (report.committed)
    context.out.Line(rows + " loaded; where from: schema provenance, load " + std::to_string(report.load));
  else
    context.out.Line(arguments.dry_run ? "dry run: " + rows + " would be loaded, nothing was changed"
                                       : "nothing was changed");
}

std::vector<std::string> LinesOf(const std::vector<LoadProblem>& problems) {
  std::vector<std::string> lines;
  for (const LoadProblem& problem : problems)
    lines.push_back(
        EscapeText(problem.table + " " + (problem.key.empty() ? "(key lost)" : problem.key) + ": " + problem.why));
  return lines;
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  LoadOptions options;
  options.conninfo = arguments.postgres;
  options.skip_existing = arguments.skip_existing;
  options.set_sequences = arguments.set_sequences;
  options.dry_run = arguments.dry_run;
  if (!arguments.min_grade.empty()) options.worst = static_cast<Grade>(arguments.min_grade.front());
  options.program = std::string("pulih ") + PULIH_VERSION;
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::read));
  ProgressLine progress(context.global);
  auto done = LoadCase(*opened.folder, options, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  const LoadReport& report = *done;
  for (const std::string& warning : report.warnings) context.Warn(EscapeText(warning));
  if (context.global.json) WriteJson(context, arguments, report);
  else if (!context.global.quiet) Print(context, arguments, report);
  const uint64_t conflicts = report.Sum(&LoadedTable::conflicts), incomplete = report.Sum(&LoadedTable::incomplete);
  if (conflicts > 0)
    PrintProblems(context,
                  arguments.skip_existing ? "left as they are in the database" : "in conflict with the database",
                  LinesOf(report.conflicts), conflicts);
  if (incomplete > 0)
    PrintProblems(context, "not loaded: provenance.incomplete has what is known of them", LinesOf(report.incomplete),
                  incomplete);
  if (conflicts > 0 && !arguments.skip_existing) return Exit::failed;
  bool left_out = report.unassigned > 0;
  for (const LoadedTable& table : report.tables) left_out = left_out || (!table.left_out.empty() && table.rows > 0);
  return conflicts > 0 || incomplete > 0 || left_out ? Exit::incomplete : Exit::done;
}

}  // namespace

CommandSpec RecoverLoadCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "recover load";
  spec.summary = "load the recovered rows into a live database, with where each field came from";
  spec.description =
      "Loads the rows that `recover export` would write into a PostgreSQL database that has the tables already, in one "
      "transaction, parents before "
      "children: all that can be loaded, or with any conflict nothing. Beside them a schema provenance says of each "
      "field its grade, the claim and the "
      "evidence it came from, to the byte (view provenance.sources).\n\n"
      "A row that is there already as it was recovered is left (same). A row whose key another row has there is a "
      "conflict; nothing is ever overwritten, and "
      "nothing is loaded unless --skip-existing leaves such rows out. A row whose parent is lost is loaded too: its "
      "foreign key is put back NOT VALID and "
      "the row listed in provenance.orphans. A row that lacks a value which may not be NULL is not loaded: "
      "provenance.incomplete has what is known of it. No "
      "default of a table stands in for a lost value.\n\n"
      "Sequences are left alone: one that a column takes its values from and that stands below what was loaded is "
      "told, and --set-sequences makes it go on "
      "above. Which other numbers an application has given away nobody can know: look at what it counts by itself "
      "before it runs again.\n\n"
      "The role must own the tables where foreign keys have to be put back. CONNINFO is what libpq takes; leave the "
      "password to ~/.pgpass or PGPASSWORD.";
  spec.arguments = {CaseArgument(a->path)};
  spec.options = {
      {.names = "--postgres",
       .value = "CONNINFO",
       .help = "the database to load into",
       .target = &a->postgres,
       .required = true},
      {.names = "--min-grade",
       .value = "GRADE",
       .help = "only rows that are proven so well: A, B, C, E, D from best to worst; by default all",
       .target = &a->min_grade,
       .choices = {"A", "B", "C", "E", "D"}},
      {.names = "--skip-existing",
       .help = "leave out rows whose key is there already with other values",
       .target = &a->skip_existing},
      {.names = "--set-sequences",
       .help = "sequences of columns go on above the highest value loaded",
       .target = &a->set_sequences},
      {.names = "--dry-run", .help = "do all of it and take it back: tells what would happen", .target = &a->dry_run}};
  spec.examples = {
      {"look first", "pulih recover load /srv/case-2014 --postgres dbname=epns_2014 --dry-run"},
      {"only what is proven", "pulih recover load /srv/case-2014 --postgres dbname=epns_2014 --min-grade E"}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

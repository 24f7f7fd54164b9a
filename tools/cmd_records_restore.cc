// pulih records restore: rows back into a live database, or into a script.
#include <algorithm>
#include <memory>

#include "engine/os/file_system.h"
#include "engine/records/related_rows.h"
#include "engine/records/restore_rows.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/record_output.h"
#include "tools/render.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  std::string snapshot, table, postgres, sql_file, mode;
  std::vector<std::string> keys;
  bool follow = false, dry_run = false;
  std::optional<uint64_t> jobs;
  SnapshotFilter filter;
};

RestoreMode ModeOf(const Arguments& arguments) {
  if (arguments.mode == "overwrite") return RestoreMode::overwrite;
  if (arguments.mode == "side-table") return RestoreMode::side_table;
  return RestoreMode::insert_missing;
}

std::string_view FateName(RowFate fate) {
  switch (fate) {
    case RowFate::insert: return "insert";
    case RowFate::same: return "same";
    case RowFate::differs: return "differs";
    case RowFate::overwrite: return "overwrite";
    case RowFate::side: return "side table";
    case RowFate::conflict: return "conflict";
  }
  return "unknown";
}

void WriteJson(JsonWriter& json, const Arguments& arguments, const RestoreRowsReport& report, const std::vector<std::string>& warnings) {
  json.BeginObject();
  json.Field("committed", report.committed);
  json.Field("dry_run", arguments.dry_run);
  json.Field("inserted", report.inserted);
  json.Field("overwritten", report.overwritten);
  json.Field("same", report.same);
  json.Field("left", report.left);
  json.Field("conflicts", report.conflicts);
  json.Field("columns_missing", report.columns_missing);
  json.Key("plan");
  json.BeginArray();
  for (const RowPlan& row : report.plan) {
    json.BeginObject();
    json.Field("table", std::string_view(row.table));
    json.Field("key", std::string_view(row.key));
    json.Field("fate", FateName(row.fate));
    if (!row.why.empty()) json.Field("why", std::string_view(row.why));
    if (!row.fields.empty()) json.Field("fields", row.fields);
    json.EndObject();
  }
  json.EndArray();
  json.Field("warnings", warnings);
  json.EndObject();
}

std::string PlanDetail(const RowPlan& row) {
  std::string detail = EscapeText(row.why);
  for (const std::string& field : row.fields) detail += (detail.empty() ? "" : ", ") + EscapeName(field);
  return detail;
}

void Print(Context& context, const Arguments& arguments, const RestoreRowsReport& report) {
  Table plan({{"TABLE"}, {"KEY"}, {"PLAN"}, {""}});
  for (const RowPlan& row : report.plan) {
    if (row.fate == RowFate::same && !context.global.verbose) continue;
    plan.Add({EscapeText(row.table), EscapeName(row.key), std::string(FateName(row.fate)), PlanDetail(row)});
  }
  if (!plan.empty() && (arguments.dry_run || report.conflicts > 0 || !context.global.quiet)) plan.Print(context.out);
  if (context.global.quiet) return;
  const auto planned = [&](RowFate fate) { return static_cast<uint64_t>(std::count_if(report.plan.begin(), report.plan.end(), [&](const RowPlan& row) { return row.fate == fate; })); };
  const uint64_t to_insert = planned(RowFate::insert) + planned(RowFate::side);
  std::string counts = report.committed ? CountOf(report.inserted, "row") + " inserted" : CountOf(to_insert, "row") + " to insert";
  const uint64_t overwritten = report.committed ? report.overwritten : planned(RowFate::overwrite);
  if (overwritten > 0) counts += ", " + CountText(overwritten) + (report.committed ? " overwritten" : " to overwrite");
  if (report.same > 0) counts += ", " + CountText(report.same) + " there already";
  if (report.left > 0) counts += ", " + CountText(report.left) + " left as they are in the database";
  if (report.conflicts > 0) counts += ", " + CountText(report.conflicts) + " in conflict";
  context.out.Line(counts);
  if (!report.committed) context.out.Line(arguments.dry_run ? "dry run: nothing was changed" : "nothing was changed");
}

Status Taken(const std::string& file) {
  return Status(Code::already_exists, "writing a script: " + file + ": there is a file of this name", "name another, or remove it first");
}

// The script as it is made, in pieces: documents may stand in it.
Status WriteScriptFile(const Arguments& arguments, FileSystem& files, const RelatedRows& rows) {
  const size_t slash = arguments.sql_file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : arguments.sql_file.substr(0, slash);
  PULIH_TRY_ASSIGN(const auto file, files.Create(folder));
  std::string buffer;
  constexpr size_t kBuffer = 256u << 10;
  PULIH_TRY(WriteRowsSql(rows, ModeOf(arguments), [&](std::string_view text) -> Status {
    buffer += text;
    if (buffer.size() < kBuffer) return OkStatus();
    PULIH_TRY(file->Append(AsBytes(buffer)));
    buffer.clear();
    return OkStatus();
  }));
  PULIH_TRY(file->Append(AsBytes(buffer)));
  PULIH_TRY(file->Sync());
  const Status named = file->PublishAs(arguments.sql_file);
  if (named.code() == Code::already_exists) return Taken(arguments.sql_file);
  PULIH_TRY(named);
  return files.SyncDirectory(folder);
}

Result<Exit> WriteScript(const Arguments& arguments, Context& context, Session& session, const RelatedRows& rows) {
  const Exit exit = rows.damaged.empty() ? Exit::done : Exit::incomplete;
  if (arguments.sql_file == "-") {
    PULIH_TRY(WriteRowsSql(rows, ModeOf(arguments), [&](std::string_view text) {
      context.out.Write(text);
      return OkStatus();
    }));
    return exit;
  }
  PULIH_TRY(WriteScriptFile(arguments, *session.place().files, rows));
  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field("sql", std::string_view(arguments.sql_file));
    context.json.Field("rows", rows.rows.size());
    context.json.Field("warnings", context.warnings);
    context.json.EndObject();
  } else if (!context.global.quiet) {
    context.out.Line(CountOf(rows.rows.size(), "row") + " written to " + EscapeName(arguments.sql_file));
  }
  return exit;
}

Status CheckArguments(const Arguments& arguments, bool json) {
  if (arguments.postgres.empty() == arguments.sql_file.empty()) {
    return UsageError("records restore: where to? give either --postgres CONNINFO or --sql FILE");
  }
  if (!arguments.sql_file.empty() && arguments.dry_run) return UsageError("records restore: --sql changes nothing; --dry-run belongs to --postgres");
  if (!arguments.sql_file.empty() && ModeOf(arguments) == RestoreMode::side_table) {
    return UsageError("records restore: --mode side-table belongs to --postgres");
  }
  if (arguments.sql_file == "-" && json) return UsageError("records restore: --sql - and --json both write to standard output", "give --sql a file");
  return OkStatus();
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY(CheckArguments(arguments, context.global.json));
  PULIH_TRY_ASSIGN(const TableName name, ParseTableName(arguments.table));
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, session->ListAll());
  PULIH_TRY_ASSIGN(const Snapshot snapshot, ChooseSnapshot(snapshots, arguments.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  PULIH_TRY_ASSIGN(const RelatedRows rows, FindRelatedRows(*reader, snapshot, name, arguments.keys, arguments.follow, JobsOf(arguments.jobs)));
  for (const std::string& damage : rows.damaged) context.Warn(damage);
  if (!arguments.sql_file.empty()) return WriteScript(arguments, context, *session, rows);

  PULIH_TRY_ASSIGN(const RestoreRowsReport report, RestoreRows(rows, {arguments.postgres, ModeOf(arguments), arguments.dry_run}));
  for (const std::string& warning : report.warnings) context.Warn(warning);
  if (context.global.json) {
    WriteJson(context.json, arguments, report, context.warnings);
  } else {
    Print(context, arguments, report);
  }
  if (report.conflicts > 0) return Exit::failed;
  // Rows that the database has otherwise, and values whose columns it has no more, were asked for and not brought back.
  return rows.damaged.empty() && report.left == 0 && report.columns_missing == 0 ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec RecordsRestoreCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "records restore";
  spec.summary = "bring rows back into a database";
  spec.description =
      "Brings rows of a snapshot back into a live PostgreSQL database, in one transaction: all of them, or with any conflict none. First a plan "
      "is made and shown: which rows are missing and would be inserted, which are there, which point at rows that are neither in the database "
      "nor in the plan, which break a constraint. --dry-run stops there.\n\n"
      "--follow brings what hangs on the rows as well: a tender with its schedule, bidders, evaluations, documents and the files' rows.\n\n"
      "--mode insert-missing leaves rows that are there as they are; overwrite makes them as they were in the snapshot; side-table touches "
      "nothing of the application's and puts the rows into new tables TABLE_pulih beside it.\n\n"
      "CONNINFO is what libpq takes: \"host=db1 dbname=epns_prod user=restore\". Leave the password to ~/.pgpass or PGPASSWORD: other users of "
      "the machine can read a command line.";
  spec.arguments = {{.names = "SNAP", .help = "an id of 8 or more digits, latest, latest~N, or a date", .target = &a->snapshot, .required = true},
                    {.names = "TABLE", .help = "[DATABASE/][SCHEMA.]TABLE", .target = &a->table, .required = true},
                    {.names = "KEY", .help = "which rows, as for `records get`", .target = &a->keys, .required = true}};
  spec.options = {{.names = "--postgres", .value = "CONNINFO", .help = "the database to bring them back into", .target = &a->postgres},
                  {.names = "--sql", .value = "FILE", .help = "instead: write a script of statements for psql; - is standard output", .target = &a->sql_file,
                   .completes = Completes::file},
                  {.names = "--follow", .help = "with the rows that hang on them", .target = &a->follow},
                  {.names = "--dry-run", .help = "show the plan, change nothing", .target = &a->dry_run},
                  {.names = "--mode", .value = "MODE", .help = "what to do with rows that are there already", .target = &a->mode,
                   .choices = {"insert-missing", "overwrite", "side-table"}},
                  JobsOption(a->jobs)};
  for (OptionSpec& option : FilterOptions(a->filter)) spec.options.push_back(std::move(option));
  spec.examples = {{"look first", "pulih records restore latest lelang_seleksi 29900127 --follow --postgres dbname=epns_prod --dry-run"},
                   {"one tender and all that hangs on it", "pulih records restore latest lelang_seleksi 29900127 --follow --postgres dbname=epns_prod"},
                   {"one bid, as a script", "pulih records restore 2014-10-03 peserta 512127 --sql bid.sql"}};
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

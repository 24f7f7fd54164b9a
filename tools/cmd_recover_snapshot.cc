// pulih recover snapshot: the rebuilt rows and the evidence of a case into a repository.
#include <memory>

#include "engine/backup/backup.h"
#include "engine/records/table_reader.h"
#include "engine/recover/snapshot_evidence.h"
#include "engine/recover/snapshot_rows.h"
#include "tools/backup_place.h"
#include "tools/case_session.h"
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
  std::string path, database, host, name = "rebuilt";
  std::vector<std::string> tags;
  bool without_evidence = false;
  std::optional<uint64_t> jobs;
};

// The database whose tables the repository has already, so that rebuilt rows stand beside live ones.
Result<std::string> ChooseDatabase(const Arguments& arguments, Session& session, const Case& of,
                                   const std::vector<RebuiltTable>& tables) {
  if (!arguments.database.empty()) return arguments.database;
  PULIH_TRY_ASSIGN(const std::vector<Snapshot> snapshots, session.ListAll());
  std::vector<TableName> names;
  for (const Snapshot& snapshot : snapshots) {
    // What was rebuilt before counts as well: a second snapshot of a case stands beside the first.
    if (auto of_snapshot = TableNames(snapshot); of_snapshot.ok())
      names.insert(names.end(), of_snapshot->begin(), of_snapshot->end());
  }
  PULIH_TRY_ASSIGN(const std::optional<std::string> like, DatabaseLike(tables, names));
  return like.value_or("rebuilt_" + of.id().substr(0, 8));
}

BackupOptions MakeOptions(const Arguments& arguments, const Case& of, Place& place) {
  BackupOptions options;
  options.working_directory = "/";
  options.spool_directory = SpoolDirectory();
  options.host = arguments.host.empty() ? ThisHost() : arguments.host;
  options.name = arguments.name;
  options.tags = {"rebuilt", "case-" + of.id().substr(0, 8)};
  options.tags.insert(options.tags.end(), arguments.tags.begin(), arguments.tags.end());
  options.zone_offset_minutes = LocalZoneMinutes(place.clock.NowNs());
  options.writer.sealers = JobsOf(arguments.jobs);
  return options;
}

void WriteJson(Context& context, const std::string& database, const BackupReport& report,
               const std::vector<std::string>& problems) {
  JsonWriter& json = context.json;
  json.BeginObject();
  if (report.snapshot) json.Field("snapshot", std::string_view(report.snapshot->hex()));
  else json.NullField("snapshot");
  json.Field("database", std::string_view(database));
  json.Field("tables", report.tables);
  json.Field("rows", report.rows);
  json.Field("files", report.files);
  json.Field("bytes", report.bytes);
  json.Field("bytes_added", report.bytes_added);
  json.Field("problems", problems);
  json.Field("warnings", context.warnings);
  json.Field("seconds", report.seconds);
  json.EndObject();
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::read));
  Case& of = *opened.folder;
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::write));
  PULIH_TRY_ASSIGN(const auto rows, RebuiltRows::Open(of));
  PULIH_TRY_ASSIGN(const std::string database, ChooseDatabase(arguments, *session, of, rows->tables()));
  PULIH_TRY_ASSIGN(const auto source, RebuiltSource::Open(of, database));
  BackupOptions options = MakeOptions(arguments, of, session->place());
  options.rows.push_back(source.get());
  PULIH_TRY_ASSIGN(EvidencePaths evidence, FindEvidencePaths(of, !arguments.without_evidence));
  options.tree.roots = std::move(evidence.roots);
  PULIH_TRY(ExcludeRepository(context.global.repo, options.tree.excludes));
  PULIH_TRY_ASSIGN(Catalog* const catalog, session->catalog());
  ProgressLine progress(context.global);
  auto done = Backup(session->repository(), *catalog, options, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  const BackupReport& report = *done;
  for (const std::string& warning : report.warnings) context.Warn(warning);

  std::vector<std::string> problems = std::move(evidence.problems);
  for (const SourceProblem& problem : report.problems.listed) problems.push_back(problem.path + ": " + problem.why);
  std::vector<std::string> lines;
  for (const std::string& problem : problems) lines.push_back(EscapeText(problem));
  if (!lines.empty()) PrintProblems(context, "not as it should be", lines, lines.size());
  if (context.global.json) {
    WriteJson(context, database, report, problems);
  } else if (!context.global.quiet) {
    context.out.Line(CountOf(report.rows, "row") + " in " + CountOf(report.tables, "table") + " of database " +
                     EscapeText(database) + ", with where each came from; " + CountOf(report.files, "file") + ", " +
                     SizeText(report.bytes));
    if (report.snapshot)
      context.out.Line("snapshot " + ShortId(report.snapshot->hex()) + ", tagged rebuilt: " +
                       SizeText(report.bytes_added) + " added in " + DurationText(report.seconds));
  }
  return problems.empty() && report.is_logged ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec RecoverSnapshotCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "recover snapshot";
  spec.summary = "keep the recovered rows and the evidence in a repository";
  spec.description =
      "Takes one signed snapshot of a case: its rows as tables, so that `records tables`, `get` and `history` show "
      "them; provenance.fields, which says of "
      "each field its grade, claim and evidence; provenance.evidence; the files of the evidence; and the custody log. "
      "It is tagged rebuilt.\n\n"
      "Tables are kept under the database of the repository that has most of them, so that `records history` shows "
      "rebuilt rows beside live ones, or under "
      "--database; where the repository has no such tables, under rebuilt_ and the case's first digits. A value that "
      "was lost is NULL in such a row, as one "
      "that is NULL: provenance.fields tells which.\n\n"
      "The snapshot is named \"rebuilt\" (--name): with --name of your nightly runs, `latest` never means this one. "
      "Evidence that is gone or was changed since "
      "it was added is told, and the exit code is 3.";
  spec.arguments = {CaseArgument(a->path)};
  spec.options = {{.names = "--database",
                   .value = "NAME",
                   .help = "the database under which the tables are kept",
                   .target = &a->database},
                  {.names = "--without-evidence", .help = "rows and custody log only", .target = &a->without_evidence},
                  {.names = "--tag",
                   .value = "TAG",
                   .help = "one more word to find the snapshot by; may be repeated",
                   .target = &a->tags},
                  {.names = "--name",
                   .value = "NAME",
                   .help = "what this series of snapshots is called; rebuilt",
                   .target = &a->name},
                  {.names = "--host",
                   .value = "HOST",
                   .help = "the host's name in the snapshot; by default this machine's",
                   .target = &a->host},
                  JobsOption(a->jobs)};
  spec.examples = {{"beside the nights that there are", "pulih -r /srv/backup recover snapshot /srv/case-2014"}};
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

// pulih restore: files of a snapshot back to a folder, its database back into an empty one.
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "engine/restore/restore.h"
#include "engine/source/tree_source.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/render.h"
#include "tools/report.h"
#include "tools/restore_database_output.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  std::string snapshot, target, overwrite = "if-changed", postgres, database;
  std::vector<std::string> paths, includes, excludes;
  bool dry_run = false, privileged = false, owner = false, no_owner = false, no_privileges = false;
  std::optional<uint64_t> jobs;
  SnapshotFilter filter;
};

// Whether `path` is the folder or lies below it, symbolic links followed; neither need be there.
bool LiesWithin(const std::string& path, const std::string& folder) {
  std::error_code ignored;
  const auto inner = std::filesystem::weakly_canonical(std::filesystem::absolute(path, ignored), ignored) / "";
  const auto outer = std::filesystem::weakly_canonical(std::filesystem::absolute(folder, ignored), ignored) / "";
  return !outer.empty() && inner.string().starts_with(outer.string());
}

Result<RestoreOptions> MakeOptions(const Arguments& arguments, const SnapshotPath& wanted) {
  RestoreOptions options;
  options.target = arguments.target;
  if (wanted.has_path && !wanted.path.empty()) options.paths.push_back(wanted.path);
  for (const std::string& path : arguments.paths) options.paths.push_back(StoredPath(path, "/"));
  // SNAP:PATH alone: what is in PATH goes into the target. Several keep their whole paths.
  options.contents_of_path = !options.paths.empty() && arguments.paths.empty();
  options.includes = arguments.includes;
  for (const std::string& pattern : arguments.excludes) PULIH_TRY(options.excludes.Add(pattern));
  if (arguments.overwrite == "never") options.overwrite = Overwrite::never;
  if (arguments.overwrite == "always") options.overwrite = Overwrite::always;
  options.dry_run = arguments.dry_run;
  options.privileged = arguments.privileged;
  if (arguments.owner && arguments.no_owner) return UsageError("restore: --owner and --no-owner exclude each other");
  options.set_owner = arguments.owner || (!arguments.no_owner && ::geteuid() == 0);
  options.threads = JobsOf(arguments.jobs);
  return options;
}

void WriteProblems(JsonWriter& json, std::string_view name, const std::vector<RestoreProblem>& problems) {
  json.Key(name);
  json.BeginArray();
  for (const RestoreProblem& problem : problems) {
    json.BeginObject();
    json.PathField("path", FullPath(problem.path));
    json.Field("what", std::string_view(problem.what));
    json.Field("why", std::string_view(problem.why));
    json.EndObject();
  }
  json.EndArray();
}

std::string_view ActionName(RestoreAction action) {
  switch (action) {
    case RestoreAction::create: return "create";
    case RestoreAction::overwrite: return "overwrite";
    case RestoreAction::keep_same: return "unchanged";
    case RestoreAction::skip: return "skip";
  }
  return "unknown";
}

void WriteJson(Context& context, const Snapshot& snapshot, const Arguments& arguments, const RestoreReport& report,
               const std::optional<RestoreDatabaseReport>& database) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("snapshot", std::string_view(snapshot.id.hex()));
  json.Field("dry_run", arguments.dry_run);
  json.Field("files", report.files);
  json.Field("directories", report.directories);
  json.Field("others", report.others);
  json.Field("hard_links", report.hard_links);
  json.Field("bytes", report.bytes);
  json.Field("overwritten", report.overwritten);
  json.Field("unchanged", report.unchanged);
  json.Field("skipped", report.skipped);
  json.Field("stripped", report.stripped);
  json.Field("incomplete", report.incomplete);
  json.Field("seconds", report.seconds);
  json.Field("damaged_count", report.damaged_count);
  WriteProblems(json, "damaged", report.damaged);
  json.Field("rescued_count", report.rescued_count);
  json.Key("rescued");
  json.BeginArray();
  for (const Rescue& rescue : report.rescued) {
    json.BeginObject();
    json.Field("object", std::string_view(rescue.object.hex()));
    json.Field("damaged_in", std::string_view(rescue.blob_name));
    json.Field("why", std::string_view(rescue.why));
    json.EndObject();
  }
  json.EndArray();
  if (arguments.dry_run) {
    json.Field("steps_count", report.steps_count);
    json.Key("steps");
    json.BeginArray();
    for (const RestoreStep& step : report.steps) {
      json.BeginObject();
      json.PathField("path", FullPath(step.path));
      json.PathField("place", step.place);
      json.Field("action", ActionName(step.action));
      json.EndObject();
    }
    json.EndArray();
  }
  json.Field("notes_count", report.notes_count);
  WriteProblems(json, "notes", report.notes);
  if (database) {
    json.Key("database");
    WriteDatabaseJson(json, *database);
  }
  json.Field("warnings", context.warnings);
  json.EndObject();
}

void Print(Output& out, const Snapshot& snapshot, const Arguments& arguments, const RestoreReport& report) {
  const bool dry = arguments.dry_run;
  out.Line(std::string(dry ? "would restore " : "restored ") + CountOf(report.files, "file") + ", " +
           SizeText(report.bytes) + ", and " + CountOf(report.directories, "folder") +
           (dry ? "" : " in " + DurationText(report.seconds)));
  const auto line = [&](uint64_t count, const std::string& text) {
    if (count > 0) out.Line("  " + Pad(CountText(count), 10, Align::right) + "  " + text);
  };
  line(report.others, "links, pipes and devices");
  line(report.hard_links, "of the files are further names of another");
  line(report.overwritten, dry ? "would take the place of what stands there" : "took the place of what stood there");
  line(report.unchanged, dry ? "are there already, the same" : "were there already, the same");
  line(report.skipped, dry ? "are there already and would stay as they are (--overwrite never)"
                           : "were there already and stay as they are (--overwrite never)");
  line(report.stripped, "without set-user-id, device or security attribute (--privileged brings those back)");
  line(report.incomplete, "were not read whole when they were backed up");
  // `latest` may not be the one that was meant: where several things are backed up, it is the last of any of them.
  out.Line("from snapshot " + ShortId(snapshot.id.hex()) + " of " + TimeText(snapshot.meta.time_ns));
  const uint64_t found = report.files + report.others + report.hard_links + report.unchanged + report.skipped + report.damaged_count;
  if (found == 0 && snapshot.meta.files == 0 && snapshot.meta.tables > 0) {
    out.Line("it holds no files but " + CountOf(snapshot.meta.tables, "table") + ": --postgres rebuilds a database, `pulih records` looks at rows");
  }
}

// What a dry run found that a person wants to see before it is done for real: what would be lost. With --verbose all of it.
void PrintSteps(const Context& context, const RestoreReport& report) {
  const bool all = context.global.verbose;
  const size_t most = all ? report.steps.size() : kListedProblems;
  const uint64_t count = all ? report.steps_count : report.overwrite_steps_count;
  size_t shown = 0;
  for (const RestoreStep& step : report.steps) {
    if (shown == most) break;
    if (!all && step.action != RestoreAction::overwrite) continue;
    ++shown;
    context.out.Line("  " + Pad(ActionName(step.action), 9, Align::left) + "  " + EscapeName(step.place));
  }
  if (count > shown) context.out.Line("  … and " + CountText(count - shown) + (all ? " more" : " more (--verbose lists them)"));
}

std::vector<std::string> LinesOf(const std::vector<RestoreProblem>& problems) {
  std::vector<std::string> lines;
  for (const RestoreProblem& problem : problems) lines.push_back(PathText(problem.path) + ": " + problem.what + ": " + problem.why);
  return lines;
}

std::vector<std::string> LinesOf(const std::vector<Rescue>& rescues) {
  std::vector<std::string> lines;
  for (const Rescue& rescue : rescues) lines.push_back(rescue.blob_name + ": object " + rescue.object.hex().substr(0, 16) + ": " + rescue.why);
  return lines;
}

Status CheckArguments(const Arguments& arguments, const Context& context) {
  if (arguments.target.empty() && arguments.postgres.empty()) {
    return UsageError("restore: where to? --to DIR for files, --postgres CONNINFO for a database", "see `pulih restore --help`");
  }
  if (arguments.target.empty() && !arguments.paths.empty()) return UsageError("restore: files go to a folder: --to is missing");
  if (!arguments.postgres.empty() && arguments.dry_run) return UsageError("restore: --dry-run is for files; a database is rebuilt only into an empty one");
  if (arguments.postgres.empty() && !arguments.database.empty()) return UsageError("restore: --database belongs to --postgres");
  if (arguments.postgres.empty() && arguments.no_privileges) return UsageError("restore: --no-privileges belongs to --postgres");
  if (!arguments.target.empty() && !context.global.repo.empty() && LiesWithin(arguments.target, context.global.repo)) {
    return UsageError("restore: --to " + arguments.target + " lies in the repository", "choose a folder outside of " + context.global.repo);
  }
  return OkStatus();
}

// Tells what could not be brought back, and says whether that was nothing.
bool TellProblems(Context& context, const RestoreReport& report) {
  if (!context.global.quiet) PrintProblems(context, "not restored, or not in every respect", LinesOf(report.notes), report.notes_count);
  // The report keeps what the target refused with what is damaged in the repository; a person must not take one for the other.
  std::vector<RestoreProblem> damaged, refused;
  for (const RestoreProblem& problem : report.damaged) (problem.what == "target" ? refused : damaged).push_back(problem);
  PrintProblems(context, "could not be written to the target", LinesOf(refused), refused.size());
  PrintProblems(context, "damaged and not restored", LinesOf(damaged), report.damaged_count - refused.size());
  PrintProblems(context, "damaged in the repository and read from another copy", LinesOf(report.rescued), report.rescued_count);
  return report.ok() && report.incomplete == 0;
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY(CheckArguments(arguments, context));
  const SnapshotPath wanted = SplitSnapshotPath(arguments.snapshot);
  PULIH_TRY_ASSIGN(const RestoreOptions options, MakeOptions(arguments, wanted));
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, session->ListAll());
  PULIH_TRY_ASSIGN(const Snapshot snapshot, ChooseSnapshot(snapshots, wanted.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  ProgressLine progress(context.global);
  bool is_whole = true;

  // The database first: where it does not fit, no file was touched.
  std::optional<RestoreDatabaseReport> database;
  if (!arguments.postgres.empty()) {
    auto rebuilt = RestoreDatabase(*reader, snapshot, {arguments.postgres, arguments.database, JobsOf(arguments.jobs), arguments.no_owner, arguments.no_privileges},
                                   progress);
    progress.Clear();
    if (!rebuilt.ok()) return std::move(rebuilt).error();
    database = std::move(rebuilt).value();
    for (const std::string& warning : database->warnings) context.Warn(warning);
    PrintDatabase(context, *database);
    is_whole = database->damaged.empty();
  }

  RestoreReport report;
  if (!arguments.target.empty()) {
    auto done = Restore(*reader, snapshot, options, progress);
    progress.Clear();
    if (!done.ok()) return std::move(done).error();
    report = std::move(done).value();
    is_whole = TellProblems(context, report) && is_whole;
  }
  if (context.global.json) {
    WriteJson(context, snapshot, arguments, report, database);
  } else if (!context.global.quiet && !arguments.target.empty()) {
    Print(context.out, snapshot, arguments, report);
    if (arguments.dry_run) PrintSteps(context, report);
  }
  return is_whole ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec RestoreCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "restore";
  spec.summary = "bring files of a snapshot back to a folder, its database into an empty one";
  spec.description =
      "SNAP:PATH lays what is in PATH directly into DIR, and DIR takes the mode, owner, times and attributes of PATH; when "
      "PATH is a file, the file. SNAP alone, or with several PATHs after it, lays entries under their whole paths below "
      "DIR. Nothing is written outside DIR, whatever a snapshot or a symbolic link in DIR says.\n\n"
      "A file that is damaged is named and left out, all others are restored, and the exit code is 3. Every byte was "
      "checked before it was written. When an object is damaged in one pack and whole in another, the file is restored "
      "from the whole one, and the exit code is 3 as well: `pulih verify --read-data` tells what else suffers.\n\n"
      "The owner is set when this runs as root. Set-user-id bits, device nodes and security attributes come back only "
      "with --privileged: a repository that somebody else can write to must not be able to make them.\n\n"
      "--postgres rebuilds the database that the snapshot holds in one that is there and empty (createdb): definitions, rows, sequences, "
      "then keys, indexes and the rest. One row or a few: see `pulih records restore`.";
  spec.arguments = {
      {.names = "SNAP[:PATH]", .help = "an id of 8 or more digits, latest, latest~N, or a date; the first colon ends it", .target = &a->snapshot, .required = true},
      {.names = "PATH", .help = "further files and folders of the snapshot", .target = &a->paths},
  };
  spec.options = {
      {.names = "--to", .value = "DIR", .help = "where to; made when it is not there", .target = &a->target, .completes = Completes::directory},
      {.names = "--postgres", .value = "CONNINFO", .help = "rebuild the database of the snapshot in this empty one", .target = &a->postgres},
      {.names = "--database", .value = "NAME", .help = "which, where the snapshot has several", .target = &a->database},
      {.names = "--include", .value = "PATTERN", .help = "only what fits a pattern for names, or with a slash for paths, and what is below; may be repeated", .target = &a->includes},
      {.names = "--exclude", .value = "PATTERN", .help = "leave out what fits, as for `pulih backup`; may be repeated", .target = &a->excludes},
      {.names = "--overwrite", .value = "WHEN", .help = "files that are there: never replaced, if-changed in size, time or content (the default), or always",
       .target = &a->overwrite, .choices = {"never", "if-changed", "always"}},
      {.names = "--dry-run", .help = "look at what is in DIR and say what would be done; write nothing", .target = &a->dry_run},
      {.names = "--privileged", .help = "with set-user-id bits, devices, security.* and trusted.* attributes", .target = &a->privileged},
      {.names = "--owner", .help = "set the owner: the default as root", .target = &a->owner},
      {.names = "--no-owner", .help = "leave the owner as it comes: the default otherwise; of a database, who connects owns everything", .target = &a->no_owner},
      {.names = "--no-privileges", .help = "of a database: without its grants", .target = &a->no_privileges},
      JobsOption(a->jobs),
  };
  for (OptionSpec& option : FilterOptions(a->filter)) spec.options.push_back(std::move(option));
  spec.examples = {
      {"a folder as it was last night", "pulih restore latest:/srv/documents --to /srv/documents"},
      {"one file", "pulih restore latest~1:/etc/fstab --to /tmp"},
      {"a whole database", "createdb epns_again && pulih restore latest --postgres dbname=epns_again"},
      {"only the PDFs of a day", "pulih restore 2014-10-04 --include '*.pdf' --to /tmp/found"},
  };
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

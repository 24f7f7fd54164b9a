// pulih backup: one snapshot of all that is named.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "engine/backup/backup.h"
#include "tools/backup_place.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/render.h"
#include "tools/report.h"
#include "tools/row_sources.h"
#include "tools/session.h"

namespace pulih {
namespace {

constexpr uint64_t kMaxPatternFileSize = 16u << 20;

struct Arguments {
  std::vector<std::string> paths;
  std::string stdin_name;
  std::vector<std::string> excludes, exclude_files, exclude_if_present, tags;
  RowArguments rows;
  bool exclude_caches = false, one_file_system = false, dry_run = false, read_all = false;
  std::string host, name;
  std::optional<uint64_t> jobs, compression;
};

Status AddExcludes(const Arguments& arguments, FileSystem& files, ExcludeRules& rules) {
  for (const std::string& path : arguments.exclude_files) {
    auto text = ReadWholeFile(files, path, kMaxPatternFileSize);
    if (!text.ok()) return std::move(text).error().Within("reading patterns");
    PULIH_TRY(rules.AddLines(AsText(*text), path));
  }
  for (const std::string& pattern : arguments.excludes) PULIH_TRY(rules.Add(pattern));
  return OkStatus();
}

Result<BackupOptions> MakeOptions(const Arguments& arguments, const std::string& repository, Place& place) {
  BackupOptions options;
  options.tree.roots = arguments.paths;
  PULIH_TRY(AddExcludes(arguments, *place.files, options.tree.excludes));
  PULIH_TRY(ExcludeRepository(repository, options.tree.excludes));
  options.tree.exclude_if_present = arguments.exclude_if_present;
  options.tree.exclude_caches = arguments.exclude_caches;
  options.tree.one_file_system = arguments.one_file_system;
  std::error_code error;
  options.working_directory = std::filesystem::current_path(error).string();
  if (error) return Status(Code::io, "backing up: the working directory is gone");
  if (!arguments.stdin_name.empty()) {
    options.stdin_fd = STDIN_FILENO;
    options.stdin_name = arguments.stdin_name;
  }
  options.host = arguments.host.empty() ? ThisHost() : arguments.host;
  options.name = arguments.name;
  options.tags = arguments.tags;
  options.zone_offset_minutes = LocalZoneMinutes(place.clock.NowNs());
  options.dry_run = arguments.dry_run;
  options.read_all = arguments.read_all;
  options.writer.sealers = JobsOf(arguments.jobs);
  if (arguments.compression) options.writer.compression_level = static_cast<int>(*arguments.compression);
  return options;
}

std::string_view KindName(SourceProblemKind kind) {
  switch (kind) {
    case SourceProblemKind::unreadable: return "unreadable";
    case SourceProblemKind::missing: return "missing";
    case SourceProblemKind::vanished: return "vanished";
    case SourceProblemKind::changed: return "changed";
    case SourceProblemKind::unsupported: return "unsupported";
    case SourceProblemKind::table: return "table";
  }
  return "unknown";
}

// A file by its path, a table by its name.
std::string NameOf(const SourceProblem& problem) {
  return problem.kind == SourceProblemKind::table ? problem.path : FullPath(problem.path);
}
std::string SpokenName(const SourceProblem& problem) {
  return problem.kind == SourceProblemKind::table ? EscapeText(problem.path) : PathText(problem.path) + ": " + std::string(KindName(problem.kind));
}

void WriteJson(Context& context, const Arguments& arguments, const BackupReport& report) {
  JsonWriter& json = context.json;
  json.BeginObject();
  if (report.snapshot) {
    json.Field("snapshot", std::string_view(report.snapshot->hex()));
  } else {
    json.NullField("snapshot");
  }
  json.Field("dry_run", arguments.dry_run);
  json.Field("files", report.files);
  json.Field("directories", report.directories);
  json.Field("others", report.others);
  json.Field("bytes", report.bytes);
  json.Field("tables", report.tables);
  json.Field("rows", report.rows);
  json.Field("row_bytes", report.row_bytes);
  json.Field("files_unchanged", report.files_unchanged);
  json.Field("files_read", report.files_read);
  json.Field("bytes_read", report.bytes_read);
  json.Field("files_new", report.files_new);
  json.Field("bytes_new", report.bytes_new);
  json.Field("excluded", report.excluded);
  json.Field("objects_written", report.objects_written);
  json.Field("bytes_added", report.bytes_added);
  json.Field("seconds", report.seconds);
  std::vector<std::string> warnings = context.warnings;
  for (const SourceProblem& problem : report.problems.listed) {
    const std::string kind = problem.kind == SourceProblemKind::table ? "" : std::string(KindName(problem.kind)) + ": ";
    warnings.push_back(NameOf(problem) + ": " + kind + problem.why);
  }
  json.Field("warnings", warnings);
  json.Field("problems_count", report.problems.count);
  json.Key("problems");
  json.BeginArray();
  for (const SourceProblem& problem : report.problems.listed) {
    json.BeginObject();
    json.PathField("path", NameOf(problem));
    json.Field("kind", KindName(problem.kind));
    json.Field("why", std::string_view(problem.why));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void PrintFiles(Output& out, const BackupReport& report) {
  out.Line(CountOf(report.files, "file") + ", " + SizeText(report.bytes) + ", in " + CountOf(report.directories, "folder") +
           (report.others == 0 ? "" : report.others == 1 ? ", and 1 link or special file"
                                                         : ", and " + CountText(report.others) + " links and special files"));
  out.Line("  unchanged   " + CountOf(report.files_unchanged, "file"));
  out.Line("  read        " + CountOf(report.files_read, "file") + ", " + SizeText(report.bytes_read));
  out.Line("  new         " + CountOf(report.files_new, "file") + ", " + SizeText(report.bytes_new));
  if (report.excluded > 0) out.Line("  left out    " + CountText(report.excluded) + " as asked");
}

void Print(Output& out, const Arguments& arguments, const BackupReport& report) {
  if (arguments.rows.any()) out.Line(CountOf(report.rows, "row") + " in " + CountOf(report.tables, "table") + ", " + SizeText(report.row_bytes));
  if (report.files + report.directories + report.others > 0 || !arguments.rows.any()) PrintFiles(out, report);
  if (report.snapshot) {
    out.Line("snapshot " + ShortId(report.snapshot->hex()) + ": " + SizeText(report.bytes_added) + " added in " +
             DurationText(report.seconds));
  } else {
    out.Line(std::string(arguments.dry_run ? "dry run: nothing was stored" : "no snapshot") + " (" + DurationText(report.seconds) + ")");
  }
}

// What a slip of the finger or a program that failed leaves, and what is no failure of the run.
void WarnOfNothing(const Arguments& arguments, const std::vector<std::unique_ptr<RowSource>>& sources, const BackupReport& report, Context& context) {
  if (!arguments.stdin_name.empty() && report.bytes == 0) {
    context.Warn("standard input was empty: did the program before the pipe fail? (`set -o pipefail` shows it)");
  }
  for (const std::string& pattern : arguments.rows.exclude_tables) {
    size_t unused = 0;  // patterns hold for all databases, of which one may have such tables and another not
    for (const auto& source : sources) {
      const std::vector<std::string> unused_there = source->unused_exclusions();
      unused += std::find(unused_there.begin(), unused_there.end(), pattern) != unused_there.end();
    }
    if (unused == arguments.rows.postgres.size()) context.Warn("--exclude-table " + pattern + ": no table has such a name");
  }
}

Status CheckArguments(const Arguments& arguments) {
  const bool has_stdin = !arguments.stdin_name.empty();
  if (has_stdin && !arguments.paths.empty()) return UsageError("backup: --stdin and PATH exclude each other");
  if (!has_stdin && arguments.paths.empty() && !arguments.rows.any()) {
    return UsageError("backup: nothing to back up", "name a PATH, a database with --postgres, a table with --table, or give --stdin NAME");
  }
  PULIH_TRY(CheckRowArguments(arguments.rows));
  const bool has_empty = std::any_of(arguments.paths.begin(), arguments.paths.end(), [](const auto& p) { return p.empty(); });
  if (has_empty) return UsageError("backup: a PATH is empty");
  const bool has_empty_tag = std::any_of(arguments.tags.begin(), arguments.tags.end(), [](const auto& tag) { return tag.empty(); });
  return has_empty_tag ? UsageError("backup: a --tag is empty") : OkStatus();
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY(CheckArguments(arguments));
  PULIH_TRY_ASSIGN(const auto place, FindPlace(context.global));
  PULIH_TRY_ASSIGN(BackupOptions options, MakeOptions(arguments, context.global.repo, *place));
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::write));
  // The databases' snapshots are taken now, before any file is looked at.
  PULIH_TRY_ASSIGN(const auto row_sources, OpenRowSources(arguments.rows, JobsOf(arguments.jobs)));
  for (const auto& source : row_sources) options.rows.push_back(source.get());
  options.spool_directory = SpoolDirectory();
  PULIH_TRY_ASSIGN(Catalog * const catalog, session->catalog());
  ProgressLine progress(context.global);
  auto done = Backup(session->repository(), *catalog, options, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  const BackupReport& report = *done;

  if (report.packs_missing > 0) {
    context.Warn(CountOf(report.packs_missing, "pack") + " that the catalog knew " +
                 (report.packs_missing == 1 ? "is" : "are") + " not in the repository any more; run `pulih verify`");
  }
  for (const std::string& warning : report.warnings) context.Warn(warning);
  WarnOfNothing(arguments, row_sources, report, context);
  std::vector<std::string> lines;
  for (const SourceProblem& problem : report.problems.listed) {
    lines.push_back(SpokenName(problem) + ": " + EscapeText(problem.why));
  }
  PrintProblems(context, "could not be backed up whole", lines, report.problems.count);
  if (context.global.json) {
    WriteJson(context, arguments, report);
  } else if (!context.global.quiet) {
    Print(context.out, arguments, report);
  }
  return report.problems.count > 0 || !report.is_logged ? Exit::incomplete : Exit::done;
}

}  // namespace

CommandSpec BackupCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "backup";
  spec.summary = "take one snapshot of all that is named";
  spec.description =
      "Stores the files and folders named, with everything that the file system knows of them, as one snapshot. Only what "
      "is not stored yet is read and added: a file whose size, times and inode are as they were is not opened.\n\n"
      "A file that cannot be read, vanishes or changes while it is read is named, and the exit code is 3; all others are "
      "stored. A run that is interrupted makes no snapshot, but the next one does not store again what it had stored.\n\n"
      "--postgres stores every table that the role may read, row by row, with the definitions around them, all of one moment, and before files "
      "are looked at; writers are not blocked. Leave the password to ~/.pgpass or PGPASSWORD: other users of the machine can read a command line.\n\n"
      "Patterns: one without a slash fits a name at any depth (*.tmp); one with a slash fits the end of a path "
      "(cache/thumbs), and with a slash in front the whole path (/var/cache/*); a slash at the end means folders only; ** "
      "is any number of folders; ! in front takes back an earlier pattern. The last one that fits decides. Patterns of "
      "files come before those of --exclude.";
  spec.arguments = {{.names = "PATH", .help = "a file or folder; symbolic links in it are stored, not followed", .target = &a->paths, .completes = Completes::file}};
  spec.options = {
      {.names = "--stdin", .value = "NAME", .help = "instead of PATHs: store standard input as one file of this name", .target = &a->stdin_name},
      {.names = "--postgres", .value = "CONNINFO", .help = "the rows and definitions of a database: \"host=db1 dbname=epns_prod user=pulih\"; may be repeated", .target = &a->rows.postgres},
      {.names = "--schema", .value = "PATTERN", .help = "of databases: only these schemas; may be repeated", .target = &a->rows.schemas},
      {.names = "--exclude-table", .value = "PATTERN", .help = "of databases: leave out tables whose name, or schema.name, fits; may be repeated", .target = &a->rows.exclude_tables},
      {.names = "--rate", .value = "SIZE", .help = "of databases: read at most so many bytes a second: 10M", .target = &a->rows.rate},
      {.names = "--table", .value = "[NAME=]FILE", .help = "the rows of a CSV, JSON, JSON Lines or OCDS file; may be repeated", .target = &a->rows.tables, .completes = Completes::file},
      {.names = "--primary-key", .value = "COLUMNS", .help = "which columns of the --table before identify a row: a,b; one for each --table, or none", .target = &a->rows.primary_keys},
      {.names = "--exclude", .value = "PATTERN", .help = "leave out what fits; may be repeated", .target = &a->excludes},
      {.names = "--exclude-from", .value = "FILE", .help = "patterns from a file, one a line; # begins a comment line", .target = &a->exclude_files, .completes = Completes::file},
      {.names = "--exclude-if-present", .value = "NAME", .help = "store a folder that holds a file of this name without its content", .target = &a->exclude_if_present},
      {.names = "--exclude-caches", .help = "store folders with a CACHEDIR.TAG with the tag only", .target = &a->exclude_caches},
      {.names = "--one-file-system", .help = "stay on the file system of each PATH", .target = &a->one_file_system},
      {.names = "--tag", .value = "TAG", .help = "a word to find the snapshot by; may be repeated", .target = &a->tags},
      {.names = "--name", .value = "NAME", .help = "what this series of snapshots is called", .target = &a->name},
      {.names = "--host", .value = "HOST", .help = "the host's name in the snapshot; by default this machine's", .target = &a->host},
      {.names = "--dry-run", .help = "read and count, store nothing", .target = &a->dry_run},
      {.names = "--read-all", .help = "read every file, also those that look unchanged", .target = &a->read_all},
      {.names = "--compression", .value = "LEVEL", .help = "of zstd, 1 to 12; by default 3", .target = &a->compression,
       .min = kMinCompressionLevel, .max = kMaxCompressionLevel},
      JobsOption(a->jobs),
  };
  spec.examples = {
      {"two folders", "pulih backup /etc /srv/documents"},
      {"a nightly run, by a key file that can read nothing back",
       "pulih --key /etc/pulih/backup.key backup --name documents --tag nightly --exclude '*.tmp' /srv/documents"},
      {"a database together with its documents", "pulih --key night.key backup --postgres 'dbname=epns_prod user=pulih' /srv/documents"},
      {"a list that comes as CSV", "pulih backup --table vendors=/srv/lists/rekanan-2014.csv --primary-key npwp"},
      {"the output of a program", "pg_dump tender | pulih backup --stdin tender.sql"},
  };
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

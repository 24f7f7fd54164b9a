#include "engine/backup/backup.h"

#include <algorithm>

#include "engine/backup/dry_run_sink.h"
#include "engine/backup/tree_count.h"
#include "engine/backup/tree_recorder.h"
#include "engine/base/byte_writer.h"
#include "engine/os/clock.h"
#include "engine/backup/table_recorder.h"
#include "engine/repo/snapshots.h"

namespace pulih {
namespace {

// What retention will count together: the same paths, databases and tables of the same host under the same name.
Digest RetentionGroup(const Namer& namer, const BackupOptions& options) {
  ByteWriter w;
  w.Sized(options.host);
  w.Sized(options.name);
  for (const std::string& root : options.tree.roots) w.Sized(StoredPath(root, options.working_directory));
  if (options.stdin_fd >= 0) w.Sized(options.stdin_name);
  for (const RowSource* source : options.rows) w.Sized(source->identity());
  return namer.Blind("group", w.view());
}

FileEntry StreamEntry(int64_t now_ns) {
  FileEntry entry;
  entry.mode = 0600;
  entry.mtime_seconds = now_ns / 1'000'000'000;
  entry.mtime_nanoseconds = static_cast<uint32_t>(now_ns % 1'000'000'000);
  return entry;
}

Status RecordSource(TreeRecorder& recorder, const Repository& repository, const BackupOptions& options) {
  if (options.stdin_fd >= 0) {
    const std::string path = StoredPath(options.stdin_name, "/");
    return recorder.RecordStream(options.stdin_fd, path, StreamEntry(repository.environment().clock.NowNs()));
  }
  TreeSource source(options.tree);
  return source.Walk(options.working_directory, recorder);
}

// All rows of all sources, into maps of their own.
Result<std::vector<RecordedRoot>> RecordRows(const Repository& repository, ObjectSink& sink, const BackupOptions& options, ProgressListener& progress,
                                             BackupReport& report) {
  if (options.rows.empty()) return std::vector<RecordedRoot>();
  RowSorterOptions sorting;
  sorting.spool_directory = options.spool_directory;
  TableRecorder recorder(repository, sink, progress, report.problems, sorting);
  for (RowSource* source : options.rows) PULIH_TRY(source->Visit(recorder));
  auto roots = recorder.Finish();
  report.tables = recorder.counts().tables;
  report.rows = recorder.counts().rows;
  report.row_bytes = recorder.counts().bytes;
  report.bytes_new += recorder.counts().bytes_new;
  return roots;
}

NewSnapshot Describe(const Repository& repository, const BackupOptions& options, const BackupReport& report, const MapRoot& files,
                     const std::vector<RecordedRoot>& tables, int64_t began_ns) {
  NewSnapshot snapshot;
  snapshot.meta.files = report.files;
  snapshot.meta.bytes = report.bytes;
  snapshot.meta.rows = report.rows;
  snapshot.meta.tables = report.tables;
  snapshot.structure.roots = {files.root};
  for (const RecordedRoot& table : tables) snapshot.structure.roots.push_back(table.root);
  snapshot.structure.retention_group = RetentionGroup(repository.namer(), options);
  ManifestContent& content = snapshot.content;
  content.host = options.host;
  content.name = options.name;
  content.tags = options.tags;
  for (const std::string& root : options.tree.roots) content.paths.push_back("/" + StoredPath(root, options.working_directory));
  if (options.stdin_fd >= 0) content.paths.push_back("/" + StoredPath(options.stdin_name, "/"));
  for (const RowSource* source : options.rows) content.paths.push_back(source->name());
  content.root_names = {"files"};
  for (const RecordedRoot& table : tables) content.root_names.push_back(table.name);
  content.zone_offset_minutes = options.zone_offset_minutes;
  content.directories = report.directories;
  content.others = report.others;
  content.bytes_added = report.bytes_added;
  content.source_errors = report.problems.count;
  // By the clock of the environment, which a test holds still (I10); one that was set back meanwhile says nothing.
  content.milliseconds = static_cast<uint64_t>(std::max<int64_t>(0, repository.environment().clock.NowNs() - began_ns) / 1'000'000);
  return snapshot;
}

// Everybody would ignore what it writes: better that the night fails than that it seems to work.
Status CheckNotRevoked(const Repository& repository) {
  const WriterId& writer = repository.keyring().writer->id;
  const CertifiedWriter* certified = repository.certificates().Find(writer);
  if (certified == nullptr) {
    return Status(Code::wrong_key, "backing up: this key's writer " + writer.hex() + " has no certificate in this repository",
                  "export a key for it with `pulih key export`");
  }
  if (!certified->revoked_after) return OkStatus();
  return Status(Code::wrong_key, "backing up: this key was removed from the repository", "export another with `pulih key export`");
}

// A night whose folder is missing, mounted nowhere or misspelt must not pass for a snapshot.
Status CheckSomethingWasFound(const BackupReport& report) {
  if (report.files + report.directories + report.others + report.tables > 0 || report.problems.count == 0) return OkStatus();
  const SourceProblem& first = report.problems.listed.front();
  const char* slash = first.kind == SourceProblemKind::table ? "" : "/";
  return Status(Code::not_found, "backing up: nothing that was named can be read: " + (slash + first.path) + ": " + first.why,
                "no snapshot was made");
}

Status NotAllowed(const Keyring& keyring) {
  return Status(Code::wrong_key, "backing up: a key of role '" + std::string(RoleName(keyring.role)) + "' may not write snapshots",
                "use a key of role 'backup', or the passphrase");
}

}  // namespace

Result<BackupReport> Backup(Repository& repository, Catalog& catalog, const BackupOptions& options, ProgressListener& progress) {
  if (!repository.keyring().can_write()) return NotAllowed(repository.keyring());
  PULIH_TRY(CheckNotRevoked(repository));
  const double began = MonotonicSeconds();
  const int64_t began_ns = repository.environment().clock.NowNs();
  BackupReport report;

  // What is stored already, held against what stands in the store.
  PackIndex index(repository, catalog);
  PULIH_TRY(index.Refresh());
  PULIH_TRY(Status(index.settled()).Within("backing up"));
  report.packs_missing = index.packs_missing();
  PULIH_TRY(catalog.ForgetHardLinks());
  PULIH_TRY_ASSIGN(const std::vector<uint64_t> sparse_groups, catalog.SparseGroups());

  // Read and store: rows, then files.
  std::unique_ptr<ObjectWriter> writer;
  std::unique_ptr<ObjectSink> dry_run;
  if (options.dry_run) {
    dry_run = std::make_unique<DryRunSink>(index);
  } else {
    writer = std::make_unique<ObjectWriter>(repository, index, options.writer);
  }
  ObjectSink& sink = options.dry_run ? *dry_run : static_cast<ObjectSink&>(*writer);
  auto rows_recorded = RecordRows(repository, sink, options, progress, report);
  if (rows_recorded.status().code() == Code::interrupted && writer) PULIH_TRY(writer->Finish());
  PULIH_TRY_ASSIGN(const std::vector<RecordedRoot> tables, std::move(rows_recorded));
  std::optional<TreeCount> count;  // runs ahead until it is done, or this is
  if (progress.WantsTotals() && options.stdin_fd < 0) count.emplace(options.tree, options.working_directory);
  TreeRecorder recorder({repository, index, sink, options, report, progress, count ? &*count : nullptr}, sparse_groups);
  Status walked = RecordSource(recorder, repository, options);
  if (walked.code() == Code::interrupted && writer) {
    // What was read so far is kept for the next run.
    PULIH_TRY(recorder.Abandon());
    PULIH_TRY(writer->Finish());
    PULIH_TRY(recorder.RememberStats());
  }
  PULIH_TRY(walked);
  PULIH_TRY_ASSIGN(const MapRoot files, recorder.Finish());
  PULIH_TRY(CheckSomethingWasFound(report));
  if (options.dry_run) {
    report.seconds = MonotonicSeconds() - began;
    return report;
  }

  // Everything that the snapshot reaches becomes durable …
  PULIH_TRY(writer->Finish());
  report.objects_written = writer->objects_written();
  report.bytes_added = writer->bytes_written();
  report.seconds = MonotonicSeconds() - began;
  PULIH_TRY(recorder.RememberStats());

  // … before it becomes visible (I2).
  PULIH_TRY_ASSIGN(const CommittedSnapshot committed, CommitSnapshot(repository, Describe(repository, options, report, files, tables, began_ns)));
  report.snapshot = committed.id;
  report.bytes_added += committed.bytes_written;
  report.is_logged = committed.log.ok();
  if (!report.is_logged) report.warnings.push_back("the snapshot is stored, its log entry is not: " + committed.log.message());
  // The snapshot stands: what the catalog cannot note now costs the next run some space, and is no failure of this one.
  Status noted = catalog.ReplaceSparseGroups(recorder.SparseGroups());
  if (noted.ok()) noted = catalog.ForgetHardLinks();
  if (!noted.ok()) report.warnings.push_back("the snapshot is stored, the catalog could not be brought up to date: " + noted.message());
  report.seconds = MonotonicSeconds() - began;
  return report;
}

}  // namespace pulih

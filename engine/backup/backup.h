// Backup takes one snapshot of all that is named. It reads like a recipe: bring the index up to date, record rows,
// walk the tree in map order, store what is not known, build the maps, commit.
//
//   RowSource  → TableRecorder → ObjectWriter → packs
//   TreeSource → TreeRecorder → ContentWriter / FileGrouper → ObjectWriter → packs → MapBuilder → CommitSnapshot
//
// Rows come first: what a row names is on the disk before the row is in the database, so a snapshot whose files are
// younger than its rows has each file that they name, unless it was deleted.
//
// A file that cannot be read, vanishes or changes while it is read is told (problems), what was read of it is
// kept, and the rest goes on. A failure of the repository or the catalog stops the run: it never becomes a
// skipped file. What was stored until then stays stored and remembered, and the next run goes on from there.
//
// Memory is bounded whatever the tree and the repository hold: docs/performance.md has the sum.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "engine/backup/problems.h"
#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/repo/object_writer.h"
#include "engine/repo/repository.h"
#include "engine/source/row_visitor.h"
#include "engine/source/tree_source.h"

namespace pulih {

struct BackupOptions {
  TreeOptions tree;                 // roots, excludes
  std::string working_directory;    // where relative roots start
  int stdin_fd = -1;                // >= 0: its content is stored as one file …
  std::string stdin_name;           // … under this path
  std::vector<RowSource*> rows;     // borrowed; visited once, in this order
  std::string spool_directory = "/tmp";  // where rows are sorted that memory does not hold
  std::string host, name;
  std::vector<std::string> tags;
  int32_t zone_offset_minutes = 0;
  bool dry_run = false;             // reads and counts, stores nothing
  bool read_all = false;            // ignores the stat cache
  WriterOptions writer;
};

struct BackupReport {
  std::optional<SnapshotId> snapshot;  // nothing on a dry run
  int64_t time_ns = 0;
  uint64_t files = 0, directories = 0, others = 0;
  uint64_t bytes = 0;                  // of all regular files
  uint64_t files_unchanged = 0;        // by the stat cache: not read
  uint64_t files_read = 0, bytes_read = 0;
  uint64_t files_new = 0, bytes_new = 0;  // content that was not known (on a dry run: that would be stored)
  uint64_t excluded = 0;
  uint64_t tables = 0, rows = 0, row_bytes = 0;
  uint64_t objects_written = 0, bytes_added = 0;
  uint64_t packs_missing = 0;          // that the catalog leaned on and the store does not show any more
  SourceProblems problems;
  std::vector<std::string> warnings;
  bool is_logged = true;               // false: the snapshot stands, its log entry could not be written
  double seconds = 0;
};

// `catalog` is this machine's, opened for writing. Needs keys that can write (wrong_key otherwise). With
// `interrupted` everything read so far is stored and remembered, but there is no snapshot.
Result<BackupReport> Backup(Repository& repository, Catalog& catalog, const BackupOptions& options, ProgressListener& progress);

}  // namespace pulih

// Restore lays entries of a snapshot's files map under a target directory. It reads like a recipe: plan the
// range of keys, fetch the objects ahead of the one thread that creates files, create, set attributes, sync once.
//
//   MapScan → RestorePlan → ContentFetcher (threads decrypt ahead) → FileSink (PathJail) → report
//
// Damage never stops it: a file that cannot be read whole is left out and reported, and all others are restored
// (exit 3). A failure of the target (disk full) stops it. Nothing is written outside the target, whatever the
// snapshot says (path_jail.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/repo/read_session.h"
#include "engine/repo/snapshots.h"
#include "engine/source/exclude.h"

namespace pulih {

enum class Overwrite : uint8_t {
  never,       // what is there stays, and is reported as skipped
  if_changed,  // files of other size, time or content are replaced
  always,
};

struct RestoreOptions {
  std::string target;                // directory
  // Stored paths. Empty: everything, under whole paths. With `contents_of_path` there is exactly one, and what is
  // in it is laid directly into the target, which takes its attributes (a file: the file under its own name).
  std::vector<std::string> paths;
  bool contents_of_path = false;
  std::vector<std::string> includes;  // globs over paths and names; empty: all. Folders come where something in them fits
  ExcludeRules excludes;
  Overwrite overwrite = Overwrite::if_changed;
  bool dry_run = false;              // looks at the target and says what would be done; writes nothing
  bool privileged = false;           // setuid, setgid, device nodes, security.* and trusted.* attributes
  bool set_owner = false;            // chown to the recorded numbers (names first, where this machine knows them)
  unsigned threads = 2;
};

struct RestoreProblem {
  std::string path;   // stored form
  std::string what;   // "content", "owner", "xattr user.note", "directory", …
  std::string why;
};

// What a dry run would do with one entry.
enum class RestoreAction : uint8_t {
  create,     // nothing stands there
  overwrite,  // something else stands there and is replaced
  keep_same,  // it stands there as it was; attributes are set
  skip,       // something stands there and stays: `never`
};
struct RestoreStep {
  std::string path;   // stored form
  std::string place;  // where to: beneath the target
  RestoreAction action = RestoreAction::create;
};

struct RestoreReport {
  uint64_t files = 0, directories = 0, others = 0, hard_links = 0;
  uint64_t bytes = 0;
  uint64_t overwritten = 0;           // of files and others: so many take the place of something else
  uint64_t unchanged = 0;             // there already, the same
  uint64_t skipped = 0;               // there already, another, and `never` was asked
  uint64_t stripped = 0;              // files that lost setuid, devices or security attributes for want of `privileged`
  uint64_t incomplete = 0;            // were not read whole when they were backed up
  std::vector<RestoreProblem> damaged;   // files and parts of the tree that could not be restored
  uint64_t damaged_count = 0;
  std::vector<RestoreProblem> notes;     // attributes that could not be set, names skipped, …
  uint64_t notes_count = 0;
  // Objects that are damaged in one place and were read from another: what was restored of them is whole.
  std::vector<Rescue> rescued;
  uint64_t rescued_count = 0;
  std::vector<RestoreStep> steps;        // of a dry run: files and others, and folders that replace something
  uint64_t steps_count = 0;
  uint64_t overwrite_steps_count = 0;    // those of them that would replace something
  double seconds = 0;
  // False when something of the repository was found damaged, also where another copy saved it.
  bool ok() const { return damaged_count == 0 && rescued_count == 0; }
};

// not_found when a path is not in the snapshot, or nothing fits `includes`; wrong_key when the keys do not show it.
Result<RestoreReport> Restore(ReadSession& session, const Snapshot& snapshot, const RestoreOptions& options, ProgressListener& progress);

}  // namespace pulih

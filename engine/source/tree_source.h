// TreeSource walks directories and hands what it finds to a visitor in map order: a folder, then all that is
// below it, names in byte order; ancestors of what was asked for come first, marked. It looks (statx, xattrs,
// readlink) and opens; it does not read content, hash or store: that is engine/backup.
//
// It works relative to descriptors and follows no symbolic link below a root. Deep trees are walked with a
// bounded number of open descriptors, paths may be longer than PATH_MAX. A folder's listing is held in one
// compact arena; one with more than kListingSpillBytes of names is sorted through an unlinked temporary
// file, so memory does not grow with the largest folder. "/" itself has no stored path: as a root it stands
// for all that is in it, and is neither visited nor left.
//
// Nothing that goes wrong with one entry stops the walk: it is told to the visitor (Problem) and the rest goes
// on. Only the visitor's own failures stop it.
//
// One walk at a time per object. No durability. Read next: tree_walk.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/os/unique_fd.h"
#include "engine/source/exclude.h"
#include "formats/repo/file_entry.h"

namespace pulih {

inline constexpr size_t kListingSpillBytes = 32u << 20;

// One thing that was found. `path` is stored form: absolute, without the leading slash, may hold any bytes.
struct SourceEntry {
  std::string_view path;   // valid during the call
  FileEntry meta;          // everything but content and link (sizes are in `size`)
  uint64_t size = 0;
  uint64_t device = 0, inode = 0;
  uint64_t link_count = 1;
  int64_t mtime_ns = 0, ctime_ns = 0;
  uint64_t allocated_bytes = 0;      // st_blocks × 512: less than size hints at holes
  uint64_t directory_device = 0, directory_inode = 0;  // of the folder that holds it (0 for a root's ancestors)
};

// `missing`: it was named, and is not there. `table`: of rows, and the path is a table's name.
enum class SourceProblemKind : uint8_t { unreadable, missing, vanished, changed, unsupported, table };

// Opens a regular file's content at the moment of the visit.
class SourceOpener {
 public:
  virtual ~SourceOpener() = default;
  // O_RDONLY | O_NOFOLLOW | O_NONBLOCK, O_NOATIME where allowed. not_found when it vanished.
  virtual Result<UniqueFd> Open() = 0;
};

class TreeVisitor {
 public:
  virtual ~TreeVisitor() = default;
  // Asked before an entry's xattrs are read, with all else filled in. Reading them costs as much as the rest of
  // an entry; a visitor that knows from an unchanged ctime that there are none says false.
  virtual bool NeedsXattrs(const SourceEntry& entry) {
    (void)entry;
    return true;
  }
  // Called in map order. Folders come before their content; `opener` is for regular files and valid during the call.
  virtual Status Visit(const SourceEntry& entry, SourceOpener& opener) = 0;
  // After all that is below the folder (not for ancestors). `complete` is false when it could not be listed.
  virtual Status LeaveDirectory(const SourceEntry& entry, bool complete) = 0;
  virtual Status Problem(std::string_view path, SourceProblemKind kind, const Status& why) = 0;
  // Left out: either the entry (it is not visited), or what is in a folder that was visited.
  virtual Status Excluded(std::string_view path) = 0;
};

struct TreeOptions {
  std::vector<std::string> roots;            // absolute or relative paths; made absolute lexically
  ExcludeRules excludes;                     // a root itself is never excluded, nor one inside another: it was asked for
  std::vector<std::string> exclude_if_present;  // a folder that holds a file of this name is kept, its content left out
  bool exclude_caches = false;               // CACHEDIR.TAG with its signature: kept as a folder with the tag only
  // Do not enter other file systems than that of each root, also of one inside another. The mount point itself is kept.
  bool one_file_system = false;
  bool read_xattrs = true;
  size_t listing_spill_bytes = kListingSpillBytes;  // for all folders on the way together
  std::string spill_directory = "/var/tmp";
  size_t max_open_levels = 128;              // folders held open at once, at least 1
};

class TreeSource {
 public:
  explicit TreeSource(TreeOptions options);
  // `invalid` when a root is empty; a root that is not there is a Problem (missing) and the others go on.
  // Fails with the visitor's own failure. `working_directory` is where relative roots start (absolute).
  Status Walk(const std::string& working_directory, TreeVisitor& visitor);

 private:
  TreeOptions options_;
};

// "/a/b/../c/./d/" → "a/c/d"; lexical, no links followed. Relative paths start at `working_directory`.
std::string StoredPath(std::string_view path, std::string_view working_directory);

}  // namespace pulih

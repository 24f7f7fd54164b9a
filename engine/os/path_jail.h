// PathJail creates files and folders beneath one target directory and nowhere else, whatever the names say
// and whoever plants symbolic links meanwhile. Everything is done relative to descriptors: openat2(2) with
// RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, and where the kernel lacks it, one component
// at a time with O_NOFOLLOW. A new file has a temporary name until its content is there; metadata is set by
// descriptor.
//
// It knows nothing of snapshots: what to create comes from engine/restore.
//
// Not thread-safe (one thread creates). No file is synced; SyncAll() at the end makes everything durable.
// Sources: openat2(2); CVE-2026-62268 (borg), Duplicacy PR 691, rsync CVE-2024-12087: links followed at restore.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/os/unique_fd.h"

namespace pulih {

// What is set on a file after its content. Absent fields are left as they are.
struct FileAttributes {
  std::optional<uint16_t> mode;                 // 07777, applied last
  std::optional<std::pair<uint32_t, uint32_t>> owner;  // uid, gid; set before mode, since chown clears setuid
  std::optional<std::pair<int64_t, uint32_t>> mtime;   // seconds, nanoseconds
  std::vector<std::pair<std::string, Bytes>> xattrs;   // set before mode and times
};

// What could not be set, for the report: "owner", "xattr user.note", each with errno. Never fatal.
struct AttributeProblem {
  std::string what;
  int error = 0;
};

// A regular file that is being written under a temporary name in its folder.
class JailFile {
 public:
  JailFile(UniqueFd fd, std::string temporary_name) : fd_(std::move(fd)), temporary_name_(std::move(temporary_name)) {}
  // Writes all of `bytes` at `offset`; bytes never written are holes.
  Status WriteAt(uint64_t offset, ByteView bytes);
  Status Truncate(uint64_t size);  // sets the final size, for a hole at the end
  int fd() const { return fd_.get(); }
  const std::string& temporary_name() const { return temporary_name_; }

 private:
  UniqueFd fd_;
  std::string temporary_name_;
  uint64_t handed_over_ = 0;  // so far the disk was told to start
};

enum class Replace : uint8_t {
  never,   // fail with already_exists
  always,  // replace a file, link or empty folder of that name; a folder that is not empty fails
};

// An open folder beneath the target. Names are single components; one with '/', NUL, "." or ".." is `invalid`.
class JailDirectory {
 public:
  JailDirectory(UniqueFd fd, std::string path_for_messages) : fd_(std::move(fd)), path_(std::move(path_for_messages)) {}

  // Opens the folder `name`, making it (0700) when it is not there; `made` tells. A symbolic link or other
  // thing of that name is already_exists, unless `replace` is always: then it is removed first.
  Result<std::unique_ptr<JailDirectory>> OpenOrMake(const std::string& name, Replace replace, bool* made);

  Result<std::unique_ptr<JailFile>> CreateFile();
  // Sets attributes by descriptor, then gives the file its name. Without success the temporary is removed.
  Status Publish(JailFile& file, const std::string& name, Replace replace, const FileAttributes& attributes,
                 std::vector<AttributeProblem>& problems);
  // Removes the temporary of a file that will not be published.
  void Discard(JailFile& file);

  Status MakeSymlink(const std::string& target, const std::string& name, Replace replace, const FileAttributes& attributes,
                     std::vector<AttributeProblem>& problems);
  // type is S_IFIFO, S_IFSOCK, S_IFCHR or S_IFBLK; device for the last two.
  Status MakeNode(uint32_t type, uint64_t device, const std::string& name, Replace replace, const FileAttributes& attributes,
                  std::vector<AttributeProblem>& problems);
  // Makes `name` another name of `existing_name` in `existing_directory`, following nothing.
  Status MakeHardLink(const JailDirectory& existing_directory, const std::string& existing_name, const std::string& name,
                      Replace replace);

  // lstat of one name; nothing when it is not there.
  Result<std::optional<struct stat>> Look(const std::string& name) const;
  // The folder's own attributes, after everything in it was made.
  void Apply(const FileAttributes& attributes, std::vector<AttributeProblem>& problems);
  Result<bool> IsEmptyFolder(const std::string& name) const;
  // The target of a symbolic link; nothing when the name is none.
  std::optional<std::string> LinkTarget(const std::string& name) const;
  // Opens an existing regular file for reading, following nothing: to compare before it is overwritten.
  Result<UniqueFd> OpenForReading(const std::string& name) const;

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  UniqueFd fd_;
  std::string path_;
  uint64_t next_temporary_ = 0;
};

// How a path of several components is resolved. The kernel's way falls back to the other one where openat2
// is missing, so only tests choose.
enum class PathResolution : uint8_t { by_kernel, by_component };

class PathJail {
 public:
  // Opens the target, making it (0700) and the folders above it when needed (the target itself may be reached
  // through symbolic links: the person named it).
  static Result<PathJail> Open(const std::string& target, PathResolution resolution = PathResolution::by_kernel);

  // The target as it is; nothing when it is not there. Makes nothing.
  static Result<std::optional<PathJail>> OpenIfThere(const std::string& target);

  JailDirectory& root() { return *root_; }
  // Opens the folder of a relative path beneath the target, following nothing: for hard links whose first
  // name lies elsewhere. "" is the target. not_found when it is not there or something else stands in the way.
  Result<std::unique_ptr<JailDirectory>> OpenExisting(const std::string& relative_path) const;
  // Whether something that is no folder stands on the way to a relative path, or at it.
  Result<bool> IsBlocked(const std::string& relative_path) const;
  // syncfs(2) of the target's file system.
  Status SyncAll() const;

 private:
  PathJail(std::unique_ptr<JailDirectory> root, PathResolution resolution)
      : root_(std::move(root)), resolution_(resolution) {}
  std::unique_ptr<JailDirectory> root_;
  PathResolution resolution_;
};

}  // namespace pulih

// FileSystem is the file layer under everything that must be durable: the directory store, key files,
// pins. It exists so that tests can stop it at any operation, tear a write, or run out of space
// (tests/support/sim_fs.h). It is *not* how the backed-up tree is read or restored (tree_source, path_jail
// work on descriptors), nor what RocksDB uses.
//
// Thread-safe: calls on different files may run at once. Every failure names the operation, the path and
// the reason, and maps ENOSPC/EDQUOT to no_space, EACCES/EPERM/EROFS to denied, ENOENT to not_found,
// EEXIST to already_exists, everything else to io.
// Durability: nothing is durable before Sync() of the file *and* SyncDirectory() of the folder that names
// it returned ok. A failed Sync is final: the file is given up, never synced again (PostgreSQL's fsync
// lesson of 2018; Rebello et al., ATC 2020).
// Read next: posix_file_system.cc, atomic_file.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

// A file that is being written and has no name yet. Destroying it without Publish() leaves nothing behind
// (or, where the file system cannot make nameless files, a temporary that RemoveStaleTemporaries finds).
class NewFile {
 public:
  virtual ~NewFile() = default;
  virtual Status Append(ByteView bytes) = 0;
  virtual Status Sync() = 0;
  // Gives the file its name. Fails with already_exists rather than replace. Not durable before
  // SyncDirectory() of the folder.
  virtual Status PublishAs(const std::string& path) = 0;
  // The same, replacing what stands there: for local state (pins), never in a repository (I3).
  virtual Status ReplaceAs(const std::string& path) = 0;
};

// A file opened for reading.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual Result<uint64_t> Size() = 0;
  // Fills `into` from `offset`; returns how many bytes there were (short only at the end of the file).
  virtual Result<size_t> ReadAt(uint64_t offset, MutableByteView into) = 0;
};

struct DirectoryItem {
  std::string name;
  bool is_directory = false;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // A nameless file that can be published anywhere below `directory`'s file system. `temporaries` is where a
  // temporary name goes when the file system has no O_TMPFILE.
  virtual Result<std::unique_ptr<NewFile>> Create(const std::string& temporaries) = 0;
  virtual Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) = 0;
  virtual Result<uint64_t> FileSize(const std::string& path) = 0;
  // Unsorted, without "." and "..".
  virtual Result<std::vector<DirectoryItem>> List(const std::string& path) = 0;
  // Makes one folder (mode 0700); ok when it is there already. Not durable before SyncDirectory of its parent.
  virtual Status MakeDirectory(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  virtual Status Remove(const std::string& path) = 0;
};

// The real one. Create() uses O_TMPFILE and linkat(2), and falls back to a name "tmp-<random>" in
// `temporaries`; those of dead processes are removed by RemoveStaleTemporaries.
std::unique_ptr<FileSystem> NewPosixFileSystem();

// Reads a whole file of at most `limit` bytes; a larger one is too_large, nothing is read.
Result<Bytes> ReadWholeFile(FileSystem& fs, const std::string& path, uint64_t limit);

// Removes "tmp-*" files older than a day from `directory`; a folder that is not there is fine.
Status RemoveStaleTemporaries(const std::string& directory);

}  // namespace pulih

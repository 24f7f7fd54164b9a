// SimFs is a FileSystem in memory that knows what a power cut would leave. It keeps two pictures: what
// processes see, and what is durable. Bytes become durable by Sync of the file, names (and removals of
// names) by SyncDirectory of the folder that holds them, and nothing in any other way: no order is assumed
// between operations, as the laxest real file systems allow.
//
// Mutating operations are numbered from 0 in the order in which they begin: Create, Append, Sync, PublishAs,
// ReplaceAs, MakeDirectory, SyncDirectory, Remove. operations() is the number of the next one, so a test
// stops a workload at each n in [0, operations()) of an undisturbed run.
//
// A file whose Append failed is given up, as the contract has it. A file whose Sync failed behaves like
// Linux: later Syncs report ok and the bytes are lost all the same, so whoever retries is found out.
//
// "/" and "" are the root folder, "a/b" and "/a/b" the same path. Files opened or created must not outlive
// their SimFs. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/os/file_system.h"
#include "engine/os/posix_file_system.h"

namespace pulih {

class SimFs final : public FileSystem {
 public:
  // With named temporaries a file being written stands as "tmp-<n>" in its folder, and stays there when its
  // process dies.
  explicit SimFs(Temporaries temporaries = Temporaries::nameless_where_possible);
  ~SimFs() override;

  // --- what is to go wrong ---
  // From operation `n` on everything fails with io, reads too: the machine stopped before `n` did anything.
  void StopAt(uint64_t n);
  // Operation `n`, an Append, keeps only a prefix of its bytes that ends at a multiple of 512 of the file, and
  // then everything stops. Any other operation `n` stops like StopAt.
  void TearAppendAt(uint64_t n);
  // Operation `n` does nothing and fails with `status` (no space, bad sector); later ones work.
  void FailOnce(uint64_t n, Status status);

  uint64_t operations() const;
  bool stopped() const;  // whether StopAt or TearAppendAt has struck

  // --- what is left afterwards; each a file system of its own, without faults, counting from 0 ---
  // One state that a power cut now may leave. 0: only what is durable. 1: everything written so far. Others:
  // a random choice, the same for the same `choice`, of which names have made it and how much of each file's
  // bytes: all, a prefix, or the length with zeros at the end.
  std::unique_ptr<SimFs> AfterPowerCut(uint64_t choice) const;
  // All that the process wrote; what was not durable still is not. Files without a name are gone.
  std::unique_ptr<SimFs> AfterProcessDeath() const;
  // Equal digests, equal durable states: AfterPowerCut(0) of one need not be tried again for the other. All
  // of a file system that came out of AfterPowerCut is durable, so there it tells whole states apart.
  uint64_t DurableDigest() const;

  // Puts or replaces a file with its folders, durable and without counting: for setting a scene or damage.
  void Plant(const std::string& path, ByteView bytes);

  // --- FileSystem ---
  Result<std::unique_ptr<NewFile>> Create(const std::string& temporaries) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  Result<uint64_t> FileSize(const std::string& path) override;
  Result<std::vector<DirectoryItem>> List(const std::string& path) override;
  Status MakeDirectory(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status Remove(const std::string& path) override;

 private:
  class File;
  class Reader;
  struct Inode;
  struct Node {
    bool is_directory = false;
    std::shared_ptr<Inode> inode;  // of a file
    bool operator==(const Node&) const = default;
  };
  // Whole normalised paths, "a/b", without the root. A path's folders need not be in it: a durable name in a
  // folder that is not durable itself is lost with it (Reachable).
  using Names = std::map<std::string, Node>;
  enum class Fate : uint8_t { proceed, tear, fail };

  static Names Reachable(const Names& names);
  static std::shared_ptr<Inode> Copy(const std::shared_ptr<Inode>& inode);
  static std::shared_ptr<Inode> AfterPowerCutOf(const std::shared_ptr<Inode>& inode, uint64_t choice,
                                                const std::string& path);

  // All below are called with mutex_ held.
  Fate Begin(std::string_view operation, const std::string& path, Status* failure);
  Status Running(std::string_view operation, const std::string& path) const;
  Status RequireFolder(std::string_view operation, const std::string& path) const;
  bool IsFolder(const std::string& normal) const;

  const Temporaries temporaries_;
  mutable std::mutex mutex_;
  Names names_;
  Names durable_names_;
  uint64_t operations_ = 0;
  uint64_t next_temporary_ = 0;
  uint64_t stop_at_ = UINT64_MAX;
  uint64_t tear_at_ = UINT64_MAX;
  bool stopped_ = false;
  std::map<uint64_t, Status> fail_once_;
};

}  // namespace pulih

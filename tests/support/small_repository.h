// SmallRepository: a whole repository that fits into some ten thousand bytes, for tests that damage it at every
// byte or look at what an operation put where. Its store is memory, its random source seeded, its clock stands
// still until it is moved, opening a key slot costs the least there is, and its config asks for chunks, groups and
// nodes so small that a tree of a few files has several of each.
//
// The tree that it backs up is real and lies in a temporary folder. What each snapshot must give back is kept in
// memory, so that every reader can be held against it.
//
// Everything here checks itself by REQUIRE: use it from a test's own thread, but for Examine and ReadBack.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/backup/backup.h"
#include "engine/crypto/random.h"
#include "engine/os/clock.h"
#include "engine/os/file_system.h"
#include "engine/repo/key_store.h"
#include "engine/repo/read_session.h"
#include "engine/repo/repository.h"
#include "engine/repo/snapshots.h"
#include "engine/restore/restore.h"
#include "engine/store/memory_store.h"
#include "engine/verify/verify.h"
#include "tests/support/temporary_directory.h"

namespace pulih {

class SteadyClock final : public Clock {
 public:
  int64_t NowNs() override { return now_ns; }
  void Advance(int64_t seconds) { now_ns += seconds * 1'000'000'000; }
  int64_t now_ns = 2'000'000'000'000'000'000;  // 2033: well after the tree was made, so its files count as settled
};

inline constexpr KdfCost kLeastCost{kMinKdfPasses, kMinKdfMemoryKib};
inline constexpr std::string_view kTestPassphrase = "kopi tubruk";

// Regular files by stored path.
using Contents = std::map<std::string, Bytes>;

// A repository opened for reading, with all that belongs to it.
struct Reading {
  std::unique_ptr<Repository> repository;
  std::unique_ptr<Catalog> own_catalog;
  std::unique_ptr<ReadSession> session;
  SnapshotList list;
};
// With `catalog` that one is used, and may know the store from before it changed; else an empty one.
Result<Reading> StartReading(Store& store, Keyring keys, const Environment& environment, Catalog* catalog = nullptr,
                             const LocalState& state = {});

std::unique_ptr<Catalog> NewTestCatalog();

// Files whose bytes could be read, held against what they were.
struct ReadBackResult {
  uint64_t right = 0;
  uint64_t damaged = 0;                // said to be damaged, also parts of trees
  uint64_t snapshots_missing = 0;
  std::vector<std::string> wrong;      // other bytes than were stored, or left out without a word: never allowed
};
ReadBackResult ReadBack(Reading& reading, const std::map<SnapshotId, Contents>& expected);

// Opens and verifies. A repository that cannot be opened is found damaged too, if it says why.
struct Examination {
  Status opening;
  VerifyReport report;
  ReadBackResult read;
  bool is_found() const { return !opening.ok() || !report.ok(); }
  std::string Text() const;
};
struct ExamineOptions {
  bool read_back = true;
  bool read_data = true;
  Catalog* catalog = nullptr;
};
Examination Examine(Store& store, Keyring keys, const Environment& environment, const std::map<SnapshotId, Contents>& expected,
                    const ExamineOptions& options);

class SmallRepository {
 public:
  explicit SmallRepository(uint64_t seed = 1);

  // --- the tree ---
  const std::string& tree() const { return tree_; }
  std::string StoredRoot() const { return tree_.substr(1); }
  std::string Stored(const std::string& relative) const { return StoredRoot() + "/" + relative; }
  std::string In(const std::string& relative) const { return tree_ + "/" + relative; }
  std::string Scratch(const std::string& name) const { return scratch_ / name; }
  void MakeTree();
  void ChangeTree();  // one file grows, one changes, one is renamed, one goes
  static void Write(const std::string& path, ByteView bytes, int64_t mtime_seconds = 1'400'000'000);
  static Bytes Noise(size_t size, uint64_t seed);  // does not compress
  static Bytes Text(size_t size, std::string_view word);
  Contents TreeContents() const;

  // --- the repository ---
  MemoryStore& store() { return store_; }
  Environment environment() { return {*files_, *random_, clock_}; }
  SteadyClock& clock() { return clock_; }
  Keyring owner() const { return owner_.Clone(); }
  const std::string& recovery_text() const { return recovery_text_; }
  // A role with writer keys of its own, exported and certified now.
  Keyring Export(Role role, bool grant_structure = false);
  std::unique_ptr<Repository> Open(Keyring keys, Intent intent = Intent::write, const LocalState& state = {}, Store* store = nullptr);
  // Backs the tree up, with one sealer, and remembers what it was.
  BackupReport BackUp(const Keyring& keys, Catalog& catalog, const std::function<void(BackupOptions&)>& adjust = {}, Store* store = nullptr);
  BackupOptions Options() const;
  Reading Read(Keyring keys, Catalog* catalog = nullptr, Store* store = nullptr);
  Examination Examine(Store* store = nullptr, Catalog* catalog = nullptr, bool read_data = true);
  std::map<SnapshotId, Contents>& expected() { return expected_; }

  // Two snapshots by the owner, the tree changed between them.
  void TakeTwoSnapshots();

 private:
  TemporaryDirectory scratch_;
  std::string tree_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<RandomSource> random_;
  SteadyClock clock_;
  MemoryStore store_;
  Keyring owner_;
  std::string recovery_text_;
  std::map<SnapshotId, Contents> expected_;
};

// All blobs of a store; those below `prefix`.
std::map<std::string, Bytes> BlobsOf(Store& store, const std::string& prefix = "");
std::vector<std::string> NamesOf(Store& store, const std::string& prefix = "");
void CopyBlobs(Store& from, MemoryStore& to);

}  // namespace pulih

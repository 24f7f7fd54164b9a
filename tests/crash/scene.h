// A Scene is all that outlives a process: a simulated file system with a repository and the pins in it, the catalogs
// of two machines, and what the person was told. A Phase is one process, or a short sequence of them, that works on it:
//
//   init → first backup → second backup → keys (add, export, rotate) → a backup by a machine with a backup key
//
// A test stops a phase at any operation, looks at what that left, and goes on from there.
//
//   Scene start …; Scene broken = start.Copy(); broken.fs->StopAt(n); Run(Phase::second, broken, tree);
//   Scene after = broken.After(…); CheckWhole(after, tree); CheckGoesOn(after, tree);
//
// Keys are cheap, the random source is seeded and the clock stands still, so a phase does the same each time (I10).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/backup/backup.h"
#include "engine/catalog/catalog.h"
#include "engine/crypto/keyring.h"
#include "engine/repo/repository.h"
#include "engine/verify/verify.h"
#include "tests/crash/source_tree.h"
#include "tests/support/sim_fs.h"

namespace pulih {

enum class Phase : uint8_t { init, first, second, keys, third };
inline constexpr std::array<Phase, 5> kPhases = {Phase::init, Phase::first, Phase::second, Phase::keys, Phase::third};
const char* NameOf(Phase phase);

inline constexpr const char* kRepository = "/gudang/repo";
inline constexpr const char* kOwnerState = "/owner/state";
inline constexpr const char* kHostState = "/host/state";
inline constexpr const char* kHostKey = "/host/backup.key";
inline constexpr const char* kPassphrase = "kata sandi pemilik";
inline constexpr const char* kDeputyPassphrase = "kata sandi wakil";
inline constexpr KdfCost kCheapCost{kMinKdfPasses, kMinKdfMemoryKib};

class StillClock final : public Clock {
 public:
  explicit StillClock(int64_t now_ns) : now_ns_(now_ns) {}
  int64_t NowNs() override { return now_ns_; }

 private:
  const int64_t now_ns_;
};

struct Committed {
  SnapshotId id;
  int version = 0;  // of the tree
};

// What the person may count on.
struct Told {
  bool repository = false;           // init said so
  std::vector<Committed> snapshots;  // Backup() said so
  enum class Deputy : uint8_t { no, maybe, yes } deputy = Deputy::no;  // whether the deputy's passphrase opens it
};

enum class CatalogFate : uint8_t { as_left, lost };

struct Scene {
  explicit Scene(Temporaries temporaries = Temporaries::nameless_where_possible);
  Scene(Scene&&) = default;
  Scene& operator=(Scene&&) = default;

  // The same, counting operations from 0.
  Scene Copy() const;
  // The same with another file system: what a stop left.
  Scene With(std::unique_ptr<SimFs> left, CatalogFate fate) const;

  std::unique_ptr<SimFs> fs;
  std::unique_ptr<OrderedKv> owner_catalog, host_catalog;
  Told told;
  // The owner's keys, where a test has them open already: the passphrase need not be tried each time. Borrowed.
  const Keyring* owner = nullptr;
};

// How a phase ended. A warning stands for something that was not done although the rest was.
struct Outcome {
  Status status;
  std::vector<std::string> warnings;
};
// `seed` tells one try of a phase from another.
Outcome Run(Phase phase, Scene& scene, const SourceTree& tree, uint64_t seed = 0);

// The owner's keys, by passphrase.
Result<Keyring> OpenOwner(FileSystem& fs, const char* passphrase = kPassphrase);

// The repository is sound, shows all snapshots that the person was told of and restores each as the tree was. A
// snapshot that he was not told of may be there only if it is whole and of the tree's present version.
// Fails the running test otherwise.
void CheckWhole(Scene& scene, const Keyring& owner, const SourceTree& tree, bool restore_all = true);

// The next backup works (by the host's key for `third`, else the owner's), and after a power cut right behind it
// everything is whole, the new snapshot too.
void CheckGoesOn(Scene& scene, const Keyring& owner, Phase phase, const SourceTree& tree, uint64_t seed);

// Of how many pieces the large file is in the newest snapshot.
size_t SegmentsOfLargeFile(Scene& scene, const SourceTree& tree);

// After a stop or failure in `init`: no repository, and then init works; or a whole one.
void CheckAfterInit(Scene& scene, const SourceTree& tree, uint64_t seed);
// After a stop or failure in `keys`: whoever could open it still can, unless the rotation got so far.
void CheckPassphrases(Scene& scene);

// What to run how much of: all points when PULIH_NIGHTLY is set.
bool IsNightly();

}  // namespace pulih

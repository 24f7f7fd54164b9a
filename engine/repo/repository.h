// Repository: an opened repository. It holds what every operation needs and nothing that belongs to one: the
// store, the newest config, the keys at hand, the certified writers, the sessions that those keys open, the
// pins. It reads and writes no objects (object_reader.h, object_writer.h) and no snapshots (snapshots.h).
//
// Opening checks the chain of configs (each signed by the root key and naming the one before), the features
// that this program must know, and the pins. Thread-safe for reading once opened.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/crypto/keyring.h"
#include "engine/crypto/sealer.h"
#include "engine/os/clock.h"
#include "engine/os/file_system.h"
#include "engine/repo/certificates.h"
#include "engine/repo/pins.h"
#include "engine/repo/sessions.h"
#include "engine/store/store.h"
#include "formats/repo/config.h"

namespace pulih {

// What the engine takes from outside. All outlive whatever is opened with them.
struct Environment {
  FileSystem& files;      // for pins
  RandomSource& random;
  Clock& clock;
};

// Where this client keeps its pins, and whether it accepts a repository that is older than they say.
struct LocalState {
  std::string state_directory;  // empty: none
  bool accept_rollback = false;
};

inline constexpr uint64_t kMaxConfigSize = 64u << 10;

enum class Intent : uint8_t { read, write, check };

class Repository {
 public:
  // no_repository when there is no config; corrupt when the chain does not hold for `keyring`'s root key;
  // unsupported, naming it, for a newer version or an unknown feature that `intent` requires; rollback when the
  // store shows less than the pins.
  static Result<std::unique_ptr<Repository>> Open(Store& store, Keyring keyring, Intent intent, const LocalState& state,
                                                  const Environment& environment);

  Store& store() const { return store_; }
  const Config& config() const { return config_; }
  const Keyring& keyring() const { return keyring_; }
  const CertificateBook& certificates() const { return certificates_; }
  SessionBook& sessions() const { return *sessions_; }
  const Environment& environment() const { return environment_; }
  Pins& pins() { return pins_; }
  // Only with K_id at hand (every role but audit and maintain).
  const Namer& namer() const;
  // Findings of opening that are not fatal: refused certificates, accepted rollbacks.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Repository(Store& store, Keyring keyring, const Environment& environment)
      : store_(store), keyring_(std::move(keyring)), environment_(environment) {}
  Status CheckPins(const LocalState& state, Intent intent);

  Store& store_;
  Keyring keyring_;
  Environment environment_;
  Config config_;
  Digest config_digest_;
  CertificateBook certificates_;
  std::unique_ptr<SessionBook> sessions_;
  std::unique_ptr<Namer> namer_;
  Pins pins_;
  std::vector<std::string> notes_;
};

// --- making and changing what a repository is ----------------------------------------------------------------

// True when config/0 is there; says nothing about whether it is sound. corrupt when it is not and other parts of a
// repository are: then there is one, and it is not whole.
Result<bool> HasRepository(Store& store);

struct CreateOptions {
  std::string passphrase;
  KdfCost cost;
  std::string label;  // of the first slot and the first writer
};
struct CreatedRepository {
  RepositoryId repository;
  WriterId writer;
  std::string recovery_text;  // secret: print it, do not store it
};
// Makes keys, slots and the first certificate; config/0 comes last and commits. already_exists when there is a
// repository, or anything else. What an init that died left is in nobody's way and goes once the new one stands.
Result<CreatedRepository> CreateRepository(Store& store, const CreateOptions& options, const Environment& environment);

// Signs a config with the root seed and stores it as config/<number>.
Status PutConfig(Store& store, const Config& config, const SecretBytes& root_seed);

struct ConfigChain {
  Config newest;
  Digest newest_digest;
};
Result<ConfigChain> ReadConfigChain(Store& store, const PublicKey& root);

}  // namespace pulih

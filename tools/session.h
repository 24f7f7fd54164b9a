// Opening a repository from the global options: which store, which key, which catalog, where the pins are. Commands
// get what they need from here and hand it to one engine function.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/browse/selector.h"
#include "engine/catalog/catalog.h"
#include "engine/crypto/random.h"
#include "engine/os/clock.h"
#include "engine/os/file_system.h"
#include "engine/repo/read_session.h"
#include "engine/repo/repository.h"
#include "engine/store/store.h"
#include "tools/context.h"

namespace pulih {

// The store that --repo names, and what the engine takes from outside. Outlives all that is opened with it.
struct Place {
  std::unique_ptr<FileSystem> files;
  std::unique_ptr<RandomSource> random;
  SystemClock clock;
  std::unique_ptr<Store> store;
  LocalState state;

  Environment environment() { return {*files, *random, clock}; }
};
// `invalid` without a repository or for a kind of store that this version does not have.
Result<std::unique_ptr<Place>> FindPlace(const GlobalOptions& global);

class Session {
 public:
  // Asks for the passphrase where one is needed.
  static Result<std::unique_ptr<Session>> Open(Context& context, Intent intent);
  ~Session();

  Place& place() { return *place_; }
  Repository& repository() { return *repository_; }
  // What opened the repository, when that was a passphrase; the slot's id.
  const SecretBytes& passphrase() const { return passphrase_; }
  const std::string& slot_id() const { return slot_id_; }

  // This machine's catalog: opened on first use, private when another process has it, in memory when there is
  // no folder for it. The last two are told as warnings.
  Result<Catalog*> catalog();
  // The index brought up to date and a reader over it.
  Result<ReadSession*> reader();

  // All snapshots, oldest first. Those that were refused are told as warnings.
  Result<std::vector<Snapshot>> ListAll();
  size_t refused_snapshots() const { return refused_snapshots_; }

 private:
  explicit Session(Context& context) : context_(context) {}
  Status OpenRepository(Intent intent);

  Context& context_;
  std::unique_ptr<Place> place_;
  SecretBytes passphrase_;
  std::string slot_id_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<ReadSession> reader_;
  size_t refused_snapshots_ = 0;
};

// --host, --name and --tag: which snapshots are meant, also by `latest`.
std::vector<OptionSpec> FilterOptions(SnapshotFilter& filter);
// One snapshot by words; a date is one of this machine's zone.
Result<Snapshot> ChooseSnapshot(const std::vector<Snapshot>& snapshots, std::string_view words, const SnapshotFilter& filter);

// --jobs: how many threads; the processors, at most 4, unless the person says.
OptionSpec JobsOption(std::optional<uint64_t>& jobs);
unsigned JobsOf(const std::optional<uint64_t>& jobs);

}  // namespace pulih

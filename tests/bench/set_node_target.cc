// Gives a new repository another node target, for the measurement behind the one that `pulih init` chooses
// (docs/performance.md, "Rows"): signs a config/1 that differs from config/0 in that number alone.
//
//   set_node_target REPOSITORY PASSPHRASE KIB
//
// Only for a repository without snapshots: a map that goes on with another target shares no node with the one before.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "engine/crypto/random.h"
#include "engine/os/clock.h"
#include "engine/os/file_system.h"
#include "engine/repo/key_store.h"
#include "engine/store/local_store.h"

namespace pulih {
namespace {

Status SetNodeTarget(const char* place, const char* passphrase, uint32_t target) {
  const auto files = NewPosixFileSystem();
  const auto store = NewLocalStore(*files, place);
  const auto random = NewSystemRandom();
  SystemClock clock;
  PULIH_TRY_ASSIGN(OpenedSlot slot, OpenByPassphrase(*store, passphrase));
  PULIH_TRY_ASSIGN(const auto repository, Repository::Open(*store, std::move(slot.keyring), Intent::write, {}, {*files, *random, clock}));
  PULIH_TRY_ASSIGN(const ConfigChain chain, ReadConfigChain(*store, repository->keyring().root_public));
  Config config = chain.newest;
  ++config.number;
  config.previous = chain.newest_digest;
  config.node_target = target;
  return PutConfig(*store, config, repository->keyring().root_seed);
}

}  // namespace
}  // namespace pulih

int main(int argc, char** argv) {
  const unsigned long kib = argc == 4 ? std::strtoul(argv[3], nullptr, 10) : 0;
  if (kib < 1 || kib > 256) {
    std::fprintf(stderr, "usage: set_node_target REPOSITORY PASSPHRASE KIB (1 to 256)\n");
    return 2;
  }
  const pulih::Status status = pulih::SetNodeTarget(argv[1], argv[2], static_cast<uint32_t>(kib) << 10);
  if (status.ok()) return 0;
  std::fprintf(stderr, "set_node_target: %s\n", status.message().c_str());
  return 1;
}

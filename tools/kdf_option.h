// --kdf-memory: what guessing a passphrase costs. And wiping the few secrets that the engine takes as strings.
#pragma once

#include <optional>
#include <string>

#include "engine/crypto/passphrase.h"
#include "engine/crypto/secret_bytes.h"
#include "tools/command.h"

namespace pulih {

inline OptionSpec KdfMemoryOption(std::optional<uint64_t>& mebibytes) {
  return {.names = "--kdf-memory", .value = "MIB", .help = "memory in MiB that opening by passphrase takes, and so each guess; by default 64",
          .target = &mebibytes, .min = kMinKdfMemoryKib >> 10, .max = kMaxKdfMemoryKib >> 10};
}

inline KdfCost CostOf(const std::optional<uint64_t>& mebibytes) {
  KdfCost cost;
  if (mebibytes) cost.memory_kib = static_cast<uint32_t>(*mebibytes << 10);
  return cost;
}

inline void Wipe(std::string& secret) {
  WipeMemory({reinterpret_cast<uint8_t*>(secret.data()), secret.size()});
  secret.clear();
}

}  // namespace pulih

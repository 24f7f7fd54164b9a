// Damage: what is wrong with data. A result of looking, not an error of the looker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pulih {

struct Damage {
  std::string what;     // "pack", "object", "snapshot", "config", "certificate", "key slot", "log entry", "wraps", "map node"
  std::string object;   // blob name or id
  std::string why;
  // What suffers. Lists are bounded; the counts are whole.
  std::vector<std::string> paths;      // stored form, any bytes
  uint64_t paths_count = 0;
  std::vector<std::string> snapshots;    // ids, hex
  std::vector<std::string> tables = {};  // full names, or "DATABASE/" for what is known of a database's tables
};

}  // namespace pulih

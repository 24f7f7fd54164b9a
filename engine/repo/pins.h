// Pins: what a client has seen of a repository and cannot derive from it: the highest config, and how far
// each writer's log had come. A repository that shows less than that was rolled back or has lost something;
// opening it fails with `rollback` unless the person accepts it.
//
// Local state, not in a repository: <state directory>/<repository hex>/pins, replaced whole and durable. A
// missing file means: nothing seen yet. One process may overtake another here; the larger number wins.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/os/file_system.h"

namespace pulih {

struct LogPin {
  uint64_t entries = 0;  // size of the log
  Digest root;           // of its tree at that size
};

class Pins {
 public:
  // An empty `state_directory` keeps nothing (tests, read-only media).
  static Result<Pins> Load(FileSystem& fs, const std::string& state_directory, const RepositoryId& repository);

  // With no memory of what was seen, over what is there.
  static Pins StartAnew(const std::string& state_directory, const RepositoryId& repository);

  uint64_t config_number = 0;
  Digest config_digest;  // zero: none seen
  std::map<WriterId, LogPin> logs;

  // Takes the larger of what is here and what another process wrote meanwhile, and writes it if it changed.
  Status Save(FileSystem& fs);
  // Writes exactly what is here, lower numbers too: after a rollback was accepted.
  Status Overwrite(FileSystem& fs);

 private:
  std::string path_, folder_;
  RepositoryId repository_;
};

Bytes EncodePins(const Pins& pins);
Result<Pins> DecodePins(ByteView bytes);

}  // namespace pulih

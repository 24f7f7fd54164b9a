// Verify checks a repository and says what suffers. Three levels, by what is asked and what the keys allow:
//   structure   every config, certificate, snapshot, log entry and pack: names, signatures, directories; that
//               every object a snapshot reaches stands in a pack (needs a content key to walk maps, or the
//               structure key to follow the links in directories)
//   sample      structure, and a seeded random part of the packs read whole
//   data        structure, and every pack read whole: its name, every frame's digest, and with a content key every
//               frame opened and its ObjectId computed again
// It opens nothing for writing (I6), except that objects found damaged are taken off the local catalog's record so
// that the next backup stores them again. Damage is a result, not an error. Its verdict is the one that a restore
// would give.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/repo/read_session.h"
#include "engine/verify/damage.h"

namespace pulih {

struct VerifyOptions {
  bool read_data = false;
  std::optional<double> sample_percent;   // (0, 100]
  std::optional<uint64_t> sample_seed;    // drawn when not given; reported
  unsigned threads = 2;
};

struct VerifyReport {
  std::string level;                 // "structure", "sample", "data"
  uint64_t snapshots = 0, packs = 0, packs_read = 0, frames_opened = 0, bytes_read = 0, log_entries = 0;
  std::optional<uint64_t> objects;   // that snapshots reach; nothing when the keys at hand cannot follow them
  std::optional<uint64_t> sample_seed;
  std::vector<Damage> damage;
  std::vector<std::string> notes;        // not damage: orphan packs, overlapping runs, foreign writers
  std::vector<std::string> not_checked;  // and why: "contents: the key at hand opens none"
  double seconds = 0;
  bool ok() const { return damage.empty(); }
};

Result<VerifyReport> Verify(ReadSession& session, const VerifyOptions& options, ProgressListener& progress);

}  // namespace pulih

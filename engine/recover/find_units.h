// Finds what lies below the paths that a person named, and tells what belongs together: a data directory, a directory
// dump, a folder of WAL segments; every other file stands alone.
//
//   walk      no link is followed, special files and what cannot be read are told (I8); names come in byte order
//   look      the first 64 KiB of each file say what it is (identify.h)
//   gather    gather_units.h
//
// One thread. Read next: ingest.cc.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/recover/gather_units.h"

namespace pulih {

struct FoundUnits {
  std::vector<FoundUnit> units;
  std::vector<SkippedPath> skipped;
};

// `leave_out`: a folder that is no evidence (the case itself). not_found for a path that is not there.
Result<FoundUnits> FindUnits(const std::vector<std::string>& paths, const std::string& leave_out, ProgressListener& progress);

}  // namespace pulih

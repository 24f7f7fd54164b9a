// Reachability: what each snapshot needs, held against what is there and sound. With a content key the maps are
// walked; with the structure key alone the links in the packs' directories are followed (no name is seen).
//
// Not thread-safe. Memory: the damaged objects; what was met so far is noted in the catalog (run_notes.h), so the size
// of the repository does not count.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/repo/read_session.h"
#include "engine/repo/snapshots.h"
#include "engine/verify/damage.h"

namespace pulih {

// Objects that no sound place is left of, and why.
using LostObjects = std::unordered_map<ObjectId, std::string, ObjectId::Hash>;

struct ReachabilityResult {
  uint64_t objects = 0;   // distinct ones that were looked up
  LostObjects lost;       // needed by some snapshot, and not there
};

// Fails only when the catalog or the store does, or when asked to stop.
Result<ReachabilityResult> FindLostObjects(ReadSession& session, const std::vector<Snapshot>& snapshots, ProgressListener& progress);

// What leans on objects: one Damage for each that some snapshot uses, with paths and snapshots. Walks the maps once
// more.
Result<std::map<ObjectId, Damage>> FindUses(ReadSession& session, const std::vector<Snapshot>& snapshots, const LostObjects& objects);

// The same by links: needs only the structure key.
Result<ReachabilityResult> FindLostByLinks(ReadSession& session, const std::vector<Snapshot>& snapshots, ProgressListener& progress);

}  // namespace pulih

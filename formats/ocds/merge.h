// Merges the releases of one contracting process (OCDS "merging": standard.open-contracting.org, Reference/Merging).
//
//   compiled   the process as it stands after the last release
//   versioned  for each value, all it ever was: [{releaseID, releaseDate, releaseTag, value}, …]
//
// Releases count in the order of their dates; those of one date in the order given. null removes. Objects in an array
// belong together when their `id` is the same; one without an `id` stays beside the others and is matched with none; an
// `id` twice in one release: the last is kept, and a warning says so. Exceptions: merge_rules.h.
//
// Pure. Time and memory are linear in the releases; but a versioned release names a release at each value, so one whose
// names alone would have more than kMaxJsonText is too_large.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "formats/ocds/merge_rules.h"
#include "formats/text/json.h"

namespace pulih::ocds {

struct MergeWarnings {
  std::vector<std::string> texts;  // the first few
  uint64_t count = 0;
};

// `releases` are objects with a date and the same ocid, at least one; otherwise `invalid`.
Result<Json> CompiledRelease(const std::vector<Json>& releases, const MergeRules& rules, MergeWarnings* warnings = nullptr);
Result<Json> VersionedRelease(const std::vector<Json>& releases, const MergeRules& rules, MergeWarnings* warnings = nullptr);

}  // namespace pulih::ocds

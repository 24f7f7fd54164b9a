// Which snapshot a person means: an id prefix of 8 or more hex digits; `latest`, `latest~N`; a date, YYYY-MM-DD (the
// last snapshot of that local day or before) or YYYY-MM-DDTHH:MM[:SS] (the last at that moment or before).
//
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/repo/snapshots.h"

namespace pulih {

struct SnapshotFilter {
  std::string host, name;  // empty: any; they narrow `latest` and dates
  std::vector<std::string> tags;
  bool Matches(const Snapshot& snapshot) const;
};

// Those that fit; not_found, saying what there is none of, when none does.
Result<std::vector<Snapshot>> SelectSnapshots(std::vector<Snapshot> snapshots, const SnapshotFilter& filter);
// `snapshots` is oldest first. not_found, or `invalid` when the words make no sense or a prefix fits several.
Result<Snapshot> SelectSnapshot(const std::vector<Snapshot>& snapshots, std::string_view words, const SnapshotFilter& filter,
                                int32_t zone_offset_minutes);

// "SNAP" or "SNAP:PATH"; the first ':' separates. `path` is stored form (no leading slash), empty for all. A date
// with a time has colons of its own: they belong to the SNAP when they follow "T" and two digits.
struct SnapshotPath {
  std::string snapshot;
  bool has_path = false;
  std::string path;
};
SnapshotPath SplitSnapshotPath(std::string_view words);

}  // namespace pulih

// Snapshots: committing manifests and reading them back. The manifest is the commit point (I2): it is written
// after everything that it reaches is durable, and the writer's log entry after it.
//
// A manifest counts when its writer is certified, its signature holds and, for a revoked writer, it is within
// what the revocation left. The public part is read by anybody; structure and content parts by who holds the keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/repo/repository.h"
#include "formats/repo/manifest.h"

namespace pulih {

struct Snapshot {
  SnapshotId id;
  ManifestPublic meta;
  std::optional<ManifestStructure> structure;  // with the structure secret
  std::optional<ManifestContent> content;      // with a content secret

  // The root of the map of this name ("files"); nothing when it has none or the keys do not show it.
  std::optional<ObjectId> Root(std::string_view name) const;
};

struct RefusedSnapshot {
  std::string blob_name;
  Status why;
};
struct SnapshotList {
  std::vector<Snapshot> snapshots;         // oldest first: by time, then sequence, then id
  std::vector<RefusedSnapshot> refused;    // damaged, forged, of an uncertified or revoked writer
};
Result<SnapshotList> ListSnapshots(const Repository& repository);

// What a run wants to commit; salts, digests, domain, writer, sequence, previous and time are filled in.
struct NewSnapshot {
  ManifestPublic meta;
  ManifestStructure structure;
  ManifestContent content;
};
struct CommittedSnapshot {
  SnapshotId id;
  uint64_t bytes_written = 0;  // manifest
  Status log;                  // not ok: the snapshot is there, its log entry could not be written
};
// Everything that the roots reach is durable before this is called (I2).
Result<CommittedSnapshot> CommitSnapshot(Repository& repository, NewSnapshot snapshot);

}  // namespace pulih

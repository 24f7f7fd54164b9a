// Looking around in snapshots without restoring: list, find, compare, dump, count. Each is a walk over files maps
// that calls back per entry, so that listings stream and memory stays flat.
//
// Damage on the way is told through `gap` and skipped. Thread-safe as far as the session is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/map/map_reader.h"
#include "engine/repo/read_session.h"
#include "engine/repo/snapshots.h"
#include "formats/repo/file_entry.h"

namespace pulih {

struct ListedEntry {
  std::string path;  // stored form
  FileEntry entry;
};
using OnEntry = std::function<bool(const ListedEntry&)>;  // false stops
using OnGap = std::function<void(const MapGap&)>;

// The root of a snapshot's files map; wrong_key when the keys at hand do not show it.
Result<ObjectId> FilesRoot(const Snapshot& snapshot);

// The entry of one path; not_found when the snapshot has none, corrupt when that cannot be said.
Result<FileEntry> LookUp(ReadSession& session, const Snapshot& snapshot, const std::string& path);

// `path` itself (when not empty) and what is in it: one level, or all below. A folder's children are found by range,
// not by reading the whole map.
Status ListTree(ReadSession& session, const Snapshot& snapshot, const std::string& path, bool recursive, const OnEntry& each, const OnGap& gap);

struct FindQuery {
  std::string glob;                        // over the name, or over the whole path when it holds a '/'; empty: all
  std::optional<uint64_t> min_size, max_size;
  std::optional<int64_t> newer_than_ns, older_than_ns;
  std::optional<Digest> sha256;
  std::optional<FileType> type;
  std::function<bool()> goes_on;           // asked at each entry, also those that do not match; false ends the search
};
Status FindEntries(ReadSession& session, const Snapshot& snapshot, const FindQuery& query, const OnEntry& each, const OnGap& gap);

// One version of an entry, and which of the snapshots hold it: the same path, type, size, time and content.
struct FoundVersion {
  ListedEntry listed;          // without extents and attributes
  size_t first = 0, last = 0;  // the oldest and the newest that hold it: places in `snapshots`
  uint64_t count = 0;          // how many hold it
};
// What FindEntries finds in several snapshots (oldest first), each version once: in order of paths, those of one path
// in order of their newest snapshot. Works through the paths piece by piece, so memory does not follow the number of
// entries; the versions of one path are held together. A damaged part that several snapshots share is told once.
struct FindLimits {  // of one piece; only tests choose them
  size_t of_one_snapshot = 4096, versions = 8192;
};
Status FindVersions(ReadSession& session, const std::vector<Snapshot>& snapshots, const FindQuery& query,
                    const std::function<bool(const FoundVersion&)>& each, const OnGap& gap, const FindLimits& limits = {});

enum class ChangeKind : uint8_t { added, removed, changed };
struct EntryChange {
  ChangeKind kind = ChangeKind::changed;
  std::string path;
  std::optional<FileEntry> before, after;
  // changed: which fields, of "type", "content", "size", "mode", "owner", "mtime", "target", "device", "links", "xattrs"
  std::vector<std::string> fields;
};
// Compares SHA-256 and attributes, never extents. Cost follows the number of changes.
Status DiffSnapshots(ReadSession& session, const Snapshot& before, const Snapshot& after, const std::string& path,
                     const std::function<bool(const EntryChange&)>& each);

// Writes a regular file's content, in order, to `out`; holes as zeros. Stops at the first failure. At the end it is held
// against the SHA-256 of the entry: corrupt when it is another, although all of it was written out.
Status DumpFile(ReadSession& session, const FileEntry& entry, const std::function<Status(ByteView)>& out);

// The segments of a content, from the entry or from its map.
Result<std::vector<Segment>> SegmentsOf(NodeSource& nodes, const Content& content);
Result<std::vector<Xattr>> XattrsOf(NodeSource& nodes, const FileEntry& entry);

struct RepositoryStats {
  uint64_t repository_bytes = 0;   // all blobs
  uint64_t packs = 0, pack_bytes = 0;
  uint64_t objects = 0, chunks = 0, groups = 0, nodes = 0;
  uint64_t plain_bytes = 0, sealed_bytes = 0;   // of the objects that the catalog knows
  uint64_t snapshots = 0, writers = 0;
};
Result<RepositoryStats> CountRepository(ReadSession& session);

}  // namespace pulih

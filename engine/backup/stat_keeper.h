// StatKeeper remembers what files looked like, so that the next run need not read them again. Records are kept per
// directory without any name (catalog.h), and a large directory is cut into partitions of a few thousand files at
// content-defined names, so that neither memory nor the next run's look-ups grow with it.
//
// A record is written only when everything that it refers to is durable, and only if the file had been left
// alone for two seconds when it was read: a change within the clock's grain would go unnoticed otherwise.
//
// One thread. Losing records costs reading, never data.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/catalog/catalog.h"
#include "engine/crypto/sealer.h"
#include "engine/repo/object_sink.h"
#include "engine/source/tree_source.h"

namespace pulih {

class StatKeeper {
 public:
  // Records are each writer's own: they name objects, and a writer leans on none but its own (design §4).
  StatKeeper(const Namer& namer, const WriterId& writer, Catalog& catalog, ObjectSink& sink)
      : namer_(namer), writer_(writer), catalog_(catalog), sink_(sink) {}

  // While walking, in order of the walk ---------------------------------------------------------------------------
  void EnterDirectory(const SourceEntry& directory);
  // The partition that a file of the present directory belongs to; may end the one before it, which is then
  // returned by EndedPartition once.
  DirectoryKey PartitionFor(std::string_view name);
  std::optional<DirectoryKey> EndedPartition();
  // The last partition of the directory that is left.
  DirectoryKey LeaveDirectory();
  bool in_directory() const { return !open_.empty(); }

  // The content that a file had when it looked exactly as it does now.
  struct Found {
    Bytes content;           // encoded, as it was
    bool has_xattrs = true;  // false: it had none, and an unchanged ctime says that it has none now
  };
  Result<std::optional<Found>> Find(const DirectoryKey& partition, const SourceEntry& entry);

  // When entries are resolved, in the same order ------------------------------------------------------------------
  // `read_at_ns`: when the content was read; 0 when it came from the record itself. `leans_on_nodes`: its content
  // names a map, not chunks and groups alone. `record.content` is the encoded content.
  void Record(const DirectoryKey& partition, StatRecord record, int64_t read_at_ns, bool leans_on_nodes, bool has_xattrs);
  // Nothing more will be recorded for the partition.
  Status EndPartition(const DirectoryKey& partition);
  // Writes what has become durable; everything, when the run is over.
  Status WriteDurable();

 private:
  struct KeyHash {
    size_t operator()(const DirectoryKey& key) const;
  };
  struct Directory {
    uint64_t device = 0, inode = 0;
    DirectoryKey partition{};
    size_t count = 0;
  };
  struct Partition {
    std::vector<StatRecord> records;
    bool changed = false;  // differs from what the catalog holds
    bool leans_on_nodes = false;
  };
  struct Waiting {
    uint64_t ticket;
    bool leans_on_nodes;
    DirectoryKey key;
    std::vector<StatRecord> records;
  };
  DirectoryKey KeyFor(const Directory& directory, std::string_view first_name) const;

  const Namer& namer_;
  const WriterId writer_;
  Catalog& catalog_;
  ObjectSink& sink_;
  std::vector<Directory> open_;
  std::optional<DirectoryKey> ended_;
  std::unordered_map<DirectoryKey, Partition, KeyHash> partitions_;
  std::deque<Waiting> waiting_;
};

}  // namespace pulih

// EntryQueue holds entries of the files map, in order, until the contents that they wait for have names: a small
// file in the open group gets its ObjectId when the group is closed. Then it adds them to the map and hands their
// stat records on.
//
// One thread. It holds entries only while a group is open, and asks for that to be closed when they are many.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/backup/stat_keeper.h"
#include "engine/base/result.h"
#include "engine/map/map_builder.h"
#include "engine/repo/pack_index.h"
#include "formats/repo/file_entry.h"

namespace pulih {

// Everything that becomes of one entry once its content is known.
struct QueuedEntry {
  Bytes key;
  FileEntry entry;
  bool pending = false;  // entry.content's one extent waits for the open group
  // regular files with a stat record
  bool keep_stat = false;
  DirectoryKey partition{};
  StatRecord stat;            // content is filled in here
  int64_t read_at_ns = 0;
  // the first name of a file with several
  bool remember_link = false;
  uint64_t device = 0;
};

class EntryQueue {
 public:
  // `stats` may be null (dry run).
  EntryQueue(MapBuilder& map, StatKeeper* stats, const PackIndex& index, uint32_t small_file_limit)
      : map_(map), stats_(stats), index_(index), small_file_limit_(small_file_limit) {}

  Status Add(QueuedEntry entry);
  Status EndPartition(const DirectoryKey& partition);
  // All entries that waited get their names and go on.
  Status GroupClosed(const ObjectId& group);
  // True when so many wait that the group should be closed.
  bool IsFull() const { return queue_.size() >= kMaxWaiting || waiting_bytes_ >= kMaxWaitingBytes; }
  bool empty() const { return queue_.empty(); }

  // Groups stored by earlier runs of whose bytes this snapshot uses less than half, by GroupPrefix: the next run
  // stores those files again, so that pruning can free the group.
  std::vector<uint64_t> SparseGroups() const;

 private:
  static constexpr size_t kMaxWaiting = 16384;
  static constexpr size_t kMaxWaitingBytes = 8u << 20;  // paths and attributes may be long
  using Item = std::variant<QueuedEntry, DirectoryKey>;
  Status Emit(QueuedEntry& entry);

  MapBuilder& map_;
  StatKeeper* stats_;
  const PackIndex& index_;
  const uint32_t small_file_limit_;
  std::vector<Item> queue_;
  size_t waiting_bytes_ = 0;  // what the entries hold outside the queue itself
  struct GroupUse {
    uint64_t live = 0;
    uint32_t total = 0;  // 0: made by this run
  };
  Status CountUse(const ObjectId& group, uint64_t bytes);
  std::unordered_map<uint64_t, GroupUse> use_;
};

// The first 8 bytes of a group's id: enough to tell groups apart where a mistake costs only space.
uint64_t GroupPrefix(const ObjectId& group);
// The group that a small file's content lies in; nothing for any other content.
std::optional<ObjectId> GroupOf(const Content& content, uint32_t small_file_limit);

}  // namespace pulih

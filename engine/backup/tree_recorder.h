// TreeRecorder is what a backup does with each thing that the walk finds: decide whether it must be read, have its
// content written, and queue its entry for the files map. All decisions are made here, in map order, by one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "engine/backup/backup.h"
#include "engine/backup/content_writer.h"
#include "engine/backup/entry_queue.h"
#include "engine/backup/file_grouper.h"
#include "engine/backup/stat_keeper.h"
#include "engine/backup/tree_count.h"
#include "engine/backup/watched_sink.h"
#include "engine/source/tree_source.h"

namespace pulih {

// The parts of one run. All borrowed, all of one thread.
struct RunParts {
  const Repository& repository;
  PackIndex& index;
  ObjectSink& sink;
  const BackupOptions& options;
  BackupReport& report;
  ProgressListener& progress;
  const TreeCount* count = nullptr;  // null: nobody wants totals
};

class TreeRecorder final : public TreeVisitor {
 public:
  // `sparse_groups`: what EntryQueue::SparseGroups said of the last run.
  TreeRecorder(const RunParts& parts, const std::vector<uint64_t>& sparse_groups);

  bool NeedsXattrs(const SourceEntry& entry) override;
  Status Visit(const SourceEntry& entry, SourceOpener& opener) override;
  Status LeaveDirectory(const SourceEntry& entry, bool complete) override;
  Status Problem(std::string_view path, SourceProblemKind kind, const Status& why) override;
  Status Excluded(std::string_view path) override;

  // One file from a descriptor, under a name of the caller's (--stdin).
  Status RecordStream(int fd, std::string_view path, FileEntry meta);

  // Closes the open group, finishes the map. Everything is queued in the sink afterwards, not yet durable.
  Result<MapRoot> Finish();
  // Closes the open group so that what was read is kept; the map is given up (interrupted).
  Status Abandon();
  // After the sink is durable: writes the remaining stat records.
  Status RememberStats();
  std::vector<uint64_t> SparseGroups() const { return queue_.SparseGroups(); }

 private:
  // What one name of a file with several tells the later ones.
  struct EarlierName {
    HardLinkId id;  // zero: there was none
    uint64_t size = 0;
    int64_t mtime_ns = 0, ctime_ns = 0;
    bool has_content = false;  // not while it waits for the open group
    Content content;
  };
  // What the stat cache says of the file that is visited next.
  struct LastNight {
    uint64_t inode = 0;
    DirectoryKey partition{};
    Result<std::optional<StatKeeper::Found>> found = std::optional<StatKeeper::Found>();
  };
  const LastNight& LookUpLastNight(const SourceEntry& entry);
  Status VisitRegular(const SourceEntry& entry, SourceOpener& opener, QueuedEntry queued);
  Result<EarlierName> FindEarlierName(const SourceEntry& entry);
  Result<bool> UseEarlierName(const SourceEntry& entry, QueuedEntry& queued, bool& known_link);
  Result<bool> UseLastNight(const SourceEntry& entry, QueuedEntry& queued);
  Result<bool> ReadContent(const SourceEntry& entry, SourceOpener& opener, QueuedEntry& queued);
  Status MoveLargeXattrs(FileEntry& entry);
  Status Queue(QueuedEntry entry);
  bool IsSparse(const Content& content) const;
  void Tell(std::string_view path, uint64_t bytes_of_file = 0);
  Result<WrittenContent> WriteContent(int fd, std::string_view path, uint64_t expected_size, bool may_have_holes);
  Status WatchContent();

  const RunParts parts_;
  const std::unordered_set<uint64_t> sparse_groups_;
  NodeWriter nodes_;
  const MapOptions map_options_;
  MapBuilder map_;
  StatKeeper stats_;
  EntryQueue queue_;
  FileGrouper grouper_;
  WatchedSink watched_sink_;
  ContentWriter contents_;
  // The file that contents_ is reading.
  int reading_fd_ = -1;
  uint64_t reading_pieces_ = 0;
  std::string_view reading_path_;
  std::optional<LastNight> last_night_;
  std::string problem_path_;  // of the last problem
  std::map<std::pair<uint64_t, uint64_t>, EarlierName> pending_links_;  // (device, inode), until the queue is empty
};

}  // namespace pulih

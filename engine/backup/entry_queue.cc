#include "engine/backup/entry_queue.h"

#include <algorithm>

#include "engine/base/byte_writer.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

size_t BytesHeld(const QueuedEntry& queued) {
  const FileEntry& entry = queued.entry;
  size_t bytes = queued.key.size() + entry.symlink_target.size() + entry.content.segments.size() * sizeof(Segment);
  for (const Xattr& x : entry.xattrs) bytes += sizeof x + x.name.size() + x.value.size();
  return bytes;
}

}  // namespace

uint64_t GroupPrefix(const ObjectId& group) { return LoadLe<uint64_t>(group.bytes.data()); }

std::optional<ObjectId> GroupOf(const Content& content, uint32_t small_file_limit) {
  if (content.size == 0 || content.size >= small_file_limit || content.segments.size() != 1) return std::nullopt;
  const Extent* extent = std::get_if<Extent>(&content.segments.front());
  return extent == nullptr ? std::nullopt : std::optional(extent->object);
}

Status EntryQueue::Add(QueuedEntry entry) {
  if (!entry.pending && queue_.empty()) return Emit(entry);
  waiting_bytes_ += BytesHeld(entry);
  queue_.emplace_back(std::move(entry));
  return OkStatus();
}

Status EntryQueue::EndPartition(const DirectoryKey& partition) {
  if (!queue_.empty()) {
    queue_.emplace_back(partition);
    return OkStatus();
  }
  return stats_ == nullptr ? OkStatus() : stats_->EndPartition(partition);
}

Status EntryQueue::GroupClosed(const ObjectId& group) {
  std::vector<Item> ready = std::exchange(queue_, {});
  waiting_bytes_ = 0;
  for (Item& item : ready) {
    if (const DirectoryKey* partition = std::get_if<DirectoryKey>(&item)) {
      if (stats_ != nullptr) PULIH_TRY(stats_->EndPartition(*partition));
      continue;
    }
    auto& entry = std::get<QueuedEntry>(item);
    if (entry.pending) std::get<Extent>(entry.entry.content.segments.front()).object = group;
    PULIH_TRY(Emit(entry));
  }
  return OkStatus();
}

Status EntryQueue::Emit(QueuedEntry& queued) {
  FileEntry& entry = queued.entry;
  PULIH_TRY(map_.Add(queued.key, EncodeFileEntry(entry), LinksOf(entry)));
  if (entry.type != FileType::regular) return OkStatus();
  if (const auto group = GroupOf(entry.content, small_file_limit_)) {
    PULIH_TRY(CountUse(*group, entry.content.size));
  }
  if (!queued.keep_stat && !queued.remember_link) return OkStatus();
  Bytes content = EncodeContent(entry.content);
  if (queued.remember_link) {
    ByteWriter value;
    value.Raw(entry.link.view());
    value.Le64(queued.stat.size);
    value.Le64(static_cast<uint64_t>(queued.stat.mtime_ns));
    value.Le64(static_cast<uint64_t>(queued.stat.ctime_ns));
    value.Raw(content);
    PULIH_TRY(index_.catalog().RememberHardLink(queued.device, queued.stat.inode, value.view()));
  }
  if (queued.keep_stat && stats_ != nullptr) {
    queued.stat.content = std::move(content);
    stats_->Record(queued.partition, std::move(queued.stat), queued.read_at_ns, !entry.content.segment_map.is_zero(),
                   !entry.xattrs.empty() || !entry.xattr_map.is_zero());
  }
  return OkStatus();
}

Status EntryQueue::CountUse(const ObjectId& group, uint64_t bytes) {
  const auto [it, is_first] = use_.try_emplace(GroupPrefix(group));
  if (is_first) {
    PULIH_TRY_ASSIGN(const auto places, index_.Find(group));
    if (!places.empty()) it->second.total = places.front().plain_size;
  }
  it->second.live += bytes;
  return OkStatus();
}

std::vector<uint64_t> EntryQueue::SparseGroups() const {
  std::vector<uint64_t> sparse;
  for (const auto& [prefix, use] : use_) {
    if (use.live * 2 < use.total) sparse.push_back(prefix);
  }
  std::sort(sparse.begin(), sparse.end());
  return sparse;
}

}  // namespace pulih

#include "engine/backup/stat_keeper.h"

#include <algorithm>

#include "engine/base/checksum.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

// A partition ends before a name whose checksum has these bits zero: one in 4096.
constexpr uint64_t kPartitionMask = (1u << 12) - 1;
constexpr size_t kMaxPartition = 32u << 10;
constexpr uint8_t kHasXattrs = 1;
constexpr int64_t kSettledNs = 2'000'000'000;

}  // namespace

size_t StatKeeper::KeyHash::operator()(const DirectoryKey& key) const { return LoadLe<uint64_t>(key.data()); }

DirectoryKey StatKeeper::KeyFor(const Directory& directory, std::string_view first_name) const {
  uint8_t bytes[24 + WriterId::kSize];
  std::copy(writer_.bytes.begin(), writer_.bytes.end(), bytes + 24);
  StoreLe(bytes, directory.device);
  StoreLe(bytes + 8, directory.inode);
  StoreLe(bytes + 16, first_name.empty() ? 0 : Checksum64(AsBytes(first_name)));
  const Digest blinded = namer_.Blind("directory", bytes);
  DirectoryKey key;
  std::copy_n(blinded.bytes.begin(), key.size(), key.begin());
  return key;
}

void StatKeeper::EnterDirectory(const SourceEntry& directory) {
  Directory entered{directory.device, directory.inode, {}, 0};
  entered.partition = KeyFor(entered, {});
  open_.push_back(entered);
}

DirectoryKey StatKeeper::PartitionFor(std::string_view name) {
  Directory& directory = open_.back();
  if (directory.count > 0 && ((Checksum64(AsBytes(name)) & kPartitionMask) == 0 || directory.count == kMaxPartition)) {
    ended_ = directory.partition;
    directory.partition = KeyFor(directory, name);
    directory.count = 0;
  }
  ++directory.count;
  return directory.partition;
}

std::optional<DirectoryKey> StatKeeper::EndedPartition() { return std::exchange(ended_, std::nullopt); }

DirectoryKey StatKeeper::LeaveDirectory() {
  const DirectoryKey last = open_.back().partition;
  open_.pop_back();
  return last;
}

// A record's content starts with one byte of flags.
Result<std::optional<StatKeeper::Found>> StatKeeper::Find(const DirectoryKey& partition, const SourceEntry& entry) {
  PULIH_TRY_ASSIGN(std::optional<StatRecord> record, catalog_.FindStat(partition, entry.inode));
  if (!record || record->size != entry.size || record->mtime_ns != entry.mtime_ns || record->ctime_ns != entry.ctime_ns) {
    return std::optional<Found>();
  }
  if (record->content.empty()) return std::optional<Found>();
  Found found;
  found.has_xattrs = (record->content.front() & kHasXattrs) != 0;
  found.content.assign(record->content.begin() + 1, record->content.end());
  return std::optional<Found>(std::move(found));
}

void StatKeeper::Record(const DirectoryKey& key, StatRecord record, int64_t read_at_ns, bool leans_on_nodes, bool has_xattrs) {
  Partition& partition = partitions_[key];
  partition.leans_on_nodes = partition.leans_on_nodes || leans_on_nodes;
  if (read_at_ns != 0) {
    partition.changed = true;
    if (record.ctime_ns > read_at_ns - kSettledNs || record.mtime_ns > read_at_ns) return;
  }
  record.content.insert(record.content.begin(), has_xattrs ? kHasXattrs : uint8_t{0});
  partition.records.push_back(std::move(record));
}

Status StatKeeper::EndPartition(const DirectoryKey& key) {
  const auto it = partitions_.find(key);
  if (it == partitions_.end()) return OkStatus();
  Partition partition = std::move(it->second);
  partitions_.erase(it);
  if (partition.changed) {
    auto& records = partition.records;
    const auto by_inode = [](const StatRecord& a, const StatRecord& b) { return a.inode < b.inode; };
    const auto same_inode = [](const StatRecord& a, const StatRecord& b) { return a.inode == b.inode; };
    std::sort(records.begin(), records.end(), by_inode);
    records.erase(std::unique(records.begin(), records.end(), same_inode), records.end());
    waiting_.push_back({sink_.LastTicket(), partition.leans_on_nodes, key, std::move(records)});
  }
  return WriteDurable();
}

Status StatKeeper::WriteDurable() {
  if (waiting_.empty()) return OkStatus();
  const uint64_t content = sink_.DurableContentTicket(), all = sink_.DurableTicket();
  for (auto at = waiting_.begin(); at != waiting_.end() && at->ticket <= content;) {
    if (at->leans_on_nodes && at->ticket > all) {
      ++at;
      continue;
    }
    PULIH_TRY(catalog_.ReplaceStats(at->key, at->records));
    at = waiting_.erase(at);
  }
  return OkStatus();
}

}  // namespace pulih

// The RocksDB seam. Written against RocksDB 7.8 (Debian 12).
//
// Memory is bounded as KvOptions says: indexes and filters are partitioned and live in the block cache, and
// all memtables share one budget. Opening and closing have to be quick, because a nightly run that finds
// nothing changed takes a third of a second in all: a small memtable is left in the write-ahead log instead
// of being flushed, at closing and at the next opening; see ~RocksKv.
#include "engine/catalog/ordered_kv.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace pulih {
namespace {

// A memtable above this size is flushed when the folder is closed. Below, replaying the log at the next
// opening costs less than writing a table now (a flush syncs three files).
constexpr uint64_t kFlushAtCloseBytes = 1ull << 20;
// Every opening starts a new log, and a log goes away with a flush only: this many, and we flush.
constexpr size_t kFlushAtCloseLogs = 16;

// Left in a folder in which damage was found, so that the next opening says corrupt and the folder is made
// anew. RocksDB alone would notice the same block again only when it is read again.
constexpr char kDamageMark[] = "pulih-damaged";

// Tables that are being made for Load; one that a killed process left is of no use.
constexpr char kLoadPrefix[] = "pulih-load-";

rocksdb::Slice ToSlice(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
ByteView ToView(const rocksdb::Slice& slice) { return {reinterpret_cast<const uint8_t*>(slice.data()), slice.size()}; }

// The first key behind all keys that start with `prefix`; empty when there is none.
Bytes BehindPrefix(ByteView prefix) {
  Bytes bound = ToBytes(prefix);
  while (!bound.empty() && bound.back() == 0xff) bound.pop_back();
  if (!bound.empty()) ++bound.back();
  return bound;
}

Code CodeOf(const rocksdb::Status& status) {
  if (status.IsCorruption() || status.IsNotSupported()) return Code::corrupt;
  if (status.IsNoSpace()) return Code::no_space;
  return Code::io;
}

Status FromRocks(const rocksdb::Status& status, std::string_view operation, const std::string& directory) {
  if (status.ok()) return OkStatus();
  return Status(CodeOf(status), std::string(operation) + ": " + directory + ": " + status.ToString());
}

// RocksDB has no code for a lock that is held: it is an IOError that speaks of its LOCK file.
bool IsLockHeld(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find("lock hold") != std::string::npos || text.find("While lock file") != std::string::npos);
}

// RocksDB cannot be made sense of, or the folder lacks a file that it speaks of.
bool IsUnusable(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsNotSupported() || status.IsInvalidArgument() || status.IsPathNotFound();
}

rocksdb::BlockBasedTableOptions TableOptions(const KvOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  rocksdb::LRUCacheOptions cache;
  cache.capacity = options.block_cache_bytes;
  cache.high_pri_pool_ratio = 0.5;
  table.block_cache = rocksdb::NewLRUCache(cache);
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_top_level_index_and_filter = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 4096;
  table.block_size = 4096;
  // Ribbon takes 30% less memory than Bloom, but more time to build: Bloom for what flushes write, Ribbon below.
  table.filter_policy.reset(rocksdb::NewRibbonFilterPolicy(10, 1));
  table.whole_key_filtering = false;  // the prefix is all of a short key, and all that decides of a long one
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  return table;
}

rocksdb::Options DbOptions(const KvOptions& options) {
  rocksdb::Options db;
  db.create_if_missing = true;
  db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions(options)));
  db.prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(options.filter_prefix_bytes));

  db.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(options.memtable_bytes);
  db.write_buffer_size = options.memtable_bytes / 2;
  db.max_write_buffer_number = 2;
  db.memtable_prefix_bloom_size_ratio = 0.05;
  db.level_compaction_dynamic_level_bytes = true;
  db.compression = rocksdb::kLZ4Compression;
  db.max_background_jobs = 2;
  db.max_subcompactions = 1;
  db.max_open_files = 128;
  db.max_file_opening_threads = 1;

  // The log is written for every batch and never synced: a killed process loses nothing, a power cut the newest.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.avoid_flush_during_recovery = true;
  db.avoid_flush_during_shutdown = true;  // ~RocksKv decides

  db.skip_stats_update_on_db_open = true;
  db.skip_checking_sst_file_sizes_on_db_open = true;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.manifest_preallocation_size = 64 << 10;
  db.max_manifest_file_size = 4 << 20;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.keep_log_file_num = 1;
  db.max_log_file_size = 1 << 20;
  return db;
}

class RocksBatch final : public KvBatch {
 public:
  explicit RocksBatch(rocksdb::WriteBatch& batch) : batch_(batch) {}
  void Put(ByteView key, ByteView value) override { Keep(batch_.Put(ToSlice(key), ToSlice(value))); }
  void Delete(ByteView key) override { Keep(batch_.Delete(ToSlice(key))); }
  void DeleteRange(ByteView from, ByteView to) override {
    if (Compare(from, to) < 0) Keep(batch_.DeleteRange(ToSlice(from), ToSlice(to)));
  }
  // The first failure; a batch that lacks a part is not written.
  const rocksdb::Status& status() const { return status_; }

 private:
  void Keep(rocksdb::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  rocksdb::WriteBatch& batch_;
  rocksdb::Status status_;
};

class RocksKv final : public OrderedKv {
 public:
  RocksKv(std::unique_ptr<rocksdb::DB> db, std::string directory, uint32_t filter_prefix_bytes)
      : db_(std::move(db)), directory_(std::move(directory)), filter_prefix_bytes_(filter_prefix_bytes) {}

  ~RocksKv() override {
    if (IsWorthFlushing()) Note(db_->Flush(rocksdb::FlushOptions()), "flush catalog").ok();
    Note(db_->Close(), "close catalog").ok();
  }

  Result<bool> Get(ByteView key, Bytes* value) override {
    rocksdb::PinnableSlice found;
    const rocksdb::Status status =
        db_->Get(rocksdb::ReadOptions(), db_->DefaultColumnFamily(), ToSlice(key), &found);
    if (status.IsNotFound()) return false;
    PULIH_TRY(Note(status, "read catalog"));
    const ByteView view = ToView(found);
    value->assign(view.begin(), view.end());
    return true;
  }

  Status Scan(ByteView prefix, ByteView from, const std::function<bool(ByteView, ByteView)>& each) override {
    rocksdb::ReadOptions read;
    const Bytes behind = BehindPrefix(prefix);
    const rocksdb::Slice upper = ToSlice(behind);
    if (!behind.empty()) read.iterate_upper_bound = &upper;
    // Only a prefix that decides the filter's answer may ask the filter.
    const bool is_narrow = prefix.size() >= filter_prefix_bytes_;
    read.total_order_seek = !is_narrow;
    read.fill_cache = is_narrow;  // a walk over a whole table would push out what look-ups need
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read));
    for (at->Seek(ToSlice(Compare(from, prefix) > 0 ? from : prefix)); at->Valid(); at->Next()) {
      if (!each(ToView(at->key()), ToView(at->value()))) break;
    }
    return Note(at->status(), "read catalog");
  }

  Result<bool> SeekAtOrBefore(ByteView prefix, ByteView at, Bytes* key, Bytes* value) override {
    rocksdb::ReadOptions read;
    read.total_order_seek = true;
    const Bytes behind = BehindPrefix(prefix);
    const rocksdb::Slice lower = ToSlice(prefix), upper = ToSlice(behind);
    read.iterate_lower_bound = &lower;
    if (!behind.empty()) read.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> found(db_->NewIterator(read));
    found->SeekForPrev(ToSlice(at));
    PULIH_TRY(Note(found->status(), "read catalog"));
    if (!found->Valid()) return false;
    *key = ToBytes(ToView(found->key()));
    *value = ToBytes(ToView(found->value()));
    return true;
  }

  Status Write(const std::function<void(KvBatch&)>& fill) override {
    rocksdb::WriteBatch batch;
    RocksBatch filling(batch);
    fill(filling);
    PULIH_TRY(Note(filling.status(), "write catalog"));
    return Note(db_->Write(rocksdb::WriteOptions(), &batch), "write catalog");
  }

  // A table for each first byte of the keys: families stand far apart, and a table that spans two of them would overlap
  // every other such table, and have to be merged with it.
  Status Load(std::span<const KvEntry> sorted) override {
    std::vector<std::string> tables;
    Status made;
    for (size_t at = 0; at < sorted.size() && made.ok();) {
      size_t end = at + 1;
      while (end < sorted.size() && sorted[end].key[0] == sorted[at].key[0]) ++end;
      tables.push_back(directory_ + "/" + kLoadPrefix + std::to_string(loads_.fetch_add(1)));
      made = MakeTable(tables.back(), sorted.subspan(at, end - at));
      at = end;
    }
    if (made.ok() && !tables.empty()) {
      // The tables are synced; were the log not, a power cut could take what is older than they are.
      made = Note(db_->FlushWAL(true), "write catalog");
      rocksdb::IngestExternalFileOptions how;
      how.move_files = true;
      if (made.ok()) made = Note(db_->IngestExternalFile(tables, how), "write catalog");
    }
    std::error_code error;
    for (const std::string& table : tables) std::filesystem::remove(table, error);
    return made;
  }

 private:
  Status MakeTable(const std::string& path, std::span<const KvEntry> entries) {
    rocksdb::SstFileWriter table(rocksdb::EnvOptions(), db_->GetOptions());
    PULIH_TRY(Note(table.Open(path), "write catalog"));
    for (const KvEntry& entry : entries) PULIH_TRY(Note(table.Put(ToSlice(entry.key), ToSlice(entry.value)), "write catalog"));
    return Note(table.Finish(), "write catalog");
  }

  // Every status of RocksDB passes here: damage is marked in the folder.
  Status Note(const rocksdb::Status& status, std::string_view operation) {
    if (status.IsCorruption()) std::ofstream(directory_ + "/" + kDamageMark).put('\n');
    return FromRocks(status, operation, directory_);
  }

  bool IsWorthFlushing() {
    uint64_t memtable_bytes = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &memtable_bytes);
    if (memtable_bytes >= kFlushAtCloseBytes) return true;
    rocksdb::VectorLogPtr logs;
    return db_->GetSortedWalFiles(logs).ok() && logs.size() >= kFlushAtCloseLogs;
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::string directory_;
  uint32_t filter_prefix_bytes_;
  std::atomic<uint64_t> loads_ = 0;
};

void RemoveLeftTables(const std::string& directory) {
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(directory, error))
    if (item.path().filename().string().starts_with(kLoadPrefix)) std::filesystem::remove(item.path(), error);
}

}  // namespace

Result<std::unique_ptr<OrderedKv>> OpenRocksKv(const std::string& directory, const KvOptions& options) {
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = options.read_only ? rocksdb::DB::OpenForReadOnly(DbOptions(options), directory, &raw)
                                                   : rocksdb::DB::Open(DbOptions(options), directory, &raw);
  std::unique_ptr<rocksdb::DB> db(raw);
  if (IsLockHeld(status)) return Status(Code::in_use, "open catalog: " + directory + ": another process has it");
  if (IsUnusable(status)) return Status(Code::corrupt, "open catalog: " + directory + ": " + status.ToString());
  PULIH_TRY(FromRocks(status, "open catalog", directory));
  std::error_code error;
  if (std::filesystem::exists(directory + "/" + kDamageMark, error)) {
    return Status(Code::corrupt, "open catalog: " + directory + ": damage was found in it before");
  }
  if (!options.read_only) RemoveLeftTables(directory);
  return std::unique_ptr<OrderedKv>(
      std::make_unique<RocksKv>(std::move(db), directory, options.filter_prefix_bytes));
}

}  // namespace pulih

#include "engine/catalog/stat_records.h"

#include <algorithm>
#include <limits>
#include <map>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "engine/base/checksum.h"
#include "engine/catalog/catalog_key.h"

namespace pulih {
namespace {

constexpr uint64_t kLastInode = std::numeric_limits<uint64_t>::max();
constexpr size_t kFirstInodeAt = 1 + sizeof(DirectoryKey);
// A block ends here even when it holds few files: contents can be large.
constexpr size_t kMaxBlockBytes = 64u << 10;

CatalogKey DirectoryPrefix(const DirectoryKey& directory) {
  CatalogKey key('d');
  key.Raw(directory);
  return key;
}
CatalogKey BlockKey(const DirectoryKey& directory, uint64_t first_inode) {
  return DirectoryPrefix(directory).Be(first_inode);
}

// Encodes records[*at…) until the block is full and moves *at behind them. A second name of an inode (a hard
// link in the same directory) is left out: it has the same record.
Bytes EncodeBlock(const std::vector<StatRecord>& records, size_t* at, uint64_t generation) {
  ByteWriter entries;
  uint64_t count = 0, before = 0;
  for (; *at < records.size() && count < kStatBlockEntries && entries.size() < kMaxBlockBytes; ++*at) {
    const StatRecord& record = records[*at];
    PULIH_CHECK(count == 0 || record.inode >= before);
    if (count != 0 && record.inode == before) continue;
    entries.Varint(record.inode - before);
    entries.Varint(record.size);
    entries.SignedVarint(record.mtime_ns);
    entries.SignedVarint(static_cast<int64_t>(static_cast<uint64_t>(record.ctime_ns) - static_cast<uint64_t>(record.mtime_ns)));
    entries.Sized(record.content);
    before = record.inode;
    ++count;
  }
  while (*at < records.size() && records[*at].inode == before) ++*at;
  ByteWriter block;
  block.Le64(generation);
  block.Varint(count);
  block.Raw(entries.view());
  return std::move(block).Take();
}

StatRecord ReadEntry(ByteReader& reader, uint64_t inode) {
  StatRecord record;
  record.inode = inode;
  record.size = reader.Varint();
  record.mtime_ns = reader.SignedVarint();
  record.ctime_ns = static_cast<int64_t>(static_cast<uint64_t>(record.mtime_ns) + static_cast<uint64_t>(reader.SignedVarint()));
  record.content = ToBytes(reader.Sized());
  return record;
}

}  // namespace

Status StatRecords::TakeApart(Block& block) {
  ByteReader reader(block.value);
  block.generation = reader.Le64();
  const uint64_t count = reader.Varint();
  block.places.clear();
  if (count > kStatBlockEntries) reader.Fail();
  uint64_t inode = 0;
  for (uint64_t i = 0; i < count && !reader.failed(); ++i) {
    inode += reader.Varint();
    block.places.push_back({inode, reader.offset()});
    reader.Varint();        // size
    reader.SignedVarint();  // mtime
    reader.SignedVarint();  // ctime
    reader.Sized();
  }
  if (reader.Finish()) return OkStatus();
  block.from = 1, block.to = 0;
  return Status(Code::corrupt, "read catalog: stat records: a block is malformed", "the catalog may be deleted");
}

std::optional<StatRecord> StatRecords::FindIn(const Block& block, uint64_t inode) {
  const auto at = std::lower_bound(block.places.begin(), block.places.end(), inode,
                                   [](const Place& place, uint64_t wanted) { return place.inode < wanted; });
  if (at == block.places.end() || at->inode != inode) return std::nullopt;
  ByteReader reader(ByteView(block.value).subspan(at->offset));
  return ReadEntry(reader, inode);
}

StatRecords::Block* StatRecords::Cached(const DirectoryKey& directory, uint64_t inode) {
  for (size_t i = 0; i < kBlocks; ++i) {
    const size_t at = (last_hit_ + i) % kBlocks;
    Block& block = blocks_[at];
    if (inode < block.from || inode > block.to || block.directory != directory) continue;
    last_hit_ = at;
    return &block;
  }
  return nullptr;
}

// Reads the block that answers for `inode`: the one that starts at it or last before it.
Result<StatRecords::Block*> StatRecords::Load(const DirectoryKey& directory, uint64_t inode) {
  const CatalogKey prefix = DirectoryPrefix(directory);
  Bytes key, value;
  PULIH_TRY_ASSIGN(const bool found, kv_.SeekAtOrBefore(prefix, BlockKey(directory, inode), &key, &value));
  if (!found) {
    // Nothing up to `inode`. Most often the directory is not known at all, and then that is worth knowing.
    PULIH_TRY_ASSIGN(const bool any, kv_.SeekAtOrBefore(prefix, BlockKey(directory, kLastInode), &key, &value));
    Block& none = NextVictim();
    none.directory = directory;
    none.from = 0, none.to = any ? inode : kLastInode;
    none.places.clear();
    return &none;
  }
  if (key.size() != kFirstInodeAt + sizeof(uint64_t)) return Status(Code::corrupt, "read catalog: stat records: a key is malformed");
  const uint64_t first = LoadBe<uint64_t>(key.data() + kFirstInodeAt);
  if (Block* const known = Cached(directory, first); known != nullptr && known->from == first) {
    known->to = std::max(known->to, inode);  // no other block starts in between
    return known;
  }
  Block& block = NextVictim();
  block.directory = directory;
  block.from = first;
  block.value = std::move(value);
  PULIH_TRY(TakeApart(block));
  block.to = std::max(inode, block.places.empty() ? first : block.places.back().inode);
  return &block;
}

Result<std::optional<StatRecord>> StatRecords::Find(const DirectoryKey& directory, uint64_t inode, uint64_t generation) {
  const std::lock_guard lock(mutex_);
  Block* block = Cached(directory, inode);
  if (block == nullptr) {
    PULIH_TRY_ASSIGN(block, Load(directory, inode));
  }
  if (block->places.empty() || block->generation != generation) return std::optional<StatRecord>();
  return FindIn(*block, inode);
}

Status StatRecords::Replace(const DirectoryKey& directory, const std::vector<StatRecord>& records, uint64_t generation) {
  const std::lock_guard lock(mutex_);
  for (Block& block : blocks_) {
    if (block.directory == directory) block.from = 1, block.to = 0;
  }
  std::map<uint64_t, uint64_t> old_blocks;  // first inode -> checksum of the value
  PULIH_TRY(kv_.Scan(DirectoryPrefix(directory), {}, [&](ByteView key, ByteView value) {
    if (key.size() == kFirstInodeAt + sizeof(uint64_t)) old_blocks[LoadBe<uint64_t>(key.data() + kFirstInodeAt)] = Checksum64(value);
    return true;
  }));

  std::vector<std::pair<uint64_t, Bytes>> pending;
  size_t pending_bytes = 0;
  const auto flush = [&](bool is_last) {
    if (pending.empty() && (!is_last || old_blocks.empty())) return OkStatus();
    return kv_.Write([&](KvBatch& batch) {
      for (const auto& [first, value] : pending) batch.Put(BlockKey(directory, first), value);
      pending.clear(), pending_bytes = 0;
      if (!is_last) return;
      for (const auto& [first, checksum] : old_blocks) batch.Delete(BlockKey(directory, first));
    });
  };
  for (size_t at = 0; at < records.size();) {
    const uint64_t first = records[at].inode;
    Bytes value = EncodeBlock(records, &at, generation);
    const auto old = old_blocks.find(first);
    const bool is_same = old != old_blocks.end() && old->second == Checksum64(value);
    if (old != old_blocks.end()) old_blocks.erase(old);  // overwritten or kept: not to be deleted
    if (is_same) continue;
    pending_bytes += value.size();
    pending.emplace_back(first, std::move(value));
    if (pending_bytes >= kBatchBytes) PULIH_TRY(flush(false));
  }
  return flush(true);
}

}  // namespace pulih

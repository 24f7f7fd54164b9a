// StatRecords keeps what files looked like last time, in blocks of neighbouring inodes of one directory. A walk
// looks up one directory's files one after the other, so the last few blocks stay here, taken apart.
//
// A block's value: le64 generation | varint count | count × (varint inode above the one before | varint size
// | signed varint mtime | signed varint ctime − mtime | sized content). It is local and may change with the
// catalog's schema version.
//
// Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/catalog/catalog.h"

namespace pulih {

class StatRecords {
 public:
  explicit StatRecords(OrderedKv& kv) : kv_(kv) {}

  Result<std::optional<StatRecord>> Find(const DirectoryKey& directory, uint64_t inode, uint64_t generation);
  // Writes only the blocks that differ from what is there. Atomic for up to kBatchBytes; a larger directory that
  // is cut short has some old blocks and some new, which costs a second reading of those files and no more.
  Status Replace(const DirectoryKey& directory, const std::vector<StatRecord>& records, uint64_t generation);

  static constexpr size_t kBatchBytes = 1u << 20;

 private:
  struct Place {
    uint64_t inode = 0;
    size_t offset = 0;  // of the entry, behind its inode, in `value`
  };
  // A block taken apart, and the inodes whose answer it holds, whether or not they are in it.
  struct Block {
    DirectoryKey directory{};
    uint64_t from = 1, to = 0;  // [from, to]; none to begin with
    uint64_t generation = 0;
    Bytes value;
    std::vector<Place> places;  // sorted by inode
  };
  static constexpr size_t kBlocks = 16;

  Block* Cached(const DirectoryKey& directory, uint64_t inode);
  Result<Block*> Load(const DirectoryKey& directory, uint64_t inode);
  Block& NextVictim() { return blocks_[next_victim_++ % kBlocks]; }
  static Status TakeApart(Block& block);
  static std::optional<StatRecord> FindIn(const Block& block, uint64_t inode);

  OrderedKv& kv_;
  std::mutex mutex_;
  std::array<Block, kBlocks> blocks_;
  size_t last_hit_ = 0, next_victim_ = 0;
};

}  // namespace pulih

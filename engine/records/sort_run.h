// A run: sorted pairs in a row sorter's spool, and what writes, reads and merges it.
//
// The pairs of a run are one stream of bytes, cut into blocks of equal plain length (but the last), each sealed under
// its number. Numbers are never used twice under one key, so the number is the nonce; it is authenticated as well, so
// that a block that was written over is refused. A run knows its blocks' places by computation: nothing of it but this
// struct stays in memory.
//
//   pair = le32 key size, le32 value size, key, value
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret_bytes.h"
#include "engine/os/spill_file.h"

namespace pulih {

struct SortRun {
  SpillFile* spool = nullptr;
  uint64_t offset = 0;       // of its first block
  uint64_t first_block = 0;  // number of it
  uint64_t size = 0;         // of its pairs
  uint64_t largest_pair = 0;
};

// The key of one spool, and the numbers of its blocks.
class SpoolSeal {
 public:
  SpoolSeal(RandomSource& random, size_t block_size);

  // Seals `block` where it lies (it grows by a tag) and appends it.
  Status Append(SpillFile& spool, Bytes& block);
  // Reads the block of `plain_size` bytes at `offset` behind the bytes of `out`. corrupt when it is not the one with this number.
  Status Read(const SpillFile& spool, uint64_t offset, uint64_t number, size_t plain_size, Bytes& out) const;

  size_t block_size() const { return block_size_; }
  uint64_t next_block() const { return next_block_; }
  uint64_t written() const { return written_; }
  void ForgetWritten() { written_ = 0; }
  // The memory that reading a run takes.
  uint64_t ReadCost(const SortRun& run) const { return block_size_ + run.largest_pair; }

 private:
  SecretBytes key_;
  size_t block_size_;
  uint64_t next_block_ = 0, written_ = 0;
};

// Writes one run; one at a time in a spool.
class SortRunWriter {
 public:
  SortRunWriter(SpoolSeal& seal, SpillFile& spool);
  Status Add(ByteView key, ByteView value);
  Result<SortRun> Finish();

 private:
  Status Append(ByteView bytes);
  SpoolSeal& seal_;
  SortRun run_;
  Bytes block_;
};

// Merges runs; equal keys come in the order of the runs.
class SortRunMerger {
 public:
  SortRunMerger(const SpoolSeal& seal, std::vector<SortRun> runs);
  ~SortRunMerger();
  Status Drain(const std::function<Status(ByteView key, ByteView value)>& each);

 private:
  class Reader;
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace pulih

// OrderedKv is an ordered map of byte strings on local disk, the seam over RocksDB (ordered_kv.cc is the
// only file that includes it). What it keeps is derived or local: it may be deleted at any time (I1).
//
// Thread-safe. A WriteBatch is atomic. Writes survive a killed process; a power cut may take the newest
// ones, always a suffix, never a hole. One process at a time opens a folder for writing.
// Implementations: OpenRocksKv (disk), NewMemoryKv (memory_kv.h: tests, and where no folder may be used);
// one contract test runs over both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

class KvBatch {
 public:
  virtual ~KvBatch() = default;
  virtual void Put(ByteView key, ByteView value) = 0;
  virtual void Delete(ByteView key) = 0;
  // Deletes all keys in [from, to).
  virtual void DeleteRange(ByteView from, ByteView to) = 0;
};

struct KvEntry {
  ByteView key, value;
};

class OrderedKv {
 public:
  virtual ~OrderedKv() = default;

  // True and `value` filled when the key is there.
  virtual Result<bool> Get(ByteView key, Bytes* value) = 0;

  // Calls `each` for every key >= `from` that starts with `prefix`, in byte order, until it returns false.
  // The views are valid during the call only. Sees the state at the moment of the call.
  virtual Status Scan(ByteView prefix, ByteView from, const std::function<bool(ByteView key, ByteView value)>& each) = 0;

  // The last key <= `at` that starts with `prefix`; false when there is none.
  virtual Result<bool> SeekAtOrBefore(ByteView prefix, ByteView at, Bytes* key, Bytes* value) = 0;

  // Runs `fill` on an empty batch and applies it whole.
  virtual Status Write(const std::function<void(KvBatch&)>& fill) = 0;

  // Adds entries that come in the order of their keys, each key once, none of them there yet; all or nothing. For
  // thousands of entries at a time: on disk they become tables at once, without a log and without being merged again and
  // again. Everything that was written before stands on the disk when they do.
  virtual Status Load(std::span<const KvEntry> sorted) {
    return Write([&](KvBatch& batch) {
      for (const KvEntry& entry : sorted) batch.Put(entry.key, entry.value);
    });
  }
};

struct KvOptions {
  uint64_t block_cache_bytes = 96ull << 20;    // filters and indexes included
  uint64_t memtable_bytes = 16ull << 20;       // all of them together
  // The filter remembers this many first bytes of each key (a shorter key whole). Get, and a Scan whose prefix
  // is at least this long, read nothing for a key that is not there. Must not change for a folder.
  uint32_t filter_prefix_bytes = 33;           // the catalog's: table byte and id, without the pack
  bool read_only = false;                      // sees the folder as it is now, also beside a process that writes; Write fails
};

// Opens or makes the folder; its parent is there. in_use when another process has it; corrupt when RocksDB
// cannot make sense of it, or found damage in it when it was open last (the caller may delete and start anew:
// it is derived).
Result<std::unique_ptr<OrderedKv>> OpenRocksKv(const std::string& directory, const KvOptions& options);

std::unique_ptr<OrderedKv> NewMemoryKv();

}  // namespace pulih

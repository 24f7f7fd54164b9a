// RowSorter sorts (key, value) pairs by key in bounded memory: what does not fit is sorted and written as a run into
// an unlinked spool file, encrypted under a key that is never written anywhere, and the runs are merged when read back.
// It is an external merge sort and nothing else: equal keys come out one after another, in the order that they went in.
//
// One thread. Nothing is ever synced: the spool is gone when the process ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/crypto/random.h"

namespace pulih {

struct RowSorterOptions {
  size_t memory_bytes = 24u << 20;  // of rows held, and later of the runs' read buffers, together
  std::string spool_directory = "/tmp";
};

class RowSorter {
 public:
  RowSorter(const RowSorterOptions& options, RandomSource& random);
  ~RowSorter();

  // no_space or io when the spool cannot be written.
  Status Add(ByteView key, ByteView value);
  uint64_t count() const;

  // Hands out everything in order; a failure of `each` ends it and comes back. corrupt when a spooled block does not
  // authenticate. Called once; Add no more afterwards.
  Status Drain(const std::function<Status(ByteView key, ByteView value)>& each);

  uint64_t spooled_bytes() const;
  // Empties it for the next table; the memory is kept.
  void Reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pulih

// SpillFile is a nameless temporary file used as a stack: what was appended last is dropped first. All
// listings of one walk share one, so however deep the tree, it costs one descriptor.
//
// It may hold names of files in the clear; nobody else can open it, and it is gone when the process ends.
// One thread at a time. Nothing is ever synced.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/os/unique_fd.h"

namespace pulih {

class SpillFile {
 public:
  // Made in `directory` at the first Append.
  explicit SpillFile(std::string directory) : directory_(std::move(directory)) {}

  Status Append(ByteView bytes);
  uint64_t end() const { return end_; }
  // Drops everything from `offset` on.
  void DropFrom(uint64_t offset);
  // Reads exactly `into.size()` bytes.
  Status ReadAt(uint64_t offset, MutableByteView into) const;

 private:
  Status Create();

  std::string directory_;
  UniqueFd fd_;
  uint64_t end_ = 0;
};

}  // namespace pulih

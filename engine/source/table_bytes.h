// TableBytes reads a table file from its start, as often as needed, and notices when it changes meanwhile.
//
// One thread. Only regular files: a pipe cannot be read twice.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/os/unique_fd.h"

namespace pulih {

class TableBytes {
 public:
  static Result<TableBytes> Open(const std::string& path);

  uint64_t size() const { return static_cast<uint64_t>(stat_.st_size); }
  // Up to `limit` bytes from `offset`; less only at the end of the file.
  Result<Bytes> Read(uint64_t offset, size_t limit) const;
  // Calls `take` with one piece after another, from `offset` to the end.
  Status ForEachPiece(uint64_t offset, const std::function<Status(ByteView)>& take) const;
  // Fails when the file is no longer as it was when it was opened.
  Status Unchanged() const;

 private:
  UniqueFd fd_;
  std::string path_;
  struct stat stat_ = {};
};

}  // namespace pulih

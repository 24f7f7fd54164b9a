#include "engine/os/spill_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "engine/os/errno_status.h"

namespace pulih {

Status SpillFile::Create() {
  fd_.reset(::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd_) return OkStatus();
  // Not every file system can make nameless files.
  std::string name = directory_ + "/pulih-spill-XXXXXX";
  fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd_) return ErrnoStatus(errno, "create temporary file", directory_);
  ::unlink(name.c_str());
  return OkStatus();
}

Status SpillFile::Append(ByteView bytes) {
  if (!fd_) PULIH_TRY(Create());
  uint64_t at = end_;
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "write temporary file", directory_);
    if (n == 0) return ErrnoStatus(EIO, "write temporary file", directory_);
    at += static_cast<uint64_t>(n);
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  end_ = at;
  return OkStatus();
}

void SpillFile::DropFrom(uint64_t offset) {
  if (offset >= end_) return;
  end_ = offset;
  // Only gives the space back; were it to fail, the bytes would be written over.
  if (fd_ && ::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0) return;
}

Status SpillFile::ReadAt(uint64_t offset, MutableByteView into) const {
  while (!into.empty()) {
    const ssize_t n = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return ErrnoStatus(n < 0 ? errno : EIO, "read temporary file", directory_);
    offset += static_cast<uint64_t>(n);
    into = into.subspan(static_cast<size_t>(n));
  }
  return OkStatus();
}

}  // namespace pulih

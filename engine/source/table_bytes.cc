#include "engine/source/table_bytes.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/os/errno_status.h"

namespace pulih {
namespace {

constexpr size_t kPiece = 256u << 10;

bool SameTime(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

}  // namespace

Result<TableBytes> TableBytes::Open(const std::string& path) {
  TableBytes file;
  file.path_ = path;
  // O_NONBLOCK: a pipe without a writer would hold us here.
  file.fd_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.fd_.valid()) return ErrnoStatus(errno, "open", path);
  if (::fstat(file.fd_.get(), &file.stat_) != 0) return ErrnoStatus(errno, "stat", path);
  if (!S_ISREG(file.stat_.st_mode)) return Status(Code::unsupported, "open: " + path + ": not a regular file");
  return file;
}

Result<Bytes> TableBytes::Read(uint64_t offset, size_t limit) const {
  const uint64_t there = offset < size() ? size() - offset : 0;
  Bytes bytes(static_cast<size_t>(std::min<uint64_t>(limit, there)));
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = ::pread(fd_.get(), bytes.data() + got, bytes.size() - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "read", path_);
    if (n == 0) return Status(Code::io, "read: " + path_ + ": it became shorter");
    got += static_cast<size_t>(n);
  }
  return bytes;
}

Status TableBytes::ForEachPiece(uint64_t offset, const std::function<Status(ByteView)>& take) const {
  for (; offset < size(); offset += kPiece) {
    PULIH_TRY_ASSIGN(const Bytes piece, Read(offset, kPiece));
    PULIH_TRY(take(piece));
  }
  return OkStatus();
}

Status TableBytes::Unchanged() const {
  struct stat now = {};
  if (::fstat(fd_.get(), &now) != 0) return ErrnoStatus(errno, "stat", path_);
  if (now.st_size == stat_.st_size && SameTime(now.st_mtim, stat_.st_mtim)) return OkStatus();
  return Status(Code::io, "it changed while it was read");
}

}  // namespace pulih

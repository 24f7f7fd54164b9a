#include "engine/recover/evidence_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "engine/os/errno_status.h"

namespace pulih {
namespace {

int64_t Nanoseconds(const timespec& t) { return static_cast<int64_t>(t.tv_sec) * 1000000000 + t.tv_nsec; }

FileState StateOf(const struct stat& s) {
  return {s.st_dev, s.st_ino, static_cast<uint64_t>(s.st_size), Nanoseconds(s.st_mtim), Nanoseconds(s.st_ctim)};
}

}  // namespace

Result<EvidenceHandle> EvidenceHandle::Open(const std::string& path) {
  // Not blocking: a name that became a pipe meanwhile must not hold us.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  UniqueFd fd(::open(path.c_str(), kFlags | O_NOATIME));
  if (!fd && errno == EPERM) fd = UniqueFd(::open(path.c_str(), kFlags));  // somebody else's file
  if (!fd) return ErrnoStatus(errno, "open evidence", path);
  struct stat s{};
  if (::fstat(fd.get(), &s) != 0) return ErrnoStatus(errno, "open evidence", path);
  if (!S_ISREG(s.st_mode)) return Status(Code::unsupported, "open evidence: " + path + ": not a regular file");
  return EvidenceHandle(std::move(fd), path, StateOf(s));
}

Result<size_t> EvidenceHandle::ReadAt(uint64_t offset, MutableByteView into) const {
  size_t have = 0;
  while (have < into.size()) {
    const ssize_t got = ::pread(fd_.get(), into.data() + have, into.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "read evidence", path_);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  return have;
}

Result<FileState> EvidenceHandle::StateNow() const {
  struct stat s{};
  if (::fstat(fd_.get(), &s) != 0) return ErrnoStatus(errno, "read evidence", path_);
  return StateOf(s);
}

Result<EvidenceMap> EvidenceMap::Of(const EvidenceHandle& file) {
  EvidenceMap map;
  const uint64_t size = file.state().size;
  if (size == 0) return map;
  if (size > SIZE_MAX) return Status(Code::too_large, "map evidence: " + file.path() + ": it does not fit into memory");
  void* at = ::mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE | MAP_NORESERVE, file.fd(), 0);
  if (at == MAP_FAILED) return ErrnoStatus(errno, "map evidence", file.path());
  map.at_ = at;
  map.size_ = static_cast<size_t>(size);
  return map;
}

EvidenceMap::EvidenceMap(EvidenceMap&& other) noexcept : at_(std::exchange(other.at_, nullptr)), size_(std::exchange(other.size_, 0)) {}
EvidenceMap& EvidenceMap::operator=(EvidenceMap&& other) noexcept {
  std::swap(at_, other.at_);
  std::swap(size_, other.size_);
  return *this;
}
EvidenceMap::~EvidenceMap() {
  if (at_ != nullptr) ::munmap(at_, size_);
}

}  // namespace pulih

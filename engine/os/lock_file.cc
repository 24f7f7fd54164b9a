#include "engine/os/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "engine/os/errno_status.h"

namespace pulih {
namespace {

// A lock on a file that was deleted between open and flock locks nothing that others can see.
bool StillNames(int fd, const std::string& path) {
  struct stat held{}, named{};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

}  // namespace

Result<LockFile> LockFile::TryAcquire(const std::string& path) {
  for (;;) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return ErrnoStatus(errno, "open lock", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno == EWOULDBLOCK) return Status(Code::in_use, "lock: " + path + ": another process has it");
      return ErrnoStatus(errno, "lock", path);
    }
    if (StillNames(fd.get(), path)) return LockFile(std::move(fd), path);
  }
}

void LockFile::RemoveAndRelease() {
  if (!is_held()) return;
  ::unlink(path_.c_str());
  fd_.reset();
}

}  // namespace pulih

// LockFile: a file whose exclusive lock says that a living process has something in use. The lock (flock(2))
// goes away with the process however it dies; the file itself stays and says nothing.
//
// Also between two of the same process: each LockFile is a holder of its own.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/os/unique_fd.h"

namespace pulih {

class LockFile {
 public:
  LockFile() = default;

  // Makes the file where it is missing (mode 0600). in_use when another holder has it; never waits.
  static Result<LockFile> TryAcquire(const std::string& path);

  bool is_held() const { return fd_.valid(); }
  // Deletes the file and lets go of the lock: for a lock that nobody will ask for again.
  void RemoveAndRelease();

 private:
  LockFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  std::string path_;
};

}  // namespace pulih

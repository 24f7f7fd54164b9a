// One file of evidence, opened for reading and nothing else: never for writing (I6), without changing its access time
// where the system lets us, without following a link, and only when it is a regular file.
//
// One thread. Mapping is for the child that decodes (sandbox.h): whoever touches mapped bytes that the disk cannot give
// dies of SIGBUS, so the parent reads with ReadAt.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/os/unique_fd.h"
#include "engine/recover/evidence.h"

namespace pulih {

class EvidenceHandle {
 public:
  static Result<EvidenceHandle> Open(const std::string& path);

  const FileState& state() const { return state_; }
  // Fills `into` from `offset`; short only at the end of the file.
  Result<size_t> ReadAt(uint64_t offset, MutableByteView into) const;
  // What the file is now; another state means that somebody writes to it.
  Result<FileState> StateNow() const;
  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

 private:
  EvidenceHandle(UniqueFd fd, std::string path, FileState state) : fd_(std::move(fd)), path_(std::move(path)), state_(state) {}
  UniqueFd fd_;
  std::string path_;
  FileState state_;
};

// A read-only map of a whole file; empty for an empty one. The file may be closed behind it.
class EvidenceMap {
 public:
  EvidenceMap() = default;
  static Result<EvidenceMap> Of(const EvidenceHandle& file);
  EvidenceMap(EvidenceMap&& other) noexcept;
  EvidenceMap& operator=(EvidenceMap&& other) noexcept;
  ~EvidenceMap();
  ByteView view() const { return {static_cast<const uint8_t*>(at_), size_}; }

 private:
  void* at_ = nullptr;
  size_t size_ = 0;
};

}  // namespace pulih

// ContentHash holds a file's bytes against the SHA-256 that its entry records, while they pass by in order. Each object
// was checked by its own name already; this tells that they are the right ones, in the right order, of the right lengths.
//
// One thread. docs/format.md, "File entries", says what the sparse digest is.
#pragma once

#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/crypto/sha256.h"
#include "formats/repo/file_entry.h"

namespace pulih {

class ContentHash {
 public:
  // Borrows both.
  ContentHash(const Content& content, const std::vector<Segment>& segments) : content_(content), segments_(segments) {}

  // The next segment; a hole has no bytes.
  void Add(ByteView bytes);
  // After the last one: corrupt when the content is another than was recorded.
  Status Check();

 private:
  void BeginRegion();

  const Content& content_;
  const std::vector<Segment>& segments_;
  Sha256 hash_;
  size_t next_ = 0;       // the segment that comes next
  uint64_t offset_ = 0;
  bool in_region_ = false;
};

}  // namespace pulih

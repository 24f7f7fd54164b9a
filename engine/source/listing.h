// Listing holds the names in one folder and gives them back sorted by bytes, each once.
//
// Names stand end to end in one arena, with a 16-byte reference each that carries the first eight bytes, so
// sorting rarely touches the names. When both together pass a limit, the sorted run goes to the spill file, and Next()
// merges the runs: memory does not grow with the folder. Where the spill file cannot be written, the names
// stay in memory: a complete backup matters more than the limit.
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/os/spill_file.h"

namespace pulih {

struct ListedName {
  std::string_view name;  // followed by a NUL byte; valid until the listing's next call
  uint8_t type = 0;       // DT_DIR, …; DT_UNKNOWN where the file system does not say
};

class Listing {
 public:
  // Reads the folder behind `fd`. When that fails, what was read so far is kept. `buffer` is working space.
  Status Read(int fd, MutableByteView buffer, size_t limit_bytes, SpillFile& spill, std::string_view path_for_messages);
  // Holds this one name.
  void Only(std::string_view name, uint8_t type);
  // The next name in byte order; false at the end.
  Result<bool> Next(ListedName& next);
  // Empties it and gives back its part of the spill file, which must be the last one.
  void Clear();
  size_t held_bytes() const { return arena_.capacity() + names_.capacity() * sizeof(Name); }

 private:
  struct Name {
    uint64_t prefix;  // the first eight bytes as a big-endian number, padded with zeros
    uint32_t offset;
    uint16_t length;
    uint8_t type;
  };
  // One sorted run in the spill file: records of length le16, type u8, name.
  struct Run {
    uint64_t next_read, end;
    Bytes buffer;
    size_t position = 0;
    std::string name;
    uint8_t type = 0;
  };

  std::string_view Text(const Name& name) const { return {arena_.data() + name.offset, name.length}; }
  bool Before(const Name& a, const Name& b) const;
  void Add(std::string_view name, uint8_t type);
  void Sort();
  Status SpillRun();
  Status PrepareMerge();
  Result<bool> Advance(Run& run);
  Status Refill(Run& run, size_t needed);
  Result<bool> NextMerged(ListedName& next);

  std::vector<char> arena_;
  std::vector<Name> names_;
  size_t next_ = 0;

  SpillFile* spill_ = nullptr;  // set once something was spilled
  uint64_t spill_start_ = 0;
  size_t limit_bytes_ = 0;
  std::vector<Run> runs_;
  std::vector<size_t> heap_;  // of runs, the one with the smallest name in front
  std::string current_;
};

}  // namespace pulih

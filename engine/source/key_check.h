// KeyCheck finds out whether columns identify the rows of a table: no NULL among them, and no two rows alike. It keeps
// 16 bytes of hash for each row and sorts them, spilling what is too much for memory. Two keys that hash alike count as
// the same: the table then has no key, which loses nothing.
//
// One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/os/spill_file.h"

namespace pulih {

class KeyCheck {
 public:
  KeyCheck(size_t memory, std::string spill_directory);

  // The key columns of one row, in key order.
  Status Add(const std::vector<std::optional<std::string_view>>& key);
  struct Verdict {
    uint64_t nulls = 0;     // rows with a NULL in the key
    bool repeats = false;
    bool ok() const { return nulls == 0 && !repeats; }
  };
  Result<Verdict> Finish();

 private:
  using Hash = std::array<uint64_t, 2>;
  struct Run {
    uint64_t next, end;
    std::vector<Hash> buffer;
    size_t at = 0;
  };
  void SortHeld();
  Status SpillHeld();
  Result<bool> Advance(Run& run) const;
  Status Merge();

  size_t most_held_;
  SpillFile spill_;
  std::vector<Hash> held_;
  std::vector<Run> runs_;
  Bytes key_bytes_;
  Verdict verdict_;
};

}  // namespace pulih

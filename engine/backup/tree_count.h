// TreeCount walks the same trees ahead of a backup, on a thread of its own, and counts what the backup will meet:
// that is what a percentage and a remaining time are made of. It looks at names and sizes only.
//
// It never has a say in the backup: what it cannot look at is left out of the count, a walk that fails has no
// totals, and a file that comes or goes between the two makes them a little wrong. Memory: as for one more walk,
// with a listing that spills early.
//
// The walk begins with the object and ends with it at the latest; totals() may be called meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "engine/source/tree_source.h"

namespace pulih {

class TreeCount {
 public:
  TreeCount(TreeOptions options, std::string working_directory);
  ~TreeCount();
  TreeCount(const TreeCount&) = delete;
  TreeCount& operator=(const TreeCount&) = delete;

  struct Totals {
    uint64_t files = 0, bytes = 0;  // of regular files, each name counted, as a backup reports them
  };
  // Nothing until all was counted.
  std::optional<Totals> totals() const;
  // Waits until the walk is over: for tests.
  void Wait();

 private:
  class Counter;
  void Walk(const std::string& working_directory);

  TreeOptions options_;
  Totals totals_;  // the thread's own until is_whole_
  std::atomic<bool> is_whole_{false}, stop_{false};
  std::thread thread_;
};

}  // namespace pulih

// What went wrong with single entries of the source: counted whole, listed up to a bound (I8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/source/tree_source.h"

namespace pulih {

struct SourceProblem {
  std::string path;  // stored form
  SourceProblemKind kind = SourceProblemKind::unreadable;
  std::string why;
};

struct SourceProblems {
  static constexpr size_t kMaxListed = 10000;
  uint64_t count = 0;
  std::vector<SourceProblem> listed;

  void Add(std::string_view path, SourceProblemKind kind, std::string why) {
    ++count;
    // "open: PATH: permission denied": the path is told beside it already.
    if (const size_t at = why.find(": " + std::string(path) + ": "); at != std::string::npos) why.erase(at, path.size() + 2);
    if (listed.size() < kMaxListed) listed.push_back({std::string(path), kind, std::move(why)});
  }
};

}  // namespace pulih

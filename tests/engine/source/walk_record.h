// What a walk told its visitor, and small ways to make the trees that are walked.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/source/tree_source.h"
#include "tests/support/temporary_directory.h"

namespace pulih {

inline void WriteText(const std::string& path, std::string_view text = "text") {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
  REQUIRE(fd.valid());
  REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

inline void MakeFolder(const std::string& path) { REQUIRE(::mkdir(path.c_str(), 0755) == 0); }

inline size_t OpenDescriptors() {
  DIR* items = ::opendir("/proc/self/fd");
  size_t count = 0;
  while (::readdir(items) != nullptr) ++count;
  ::closedir(items);
  return count;
}

class Record final : public TreeVisitor {
 public:
  Status Visit(const SourceEntry& entry, SourceOpener& opener) override {
    visited.emplace_back(entry.path);
    if (keep_entries) entries[std::string(entry.path)] = entry;
    if (count_every != 0 && visited.size() % count_every == 0) {
      most_descriptors = std::max(most_descriptors, OpenDescriptors());
    }
    return on_visit ? on_visit(entry, opener) : OkStatus();
  }
  Status LeaveDirectory(const SourceEntry& entry, bool complete) override {
    left.emplace_back(entry.path);
    if (!complete) incomplete.emplace_back(entry.path);
    return OkStatus();
  }
  Status Problem(std::string_view path, SourceProblemKind kind, const Status& why) override {
    problems.push_back({std::string(path), kind, why.message()});
    return OkStatus();
  }
  Status Excluded(std::string_view path) override {
    excluded.emplace_back(path);
    return OkStatus();
  }
  bool NeedsXattrs(const SourceEntry&) override { return needs_xattrs; }

  struct Told {
    std::string path;
    SourceProblemKind kind;
    std::string message;
  };
  std::vector<std::string> visited, left, incomplete, excluded;
  std::map<std::string, SourceEntry> entries;
  std::vector<Told> problems;
  std::function<Status(const SourceEntry&, SourceOpener&)> on_visit;
  bool needs_xattrs = true, keep_entries = true;
  size_t count_every = 0;  // count open descriptors at every so many visits
  size_t most_descriptors = 0;
};

inline TreeOptions At(const std::string& root) {
  TreeOptions options;
  options.roots = {root};
  return options;
}

inline void WalkInto(Record& record, TreeOptions options, const std::string& working_directory = "/") {
  TreeSource source(std::move(options));
  const Status status = source.Walk(working_directory, record);
  INFO(status.ToString());
  REQUIRE(status.ok());
}

// Those of `paths` that lie below `folder`, without it.
inline std::vector<std::string> Below(const std::vector<std::string>& paths, const std::string& folder) {
  const std::string start = folder.substr(1) + "/";
  std::vector<std::string> below;
  for (const std::string& path : paths) {
    if (path.starts_with(start)) below.push_back(path.substr(start.size()));
  }
  return below;
}

using Names = std::vector<std::string>;

}  // namespace pulih

// TreeWalk walks what lies below one place after another, without recursion: one frame per open folder, the
// frames in an array. It is the inside of TreeSource, which decides what the roots are.
//
// Only the last `max_open_levels` folders are kept open. When the walk comes back to one that was closed, it
// opens ".." of the folder that it leaves and compares device and inode; when that is another folder
// (somebody moved things), it goes down again from the root, and gives the folder up when that fails too.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/os/spill_file.h"
#include "engine/source/file_stat.h"
#include "engine/source/listing.h"
#include "engine/source/names.h"
#include "engine/source/tree_source.h"

namespace pulih {

class TreeWalk {
 public:
  TreeWalk(const TreeOptions& options, TreeVisitor& visitor);
  // Visits the ancestors of `root` (stored form) that no earlier root had, then the root and all below it.
  // Roots come in map order, none inside another. `inner`: what was named as well and lies inside this one. The
  // walk takes it in on its way, over patterns and mount points too, for it was asked for; an inner root that it
  // does not come to (behind a link, in a folder that is left out) is a Problem: it must not be missing silently.
  Status Root(const std::string& root, std::set<std::string> inner);

 private:
  struct Frame {
    SourceEntry entry;
    UniqueFd fd;
    size_t path_length = 0;
    uint64_t tree_device = 0;  // the file system to stay on
    Listing listing;
    bool complete = true;
    bool nameless = false;  // "/" itself, which has no stored path and is not told to the visitor
  };
  // The folder that holds the entry at hand.
  struct Holder {
    int fd = -1;
    uint64_t device = 0, inode = 0;
  };
  enum class Inside : uint8_t { all, tag_only, nothing };

  Result<bool> ReachParent(const std::string& root, UniqueFd& parent, Holder& holder);
  Status VisitAncestors(const std::string& root);
  Status TellUnreached();
  Status StartAtSlash();
  Status VisitBelow();
  Status VisitName(const Holder& holder, const ListedName& name, bool is_root);
  Status VisitFolder(const Holder& holder, const ListedName& name, const struct stat& stat, UniqueFd fd, int open_error,
                     uint64_t tree_device);
  Status VisitOther(const Holder& holder, const ListedName& name, const struct stat& stat);
  Status EnterFolder(Frame& frame);
  Status LeaveFolder();
  Result<Inside> WhatToEnter(const Frame& frame);
  bool IsTaggedCache(int folder) const;
  UniqueFd Reopen(const Frame& frame, int child);
  UniqueFd ReopenFromRoot(const Frame& frame);
  Frame& NextFrame();
  Status ReadXattrs(SourceEntry& entry, int fd, const Holder& holder, const char* name);
  Status Failed(int error, std::string_view operation);
  Status RootFailed(int error, std::string_view operation);

  const TreeOptions& options_;
  TreeVisitor& visitor_;
  NameCache names_;
  XattrReader xattr_reader_;
  std::vector<Status> xattr_failures_;
  SpillFile spill_;
  Bytes list_buffer_;

  std::string path_;   // of the entry at hand
  SourceEntry entry_;  // the same for everything that is no folder, so that its memory is used again
  std::vector<std::unique_ptr<Frame>> frames_;  // used again too; those from depth_ on are idle
  size_t depth_ = 0;

  std::set<std::string> inner_roots_;  // not yet come to

  UniqueFd root_parent_;
  size_t root_parent_length_ = 0;  // of its stored path
  uint64_t root_device_ = 0;  // of the root itself
  std::vector<SourceEntry> ancestors_;
  std::string previous_root_;
};

}  // namespace pulih

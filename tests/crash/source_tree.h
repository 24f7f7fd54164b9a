// SourceTree is a small real directory that a backup reads: about 20 files, one of several chunks, a symbolic link, a
// hole, hard links, an empty folder, a long and an odd name. It has versions: each changes some of what was there.
//
// A Picture says what a tree holds in words that can be compared: what a restore must give back.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace pulih {

// Path below the root ("" is the root itself) to type, mode, time, content, link or hard link.
using Picture = std::map<std::string, std::string>;
Picture PictureOf(const std::string& root);
// The first few differences, one a line; empty when there are none.
std::string Differences(const Picture& wanted, const Picture& got);

// Where throw-away trees are laid: in memory where the machine has such a place, since thousands are made.
std::string ScratchBase();

class SourceTree {
 public:
  SourceTree();
  // Version 0 is made first. Each call makes the next.
  void MakeNext();

  int version() const { return version_; }
  const std::string& path() const { return path_; }
  const Picture& picture(int version) const { return pictures_.at(static_cast<size_t>(version)); }

 private:
  void MakeFirst();
  void Change();

  TemporaryDirectory directory_;
  const std::string path_;
  int version_ = 0;
  std::vector<Picture> pictures_;
};

}  // namespace pulih

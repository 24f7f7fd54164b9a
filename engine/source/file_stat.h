// What the kernel says about one entry, put into a SourceEntry: numbers from stat(2), the target of a
// symbolic link, extended attributes (ACLs and capabilities are among them).
//
// Nothing here follows a symbolic link. One thread at a time per object.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/source/names.h"
#include "engine/source/tree_source.h"

namespace pulih {

// Overwrites every field of `entry` but path and the holding folder's device and inode; link target and
// xattrs come out empty. False when the type is none that we know.
bool FillFromStat(const struct stat& stat, NameCache& names, SourceEntry& entry);

// The target of the link `name` in the folder `directory`. Returns an errno value, 0 when done.
int ReadLink(int directory, const char* name, std::string& target);

// Reads xattrs. A file mostly has none, so the question "which?" is what costs: listxattrat(2) asks it in one
// step (Linux 6.13); before that the way leads through /proc/self/fd, which took 1.4 times as long.
class XattrReader {
 public:
  // `may_use_listxattrat` is false in tests of the older way.
  explicit XattrReader(bool may_use_listxattrat = true);
  // Of `name` in the folder `directory`. Sorted by name. `failed` collects what could not be read; an
  // attribute that is removed meanwhile and a file system without attributes are no failures.
  void ReadNamed(int directory, const char* name, std::string_view path_for_messages, std::vector<Xattr>& xattrs,
                 std::vector<Status>& failed);
  // Of the file behind `fd`.
  void ReadOpen(int fd, std::string_view path_for_messages, std::vector<Xattr>& xattrs, std::vector<Status>& failed);

 private:
  template <typename Get>
  void ReadValues(ssize_t listed, Get get, std::string_view path, std::vector<Xattr>& xattrs, std::vector<Status>& failed);

  bool has_listxattrat_;
  std::vector<char> list_, value_;
  std::string proc_path_;
};

}  // namespace pulih

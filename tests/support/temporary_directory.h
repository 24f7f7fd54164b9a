// TemporaryDirectory: a folder for one test, removed with all that is in it, however deep or unreadable.
#pragma once

#include <fcntl.h>
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include <catch2/catch.hpp>

namespace pulih {

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& base = "/tmp") : path_(base + "/pulih-test-XXXXXX") {
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  ~TemporaryDirectory() {
    const int fd = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) Empty(fd);
    ::rmdir(path_.c_str());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  // Folders inside are first moved up next to each other, so depth costs neither stack nor descriptors.
  static void Empty(int top) {
    size_t moved = 0;
    for (bool again = true; again;) {
      again = false;
      const int listed = ::openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      DIR* items = ::fdopendir(listed);
      while (const dirent* item = ::readdir(items)) {
        if (std::strcmp(item->d_name, ".") == 0 || std::strcmp(item->d_name, "..") == 0) continue;
        if (::unlinkat(top, item->d_name, 0) == 0 || ::unlinkat(top, item->d_name, AT_REMOVEDIR) == 0) continue;
        again = LiftContent(top, item->d_name, moved) || again;
      }
      ::closedir(items);
    }
  }
  static bool LiftContent(int top, const char* name, size_t& moved) {
    if (::fchmodat(top, name, 0700, 0) != 0) return false;
    const int inner = ::openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0) return false;
    DIR* items = ::fdopendir(inner);
    while (const dirent* item = ::readdir(items)) {
      if (std::strcmp(item->d_name, ".") == 0 || std::strcmp(item->d_name, "..") == 0) continue;
      if (::unlinkat(inner, item->d_name, 0) == 0) continue;
      ::renameat(inner, item->d_name, top, ("lifted-" + std::to_string(moved++)).c_str());
    }
    ::closedir(items);
    return ::unlinkat(top, name, AT_REMOVEDIR) == 0 || true;
  }

  std::string path_;
};

}  // namespace pulih

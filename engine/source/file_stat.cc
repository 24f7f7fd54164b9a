#include "engine/source/file_stat.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "engine/os/errno_status.h"

namespace pulih {

namespace {

std::optional<FileType> TypeOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return FileType::regular;
    case S_IFDIR: return FileType::directory;
    case S_IFLNK: return FileType::symlink;
    case S_IFIFO: return FileType::fifo;
    case S_IFCHR: return FileType::character_device;
    case S_IFBLK: return FileType::block_device;
    case S_IFSOCK: return FileType::socket;
    default: return std::nullopt;
  }
}

// Times beyond the year 2262 wrap. These two only tell whether a file changed; what is restored is kept apart.
int64_t Nanoseconds(const timespec& time) {
  return static_cast<int64_t>(static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec));
}

#ifdef SYS_listxattrat
constexpr long kListxattrat = SYS_listxattrat;
#else
constexpr long kListxattrat = 465;  // the same on every architecture that Debian 12 runs on
#endif

long ListXattrAt(int directory, const char* name, char* list, size_t size) {
  return ::syscall(kListxattrat, directory, name, AT_SYMLINK_NOFOLLOW, list, size);
}

}  // namespace

bool FillFromStat(const struct stat& stat, NameCache& names, SourceEntry& entry) {
  const std::optional<FileType> type = TypeOf(stat.st_mode);
  if (!type) return false;
  const bool is_device = *type == FileType::character_device || *type == FileType::block_device;
  FileEntry& meta = entry.meta;
  meta.type = *type;
  meta.ancestor = false;
  meta.mode = static_cast<uint16_t>(stat.st_mode & 07777);
  if (meta.uid != stat.st_uid || meta.user.empty()) meta.user = names.User(stat.st_uid);
  if (meta.gid != stat.st_gid || meta.group.empty()) meta.group = names.Group(stat.st_gid);
  meta.uid = stat.st_uid;
  meta.gid = stat.st_gid;
  meta.mtime_seconds = stat.st_mtim.tv_sec;
  meta.mtime_nanoseconds = static_cast<uint32_t>(stat.st_mtim.tv_nsec);
  meta.symlink_target.clear();
  meta.device_major = is_device ? major(stat.st_rdev) : 0;
  meta.device_minor = is_device ? minor(stat.st_rdev) : 0;
  meta.xattrs.clear();
  entry.size = *type == FileType::regular ? static_cast<uint64_t>(stat.st_size) : 0;
  entry.device = stat.st_dev;
  entry.inode = stat.st_ino;
  entry.link_count = stat.st_nlink;
  entry.mtime_ns = Nanoseconds(stat.st_mtim);
  entry.ctime_ns = Nanoseconds(stat.st_ctim);
  entry.allocated_bytes = static_cast<uint64_t>(stat.st_blocks) * 512;
  return true;
}

int ReadLink(int directory, const char* name, std::string& target) {
  // A target is shorter than PATH_MAX on every file system in the kernel; a FUSE one may say otherwise.
  for (size_t room = PATH_MAX; room <= (1u << 20); room *= 4) {
    target.resize(room);
    const ssize_t length = ::readlinkat(directory, name, target.data(), target.size());
    const int error = errno;
    target.resize(length < 0 ? 0 : static_cast<size_t>(length));
    if (length < 0) return error;
    if (target.size() < room) return 0;
  }
  target.clear();
  return ENAMETOOLONG;
}

XattrReader::XattrReader(bool may_use_listxattrat) : list_(XATTR_LIST_MAX), value_(XATTR_SIZE_MAX) {
  has_listxattrat_ = may_use_listxattrat && ListXattrAt(AT_FDCWD, "/", nullptr, 0) >= 0;
}

void XattrReader::ReadNamed(int directory, const char* name, std::string_view path_for_messages,
                            std::vector<Xattr>& xattrs, std::vector<Status>& failed) {
  ssize_t listed = 0;
  if (has_listxattrat_) {
    listed = ListXattrAt(directory, name, list_.data(), list_.size());
    if (listed == 0) return;
  }
  proc_path_ = "/proc/self/fd/" + std::to_string(directory) + "/" + name;
  if (!has_listxattrat_) listed = ::llistxattr(proc_path_.c_str(), list_.data(), list_.size());
  const auto get = [this](const char* xattr) {
    return ::lgetxattr(proc_path_.c_str(), xattr, value_.data(), value_.size());
  };
  ReadValues(listed, get, path_for_messages, xattrs, failed);
}

void XattrReader::ReadOpen(int fd, std::string_view path_for_messages, std::vector<Xattr>& xattrs,
                           std::vector<Status>& failed) {
  const ssize_t listed = ::flistxattr(fd, list_.data(), list_.size());
  const auto get = [this, fd](const char* xattr) { return ::fgetxattr(fd, xattr, value_.data(), value_.size()); };
  ReadValues(listed, get, path_for_messages, xattrs, failed);
}

template <typename Get>
void XattrReader::ReadValues(ssize_t listed, Get get, std::string_view path, std::vector<Xattr>& xattrs,
                             std::vector<Status>& failed) {
  if (listed < 0 && errno != ENOTSUP) failed.push_back(ErrnoStatus(errno, "list attributes", path));
  const char* const end = list_.data() + std::max<ssize_t>(listed, 0);
  for (const char* name = list_.data(); name < end; name += std::strlen(name) + 1) {
    const ssize_t length = get(name);
    if (length >= 0) {
      const auto* value = reinterpret_cast<const uint8_t*>(value_.data());
      xattrs.push_back({name, Bytes(value, value + length)});
    } else if (errno != ENODATA && errno != ENOTSUP) {
      failed.push_back(ErrnoStatus(errno, std::string("read attribute ") + name, path));
    }
  }
  std::sort(xattrs.begin(), xattrs.end(), [](const Xattr& a, const Xattr& b) { return a.name < b.name; });
  const auto same_name = [](const Xattr& a, const Xattr& b) { return a.name == b.name; };
  xattrs.erase(std::unique(xattrs.begin(), xattrs.end(), same_name), xattrs.end());
}

}  // namespace pulih

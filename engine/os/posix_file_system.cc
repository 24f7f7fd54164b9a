// The real FileSystem. A new file goes through these steps, and each leaves a state that is right after a
// kill or a power cut:
//
//   Create     O_TMPFILE in the folder for temporaries: the file has no name and vanishes with its process.
//              Where that does not work: "tmp-<16 hex digits>", O_EXCL.
//   Append     collects small pieces and writes 128 KiB at a time; the disk is told to start every 2 MiB.
//   Sync       fsync(2). The first failure is the last word on this file: a second fsync may report success
//              for pages that the kernel has dropped.
//   PublishAs  linkat(2) from /proc/self/fd, which never replaces; for a named temporary renameat2(2) with
//              RENAME_NOREPLACE, or link and unlink where that is unknown (NFS).
//   ReplaceAs  a name among the temporaries first, then rename(2): link cannot replace.
#include "engine/os/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>

#include "engine/base/hex.h"
#include "engine/os/errno_status.h"
#include "engine/os/unique_fd.h"

namespace pulih {

namespace {

constexpr size_t kBufferSize = 128u << 10;
constexpr uint64_t kWriteBehind = 2u << 20;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;
constexpr std::string_view kTemporaryPrefix = "tmp-";
constexpr time_t kStaleAfterSeconds = 24 * 60 * 60;

template <typename Call>
auto RetryInterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

UniqueFd OpenFd(const std::string& path, int flags) {
  return UniqueFd(RetryInterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); }));
}

Status NotARegularFile(std::string_view operation, const std::string& path) {
  return Status(Code::io, std::string(operation) + ": " + path + ": not a regular file");
}

Result<std::string> TemporaryPath(const std::string& folder) {
  uint8_t random[8];
  const auto got = RetryInterrupted([&] { return ::getrandom(random, sizeof random, 0); });
  if (got != sizeof random) return ErrnoStatus(errno, "name a temporary", folder);
  return folder + "/" + std::string(kTemporaryPrefix) + ToHex(random);
}

// A descriptor's name below /proc, by which linkat(2) can give a nameless file a name. (AT_EMPTY_PATH would
// need CAP_DAC_READ_SEARCH on most kernels.)
std::string ProcPath(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// --- a file being written ----------------------------------------------------------------------------------

class PosixNewFile final : public NewFile {
 public:
  // `temporary` is the file's present name, empty for a nameless one.
  PosixNewFile(UniqueFd fd, std::string folder, std::string temporary)
      : fd_(std::move(fd)), folder_(std::move(folder)), temporary_(std::move(temporary)) {}

  ~PosixNewFile() override {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  Status Append(ByteView bytes) override {
    PULIH_TRY(Usable());
    if (buffer_.size() + bytes.size() > kBufferSize) PULIH_TRY(Flush());
    if (bytes.size() >= kBufferSize) return WriteAll(bytes);
    if (buffer_.capacity() == 0) buffer_.reserve(kBufferSize);
    pulih::Append(buffer_, bytes);
    return OkStatus();
  }

  Status Sync() override {
    PULIH_TRY(failure_);
    PULIH_TRY(Flush());
    if (RetryInterrupted([&] { return ::fsync(fd_.get()); }) != 0) return GiveUp(ErrnoStatus(errno, "sync", Name()));
    return OkStatus();
  }

  Status PublishAs(const std::string& path) override {
    PULIH_TRY(Usable());
    PULIH_TRY(Flush());
    PULIH_TRY(temporary_.empty() ? LinkNameless(path) : RenameWithoutReplacing(path));
    published_as_ = path;
    return OkStatus();
  }

  Status ReplaceAs(const std::string& path) override {
    PULIH_TRY(Usable());
    PULIH_TRY(Flush());
    if (temporary_.empty()) {
      PULIH_TRY_ASSIGN(const std::string temporary, TemporaryPath(folder_));
      PULIH_TRY(LinkNameless(temporary));
      temporary_ = temporary;
    }
    if (::rename(temporary_.c_str(), path.c_str()) != 0) return ErrnoStatus(errno, "replace", path);
    temporary_.clear();
    published_as_ = path;
    return OkStatus();
  }

 private:
  // Appending and naming end when the file has its name, and with the first failed write.
  Status Usable() const {
    PULIH_TRY(failure_);
    if (published_as_.empty()) return OkStatus();
    return Status(Code::invalid, "write: " + published_as_ + ": the file has its name already");
  }

  Status GiveUp(Status why) {
    failure_ = why;
    return why;
  }

  Status Flush() {
    PULIH_TRY(WriteAll(buffer_));
    buffer_.clear();
    return OkStatus();
  }

  Status WriteAll(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t written = RetryInterrupted([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
      if (written < 0) return GiveUp(ErrnoStatus(errno, "write", Name()));
      if (written == 0) return GiveUp(ErrnoStatus(EIO, "write", Name()));
      bytes = bytes.subspan(static_cast<size_t>(written));
      size_ += static_cast<uint64_t>(written);
    }
    // The disk starts on what is there, so that Sync, for which a whole pipeline waits, finds little left. A hint: what
    // fails on the way is told by fsync.
    if (size_ - handed_over_ >= kWriteBehind) {
      (void)::sync_file_range(fd_.get(), static_cast<off_t>(handed_over_), static_cast<off_t>(size_ - handed_over_), SYNC_FILE_RANGE_WRITE);
      handed_over_ = size_;
    }
    return OkStatus();
  }

  Status LinkNameless(const std::string& path) {
    if (::linkat(AT_FDCWD, ProcPath(fd_.get()).c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return ErrnoStatus(errno, "create", path);
    return OkStatus();
  }

  Status RenameWithoutReplacing(const std::string& path) {
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
      temporary_.clear();
      return OkStatus();
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return ErrnoStatus(errno, "create", path);
    if (::link(temporary_.c_str(), path.c_str()) != 0) return ErrnoStatus(errno, "create", path);
    ::unlink(temporary_.c_str());  // a second name that stays does no harm and is removed as stale
    temporary_.clear();
    return OkStatus();
  }

  std::string Name() const {
    if (!published_as_.empty()) return published_as_;
    return temporary_.empty() ? folder_ + "/(nameless file)" : temporary_;
  }

  UniqueFd fd_;
  const std::string folder_;
  std::string temporary_;
  std::string published_as_;
  Bytes buffer_;
  uint64_t size_ = 0, handed_over_ = 0;
  Status failure_;
};

// --- a file being read -------------------------------------------------------------------------------------

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<uint64_t> Size() override {
    struct stat info;
    if (::fstat(fd_.get(), &info) != 0) return ErrnoStatus(errno, "stat", path_);
    return static_cast<uint64_t>(info.st_size);
  }

  Result<size_t> ReadAt(uint64_t offset, MutableByteView into) override {
    size_t done = 0;
    while (done < into.size()) {
      const auto place = static_cast<off_t>(offset + done);
      if (place < 0) break;  // beyond what any file can hold
      const ssize_t got =
          RetryInterrupted([&] { return ::pread(fd_.get(), into.data() + done, into.size() - done, place); });
      if (got < 0) return ErrnoStatus(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  UniqueFd fd_;
  const std::string path_;
};

// --- a folder being listed ---------------------------------------------------------------------------------

class OpenFolder {
 public:
  explicit OpenFolder(const std::string& path) : dir_(::opendir(path.c_str())) {}
  OpenFolder(const OpenFolder&) = delete;
  OpenFolder& operator=(const OpenFolder&) = delete;
  ~OpenFolder() {
    if (dir_ != nullptr) ::closedir(dir_);
  }

  bool valid() const { return dir_ != nullptr; }
  int fd() const { return ::dirfd(dir_); }

  // The next entry that is not "." or ".."; null at the end or, with errno set, on failure.
  const dirent* Next() {
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(dir_);
      if (entry == nullptr) return nullptr;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return entry;
    }
  }

  // A link counts as what it points to, and as no folder when it points nowhere.
  bool IsFolder(const dirent& entry) const {
    if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
    struct stat info;
    return ::fstatat(fd(), entry.d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
  }

 private:
  DIR* dir_;
};

// --- the file system ---------------------------------------------------------------------------------------

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(bool nameless) : nameless_(nameless) {}

  Result<std::unique_ptr<NewFile>> Create(const std::string& temporaries) override {
    if (nameless_) {
      UniqueFd fd = OpenFd(temporaries, O_TMPFILE | O_RDWR);
      if (fd) return File(std::move(fd), temporaries, {});
      // EISDIR: a kernel that does not know the flag and sees a folder opened for writing.
      if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        return ErrnoStatus(errno, "create in", temporaries);
    }
    PULIH_TRY_ASSIGN(std::string path, TemporaryPath(temporaries));
    UniqueFd fd = OpenFd(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW);
    if (!fd) return ErrnoStatus(errno, "create", path);
    return File(std::move(fd), temporaries, std::move(path));
  }

  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    // A FIFO planted under the name of a blob must not make us wait for its writer.
    UniqueFd fd = OpenFd(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!fd) return ErrnoStatus(errno, "open", path);
    struct stat info;
    if (::fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, "stat", path);
    if (!S_ISREG(info.st_mode)) return NotARegularFile("open", path);
    return std::unique_ptr<ReadableFile>(std::make_unique<PosixReadableFile>(std::move(fd), path));
  }

  Result<uint64_t> FileSize(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, "stat", path);
    if (!S_ISREG(info.st_mode)) return NotARegularFile("stat", path);
    return static_cast<uint64_t>(info.st_size);
  }

  Result<std::vector<DirectoryItem>> List(const std::string& path) override {
    OpenFolder folder(path);
    if (!folder.valid()) return ErrnoStatus(errno, "list", path);
    std::vector<DirectoryItem> items;
    while (const dirent* entry = folder.Next()) items.push_back({entry->d_name, folder.IsFolder(*entry)});
    if (errno != 0) return ErrnoStatus(errno, "list", path);
    return items;
  }

  Status MakeDirectory(const std::string& path) override {
    if (::mkdir(path.c_str(), kFolderMode) == 0) return OkStatus();
    const int error = errno;
    struct stat info;
    if (error == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return OkStatus();
    if (error == EEXIST) return Status(Code::already_exists, "make folder: " + path + ": it is there and no folder", "name a folder, or one that is not there yet");
    return ErrnoStatus(error, "make folder", path);
  }

  Status SyncDirectory(const std::string& path) override {
    const UniqueFd fd = OpenFd(path, O_RDONLY | O_DIRECTORY);
    if (!fd) return ErrnoStatus(errno, "sync folder", path);
    if (RetryInterrupted([&] { return ::fsync(fd.get()); }) != 0) return ErrnoStatus(errno, "sync folder", path);
    return OkStatus();
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return ErrnoStatus(errno, "remove", path);
    return OkStatus();
  }

 private:
  static std::unique_ptr<NewFile> File(UniqueFd fd, const std::string& folder, std::string temporary) {
    return std::make_unique<PosixNewFile>(std::move(fd), folder, std::move(temporary));
  }

  const bool nameless_;
};

// A nameless file gets its name through /proc, which a bare chroot may lack.
bool NamelessFilesCanBeNamed() { return ::access("/proc/self/fd", X_OK) == 0; }

bool IsStale(const struct stat& info, time_t now) {
  return S_ISREG(info.st_mode) && info.st_mtim.tv_sec < now - kStaleAfterSeconds;
}

}  // namespace

std::unique_ptr<FileSystem> NewPosixFileSystem() { return NewPosixFileSystem(Temporaries::nameless_where_possible); }

std::unique_ptr<FileSystem> NewPosixFileSystem(Temporaries temporaries) {
  return std::make_unique<PosixFileSystem>(temporaries == Temporaries::nameless_where_possible &&
                                           NamelessFilesCanBeNamed());
}

Result<Bytes> ReadWholeFile(FileSystem& fs, const std::string& path, uint64_t limit) {
  PULIH_TRY_ASSIGN(const std::unique_ptr<ReadableFile> file, fs.Open(path));
  PULIH_TRY_ASSIGN(const uint64_t size, file->Size());
  if (size > limit) {
    return Status(Code::too_large, "read: " + path + ": " + std::to_string(size) + " bytes, at most " +
                                       std::to_string(limit) + " are expected");
  }
  Bytes bytes(static_cast<size_t>(size));
  PULIH_TRY_ASSIGN(const size_t got, file->ReadAt(0, bytes));
  if (got != bytes.size()) return Status(Code::io, "read: " + path + ": the file became shorter meanwhile");
  return bytes;
}

Status RemoveStaleTemporaries(const std::string& directory) {
  OpenFolder folder(directory);
  if (!folder.valid()) return errno == ENOENT ? OkStatus() : ErrnoStatus(errno, "list", directory);
  const time_t now = ::time(nullptr);
  while (const dirent* entry = folder.Next()) {
    if (!std::string_view(entry->d_name).starts_with(kTemporaryPrefix)) continue;
    struct stat info;
    if (::fstatat(folder.fd(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !IsStale(info, now)) continue;
    // Another process may be tidying up too: what is gone is gone.
    if (::unlinkat(folder.fd(), entry->d_name, 0) != 0 && errno != ENOENT)
      return ErrnoStatus(errno, "remove", directory + "/" + entry->d_name);
  }
  if (errno != 0) return ErrnoStatus(errno, "list", directory);
  return OkStatus();
}

}  // namespace pulih

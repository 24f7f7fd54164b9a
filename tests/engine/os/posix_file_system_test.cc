#include "engine/os/posix_file_system.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include <catch2/catch.hpp>

#include "engine/os/atomic_file.h"
#include "engine/os/clock.h"
#include "engine/os/errno_status.h"

namespace pulih {
namespace {

// A folder of the test's own, removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pulih-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::string> NamesIn(FileSystem& fs, const std::string& folder) {
  std::vector<std::string> names;
  const auto items = fs.List(folder);
  REQUIRE(items.ok());
  for (const DirectoryItem& item : *items) names.push_back(item.name + (item.is_directory ? "/" : ""));
  std::sort(names.begin(), names.end());
  return names;
}

std::string TextOf(FileSystem& fs, const std::string& path) {
  const Result<Bytes> bytes = ReadWholeFile(fs, path, 16 << 20);
  return bytes.ok() ? ToText(*bytes) : std::string(CodeName(bytes.status().code()));
}

unsigned ModeOf(const std::string& path) {
  struct stat info;
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

// Both ways of making a file behave the same.
std::unique_ptr<FileSystem> EitherFileSystem() {
  return NewPosixFileSystem(GENERATE(Temporaries::nameless_where_possible, Temporaries::named));
}

TEST_CASE("posix: a file gets its name and all its bytes, for its owner only") {
  const auto fs = EitherFileSystem();
  ScratchFolder scratch;
  REQUIRE(fs->MakeDirectory(scratch / "tmp").ok());
  CHECK(fs->MakeDirectory(scratch / "tmp").ok());
  auto file = fs->Create(scratch / "tmp");
  REQUIRE(file.ok());
  REQUIRE((*file)->Append(AsBytes("hello, ")).ok());
  REQUIRE((*file)->Append({}).ok());
  REQUIRE((*file)->Append(AsBytes("world")).ok());
  CHECK(fs->Open(scratch / "a").status().code() == Code::not_found);
  REQUIRE((*file)->Sync().ok());
  REQUIRE((*file)->PublishAs(scratch / "a").ok());
  CHECK((*file)->PublishAs(scratch / "b").code() == Code::invalid);
  CHECK((*file)->Append(AsBytes("!")).code() == Code::invalid);
  CHECK(fs->SyncDirectory(scratch.path()).ok());
  CHECK(TextOf(*fs, scratch / "a") == "hello, world");
  CHECK(*fs->FileSize(scratch / "a") == 12);
  CHECK(ModeOf(scratch / "a") == 0600);
  CHECK(ModeOf(scratch / "tmp") == 0700);
  file->reset();
  CHECK(NamesIn(*fs, scratch.path()) == std::vector<std::string>{"a", "tmp/"});
  CHECK(NamesIn(*fs, scratch / "tmp").empty());
}

TEST_CASE("posix: pieces of every size around the buffer end up in order") {
  const auto fs = EitherFileSystem();
  ScratchFolder scratch;
  const size_t buffer = 128u << 10;
  Bytes content(4 * buffer + 12345);
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<uint8_t>(i * 2654435761u >> 24);
  const std::vector<std::vector<size_t>> plans = {
      {1}, {buffer - 1}, {buffer}, {buffer + 1}, {1, buffer}, {buffer - 1, 1, 1}, {7, 65536, 3 * buffer, 1000}};
  for (size_t plan = 0; plan < plans.size(); ++plan) {
    auto file = fs->Create(scratch.path());
    REQUIRE(file.ok());
    ByteView rest = content;
    if (plan == 0) rest = rest.first(buffer + 10);
    const size_t total = rest.size();
    for (size_t i = 0; !rest.empty(); ++i) {
      const size_t piece = std::min(plans[plan][i % plans[plan].size()], rest.size());
      REQUIRE((*file)->Append(rest.first(piece)).ok());
      rest = rest.subspan(piece);
    }
    const std::string path = scratch / std::to_string(plan);
    REQUIRE((*file)->PublishAs(path).ok());  // also without Sync: then all is written, only not durable
    CHECK(Equal(*ReadWholeFile(*fs, path, content.size()), ByteView(content).first(total)));
  }
}

TEST_CASE("posix: publishing never replaces, replacing always does") {
  const auto fs = EitherFileSystem();
  ScratchFolder scratch;
  REQUIRE(WriteFileOnce(*fs, scratch / "a", AsBytes("one")).ok());
  const Status taken = WriteFileOnce(*fs, scratch / "a", AsBytes("two"));
  CHECK(taken.code() == Code::already_exists);
  CHECK(taken.message() == "create: " + scratch / "a" + ": file exists");
  CHECK(TextOf(*fs, scratch / "a") == "one");
  REQUIRE(ReplaceFile(*fs, scratch / "a", AsBytes("two")).ok());
  REQUIRE(ReplaceFile(*fs, scratch / "b", AsBytes("new")).ok());
  CHECK(TextOf(*fs, scratch / "a") == "two");
  CHECK(TextOf(*fs, scratch / "b") == "new");
  // A name that is taken does not cost the file: it can have another.
  auto file = fs->Create(scratch.path());
  REQUIRE((*file)->Append(AsBytes("three")).ok());
  CHECK((*file)->PublishAs(scratch / "a").code() == Code::already_exists);
  REQUIRE((*file)->PublishAs(scratch / "c").ok());
  CHECK(NamesIn(*fs, scratch.path()) == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("posix: a file that is not published leaves nothing behind") {
  const auto fs = EitherFileSystem();
  ScratchFolder scratch;
  {
    auto file = fs->Create(scratch.path());
    REQUIRE((*file)->Append(Bytes(300000, 'x')).ok());
    REQUIRE((*file)->Sync().ok());
    CHECK((*file)->ReplaceAs(scratch / "none/a").code() == Code::not_found);
    CHECK((*file)->PublishAs(scratch / "none/a").code() == Code::not_found);
  }
  CHECK(NamesIn(*fs, scratch.path()).empty());
}

TEST_CASE("posix: failures name operation, path and reason") {
  const auto fs = EitherFileSystem();
  ScratchFolder scratch;
  REQUIRE(WriteFileOnce(*fs, scratch / "file", AsBytes("x")).ok());
  CHECK(fs->Open(scratch / "none").status().message() == "open: " + scratch / "none" + ": no such file or directory");
  CHECK(fs->Create(scratch / "none").status().code() == Code::not_found);
  CHECK(fs->Create(scratch / "file").status().code() == Code::io);
  CHECK(fs->FileSize(scratch / "none").status().code() == Code::not_found);
  CHECK(fs->FileSize(scratch.path()).status().code() == Code::io);
  CHECK(fs->Open(scratch.path()).status().code() == Code::io);
  CHECK(fs->List(scratch / "none").status().code() == Code::not_found);
  CHECK(fs->List(scratch / "file").status().code() == Code::io);
  CHECK(fs->MakeDirectory(scratch / "file").code() == Code::already_exists);
  CHECK(fs->MakeDirectory(scratch / "none/d").code() == Code::not_found);
  CHECK(fs->SyncDirectory(scratch / "none").code() == Code::not_found);
  CHECK(fs->SyncDirectory(scratch / "file").code() == Code::io);
  CHECK(fs->Remove(scratch / "none").code() == Code::not_found);
  CHECK_FALSE(fs->Remove(scratch.path()).ok());
  CHECK(fs->Remove(scratch / "file").ok());
  CHECK(fs->Open(scratch / "file").status().code() == Code::not_found);
}

TEST_CASE("posix: a planted FIFO is refused and not waited for") {
  const auto fs = NewPosixFileSystem();
  ScratchFolder scratch;
  REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  CHECK(fs->Open(scratch / "pipe").status().code() == Code::io);
  CHECK(fs->FileSize(scratch / "pipe").status().code() == Code::io);
}

TEST_CASE("posix: reading stops at the end of the file and never before") {
  const auto fs = NewPosixFileSystem();
  ScratchFolder scratch;
  REQUIRE(WriteFileOnce(*fs, scratch / "a", AsBytes("0123456789")).ok());
  const auto file = fs->Open(scratch / "a");
  REQUIRE(file.ok());
  CHECK(*(*file)->Size() == 10);
  Bytes into(4);
  CHECK(*(*file)->ReadAt(3, into) == 4);
  CHECK(AsText(into) == "3456");
  CHECK(*(*file)->ReadAt(8, into) == 2);
  CHECK(*(*file)->ReadAt(10, into) == 0);
  CHECK(*(*file)->ReadAt(UINT64_MAX - 1, into) == 0);
  CHECK(*(*file)->ReadAt(0, {}) == 0);
}

TEST_CASE("posix: a listing tells folders from files, through links too") {
  const auto fs = NewPosixFileSystem();
  ScratchFolder scratch;
  REQUIRE(MakeDirectories(*fs, scratch / "d/e").ok());
  REQUIRE(WriteFileOnce(*fs, scratch / "f", AsBytes("x")).ok());
  REQUIRE(::symlink("d", (scratch / "to-d").c_str()) == 0);
  REQUIRE(::symlink("nowhere", (scratch / "to-nothing").c_str()) == 0);
  CHECK(NamesIn(*fs, scratch.path()) == std::vector<std::string>{"d/", "f", "to-d/", "to-nothing"});
}

TEST_CASE("posix: a full disk is reported once for all, and the file is given up") {
  const auto fs = EitherFileSystem();
  ScratchFolder scratch;
  // A limit on the size of files stands in for the full disk: the write fails, with EFBIG.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{200000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto file = fs->Create(scratch.path());
  REQUIRE(file.ok());
  const Status failed = (*file)->Append(Bytes(300000, 'x'));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, handler);

  CHECK(failed.code() == Code::io);
  CHECK((*file)->Append(AsBytes("y")).message() == failed.message());
  CHECK((*file)->Sync().code() == Code::io);
  CHECK((*file)->PublishAs(scratch / "a").code() == Code::io);
  file->reset();
  CHECK(NamesIn(*fs, scratch.path()).empty());
}

TEST_CASE("posix: only old temporaries are stale") {
  const auto fs = NewPosixFileSystem(Temporaries::named);
  ScratchFolder scratch;
  auto running = fs->Create(scratch.path());
  REQUIRE(running.ok());
  const timespec long_ago[2] = {{1000000000, 0}, {1000000000, 0}};
  for (const std::string name : {"tmp-0123456789abcdef", "other", "xtmp-1"}) {
    REQUIRE(WriteFileOnce(*fs, scratch / name, AsBytes("x")).ok());
    REQUIRE(::utimensat(AT_FDCWD, (scratch / name).c_str(), long_ago, 0) == 0);
  }
  REQUIRE(fs->MakeDirectory(scratch / "tmp-folder").ok());
  REQUIRE(::utimensat(AT_FDCWD, (scratch / "tmp-folder").c_str(), long_ago, 0) == 0);
  CHECK(NamesIn(*fs, scratch.path()).size() == 5);
  REQUIRE(RemoveStaleTemporaries(scratch.path()).ok());
  const auto left = NamesIn(*fs, scratch.path());
  CHECK(left.size() == 4);
  CHECK(std::find(left.begin(), left.end(), "tmp-0123456789abcdef") == left.end());
  CHECK((*running)->PublishAs(scratch / "a").ok());
  CHECK(RemoveStaleTemporaries(scratch / "none").ok());
  CHECK(RemoveStaleTemporaries(scratch / "other").code() == Code::io);
}

TEST_CASE("errno becomes a code that a caller can act on") {
  const std::vector<std::pair<int, Code>> expected = {{ENOSPC, Code::no_space}, {EDQUOT, Code::no_space},
                                                      {EACCES, Code::denied},   {EPERM, Code::denied},
                                                      {EROFS, Code::denied},    {EEXIST, Code::already_exists},
                                                      {EIO, Code::io},          {ENOENT, Code::not_found},
                                                      {ENOTDIR, Code::io},      {99999, Code::io}};
  for (const auto& [error, code] : expected) CHECK(ErrnoStatus(error, "open", "a").code() == code);
  CHECK(ErrnoStatus(ENOSPC, "write", "a/b").message() == "write: a/b: no space left on device");
  CHECK(ErrnoStatus(99999, "write", "a").message() == "write: a: error 99999");
}

TEST_CASE("the clocks run forward from a plausible time") {
  SystemClock clock;
  const int64_t year_2020_ns = 1577836800LL * 1'000'000'000;
  CHECK(clock.NowNs() > year_2020_ns);
  const double before = MonotonicSeconds();
  CHECK(MonotonicSeconds() >= before);
}

}  // namespace
}  // namespace pulih

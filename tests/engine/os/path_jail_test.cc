#include "engine/os/path_jail.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace pulih {

namespace {

void WriteText(const std::string& path, std::string_view text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
  REQUIRE(fd.valid());
  REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

std::string ReadText(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW));
  if (!fd) return "(none)";
  std::string text(1 << 16, '\0');
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, ::read(fd.get(), text.data(), text.size()))));
  return text;
}

struct stat StatOf(const std::string& path) {
  struct stat stat;
  REQUIRE(::lstat(path.c_str(), &stat) == 0);
  return stat;
}

// Every name below `folder`, with what a regular file holds.
std::set<std::string> Everything(const std::string& folder) {
  std::set<std::string> all;
  DIR* items = ::opendir(folder.c_str());
  REQUIRE(items != nullptr);
  while (const dirent* item = ::readdir(items)) {
    const std::string name = item->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = folder + "/" + name;
    struct stat stat;
    if (::lstat(path.c_str(), &stat) != 0) continue;
    all.insert(S_ISREG(stat.st_mode) ? path + "=" + ReadText(path) : path);
    if (S_ISDIR(stat.st_mode)) all.merge(Everything(path));
  }
  ::closedir(items);
  return all;
}

bool HoldsTemporaries(const std::string& folder) {
  for (const std::string& path : Everything(folder)) {
    if (path.find("/.pulih-") != std::string::npos) return true;
  }
  return false;
}

PathJail OpenJail(const std::string& target, PathResolution resolution = PathResolution::by_kernel) {
  Result<PathJail> jail = PathJail::Open(target, resolution);
  REQUIRE(jail.ok());
  return std::move(jail).value();
}

Status Put(JailDirectory& folder, const std::string& name, std::string_view text, Replace replace = Replace::never,
           const FileAttributes& attributes = {}, std::vector<AttributeProblem>* problems = nullptr) {
  std::vector<AttributeProblem> ignored;
  PULIH_TRY_ASSIGN(const std::unique_ptr<JailFile> file, folder.CreateFile());
  PULIH_TRY(file->WriteAt(0, AsBytes(text)));
  return folder.Publish(*file, name, replace, attributes, problems != nullptr ? *problems : ignored);
}

Status Link(JailDirectory& folder, const std::string& target, const std::string& name, Replace replace = Replace::never) {
  std::vector<AttributeProblem> ignored;
  return folder.MakeSymlink(target, name, replace, {}, ignored);
}

Status Fifo(JailDirectory& folder, const std::string& name, Replace replace = Replace::never) {
  std::vector<AttributeProblem> ignored;
  return folder.MakeNode(S_IFIFO, 0, name, replace, {}, ignored);
}

bool Skipped(bool when, const char* why) {
  if (when) WARN("skipped: 1 (" << why << ")");
  return when;
}

}  // namespace

TEST_CASE("a file stands under its name only when its content is there") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  Result<std::unique_ptr<JailFile>> created = jail.root().CreateFile();
  REQUIRE(created.ok());
  JailFile& file = **created;
  REQUIRE(file.WriteAt(0, AsBytes("hello ")).ok());
  REQUIRE(file.WriteAt(6, AsBytes("world")).ok());
  CHECK(Everything(top.path()) == std::set<std::string>{top / file.temporary_name() + "=hello world"});
  CHECK((StatOf(top / file.temporary_name()).st_mode & 07777) == 0600);
  std::vector<AttributeProblem> problems;
  REQUIRE(jail.root().Publish(file, "name", Replace::never, {}, problems).ok());
  CHECK(Everything(top.path()) == std::set<std::string>{top / "name=hello world"});
  CHECK(problems.empty());
  CHECK(jail.SyncAll().ok());
}

TEST_CASE("names that are not one component are refused everywhere and nothing is left behind") {
  const TemporaryDirectory top;
  REQUIRE(::mkdir((top / "target").c_str(), 0755) == 0);
  PathJail jail = OpenJail(top / "target");
  JailDirectory& root = jail.root();
  REQUIRE(Put(root, "there", "1").ok());
  const std::set<std::string> before = Everything(top.path());
  for (const std::string& name : {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("/a"),
                                  std::string("../a"), std::string("there/"), std::string("a\0b", 3), std::string("\0", 1)}) {
    INFO("name of " << name.size() << " bytes: " << name);
    bool made = true;
    const Replace replace = GENERATE(Replace::never, Replace::always);
    std::vector<AttributeProblem> problems;
    CHECK(Put(root, name, "x", replace).code() == Code::invalid);
    CHECK(Link(root, "x", name, replace).code() == Code::invalid);
    CHECK(Fifo(root, name, replace).code() == Code::invalid);
    CHECK(root.OpenOrMake(name, replace, &made).status().code() == Code::invalid);
    CHECK(root.MakeHardLink(root, "there", name, replace).code() == Code::invalid);
    CHECK(root.MakeHardLink(root, name, "new", replace).code() == Code::invalid);
    CHECK(root.Look(name).status().code() == Code::invalid);
    CHECK(root.OpenForReading(name).status().code() == Code::invalid);
    CHECK(Everything(top.path()) == before);
  }
  std::vector<AttributeProblem> problems;
  CHECK(root.MakeSymlink(std::string("a\0b", 3), "link", Replace::never, {}, problems).code() == Code::invalid);
  CHECK(root.MakeNode(S_IFREG, 0, "node", Replace::never, {}, problems).code() == Code::invalid);
  for (const char* path : {"..", "a/..", "/", "a//b", "a/", "./a", "/tmp"}) {
    INFO(path);
    CHECK(jail.OpenExisting(path).status().code() == Code::invalid);
  }
  CHECK(Everything(top.path()) == before);
}

TEST_CASE("a symbolic link planted in any component is never followed") {
  const TemporaryDirectory outside, top;
  WriteText(outside / "victim", "precious");
  REQUIRE(::mkdir((outside / "sub").c_str(), 0755) == 0);
  REQUIRE(::mkdir((outside / "sub/sub").c_str(), 0755) == 0);
  const std::set<std::string> before = Everything(outside.path());
  const PathResolution resolution = GENERATE(PathResolution::by_kernel, PathResolution::by_component);
  const std::string planted = GENERATE(std::string("absolute"), std::string("relative"), std::string("to a file"), std::string("dangling"));
  PathJail jail = OpenJail(top.path(), resolution);
  std::string to = outside.path();
  if (planted == "relative") to = "../" + outside.path().substr(5);
  if (planted == "to a file") to = outside / "victim";
  if (planted == "dangling") to = outside / "not-there";
  REQUIRE(::symlink(to.c_str(), (top / "sub").c_str()) == 0);
  JailDirectory& root = jail.root();
  bool made = false;

  SECTION("never") {
    CHECK(root.OpenOrMake("sub", Replace::never, &made).status().code() == Code::already_exists);
    CHECK_FALSE(made);
    CHECK(Put(root, "sub", "x").code() == Code::already_exists);
    CHECK(Link(root, "x", "sub").code() == Code::already_exists);
    CHECK(Fifo(root, "sub").code() == Code::already_exists);
    CHECK(S_ISLNK(StatOf(top / "sub").st_mode));
  }
  SECTION("always, as a folder") {
    Result<std::unique_ptr<JailDirectory>> sub = root.OpenOrMake("sub", Replace::always, &made);
    REQUIRE(sub.ok());
    CHECK(made);
    REQUIRE(Put(**sub, "victim", "x", Replace::always).ok());
    CHECK(ReadText(top / "sub/victim") == "x");
  }
  SECTION("always, as a file") {
    REQUIRE(Put(root, "sub", "x", Replace::always).ok());
    CHECK(ReadText(top / "sub") == "x");
  }
  SECTION("always, as a link and a node") {
    REQUIRE(Link(root, "else", "sub", Replace::always).ok());
    REQUIRE(Fifo(root, "sub", Replace::always).ok());
    CHECK(S_ISFIFO(StatOf(top / "sub").st_mode));
  }
  SECTION("looked for") {
    CHECK(jail.OpenExisting("sub").status().code() == Code::not_found);
    CHECK(jail.OpenExisting("sub/sub").status().code() == Code::not_found);
    CHECK_FALSE(root.OpenForReading("sub").ok());
    const auto look = root.Look("sub");
    REQUIRE((look.ok() && *look));
    CHECK(S_ISLNK((*look)->st_mode));
  }
  SECTION("deeper") {
    Result<std::unique_ptr<JailDirectory>> a = root.OpenOrMake("a", Replace::never, &made);
    REQUIRE(a.ok());
    REQUIRE(::symlink(to.c_str(), (top / "a/sub").c_str()) == 0);
    CHECK((*a)->OpenOrMake("sub", Replace::never, &made).status().code() == Code::already_exists);
    CHECK(jail.OpenExisting("a/sub").status().code() == Code::not_found);
    CHECK(jail.OpenExisting("a/sub/sub").status().code() == Code::not_found);
    REQUIRE(::unlink((top / "a/sub").c_str()) == 0);
    REQUIRE(::rmdir((top / "a").c_str()) == 0);
    REQUIRE(::symlink(to.c_str(), (top / "a").c_str()) == 0);  // above the open folder
    CHECK_FALSE(Put(**a, "victim", "x").ok());                 // the folder is gone; nothing is written anywhere
    CHECK(jail.OpenExisting("a/sub").status().code() == Code::not_found);
  }
  SECTION("as the source of a hard link") {
    REQUIRE(root.MakeHardLink(root, "sub", "second", Replace::never).ok());
    CHECK(S_ISLNK(StatOf(top / "second").st_mode));  // another name of the link itself
  }
  CHECK(Everything(outside.path()) == before);
  CHECK_FALSE(HoldsTemporaries(top.path()));
}

TEST_CASE("whoever swaps folders with links during a restore gets no byte outside") {
  const TemporaryDirectory outside, top;
  REQUIRE(::mkdir((outside / "inner").c_str(), 0755) == 0);
  const std::set<std::string> before = Everything(outside.path());
  const PathResolution resolution = GENERATE(PathResolution::by_kernel, PathResolution::by_component);
  PathJail jail = OpenJail(top.path(), resolution);
  REQUIRE(::symlink(outside.path().c_str(), (top / "link").c_str()) == 0);
  REQUIRE(::mkdir((top / "dir").c_str(), 0755) == 0);

  std::atomic<bool> stop{false};
  std::atomic<uint64_t> swaps{0};
  std::thread attacker([&] {
    // Exchanging is one step: "dir" is always there, now a folder, now a link to the outside. When the restore
    // has put a folder in the link's place, there are two folders, and one becomes a link again.
    for (uint64_t n = 0; !stop; ++n) {
      if (::renameat2(AT_FDCWD, (top / "dir").c_str(), AT_FDCWD, (top / "link").c_str(), RENAME_EXCHANGE) == 0) ++swaps;
      struct stat dir, link;
      if (::lstat((top / "dir").c_str(), &dir) != 0 || ::lstat((top / "link").c_str(), &link) != 0) continue;
      if (!S_ISDIR(dir.st_mode) || !S_ISDIR(link.st_mode)) continue;
      if (::rename((top / "link").c_str(), (top / ("old-" + std::to_string(n))).c_str()) != 0) continue;
      if (::symlink(outside.path().c_str(), (top / "link").c_str()) != 0) continue;
    }
  });
  size_t written = 0, refused = 0;
  const Replace replace = GENERATE(Replace::never, Replace::always);
  // Some rounds, and more until the attacker has really run beside us.
  for (int round = 0; round < 1500 || (swaps < 500 && round < 100'000); ++round) {
    bool made = false;
    Result<std::unique_ptr<JailDirectory>> dir = jail.root().OpenOrMake("dir", replace, &made);
    if (!dir.ok()) {
      ++refused;
      continue;
    }
    bool inner_made = false;
    Result<std::unique_ptr<JailDirectory>> inner = (*dir)->OpenOrMake("inner", replace, &inner_made);
    if (inner.ok() && Put(**inner, "file", "x", Replace::always).ok()) ++written;
    Result<std::unique_ptr<JailDirectory>> again = jail.OpenExisting("dir/inner");
    if (again.ok() && Link(**again, "x", "made", Replace::always).ok()) ++written;
  }
  stop = true;
  attacker.join();
  CHECK(written > 0);
  if (replace == Replace::never) CHECK(written + refused >= 1500);
  CHECK(Everything(outside.path()) == before);
}

TEST_CASE("an existing name is kept or replaced as asked") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  JailDirectory& root = jail.root();
  using Make = std::function<Status(Replace)>;
  REQUIRE(Put(root, "first", "first").ok());
  const std::pair<const char*, Make> makes[] = {
      {"file", [&](Replace r) { return Put(root, "x", "new", r); }},
      {"link", [&](Replace r) { return Link(root, "new", "x", r); }},
      {"fifo", [&](Replace r) { return Fifo(root, "x", r); }},
      {"hard link", [&](Replace r) { return root.MakeHardLink(root, "first", "x", r); }},
  };
  for (const auto& [what, make] : makes) {
    for (const char* existing : {"file", "link", "fifo", "empty folder", "full folder"}) {
      INFO("a " << what << " over a " << existing);
      const std::string x = top / "x";
      const std::string kind = existing;
      if (kind == "file") WriteText(x, "old");
      if (kind == "link") REQUIRE(::symlink("first", x.c_str()) == 0);
      if (kind == "fifo") REQUIRE(::mkfifo(x.c_str(), 0600) == 0);
      if (kind.ends_with("folder")) REQUIRE(::mkdir(x.c_str(), 0700) == 0);
      if (kind == "full folder") WriteText(x + "/y", "y");
      const struct stat before = StatOf(x);

      CHECK(make(Replace::never).code() == Code::already_exists);
      CHECK(StatOf(x).st_ino == before.st_ino);
      const Status replaced = make(Replace::always);
      if (kind == "full folder") {
        CHECK_FALSE(replaced.ok());
        CHECK(ReadText(x + "/y") == "y");
        REQUIRE(::unlink((x + "/y").c_str()) == 0);
        REQUIRE(::rmdir(x.c_str()) == 0);
      } else {
        CHECK(replaced.ok());
        const mode_t type = StatOf(x).st_mode & S_IFMT;
        CHECK(type == (std::string(what) == "link" ? S_IFLNK : std::string(what) == "fifo" ? S_IFIFO : S_IFREG));
        REQUIRE(::unlink(x.c_str()) == 0);
      }
      CHECK(ReadText(top / "first") == "first");
      CHECK_FALSE(HoldsTemporaries(top.path()));
    }
  }
}

TEST_CASE("a folder is made once and opened again, and takes the place of other things only when asked") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  bool made = false;
  REQUIRE(jail.root().OpenOrMake("d", Replace::never, &made).ok());
  CHECK(made);
  CHECK((StatOf(top / "d").st_mode & 07777) == 0700);
  WriteText(top / "d/kept", "kept");
  const Result<std::unique_ptr<JailDirectory>> again = jail.root().OpenOrMake("d", GENERATE(Replace::never, Replace::always), &made);
  REQUIRE(again.ok());
  CHECK_FALSE(made);
  CHECK((*again)->path() == top / "d");
  CHECK(ReadText(top / "d/kept") == "kept");
  WriteText(top / "f", "old");
  CHECK(jail.root().OpenOrMake("f", Replace::never, &made).status().code() == Code::already_exists);
  CHECK_FALSE(made);
  REQUIRE(jail.root().OpenOrMake("f", Replace::always, &made).ok());
  CHECK(made);
  CHECK(S_ISDIR(StatOf(top / "f").st_mode));
}

TEST_CASE("a file that is discarded or cannot be published leaves no temporary name") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  std::vector<AttributeProblem> problems;
  Result<std::unique_ptr<JailFile>> file = jail.root().CreateFile();
  REQUIRE(file.ok());
  CHECK(HoldsTemporaries(top.path()));
  SECTION("discarded") { jail.root().Discard(**file); }
  SECTION("a name that is too long") {
    CHECK_FALSE(jail.root().Publish(**file, std::string(256, 'n'), GENERATE(Replace::never, Replace::always), {}, problems).ok());
  }
  SECTION("a name that is taken") {
    WriteText(top / "taken", "1");
    CHECK_FALSE(jail.root().Publish(**file, "taken", Replace::never, {}, problems).ok());
    CHECK(ReadText(top / "taken") == "1");
  }
  CHECK_FALSE(HoldsTemporaries(top.path()));
}

TEST_CASE("two files of one folder can be written at once") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  Result<std::unique_ptr<JailFile>> a = jail.root().CreateFile(), b = jail.root().CreateFile();
  REQUIRE((a.ok() && b.ok()));
  CHECK((*a)->temporary_name() != (*b)->temporary_name());
  REQUIRE((*a)->WriteAt(0, AsBytes("a")).ok());
  REQUIRE((*b)->WriteAt(0, AsBytes("b")).ok());
  std::vector<AttributeProblem> problems;
  REQUIRE(jail.root().Publish(**b, "b", Replace::never, {}, problems).ok());
  REQUIRE(jail.root().Publish(**a, "a", Replace::never, {}, problems).ok());
  CHECK(Everything(top.path()) == std::set<std::string>{top / "a=a", top / "b=b"});
}

TEST_CASE("what is never written stays a hole") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  Result<std::unique_ptr<JailFile>> file = jail.root().CreateFile();
  REQUIRE(file.ok());
  const uint64_t far = 50ull << 30;
  REQUIRE((*file)->WriteAt(far, AsBytes("data")).ok());
  REQUIRE((*file)->Truncate(100ull << 30).ok());
  std::vector<AttributeProblem> problems;
  REQUIRE(jail.root().Publish(**file, "sparse", Replace::never, {}, problems).ok());
  const struct stat stat = StatOf(top / "sparse");
  CHECK(stat.st_size == 100ll << 30);
  CHECK(stat.st_blocks * 512 < 1 << 20);
  const Result<UniqueFd> fd = jail.root().OpenForReading("sparse");
  REQUIRE(fd.ok());
  CHECK(::lseek(fd->get(), 0, SEEK_DATA) <= static_cast<off_t>(far));
  CHECK(::lseek(fd->get(), 4096, SEEK_DATA) >= static_cast<off_t>(far - (1 << 20)));
}

TEST_CASE("attributes are set: setuid survives the owner, times survive xattrs") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  FileAttributes attributes;
  attributes.mode = 06755;
  attributes.owner = {::getuid(), ::getgid()};
  if (::getuid() == 0) attributes.owner = {1234, 5678};
  attributes.mtime = {-5, 123456789};
  attributes.xattrs = {{"user.a", {1, 0, 2}}, {"user.empty", {}}};
  std::vector<AttributeProblem> problems;
  REQUIRE(Put(jail.root(), "file", "text", Replace::never, attributes, &problems).ok());
  bool made = false;
  Result<std::unique_ptr<JailDirectory>> folder = jail.root().OpenOrMake("folder", Replace::never, &made);
  REQUIRE(folder.ok());
  REQUIRE(Put(**folder, "inside", "x").ok());
  (*folder)->Apply(attributes, problems);
  for (const AttributeProblem& problem : problems) UNSCOPED_INFO(problem.what << ": " << problem.error);
  CHECK(problems.empty());
  for (const char* name : {"file", "folder"}) {
    const struct stat stat = StatOf(top / name);
    CHECK((stat.st_mode & 07777) == 06755);
    CHECK(stat.st_uid == attributes.owner->first);
    CHECK(stat.st_gid == attributes.owner->second);
    CHECK(stat.st_mtim.tv_sec == -5);
    CHECK(stat.st_mtim.tv_nsec == 123456789);
    char value[16];
    CHECK(::getxattr((top / name).c_str(), "user.a", value, sizeof value) == 3);
    CHECK(std::string(value, 3) == std::string("\1\0\2", 3));
    CHECK(::getxattr((top / name).c_str(), "user.empty", value, sizeof value) == 0);
  }
}

TEST_CASE("attributes that cannot be set are told and the file is there") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  FileAttributes attributes;
  attributes.mode = 0640;
  attributes.xattrs = {{"nosuchspace.a", {1}}, {"user.b", {2}}};
  std::vector<AttributeProblem> problems;
  REQUIRE(Put(jail.root(), "file", "text", Replace::never, attributes, &problems).ok());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].what == "xattr nosuchspace.a");
  CHECK(problems[0].error == EOPNOTSUPP);
  CHECK((StatOf(top / "file").st_mode & 07777) == 0640);
}

TEST_CASE("without the right owner there is no setuid") {
  const TemporaryDirectory top;
  REQUIRE(::chmod(top.path().c_str(), 0777) == 0);
  // In a child, since this may be root, who may do everything.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (::getuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(2);
    Result<PathJail> jail = PathJail::Open(top.path());
    if (!jail.ok()) ::_exit(3);
    FileAttributes attributes;
    attributes.mode = 06755;
    attributes.owner = {0, 0};
    std::vector<AttributeProblem> problems;
    const bool done = Put(jail->root(), "file", "text", Replace::never, attributes, &problems).ok();
    const bool told = problems.size() == 2 && problems[0].what == "owner" && problems[0].error == EPERM &&
                      problems[1].what == "mode" && problems[1].error == EPERM;
    ::_exit(done && told ? 0 : 1);
  }
  int outcome = 0;
  REQUIRE(::waitpid(child, &outcome, 0) == child);
  CHECK(WIFEXITED(outcome));
  CHECK(WEXITSTATUS(outcome) == 0);
  CHECK((StatOf(top / "file").st_mode & 07777) == 0755);
}

TEST_CASE("attributes of a symbolic link are its own, not its target's") {
  const TemporaryDirectory top;
  WriteText(top / "target", "text");
  PathJail jail = OpenJail(top.path());
  const struct stat before = StatOf(top / "target");
  FileAttributes attributes;
  attributes.mode = 0777;
  attributes.mtime = {1000, 5};
  if (::getuid() == 0) {
    attributes.owner = {1234, 5678};
    attributes.xattrs = {{"trusted.note", {7}}};
  }
  std::vector<AttributeProblem> problems;
  REQUIRE(jail.root().MakeSymlink("target", "link", Replace::never, attributes, problems).ok());
  for (const AttributeProblem& problem : problems) UNSCOPED_INFO(problem.what << ": " << problem.error);
  CHECK(problems.empty());
  const struct stat link = StatOf(top / "link"), after = StatOf(top / "target");
  CHECK(S_ISLNK(link.st_mode));
  CHECK(link.st_mtim.tv_sec == 1000);
  CHECK(link.st_mtim.tv_nsec == 5);
  CHECK(after.st_ctim.tv_sec == before.st_ctim.tv_sec);
  CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);  // nothing at all was done to it
  char value[4];
  if (attributes.owner) {
    CHECK(link.st_uid == 1234);
    CHECK(::lgetxattr((top / "link").c_str(), "trusted.note", value, sizeof value) == 1);
    CHECK(::getxattr((top / "target").c_str(), "trusted.note", value, sizeof value) < 0);
  }
  char read[64];
  CHECK(::readlink((top / "link").c_str(), read, sizeof read) == 6);
}

TEST_CASE("FIFOs, sockets and devices are made with their attributes") {
  const TemporaryDirectory top;
  PathJail jail = OpenJail(top.path());
  FileAttributes attributes;
  attributes.mode = 0621;
  attributes.mtime = {2000, 6};
  std::vector<AttributeProblem> problems;
  REQUIRE(jail.root().MakeNode(S_IFIFO, 0, "fifo", Replace::never, attributes, problems).ok());
  REQUIRE(jail.root().MakeNode(S_IFSOCK, 0, "socket", Replace::never, attributes, problems).ok());
  CHECK(S_ISFIFO(StatOf(top / "fifo").st_mode));
  CHECK(S_ISSOCK(StatOf(top / "socket").st_mode));
  for (const char* name : {"fifo", "socket"}) {
    CHECK((StatOf(top / name).st_mode & 07777) == 0621);
    CHECK(StatOf(top / name).st_mtim.tv_sec == 2000);
  }
  CHECK(problems.empty());
  CHECK(jail.root().OpenForReading("fifo").status().code() == Code::invalid);
  if (Skipped(::getuid() != 0, "device nodes need privileges")) return;
  REQUIRE(jail.root().MakeNode(S_IFCHR, makedev(1, 3), "null", Replace::never, attributes, problems).ok());
  REQUIRE(jail.root().MakeNode(S_IFBLK, makedev(7, 300), "loop", Replace::never, attributes, problems).ok());
  CHECK(S_ISCHR(StatOf(top / "null").st_mode));
  CHECK(StatOf(top / "null").st_rdev == makedev(1, 3));
  CHECK(S_ISBLK(StatOf(top / "loop").st_mode));
  CHECK(StatOf(top / "loop").st_rdev == makedev(7, 300));
  CHECK((StatOf(top / "null").st_mode & 07777) == 0621);
}

TEST_CASE("hard links reach over folders, and linking twice leaves nothing behind") {
  const TemporaryDirectory top;
  const PathResolution resolution = GENERATE(PathResolution::by_kernel, PathResolution::by_component);
  PathJail jail = OpenJail(top.path(), resolution);
  bool made = false;
  Result<std::unique_ptr<JailDirectory>> a = jail.root().OpenOrMake("a", Replace::never, &made);
  REQUIRE(a.ok());
  Result<std::unique_ptr<JailDirectory>> b = (*a)->OpenOrMake("b", Replace::never, &made);
  REQUIRE(b.ok());
  REQUIRE(Put(**b, "first", "text").ok());
  Result<std::unique_ptr<JailDirectory>> found = jail.OpenExisting("a/b");
  REQUIRE(found.ok());
  REQUIRE(jail.root().MakeHardLink(**found, "first", "second", Replace::never).ok());
  CHECK(StatOf(top / "second").st_ino == StatOf(top / "a/b/first").st_ino);
  REQUIRE(jail.root().MakeHardLink(**found, "first", "second", Replace::always).ok());
  CHECK(StatOf(top / "second").st_nlink == 2);
  CHECK_FALSE(HoldsTemporaries(top.path()));
  CHECK(jail.root().MakeHardLink(**found, "none", "third", Replace::never).code() == Code::not_found);
  CHECK(jail.OpenExisting("a/none").status().code() == Code::not_found);
  Result<std::unique_ptr<JailDirectory>> root = jail.OpenExisting("");
  REQUIRE(root.ok());
  CHECK(ReadText(top / "second") == "text");
  REQUIRE((*root)->MakeHardLink(jail.root(), "second", "third", Replace::never).ok());
  CHECK(StatOf(top / "third").st_nlink == 3);
}

TEST_CASE("paths longer than PATH_MAX are made and found again") {
  const TemporaryDirectory top;
  const PathResolution resolution = GENERATE(PathResolution::by_kernel, PathResolution::by_component);
  PathJail jail = OpenJail(top.path(), resolution);
  const std::string name(250, 'n');
  std::string path;
  std::unique_ptr<JailDirectory> at;
  for (int i = 0; i < 30; ++i) {
    bool made = false;
    Result<std::unique_ptr<JailDirectory>> next = (at ? *at : jail.root()).OpenOrMake(name, Replace::never, &made);
    REQUIRE(next.ok());
    at = std::move(next).value();
    path += (path.empty() ? "" : "/") + name;
  }
  REQUIRE(path.size() > 4096);
  REQUIRE(Put(*at, name, "far down").ok());
  Result<std::unique_ptr<JailDirectory>> found = jail.OpenExisting(path);
  REQUIRE(found.ok());
  const Result<std::optional<struct stat>> look = (*found)->Look(name);
  REQUIRE((look.ok() && *look));
  CHECK((*look)->st_size == 8);
  // A target may itself lie that deep.
  const std::string deep_target = top.path() + "/" + path + "/new/target//";
  PathJail deep = OpenJail(deep_target);
  REQUIRE(Put(deep.root(), "file", "x").ok());
  CHECK(jail.OpenExisting(path + "/new/target").ok());
}

TEST_CASE("the target is made when it is not there and may be reached through links") {
  const TemporaryDirectory top;
  OpenJail(top / "a/b/c");
  CHECK((StatOf(top / "a/b/c").st_mode & 07777) == 0700);
  REQUIRE(::symlink("a/b", (top / "link").c_str()) == 0);
  PathJail jail = OpenJail(top / "link/c");
  REQUIRE(Put(jail.root(), "file", "x").ok());
  CHECK(ReadText(top / "a/b/c/file") == "x");
  WriteText(top / "file", "x");
  CHECK_FALSE(PathJail::Open(top / "file").ok());
  CHECK_FALSE(PathJail::Open(top / "file/below").ok());
  CHECK(PathJail::Open("").status().code() == Code::invalid);
}

}  // namespace pulih

#include "engine/source/tree_source.h"

#include <pwd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <random>

#include "tests/engine/source/walk_record.h"

namespace pulih {

namespace {

// Every path below `folder`, by the C library and recursion.
void CollectSlowly(const std::string& folder, const std::string& stored, std::vector<std::string>& paths) {
  DIR* items = ::opendir(folder.c_str());
  REQUIRE(items != nullptr);
  while (const dirent* item = ::readdir(items)) {
    const std::string name = item->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = stored.empty() ? name : stored + "/" + name;
    paths.push_back(path);
    struct stat stat;
    REQUIRE(::lstat((folder + "/" + name).c_str(), &stat) == 0);
    if (S_ISDIR(stat.st_mode)) CollectSlowly(folder + "/" + name, path, paths);
  }
  ::closedir(items);
}

std::vector<std::string> SortedByKey(std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
    return KeyFromPath(a) < KeyFromPath(b);
  });
  return paths;
}

void MakeRandomTree(std::mt19937& random, const std::string& folder, int depth) {
  // Bytes on both sides of '/', and those that a signed comparison would put first.
  static const std::string kBytes = "aab.-!0\x01\x7f\x80\xff ";
  for (int i = static_cast<int>(random() % 12); i > 0; --i) {
    std::string name;
    for (size_t n = 1 + random() % (random() % 2 ? 3 : 11); n > 0; --n) name += kBytes[random() % kBytes.size()];
    if (name == "." || name == "..") continue;
    const std::string path = folder + "/" + name;
    struct stat stat;
    if (::lstat(path.c_str(), &stat) == 0) continue;
    if (depth > 0 && random() % 3 == 0) {
      MakeFolder(path);
      MakeRandomTree(random, path, depth - 1);
    } else if (random() % 5 == 0) {
      REQUIRE(::symlink("..", path.c_str()) == 0);
    } else {
      WriteText(path);
    }
  }
}

// A folder `depth` levels down, each named `name`; the path may be longer than PATH_MAX.
UniqueFd MakeDeep(const std::string& top, const std::string& name, size_t depth) {
  UniqueFd at(::open(top.c_str(), O_RDONLY | O_DIRECTORY));
  for (size_t i = 0; i < depth; ++i) {
    REQUIRE(::mkdirat(at.get(), name.c_str(), 0755) == 0);
    at.reset(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
    REQUIRE(at.valid());
  }
  return at;
}

}  // namespace

TEST_CASE("a walk visits everything in map order and leaves every folder after its content") {
  std::mt19937 random(GENERATE(1, 2, 3, 4, 5));
  const TemporaryDirectory top;
  for (int i = 0; i < 5; ++i) MakeRandomTree(random, top.path(), 4);
  Record record;
  WalkInto(record, At(top.path()));

  std::vector<std::string> expected;
  CollectSlowly(top.path(), "", expected);
  CHECK(expected.size() > 20);
  CHECK(Below(record.visited, top.path()) == SortedByKey(expected));
  CHECK(record.problems.empty());
  // A folder is left when the next thing to visit is no longer in it: the order of its key with 0xff behind.
  std::vector<std::string> folders;
  for (const auto& [path, entry] : record.entries) {
    if (entry.meta.type == FileType::directory && !entry.meta.ancestor) folders.push_back(path);
  }
  const auto end_of = [](const std::string& path) {
    Bytes key = KeyFromPath(path);
    key.push_back(0);
    key.insert(key.end(), 300, 0xff);
    return key;
  };
  std::sort(folders.begin(), folders.end(), [&](const std::string& a, const std::string& b) {
    return end_of(a) < end_of(b);
  });
  CHECK(record.left == folders);
}

TEST_CASE("odd names are walked as they are") {
  const TemporaryDirectory top;
  const Names names = {"-rf", "a\nb", "caf\xe9", std::string(255, 'n'), " ", "\\", "*", "...", "\xff\xfe"};
  for (const std::string& name : names) WriteText(top / name, name);
  Record record;
  record.on_visit = [](const SourceEntry& entry, SourceOpener& opener) -> Status {
    if (entry.meta.type != FileType::regular) return OkStatus();
    PULIH_TRY_ASSIGN(const UniqueFd fd, opener.Open());
    std::string content(300, '\0');
    content.resize(static_cast<size_t>(::read(fd.get(), content.data(), content.size())));
    CHECK(entry.path.ends_with("/" + content));
    return OkStatus();
  };
  WalkInto(record, At(top.path()));
  CHECK(Below(record.visited, top.path()) == SortedByKey(names));
}

TEST_CASE("a tree 2,000 folders deep is walked with a bounded number of descriptors") {
  const TemporaryDirectory top;
  // 2,000 × 4 bytes: twice PATH_MAX.
  const UniqueFd bottom = MakeDeep(top.path(), "sub", 2000);
  REQUIRE(::close(::openat(bottom.get(), "file", O_CREAT | O_WRONLY, 0600)) == 0);
  // Something to visit on the way back, where folders must be opened again.
  for (int up = 0; up < 2000; up += 100) {
    std::string way;
    for (int i = 0; i < up && i < 1000; ++i) way += "../";
    const UniqueFd half(::openat(bottom.get(), way.empty() ? "." : way.c_str(), O_RDONLY | O_DIRECTORY));
    if (half) ::close(::openat(half.get(), "z", O_CREAT | O_WRONLY, 0600));
  }
  WriteText(top / "z");

  TreeOptions options = At(top.path());
  SECTION("the usual number") {}
  SECTION("one") { options.max_open_levels = 1; }
  Record record;
  record.count_every = 50;
  const size_t before = OpenDescriptors();
  const size_t bound = before + options.max_open_levels + 6;
  WalkInto(record, std::move(options));

  CHECK(record.problems.empty());
  CHECK(record.incomplete.empty());
  const Names below = Below(record.visited, top.path());
  CHECK(below.size() == 2000 + 1 + 11 + 1);
  CHECK(below.back() == "z");
  size_t longest = 0;
  for (const std::string& path : below) longest = std::max(longest, path.size());
  CHECK(longest == 2000 * 4 + 4);
  CHECK(record.left.size() == 2001);
  CHECK(record.most_descriptors <= bound);
  CHECK(OpenDescriptors() == before);
}

TEST_CASE("a folder of 50,000 files comes in the same order through the spill file") {
  const TemporaryDirectory top;
  MakeFolder(top / "many");
  std::mt19937 random(7);
  Names names;
  for (int i = 0; i < 50'000; ++i) {
    names.push_back("n" + std::to_string(random()) + "-" + std::to_string(i));
    REQUIRE(::mknod((top / ("many/" + names.back())).c_str(), S_IFREG | 0600, 0) == 0);
  }
  TreeOptions options = At(top.path());
  options.spill_directory = top.path();
  std::sort(names.begin(), names.end());
  for (const size_t limit : {100u << 10, 1u << 20, 32u << 20}) {
    options.listing_spill_bytes = limit;
    Record record;
    record.keep_entries = false;
    WalkInto(record, options);
    CHECK(Below(record.visited, top / "many") == names);
    CHECK(record.incomplete.empty());
    CHECK(Below(record.visited, top.path()).size() == 50'001);  // the spill file has no name
  }
}

TEST_CASE("large folders inside each other share one spill file") {
  const TemporaryDirectory top;
  Names expected;
  std::string folder = top.path();
  for (int level = 0; level < 6; ++level) {
    for (int i = 0; i < 1500; ++i) {
      REQUIRE(::mknod((folder + "/" + std::to_string(i * 7919 % 1500) + "-some-name").c_str(), S_IFREG | 0600, 0) == 0);
    }
    folder += "/5-in-the-middle";
    MakeFolder(folder);
  }
  CollectSlowly(top.path(), "", expected);
  TreeOptions options = At(top.path());
  options.listing_spill_bytes = 16u << 10;
  options.max_open_levels = 2;
  Record record;
  record.count_every = 50;
  const size_t before = OpenDescriptors();
  WalkInto(record, std::move(options));
  CHECK(Below(record.visited, top.path()) == SortedByKey(expected));
  CHECK(record.most_descriptors <= before + 2 + 6);
}

TEST_CASE("every type of file is described") {
  const TemporaryDirectory top;
  WriteText(top / "regular", "12345");
  REQUIRE(::chmod((top / "regular").c_str(), 04751) == 0);
  const timespec times[2] = {{1, 0}, {-5, 123456789}};
  REQUIRE(::utimensat(AT_FDCWD, (top / "regular").c_str(), times, 0) == 0);
  REQUIRE(::link((top / "regular").c_str(), (top / "regular-too").c_str()) == 0);
  REQUIRE(::symlink("no/such\ntarget", (top / "symlink").c_str()) == 0);
  REQUIRE(::mkfifo((top / "fifo").c_str(), 0640) == 0);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket_path = top / "socket";
  std::copy(socket_path.begin(), socket_path.end(), address.sun_path);
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const UniqueFd sparse(::open((top / "sparse").c_str(), O_CREAT | O_WRONLY, 0600));
  REQUIRE(::ftruncate(sparse.get(), 100ll << 30) == 0);
  MakeFolder(top / "folder");

  Record record;
  WalkInto(record, At(top.path()));
  const auto entry = [&](const std::string& name) { return record.entries.at((top / name).substr(1)); };
  struct stat stat;
  REQUIRE(::stat((top / "regular").c_str(), &stat) == 0);
  struct stat folder_stat;
  REQUIRE(::stat(top.path().c_str(), &folder_stat) == 0);

  const SourceEntry regular = entry("regular");
  CHECK(regular.meta.type == FileType::regular);
  CHECK(regular.meta.mode == 04751);
  CHECK(regular.meta.uid == ::getuid());
  CHECK(regular.meta.gid == stat.st_gid);
  const passwd* me = ::getpwuid(::getuid());
  CHECK(regular.meta.user == (me == nullptr ? "" : me->pw_name));
  CHECK(regular.meta.mtime_seconds == -5);
  CHECK(regular.meta.mtime_nanoseconds == 123456789);
  CHECK(regular.mtime_ns == -5'000'000'000 + 123456789);
  CHECK(regular.ctime_ns == stat.st_ctim.tv_sec * 1'000'000'000 + stat.st_ctim.tv_nsec);
  CHECK(regular.size == 5);
  CHECK(regular.link_count == 2);
  CHECK(regular.inode == stat.st_ino);
  CHECK(regular.device == stat.st_dev);
  CHECK(regular.directory_inode == folder_stat.st_ino);
  CHECK(regular.directory_device == folder_stat.st_dev);
  CHECK_FALSE(regular.meta.ancestor);
  CHECK(entry("regular-too").inode == stat.st_ino);

  CHECK(entry("symlink").meta.type == FileType::symlink);
  CHECK(entry("symlink").meta.symlink_target == "no/such\ntarget");
  CHECK(entry("sparse").meta.symlink_target.empty());
  CHECK(entry("fifo").meta.type == FileType::fifo);
  CHECK(entry("socket").meta.type == FileType::socket);
  CHECK(entry("sparse").size == 100ull << 30);
  CHECK(entry("sparse").allocated_bytes < 1u << 20);
  CHECK(entry("folder").meta.type == FileType::directory);
  CHECK(entry("folder").directory_inode == folder_stat.st_ino);
  CHECK(record.problems.empty());
}

TEST_CASE("device nodes carry their numbers") {
  const TemporaryDirectory top;
  if (::mknod((top / "null").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {
    WARN("skipped: 1 (device nodes need privileges)");
    return;
  }
  REQUIRE(::mknod((top / "loop").c_str(), S_IFBLK | 0600, makedev(7, 300)) == 0);
  Record record;
  WalkInto(record, At(top.path()));
  const FileEntry null = record.entries.at((top / "null").substr(1)).meta;
  const FileEntry loop = record.entries.at((top / "loop").substr(1)).meta;
  CHECK(null.type == FileType::character_device);
  CHECK((null.device_major == 1 && null.device_minor == 3));
  CHECK(loop.type == FileType::block_device);
  CHECK((loop.device_major == 7 && loop.device_minor == 300));
}

TEST_CASE("xattrs of files and folders are read where they are wanted") {
  const TemporaryDirectory top;
  WriteText(top / "file");
  MakeFolder(top / "folder");
  WriteText(top / "plain");
  if (::setxattr((top / "file").c_str(), "user.b", "2\0x", 3, 0) != 0) {
    WARN("skipped: 1 (no user attributes in /tmp)");
    return;
  }
  REQUIRE(::setxattr((top / "file").c_str(), "user.a", "", 0, 0) == 0);
  REQUIRE(::setxattr((top / "folder").c_str(), "user.f", "folder", 6, 0) == 0);
  TreeOptions options = At(top.path());
  Record record;
  const auto xattrs = [&](const std::string& name) { return record.entries.at((top / name).substr(1)).meta.xattrs; };
  SECTION("wanted") {
    WalkInto(record, std::move(options));
    CHECK(xattrs("file") == std::vector<Xattr>{{"user.a", {}}, {"user.b", {'2', 0, 'x'}}});
    CHECK(xattrs("folder") == std::vector<Xattr>{{"user.f", ToBytes(std::string_view("folder"))}});
    CHECK(xattrs("plain").empty());
  }
  SECTION("switched off") {
    options.read_xattrs = false;
    WalkInto(record, std::move(options));
    CHECK(xattrs("file").empty());
  }
  SECTION("known by the visitor") {
    record.needs_xattrs = false;
    WalkInto(record, std::move(options));
    CHECK(xattrs("file").empty());
    CHECK(xattrs("folder").empty());
  }
}

// --- roots -------------------------------------------------------------------------------------------------

TEST_CASE("a stored path is absolute and lexical") {
  const char* const cases[][2] = {{"/a/b/../c/./d/", "a/c/d"}, {"/", ""}, {"//a//b", "a/b"}, {"x", "srv/data/x"},
                                  {".", "srv/data"}, {"..", "srv"}, {"../../../..", ""}, {"/..", ""}, {"./-f", "srv/data/-f"},
                                  {"/a/...", "a/..."}, {"/a/b/..", "a"}};
  for (const auto& [path, stored] : cases) {
    INFO(path);
    CHECK(StoredPath(path, "/srv/data") == stored);
  }
}

TEST_CASE("ancestors of roots come once and in order, and nested roots are walked once") {
  const TemporaryDirectory top;
  for (const char* folder : {"a", "a/b", "a/b!", "a/c", "a/c/d", "e"}) MakeFolder(top / folder);
  for (const char* file : {"a/b/1", "a/b!/2", "a/c/d/3", "a/c/not", "e/4", "not"}) WriteText(top / file);
  TreeOptions options;
  options.roots = {top / "e/4", top / "a/c/d", top / "a/b!", top / "a/b", top / "a/b/1", top / "a/b/../b"};
  Record record;
  WalkInto(record, std::move(options));
  CHECK(Below(record.visited, top.path()) ==
        Names{"a", "a/b", "a/b/1", "a/b!", "a/b!/2", "a/c", "a/c/d", "a/c/d/3", "e", "e/4"});
  CHECK(Below(record.left, top.path()) == Names{"a/b", "a/b!", "a/c/d"});
  const auto is_ancestor = [&](const std::string& name) { return record.entries.at((top / name).substr(1)).meta.ancestor; };
  CHECK(is_ancestor("a"));
  CHECK(is_ancestor("a/c"));
  CHECK(is_ancestor("e"));
  CHECK_FALSE(is_ancestor("a/b"));
  CHECK_FALSE(is_ancestor("e/4"));
  const SourceEntry a = record.entries.at((top / "a").substr(1));
  CHECK(a.meta.mtime_seconds == 0);
  CHECK(a.meta.mode == 0755);
  CHECK(a.directory_inode == 0);
  CHECK(record.entries.at((top / "e/4").substr(1)).directory_inode == record.entries.at((top / "e").substr(1)).inode);
  CHECK(record.visited.front() == "tmp");
}

TEST_CASE("relative roots start at the working directory") {
  const TemporaryDirectory top;
  MakeFolder(top / "a");
  WriteText(top / "a/f");
  Record record;
  WalkInto(record, At("../a/./f"), top / "b");
  CHECK(Below(record.visited, top.path()) == Names{"a", "a/f"});
}

TEST_CASE("a root that is a symbolic link is stored as one, a link on the way is followed") {
  const TemporaryDirectory top;
  MakeFolder(top / "real");
  WriteText(top / "real/f");
  REQUIRE(::symlink("real", (top / "link").c_str()) == 0);
  Record record;
  SECTION("the root itself") {
    WalkInto(record, At(top / "link/"));
    CHECK(Below(record.visited, top.path()) == Names{"link"});
    CHECK(record.entries.at((top / "link").substr(1)).meta.type == FileType::symlink);
  }
  SECTION("on the way") {
    WalkInto(record, At(top / "link/f"));
    CHECK(Below(record.visited, top.path()) == Names{"link", "link/f"});
    const SourceEntry link = record.entries.at((top / "link").substr(1));
    CHECK(link.meta.type == FileType::directory);
    CHECK(link.meta.ancestor);
  }
}

TEST_CASE("a root that is not there is a problem and the others go on") {
  const TemporaryDirectory top;
  MakeFolder(top / "b");
  WriteText(top / "c");
  TreeOptions options;
  options.roots = {top / "a", top / "b/x/y", top / "c", top / "c/z"};
  options.roots.push_back(top / "d");
  Record record;
  WalkInto(record, std::move(options));
  CHECK(Below(record.visited, top.path()) == Names{"c"});
  REQUIRE(record.problems.size() == 4);
  CHECK(record.problems[0].path == (top / "a").substr(1));
  CHECK(record.problems[1].path == (top / "b/x/y").substr(1));
  CHECK(record.problems[2].path == (top / "c/z").substr(1));  // also inside another root
  for (const auto& problem : record.problems) CHECK(problem.kind == SourceProblemKind::missing);
}

TEST_CASE("a root inside another is never left out silently") {
  const TemporaryDirectory top;
  for (const char* folder : {"a", "a/cache", "a/cache/deep", "real"}) MakeFolder(top / folder);
  for (const char* file : {"a/cache/1", "a/cache/deep/2", "real/3"}) WriteText(top / file);
  REQUIRE(::symlink("real", (top / "link").c_str()) == 0);
  Record record;
  TreeOptions options;
  SECTION("a pattern does not keep it out") {
    options.roots = {top / "a", top / "a/cache"};
    REQUIRE(options.excludes.Add("cache").ok());
    WalkInto(record, std::move(options));
    CHECK(Below(record.visited, top.path()) == Names{"a", "a/cache", "a/cache/1", "a/cache/deep", "a/cache/deep/2"});
    CHECK(record.problems.empty());
  }
  SECTION("in a folder that is left out") {
    options.roots = {top / "a", top / "a/cache/deep"};
    REQUIRE(options.excludes.Add("cache").ok());
    WalkInto(record, std::move(options));
    CHECK(Below(record.visited, top.path()) == Names{"a"});
    REQUIRE(record.problems.size() == 1);
    CHECK(record.problems[0].path == (top / "a/cache/deep").substr(1));
  }
  SECTION("behind a link") {
    options.roots = {top / "link", top / "link/3"};
    WalkInto(record, std::move(options));
    CHECK(Below(record.visited, top.path()) == Names{"link"});
    REQUIRE(record.problems.size() == 1);
    CHECK(record.problems[0].path == (top / "link/3").substr(1));
  }
}

TEST_CASE("an empty root is invalid, nothing is walked") {
  TreeOptions options;
  options.roots = {"/tmp", ""};
  Record record;
  TreeSource source(std::move(options));
  CHECK(source.Walk("/", record).code() == Code::invalid);
  CHECK(record.visited.empty());
}

TEST_CASE("the whole machine as a root stands for what is in it") {
  const TemporaryDirectory top;
  WriteText(top / "f");
  TreeOptions options = At("/");
  for (const std::string& pattern : {std::string("/*"), std::string("!/tmp"), std::string("/tmp/*"), "!" + top.path()}) {
    REQUIRE(options.excludes.Add(pattern).ok());
  }
  options.roots.push_back(top / "f");  // inside "/"
  Record record;
  WalkInto(record, std::move(options));
  const std::string stored = top.path().substr(1);
  CHECK(record.visited == Names{"tmp", stored, stored + "/f"});
  CHECK(record.left == Names{stored, "tmp"});
  CHECK_FALSE(record.entries.at("tmp").meta.ancestor);
}

// --- what is left out --------------------------------------------------------------------------------------

TEST_CASE("excluded entries are told and not visited, a root is never excluded") {
  const TemporaryDirectory top;
  MakeFolder(top / "root.tmp");
  MakeFolder(top / "root.tmp/cache");
  WriteText(top / "root.tmp/cache/x");
  WriteText(top / "root.tmp/a.tmp");
  WriteText(top / "root.tmp/b");
  TreeOptions options = At(top / "root.tmp");
  REQUIRE(options.excludes.Add("*.tmp").ok());
  REQUIRE(options.excludes.Add("cache/").ok());
  Record record;
  WalkInto(record, std::move(options));
  CHECK(Below(record.visited, top.path()) == Names{"root.tmp", "root.tmp/b"});
  CHECK(Below(record.excluded, top.path()) == Names{"root.tmp/a.tmp", "root.tmp/cache"});
  CHECK(record.incomplete.empty());
}

TEST_CASE("a folder with a marker file is kept without its content") {
  const TemporaryDirectory top;
  MakeFolder(top / "a");
  WriteText(top / "a/.nobackup");
  WriteText(top / "a/x");
  MakeFolder(top / "b");
  WriteText(top / "b/x");
  TreeOptions options = At(top.path());
  options.exclude_if_present = {".other", ".nobackup"};
  Record record;
  WalkInto(record, std::move(options));
  CHECK(Below(record.visited, top.path()) == Names{"a", "b", "b/x"});
  CHECK(Below(record.excluded, top.path()) == Names{"a"});
  CHECK(Below(record.left, top.path()) == Names{"a", "b"});
}

TEST_CASE("only a cache tag with its signature leaves out a cache") {
  const TemporaryDirectory top;
  const std::string signature = "Signature: 8a477f597d28d172789f06886806bc55";
  for (const char* folder : {"good", "longer", "short", "wrong", "linked", "folder", "folder/CACHEDIR.TAG"}) MakeFolder(top / folder);
  for (const char* file : {"good/x", "longer/x", "short/x", "wrong/x", "linked/x", "folder/x"}) WriteText(top / file);
  WriteText(top / "good/CACHEDIR.TAG", signature);
  WriteText(top / "longer/CACHEDIR.TAG", signature + "\n# by a test\n");
  WriteText(top / "short/CACHEDIR.TAG", signature.substr(0, 42));
  WriteText(top / "wrong/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc56");
  REQUIRE(::symlink("../good/CACHEDIR.TAG", (top / "linked/CACHEDIR.TAG").c_str()) == 0);
  TreeOptions options = At(top.path());
  options.exclude_caches = true;
  Record record;
  WalkInto(record, std::move(options));
  CHECK(Below(record.visited, top / "good") == Names{"CACHEDIR.TAG"});
  CHECK(Below(record.visited, top / "longer") == Names{"CACHEDIR.TAG"});
  for (const char* folder : {"short", "wrong", "linked", "folder"}) {
    CHECK(Below(record.visited, top / folder) == Names{"CACHEDIR.TAG", "x"});
  }
  CHECK(Below(record.excluded, top.path()) == Names{"good", "longer"});
}

TEST_CASE("one file system keeps the mount point and leaves out what is mounted") {
  const TemporaryDirectory top;
  MakeFolder(top / "mount");
  if (::mount("none", (top / "mount").c_str(), "tmpfs", 0, "size=1m") != 0) {
    WARN("skipped: 1 (mounting needs privileges)");
    return;
  }
  WriteText(top / "mount/inside");
  WriteText(top / "z");
  TreeOptions options = At(top.path());
  options.one_file_system = GENERATE(true, false);
  const bool stays = options.one_file_system;
  Record record;
  WalkInto(record, std::move(options));
  Record from_inside;
  TreeOptions inside_options = At(top / "mount");
  inside_options.one_file_system = true;
  WalkInto(from_inside, std::move(inside_options));
  Record both;
  TreeOptions both_options = At(top.path());
  both_options.roots.push_back(top / "mount");
  both_options.one_file_system = true;
  WalkInto(both, std::move(both_options));
  CHECK(::umount((top / "mount").c_str()) == 0);

  CHECK(Below(record.visited, top.path()) == (stays ? Names{"mount", "z"} : Names{"mount", "mount/inside", "z"}));
  CHECK(Below(record.excluded, top.path()) == (stays ? Names{"mount"} : Names{}));
  CHECK(Below(record.left, top.path()) == Names{"mount"});
  CHECK(Below(from_inside.visited, top.path()) == Names{"mount", "mount/inside"});
  CHECK(Below(both.visited, top.path()) == Names{"mount", "mount/inside", "z"});
}

}  // namespace pulih

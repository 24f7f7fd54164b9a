// Restoring: what comes back, what stays as it is, which folders are made and with which attributes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "engine/repo/pack_builder.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

struct stat Look(const std::string& path) {
  struct stat info {};
  INFO(path);
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info;
}

bool Exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

Bytes ReadFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  INFO(path);
  REQUIRE(fd.valid());
  Bytes bytes(static_cast<size_t>(Look(path).st_size));
  REQUIRE(::pread(fd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return bytes;
}

// A repository with one snapshot of the tree, and a target that does not exist yet.
struct Scene {
  SmallRepository small;
  std::string target = small.Scratch("kembali");
  Snapshot snapshot;
  Reading reading;

  Scene() {
    small.MakeTree();
    const auto catalog = NewTestCatalog();
    small.BackUp(small.owner(), *catalog);
    reading = small.Read(small.owner());
    snapshot = reading.list.snapshots.back();
  }
  Result<RestoreReport> TryRestore(const std::function<void(RestoreOptions&)>& adjust = {}) {
    RestoreOptions options;
    options.target = target;
    if (adjust) adjust(options);
    SilentProgress silent;
    return Restore(*reading.session, snapshot, options, silent);
  }
  RestoreReport MustRestore(const std::function<void(RestoreOptions&)>& adjust = {}) {
    auto report = TryRestore(adjust);
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    CHECK(report->ok());
    return std::move(report).value();
  }
  // Where a file of the tree comes to stand under its whole path.
  std::string Whole(const std::string& relative) const { return target + "/" + small.Stored(relative); }
};

void CheckSameAttributes(const std::string& restored, const std::string& original) {
  const struct stat a = Look(restored), b = Look(original);
  INFO(restored);
  CHECK(a.st_mode == b.st_mode);
  CHECK(a.st_mtim.tv_sec == b.st_mtim.tv_sec);
  CHECK(a.st_mtim.tv_nsec == b.st_mtim.tv_nsec);
}

const char* const kEntries[] = {"baca.txt", "hampa", "besar.bin", "daftar.csv", "dokumen", "dokumen/2014", "dokumen/2014/kosong",
                                "dokumen/2014/lelang-3.txt", "dokumen/salinan.txt", "dokumen/catatan\n.txt", "dokumen/dua-nama",
                                "dokumen/pintas", "pipa", "jarang"};

}  // namespace

TEST_CASE("everything comes back as it was, under its whole path") {
  Scene scene;
  const auto report = scene.MustRestore();
  const Contents contents = scene.small.TreeContents();
  CHECK(report.files + report.hard_links == contents.size());
  CHECK(report.hard_links == 1);
  CHECK(report.others == 2);
  CHECK(report.notes.empty());
  for (const auto& [path, bytes] : contents) CHECK(ReadFile(scene.target + "/" + path) == bytes);
  for (const char* entry : kEntries) CheckSameAttributes(scene.Whole(entry), scene.small.In(entry));
  CHECK(Look(scene.Whole("dokumen/dua-nama")).st_ino == Look(scene.Whole("dokumen/nama-kedua")).st_ino);
  CHECK(Look(scene.Whole("jarang")).st_blocks * 512 < 200'000);
  char link[32] = {};
  REQUIRE(::readlink(scene.Whole("dokumen/pintas").c_str(), link, sizeof link) > 0);
  CHECK(std::string(link) == "../baca.txt");
}

TEST_CASE("what is in one path is laid into the target, which takes its attributes") {
  Scene scene;
  SECTION("a folder") {
    REQUIRE(::mkdir(scene.target.c_str(), 0777) == 0);  // it was there
    scene.MustRestore([&](RestoreOptions& options) {
      options.paths = {scene.small.Stored("dokumen")};
      options.contents_of_path = true;
    });
    CheckSameAttributes(scene.target, scene.small.In("dokumen"));
    CheckSameAttributes(scene.target + "/2014/kosong", scene.small.In("dokumen/2014/kosong"));
    CHECK(ReadFile(scene.target + "/salinan.txt") == ReadFile(scene.small.In("dokumen/salinan.txt")));
    CHECK_FALSE(Exists(scene.target + "/baca.txt"));
    CHECK_FALSE(Exists(scene.target + "/dokumen"));
  }
  SECTION("a file, under its own name") {
    const auto report = scene.MustRestore([&](RestoreOptions& options) {
      options.paths = {scene.small.Stored("dokumen/salinan.txt")};
      options.contents_of_path = true;
    });
    CHECK(report.files == 1);
    CheckSameAttributes(scene.target + "/salinan.txt", scene.small.In("dokumen/salinan.txt"));
  }
}

TEST_CASE("several paths come with the folders above them, as those were") {
  Scene scene;
  const auto report = scene.MustRestore([&](RestoreOptions& options) {
    options.paths = {scene.small.Stored("dokumen/salinan.txt"), scene.small.Stored("baca.txt"), scene.small.Stored("dokumen/2014/lelang-1.txt")};
  });
  CHECK(report.files == 3);
  for (const char* entry : {"baca.txt", "dokumen", "dokumen/2014", "dokumen/2014/lelang-1.txt", "dokumen/salinan.txt"}) {
    CheckSameAttributes(scene.Whole(entry), scene.small.In(entry));
  }
  CHECK(Look(scene.Whole("dokumen")).st_mode == (S_IFDIR | 0750));
  CheckSameAttributes(scene.Whole(""), scene.small.tree());
  // Above what was backed up only modes are known. (The temporary folder is 0700, what it lies in is sticky.)
  const std::string root = scene.small.StoredRoot();
  for (size_t slash = root.find('/'); slash != std::string::npos; slash = root.find('/', slash + 1)) {
    CHECK(Look(scene.target + "/" + root.substr(0, slash)).st_mode == Look("/" + root.substr(0, slash)).st_mode);
  }
  CHECK_FALSE(Exists(scene.Whole("besar.bin")));
  CHECK_FALSE(Exists(scene.Whole("dokumen/2014/kosong")));
}

TEST_CASE("a path within another, or named twice, is restored once") {
  Scene scene;
  const auto report = scene.MustRestore([&](RestoreOptions& options) {
    options.paths = {scene.small.Stored("dokumen/2014"), scene.small.Stored("dokumen/2014/lelang-1.txt"), scene.small.Stored("dokumen/2014")};
  });
  CHECK(report.files == 6);
  CheckSameAttributes(scene.Whole("dokumen"), scene.small.In("dokumen"));
}

TEST_CASE("a folder on the way that is there already stays as it is") {
  Scene scene;
  std::string folder = scene.target;
  const std::string whole = scene.small.Stored("dokumen");
  REQUIRE(::mkdir(folder.c_str(), 0755) == 0);
  for (size_t at = 0; at < whole.size();) {
    const size_t slash = std::min(whole.find('/', at), whole.size());
    folder += "/" + whole.substr(at, slash - at);
    REQUIRE(::mkdir(folder.c_str(), 0711) == 0);
    at = slash + 1;
  }
  scene.MustRestore([&](RestoreOptions& options) { options.paths = {scene.small.Stored("dokumen/2014/lelang-1.txt"), scene.small.Stored("dokumen/2014/lelang-2.txt")}; });
  CHECK((Look(scene.Whole("dokumen")).st_mode & 07777) == 0711);
  CheckSameAttributes(scene.Whole("dokumen/2014"), scene.small.In("dokumen/2014"));
}

TEST_CASE("a path that is not there fails before anything is written") {
  Scene scene;
  const auto report = scene.TryRestore([&](RestoreOptions& options) { options.paths = {scene.small.Stored("baca.txt"), scene.small.Stored("tiada")}; });
  CHECK(report.status().code() == Code::not_found);
  CHECK_FALSE(Exists(scene.target));
}

TEST_CASE("what is there already is replaced as asked") {
  Scene scene;
  scene.MustRestore();
  const std::string same = scene.Whole("daftar.csv"), changed = scene.Whole("baca.txt");
  const auto inode = Look(same).st_ino;
  SmallRepository::Write(changed, AsBytes("ditulis ulang orang lain\n"));
  REQUIRE(::chmod(same.c_str(), 0600) == 0);
  const std::string stranger = scene.Whole("dokumen/asing.txt");
  SmallRepository::Write(stranger, AsBytes("milik orang\n"));
  SECTION("never") {
    const auto report = scene.MustRestore([](RestoreOptions& options) { options.overwrite = Overwrite::never; });
    CHECK(report.files == 0);
    CHECK(report.skipped >= scene.small.TreeContents().size());
    CHECK(ReadFile(changed) == ToBytes("ditulis ulang orang lain\n"));
    CHECK((Look(same).st_mode & 07777) == 0600);
  }
  SECTION("if changed") {
    const auto report = scene.MustRestore();
    CHECK(ReadFile(changed) == ToBytes("selamat pagi\n"));
    CHECK(Look(same).st_ino == inode);
    CheckSameAttributes(same, scene.small.In("daftar.csv"));  // attributes are put right all the same
    CHECK(report.unchanged > 8);
  }
  SECTION("if changed, with the size as it was") {
    Bytes other = ReadFile(same);
    other[100] ^= 1;
    SmallRepository::Write(same, other);
    scene.MustRestore();
    CHECK(ReadFile(same) == ReadFile(scene.small.In("daftar.csv")));
  }
  SECTION("always") {
    const auto report = scene.MustRestore([](RestoreOptions& options) { options.overwrite = Overwrite::always; });
    CHECK(report.unchanged == 0);
    CHECK(Look(same).st_ino != inode);
    CHECK(ReadFile(changed) == ToBytes("selamat pagi\n"));
  }
  CHECK(ReadFile(stranger) == ToBytes("milik orang\n"));
}

TEST_CASE("includes and excludes choose") {
  Scene scene;
  SECTION("by name") {
    const auto report = scene.MustRestore([](RestoreOptions& options) { options.includes = {"*.csv"}; });
    CHECK(report.files == 1);
    CHECK(Exists(scene.Whole("daftar.csv")));
    CHECK_FALSE(Exists(scene.Whole("baca.txt")));
    CHECK_FALSE(Exists(scene.Whole("dokumen")));  // nothing in it fits
  }
  SECTION("what fits nothing is an error, and makes nothing") {
    const auto refused = scene.TryRestore([](RestoreOptions& options) { options.includes = {"*.xlsx", "tiada"}; });
    CHECK(refused.status().code() == Code::not_found);
    CHECK(refused.status().message() == "restoring files: *.xlsx, tiada: nothing fits");
    CHECK_FALSE(Exists(scene.target));
  }
  SECTION("nor does what fits only where something is left out") {
    const auto refused = scene.TryRestore([](RestoreOptions& options) {
      options.includes = {"lelang-1.txt"};
      REQUIRE(options.excludes.Add("2014/").ok());
    });
    CHECK(refused.status().code() == Code::not_found);
    CHECK_FALSE(Exists(scene.target));
  }
  SECTION("a folder with what is in it, and none beside it") {
    const auto report = scene.MustRestore([](RestoreOptions& options) { options.includes = {"2014"}; });
    CHECK(report.files > 1);
    CHECK(Exists(scene.Whole("dokumen/2014/lelang-1.txt")));
    CHECK_FALSE(Exists(scene.Whole("dokumen/salinan.txt")));
  }
  SECTION("by path") {
    const std::string glob = "/" + scene.small.Stored("dokumen/2014/*-1.txt");
    const auto report = scene.MustRestore([&](RestoreOptions& options) { options.includes = {glob}; });
    CHECK(report.files == 1);
    CHECK(Exists(scene.Whole("dokumen/2014/lelang-1.txt")));
  }
  SECTION("a folder left out with all that is in it") {
    scene.MustRestore([](RestoreOptions& options) {
      REQUIRE(options.excludes.Add("2014/").ok());
      REQUIRE(options.excludes.Add("*.bin").ok());
    });
    CHECK_FALSE(Exists(scene.Whole("dokumen/2014")));
    CHECK_FALSE(Exists(scene.Whole("besar.bin")));
    CHECK(Exists(scene.Whole("dokumen/salinan.txt")));
  }
}

TEST_CASE("a dry run of a restore counts as the restore does, and writes nothing") {
  Scene scene;
  const auto dry_run = [](RestoreOptions& options) { options.dry_run = true; };
  const auto check_same_counts = [](const RestoreReport& dry, const RestoreReport& real) {
    CHECK(dry.files == real.files);
    CHECK(dry.bytes == real.bytes);
    CHECK(dry.hard_links == real.hard_links);
    CHECK(dry.directories == real.directories);
    CHECK(dry.others == real.others);
    CHECK(dry.overwritten == real.overwritten);
    CHECK(dry.unchanged == real.unchanged);
    CHECK(dry.skipped == real.skipped);
    CHECK(dry.damaged_count == real.damaged_count);
  };
  const auto action_of = [&](const RestoreReport& dry, const std::string& relative) {
    for (const RestoreStep& step : dry.steps) {
      if (step.path == scene.small.Stored(relative)) return std::optional(step.action);
    }
    return std::optional<RestoreAction>();
  };
  const auto dry = scene.MustRestore(dry_run);
  CHECK_FALSE(Exists(scene.target));
  CHECK(dry.overwritten == 0);
  CHECK(action_of(dry, "baca.txt") == RestoreAction::create);
  CHECK(dry.steps_count == dry.steps.size());
  check_same_counts(dry, scene.MustRestore());

  // Now all of it stands there, and some of it is another.
  SmallRepository::Write(scene.Whole("baca.txt"), AsBytes("ditulis ulang\n"));
  const std::string link = scene.Whole("dokumen/pintas");
  SECTION("if changed") {
    REQUIRE(::unlink(link.c_str()) == 0);
    REQUIRE(::symlink("lain", link.c_str()) == 0);
    const auto again = scene.MustRestore(dry_run);
    CHECK(action_of(again, "baca.txt") == RestoreAction::overwrite);
    CHECK(action_of(again, "daftar.csv") == RestoreAction::keep_same);
    CHECK(action_of(again, "dokumen/pintas") == RestoreAction::overwrite);
    CHECK(ReadFile(scene.Whole("baca.txt")) == ToBytes("ditulis ulang\n"));
    CHECK(again.unchanged > 8);
    check_same_counts(again, scene.MustRestore());
  }
  SECTION("always") {
    const auto always = [](RestoreOptions& options) { options.overwrite = Overwrite::always; };
    const auto again = scene.MustRestore([&](RestoreOptions& options) { always(options), dry_run(options); });
    CHECK(again.unchanged == 0);
    CHECK(action_of(again, "daftar.csv") == RestoreAction::overwrite);
    check_same_counts(again, scene.MustRestore(always));
  }
  SECTION("never") {
    const auto never = [](RestoreOptions& options) { options.overwrite = Overwrite::never; };
    const auto again = scene.MustRestore([&](RestoreOptions& options) { never(options), dry_run(options); });
    CHECK(again.files == 0);
    CHECK(action_of(again, "baca.txt") == RestoreAction::skip);
    check_same_counts(again, scene.MustRestore(never));
  }
  SECTION("a file stands where a folder is to be") {
    const auto one = [&](RestoreOptions& options) { options.paths = {scene.small.Stored("dokumen/2014/lelang-1.txt")}; };
    scene.target = scene.small.Scratch("lain");
    REQUIRE(::mkdir(scene.target.c_str(), 0755) == 0);
    const std::string first = scene.small.StoredRoot().substr(0, scene.small.StoredRoot().find('/'));
    SmallRepository::Write(scene.target + "/" + first, AsBytes("x"));
    const auto never = [&](RestoreOptions& options) { one(options), options.overwrite = Overwrite::never; };
    const auto kept = scene.TryRestore([&](RestoreOptions& options) { never(options), dry_run(options); });
    const auto really = scene.TryRestore(never);
    REQUIRE((kept.ok() && really.ok()));
    CHECK(kept->damaged_count > 0);
    check_same_counts(*kept, *really);
    const auto again = scene.MustRestore([&](RestoreOptions& options) { one(options), dry_run(options); });
    CHECK(again.files == 1);
    CHECK(S_ISREG(Look(scene.target + "/" + first).st_mode));
    check_same_counts(again, scene.MustRestore(one));
  }
}

TEST_CASE("a folder with something in it, where a file is to be, is told before and meets the restore") {
  Scene scene;
  scene.MustRestore();
  REQUIRE(::unlink(scene.Whole("baca.txt").c_str()) == 0);
  REQUIRE(::mkdir(scene.Whole("baca.txt").c_str(), 0755) == 0);
  SmallRepository::Write(scene.Whole("baca.txt") + "/isi", AsBytes("x"));
  for (const bool dry_run : {true, false}) {
    const auto report = scene.TryRestore([&](RestoreOptions& options) { options.dry_run = dry_run; });
    REQUIRE(report.ok());
    REQUIRE(report->damaged_count == 1);
    CHECK(report->damaged[0].what == "target");
    CHECK(report->damaged[0].why.find(scene.Whole("baca.txt")) != std::string::npos);
  }
}

TEST_CASE("a restore whose tree has lost its root is damage and no failure") {
  Scene scene;
  const auto root = scene.snapshot.Root("files");
  REQUIRE(root);
  Catalog& catalog = scene.reading.session->index().catalog();
  const auto places = catalog.FindObject(*root);
  REQUIRE((places.ok() && places->size() == 1));
  const auto pack = catalog.GetPack(places->front().pack);
  REQUIRE(pack.ok());
  REQUIRE(scene.small.store().Remove(PackBlobName(pack->name)).ok());
  scene.reading = scene.small.Read(scene.small.owner());
  scene.snapshot = scene.reading.list.snapshots.back();
  SECTION("everything was asked for") {
    const auto report = scene.TryRestore();
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    CHECK(report->damaged_count == 1);
    CHECK_FALSE(report->ok());
  }
  SECTION("one path was asked for: it is named") {
    const auto report = scene.TryRestore([&](RestoreOptions& options) {
      options.paths = {scene.small.Stored("dokumen")};
      options.contents_of_path = true;
    });
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    REQUIRE(report->damaged_count == 1);
    CHECK(report->damaged[0].path == scene.small.Stored("dokumen"));
  }
}

}  // namespace pulih

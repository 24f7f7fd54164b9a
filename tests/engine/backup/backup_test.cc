// What a backup stores and what it does not: nothing twice, nothing on a stale catalog's word, nothing on a dry run,
// and the same bytes for the same input (I10).
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>

#include "engine/backup/dry_run_sink.h"
#include "engine/backup/tree_count.h"
#include "engine/backup/tree_recorder.h"
#include "engine/browse/browse.h"
#include "tests/support/hook_store.h"
#include "tests/support/small_repository.h"

namespace pulih {
namespace {

uint64_t TotalSize(Store& store, const std::string& prefix) {
  uint64_t total = 0;
  for (const auto& [name, bytes] : BlobsOf(store, prefix)) total += bytes.size();
  return total;
}

Extent ExtentOf(SmallRepository& small, size_t snapshot, const std::string& path) {
  const auto reading = small.Read(small.owner());
  const auto entry = LookUp(*reading.session, reading.list.snapshots.at(snapshot), small.Stored(path));
  REQUIRE(entry.ok());
  return std::get<Extent>(entry->content.segments.at(0));
}

void CheckAllIsWell(SmallRepository& small) {
  const Examination found = small.Examine();
  INFO(found.Text());
  CHECK_FALSE(found.is_found());
  CHECK(found.read.wrong.empty());
  CHECK(found.read.damaged == 0);
  CHECK(found.read.snapshots_missing == 0);
}

}  // namespace

TEST_CASE("a second backup of the same tree reads nothing and stores next to nothing") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  const auto first = small.BackUp(small.owner(), *catalog);
  CHECK(first.files == small.TreeContents().size());
  CHECK(first.files_read > 10);
  CHECK(first.bytes_new > 30'000);
  const auto second = small.BackUp(small.owner(), *catalog);
  // (Two names of one inode: only one is looked at. A file with a hole is as any other.)
  CHECK(second.files_read == 0);
  CHECK(second.bytes_read == 0);
  CHECK(second.files == first.files);
  CHECK(second.bytes == first.bytes);
  CHECK(second.objects_written == 0);
  CHECK(second.bytes_added < 3'000);
  // Without the stat cache everything is read, and still nothing stored.
  const auto third = small.BackUp(small.owner(), *catalog, [](BackupOptions& options) { options.read_all = true; });
  CHECK(third.files_read > 10);
  CHECK(third.objects_written == 0);
  CHECK(third.bytes_new == 0);
  CHECK(NamesOf(small.store(), "snapshots/").size() == 3);
  CheckAllIsWell(small);
}

TEST_CASE("attributes of unchanged files are kept, and those that come later are seen") {
  SmallRepository small;
  small.MakeTree();
  const auto set = [&](const char* file, const char* name, const char* value) {
    return ::setxattr(small.In(file).c_str(), name, value, std::string_view(value).size(), 0) == 0;
  };
  if (!set("besar.bin", "user.catatan", "nilai")) {
    WARN("skipped: this file system has no attributes");
    return;
  }
  const auto catalog = NewTestCatalog();
  const auto xattrs_in_latest = [&](const char* file) {
    const auto reading = small.Read(small.owner());
    const auto entry = LookUp(*reading.session, reading.list.snapshots.back(), small.Stored(file));
    REQUIRE(entry.ok());
    return entry->xattrs.size();
  };
  small.BackUp(small.owner(), *catalog);
  CHECK(xattrs_in_latest("besar.bin") == 1);
  CHECK(xattrs_in_latest("dokumen/2014/lelang-2.txt") == 0);
  // Nothing has changed: the content is not read, the attribute is there all the same.
  CHECK(small.BackUp(small.owner(), *catalog).files_read == 0);
  CHECK(xattrs_in_latest("besar.bin") == 1);
  // One more comes: the change of ctime tells, though size and mtime are as they were.
  REQUIRE(set("dokumen/2014/lelang-2.txt", "user.catatan", "kemudian"));
  small.BackUp(small.owner(), *catalog);
  CHECK(xattrs_in_latest("dokumen/2014/lelang-2.txt") == 1);
  CHECK(xattrs_in_latest("besar.bin") == 1);
}

TEST_CASE("a file that was renamed, copied or moved is not stored again") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  const Extent before = ExtentOf(small, 0, "dokumen/2014/lelang-2.txt");
  REQUIRE(::rename(small.In("dokumen/2014/lelang-2.txt").c_str(), small.In("zz-pindah.txt").c_str()) == 0);
  REQUIRE(::rename(small.In("besar.bin").c_str(), small.In("dokumen/besar-sekali.bin").c_str()) == 0);
  small.Write(small.In("salinan-lagi.csv"), SmallRepository::Text(9'000, "pengadaan barang dan jasa"));
  const auto report = small.BackUp(small.owner(), *catalog);
  CHECK(report.files_new == 0);
  CHECK(report.bytes_new == 0);
  CHECK(report.files_read >= 3);
  CHECK(ExtentOf(small, 1, "zz-pindah.txt") == before);
  CheckAllIsWell(small);
}

TEST_CASE("an insertion in a file stores the chunks near it, not the file") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  Bytes changed = SmallRepository::Noise(30'000, 7);
  changed.insert(changed.begin() + 15'000, {1, 2, 3});
  small.Write(small.In("besar.bin"), changed, 1'400'086'400);
  const auto report = small.BackUp(small.owner(), *catalog);
  CHECK(report.bytes_new > 0);
  CHECK(report.bytes_new < 20'000);
  CheckAllIsWell(small);
}

TEST_CASE("two writers do not lean on each other's objects") {
  SmallRepository small;
  small.MakeTree();
  const Keyring host = small.Export(Role::backup);
  const auto owner_catalog = NewTestCatalog(), host_catalog = NewTestCatalog();
  const auto by_owner = small.BackUp(small.owner(), *owner_catalog);
  const auto by_host = small.BackUp(host, *host_catalog);
  CHECK(by_host.bytes_new == by_owner.bytes_new);
  CHECK(by_host.objects_written == by_owner.objects_written);
  CHECK(small.BackUp(host, *host_catalog).objects_written == 0);
  CheckAllIsWell(small);
  // Without all packs of the one, the snapshots of the other are whole.
  MemoryStore without;
  CopyBlobs(small.store(), without);
  for (const auto& [name, bytes] : BlobsOf(small.store(), "packs/")) {
    if (Equal(ByteView(bytes).subspan(28, WriterId::kSize), small.owner().writer->id.view())) REQUIRE(without.Remove(name).ok());
  }
  Reading reading = small.Read(small.owner(), nullptr, &without);
  std::map<SnapshotId, Contents> of_host = small.expected();
  of_host.erase(*by_owner.snapshot);
  const auto read = ReadBack(reading, of_host);
  CHECK(read.wrong.empty());
  CHECK(read.damaged == 0);
  CHECK(read.right > 0);
}

TEST_CASE("two writers on one catalog do not lean on each other's stat records") {
  SmallRepository small;
  small.MakeTree();
  const Keyring host = small.Export(Role::backup);
  const auto catalog = NewTestCatalog();
  const auto by_owner = small.BackUp(small.owner(), *catalog);
  const auto by_host = small.BackUp(host, *catalog);
  CHECK(by_host.files_unchanged == by_owner.files_unchanged);
  CHECK(by_host.bytes_new == by_owner.bytes_new);
  CHECK(small.BackUp(host, *catalog).files_read == 0);
  CHECK(small.BackUp(small.owner(), *catalog).files_read == 0);
  CheckAllIsWell(small);
}

TEST_CASE("a backup role whose catalog is lost rebuilds it from its own packs (I1)") {
  SmallRepository small;
  small.MakeTree();
  const Keyring host = small.Export(Role::backup);
  {
    const auto catalog = NewTestCatalog();
    small.BackUp(host, *catalog);
  }
  const auto other = NewTestCatalog();
  small.BackUp(small.owner(), *other);  // packs that it cannot open stand beside its own
  const uint64_t stored = TotalSize(small.store(), "packs/");
  const auto fresh = NewTestCatalog();
  const auto report = small.BackUp(host, *fresh);
  CHECK(report.files_read > 10);
  CHECK(report.files_new == 0);
  CHECK(report.objects_written == 0);
  CHECK(TotalSize(small.store(), "packs/") == stored);
  CheckAllIsWell(small);
}

TEST_CASE("what a catalog remembers and the store does not show is stored again") {
  const size_t which = GENERATE(0u, 1u);  // the data pack and the tree pack, in the order of their names
  const bool is_gone = GENERATE(true, false);
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  const auto packs = BlobsOf(small.store(), "packs/");
  REQUIRE(packs.size() == 2);
  const auto& [name, bytes] = *std::next(packs.begin(), static_cast<ptrdiff_t>(which));
  if (is_gone) REQUIRE(small.store().Remove(name).ok());
  if (!is_gone) small.store().Plant(name, ToBytes(ByteView(bytes).first(bytes.size() - 1)));
  const auto report = small.BackUp(small.owner(), *catalog);
  // A pack that is cut short is refused as it is met; both ways it is leaned on no more.
  if (is_gone) CHECK(report.packs_missing == 1);
  CHECK(report.objects_written > 0);
  Reading reading = small.Read(small.owner());
  const auto read = ReadBack(reading, small.expected());
  CHECK(read.wrong.empty());
  CHECK(read.damaged == 0);  // the same objects: the earlier snapshot is whole again as well
}

TEST_CASE("an object that verify found damaged is stored again by the next run") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  const auto reading = small.Read(small.owner(), catalog.get());
  const auto places = reading.session->index().Find(ExtentOf(small, 0, "besar.bin").object);
  const std::string blob = reading.session->index().BlobsOf(places->at(0).pack)->front();
  Bytes bad = *GetWhole(small.store(), blob, UINT32_MAX);
  bad[places->at(0).offset + 50] ^= 1;
  small.store().Plant(blob, bad);
  CHECK(small.Examine(nullptr, catalog.get()).read.damaged == 1);  // and takes it off the catalog
  const auto report = small.BackUp(small.owner(), *catalog);
  CHECK(report.objects_written == 1);
  const Examination after = small.Examine();
  CHECK(after.is_found());  // the damaged pack is still there, and said
  CHECK(after.read.damaged == 0);
  CHECK(after.read.wrong.empty());
}

TEST_CASE("small files of a group of which less than half is in use are stored anew") {
  SmallRepository small;
  REQUIRE(::mkdir(small.tree().c_str(), 0755) == 0);
  for (int i = 0; i < 4; ++i) small.Write(small.In("f" + std::to_string(i)), SmallRepository::Noise(900, 40 + static_cast<uint64_t>(i)));
  const auto catalog = NewTestCatalog();
  small.BackUp(small.owner(), *catalog);
  const Extent together = ExtentOf(small, 0, "f3");
  CHECK(ExtentOf(small, 0, "f0").object == together.object);

  REQUIRE(::unlink(small.In("f0").c_str()) == 0);
  const auto three_quarters = small.BackUp(small.owner(), *catalog);
  CHECK(three_quarters.bytes_new == 0);
  CHECK(small.BackUp(small.owner(), *catalog).bytes_new == 0);  // more than half is fine

  REQUIRE(::unlink(small.In("f1").c_str()) == 0);
  REQUIRE(::unlink(small.In("f2").c_str()) == 0);
  CHECK(small.BackUp(small.owner(), *catalog).bytes_new == 0);  // this run counts …
  CHECK(ExtentOf(small, 3, "f3") == together);
  small.BackUp(small.owner(), *catalog);  // … and the next stores
  const Extent alone = ExtentOf(small, 4, "f3");
  CHECK(alone.object != together.object);
  const auto settled = small.BackUp(small.owner(), *catalog);
  CHECK(settled.objects_written == 0);
  CHECK(ExtentOf(small, 5, "f3") == alone);

  const auto reading = small.Read(small.owner());
  size_t changes = 0;
  REQUIRE(DiffSnapshots(*reading.session, reading.list.snapshots[3], reading.list.snapshots[4], "", [&](const EntryChange&) {
    ++changes;
    return true;
  }).ok());
  CHECK(changes == 0);  // other extents, same files
  CheckAllIsWell(small);
}

TEST_CASE("the same input, keys, random source and clock give the same bytes (I10)") {
  SmallRepository one(5), two(5);
  one.MakeTree();
  SilentProgress silent;
  for (SmallRepository* small : {&one, &two}) {
    const auto catalog = NewTestCatalog();
    for (int run = 0; run < 2; ++run) {
      BackupOptions options = small->Options();
      options.tree.roots = {one.tree()};
      REQUIRE(Backup(*small->Open(small->owner()), *catalog, options, silent).ok());
      small->clock().Advance(60);
    }
  }
  CHECK(NamesOf(one.store()) == NamesOf(two.store()));
  CHECK(BlobsOf(one.store()) == BlobsOf(two.store()));
}

TEST_CASE("a dry run says what would be done and does nothing") {
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  const auto before = BlobsOf(small.store());
  HookStore store(small.store());
  const auto dry = small.BackUp(small.owner(), *catalog, [](BackupOptions& options) { options.dry_run = true; }, &store);
  CHECK(store.puts.empty());
  CHECK(BlobsOf(small.store()) == before);
  CHECK_FALSE(dry.snapshot);
  CHECK(dry.bytes_added == 0);
  const auto real = small.BackUp(small.owner(), *catalog);
  CHECK(dry.files == real.files);
  CHECK(dry.bytes == real.bytes);
  CHECK(dry.files_new == real.files_new);
  CHECK(dry.bytes_new == real.bytes_new);
  CHECK(real.files_unchanged == 0);  // the dry run left no stat records either
  const auto again = small.BackUp(small.owner(), *catalog, [](BackupOptions& options) { options.dry_run = true; });
  CHECK(again.bytes_new == 0);
}

TEST_CASE("a stream is stored as one file") {
  SmallRepository small;
  const Bytes dump = SmallRepository::Noise(50'000, 12);
  for (const Bytes& content : {dump, Bytes{}, Bytes(100, 'x')}) {
    small.Write(small.Scratch("arus"), content);
    const UniqueFd fd(::open(small.Scratch("arus").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(fd.valid());
    const auto catalog = NewTestCatalog();
    const auto report = small.BackUp(small.owner(), *catalog, [&](BackupOptions& options) {
      options.tree.roots.clear();
      options.stdin_fd = fd.get();
      options.stdin_name = "/cadangan/db.sql";
    });
    CHECK(report.files == 1);
    CHECK(report.bytes == content.size());
    const auto reading = small.Read(small.owner());
    const auto entry = LookUp(*reading.session, reading.list.snapshots.back(), "cadangan/db.sql");
    REQUIRE(entry.ok());
    Bytes back;
    REQUIRE(DumpFile(*reading.session, *entry, [&](ByteView piece) {
      Append(back, piece);
      return OkStatus();
    }).ok());
    CHECK(back == content);
    CHECK(reading.list.snapshots.back().content->paths == std::vector<std::string>{"/cadangan/db.sql"});
  }
}

TEST_CASE("a stream that breaks off is told, also when bytes came before") {
  SmallRepository small;
  // Our own memory as a file: behind a page that is there comes one beyond the end of what is mapped, and reading it is
  // EIO. (A page that is merely unmapped would be given to the next thread that asks for memory.)
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const UniqueFd behind(::memfd_create("stream", MFD_CLOEXEC));
  REQUIRE(behind.valid());
  REQUIRE(::ftruncate(behind.get(), static_cast<off_t>(page)) == 0);
  auto* const memory = static_cast<uint8_t*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, behind.get(), 0));
  REQUIRE(memory != MAP_FAILED);
  std::fill_n(memory, page, uint8_t{'x'});
  const UniqueFd fd(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  REQUIRE(fd.valid());
  REQUIRE(::lseek(fd.get(), static_cast<off_t>(reinterpret_cast<uintptr_t>(memory)), SEEK_SET) >= 0);
  BackupOptions options = small.Options();
  options.tree.roots.clear();
  options.stdin_fd = fd.get();
  options.stdin_name = "db.sql";
  SilentProgress silent;
  const auto report = Backup(*small.Open(small.owner()), *NewTestCatalog(), options, silent);
  CHECK(::munmap(memory, 2 * page) == 0);
  REQUIRE(report.ok());
  CHECK(report->bytes == page);
  REQUIRE(report->problems.count == 1);
  CHECK(report->problems.listed[0].kind == SourceProblemKind::unreadable);
}

TEST_CASE("what stands behind an inode when its next name is met is what is stored") {
  // As when an inode was freed and given to another file, or a file was changed between two of its names.
  class ChangeMeanwhile final : public ProgressListener {
   public:
    explicit ChangeMeanwhile(std::string file) : file_(std::move(file)) {}
    void Report(const Progress& progress) override {
      if (!progress.current.ends_with("dua.txt")) return;
      const UniqueFd fd(::open(file_.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
      CHECK(::write(fd.get(), "lain sekali", 11) == 11);
    }
    bool ShouldStop() override { return false; }

   private:
    std::string file_;
  };
  SmallRepository small;
  REQUIRE(::mkdir(small.tree().c_str(), 0755) == 0);
  small.Write(small.In("a-satu.txt"), SmallRepository::Noise(5'000, 1));
  small.Write(small.In("b-dua.txt"), SmallRepository::Noise(100, 2));
  REQUIRE(::link(small.In("a-satu.txt").c_str(), small.In("c-tiga.txt").c_str()) == 0);
  ChangeMeanwhile change(small.In("c-tiga.txt"));
  const auto report = Backup(*small.Open(small.owner()), *NewTestCatalog(), small.Options(), change);
  REQUIRE(report.ok());
  const auto reading = small.Read(small.owner());
  const auto first = LookUp(*reading.session, reading.list.snapshots.back(), small.Stored("a-satu.txt"));
  const auto second = LookUp(*reading.session, reading.list.snapshots.back(), small.Stored("c-tiga.txt"));
  REQUIRE((first.ok() && second.ok()));
  CHECK(first->content.size == 5'000);
  CHECK(second->content.size == 11);
  CHECK_FALSE(first->link == second->link);
}

TEST_CASE("the count that runs ahead meets the same files and bytes as the backup") {
  SmallRepository small;
  small.MakeTree();
  BackupOptions options = small.Options();
  REQUIRE(options.tree.excludes.Add("*.csv").ok());
  TreeCount count(options.tree, options.working_directory);
  count.Wait();
  const auto report = small.BackUp(small.owner(), *NewTestCatalog(), [&](BackupOptions& o) { o.tree = options.tree; });
  REQUIRE(count.totals());
  CHECK(count.totals()->files == report.files);
  CHECK(count.totals()->bytes == report.bytes);
}

TEST_CASE("what cannot be counted has no say in the backup") {
  SmallRepository small;
  small.MakeTree();
  SECTION("a root that is not there is left out") {
    BackupOptions options = small.Options();
    options.tree.roots.push_back(small.Scratch("tiada"));
    TreeCount count(options.tree, options.working_directory);
    count.Wait();
    CHECK(count.totals());
  }
  SECTION("a walk that fails has no totals") {
    BackupOptions options = small.Options();
    options.tree.roots.push_back("");
    TreeCount count(options.tree, options.working_directory);
    count.Wait();
    CHECK_FALSE(count.totals());
  }
  SECTION("a count that nobody waits for ends with its object") {
    const TreeCount count(small.Options().tree, small.Options().working_directory);
  }
  SECTION("a listener that wants totals gets the same snapshot") {
    class Watcher final : public ProgressListener {
     public:
      void Report(const Progress&) override {}
      bool ShouldStop() override { return false; }
      bool WantsTotals() const override { return true; }
    } watcher;
    const auto catalog = NewTestCatalog();
    const auto report = Backup(*small.Open(small.owner()), *catalog, small.Options(), watcher);
    REQUIRE(report.ok());
    CHECK(report->files == small.TreeContents().size());
  }
}

// The recorder by itself, with a count that is over: in a whole backup the count may come too late to be seen.
TEST_CASE("totals that a listener can trust") {
  class Watcher final : public ProgressListener {
   public:
    void Report(const Progress& progress) override { seen.push_back(progress); }
    bool ShouldStop() override { return false; }
    std::vector<Progress> seen;
  } watcher;
  SmallRepository small;
  small.MakeTree();
  const BackupOptions options = small.Options();
  TreeCount count(options.tree, options.working_directory);
  count.Wait();
  const auto repository = small.Open(small.owner());
  const auto catalog = NewTestCatalog();
  PackIndex index(*repository, *catalog);
  REQUIRE(index.Refresh().ok());
  DryRunSink sink(index);
  BackupReport report;
  TreeRecorder recorder({*repository, index, sink, options, report, watcher, &count}, {});
  TreeSource source(options.tree);
  REQUIRE(source.Walk(options.working_directory, recorder).ok());
  REQUIRE(recorder.Finish().ok());
  REQUIRE(report.files == small.TreeContents().size());
  REQUIRE_FALSE(watcher.seen.empty());
  uint64_t files = 0, bytes = 0;
  for (const Progress& progress : watcher.seen) {
    CHECK(progress.files_total == report.files);
    CHECK(progress.bytes_total == report.bytes);
    CHECK((progress.files_done >= files && progress.bytes_done >= bytes));
    files = progress.files_done;
    bytes = progress.bytes_done;
  }
  CHECK(files == report.files);
  CHECK(bytes == report.bytes);
}

TEST_CASE("a run stops within a large file, and tells how far in it it is") {
  class StopWithin final : public ProgressListener {
   public:
    void Report(const Progress& progress) override {
      if (progress.bytes_done > 1'500'000) stop = true;
    }
    bool ShouldStop() override { return stop; }
    bool stop = false;
  };
  SmallRepository small;
  ::mkdir(small.tree().c_str(), 0755);
  SmallRepository::Write(small.In("besar.bin"), SmallRepository::Noise(3'000'000, 7));
  const auto catalog = NewTestCatalog();
  StopWithin stop;
  const auto stopped = Backup(*small.Open(small.owner()), *catalog, small.Options(), stop);
  CHECK(stopped.status().code() == Code::interrupted);
  const auto report = small.BackUp(small.owner(), *catalog);
  CHECK(report.bytes_new < 2'500'000);  // what came before is known
  CHECK(report.bytes_new > 500'000);
  CheckAllIsWell(small);
}

TEST_CASE("a run that is asked to stop keeps what it stored, and the next goes on from there") {
  class StopAfter final : public ProgressListener {
   public:
    void Report(const Progress&) override { ++reports; }
    bool ShouldStop() override { return reports > 14; }
    int reports = 0;
  };
  SmallRepository small;
  small.MakeTree();
  const auto catalog = NewTestCatalog();
  StopAfter stop;
  const auto stopped = Backup(*small.Open(small.owner()), *catalog, small.Options(), stop);
  CHECK(stopped.status().code() == Code::interrupted);
  CHECK(NamesOf(small.store(), "snapshots/").empty());
  CHECK_FALSE(NamesOf(small.store(), "packs/").empty());
  const auto report = small.BackUp(small.owner(), *catalog);
  CHECK(report.bytes_new < 30'000);  // besar.bin came early
  CheckAllIsWell(small);
}

}  // namespace pulih

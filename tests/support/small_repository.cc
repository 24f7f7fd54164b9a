#include "tests/support/small_repository.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "engine/browse/browse.h"
#include "engine/catalog/ordered_kv.h"

namespace pulih {
namespace {

void MakeFolder(const std::string& path, mode_t mode) {
  REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

void SetTimes(const std::string& path, int64_t seconds) {
  const struct timespec times[2] = {{seconds, 123'456'789}, {seconds, 123'456'789}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

Bytes ReadFile(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(fd.valid());
  struct stat info {};
  REQUIRE(::fstat(fd.get(), &info) == 0);
  Bytes bytes(static_cast<size_t>(info.st_size));
  REQUIRE(::pread(fd.get(), bytes.data(), bytes.size(), 0) == info.st_size);
  return bytes;
}

void Collect(const std::string& path, Contents& contents) {
  DIR* items = ::opendir(path.c_str());
  REQUIRE(items != nullptr);
  std::vector<std::string> folders;
  while (const dirent* item = ::readdir(items)) {
    const std::string name = item->d_name;
    if (name == "." || name == "..") continue;
    const std::string whole = path + "/" + name;
    struct stat info {};
    REQUIRE(::lstat(whole.c_str(), &info) == 0);
    if (S_ISDIR(info.st_mode)) folders.push_back(whole);
    if (S_ISREG(info.st_mode)) contents[whole.substr(1)] = ReadFile(whole);
  }
  ::closedir(items);
  for (const std::string& folder : folders) Collect(folder, contents);
}

// Sizes that make a few files many objects. Signed anew by the root key, in place of what init wrote.
void ShrinkConfig(MemoryStore& store, const Keyring& owner) {
  auto chain = ReadConfigChain(store, owner.root_public);
  REQUIRE(chain.ok());
  Config config = chain->newest;
  config.chunk_min = 2048;
  config.chunk_average = 4096;
  config.chunk_max = 16384;
  config.small_file_limit = 2048;
  config.group_target = 4096;
  config.node_target = 1024;
  config.pack_target = 40u << 10;
  REQUIRE(store.Remove("config/0").ok());
  REQUIRE(PutConfig(store, config, owner.root_seed).ok());
}

}  // namespace

std::unique_ptr<Catalog> NewTestCatalog() {
  auto catalog = Catalog::Open(NewMemoryKv());
  PULIH_CHECK(catalog.ok());
  return std::move(catalog).value();
}

Result<Reading> StartReading(Store& store, Keyring keys, const Environment& environment, Catalog* catalog, const LocalState& state) {
  Reading reading;
  PULIH_TRY_ASSIGN(reading.repository, Repository::Open(store, std::move(keys), Intent::check, state, environment));
  if (catalog == nullptr) {
    reading.own_catalog = NewTestCatalog();
    catalog = reading.own_catalog.get();
  }
  PULIH_TRY_ASSIGN(reading.session, ReadSession::Start(*reading.repository, *catalog));
  PULIH_TRY_ASSIGN(reading.list, ListSnapshots(*reading.repository));
  return reading;
}

ReadBackResult ReadBack(Reading& reading, const std::map<SnapshotId, Contents>& expected) {
  ReadBackResult result;
  result.snapshots_missing = expected.size();
  for (const Snapshot& snapshot : reading.list.snapshots) {
    const auto known = expected.find(snapshot.id);
    if (known == expected.end()) continue;
    --result.snapshots_missing;
    size_t listed_files = 0, gaps = 0;
    const Status walked = ListTree(
        *reading.session, snapshot, "", /*recursive=*/true,
        [&](const ListedEntry& listed) {
          if (listed.entry.type != FileType::regular) return true;
          ++listed_files;
          Bytes bytes;
          const Status dumped = DumpFile(*reading.session, listed.entry, [&](ByteView piece) {
            Append(bytes, piece);
            return OkStatus();
          });
          const auto original = known->second.find(listed.path);
          if (!dumped.ok()) {
            ++result.damaged;
          } else if (original == known->second.end() || original->second != bytes) {
            result.wrong.push_back(listed.path);
          } else {
            ++result.right;
          }
          return true;
        },
        [&](const MapGap&) { ++gaps; });
    result.damaged += gaps + (walked.ok() ? 0 : 1);
    if (walked.ok() && gaps == 0 && listed_files != known->second.size()) result.wrong.push_back("files were left out silently");
  }
  return result;
}

std::string Examination::Text() const {
  std::string text = opening.ok() ? "opened" : opening.ToString();
  for (const Damage& damage : report.damage) {
    text += "\n  " + damage.what + " " + damage.object + ": " + damage.why + ", " + std::to_string(damage.paths_count) + " paths, " +
            std::to_string(damage.snapshots.size()) + " snapshots";
  }
  for (const std::string& note : report.notes) text += "\n  note: " + note;
  for (const std::string& path : read.wrong) text += "\n  WRONG: " + path;
  return text;
}

Examination Examine(Store& store, Keyring keys, const Environment& environment, const std::map<SnapshotId, Contents>& expected,
                    const ExamineOptions& options) {
  Examination examination;
  auto reading = StartReading(store, std::move(keys), environment, options.catalog);
  if (!reading.ok()) {
    examination.opening = reading.status();
    return examination;
  }
  // Reading comes first: verify takes what it finds damaged off the catalog, which would make reading easier.
  if (options.read_back) examination.read = ReadBack(*reading, expected);
  SilentProgress silent;
  VerifyOptions verify;
  verify.read_data = options.read_data;
  verify.threads = 1;
  auto report = Verify(*reading->session, verify, silent);
  if (report.ok()) {
    examination.report = std::move(report).value();
  } else {
    examination.opening = report.status();
  }
  return examination;
}

// --- the tree ----------------------------------------------------------------------------------------------------

void SmallRepository::Write(const std::string& path, ByteView bytes, int64_t mtime_seconds) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  REQUIRE(fd.valid());
  REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  REQUIRE(::fchmod(fd.get(), 0644) == 0);
  SetTimes(path, mtime_seconds);
}

Bytes SmallRepository::Noise(size_t size, uint64_t seed) {
  Bytes bytes(size);
  NewSeededRandom(seed)->Fill(bytes);
  return bytes;
}

Bytes SmallRepository::Text(size_t size, std::string_view word) {
  Bytes bytes;
  for (size_t line = 0; bytes.size() < size; ++line) Append(bytes, AsBytes(std::to_string(line) + " " + std::string(word) + "\n"));
  bytes.resize(size);
  return bytes;
}

void SmallRepository::MakeTree() {
  MakeFolder(tree_, 0755);
  MakeFolder(In("dokumen"), 0750);
  MakeFolder(In("dokumen/2014"), 0755);
  MakeFolder(In("dokumen/2014/kosong"), 0700);
  Write(In("baca.txt"), AsBytes("selamat pagi\n"));
  Write(In("hampa"), {});
  Write(In("besar.bin"), Noise(30'000, 7));
  Write(In("daftar.csv"), Text(9'000, "pengadaan barang dan jasa"));
  for (int i = 0; i < 6; ++i) {
    Write(In("dokumen/2014/lelang-" + std::to_string(i) + ".txt"), Noise(300 + 40 * static_cast<size_t>(i), 100 + static_cast<uint64_t>(i)));
  }
  Write(In("dokumen/salinan.txt"), Noise(300, 100));  // the same as lelang-0
  Write(In("dokumen/catatan\n.txt"), Text(1'200, "catatan"));
  Write(In("dokumen/dua-nama"), Text(500, "satu isi"));
  REQUIRE(::link(In("dokumen/dua-nama").c_str(), In("dokumen/nama-kedua").c_str()) == 0);
  REQUIRE(::symlink("../baca.txt", In("dokumen/pintas").c_str()) == 0);
  REQUIRE(::mkfifo(In("pipa").c_str(), 0600) == 0);
  // A hole between two pieces of data.
  Write(In("jarang"), {});
  const UniqueFd sparse(::open(In("jarang").c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(sparse.valid());
  const Bytes piece = Noise(3'000, 8);
  REQUIRE(::pwrite(sparse.get(), piece.data(), piece.size(), 0) == 3'000);
  REQUIRE(::pwrite(sparse.get(), piece.data(), piece.size(), 1 << 20) == 3'000);
  for (const char* path : {"jarang", "pipa", "dokumen/pintas", "dokumen/2014/kosong", "dokumen/2014", "dokumen"}) SetTimes(In(path), 1'400'000'000);
  SetTimes(tree_, 1'400'000'000);
}

void SmallRepository::ChangeTree() {
  Bytes grown = Noise(30'000, 7);
  Append(grown, Noise(2'000, 9));
  Write(In("besar.bin"), grown, 1'400'086'400);
  Write(In("baca.txt"), AsBytes("selamat siang\n"), 1'400'086'400);
  REQUIRE(::rename(In("dokumen/2014/lelang-2.txt").c_str(), In("dokumen/2014/lelang-baru.txt").c_str()) == 0);
  REQUIRE(::unlink(In("dokumen/2014/lelang-4.txt").c_str()) == 0);
  SetTimes(In("dokumen/2014"), 1'400'086'400);
}

Contents SmallRepository::TreeContents() const {
  Contents contents;
  Collect(tree_, contents);
  return contents;
}

// --- the repository ------------------------------------------------------------------------------------------------

SmallRepository::SmallRepository(uint64_t seed) : tree_(scratch_ / "pohon"), files_(NewPosixFileSystem()), random_(NewSeededRandom(seed)) {
  REQUIRE(InitialiseCrypto());
  CreateOptions options;
  options.passphrase = std::string(kTestPassphrase);
  options.cost = kLeastCost;
  options.label = "kantor";
  auto created = CreateRepository(store_, options, environment());
  REQUIRE(created.ok());
  recovery_text_ = created->recovery_text;
  auto opened = OpenByPassphrase(store_, kTestPassphrase);
  REQUIRE(opened.ok());
  owner_ = std::move(opened->keyring);
  ShrinkConfig(store_, owner_);
}

Keyring SmallRepository::Export(Role role, bool grant_structure) {
  const auto repository = Open(owner());
  auto file = ExportRole(*repository, role, "peran", grant_structure);
  REQUIRE(file.ok());
  auto keys = DecodeRoleFile(file->view());
  REQUIRE(keys.ok());
  return std::move(keys).value();
}

std::unique_ptr<Repository> SmallRepository::Open(Keyring keys, Intent intent, const LocalState& state, Store* store) {
  auto repository = Repository::Open(store != nullptr ? *store : store_, std::move(keys), intent, state, environment());
  INFO(repository.status().ToString());
  REQUIRE(repository.ok());
  return std::move(repository).value();
}

BackupOptions SmallRepository::Options() const {
  BackupOptions options;
  options.tree.roots = {tree_};
  options.tree.spill_directory = scratch_.path();
  options.working_directory = "/";
  options.host = "arsip";
  options.name = "malam";
  options.writer.sealers = 1;
  return options;
}

BackupReport SmallRepository::BackUp(const Keyring& keys, Catalog& catalog, const std::function<void(BackupOptions&)>& adjust, Store* store) {
  const auto repository = Open(keys.Clone(), Intent::write, {}, store);
  BackupOptions options = Options();
  if (adjust) adjust(options);
  SilentProgress silent;
  auto report = Backup(*repository, catalog, options, silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->problems.count == 0);
  if (report->snapshot && options.stdin_fd < 0) {
    Contents contents = TreeContents();
    std::erase_if(contents, [&](const auto& file) {
      return std::none_of(options.tree.roots.begin(), options.tree.roots.end(),
                          [&](const std::string& root) { return ("/" + file.first).starts_with(root); });
    });
    expected_[*report->snapshot] = std::move(contents);
  }
  clock_.Advance(3600);
  return std::move(report).value();
}

Reading SmallRepository::Read(Keyring keys, Catalog* catalog, Store* store) {
  auto reading = StartReading(store != nullptr ? *store : store_, std::move(keys), environment(), catalog);
  INFO(reading.status().ToString());
  REQUIRE(reading.ok());
  return std::move(reading).value();
}

Examination SmallRepository::Examine(Store* store, Catalog* catalog, bool read_data) {
  return pulih::Examine(store != nullptr ? *store : store_, owner(), environment(), expected_, {true, read_data, catalog});
}

void SmallRepository::TakeTwoSnapshots() {
  MakeTree();
  const auto catalog = NewTestCatalog();
  BackUp(owner(), *catalog);
  ChangeTree();
  BackUp(owner(), *catalog);
}

// --- blobs -----------------------------------------------------------------------------------------------------------

std::map<std::string, Bytes> BlobsOf(Store& store, const std::string& prefix) {
  std::map<std::string, Bytes> blobs;
  const Status listed = store.List(prefix, [&](const BlobInfo& blob) -> Status {
    PULIH_TRY_ASSIGN(blobs[blob.name], GetWhole(store, blob.name, UINT32_MAX));
    return OkStatus();
  });
  PULIH_CHECK(listed.ok());
  return blobs;
}

std::vector<std::string> NamesOf(Store& store, const std::string& prefix) {
  std::vector<std::string> names;
  const Status listed = store.List(prefix, [&](const BlobInfo& blob) {
    names.push_back(blob.name);
    return OkStatus();
  });
  PULIH_CHECK(listed.ok());
  return names;
}

void CopyBlobs(Store& from, MemoryStore& to) {
  for (auto& [name, bytes] : BlobsOf(from)) to.Plant(name, std::move(bytes));
}

}  // namespace pulih

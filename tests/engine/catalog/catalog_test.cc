#include "engine/catalog/catalog.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace pulih {
namespace {

template <typename Id>
Id Named(uint8_t first, uint8_t last = 0) {
  Id id;
  id.bytes.fill(0x5a);
  id.bytes.front() = first;
  id.bytes.back() = last;
  return id;
}

KvOptions SmallOptions() {
  KvOptions options;
  options.block_cache_bytes = 4 << 20;
  options.memtable_bytes = 1 << 20;
  return options;
}

PackRecord Pack(uint8_t n, PackKind kind = PackKind::data) {
  PackRecord pack;
  pack.name = Named<PackName>(n);
  pack.writer = Named<WriterId>(1);
  pack.size = 1000u + n;
  pack.kind = kind;
  return pack;
}

NewObject Object(uint8_t n, uint32_t offset) {
  return {Named<ObjectId>(n), PlacedObject{PackOrdinal{}, offset, 200, 300, ObjectKind::node}};
}
NewFileExtent File(uint8_t n, uint32_t offset) {
  return {Named<FileId>(n), PlacedFile{PackOrdinal{}, Named<ObjectId>(9), offset, 77}};
}

StatRecord Stat(uint64_t inode, uint64_t size = 5) {
  StatRecord record;
  record.inode = inode;
  record.size = size;
  record.mtime_ns = -5 - static_cast<int64_t>(inode);
  record.ctime_ns = INT64_MAX;
  record.content = Bytes(inode % 50, static_cast<uint8_t>(inode));
  return record;
}
bool Same(const StatRecord& a, const StatRecord& b) {
  return a.inode == b.inode && a.size == b.size && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns && a.content == b.content;
}

DirectoryKey Directory(uint8_t n) {
  DirectoryKey key{};
  key.fill(n);
  return key;
}

// Hands on to a kv that outlives the catalog, and counts what is asked of it.
class CountingKv final : public OrderedKv {
 public:
  struct Counts {
    int seeks = 0, writes = 0, deleted_ranges = 0;
  };
  CountingKv(OrderedKv& kv, Counts& counts) : kv_(kv), counts_(counts) {}
  Result<bool> Get(ByteView key, Bytes* value) override { return kv_.Get(key, value); }
  Status Scan(ByteView prefix, ByteView from, const std::function<bool(ByteView, ByteView)>& each) override {
    return kv_.Scan(prefix, from, each);
  }
  Result<bool> SeekAtOrBefore(ByteView prefix, ByteView at, Bytes* key, Bytes* value) override {
    ++counts_.seeks;
    return kv_.SeekAtOrBefore(prefix, at, key, value);
  }
  Status Write(const std::function<void(KvBatch&)>& fill) override {
    ++counts_.writes;
    return kv_.Write(fill);
  }

 private:
  OrderedKv& kv_;
  Counts& counts_;
};

// A catalog in memory that can be closed and opened again.
struct Subject {
  std::unique_ptr<OrderedKv> kv = NewMemoryKv();
  CountingKv::Counts counts;
  std::unique_ptr<Catalog> catalog;

  Subject() { Reopen(); }
  void Reopen() {
    catalog.reset();
    Result<std::unique_ptr<Catalog>> opened = Catalog::Open(std::make_unique<CountingKv>(*kv, counts));
    REQUIRE(opened.ok());
    catalog = std::move(opened).value();
  }
  Catalog* operator->() { return catalog.get(); }

  PackOrdinal Add(const PackRecord& pack, const std::vector<NewObject>& objects = {}, const std::vector<NewFileExtent>& files = {}) {
    const Result<PackOrdinal> added = catalog->AddPack(pack, objects, files);
    REQUIRE(added.ok());
    return *added;
  }
  std::vector<PlacedObject> Objects(uint8_t n) {
    Result<std::vector<PlacedObject>> found = catalog->FindObject(Named<ObjectId>(n));
    REQUIRE(found.ok());
    return std::move(found).value();
  }
  std::optional<StatRecord> FindStat(uint8_t directory, uint64_t inode) {
    Result<std::optional<StatRecord>> found = catalog->FindStat(Directory(directory), inode);
    REQUIRE(found.ok());
    return std::move(found).value();
  }
};

}  // namespace

TEST_CASE("objects and files are found in every pack that holds them, also after reopening") {
  Subject catalog;
  const PackOrdinal first = catalog.Add(Pack(1), {Object(10, 64), Object(11, 128)}, {File(20, 4)});
  const PackOrdinal second = catalog.Add(Pack(2, PackKind::tree), {Object(10, 512)}, {File(20, 8), File(21, 0)});
  CHECK(first != second);
  if (GENERATE(false, true)) catalog.Reopen();

  const std::vector<PlacedObject> both = catalog.Objects(10);
  REQUIRE(both.size() == 2);
  CHECK(both[0].pack == first);
  CHECK(both[0].offset == 64);
  CHECK(both[0].sealed_size == 200);
  CHECK(both[0].plain_size == 300);
  CHECK(both[0].kind == ObjectKind::node);
  CHECK(both[1].pack == second);
  CHECK(both[1].offset == 512);
  CHECK(catalog.Objects(12).empty());

  const Result<std::vector<PlacedFile>> files = catalog->FindFile(Named<FileId>(20));
  REQUIRE(files.ok());
  REQUIRE(files->size() == 2);
  CHECK((*files)[1].pack == second);
  CHECK((*files)[1].group == Named<ObjectId>(9));
  CHECK((*files)[1].offset == 8);
  CHECK((*files)[1].length == 77);
  CHECK(catalog->FindFile(Named<FileId>(22))->empty());

  const Result<PackRecord> pack = catalog->GetPack(second);
  REQUIRE(pack.ok());
  CHECK(pack->name == Named<PackName>(2));
  CHECK(pack->writer == Named<WriterId>(1));
  CHECK(pack->size == 1002);
  CHECK(pack->kind == PackKind::tree);
  CHECK(pack->usable);
}

TEST_CASE("ids that differ in their last byte only are told apart") {
  Subject catalog;
  catalog.Add(Pack(1), {{Named<ObjectId>(1, 1), {}}, {Named<ObjectId>(1, 2), {}}});
  CHECK(catalog->FindObject(Named<ObjectId>(1, 1))->size() == 1);
  CHECK(catalog->FindObject(Named<ObjectId>(1, 2))->size() == 1);
  CHECK(catalog->FindObject(Named<ObjectId>(1, 3))->empty());
}

TEST_CASE("a pack that is added again keeps its ordinal, and ordinals are not used twice") {
  Subject catalog;
  const PackOrdinal first = catalog.Add(Pack(1), {Object(10, 64)});
  const PackOrdinal second = catalog.Add(Pack(2));
  CHECK(catalog.Add(Pack(1), {Object(10, 64), Object(12, 99)}) == first);
  catalog.Reopen();
  CHECK(catalog.Add(Pack(2)) == second);
  const PackOrdinal third = catalog.Add(Pack(3));
  CHECK(third != first);
  CHECK(third != second);
  CHECK(catalog.Objects(12).size() == 1);
  CHECK(catalog->FindPack(Named<PackName>(3)).value() == third);
  CHECK(catalog->FindPack(Named<PackName>(4)).value() == std::nullopt);
  CHECK(catalog->GetPack(PackOrdinal{99}).status().code() == Code::not_found);
}

TEST_CASE("packs are listed in order of their names, and objects in order of their ids, until told to stop") {
  Subject catalog;
  for (const uint8_t n : {3, 1, 2}) catalog.Add(Pack(n), {Object(static_cast<uint8_t>(30 - n), n)});
  std::vector<uint8_t> packs, objects;
  REQUIRE(catalog->ForEachPack([&](PackOrdinal, const PackRecord& pack) {
                   packs.push_back(pack.name.bytes[0]);
                   return packs.size() < 2;
                 }).ok());
  REQUIRE(catalog->ForEachObject([&](const ObjectId& id, const PlacedObject& place) {
                   objects.push_back(id.bytes[0]);
                   CHECK(place.offset == 30u - id.bytes[0]);
                   return true;
                 }).ok());
  CHECK(packs == std::vector<uint8_t>{1, 2});
  CHECK(objects == std::vector<uint8_t>{27, 28, 29});
}

TEST_CASE("an object that is damaged in one pack is still found in the other, until the pack is added anew") {
  Subject catalog;
  const PackOrdinal first = catalog.Add(Pack(1), {Object(10, 64)});
  const PackOrdinal second = catalog.Add(Pack(2), {Object(10, 64)});
  REQUIRE(catalog->ReplaceStats(Directory(1), {Stat(7)}).ok());
  REQUIRE(catalog->MarkDamaged(first, {Named<ObjectId>(10)}).ok());
  REQUIRE(catalog.Objects(10).size() == 1);
  CHECK(catalog.Objects(10)[0].pack == second);
  CHECK(!catalog.FindStat(1, 7));  // the file may lean on what is damaged

  const auto damaged = [&] {
    std::vector<std::pair<ObjectId, PackOrdinal>> found;
    REQUIRE(catalog->ForEachDamaged([&](const ObjectId& id, PackOrdinal pack) {
                     found.emplace_back(id, pack);
                     return true;
                   }).ok());
    return found;
  };
  catalog.Reopen();
  CHECK(damaged() == std::vector{std::pair(Named<ObjectId>(10), first)});
  CHECK(catalog.Add(Pack(1), {Object(10, 64)}) == first);
  CHECK(damaged().empty());
  CHECK(catalog.Objects(10).size() == 2);
}

TEST_CASE("another blob under a pack's name takes nothing over from the first") {
  Subject catalog;
  PackRecord pack = Pack(1);
  const PackOrdinal first = catalog.Add(pack, {Object(10, 64)});
  REQUIRE(catalog->ReplaceStats(Directory(1), {Stat(7)}).ok());
  const uint64_t before = catalog->generation();
  CHECK(catalog.Add(pack, {Object(10, 64)}) == first);
  CHECK(catalog->generation() == before);

  pack.size += 16;
  const PackOrdinal second = catalog.Add(pack, {Object(11, 64)});
  CHECK(second != first);
  CHECK(catalog->FindPack(pack.name).value() == second);
  REQUIRE(catalog.Objects(10).size() == 1);
  CHECK(catalog.Objects(10)[0].pack == first);  // which no pack of the store is any more
  CHECK(catalog->generation() > before);
  CHECK(!catalog.FindStat(1, 7));
  catalog.Reopen();
  CHECK(catalog->generation() > before);
  CHECK(catalog->FindPack(pack.name).value() == second);
}

TEST_CASE("a pack that becomes unusable raises the generation, and old stat records are believed no more") {
  Subject catalog;
  const PackOrdinal pack = catalog.Add(Pack(1), {Object(10, 64)});
  REQUIRE(catalog->ReplaceStats(Directory(1), {Stat(7)}).ok());
  REQUIRE(catalog.FindStat(1, 7));
  const uint64_t before = catalog->generation();

  REQUIRE(catalog->SetPackUsable(pack, true).ok());
  CHECK(catalog->generation() == before);
  CHECK(catalog.FindStat(1, 7));

  REQUIRE(catalog->SetPackUsable(pack, false).ok());
  CHECK(catalog->generation() > before);
  CHECK(!catalog->GetPack(pack)->usable);
  CHECK(catalog.Objects(10).size() == 1);
  CHECK(!catalog.FindStat(1, 7));
  catalog.Reopen();
  CHECK(catalog->generation() > before);
  CHECK(!catalog->GetPack(pack)->usable);
  CHECK(!catalog.FindStat(1, 7));

  const uint64_t after = catalog->generation();
  REQUIRE(catalog->SetPackUsable(pack, true).ok());
  CHECK(catalog->generation() == after);
  CHECK(!catalog.FindStat(1, 7));
  REQUIRE(catalog->ReplaceStats(Directory(1), {Stat(7)}).ok());
  CHECK(catalog.FindStat(1, 7));
  CHECK(catalog->SetPackUsable(PackOrdinal{99}, false).code() == Code::not_found);
}

TEST_CASE("another schema version empties the catalog") {
  Subject catalog;
  catalog.Add(Pack(1), {Object(10, 64)}, {File(20, 0)});
  REQUIRE(catalog->ReplaceStats(Directory(1), {Stat(7)}).ok());
  REQUIRE(catalog->RememberHardLink(1, 2, AsBytes("x")).ok());
  REQUIRE(catalog.kv->Write([](KvBatch& batch) { batch.Put(AsBytes("v"), AsBytes(std::string("\x63\0\0\0", 4))); }).ok());
  catalog.Reopen();
  CHECK(catalog.Objects(10).empty());
  CHECK(catalog->FindPack(Named<PackName>(1)).value() == std::nullopt);
  CHECK(!catalog.FindStat(1, 7));
  CHECK(catalog->FindHardLink(1, 2).value() == std::nullopt);
  catalog.Add(Pack(1), {Object(10, 64)});
  catalog.Reopen();
  CHECK(catalog.Objects(10).size() == 1);
}

TEST_CASE("stat records of a directory of 5,000 files are all found, and only they") {
  Subject catalog;
  std::vector<StatRecord> records;
  for (uint64_t i = 0; i < 5000; ++i) records.push_back(Stat(10 + 3 * i));
  REQUIRE(catalog->ReplaceStats(Directory(1), records).ok());
  REQUIRE(catalog->ReplaceStats(Directory(2), {Stat(12), Stat(UINT64_MAX)}).ok());
  if (GENERATE(false, true)) catalog.Reopen();

  size_t wrong = 0;
  for (uint64_t inode = 0; inode < 10 + 3 * 5000 + 5; ++inode) {
    const bool is_there = inode >= 10 && inode < 10 + 3 * 5000 && (inode - 10) % 3 == 0;
    const std::optional<StatRecord> found = catalog.FindStat(1, inode);
    if (found.has_value() != is_there || (found && !Same(*found, Stat(inode)))) ++wrong;
  }
  // In an order that jumps about.
  for (uint64_t i = 0; i < 5000; ++i) {
    const uint64_t inode = 10 + 3 * (i * 2741 % 5000);
    const std::optional<StatRecord> found = catalog.FindStat(1, inode);
    if (!found || !Same(*found, Stat(inode))) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(catalog.FindStat(2, 12));
  CHECK(catalog.FindStat(2, UINT64_MAX));
  CHECK(!catalog.FindStat(2, 10));
  CHECK(!catalog.FindStat(3, 12));
}

TEST_CASE("walking directories costs one read for each block of records") {
  Subject catalog;
  std::vector<StatRecord> records;
  for (uint64_t i = 0; i < 4 * kStatBlockEntries; ++i) records.push_back(Stat(i + 1));
  REQUIRE(catalog->ReplaceStats(Directory(1), records).ok());
  catalog.Reopen();

  catalog.counts.seeks = 0;
  for (const StatRecord& record : records) REQUIRE(catalog.FindStat(1, record.inode));
  CHECK(catalog.counts.seeks == 4);

  // A directory that is not known costs two reads, however many files are looked up.
  catalog.counts.seeks = 0;
  for (uint64_t inode = 500; inode > 0; --inode) REQUIRE(!catalog.FindStat(9, inode));
  CHECK(catalog.counts.seeks == 2);
}

TEST_CASE("replacing a directory's records leaves nothing of the old ones and does not touch others") {
  Subject catalog;
  std::vector<StatRecord> old;
  for (uint64_t i = 0; i < 3000; ++i) old.push_back(Stat(100 + i));
  REQUIRE(catalog->ReplaceStats(Directory(1), old).ok());
  REQUIRE(catalog->ReplaceStats(Directory(2), old).ok());
  REQUIRE(catalog.FindStat(1, 150));

  const std::vector<StatRecord> now = {Stat(50), Stat(150, 999), Stat(150, 999), Stat(2000)};
  REQUIRE(catalog->ReplaceStats(Directory(1), now).ok());
  CHECK(catalog.FindStat(1, 150)->size == 999);
  CHECK(catalog.FindStat(1, 50));
  CHECK(catalog.FindStat(1, 2000));
  for (const uint64_t gone : {100, 149, 151, 1999, 2001, 3099}) CHECK(!catalog.FindStat(1, gone));
  CHECK(catalog.FindStat(2, 151));
  REQUIRE(catalog->ReplaceStats(Directory(1), {}).ok());
  CHECK(!catalog.FindStat(1, 50));
  CHECK(catalog.FindStat(2, 3099));
  size_t keys = 0;
  REQUIRE(catalog.kv->Scan(AsBytes("d\x01"), {}, [&](ByteView, ByteView) { return ++keys > 0; }).ok());
  CHECK(keys == 0);
}

TEST_CASE("replacing records by the same ones writes nothing") {
  Subject catalog;
  std::vector<StatRecord> records;
  for (uint64_t i = 0; i < 1000; ++i) records.push_back(Stat(100 + i));
  REQUIRE(catalog->ReplaceStats(Directory(1), records).ok());
  catalog.counts.writes = 0;
  REQUIRE(catalog->ReplaceStats(Directory(1), records).ok());
  CHECK(catalog.counts.writes == 0);
  records[500].size += 1;
  REQUIRE(catalog->ReplaceStats(Directory(1), records).ok());
  CHECK(catalog.counts.writes == 1);
  CHECK(catalog.FindStat(1, 600)->size == 6);
}

TEST_CASE("records with large contents are split over many batches and all found") {
  Subject catalog;
  std::vector<StatRecord> records;
  for (uint64_t i = 0; i < 1500; ++i) {
    records.push_back(Stat(i));
    records.back().content = Bytes(4000, static_cast<uint8_t>(i));
  }
  catalog.counts.writes = 0;
  REQUIRE(catalog->ReplaceStats(Directory(1), records).ok());
  CHECK(catalog.counts.writes > 3);
  for (const StatRecord& record : records) REQUIRE(Same(*catalog.FindStat(1, record.inode), record));
}

TEST_CASE("a malformed record is corrupt, never a crash") {
  Subject catalog;
  const PackOrdinal pack = catalog.Add(Pack(1), {Object(10, 64)}, {File(20, 0)});
  REQUIRE(catalog->ReplaceStats(Directory(1), {Stat(7), Stat(49)}).ok());
  std::vector<std::pair<Bytes, Bytes>> all;
  REQUIRE(catalog.kv->Scan({}, {}, [&](ByteView key, ByteView value) {
                      all.emplace_back(ToBytes(key), ToBytes(value));
                      return true;
                    }).ok());
  for (const auto& [key, value] : all) {
    if (key[0] == 'v') continue;
    for (size_t length = 0; length <= value.size(); ++length) {
      Bytes cut(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(length));
      if (length == value.size()) cut.push_back(0);
      const Bytes& at = key;
      REQUIRE(catalog.kv->Write([&](KvBatch& batch) { batch.Put(at, cut); }).ok());
      const Result<std::unique_ptr<Catalog>> opened = Catalog::Open(std::make_unique<CountingKv>(*catalog.kv, catalog.counts));
      if (key[0] == 'g') CHECK(opened.status().code() == Code::corrupt);
      if (!opened.ok()) continue;
      Catalog& now = **opened;
      switch (key[0]) {
        case 'o': CHECK(now.FindObject(Named<ObjectId>(10)).status().code() == Code::corrupt); break;
        case 'f': CHECK(now.FindFile(Named<FileId>(20)).status().code() == Code::corrupt); break;
        case 'p': CHECK(now.GetPack(pack).status().code() == Code::corrupt); break;
        case 'n': CHECK(now.FindPack(Named<PackName>(1)).status().code() == Code::corrupt); break;
        case 'd': CHECK(now.FindStat(Directory(1), 7).status().code() == Code::corrupt); break;
        default: break;
      }
    }
    const Bytes &at = key, &good = value;
    REQUIRE(catalog.kv->Write([&](KvBatch& batch) { batch.Put(at, good); }).ok());
  }
}

TEST_CASE("hard links are remembered until they are forgotten") {
  Subject catalog;
  REQUIRE(catalog->RememberHardLink(1, 2, AsBytes("group")).ok());
  REQUIRE(catalog->RememberHardLink(UINT64_MAX, UINT64_MAX, AsBytes("last")).ok());
  CHECK(ToText(**catalog->FindHardLink(1, 2)) == "group");
  CHECK(ToText(**catalog->FindHardLink(UINT64_MAX, UINT64_MAX)) == "last");
  CHECK(catalog->FindHardLink(2, 1).value() == std::nullopt);
  REQUIRE(catalog->ForgetHardLinks().ok());
  CHECK(catalog->FindHardLink(1, 2).value() == std::nullopt);
  CHECK(catalog->FindHardLink(UINT64_MAX, UINT64_MAX).value() == std::nullopt);
  catalog.counts.writes = 0;
  REQUIRE(catalog->ForgetHardLinks().ok());
  CHECK(catalog.counts.writes == 0);
}

TEST_CASE("every key is of a documented table and of its length: there is no place for a name") {
  Subject catalog;
  catalog.Add(Pack(1), {Object(10, 64)}, {File(20, 0)});
  REQUIRE(catalog->ReplaceStats(Directory(1), {Stat(7)}).ok());
  REQUIRE(catalog->RememberHardLink(1, 2, AsBytes("x")).ok());
  const std::set<std::pair<char, size_t>> documented = {{'v', 1},  {'g', 1},  {'o', 37}, {'f', 37},
                                                        {'p', 5}, {'n', 33}, {'d', 25}, {'h', 17}};
  std::set<std::pair<char, size_t>> seen;
  REQUIRE(catalog.kv->Scan({}, {}, [&](ByteView key, ByteView) {
                      seen.emplace(static_cast<char>(key[0]), key.size());
                      return true;
                    }).ok());
  CHECK(seen == documented);
}

// --- which folder a process gets ---------------------------------------------------------------------------

namespace {

const RepositoryId kRepository = Named<RepositoryId>(0xab);

OpenedCatalog OpenIn(const TemporaryDirectory& cache) {
  Result<OpenedCatalog> opened = OpenCatalog(cache.path(), kRepository, SmallOptions());
  INFO(opened.status().ToString());
  REQUIRE(opened.ok());
  return std::move(opened).value();
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& item : std::filesystem::directory_iterator(folder)) names.push_back(item.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

size_t PrivateNamesIn(const std::string& folder) {
  const std::vector<std::string> names = NamesIn(folder);
  return static_cast<size_t>(std::count_if(names.begin(), names.end(), [](const std::string& name) { return name.find(".private-") != std::string::npos; }));
}

}  // namespace

TEST_CASE("the shared catalog keeps what it holds from one opening to the next, for its owner only") {
  const TemporaryDirectory cache;
  for (uint8_t n = 0; n < 3; ++n) {
    const OpenedCatalog opened = OpenIn(cache);
    CHECK(!opened.is_private);
    CHECK(!opened.was_rebuilt);
    CHECK(opened.catalog->AddPack(Pack(n), {}, {}).value() == PackOrdinal{n});
  }
  struct stat folder {};
  REQUIRE(::stat((cache / kRepository.hex()).c_str(), &folder) == 0);
  CHECK((folder.st_mode & 0777) == 0700);
  CHECK(NamesIn(cache.path()) == std::vector<std::string>{kRepository.hex(), kRepository.hex() + ".lock"});
}

TEST_CASE("whoever comes second gets a private catalog, and it is gone when it is closed") {
  const TemporaryDirectory cache;
  OpenedCatalog shared = OpenIn(cache);
  REQUIRE(shared.catalog->AddPack(Pack(1), {Object(10, 0)}, {}).ok());
  {
    OpenedCatalog second = OpenIn(cache), third = OpenIn(cache);
    CHECK(second.is_private);
    CHECK(third.is_private);
    CHECK(second.catalog->FindObject(Named<ObjectId>(10))->empty());
    REQUIRE(second.catalog->AddPack(Pack(2), {Object(11, 0)}, {}).ok());
    CHECK(second.catalog->FindObject(Named<ObjectId>(11))->size() == 1);
    CHECK(third.catalog->FindObject(Named<ObjectId>(11))->empty());
    CHECK(PrivateNamesIn(cache.path()) == 4);
  }
  CHECK(PrivateNamesIn(cache.path()) == 0);
  CHECK(shared.catalog->FindObject(Named<ObjectId>(10))->size() == 1);
  shared.catalog.reset();
  CHECK(!OpenIn(cache).is_private);
}

TEST_CASE("another process gets a private catalog, and what it leaves when killed is removed") {
  const TemporaryDirectory cache;
  OpenedCatalog shared = OpenIn(cache);
  const pid_t child = ::fork();
  if (child == 0) {
    const Result<OpenedCatalog> opened = OpenCatalog(cache.path(), kRepository, SmallOptions());
    if (!opened.ok() || !opened->is_private) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int how = 0;
  REQUIRE(::waitpid(child, &how, 0) == child);
  REQUIRE(WIFSIGNALED(how));
  CHECK(PrivateNamesIn(cache.path()) == 2);

  SECTION("by the next one that opens the shared catalog") {
    shared.catalog.reset();
    CHECK(!OpenIn(cache).is_private);
    CHECK(PrivateNamesIn(cache.path()) == 0);
  }
  SECTION("by the next one that needs a private catalog") {
    CHECK(OpenIn(cache).is_private);
    CHECK(PrivateNamesIn(cache.path()) == 0);
  }
}

TEST_CASE("a private catalog that lives is not removed by others") {
  const TemporaryDirectory cache;
  OpenedCatalog shared = OpenIn(cache);
  OpenedCatalog alive = OpenIn(cache);
  shared.catalog.reset();
  shared = OpenIn(cache);
  CHECK(!shared.is_private);
  REQUIRE(alive.catalog->AddPack(Pack(2), {Object(11, 0)}, {}).ok());
  CHECK(PrivateNamesIn(cache.path()) == 2);
}

TEST_CASE("a damaged catalog is deleted and made anew") {
  const TemporaryDirectory cache;
  OpenIn(cache).catalog->AddPack(Pack(1), {Object(10, 0)}, {}).value();
  const std::string folder = cache / kRepository.hex();
  const std::string what = GENERATE("CURRENT", "MANIFEST", "schema");
  if (what == "schema") {
    // RocksDB finds nothing wrong, but the catalog does.
    Result<std::unique_ptr<OrderedKv>> kv = OpenRocksKv(folder, SmallOptions());
    REQUIRE(kv.ok());
    REQUIRE((*kv)->Write([](KvBatch& batch) { batch.Put(AsBytes("g"), AsBytes("x")); }).ok());
  } else {
    for (const std::string& name : NamesIn(folder)) {
      if (name.starts_with(what)) std::ofstream(folder + "/" + name, std::ios::trunc) << "garbage";
    }
  }
  {
    const OpenedCatalog opened = OpenIn(cache);
    CHECK(opened.was_rebuilt);
    CHECK(!opened.is_private);
    CHECK(opened.catalog->FindObject(Named<ObjectId>(10))->empty());
    REQUIRE(opened.catalog->AddPack(Pack(3), {Object(12, 0)}, {}).ok());
    CHECK(OpenIn(cache).is_private);  // the lock was kept all the time
  }
  const OpenedCatalog again = OpenIn(cache);
  CHECK(!again.was_rebuilt);
  CHECK(again.catalog->FindObject(Named<ObjectId>(12))->size() == 1);
}

TEST_CASE("a cache that cannot be made is an error") {
  const TemporaryDirectory cache;
  std::ofstream(cache / "file") << "in the way";
  CHECK(!OpenCatalog(cache / "file", kRepository, SmallOptions()).ok());
}

}  // namespace pulih

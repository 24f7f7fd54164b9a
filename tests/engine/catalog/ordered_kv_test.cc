// One contract for every OrderedKv, and what only the one on disk promises.
#include "engine/catalog/ordered_kv.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace pulih {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void Put(OrderedKv& kv, std::string_view key, std::string_view value) {
  REQUIRE(kv.Write([&](KvBatch& batch) { batch.Put(AsBytes(key), AsBytes(value)); }).ok());
}

std::string GetOr(OrderedKv& kv, std::string_view key, std::string otherwise) {
  Bytes value;
  const Result<bool> found = kv.Get(AsBytes(key), &value);
  REQUIRE(found.ok());
  return *found ? ToText(value) : otherwise;
}

Pairs ScanAll(OrderedKv& kv, std::string_view prefix, std::string_view from = {}, size_t at_most = 1000000) {
  Pairs seen;
  REQUIRE(kv.Scan(AsBytes(prefix), AsBytes(from), [&](ByteView key, ByteView value) {
              seen.emplace_back(ToText(key), ToText(value));
              return seen.size() < at_most;
            }).ok());
  return seen;
}

std::string Before(OrderedKv& kv, std::string_view prefix, std::string_view at) {
  Bytes key, value;
  const Result<bool> found = kv.SeekAtOrBefore(AsBytes(prefix), AsBytes(at), &key, &value);
  REQUIRE(found.ok());
  return *found ? ToText(key) + "=" + ToText(value) : "none";
}

// A small memtable and a short filter prefix, so that flushes, tables and filters take part in the contract.
KvOptions SmallOptions() {
  KvOptions options;
  options.block_cache_bytes = 1 << 20;
  options.memtable_bytes = 256 << 10;
  options.filter_prefix_bytes = 3;
  return options;
}

struct Subject {
  TemporaryDirectory folder;
  std::unique_ptr<OrderedKv> kv;

  explicit Subject(bool on_disk) {
    if (!on_disk) {
      kv = NewMemoryKv();
      return;
    }
    Result<std::unique_ptr<OrderedKv>> opened = OpenRocksKv(folder / "kv", SmallOptions());
    REQUIRE(opened.ok());
    kv = std::move(opened).value();
  }
};

}  // namespace

TEST_CASE("what was loaded is there like what was written, also beside it, deleted again, and after reopening") {
  TemporaryDirectory folder;
  const bool on_disk = GENERATE(false, true);
  std::unique_ptr<OrderedKv> kv = on_disk ? std::move(OpenRocksKv(folder / "kv", SmallOptions())).value() : NewMemoryKv();
  Put(*kv, "a5", "written");
  Put(*kv, "b0", "written");
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 1000; i < 6000; ++i) pairs.emplace_back((i < 4000 ? "a" : "c") + std::to_string(i), std::string(40, static_cast<char>('a' + i % 7)));
  std::vector<KvEntry> entries;
  for (const auto& [key, value] : pairs) entries.push_back({AsBytes(key), AsBytes(value)});
  REQUIRE(kv->Load(entries).ok());
  REQUIRE(kv->Load({}).ok());
  const auto check = [&] {
    CHECK(ScanAll(*kv, "a").size() == 3001);
    CHECK(ScanAll(*kv, "c").size() == 2000);
    CHECK(GetOr(*kv, "a1234", "none") == pairs[234].second);
    CHECK(GetOr(*kv, "a5", "none") == "written");
    CHECK(GetOr(*kv, "a6", "none") == "none");
  };
  check();
  if (on_disk) {
    kv.reset();
    std::ofstream(folder / "kv/pulih-load-7").put('x');  // of a process that was killed
    kv = std::move(OpenRocksKv(folder / "kv", SmallOptions())).value();
    check();
    for (const auto& item : std::filesystem::directory_iterator(folder / "kv"))
      CHECK_FALSE(item.path().filename().string().starts_with("pulih-load-"));
  }
  REQUIRE(kv->Write([&](KvBatch& batch) {
    for (const KvEntry& entry : entries) batch.Delete(entry.key);
  }).ok());
  CHECK(ScanAll(*kv, "").size() == 2);
  // The same keys again, over what was deleted.
  REQUIRE(kv->Load(entries).ok());
  check();
}

TEST_CASE("a kv gives back what was put, and nothing else") {
  Subject subject(GENERATE(false, true));
  OrderedKv& kv = *subject.kv;
  CHECK(GetOr(kv, "a", "none") == "none");
  Put(kv, "a", "1");
  Put(kv, "", "empty key");
  Put(kv, std::string("a\0b", 3), "");
  CHECK(GetOr(kv, "a", "none") == "1");
  CHECK(GetOr(kv, "", "none") == "empty key");
  CHECK(GetOr(kv, std::string("a\0b", 3), "none") == "");
  CHECK(GetOr(kv, "ab", "none") == "none");
  Put(kv, "a", "2");
  CHECK(GetOr(kv, "a", "none") == "2");
  REQUIRE(kv.Write([](KvBatch& batch) { batch.Delete(AsBytes("a")), batch.Delete(AsBytes("was never there")); }).ok());
  CHECK(GetOr(kv, "a", "none") == "none");
}

TEST_CASE("a kv scans a prefix in byte order, from a key on, until it is told to stop") {
  Subject subject(GENERATE(false, true));
  OrderedKv& kv = *subject.kv;
  for (const char* key : {"ab", "abc", "abd", "abda", "ac", "b", "a"}) Put(kv, key, key);
  Put(kv, "\xff\xff", "last");
  Put(kv, "\xff", "first of the last prefix");

  CHECK(ScanAll(kv, "ab") == Pairs{{"ab", "ab"}, {"abc", "abc"}, {"abd", "abd"}, {"abda", "abda"}});
  CHECK(ScanAll(kv, "abd") == Pairs{{"abd", "abd"}, {"abda", "abda"}});
  CHECK(ScanAll(kv, "ab", "abca") == Pairs{{"abd", "abd"}, {"abda", "abda"}});
  CHECK(ScanAll(kv, "ab", "a").size() == 4);
  CHECK(ScanAll(kv, "ab", "b").empty());
  CHECK(ScanAll(kv, "ab", {}, 2) == Pairs{{"ab", "ab"}, {"abc", "abc"}});
  CHECK(ScanAll(kv, "", {}).size() == 9);
  CHECK(ScanAll(kv, "\xff") == Pairs{{"\xff", "first of the last prefix"}, {"\xff\xff", "last"}});
  CHECK(ScanAll(kv, "zz").empty());
}

TEST_CASE("a kv finds the last key at or before a place within a prefix") {
  Subject subject(GENERATE(false, true));
  OrderedKv& kv = *subject.kv;
  for (const char* key : {"a9", "b1", "b5", "b50", "c0"}) Put(kv, key, "v");
  CHECK(Before(kv, "b", "b5") == "b5=v");
  CHECK(Before(kv, "b", "b4") == "b1=v");
  CHECK(Before(kv, "b", "b9") == "b50=v");
  CHECK(Before(kv, "b", "b0") == "none");
  CHECK(Before(kv, "b", "zzz") == "b50=v");
  CHECK(Before(kv, "b", "a") == "none");
  CHECK(Before(kv, "x", "x1") == "none");
}

TEST_CASE("a batch is applied in order and whole, and deletes ranges") {
  Subject subject(GENERATE(false, true));
  OrderedKv& kv = *subject.kv;
  REQUIRE(kv.Write([](KvBatch& batch) {
              for (const char* key : {"a", "b", "c", "d"}) batch.Put(AsBytes(key), AsBytes("old"));
              batch.Put(AsBytes("a"), AsBytes("new"));
              batch.DeleteRange(AsBytes("b"), AsBytes("d"));
              batch.Put(AsBytes("c"), AsBytes("again"));
              batch.DeleteRange(AsBytes("z"), AsBytes("a"));
            }).ok());
  CHECK(ScanAll(kv, "") == Pairs{{"a", "new"}, {"c", "again"}, {"d", "old"}});
}

TEST_CASE("a scan sees one moment, and its callback may write") {
  Subject subject(GENERATE(false, true));
  OrderedKv& kv = *subject.kv;
  Put(kv, "k1", "1");
  Put(kv, "k2", "2");
  Pairs seen;
  REQUIRE(kv.Scan(AsBytes("k"), {}, [&](ByteView key, ByteView value) {
              seen.emplace_back(ToText(key), ToText(value));
              Put(kv, "k2", "changed");
              Put(kv, "k3", "new");
              return true;
            }).ok());
  CHECK(seen == Pairs{{"k1", "1"}, {"k2", "2"}});
  CHECK(GetOr(kv, "k3", "none") == "new");
}

TEST_CASE("a kv agrees with a plain map after many random writes") {
  const bool on_disk = GENERATE(false, true);
  Subject subject(on_disk);
  std::map<std::string, std::string> plain;
  std::mt19937 random(7);
  const auto key = [&] { return "k" + std::to_string(random() % 3000); };
  for (int round = 0; round < 300; ++round) {
    REQUIRE(subject.kv->Write([&](KvBatch& batch) {
                        for (int i = 0; i < 40; ++i) {
                          const std::string at = key();
                          if (random() % 5 == 0) {
                            batch.Delete(AsBytes(at));
                            plain.erase(at);
                          } else {
                            plain[at] = std::string(random() % 200, static_cast<char>('a' + random() % 26));
                            batch.Put(AsBytes(at), AsBytes(plain[at]));
                          }
                        }
                      }).ok());
  }
  CHECK(ScanAll(*subject.kv, "") == Pairs(plain.begin(), plain.end()));
  for (const char* prefix : {"k1", "k12", "k299", "k2999", "k9999"}) {
    Pairs expected;
    for (const auto& item : plain) {
      if (item.first.starts_with(prefix)) expected.push_back(item);
    }
    CHECK(ScanAll(*subject.kv, prefix) == expected);
  }
  for (int i = 0; i < 500; ++i) {
    const std::string at = key();
    CHECK(GetOr(*subject.kv, at, "none") == (plain.contains(at) ? plain[at] : "none"));
    auto behind = plain.upper_bound(at);
    CHECK(Before(*subject.kv, "k", at) == (behind == plain.begin() ? "none" : std::prev(behind)->first + "=" + std::prev(behind)->second));
  }
}

TEST_CASE("a kv on disk is there again when it is opened again, however much was written") {
  const size_t count = GENERATE(0u, 3u, 20000u);
  const TemporaryDirectory folder;
  for (size_t opening = 0; opening < 20; ++opening) {
    Result<std::unique_ptr<OrderedKv>> kv = OpenRocksKv(folder / "kv", SmallOptions());
    REQUIRE(kv.ok());
    if (opening > 0) {
      CHECK(ScanAll(**kv, "x").size() == count);
      CHECK(ScanAll(**kv, "opening").size() == opening);
      if (count > 0) CHECK(GetOr(**kv, "x1", "none") == "value of 1");
    } else {
      for (size_t i = 0; i < count; ++i) Put(**kv, "x" + std::to_string(i), "value of " + std::to_string(i));
    }
    Put(**kv, "opening" + std::to_string(opening), "");
  }
  // Logs do not pile up, and neither do RocksDB's own files.
  size_t files = 0;
  for ([[maybe_unused]] const auto& item : std::filesystem::directory_iterator(folder / "kv")) ++files;
  CHECK(files < 30);
}

TEST_CASE("a process that is killed loses nothing that it wrote") {
  const TemporaryDirectory folder;
  const pid_t child = ::fork();
  if (child == 0) {
    Result<std::unique_ptr<OrderedKv>> kv = OpenRocksKv(folder / "kv", SmallOptions());
    if (!kv.ok()) ::_exit(1);
    for (int i = 0; i < 5000; ++i) {
      const std::string key = "k" + std::to_string(i);
      if (!(*kv)->Write([&](KvBatch& batch) { batch.Put(AsBytes(key), AsBytes(key)); }).ok()) ::_exit(1);
    }
    ::kill(::getpid(), SIGKILL);
  }
  int how = 0;
  REQUIRE(::waitpid(child, &how, 0) == child);
  REQUIRE(WIFSIGNALED(how));
  Result<std::unique_ptr<OrderedKv>> kv = OpenRocksKv(folder / "kv", SmallOptions());
  REQUIRE(kv.ok());
  CHECK(ScanAll(**kv, "k").size() == 5000);
}

TEST_CASE("a folder that is open is in use, for others and for ourselves") {
  const TemporaryDirectory folder;
  Result<std::unique_ptr<OrderedKv>> first = OpenRocksKv(folder / "kv", SmallOptions());
  REQUIRE(first.ok());
  CHECK(OpenRocksKv(folder / "kv", SmallOptions()).status().code() == Code::in_use);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(OpenRocksKv(folder / "kv", SmallOptions()).status().code() == Code::in_use ? 0 : 1);
  int how = 0;
  REQUIRE(::waitpid(child, &how, 0) == child);
  CHECK(WEXITSTATUS(how) == 0);
  first->reset();
  CHECK(OpenRocksKv(folder / "kv", SmallOptions()).ok());
}

namespace {

std::vector<std::filesystem::path> FilesEndingIn(const std::string& folder, std::string_view end) {
  std::vector<std::filesystem::path> found;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    if (item.path().filename().string().ends_with(end)) found.push_back(item.path());
  }
  return found;
}

void FillWithTables(const std::string& folder) {
  Result<std::unique_ptr<OrderedKv>> kv = OpenRocksKv(folder, SmallOptions());
  REQUIRE(kv.ok());
  std::mt19937_64 random(3);
  for (int i = 0; i < 30000; ++i) Put(**kv, "k" + std::to_string(random()), std::to_string(random()) + std::to_string(random()));
}

}  // namespace

TEST_CASE("a folder whose manifest is damaged or missing is corrupt") {
  const TemporaryDirectory folder;
  FillWithTables(folder / "kv");
  const bool is_missing = GENERATE(true, false);
  bool any = false;
  for (const auto& file : std::filesystem::directory_iterator(folder / "kv")) {
    if (!file.path().filename().string().starts_with("MANIFEST")) continue;
    any = true;
    if (is_missing) {
      std::filesystem::remove(file.path());
    } else {
      std::ofstream(file.path(), std::ios::trunc) << "this is no manifest";
    }
  }
  REQUIRE(any);
  CHECK(OpenRocksKv(folder / "kv", SmallOptions()).status().code() == Code::corrupt);
}

TEST_CASE("damage found while reading makes the folder corrupt at the next opening") {
  const TemporaryDirectory folder;
  FillWithTables(folder / "kv");
  const auto tables = FilesEndingIn(folder / "kv", ".sst");
  REQUIRE(!tables.empty());
  for (const auto& table : tables) {
    std::fstream file(table, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(2000);
    file << "not what was here";
  }
  {
    Result<std::unique_ptr<OrderedKv>> kv = OpenRocksKv(folder / "kv", SmallOptions());
    if (kv.ok()) {
      CHECK((*kv)->Scan(AsBytes("k"), {}, [](ByteView, ByteView) { return true; }).code() == Code::corrupt);
    }
  }
  CHECK(OpenRocksKv(folder / "kv", SmallOptions()).status().code() == Code::corrupt);
}

TEST_CASE("a folder that cannot be made is an error of the file layer, not damage") {
  const TemporaryDirectory folder;
  std::ofstream(folder / "file") << "in the way";
  const Status status = OpenRocksKv(folder / "file", SmallOptions()).status();
  CHECK(!status.ok());
  CHECK(status.code() != Code::corrupt);
  CHECK(status.code() != Code::in_use);
}

}  // namespace pulih

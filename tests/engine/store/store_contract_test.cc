// One suite for every Store: what engine/store/store.h promises, whatever stands behind it.
#include <filesystem>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/os/posix_file_system.h"
#include "engine/store/fault_store.h"
#include "engine/store/local_store.h"
#include "engine/store/memory_store.h"
#include "engine/store/store.h"
#include "tests/support/sim_fs.h"

namespace pulih {
namespace {

enum class Behind { memory, sim_fs, posix, posix_with_named_temporaries, faultless_fault_store };

// An initialised store of one kind, and what has to live as long.
class AnyStore {
 public:
  explicit AnyStore(Behind behind) {
    switch (behind) {
      case Behind::memory: store_ = NewMemoryStore(); break;
      case Behind::sim_fs: OpenLocal(std::make_unique<SimFs>(), "/repo"); break;
      case Behind::posix: OpenLocal(NewPosixFileSystem(), Scratch() + "/repo"); break;
      case Behind::posix_with_named_temporaries:
        OpenLocal(NewPosixFileSystem(Temporaries::named), Scratch() + "/repo/");
        break;
      case Behind::faultless_fault_store:
        base_ = NewMemoryStore();
        store_ = std::make_unique<FaultStore>(*base_);
        break;
    }
    REQUIRE(store_->Initialise().ok());
  }
  AnyStore(const AnyStore&) = delete;
  AnyStore& operator=(const AnyStore&) = delete;
  ~AnyStore() {
    std::error_code ignored;
    if (!scratch_.empty()) std::filesystem::remove_all(scratch_, ignored);
  }

  Store* operator->() { return store_.get(); }
  Store& operator*() { return *store_; }

 private:
  std::string Scratch() {
    scratch_ = (std::filesystem::temp_directory_path() / "pulih-test-XXXXXX").string();
    REQUIRE(::mkdtemp(scratch_.data()) != nullptr);
    return scratch_;
  }
  void OpenLocal(std::unique_ptr<FileSystem> fs, const std::string& root) {
    fs_ = std::move(fs);
    store_ = NewLocalStore(*fs_, root);
  }

  std::string scratch_;
  std::unique_ptr<FileSystem> fs_;
  std::unique_ptr<Store> base_;
  std::unique_ptr<Store> store_;
};

#define FOR_EVERY_STORE(store)                                                                                 \
  AnyStore store(GENERATE(Behind::memory, Behind::sim_fs, Behind::posix, Behind::posix_with_named_temporaries, \
                          Behind::faultless_fault_store))

std::vector<std::string> NamesBelow(Store& store, const std::string& prefix) {
  std::vector<std::string> names;
  const Status listed = store.List(prefix, [&](const BlobInfo& info) {
    names.push_back(info.name + ":" + std::to_string(info.size));
    return OkStatus();
  });
  REQUIRE(listed.ok());
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("store: a blob comes back as it was put, in whole and in part") {
  FOR_EVERY_STORE(store);
  REQUIRE(store->Put("packs/3f/3f00", AsBytes("0123456789")).ok());
  CHECK(*store->Size("packs/3f/3f00") == 10);
  CHECK(ToText(*store->Get("packs/3f/3f00", 0, 10)) == "0123456789");
  CHECK(ToText(*store->Get("packs/3f/3f00", 3, 4)) == "3456");
  CHECK(store->Get("packs/3f/3f00", 10, 0)->empty());
  CHECK(ToText(*GetWhole(*store, "packs/3f/3f00", 10)) == "0123456789");
}

TEST_CASE("store: an empty blob is a blob") {
  FOR_EVERY_STORE(store);
  REQUIRE(store->Put("certs/0", {}).ok());
  CHECK(*store->Size("certs/0") == 0);
  CHECK(GetWhole(*store, "certs/0", 0)->empty());
  CHECK(NamesBelow(*store, "certs/") == Names{"certs/0:0"});
}

TEST_CASE("store: a blob that ends early is corrupt, never a short read") {
  FOR_EVERY_STORE(store);
  REQUIRE(store->Put("config/0", AsBytes("0123456789")).ok());
  CHECK(store->Get("config/0", 0, 11).status().code() == Code::corrupt);
  CHECK(store->Get("config/0", 9, 2).status().code() == Code::corrupt);
  CHECK(store->Get("config/0", 11, 0).status().code() == Code::corrupt);
  CHECK(store->Get("config/0", UINT64_MAX, 1).status().code() == Code::corrupt);
  CHECK(store->Get("config/0", 0, UINT32_MAX).status().code() == Code::corrupt);
}

TEST_CASE("store: what is not there is not_found") {
  FOR_EVERY_STORE(store);
  CHECK(store->Get("config/0", 0, 1).status().code() == Code::not_found);
  CHECK(store->Get("packs/3f/3f00", 0, 1).status().code() == Code::not_found);
  CHECK(store->Size("log/w/0").status().code() == Code::not_found);
  CHECK(store->Remove("snapshots/a").code() == Code::not_found);
  CHECK(GetWhole(*store, "config/0", 100).status().code() == Code::not_found);
}

TEST_CASE("store: nothing is overwritten (I3)") {
  FOR_EVERY_STORE(store);
  REQUIRE(store->Put("config/0", AsBytes("first")).ok());
  CHECK(store->Put("config/0", AsBytes("other")).code() == Code::already_exists);
  auto upload = store->StartUpload();
  REQUIRE((*upload)->Append(AsBytes("third")).ok());
  CHECK((*upload)->Commit("config/0").code() == Code::already_exists);
  CHECK(ToText(*GetWhole(*store, "config/0", 100)) == "first");
}

TEST_CASE("store: an upload is visible with its commit and not before") {
  FOR_EVERY_STORE(store);
  {
    auto upload = store->StartUpload();
    REQUIRE(upload.ok());
    for (int i = 0; i < 1000; ++i) REQUIRE((*upload)->Append(AsBytes("0123456789")).ok());
    CHECK(NamesBelow(*store, "").empty());
    REQUIRE((*upload)->Commit("packs/ab/ab01").ok());
    auto dropped = store->StartUpload();
    REQUIRE((*dropped)->Append(AsBytes("x")).ok());
  }
  CHECK(NamesBelow(*store, "") == Names{"packs/ab/ab01:10000"});
  CHECK(ToText(*store->Get("packs/ab/ab01", 9990, 10)) == "0123456789");
}

TEST_CASE("store: a listing is in byte order of the whole names, with sizes") {
  FOR_EVERY_STORE(store);
  // "a.1" < "a/b" < "a0": an attempt beside a folder must not come in the order of the folders.
  const Names sorted = {"log/a-b/0:1", "log/a.1:1", "log/a/0:1", "log/a/0.1:1",     "log/a/10:1",
                        "log/a/9:1",   "log/a0:1",  "log/b/0:1", "packs/00/00ff:1", "packs/ff/ff00:1"};
  Names shuffled = sorted;
  std::rotate(shuffled.begin(), shuffled.begin() + 4, shuffled.end());
  std::swap(shuffled[0], shuffled[7]);
  for (const std::string& name : shuffled) REQUIRE(store->Put(name.substr(0, name.size() - 2), AsBytes("x")).ok());
  CHECK(NamesBelow(*store, "") == sorted);
  CHECK(NamesBelow(*store, "log/a/") == Names{"log/a/0:1", "log/a/0.1:1", "log/a/10:1", "log/a/9:1"});
  CHECK(NamesBelow(*store, "log/a/0") == Names{"log/a/0:1", "log/a/0.1:1"});
  CHECK(NamesBelow(*store, "packs/") == Names{"packs/00/00ff:1", "packs/ff/ff00:1"});
  CHECK(NamesBelow(*store, "packs/0") == Names{"packs/00/00ff:1"});
  CHECK(NamesBelow(*store, "snapshots/").empty());
  CHECK(NamesBelow(*store, "none/at/all/").empty());
}

TEST_CASE("store: a listing stops at the first failure of its callback") {
  FOR_EVERY_STORE(store);
  for (const std::string name : {"keys/a", "keys/b", "keys/c"}) REQUIRE(store->Put(name, AsBytes("x")).ok());
  int calls = 0;
  const Status stopped = store->List(
      "keys/", [&](const BlobInfo&) { return ++calls == 2 ? Status(Code::interrupted, "enough") : OkStatus(); });
  CHECK(stopped.code() == Code::interrupted);
  CHECK(calls == 2);
}

TEST_CASE("store: the callback of a listing may use the store") {
  FOR_EVERY_STORE(store);
  for (const std::string name : {"keys/a", "keys/b", "keys/c"}) REQUIRE(store->Put(name, AsBytes("x")).ok());
  REQUIRE(store->List("keys/", [&](const BlobInfo& info) { return store->Remove(info.name); }).ok());
  CHECK(NamesBelow(*store, "").empty());
}

TEST_CASE("store: a removed blob is gone, and its name is free again") {
  FOR_EVERY_STORE(store);
  REQUIRE(store->Put("keys/a", AsBytes("x")).ok());
  REQUIRE(store->Remove("keys/a").ok());
  CHECK(store->Size("keys/a").status().code() == Code::not_found);
  CHECK(store->Remove("keys/a").code() == Code::not_found);
  CHECK(store->Put("keys/a", AsBytes("y")).ok());
}

TEST_CASE("store: a name that is none is invalid for every operation") {
  FOR_EVERY_STORE(store);
  const std::string name = GENERATE(as<std::string>{}, "", "/", "a/", "/a", "a//b", "../a", "a/..", "a/./b", ".a", "A",
                                    "a b", "a\n", "tmp", "tmp/a", "a/b/c/d/e", "\xc3\xa4");
  CHECK(store->Put(name, AsBytes("x")).code() == Code::invalid);
  CHECK(store->Get(name, 0, 1).status().code() == Code::invalid);
  CHECK(store->Size(name).status().code() == Code::invalid);
  CHECK(store->Remove(name).code() == Code::invalid);
  auto upload = store->StartUpload();
  CHECK((*upload)->Commit(name).code() == Code::invalid);
  CHECK(NamesBelow(*store, "").empty());
}

TEST_CASE("store: names may be as long and deep as the contract says") {
  FOR_EVERY_STORE(store);
  const std::string longest(120, 'a');
  const std::string name = longest + "/" + longest + "/" + longest + "/" + longest;
  REQUIRE(store->Put(name, AsBytes("x")).ok());
  CHECK(NamesBelow(*store, "") == Names{name + ":1"});
  CHECK(store->Put("packs/" + longest + "a", AsBytes("x")).code() == Code::invalid);
}

TEST_CASE("store: a blob above the caller's limit is too_large, and nothing is read") {
  FOR_EVERY_STORE(store);
  REQUIRE(store->Put("keys/a", AsBytes("12345")).ok());
  CHECK(GetWhole(*store, "keys/a", 4).status().code() == Code::too_large);
  CHECK(ToText(*GetWhole(*store, "keys/a", 5)) == "12345");
}

TEST_CASE("store: a place that holds a blob cannot be initialised") {
  FOR_EVERY_STORE(store);
  CHECK(store->Initialise().ok());  // still empty
  REQUIRE(store->Put("config/0", AsBytes("x")).ok());
  CHECK(store->Initialise().code() == Code::already_exists);
  CHECK(ToText(*GetWhole(*store, "config/0", 10)) == "x");
}

TEST_CASE("store: of many writers of one name exactly one wins, and all others see its blob") {
  FOR_EVERY_STORE(store);
  constexpr int kThreads = 4, kNames = 20;
  std::vector<std::vector<int>> won(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kNames; ++i) {
        const std::string name = "packs/" + std::to_string(i % 4) + "/" + std::to_string(i);
        const Status put = store->Put(name, AsBytes(std::to_string(t)));
        if (put.ok()) won[static_cast<size_t>(t)].push_back(i);
        if (!put.ok() && put.code() != Code::already_exists) std::abort();
        if (!GetWhole(*store, name, 100).ok()) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int> names;
  size_t wins = 0;
  for (size_t t = 0; t < kThreads; ++t) {
    wins += won[t].size();
    for (const int i : won[t]) {
      names.insert(i);
      const std::string name = "packs/" + std::to_string(i % 4) + "/" + std::to_string(i);
      CHECK(ToText(*GetWhole(*store, name, 100)) == std::to_string(t));
    }
  }
  CHECK(wins == kNames);
  CHECK(names.size() == kNames);
}

}  // namespace
}  // namespace pulih

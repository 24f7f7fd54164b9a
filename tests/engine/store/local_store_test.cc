#include "engine/store/local_store.h"

#include <map>
#include <optional>
#include <set>

#include <catch2/catch.hpp>

#include "engine/os/atomic_file.h"
#include "engine/store/attempts.h"
#include "tests/support/sim_fs.h"

namespace pulih {
namespace {

constexpr uint64_t kChoices = 10;

// What a caller of the store may count on: blobs whose Put was acknowledged, and those that may or may not
// be there, because the answer was a failure.
struct Expected {
  std::map<std::string, std::string> acknowledged;
  std::map<std::string, std::string> possible;
};

std::string ContentOf(const std::string& name) {
  std::string content;
  while (content.size() < 700) content += name;
  return content;
}

// A small life of a repository. Goes on after failures, as a caller that retries would; Put by Put the
// expectation is kept up to date.
void Work(Store& store, const std::vector<std::string>& names, Expected& expected) {
  for (const std::string& name : names) {
    const std::string content = ContentOf(name);
    expected.possible[name] = content;
    const Result<std::string> put = PutAttempt(store, name, AsBytes(content));
    if (put.ok()) expected.acknowledged[*put] = content;
  }
}

void CheckHolds(FileSystem& fs, const Expected& expected) {
  const auto store = NewLocalStore(fs, "/backup/repo");
  for (const auto& [name, content] : expected.acknowledged) {
    const Result<Bytes> bytes = GetWhole(*store, name, 1 << 20);
    REQUIRE(bytes.ok());
    REQUIRE(AsText(*bytes) == content);
  }
  const Status listed = store->List("", [&](const BlobInfo& info) {
    // Nothing half written ever has a name.
    const Result<Bytes> bytes = GetWhole(*store, info.name, 1 << 20);
    const auto possible = expected.possible.find(AttemptBase(info.name));
    if (!bytes.ok() || possible == expected.possible.end() || AsText(*bytes) != possible->second)
      return Status(Code::corrupt, info.name);
    return OkStatus();
  });
  REQUIRE(listed.ok());
}

const std::vector<std::string> kFirst = {"keys/k",       "config/0", "packs/aa/aa1", "packs/aa/aa2",
                                         "packs/bb/bb1", "log/w/0",  "snapshots/s1"};
const std::vector<std::string> kSecond = {"packs/aa/aa2", "packs/bb/bb2", "packs/cc/cc1", "log/w/1", "snapshots/s2"};

bool Begin(Store& store) {
  const Status initialised = store.Initialise();
  return initialised.ok() || initialised.code() == Code::already_exists;
}

uint64_t OperationsOf(Temporaries temporaries) {
  SimFs fs(temporaries);
  const auto store = NewLocalStore(fs, "/backup/repo");
  REQUIRE(store->Initialise().ok());
  Expected expected;
  Work(*store, kFirst, expected);
  REQUIRE(expected.acknowledged.size() == kFirst.size());
  return fs.operations();
}

TEST_CASE("local store: what was acknowledged survives a power cut at any operation (I2, I3)") {
  const Temporaries temporaries = GENERATE(Temporaries::nameless_where_possible, Temporaries::named);
  const uint64_t total = OperationsOf(temporaries);
  REQUIRE(total > 40);
  std::set<uint64_t> seen;
  for (uint64_t n = 0; n <= total; ++n) {
    for (const bool tear : {false, true}) {
      SimFs fs(temporaries);
      tear ? fs.TearAppendAt(n) : fs.StopAt(n);
      const auto store = NewLocalStore(fs, "/backup/repo");
      Expected expected;
      if (Begin(*store)) Work(*store, kFirst, expected);
      CHECK(fs.stopped() == (n < total));
      for (uint64_t choice = 0; choice < kChoices; ++choice) {
        const auto after = fs.AfterPowerCut(choice);
        Expected later = expected;
        CheckHolds(*after, later);
        if (!seen.insert(after->DurableDigest()).second) continue;
        // And work goes on from there, without a hand being lent.
        const auto reopened = NewLocalStore(*after, "/backup/repo");
        REQUIRE(Begin(*reopened));
        Work(*reopened, kFirst, later);
        Work(*reopened, kSecond, later);
        std::set<std::string> bases;
        for (const auto& [name, content] : later.acknowledged) bases.insert(AttemptBase(name));
        CHECK(bases.size() == kFirst.size() + kSecond.size() - 1);  // one pack is in both
        CheckHolds(*after->AfterPowerCut(0), later);
      }
    }
  }
  CHECK(seen.size() > 30);
}

TEST_CASE("local store: what a killed process left half durable is durable once it is built upon") {
  const uint64_t total = OperationsOf(Temporaries::nameless_where_possible);
  for (uint64_t n = 0; n < total; ++n) {
    SimFs fs;
    fs.StopAt(n);
    Expected expected;
    {
      const auto killed = NewLocalStore(fs, "/backup/repo");
      if (Begin(*killed)) Work(*killed, kFirst, expected);
    }
    const auto after = fs.AfterProcessDeath();
    const auto store = NewLocalStore(*after, "/backup/repo");
    REQUIRE(Begin(*store));
    Work(*store, kFirst, expected);
    Work(*store, kSecond, expected);
    for (uint64_t choice = 0; choice < kChoices; ++choice) CheckHolds(*after->AfterPowerCut(choice), expected);
  }
}

TEST_CASE("local store: an operation that fails once is reported, and a second try succeeds") {
  const Code code = GENERATE(Code::no_space, Code::io);
  const uint64_t total = OperationsOf(Temporaries::nameless_where_possible);
  for (uint64_t n = 0; n < total; ++n) {
    SimFs fs;
    fs.FailOnce(n, Status(code, "on purpose"));
    const auto store = NewLocalStore(fs, "/backup/repo");
    const Status first = store->Initialise();
    Expected expected;
    if (!first.ok()) {
      CHECK(first.code() == code);
      REQUIRE(store->Initialise().ok());
    }
    Work(*store, kFirst, expected);
    // At most one Put met the failure; and a failure that nobody is told of would be the worst.
    CHECK(expected.acknowledged.size() == kFirst.size() - (first.ok() ? 1 : 0));
    Work(*store, kFirst, expected);
    CHECK(expected.acknowledged.size() == kFirst.size());
    CheckHolds(*fs.AfterPowerCut(0), expected);
    CheckHolds(fs, expected);
  }
}

TEST_CASE("local store: a removed blob does not come back with a power cut") {
  SimFs fs;
  const auto store = NewLocalStore(fs, "/repo");
  REQUIRE(store->Initialise().ok());
  REQUIRE(store->Put("keys/a", AsBytes("x")).ok());
  REQUIRE(store->Remove("keys/a").ok());
  CHECK(NewLocalStore(*fs.AfterPowerCut(0), "/repo")->Size("keys/a").status().code() == Code::not_found);
}

TEST_CASE("local store: settled is durable, whoever stored it") {
  SimFs fs;
  const auto store = NewLocalStore(fs, "/repo");
  REQUIRE(store->Initialise().ok());
  REQUIRE(store->Put("packs/aa/aa1", AsBytes("x")).ok());
  // A process that is killed between naming a blob and syncing the folder.
  fs.StopAt(fs.operations() + 4);
  CHECK_FALSE(store->Put("packs/aa/aa2", AsBytes("x")).ok());
  const auto left = fs.AfterProcessDeath();
  const auto next = NewLocalStore(*left, "/repo");
  REQUIRE(next->Size("packs/aa/aa2").ok());
  CHECK_FALSE(NewLocalStore(*left->AfterPowerCut(0), "/repo")->Size("packs/aa/aa2").ok());
  REQUIRE(next->Settle("packs/aa").ok());
  CHECK(NewLocalStore(*left->AfterPowerCut(0), "/repo")->Size("packs/aa/aa2").ok());
  CHECK(next->Settle("parity/none").ok());  // nothing is there: nothing to do
}

TEST_CASE("local store: a fan-out folder is made and synced once, not for every pack") {
  SimFs fs;
  const auto store = NewLocalStore(fs, "/repo");
  REQUIRE(store->Initialise().ok());
  const auto cost_of = [&](const std::string& name) {
    const uint64_t before = fs.operations();
    REQUIRE(store->Put(name, AsBytes("x")).ok());
    return fs.operations() - before;
  };
  CHECK(cost_of("packs/aa/aa1") == 5 + 2 + 2);  // the root and packs are settled, packs/aa is made and synced
  CHECK(cost_of("packs/aa/aa2") == 5);          // create, append, sync, publish, sync of the folder
  CHECK(cost_of("packs/bb/bb1") == 5 + 2);
  CHECK(cost_of("snapshots/s") == 5);
}

TEST_CASE("local store: a repository that is not there shows as not_found and is not made") {
  SimFs fs;
  const auto store = NewLocalStore(fs, "/mnt/disk/repo");
  CHECK(store->Get("config/0", 0, 1).status().code() == Code::not_found);
  CHECK(store->List("packs/", [](const BlobInfo&) { return OkStatus(); }).ok());
  CHECK_FALSE(store->Put("config/0", AsBytes("x")).ok());
  CHECK(fs.List("/")->empty());  // a disk that is not mounted must not be written around
}

TEST_CASE("local store: folders that a copying tool left out are made again") {
  SimFs fs;
  fs.Plant("/repo/config/0", AsBytes("x"));
  const auto store = NewLocalStore(fs, "/repo");
  REQUIRE(store->Put("packs/aa/aa1", AsBytes("x")).ok());
  CHECK(ToText(*GetWhole(*NewLocalStore(*fs.AfterPowerCut(0), "/repo"), "packs/aa/aa1", 10)) == "x");
}

TEST_CASE("local store: foreign files and temporaries are not listed") {
  SimFs fs;
  for (const std::string path :
       {"/repo/tmp/tmp-1", "/repo/tmp/aa/x", "/repo/packs/aa/.nfs0001", "/repo/packs/aa/README", "/repo/lost+found/x",
        "/repo/a/b/c/d/e", "/repo/packs/aa/aa1", "/repo/packs/.snapshot/aa"})
    fs.Plant(path, AsBytes("x"));
  std::vector<std::string> names;
  REQUIRE(NewLocalStore(fs, "/repo")
              ->List("",
                     [&](const BlobInfo& info) {
                       names.push_back(info.name);
                       return OkStatus();
                     })
              .ok());
  CHECK(names == std::vector<std::string>{"packs/aa/aa1"});
}

TEST_CASE("local store: initialise takes an empty folder and no other") {
  SimFs fs;
  const auto store = NewLocalStore(fs, "/mnt/repo");
  SECTION("a folder with a file in it") {
    fs.Plant("/mnt/repo/thesis.txt", AsBytes("x"));
    const Status refused = store->Initialise();
    CHECK(refused.code() == Code::already_exists);
    CHECK(refused.message() == "initialise: /mnt/repo: holds thesis.txt already");
    CHECK(fs.List("/mnt/repo")->size() == 1);
  }
  SECTION("a folder of ours that is in use") {
    fs.Plant("/mnt/repo/packs/aa/aa1", AsBytes("x"));
    CHECK(store->Initialise().code() == Code::already_exists);
  }
  SECTION("a file") {
    fs.Plant("/mnt/repo", AsBytes("x"));
    CHECK(store->Initialise().code() == Code::already_exists);
  }
  SECTION("the root of a new disk") {
    fs.Plant("/mnt/repo/lost+found/x", AsBytes("x"));
    CHECK(store->Initialise().ok());
  }
  SECTION("what a killed initialise left") {
    fs.Plant("/mnt/repo/tmp/tmp-1", AsBytes("x"));
    REQUIRE(MakeDirectories(fs, "/mnt/repo/packs").ok());
    CHECK(store->Initialise().ok());
    CHECK(fs.AfterPowerCut(0)->List("/mnt/repo")->size() == 9);
  }
  SECTION("what an init left that was killed before there was a config") {
    fs.Plant("/mnt/repo/certs/c", AsBytes("x"));
    fs.Plant("/mnt/repo/keys/k", AsBytes("x"));
    CHECK(store->Initialise().ok());
  }
}

}  // namespace
}  // namespace pulih

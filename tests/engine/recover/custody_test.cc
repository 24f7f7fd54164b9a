#include <sys/stat.h>

#include <fstream>

#include <catch2/catch.hpp>

#include "engine/recover/case.h"
#include "tests/support/temporary_directory.h"

namespace pulih {
namespace {

class FixedClock final : public Clock {
 public:
  int64_t NowNs() override { return now_ += 1000000000; }

 private:
  int64_t now_ = 1412400000000000000;
};

struct World {
  World() { REQUIRE(InitialiseCrypto()); }
  std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  std::unique_ptr<RandomSource> random = NewSeededRandom(7);
  FixedClock clock;
  CaseEnvironment environment() { return {*files, *random, clock, "budi@lpse"}; }
};

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void WriteAll(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace

TEST_CASE("a case is made once, opened again, and written by one at a time") {
  World world;
  const TemporaryDirectory folder;
  const std::string path = folder / "deep/case";
  std::string id;
  {
    const auto made = Case::Create(path, world.environment());
    REQUIRE(made.ok());
    id = (*made)->id();
    CHECK(Case::Open(path, CaseAccess::write, world.environment()).status().code() == Code::in_use);
    // A reader stands beside the writer.
    REQUIRE((*made)->kv().Write([](KvBatch& batch) { batch.Put(AsBytes("a"), AsBytes("1")); }).ok());
    const auto reader = Case::Open(path, CaseAccess::read, world.environment());
    REQUIRE(reader.ok());
    Bytes value;
    CHECK(*(*reader)->kv().Get(AsBytes("a"), &value));
    CHECK_FALSE((*reader)->kv().Write([](KvBatch& batch) { batch.Put(AsBytes("b"), AsBytes("1")); }).ok());
  }
  CHECK(Case::Create(path, world.environment()).status().code() == Code::already_exists);
  const auto again = Case::Open(path, CaseAccess::write, world.environment());
  REQUIRE(again.ok());
  CHECK((*again)->id() == id);
  struct stat s{};
  REQUIRE(::stat((path + "/keys").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
  CHECK(Case::Open(folder / "none", CaseAccess::write, world.environment()).status().code() == Code::not_found);
  WriteAll(folder / "full", "x");
  REQUIRE(::mkdir((folder / "other").c_str(), 0700) == 0);
  WriteAll(folder / "other/file", "x");
  CHECK(Case::Create(folder / "other", world.environment()).status().code() == Code::already_exists);
}

TEST_CASE("any flipped byte of a custody log is found, and any line that is gone") {
  World world;
  const TemporaryDirectory folder;
  const std::string path = folder / "case", log = path + "/custody.log";
  {
    const auto made = Case::Create(path, world.environment());
    REQUIRE(made.ok());
    REQUIRE((*made)->custody().Append("evidence added", "/media/stick/\xff \"quoted\"\n.dump", {{"bytes", "12"}, {"custodian", "Siti"}}).ok());
    REQUIRE((*made)->custody().Append("run begun", path).ok());
  }
  const std::string good = ReadAll(log);
  const auto key = [&] {
    const auto opened = Case::Open(path, CaseAccess::read, world.environment());
    REQUIRE(opened.ok());
    REQUIRE((*opened)->custody().entries().size() == 3);
    CHECK((*opened)->custody().entries()[1].detail[1].second == "Siti");
    CHECK((*opened)->custody().entries()[1].detail[2].first == "from_bytes");
    CHECK((*opened)->custody().entries()[0].who == "budi@lpse");
    return (*opened)->public_key();
  }();
  const auto opens = [&] { return CustodyLog::Open(log, path + "/keys", key, *world.files, world.clock, "x").status(); };
  REQUIRE(opens().ok());
  size_t missed = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    WriteAll(log, bad);
    if (opens().code() != Code::corrupt) ++missed;
  }
  CHECK(missed == 0);
  const size_t first = good.find('\n') + 1, second = good.find('\n', first) + 1;
  for (const std::string& bad : {good.substr(first), good.substr(0, first) + good.substr(second), good.substr(first, second - first) + good.substr(0, first),
                                 good + good.substr(second), good.substr(0, good.size() - 1)}) {
    WriteAll(log, bad);
    CHECK(opens().code() == Code::corrupt);
  }
}

}  // namespace pulih

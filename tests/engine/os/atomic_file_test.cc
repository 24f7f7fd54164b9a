#include "engine/os/atomic_file.h"

#include <catch2/catch.hpp>

#include "tests/support/sim_fs.h"

namespace pulih {
namespace {

std::string TextOf(FileSystem& fs, const std::string& path) {
  const Result<Bytes> bytes = ReadWholeFile(fs, path, 1 << 20);
  return bytes.ok() ? ToText(*bytes) : bytes.status().code() == Code::not_found ? "(none)" : "(failed)";
}

constexpr uint64_t kChoices = 12;

TEST_CASE("a file written once is there after every power cut when the call returned ok") {
  SimFs fs;
  REQUIRE(MakeDirectories(fs, "/state/pulih").ok());
  REQUIRE(WriteFileOnce(fs, "/state/pulih/pin", AsBytes("first")).ok());
  CHECK(TextOf(*fs.AfterPowerCut(0), "/state/pulih/pin") == "first");
  CHECK(WriteFileOnce(fs, "/state/pulih/pin", AsBytes("second")).code() == Code::already_exists);
  CHECK(TextOf(fs, "/state/pulih/pin") == "first");
  REQUIRE(ReplaceFile(fs, "/state/pulih/pin", AsBytes("second")).ok());
  CHECK(TextOf(*fs.AfterPowerCut(0), "/state/pulih/pin") == "second");
}

TEST_CASE("wherever writing a file is stopped, it is absent or whole") {
  for (uint64_t n = 0; n < 5; ++n) {
    SimFs fs;
    fs.StopAt(n);
    CHECK_FALSE(WriteFileOnce(fs, "a", AsBytes("content")).ok());
    CHECK(fs.stopped());
    for (uint64_t choice = 0; choice < kChoices; ++choice) {
      const std::string left = TextOf(*fs.AfterPowerCut(choice), "a");
      CHECK((left == "(none)" || left == "content"));
    }
  }
}

TEST_CASE("wherever replacing a file is stopped or fails, the old or the new one is there") {
  for (uint64_t n = 0; n < 5; ++n) {
    SimFs stopped;
    stopped.Plant("a", AsBytes("old"));
    stopped.StopAt(n);
    CHECK_FALSE(ReplaceFile(stopped, "a", AsBytes("new")).ok());
    for (uint64_t choice = 0; choice < kChoices; ++choice) {
      const std::string left = TextOf(*stopped.AfterPowerCut(choice), "a");
      CHECK((left == "old" || left == "new"));
    }
    SimFs failing;
    failing.Plant("a", AsBytes("old"));
    failing.FailOnce(n, Status(Code::no_space, "full"));
    CHECK(ReplaceFile(failing, "a", AsBytes("new")).code() == Code::no_space);
    const std::string left = TextOf(*failing.AfterPowerCut(0), "a");
    CHECK((left == "old" || left == "new"));
    CHECK(ReplaceFile(failing, "a", AsBytes("newer")).ok());
    CHECK(TextOf(*failing.AfterPowerCut(0), "a") == "newer");
  }
}

TEST_CASE("folders are made durable, all the way up") {
  const std::string path = GENERATE("a/b/c", "/a/b/c", "/a//b/c/");
  SimFs fs;
  REQUIRE(MakeDirectories(fs, path).ok());
  CHECK(fs.AfterPowerCut(0)->List("a/b/c").ok());
  CHECK(MakeDirectories(fs, path).ok());
}

TEST_CASE("folders that a killed process made become durable when they are asked for again") {
  const std::string deeper = GENERATE("a/b/c", "a/b/c/d");
  for (uint64_t n = 0; n < 12; ++n) {
    SimFs fs;
    fs.StopAt(n);
    const Status made = MakeDirectories(fs, "a/b/c");
    CHECK(made.ok() != fs.stopped());
    const auto after = fs.AfterProcessDeath();
    REQUIRE(MakeDirectories(*after, deeper).ok());
    CHECK(after->AfterPowerCut(0)->List(deeper).ok());
  }
}

TEST_CASE("a folder above that may not be read is no obstacle, one that cannot be synced is") {
  SimFs fs;
  fs.Plant("home/user/x", {});
  fs.FailOnce(1, Status(Code::denied, "permission denied"));  // sync of /home
  CHECK(MakeDirectories(fs, "home/user/a").ok());
  fs.FailOnce(fs.operations() + 2, Status(Code::io, "bad sector"));  // sync of /home/user
  CHECK(MakeDirectories(fs, "home/user/b").code() == Code::io);
}

TEST_CASE("making folders through a file fails and says where") {
  SimFs fs;
  fs.Plant("a", AsBytes("x"));
  CHECK(MakeDirectories(fs, "a").code() == Code::already_exists);
  const Status failed = MakeDirectories(fs, "a/b");
  CHECK(failed.code() == Code::io);
  CHECK(failed.message().find("make folder") == 0);
}

TEST_CASE("a file larger than the limit is not read") {
  SimFs fs;
  fs.Plant("a", AsBytes("12345"));
  CHECK(ReadWholeFile(fs, "a", 4).status().code() == Code::too_large);
  CHECK(ToText(*ReadWholeFile(fs, "a", 5)) == "12345");
  CHECK(ReadWholeFile(fs, "b", 5).status().code() == Code::not_found);
}

}  // namespace
}  // namespace pulih

#include "tests/support/sim_fs.h"

#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/os/atomic_file.h"

namespace pulih {
namespace {

Bytes Pattern(size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(1 + i % 251);  // never zero
  return bytes;
}

// Content of a file, or "(none)".
std::string TextOf(FileSystem& fs, const std::string& path) {
  const Result<Bytes> bytes = ReadWholeFile(fs, path, 1 << 20);
  return bytes.ok() ? ToText(*bytes) : "(none)";
}

std::unique_ptr<NewFile> NewFileWith(FileSystem& fs, const std::string& folder, ByteView bytes) {
  auto file = fs.Create(folder);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append(bytes).ok());
  return std::move(file).value();
}

TEST_CASE("sim fs: a file is seen by its name only after it was published") {
  SimFs fs;
  REQUIRE(fs.MakeDirectory("d").ok());
  const auto file = NewFileWith(fs, "d", AsBytes("hello"));
  CHECK(fs.List("d")->empty());
  REQUIRE(file->PublishAs("/d/a").ok());
  CHECK(TextOf(fs, "d/a") == "hello");
  CHECK(*fs.FileSize("d/./a") == 5);
  REQUIRE(fs.List("/d")->size() == 1);
  CHECK(fs.List("/d")->front().name == "a");
  CHECK(fs.List("/")->front().is_directory);
}

TEST_CASE("sim fs: failures have the codes that the contract names") {
  SimFs fs;
  REQUIRE(fs.MakeDirectory("d").ok());
  CHECK(fs.MakeDirectory("d").ok());
  const auto file = NewFileWith(fs, "d", AsBytes("x"));
  REQUIRE(file->PublishAs("d/a").ok());
  CHECK(file->PublishAs("d/b").code() == Code::invalid);
  CHECK(file->Append(AsBytes("y")).code() == Code::invalid);
  CHECK(NewFileWith(fs, "d", AsBytes("z"))->PublishAs("d/a").code() == Code::already_exists);
  CHECK(NewFileWith(fs, "d", AsBytes("z"))->PublishAs("none/a").code() == Code::not_found);
  CHECK(NewFileWith(fs, "d", AsBytes("z"))->ReplaceAs("d").code() == Code::io);
  CHECK(fs.Open("d/b").status().code() == Code::not_found);
  CHECK(fs.Open("none/b").status().code() == Code::not_found);
  CHECK(fs.Open("d/a/b").status().code() == Code::io);
  CHECK(fs.Open("d").status().code() == Code::io);
  CHECK(fs.List("none").status().code() == Code::not_found);
  CHECK(fs.List("d/a").status().code() == Code::io);
  CHECK(fs.MakeDirectory("d/a").code() == Code::already_exists);
  CHECK(fs.MakeDirectory("none/e").code() == Code::not_found);
  CHECK(fs.SyncDirectory("none").code() == Code::not_found);
  CHECK(fs.Remove("d/b").code() == Code::not_found);
  CHECK(fs.Remove("d").code() == Code::io);
  CHECK(fs.Remove("d/a").ok());
  CHECK(TextOf(fs, "d/a") == "(none)");
}

TEST_CASE("sim fs: a name is durable only with its folder synced, and bytes only with their file synced") {
  SimFs fs;
  REQUIRE(MakeDirectories(fs, "d").ok());
  const auto file = NewFileWith(fs, "d", AsBytes("hello"));
  const bool sync_file = GENERATE(false, true), sync_folder = GENERATE(false, true);
  if (sync_file) REQUIRE(file->Sync().ok());
  REQUIRE(file->PublishAs("d/a").ok());
  if (sync_folder) REQUIRE(fs.SyncDirectory("d").ok());

  const std::string least = !sync_folder ? "(none)" : sync_file ? "hello" : "";
  CHECK(TextOf(*fs.AfterPowerCut(0), "d/a") == least);
  CHECK(TextOf(*fs.AfterPowerCut(1), "d/a") == "hello");
  CHECK(TextOf(*fs.AfterProcessDeath(), "d/a") == "hello");
  // A killed process does not make anything durable.
  CHECK(TextOf(*fs.AfterProcessDeath()->AfterPowerCut(0), "d/a") == least);
  // But what has once survived a power cut survives the next.
  CHECK(TextOf(*fs.AfterPowerCut(1)->AfterPowerCut(0), "d/a") == "hello");
}

TEST_CASE("sim fs: a durable name in a folder that is not durable is lost with it") {
  SimFs fs;
  REQUIRE(fs.MakeDirectory("d").ok());
  const auto file = NewFileWith(fs, "d", AsBytes("x"));
  REQUIRE(file->Sync().ok());
  REQUIRE(file->PublishAs("d/a").ok());
  REQUIRE(fs.SyncDirectory("d").ok());
  CHECK(fs.AfterPowerCut(0)->List("")->empty());
  REQUIRE(fs.SyncDirectory("").ok());
  CHECK(TextOf(*fs.AfterPowerCut(0), "d/a") == "x");
}

TEST_CASE("sim fs: removing and replacing are durable only with the folder synced") {
  SimFs fs;
  fs.Plant("d/a", AsBytes("old"));
  SECTION("removing") {
    REQUIRE(fs.Remove("d/a").ok());
    CHECK(TextOf(fs, "d/a") == "(none)");
    CHECK(TextOf(*fs.AfterPowerCut(0), "d/a") == "old");
    REQUIRE(fs.SyncDirectory("d").ok());
    CHECK(TextOf(*fs.AfterPowerCut(0), "d/a") == "(none)");
  }
  SECTION("replacing") {
    const auto file = NewFileWith(fs, "d", AsBytes("new"));
    REQUIRE(file->Sync().ok());
    REQUIRE(file->ReplaceAs("d/a").ok());
    CHECK(TextOf(fs, "d/a") == "new");
    CHECK(TextOf(*fs.AfterPowerCut(0), "d/a") == "old");
    REQUIRE(fs.SyncDirectory("d").ok());
    CHECK(TextOf(*fs.AfterPowerCut(0), "d/a") == "new");
  }
}

TEST_CASE("sim fs: every choice leaves what is durable alone and loses the rest in many ways") {
  SimFs fs;
  REQUIRE(WriteFileOnce(fs, "safe", AsBytes("safe")).ok());
  const Bytes content = Pattern(2000);
  const auto half_synced = NewFileWith(fs, "", ByteView(content).first(700));
  REQUIRE(half_synced->Sync().ok());
  REQUIRE(half_synced->Append(ByteView(content).subspan(700)).ok());
  REQUIRE(half_synced->PublishAs("half").ok());
  REQUIRE(fs.SyncDirectory("").ok());
  for (const std::string name : {"x", "y"}) REQUIRE(NewFileWith(fs, "", AsBytes(name))->PublishAs(name).ok());

  std::set<std::string> namings;
  bool zeros = false, prefix = false, whole = false;
  for (uint64_t choice = 0; choice < 64; ++choice) {
    const auto after = fs.AfterPowerCut(choice);
    CHECK(after->DurableDigest() == fs.AfterPowerCut(choice)->DurableDigest());  // one choice, one state
    CHECK(TextOf(*after, "safe") == "safe");
    const Bytes half = ToBytes(TextOf(*after, "half"));
    REQUIRE(half.size() >= 700);
    CHECK(Equal(ByteView(half).first(700), ByteView(content).first(700)));
    const size_t same =
        static_cast<size_t>(std::mismatch(half.begin(), half.end(), content.begin()).first - half.begin());
    CHECK((same == half.size() || (half.size() == 2000 && half[same] == 0 && half.back() == 0)));
    CHECK((same == 700 || same == 2000 || same % 512 == 0));
    zeros |= same < half.size();
    prefix |= half.size() < 2000;
    whole |= same == 2000;
    namings.insert((TextOf(*after, "x") == "(none)" ? "-" : "x") +
                   std::string(TextOf(*after, "y") == "(none)" ? "-" : "y"));
  }
  CHECK((zeros && prefix && whole));
  CHECK(namings.size() == 4);
}

TEST_CASE("sim fs: stopping at an operation lets that and all later ones fail, reads too") {
  SimFs fs;
  REQUIRE(WriteFileOnce(fs, "a", AsBytes("1")).ok());
  const uint64_t next = fs.operations();
  CHECK(next == 5);  // create, append, sync, publish, sync of the folder
  fs.StopAt(next + 3);
  CHECK(WriteFileOnce(fs, "b", AsBytes("2")).code() == Code::io);
  CHECK(fs.stopped());
  CHECK(fs.Open("a").status().code() == Code::io);
  CHECK(fs.List("").status().code() == Code::io);
  CHECK(fs.MakeDirectory("d").code() == Code::io);
  CHECK(fs.operations() == next + 4);
  const auto after = fs.AfterPowerCut(1);
  CHECK_FALSE(after->stopped());
  CHECK(after->operations() == 0);
  CHECK(TextOf(*after, "a") == "1");
  CHECK(TextOf(*after, "b") == "(none)");
  CHECK(WriteFileOnce(*after, "b", AsBytes("2")).ok());
}

TEST_CASE("sim fs: a torn append keeps a prefix in whole sectors and stops the machine") {
  std::set<size_t> kept;
  for (uint64_t earlier = 0; earlier < 40; ++earlier) {
    SimFs fs(Temporaries::named);  // so that what was torn can be seen
    for (uint64_t i = 0; i < earlier; ++i) REQUIRE(fs.MakeDirectory("d").ok());
    const auto file = NewFileWith(fs, "", AsBytes(std::string(100, 'a')));
    fs.TearAppendAt(fs.operations());
    CHECK(file->Append(Pattern(1600)).code() == Code::io);
    CHECK(fs.stopped());
    CHECK(file->PublishAs("a").code() == Code::io);
    kept.insert(TextOf(*fs.AfterPowerCut(1), "tmp-0").size());
  }
  CHECK(kept == std::set<size_t>{100, 512, 1024, 1536});
}

TEST_CASE("sim fs: an operation that is no append cannot be torn and stops the machine") {
  SimFs fs;
  fs.TearAppendAt(0);
  CHECK(fs.MakeDirectory("d").code() == Code::io);
  CHECK(fs.stopped());
}

TEST_CASE("sim fs: a named temporary goes with its file, unless the process dies first") {
  SimFs fs(Temporaries::named);
  auto file = NewFileWith(fs, "", AsBytes("x"));
  CHECK(TextOf(fs, "tmp-0") == "x");
  const auto after = fs.AfterProcessDeath();
  SECTION("given up") { file.reset(); }
  SECTION("published") {
    REQUIRE(file->PublishAs("a").ok());
    file.reset();
    CHECK(TextOf(fs, "a") == "x");
  }
  CHECK(TextOf(fs, "tmp-0") == "(none)");
  CHECK(TextOf(*after, "tmp-0") == "x");
  REQUIRE(NewFileWith(*after, "", AsBytes("y"))->PublishAs("b").ok());
  CHECK(TextOf(*after, "tmp-0") == "x");
  CHECK(TextOf(*after, "tmp-1") == "(none)");
}

TEST_CASE("sim fs: an operation that fails once does nothing, and later ones work") {
  SimFs fs;
  SECTION("append: the file is given up") {
    fs.FailOnce(1, Status(Code::no_space, "full"));
    auto file = fs.Create("");
    const Status failed = (*file)->Append(AsBytes("x"));
    CHECK(failed.code() == Code::no_space);
    CHECK(failed.message().find("write: ") == 0);
    CHECK((*file)->Append(AsBytes("x")).code() == Code::no_space);
    CHECK((*file)->PublishAs("a").code() == Code::no_space);
    CHECK(WriteFileOnce(fs, "a", AsBytes("x")).ok());
  }
  SECTION("sync: a second one reports ok, as Linux does, and the bytes are lost") {
    fs.FailOnce(2, Status(Code::io, "bad sector"));
    auto file = fs.Create("");
    REQUIRE((*file)->Append(AsBytes("x")).ok());
    CHECK((*file)->Sync().code() == Code::io);
    CHECK((*file)->Sync().ok());
    REQUIRE((*file)->PublishAs("a").ok());
    REQUIRE(fs.SyncDirectory("").ok());
    CHECK(TextOf(fs, "a") == "x");
    CHECK(TextOf(*fs.AfterPowerCut(0), "a").empty());
  }
  SECTION("publish, folder, removal") {
    fs.FailOnce(3, Status(Code::no_space, "full"));
    CHECK(WriteFileOnce(fs, "a", AsBytes("x")).code() == Code::no_space);
    CHECK(TextOf(fs, "a") == "(none)");
    fs.FailOnce(4, Status(Code::no_space, "full"));
    CHECK(fs.MakeDirectory("d").code() == Code::no_space);
    CHECK(fs.MakeDirectory("d").ok());
    fs.FailOnce(6, Status(Code::io, "bad sector"));
    CHECK(fs.SyncDirectory("").code() == Code::io);
    CHECK(fs.AfterPowerCut(0)->List("")->empty());
    fs.Plant("b", AsBytes("b"));
    fs.FailOnce(7, Status(Code::denied, "no"));
    CHECK(fs.Remove("b").code() == Code::denied);
    CHECK(TextOf(fs, "b") == "b");
  }
}

TEST_CASE("sim fs: the digest tells durable states apart and nothing else") {
  SimFs fs;
  const uint64_t empty = fs.DurableDigest();
  const auto file = NewFileWith(fs, "", AsBytes("x"));
  REQUIRE(file->PublishAs("a").ok());
  CHECK(fs.DurableDigest() == empty);
  REQUIRE(fs.SyncDirectory("").ok());
  const uint64_t named = fs.DurableDigest();
  CHECK(named != empty);
  REQUIRE(file->Sync().ok());
  const uint64_t whole = fs.DurableDigest();
  CHECK(whole != named);
  CHECK(fs.AfterPowerCut(0)->DurableDigest() == whole);
  CHECK(fs.AfterProcessDeath()->DurableDigest() == whole);
  SimFs other;
  other.Plant("a", AsBytes("x"));
  CHECK(other.DurableDigest() == whole);
  other.Plant("b/c", AsBytes("x"));
  CHECK(other.DurableDigest() != whole);
}

TEST_CASE("sim fs: what comes out of a crash is independent of what it came from") {
  SimFs fs;
  REQUIRE(WriteFileOnce(fs, "a", AsBytes("1")).ok());
  REQUIRE(NewFileWith(fs, "", AsBytes("2"))->PublishAs("b").ok());
  const auto dead = fs.AfterProcessDeath();
  const auto cut = fs.AfterPowerCut(1);
  REQUIRE(dead->Remove("a").ok());
  REQUIRE(ReplaceFile(*cut, "b", AsBytes("3")).ok());
  CHECK(TextOf(fs, "a") == "1");
  CHECK(TextOf(fs, "b") == "2");
  CHECK(TextOf(*dead, "b") == "2");
}

TEST_CASE("sim fs: many threads may use it at once") {
  SimFs fs;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&fs, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string path = std::to_string(t) + "-" + std::to_string(i);
        if (!WriteFileOnce(fs, path, AsBytes(path)).ok()) std::abort();
        if (TextOf(fs, path) != path || !fs.List("").ok()) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(fs.List("")->size() == 200);
  CHECK(fs.operations() == 200 * 5);
  CHECK(fs.AfterPowerCut(0)->List("")->size() == 200);
}

}  // namespace
}  // namespace pulih

#include "engine/source/listing.h"

#include <dirent.h>

#include <random>

#include "tests/engine/source/walk_record.h"

namespace pulih {

namespace {

Names ReadAll(Listing& listing) {
  Names names;
  for (ListedName next;;) {
    Result<bool> more = listing.Next(next);
    REQUIRE(more.ok());
    if (!*more) return names;
    CHECK(next.name.data()[next.name.size()] == '\0');
    names.emplace_back(next.name);
  }
}

Names MakeNames(const std::string& folder, size_t count) {
  std::mt19937 random(11);
  Names names;
  for (size_t i = 0; i < count; ++i) {
    std::string name = std::to_string(i) + "-";
    for (size_t n = random() % 20; n > 0; --n) name += static_cast<char>(1 + random() % 255);
    std::replace(name.begin(), name.end(), '/', '\xff');
    WriteText(folder + "/" + name, "");
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("a listing is sorted by bytes, in memory and through runs of any size") {
  const TemporaryDirectory top;
  const Names names = MakeNames(top.path(), 3000);
  const UniqueFd folder(::open(top.path().c_str(), O_RDONLY | O_DIRECTORY));
  Bytes buffer(4096);
  SpillFile spill("/tmp");
  Listing listing;
  const size_t limit = GENERATE(1u, 2000u, 20'000u, 10'000'000u);
  REQUIRE(listing.Read(folder.get(), buffer, limit, spill, "top").ok());
  CHECK((spill.end() > 0) == (limit < 1'000'000));
  CHECK(listing.held_bytes() < std::max<size_t>(limit, 8192) * 2);
  CHECK(ReadAll(listing) == names);
  listing.Clear();
  CHECK(spill.end() == 0);
  CHECK(ReadAll(listing).empty());
}

TEST_CASE("where nothing can be spilled the names stay in memory") {
  const TemporaryDirectory top;
  const Names names = MakeNames(top.path(), 500);
  const UniqueFd folder(::open(top.path().c_str(), O_RDONLY | O_DIRECTORY));
  Bytes buffer(4096);
  SpillFile spill(top / "no/such/folder");
  Listing listing;
  REQUIRE(listing.Read(folder.get(), buffer, 1000, spill, "top").ok());
  CHECK(ReadAll(listing) == names);
}

TEST_CASE("a spill file reads what was appended and drops from its end") {
  SpillFile spill("/tmp");
  Bytes first(100'000, 1), second(10, 2), read(10);
  REQUIRE(spill.Append(first).ok());
  REQUIRE(spill.Append(second).ok());
  REQUIRE(spill.ReadAt(100'000, read).ok());
  CHECK(read == second);
  CHECK_FALSE(spill.ReadAt(100'001, read).ok());
  spill.DropFrom(100'000);
  CHECK(spill.end() == 100'000);
  CHECK_FALSE(spill.ReadAt(100'000, read).ok());
}

TEST_CASE("a folder that cannot be listed says so") {
  const TemporaryDirectory top;
  WriteText(top / "file");
  const UniqueFd file(::open((top / "file").c_str(), O_RDONLY));
  Bytes buffer(4096);
  SpillFile spill("/tmp");
  Listing listing;
  const Status status = listing.Read(file.get(), buffer, 1000, spill, "some/path");
  CHECK(status.message().find("list folder: some/path") == 0);
}

}  // namespace pulih

#include "engine/source/file_stat.h"

#include <sys/xattr.h>

#include "tests/engine/source/walk_record.h"

namespace pulih {

TEST_CASE("both ways to read xattrs give the same, by name and by descriptor, and follow no link") {
  const TemporaryDirectory top;
  WriteText(top / "file");
  REQUIRE(::symlink("file", (top / "link").c_str()) == 0);
  std::vector<Xattr> expected;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "user.n" + std::to_string((i * 7 + 3) % 20);
    const Bytes value(static_cast<size_t>(i) * 9, static_cast<uint8_t>(i));
    if (::setxattr((top / "file").c_str(), name.c_str(), value.data(), value.size(), 0) != 0) {
      WARN("skipped: 1 (no user attributes in /tmp)");
      return;
    }
    expected.push_back({name, value});
  }
  std::sort(expected.begin(), expected.end(), [](const Xattr& a, const Xattr& b) { return a.name < b.name; });
  const UniqueFd folder(::open(top.path().c_str(), O_PATH | O_DIRECTORY));
  const UniqueFd file(::open((top / "file").c_str(), O_RDONLY));
  XattrReader reader(GENERATE(true, false));
  std::vector<Xattr> named, open, link;
  std::vector<Status> failed;
  reader.ReadNamed(folder.get(), "file", "file", named, failed);
  reader.ReadOpen(file.get(), "file", open, failed);
  reader.ReadNamed(folder.get(), "link", "link", link, failed);
  CHECK(named == expected);
  CHECK(open == expected);
  CHECK(link.empty());
  CHECK(failed.empty());

  reader.ReadNamed(folder.get(), "none", "x/none", link, failed);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].code() == Code::not_found);
  CHECK(failed[0].message().find("x/none") != std::string::npos);
}

TEST_CASE("a link's target is read whole, whatever its length") {
  const TemporaryDirectory top;
  const UniqueFd folder(::open(top.path().c_str(), O_PATH | O_DIRECTORY));
  std::string read = "left over";
  for (size_t length : {1u, 59u, 60u, 255u, 4095u}) {
    const std::string target(length, 't');
    const std::string name = "link" + std::to_string(length);
    REQUIRE(::symlinkat(target.c_str(), folder.get(), name.c_str()) == 0);
    CHECK(ReadLink(folder.get(), name.c_str(), read) == 0);
    CHECK(read == target);
  }
  CHECK(ReadLink(folder.get(), "none", read) == ENOENT);
  CHECK(read.empty());
}

TEST_CASE("users and groups without a name have an empty one") {
  NameCache names;
  CHECK(names.User(0) == "root");
  CHECK(names.Group(0) == "root");
  CHECK(names.User(3'999'999'999).empty());
  CHECK(names.Group(3'999'999'999).empty());
  CHECK(names.User(0) == "root");
}

}  // namespace pulih

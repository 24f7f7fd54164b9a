#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "engine/crypto/sha256.h"
#include "engine/recover/ingest.h"
#include "tests/support/temporary_directory.h"

namespace pulih {
namespace {

struct World {
  World() { REQUIRE(InitialiseCrypto()); }
  std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  std::unique_ptr<RandomSource> random = NewSeededRandom(7);
  SystemClock clock;
  CaseEnvironment environment() { return {*files, *random, clock, "budi@lpse"}; }
};

void Put(const std::string& path, const std::string& text) {
  for (size_t at = path.find('/', 1); at != path.npos; at = path.find('/', at + 1)) ::mkdir(path.substr(0, at).c_str(), 0700);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::string HeapPage(uint8_t fill) {
  Bytes page(8192);
  StoreLe<uint16_t>(page.data() + 12, 28);
  StoreLe<uint16_t>(page.data() + 14, 8000);
  StoreLe<uint16_t>(page.data() + 16, 8192);
  StoreLe<uint16_t>(page.data() + 18, 0x2004);
  StoreLe<uint32_t>(page.data() + 24, 8000 | (1u << 15) | (192u << 17));
  for (size_t i = 8000; i < 8192; ++i) page[i] = static_cast<uint8_t>(i * 3 + fill);
  return ToText(page);
}
std::string WalPage(uint32_t segment) {
  Bytes page(8192);
  StoreLe<uint16_t>(page.data(), 0xd110);
  StoreLe<uint16_t>(page.data() + 2, 2);
  StoreLe<uint32_t>(page.data() + 4, 1);
  StoreLe<uint64_t>(page.data() + 8, uint64_t{segment} << 24);
  return ToText(page);
}

struct Fixture {
  World world;
  TemporaryDirectory folder;
  std::unique_ptr<Case> made;
  SilentProgress silent;
  Fixture() {
    auto created = Case::Create(folder / "case", world.environment());
    REQUIRE(created.ok());
    made = std::move(*created);
  }
  AddReport Add(const std::vector<std::string>& names, const AddOptions& options = {}) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(folder / name);
    auto report = AddEvidence(*made, paths, options, silent);
    REQUIRE(report.ok());
    return std::move(*report);
  }
  EvidenceRegister evidence() { return EvidenceRegister(made->kv()); }
};

}  // namespace

TEST_CASE("what belongs together is one piece of evidence, all else is one of its own") {
  Fixture f;
  const std::string dump = "1\tjembatan\tx\n2\tjalan\ty\n";
  Put(f.folder / "e/pgdata/PG_VERSION", "9.3\n");
  Put(f.folder / "e/pgdata/base/16384/1259", HeapPage(1));
  Put(f.folder / "e/pgdata/base/16384/2619", std::string(8192, '\0'));
  Put(f.folder / "e/pgdata/pg_clog/0000", std::string(8192, 'U'));
  Put(f.folder / "e/pgdata/pg_xlog/000000010000000000000001", WalPage(1));
  Put(f.folder / "e/pgdata/pg_xlog/000000010000000000000002", WalPage(2));
  Put(f.folder / "e/lost/base/16384/16385", HeapPage(2));
  Put(f.folder / "e/lost/base/16384/16386", HeapPage(3));
  Put(f.folder / "e/lost/global/1262", HeapPage(4));
  Put(f.folder / "e/lost/global/1260", HeapPage(5));
  Put(f.folder / "e/dir/3410.dat.gz", "\x1f\x8b\x08 and more");
  Put(f.folder / "e/dir/3411.dat", dump);
  Put(f.folder / "e/dir/notes.txt", "a text by somebody\n");
  Put(f.folder / "e/renamed/one", WalPage(3));
  Put(f.folder / "e/renamed/two", WalPage(4));
  const AddReport report = f.Add({"e"});
  std::map<std::string, std::pair<UnitKind, uint32_t>> found;
  for (const Evidence& e : report.evidence) found[e.name] = {e.unit, e.files};
  CHECK(found.size() == 6);
  CHECK(found["pgdata"] == std::pair(UnitKind::data_directory, 4u));
  CHECK(found["pg_xlog"] == std::pair(UnitKind::wal_folder, 2u));
  CHECK(found["lost"] == std::pair(UnitKind::data_directory, 4u));
  CHECK(found["dir"] == std::pair(UnitKind::directory_dump, 2u));
  CHECK(found["renamed"] == std::pair(UnitKind::wal_folder, 2u));
  CHECK(found["notes.txt"] == std::pair(UnitKind::file, 1u));
  for (const Evidence& e : report.evidence) CHECK(e.source_class == (e.name == "notes.txt" ? 0 : 1));
}

TEST_CASE("segments that are named one by one are one folder") {
  Fixture f;
  for (const char* n : {"1", "2", "3"}) Put(f.folder / "w/00000001000000000000000" + n, WalPage(static_cast<uint32_t>(n[0] - '0')));
  const AddReport report = f.Add({"w/000000010000000000000001", "w/000000010000000000000003", "w/000000010000000000000002"});
  REQUIRE(report.evidence.size() == 1);
  CHECK(report.evidence[0].files == 3);
}

TEST_CASE("the same content twice is one piece of evidence with two origins") {
  Fixture f;
  Put(f.folder / "a/copy.csv", "a,b\n1,2\n3,4\n");
  Put(f.folder / "b/other name", "a,b\n1,2\n3,4\n");
  f.Add({"a"}, {.custodian = "Budi", .origin = "desk", .source_class = 0, .captured = {}});
  const AddReport second = f.Add({"b"}, {.custodian = "Siti", .origin = {}, .source_class = 3, .captured = "2014-06-01"});
  REQUIRE(second.evidence.size() == 1);
  CHECK_FALSE(second.is_new[0]);
  CHECK(second.evidence[0].source_class == 3);
  CHECK(second.evidence[0].captured == "2014-06-01");
  const auto origins = f.evidence().Origins(1);
  REQUIRE(origins.ok());
  REQUIRE(origins->size() == 2);
  CHECK((*origins)[0].custodian == "Budi");
  CHECK((*origins)[1].custodian == "Siti");
  CHECK(f.evidence().Files(1)->at(0).sha256 == Sha256Of(AsBytes("a,b\n1,2\n3,4\n")));
  // The very same again is no event.
  const size_t entries = f.made->custody().entries().size();
  f.Add({"b"}, {.custodian = "Siti", .origin = {}, .source_class = 3, .captured = "2014-06-01"});
  f.Add({"b"}, {});
  CHECK(f.made->custody().entries().size() == entries);
  CHECK(f.evidence().Origins(1)->size() == 2);
  // What differs is a new word about it.
  f.Add({"b"}, {.custodian = "Rina", .origin = {}, .source_class = 0, .captured = {}});
  CHECK(f.evidence().Origins(1)->size() == 3);
}

TEST_CASE("links and special files are left out and told, and nothing that was read is changed") {
  Fixture f;
  Put(f.folder / "e/file", "text of a file\n");
  Put(f.folder / "outside", "secret\n");
  REQUIRE(::symlink((f.folder / "outside").c_str(), (f.folder / "e/link").c_str()) == 0);
  REQUIRE(::mkfifo((f.folder / "e/pipe").c_str(), 0600) == 0);
  const timespec old[2] = {{1000000000, 0}, {1000000000, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (f.folder / "e/file").c_str(), old, 0) == 0);
  const AddReport report = f.Add({"e"});
  CHECK(report.evidence.size() == 1);
  CHECK(report.skipped.size() == 2);
  CHECK(f.evidence().Skipped()->size() == 2);
  struct stat s{};
  REQUIRE(::stat((f.folder / "e/file").c_str(), &s) == 0);
  CHECK(s.st_mtim.tv_sec == 1000000000);
  CHECK(s.st_atim.tv_sec == 1000000000);
  CHECK(report.evidence[0].captured.empty());  // the time of a file is no time of its content
}

TEST_CASE("hashes and kinds of all blocks are kept, and a file that is as it was is not read twice") {
  Fixture f;
  std::string big;
  for (int i = 0; i < 700; ++i) big += HeapPage(static_cast<uint8_t>(i));
  big += "tail";
  Put(f.folder / "e/big", big);
  CHECK(f.Add({"e"}).bytes_read == big.size());
  const auto content = f.evidence().FindContent(Sha256Of(AsBytes(big)));
  REQUIRE(content.ok());
  REQUIRE(content->has_value());
  uint64_t blocks = 0, wrong = 0;
  REQUIRE(f.evidence().BlockHashes(**content, [&](uint64_t block, ByteView hash) {
    const Digest expected = Sha256Of(AsBytes(std::string_view(big).substr(block * 4096, 4096)));
    wrong += block != blocks++ || !Equal(hash, expected.view().first(16));
    return true;
  }).ok());
  CHECK(blocks == 1401);
  CHECK(wrong == 0);
  const auto map = f.evidence().BlockMap(**content);
  REQUIRE(map.ok());
  CHECK(map->front() == BlockRun{BlockKind::heap, 1400});
  CHECK(f.Add({"e"}).bytes_read == 0);
  Put(f.folder / "e/big", big + "x");
  CHECK(f.Add({"e"}).bytes_read == big.size() + 1);
  CHECK(f.evidence().List()->size() == 2);
}

TEST_CASE("a path that is not there is an error, and the case itself is no evidence") {
  Fixture f;
  CHECK(AddEvidence(*f.made, {f.folder / "none"}, {}, f.silent).status().code() == Code::not_found);
  Put(f.folder / "text", "x\n");
  const AddReport report = f.Add({""});
  CHECK(report.evidence.size() == 1);
  CHECK(report.skipped.size() == 1);
}

}  // namespace pulih

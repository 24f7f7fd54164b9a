#include "formats/postgres/control.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "engine/base/endian.h"
#include "tests/formats/postgres/page_specimens.h"

namespace pulih {
namespace {

namespace fs = std::filesystem;

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST_CASE("checksums are those of the server") {
  CHECK(PgCrc32c(AsBytes("123456789")) == 0xe3069283);
  // Neither CRC-32 (cbf43926) nor CRC-32C: the reflected table without the reflection.
  CHECK(PgLegacyCrc32(AsBytes("123456789")) != 0xcbf43926);
  CHECK(PgLegacyCrc32(AsBytes("")) == 0);
}

TEST_CASE("pg_control of releases before 9.5 is read") {
  const auto control = ReadPgControl(OldControlFile(904));
  REQUIRE(control.ok());
  CHECK(control->proven);
  CHECK(control->major == 904);
  CHECK(control->system_identifier == 6040120944989169512);
  CHECK(control->checkpoint_lsn == 0x1'0a000028);
  CHECK(control->next_xid == 12345);
  CHECK(control->checksum_version == 1);
  CHECK_FALSE(control->float_times);
  const auto older = ReadPgControl(OldControlFile(804));
  REQUIRE(older.ok());
  CHECK(older->proven);
  CHECK(older->major == 804);
  CHECK(older->checkpoint_lsn == 0x1'0a000028);
  CHECK(older->next_xid == 12345);
  CHECK(older->state == static_cast<uint32_t>(ClusterState::in_production));
  CHECK(older->float_times);
  CHECK(older->checksum_version == 0);
}

TEST_CASE("a changed byte of pg_control takes its proof") {
  const Bytes sound = OldControlFile(904);
  constexpr size_t kEnd = 284;  // of the checksum, behind which nothing counts
  for (size_t at = 0; at < kEnd; ++at) {
    Bytes file = sound;
    file[at] ^= 0x10;
    const auto control = ReadPgControl(file);
    CHECK((!control.ok() || !control->proven));
  }
  for (size_t size = 0; size < 512; ++size) CHECK_FALSE(ReadPgControl(ByteView(sound).first(size)).ok());
  CHECK_FALSE(ReadPgControl(Bytes(8192)).ok());
  CHECK_FALSE(ReadPgControl(Bytes(8192, 0xff)).ok());
}

TEST_CASE("versions are told by their texts and numbers") {
  CHECK(MajorOfVersionFile("9.4\n") == 904);
  CHECK(MajorOfVersionFile("8.4") == 804);
  CHECK(MajorOfVersionFile("15\n") == 1500);
  for (const std::string_view none : {"", "\n", "9", "9.", "9.44", "15.2", "abc", "-1", "15 ", "999", ".4"})
    CHECK(MajorOfVersionFile(none) == 0);
  CHECK(MajorOfCatalogVersion(201409291) == 904);
  CHECK(MajorOfCatalogVersion(201409292) == 905);
  CHECK(MajorOfCatalogVersion(202506291) == 1800);
  CHECK(MajorOfCatalogVersion(202606291) == 0);
  CHECK(MajorOfCatalogVersion(0) == 0);
  CHECK(MajorText(904) == "9.4");
  CHECK(MajorText(1500) == "15");
}

// The value of a field in a dump of fq: "|  name: VALUE 0x…" or "name: "WORD" (VALUE)".
uint64_t DumpedValue(const std::string& dump, const std::string& name) {
  const size_t at = dump.find("|  " + name + ": ");
  REQUIRE(at != std::string::npos);
  std::string value = dump.substr(at + name.size() + 5, dump.find('\n', at) - at - name.size() - 5);
  if (value.starts_with('"')) value = value.substr(value.find('(') + 1);
  return std::stoull(value);
}

TEST_CASE("pg_control of real clusters is read as their field dumps say") {
  const fs::path folder = PULIH_FQ_FIXTURES;
  if (!fs::is_directory(folder)) {
    WARN("skipped: " << folder << " is not there");
    return;
  }
  size_t read = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string bytes = ReadText(entry.path() / "pg_control"), dump = ReadText(entry.path() / "pg_control.fqtest");
    INFO(entry.path());
    const auto control = ReadPgControl(AsBytes(bytes));
    REQUIRE(control.ok());
    ++read;
    CHECK(control->proven);
    const std::string name = entry.path().filename();
    CHECK(MajorText(control->major) == name.substr(name.size() - 2));
    CHECK(control->system_identifier == DumpedValue(dump, "system_identifier"));
    CHECK(control->catalog_version == DumpedValue(dump, "catalog_version_no"));
    CHECK(control->control_version == DumpedValue(dump, "pg_control_version"));
    CHECK(control->state == DumpedValue(dump, "state"));
    CHECK(control->checkpoint_lsn == LoadLe<uint64_t>(AsBytes(bytes).data() + 0x20));
    const std::string next = dump.find("next_full_xid") == std::string::npos ? "  next_xid" : "  next_full_xid";
    CHECK(control->next_xid == static_cast<uint32_t>(DumpedValue(dump, next)));
    CHECK(control->block_size == DumpedValue(dump, "blcksz"));
    CHECK(control->wal_segment_size == DumpedValue(dump, "xlog_seg_size"));
    CHECK(control->checksum_version == DumpedValue(dump, "data_checksum_version"));
    CHECK_FALSE(control->float_times);
  }
  CHECK(read == 9);
}

}  // namespace
}  // namespace pulih

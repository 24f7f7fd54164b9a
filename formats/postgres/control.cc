#include "formats/postgres/control.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/crc32c.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

constexpr size_t kUsedAtMost = 512;  // PG_CONTROL_MAX_SAFE_SIZE: one sector, so that it is never torn
constexpr std::array<uint8_t, 8> kFloatFormat = {0, 0, 0, 0, 0x87, 0xd6, 0x32, 0x41};  // 1234567.0

struct Release {
  PgMajor major;
  uint32_t control_version, catalog_version;
};
constexpr Release kReleases[] = {
    {804, 843, 200904091},   {900, 903, 201008051},   {901, 903, 201105231},   {902, 922, 201204301},
    {903, 937, 201306121},   {904, 942, 201409291},   {905, 942, 201510051},   {906, 960, 201608131},
    {1000, 1002, 201707211}, {1100, 1100, 201809051}, {1200, 1201, 201909212}, {1300, 1300, 202007201},
    {1400, 1300, 202107181}, {1500, 1300, 202209061}, {1600, 1300, 202307071}, {1700, 1300, 202406281},
    {1800, 1800, 202506291},
};

// Of the releases with this control version the first whose catalog is as new: what was built on the way to it counts
// as it. Vendors with a mark in the upper half (Postgres Pro Enterprise) go on counting from the release they built on.
PgMajor MajorOf(uint32_t control_version, uint32_t catalog_version) {
  const bool is_vendor = control_version > 0xffff;
  PgMajor last = 0;
  for (const Release& release : kReleases) {
    if (release.control_version != (control_version & 0xffff)) continue;
    if (is_vendor && last != 0 && catalog_version < release.catalog_version) return last;
    last = release.major;
    if (!is_vendor && catalog_version <= release.catalog_version) return last;
  }
  return last != 0 ? last : MajorOfCatalogVersion(catalog_version);
}

constexpr std::array<uint32_t, 256> MakeTable(uint32_t polynomial) {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
    table[i] = value;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCastagnoli = MakeTable(0x82f63b78), kEthernet = MakeTable(0xedb88320);

uint32_t StepCastagnoli(uint32_t crc, uint8_t byte) { return kCastagnoli[(crc ^ byte) & 0xff] ^ (crc >> 8); }
uint32_t StepLegacy(uint32_t crc, uint8_t byte) { return kEthernet[((crc >> 24) ^ byte) & 0xff] ^ (crc << 8); }

// The CRC stands behind the last field, wherever that is in this version: 110 places are tried, so a false one has a
// chance of 5e-8.
bool FindCrc(ByteView file) {
  constexpr size_t kFirst = 128;
  uint32_t castagnoli = 0xffffffff, legacy = 0xffffffff;
  for (size_t at = 0; at + 4 <= std::min(file.size(), kUsedAtMost); ++at) {
    if (at >= kFirst && at % 4 == 0) {
      const uint32_t stored = LoadLe<uint32_t>(file.data() + at);
      if (stored == (castagnoli ^ 0xffffffff) || stored == (legacy ^ 0xffffffff)) return true;
    }
    castagnoli = StepCastagnoli(castagnoli, file[at]);
    legacy = StepLegacy(legacy, file[at]);
  }
  return false;
}

bool IsPowerOfTwo(uint32_t value, uint32_t least, uint32_t most) {
  return value >= least && value <= most && (value & (value - 1)) == 0;
}

// Sizes that the server was built with, from the constant on.
bool ReadBuild(ByteView from, PgControl& control) {
  if (from.size() < 48) return false;
  const auto word = [&](size_t at) { return LoadLe<uint32_t>(from.data() + at); };
  if (!IsPowerOfTwo(word(8), 1024, 32768) || !IsPowerOfTwo(word(16), 1024, 65536) || word(24) != 64) return false;
  control.block_size = word(8);
  control.segment_blocks = word(12);
  control.wal_block_size = word(16);
  control.wal_segment_size = word(20);
  control.max_toast_chunk = word(32);
  const bool has_large_object_size = control.major == 0 || control.major >= 904;
  const size_t flags = has_large_object_size ? 40 : 36;
  if (control.major != 0 && control.major <= 906) control.float_times = from[flags] == 0;
  if (control.major == 0 || control.major >= 903) control.checksum_version = word(flags + 4);
  return true;
}

void ReadCheckpoint(ByteView file, PgControl& control) {
  const auto word = [&](size_t at) { return LoadLe<uint32_t>(file.data() + at); };
  const bool halves = control.major != 0 && control.major < 903;  // an LSN was a struct, the high half first
  control.checkpoint_lsn = halves ? (uint64_t{word(32)} << 32) | word(36) : LoadLe<uint64_t>(file.data() + 32);
  if (control.major == 0) return;
  const size_t copy = control.major <= 1000 ? 48 : 40;
  control.next_xid = word(copy + (control.major <= 901 ? 16 : control.major == 902 ? 20 : 24));
}

}  // namespace

PgMajor MajorOfVersionFile(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  unsigned first = 0, second = 0;
  const char* const end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, first);
  if (error != std::errc() || first > 99) return 0;
  if (at == end) return first >= 10 ? static_cast<PgMajor>(first * 100) : 0;
  if (*at != '.' || first >= 10) return 0;
  const auto rest = std::from_chars(at + 1, end, second);
  if (rest.ec != std::errc() || rest.ptr != end || second > 9) return 0;
  return static_cast<PgMajor>(first * 100 + second);
}

PgMajor MajorOfCatalogVersion(uint32_t catalog_version) {
  constexpr uint32_t kEarliest = 200711281;  // of 8.3: what is older led to another release
  if (catalog_version <= kEarliest) return 0;
  for (const Release& release : kReleases)
    if (catalog_version <= release.catalog_version) return release.major;
  return 0;
}

std::string MajorText(PgMajor major) {
  if (major == 0) return "unknown";
  return major >= 1000 ? std::to_string(major / 100) : std::to_string(major / 100) + "." + std::to_string(major % 100);
}

Result<PgControl> ReadPgControl(ByteView file) {
  if (file.size() < kUsedAtMost) return Status(Code::corrupt, "read pg_control: it ends early");
  PgControl control;
  control.system_identifier = LoadLe<uint64_t>(file.data());
  control.control_version = LoadLe<uint32_t>(file.data() + 8);
  control.catalog_version = LoadLe<uint32_t>(file.data() + 12);
  control.major = MajorOf(control.control_version, control.catalog_version);
  control.proven = FindCrc(file);

  const ByteView head = file.first(kUsedAtMost);
  const auto constant = std::search(head.begin(), head.end(), kFloatFormat.begin(), kFloatFormat.end());
  const bool built = constant != head.end() && ReadBuild(head.subspan(static_cast<size_t>(constant - head.begin())), control);
  if (!control.proven && !built) return Status(Code::corrupt, "read pg_control: neither its checksum nor its constants agree");
  control.state = LoadLe<uint32_t>(file.data() + 16);
  if (control.major == 804 && control.state >= 2) ++control.state;  // 9.0 put "shut down in recovery" before these
  control.time = LoadLe<int64_t>(file.data() + 24);
  ReadCheckpoint(file, control);
  return control;
}

uint32_t PgCrc32c(ByteView bytes) {
  Crc32c crc;
  crc.Update(bytes);
  return crc.Finish();
}

void PgLegacyCrc::Update(ByteView bytes) {
  for (const uint8_t byte : bytes) state_ = StepLegacy(state_, byte);
}

uint32_t PgLegacyCrc32(ByteView bytes) {
  PgLegacyCrc crc;
  crc.Update(bytes);
  return crc.Finish();
}

}  // namespace pulih

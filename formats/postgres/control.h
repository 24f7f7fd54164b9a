// global/pg_control of PostgreSQL 8.4 to 18: which cluster this was, which version, and how its pages are built. And the
// numbers of versions as PG_VERSION and the catalog's own number tell them.
//
// It is tolerant: the file is 8 KiB of which 300 bytes are used, its middle differs from version to version and from
// vendor to vendor, so the fields that matter are found by the constants that PostgreSQL itself wrote to recognise a
// foreign machine (1234567.0, the alignment before it, the sizes behind it), and what does not show itself stays 0.
//
// Pure. Source: src/include/catalog/pg_control.h, src/include/port/pg_crc32c.h, src/include/utils/pg_crc.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

// A release line of PostgreSQL as server_version_num / 100: 804 (8.4) … 906 (9.6), 1000 (10) … 1800 (18). 0: not known.
using PgMajor = uint16_t;
inline constexpr PgMajor kOldestMajor = 804, kNewestMajor = 1800;

// Of the text of a file PG_VERSION ("9.4\n", "15\n"); 0 for any other text.
PgMajor MajorOfVersionFile(std::string_view text);
// Of a catalog version number (CATALOG_VERSION_NO, 201409291): the release that it led to. A number behind the newest
// release we know is 0.
PgMajor MajorOfCatalogVersion(uint32_t catalog_version);
// "8.4", "9.6", "15".
std::string MajorText(PgMajor major);

enum class ClusterState : uint32_t {  // as stored
  starting_up = 0, shut_down = 1, shut_down_in_recovery = 2, shutting_down = 3, crash_recovery = 4,
  archive_recovery = 5, in_production = 6,
};

struct PgControl {
  uint64_t system_identifier = 0;
  uint32_t control_version = 0, catalog_version = 0;
  PgMajor major = 0;           // by the catalog version
  bool proven = false;         // the CRC agrees: every field below is what was written
  uint32_t state = 0;          // ClusterState
  int64_t time = 0;            // last update, seconds since 1970
  uint64_t checkpoint_lsn = 0;
  uint32_t next_xid = 0;       // of the checkpoint; 0 when not found
  uint32_t block_size = 0, segment_blocks = 0, wal_block_size = 0, wal_segment_size = 0, max_toast_chunk = 0;
  uint32_t checksum_version = 0;  // of data pages: 0 off (or before 9.3), 1 on
  bool float_times = false;    // timestamps are float8 seconds (possible until 9.6)
  bool operator==(const PgControl&) const = default;
};

// `corrupt` when neither a CRC nor the constants show it to be one.
Result<PgControl> ReadPgControl(ByteView file);

// CRC-32C (Castagnoli): pg_control, WAL and filenode maps from 9.5 on.
uint32_t PgCrc32c(ByteView bytes);
// What was called CRC-32 before 9.5: the reflected table of the Ethernet polynomial, run through as if it were not
// reflected. It is neither CRC-32 nor CRC-32C.
uint32_t PgLegacyCrc32(ByteView bytes);
// The same for bytes in pieces, as Crc32c (engine/base/crc32c.h) is for the newer one.
class PgLegacyCrc {
 public:
  void Update(ByteView bytes);
  uint32_t Finish() const { return state_ ^ 0xffffffff; }

 private:
  uint32_t state_ = 0xffffffff;
};

}  // namespace pulih

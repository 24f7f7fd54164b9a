// The head and the table of contents of pg_dump's archives: of a custom dump, and toc.dat of a directory or tar dump.
//
//   "PGDMP" | major minor revision | size of int, size of offset | format (1 custom; 3 tar and directory)
//   compression: int; from 1.15 one byte (0 none, 1 gzip, 2 lz4, 3 zstd) | 7 ints: when | database, server, pg_dump
//   int: number of entries, then each:
//     dump id, has data, OID of its catalog, OID, tag, desc, section (≥ 1.11), definition, drop, COPY statement,
//     namespace, tablespace, table access method (≥ 1.14), kind (≥ 1.16), owner, "true" WITH OIDS, dependencies … NULL
//     custom: state of the offset (1 none yet, 2 set, 3 no data), offset; else: name of its file
//
// An int is a sign byte and little-endian bytes; a string is an int, its length (-1: NULL), and bytes. Here the layout of
// 1.10 (PostgreSQL 8.0) to 1.16 (17) is known, and one newer is tried as the newest. What is damaged costs the entries that
// it touches: reading goes on at the next place where an entry fits. Read next: dump_blocks.h.
//
// Pure. Hostile input: entries are bounded by the input. Source: src/bin/pg_dump/pg_backup_archiver.{c,h}.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

enum class DumpCompression : uint8_t { none = 0, gzip = 1, lz4 = 2, zstd = 3 };

struct ArchiveHead {
  uint8_t major = 1, minor = 14, revision = 0;
  uint8_t int_size = 4, offset_size = 8;
  uint8_t format = 1;
  DumpCompression compression = DumpCompression::gzip;
  int32_t level = 0;         // before 1.15; -1: zlib's own
  int32_t when[7] = {};      // struct tm: second, minute, hour, day, month from 0, year from 1900, daylight saving
  std::string database, server_version, dump_version;
  uint64_t entry_count = 0;  // as it says
};

struct ArchiveEntry {
  int32_t dump_id = 0;       // 0: lost; then only copy_statement or definition is known
  bool has_data = false;
  std::string tag, desc, definition, copy_statement, schema, owner;
  bool with_oids = false;
  uint8_t offset_state = 0;
  uint64_t offset = 0;       // custom, state 2: of its data block
  std::string file;          // tar and directory
  uint64_t begin = 0, end = 0;  // where it stands

  bool IsTableData() const { return desc == "TABLE DATA"; }
};

struct ByteStretch {
  uint64_t begin = 0, end = 0;
  bool operator==(const ByteStretch&) const = default;
};

struct ArchiveToc {
  ArchiveHead head;
  bool head_read = false;    // false: no "PGDMP"; head has what is usual
  bool complete = false;     // every entry was read
  std::vector<ArchiveEntry> entries;
  std::vector<ByteStretch> damaged;
  uint64_t end = 0;          // behind the last entry: data may begin here

  const ArchiveEntry* Find(int32_t dump_id) const;
};

bool IsArchive(ByteView bytes);
// Never fails for damage: an archive with nothing of its contents left gives no entries. `custom`: entries end in an
// offset rather than a file's name, where the head is lost.
ArchiveToc ReadArchiveToc(ByteView bytes, bool custom);

}  // namespace pulih

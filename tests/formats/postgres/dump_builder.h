// Builds pg_dump's archives byte by byte, in any version, for tests: the layout that formats/postgres/dump_archive.h
// states, written down a second time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace pulih {

struct BuiltTable {
  int32_t dump_id = 0;
  std::string schema, name;
  std::string columns;     // "a, b"
  std::string definition;  // CREATE TABLE …
  std::string rows;        // COPY lines, each with its line end, without the final \.
};

struct BuiltArchive {
  uint8_t minor = 14;
  uint8_t format = 1;       // 1 custom, 3 directory and tar
  bool compressed = true;   // else each row is a chunk
  // From 1.15 on: what compresses in zlib's stead, and the number that the archive gives it (1 zlib, 2 lz4, 3 zstd).
  Bytes (*compress)(ByteView) = nullptr;
  uint8_t codec = 1;
  bool offsets = true;      // false: as through a pipe
  bool objects = false;     // with a large object at the end
  std::string object = "a large object";
  std::vector<BuiltTable> tables;
};

// The archive; of a directory, toc.dat. `data_begin` gets where the first data block stands.
Bytes BuildArchive(const BuiltArchive& what, size_t* data_begin = nullptr);
// What stands in NNNN.dat of a directory, before compression.
std::string TableContent(const BuiltTable& table);
// A zlib stream of stored blocks: no compressor needed.
Bytes StoredStream(ByteView plain);
// Two tables of the procurement kind, with a few hundred rows.
std::vector<BuiltTable> SpecimenTables();
// A tar archive of such members.
Bytes BuildTar(const std::vector<std::pair<std::string, Bytes>>& members);

}  // namespace pulih

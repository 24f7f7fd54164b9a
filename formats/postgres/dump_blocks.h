// The data of a custom dump, block by block: one for each table, and one or more of large objects.
//
//   table    01 | int dump id | chunks: int length, bytes | int 0
//   objects  03 | int dump id | for each: int OID, chunks, int 0 | int 0
//
// The chunks of a block laid end to end are one zlib stream (of an object: each its own). zlib's are 4096 bytes long but
// for the last, so their heads stand 4101 apart: that stride finds the next head when one is lost, and a block's beginning
// is found by 01, an id, a chunk's head. Chunks of lz4 and zstd have any length. With no compression each row is a chunk of its own.
//
// This says where the bytes lie, in file order; which of them are damaged inside, the caller sees by AppendPieces
// (formats/archive/marker_inflate.h). Nothing is decompressed.
//
// Pure. Hostile input: a block costs time in proportion to the bytes that it covers, and the search for a next one to
// those that it passes. Source: src/bin/pg_dump/pg_backup_custom.c, compress_io.c.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/dump_archive.h"

namespace pulih {

inline constexpr uint64_t kDumpChunk = 4096, kDumpChunkHead = 5;

struct DumpPiece {
  uint64_t begin = 0, end = 0;  // in the file; equal: bytes are missing here, nobody knows how many
  bool operator==(const DumpPiece&) const = default;
};

enum class BlockEnd : uint8_t {
  ended,  // by its 0
  file,   // the file ends first
  lost,   // damage: where it ends is not known
};

struct DumpBlock {
  bool objects = false;        // large objects rather than a table
  int32_t dump_id = 0;         // 0: its beginning is lost
  uint64_t begin = 0, end = 0;
  std::vector<DumpPiece> pieces;       // of a table
  std::vector<ByteStretch> damage;     // heads that are broken, and holes, as far as they are known here
  bool head_lost = false;
  BlockEnd how = BlockEnd::ended;
};

class DumpBlocks {
 public:
  // `known`: ids that the table of contents has; empty: any.
  DumpBlocks(ByteView bytes, DumpCompression compression, std::vector<int32_t> known);

  // The next block at or behind `at`, which goes behind it; false when there is none. What lies between is damaged.
  bool Next(uint64_t& at, DumpBlock& block) const;
  // The block that begins at `at`, however it looks there: for reading one again.
  DumpBlock Read(uint64_t at, bool head_lost) const;

 private:
  bool IsBlock(uint64_t at) const;
  bool IsHead(uint64_t at, uint64_t* length = nullptr) const;
  bool IsEnd(uint64_t at) const;
  bool IsRow(uint64_t begin, uint64_t end) const;
  bool FollowsChain(uint64_t at, unsigned depth) const;
  uint64_t Resume(uint64_t at) const;
  uint64_t FillEnd(uint64_t at) const;
  void ReadChunks(uint64_t at, DumpBlock& block) const;
  void ReadObjects(uint64_t at, DumpBlock& block) const;
  bool IsFramed() const { return compression_ == DumpCompression::lz4 || compression_ == DumpCompression::zstd; }
  bool fixed_stride() const { return compression_ == DumpCompression::gzip; }

  ByteView bytes_;
  DumpCompression compression_;
  std::vector<int32_t> known_;  // sorted
};

}  // namespace pulih

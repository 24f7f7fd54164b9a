// What bytes are, told by the bytes and never by a name: of a whole file (FileKind), and of every 4 KiB of it
// (BlockKind), which the report draws as a block map. Both are opinions for people and for the choice of an extractor;
// no claim rests on them.
//
// Quick on purpose (at least 500 MB/s on one core): structure is looked at where a block begins, the rest is counted.
// Pure; one thread per object. Sources of the signatures: recovery.md §1-§5, and for formats of others file(1)'s
// published magic numbers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"

namespace pulih {

inline constexpr uint32_t kBlockSize = 4096;

// Numbers stand in cases and are never reused.
enum class FileKind : uint8_t {
  unknown = 0,
  empty = 1,
  dump_custom = 2,      // pg_dump -Fc
  dump_toc = 3,         // toc.dat of pg_dump -Fd, or the first member of -Ft
  tar = 4,
  gzip = 5,
  zlib = 6,
  lz4 = 7,
  zstd = 8,
  sql = 9,              // a plain dump
  copy_text = 10,       // rows of COPY without the rest
  csv = 11,
  json = 12,
  html = 13,
  warc = 14,
  zip = 15,
  pdf = 16,
  ole2 = 17,
  sqlite = 18,
  disk_image = 19,
  relation = 20,        // pages of a table, TOAST, or sequence
  index = 21,           // pages of an index
  relation_map = 22,    // free space or visibility map
  wal = 23,
  pg_control = 24,
  filenode_map = 25,    // pg_filenode.map
  clog = 26,            // by its place in a data directory only: its bytes say nothing
  text = 27,
  image = 28,           // JPEG, PNG, TIFF, GIF
  bzip2 = 29,
  xz = 30,
  zero = 31,            // nothing but zeros
  blob_toc = 32,        // blobs.toc of pg_dump -Fd
  dump_fragment = 33,   // chunks of a custom dump, its beginning lost
};
std::string_view FileKindName(FileKind kind);  // "custom dump", "WAL segment"
bool IsKnownFileKind(uint8_t number);

enum class BlockKind : uint8_t {
  other = 0,
  zero = 1,
  pattern = 2,       // one byte or a group of at most 8 again and again
  heap = 3,
  index = 4,
  toast = 5,
  map = 6,           // free space and visibility maps
  wal = 7,
  dump_chunk = 8,    // high entropy around the head of a chunk of a custom dump
  deflate = 9,       // high entropy in a file that is a compressed stream
  high_entropy = 10,
  copy_text = 11,
  text = 12,
};
inline constexpr size_t kBlockKinds = 13;
std::string_view BlockKindName(BlockKind kind);

struct BlockRun {
  BlockKind kind = BlockKind::other;
  uint64_t blocks = 0;  // so many in a row; the last block of a file may be short
  bool operator==(const BlockRun&) const = default;
};

// Takes a file's bytes in order and in pieces of any length that is a multiple of kBlockSize but for the last one.
class BlockMapper {
 public:
  // `head`: the file's kind by its beginning, which says what high entropy is there.
  explicit BlockMapper(FileKind head) : head_(head) {}
  // Appends to `runs`; a run is never split between calls that give the same vector.
  void Take(ByteView bytes, std::vector<BlockRun>& runs);
  const std::array<uint64_t, kBlockKinds>& counts() const { return counts_; }

 private:
  BlockKind Next(ByteView block);

  FileKind head_;
  BlockKind page_ = BlockKind::other;  // of the page whose first half was the last block
  bool in_page_ = false;
  std::array<uint64_t, kBlockKinds> counts_{};
};

// One block by itself. `starts_page` is told whether it begins with a page header (its other half follows).
BlockKind IdentifyBlock(ByteView block, bool* starts_page);

// What a file's beginning tells.
struct Identity {
  FileKind kind = FileKind::unknown;
  std::string detail;          // "version 1.14, gzip", "PostgreSQL 15": for people
  std::string captured;        // "2014-10-04T22:00:05", with a zone where one is known; empty: not told
  std::string captured_from;   // "header of the dump"
  uint64_t system_identifier = 0;
};
// `head`: the first bytes, 64 KiB at least where there are so many; `size`: of the file.
Identity IdentifyFile(ByteView head, uint64_t size);
// The second look, when the head told nothing: by what most of its blocks are.
FileKind KindOfBlocks(const std::array<uint64_t, kBlockKinds>& counts);

// How far a source of such a kind is to be trusted, 1 (best) to 7 (domain.md §3); 0: its kind does not tell.
uint8_t ClassOf(FileKind kind);

}  // namespace pulih

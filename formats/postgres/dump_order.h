// Puts the blocks of a disk that a custom dump was cut into back into order: 4096 bytes each, in any order, some lost.
//
// The clock: full chunks stand 4101 bytes apart, so the head of a chunk stands five bytes further in each block than in
// the one before. Where a block ends says where in the next one a head must be, and few blocks have one there; which of
// them it is, the data says (dump_cursor.h): chunks go on, deflate goes on, rows go on. A joint counts when it is proven
// by what runs across it, or the stream's checksum proves all joints of the stream; where two blocks can be the next one,
// or one can be the next of two, there is none. So an order that comes out is no guess, and what remains stays apart.
//
// Blocks count from the beginning of each file; what was cut elsewhere is not found. Blocks with the same bytes as one
// before are left out of the search. Blocks of the table of contents are no part of it: they keep the order they have.
//
// Pure, deterministic. Time in proportion to the bytes, since a block has few candidates (kMaxCandidates at most); memory:
// some 100 bytes for each block.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"

namespace pulih {

inline constexpr uint64_t kDiskBlock = 4096;

// Bytes of a file that follow on each other; `joined`: also on the run before. Where it is not, nobody knows what comes
// between.
struct OrderedRun {
  uint32_t file = 0;
  uint64_t offset = 0, length = 0;
  bool joined = false;
  bool operator==(const OrderedRun&) const = default;
};

struct DumpOrder {
  std::vector<OrderedRun> runs;  // all bytes of all files once; empty: the order they have stands
  uint64_t joints = 0;           // that were proven between blocks which did not stand together
};

DumpOrder OrderDumpBlocks(const std::vector<ByteView>& files);

}  // namespace pulih

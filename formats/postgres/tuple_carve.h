// Finds tuples in bytes of which nothing is known: lost headers, lost line pointers, sectors out of place. Every
// position that is a multiple of 8 (from `phase` on) is tried: first the eight bytes of the header that decide most,
// then the header, then the walk along the columns, then the values.
//
// What is found is structurally valid, no more: a caller grades it (engine/recover/page_rows.h). Remnants that
// compaction left half overwritten can look whole: `follows` tells how a tuple sits among its neighbours.
//
// Pure. Techniques: recovery.md §1.2.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/heap_tuple.h"

namespace pulih {

// A table to look for. `check` sees the fields of a tuple that lies as it should, and says whether its values can be
// (disk_value.h); it may be empty.
struct CarveTarget {
  TupleShape shape;
  size_t fewest_columns = 0;  // tuples older than an ADD COLUMN have fewer; 0: all are needed
  std::function<bool(const TupleHeader&, const std::vector<TupleField>&)> check;
};

struct CarvedTuple {
  size_t offset = 0, length = 0;
  uint32_t target = 0;   // the first that it fits
  uint32_t fits = 1;     // how many it fits
  bool follows = false;  // the next tuple, or the end of the bytes, begins where this one ends (aligned)
};

class TupleCarver {
 public:
  explicit TupleCarver(std::vector<CarveTarget> targets);

  // Every tuple in `bytes`, by ascending offset. After a tuple the search goes on 8 bytes behind its beginning, so that
  // a false one hides no true one.
  std::vector<CarvedTuple> Carve(ByteView bytes, size_t phase = 0) const;
  // The same without those that begin inside of a stretch [begin, end) of `skip`: of the last one that begins there or
  // before it. Stretches ascend by their beginnings.
  using Stretch = std::pair<size_t, size_t>;
  std::vector<CarvedTuple> Carve(ByteView bytes, size_t phase, std::span<const Stretch> skip) const;
  // Only counts positions that pass the first test: for measuring.
  size_t CountCandidates(ByteView bytes, size_t phase = 0) const;

  const CarveTarget& target(uint32_t i) const { return targets_[i]; }
  size_t size() const { return targets_.size(); }

 private:
  struct Hoffs {  // of a number of columns, by the bits for nulls and OID; 0: no target has so many
    uint8_t of[4] = {};
  };
  bool PassesFirst(uint64_t word) const;
  bool TryAt(ByteView bytes, size_t at, std::vector<TupleField>& fields, CarvedTuple& found) const;

  std::vector<CarveTarget> targets_;
  std::vector<Hoffs> hoffs_;  // by number of columns
};

// The block that a page's tuples say they are of: the ctid of a tuple that was not updated is its own place. Answers
// how many tuples voted for the winner, and of how many.
struct BlockVote {
  uint32_t block = 0;
  uint32_t votes = 0, voters = 0;
};
BlockVote VoteForBlock(const std::vector<TupleHeader>& headers);

}  // namespace pulih

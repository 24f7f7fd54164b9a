// Which pairs of records are looked at: those that share a block of at least one pass. A block that is too large says too
// little (a common word, a frequent name) and is left out; how many were is told.
//
// Each pair is given once, whatever it shares. Pairs of two records with keys are not given at all, nor is one for training.
//
// Memory: twelve bytes for each record and block that it lies in, twice that while they are made. Read-only afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/link/columns.h"

namespace pulih::link {

enum class Role : uint8_t { keyless, keyed, training };

class Blocks {
 public:
  struct Options {
    size_t largest = 400;  // records in a block; beyond, it is left out
  };
  struct Counts {
    uint64_t blocks = 0, left_out = 0, records_left_out = 0;  // of blocks with two records or more
    uint64_t pairs = 0;    // at most: some stand in several blocks
  };

  // `roles`: by record; borrowed.
  Blocks(const Scheme& scheme, const Columns& columns, const std::vector<Role>& roles, const Options& options);

  // In a fixed order: by block, then by record; false ends it.
  using EachPair = std::function<bool(uint32_t a, uint32_t b)>;
  void Pairs(const EachPair& each) const;
  const Counts& counts() const { return counts_; }

 private:
  struct Member {
    uint64_t block = 0;
    uint32_t record = 0;
  };
  void Collect(const Scheme& scheme, const Columns& columns, std::vector<Member>& members) const;
  void Keep(std::vector<Member>& members, size_t records, const Options& options);
  bool IsFirstShared(uint32_t a, uint32_t b, uint32_t block) const;

  const std::vector<Role>& roles_;
  std::vector<uint32_t> members_;       // block after block, ascending in each
  std::vector<uint32_t> block_end_;
  std::vector<uint32_t> of_record_;     // blocks of each record, ascending
  std::vector<uint32_t> record_end_;
  Counts counts_;
};

// What "sound" blocks by: "MUHAMMAD" and "MOHAMMED" are "MHMD".
std::string SoundOf(std::string_view text);

}  // namespace pulih::link

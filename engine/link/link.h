// Finds which records may be of one thing though no key says so: pairs with a probability and what agrees in them. They are
// candidates. Nothing is joined here: a person confirms, or a caller that can afford to be wrong.
//
// The steps: values are laid out (columns.h), blocks say which pairs are looked at (blocks.h), a model is estimated from them
// without labels (model.h), each pair is scored, and of rivals for one place the best is kept (OneToOne).
//
// Deterministic, and independent of the order of the records: ids decide where scores are equal. One thread. Memory: the values
// once, some sixteen bytes for each record and field, some dozen for each record and block, and the links; all in memory, at
// most kMaxRecords records. Beyond kTrainingPairs blocked pairs a fixed part of them trains the model.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/base/result.h"
#include "engine/link/blocks.h"
#include "engine/link/model.h"

namespace pulih::link {

inline constexpr size_t kMaxRecords = size_t{1} << 22, kTrainingPairs = 2'000'000, kRandomPairs = 1'000'000;

struct LinkOptions {
  double least_probability = 0.5;
  // Records of one source are different things already; where nothing is known of sources, leave it off.
  bool across_sources_only = false;
  // Only what has no key with what has one.
  bool only_to_keys = false;
  Blocks::Options blocks = {};
  std::function<bool()> should_stop = {};  // asked now and then; may be empty
};

struct Link {
  size_t a = 0, b = 0;         // places among the records; the id of `a` is the lesser
  double weight = 0;           // log2 of how much more likely they are one than before anything was compared
  double probability = 0;
  Pattern pattern = 0;         // what was alike: LevelAt
  double rival = 0;            // probability of the best other link that would take the same place; 0 when there is none
};

struct Linked {
  std::vector<Link> links;     // best first
  Model model;
  Blocks::Counts blocks;
  uint64_t compared = 0;
};

// `invalid` for a scheme or records beyond the limits, or an id that is there twice.
Result<Linked> FindLinks(const Scheme& scheme, const std::vector<Record>& records, const LinkOptions& options);

// Of links that would give one record two partners of one source (or one thing two records of one source) only the best stays,
// and says how near the best other one came. `links`: best first, as FindLinks gives them.
std::vector<Link> OneToOne(const std::vector<Record>& records, const std::vector<Link>& links);

// Groups of records that links join, best links first. A group never holds two keys, nor, when `one_of_a_source`, two records
// of one source: a link that would bring that about is passed over. For each record the number of its group, in the order of
// the groups' first records by id.
std::vector<size_t> Groups(const std::vector<Record>& records, const std::vector<Link>& links, bool one_of_a_source);

}  // namespace pulih::link

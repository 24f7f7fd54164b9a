// How much each level of likeness of each field speaks for two records being one: log2 of how often it is met among pairs that
// are one (m) over how often among pairs that are not (u), by Fellegi and Sunter.
//
// Nobody has to say which pairs are one. u is counted on pairs drawn at random, of which nearly all are two things, and on pairs
// of records with different keys, which are two for certain, though told more alike than pairs of two sources; m and the
// share of pairs that are one are found by expectation maximisation over the pairs that blocking gives, while all others count
// as two. Records for training that have equal keys are known to be one and help where there are any.
//
// Pure, deterministic. Adds and multiplies in a fixed order, so the same counts give the same bits.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "engine/link/columns.h"

namespace pulih::link {

// Levels of all fields, four bits each: what a pair of records looks like.
using Pattern = uint64_t;
inline Level LevelAt(Pattern pattern, size_t field) { return static_cast<Level>(pattern >> (4 * field) & 15); }
Pattern PatternOf(const Columns& columns, size_t a, size_t b);
using PatternCounts = std::map<Pattern, double>;

struct FieldModel {
  std::array<double, kMaxLevel + 1> m{}, u{};  // by level; [0] is not used: not known says nothing
};

struct Model {
  std::vector<FieldModel> fields;
  double share = 0;        // of all pairs that could be one, those that are
  uint32_t rounds = 0;     // of expectation maximisation
  bool converged = false;

  // log2 of m over u.
  double Weight(size_t field, Level level) const;
  double WeightOf(Pattern pattern) const;
  double Prior() const;    // log2 of the odds of `share`
};
double ProbabilityOf(double log2_odds);

struct Observed {
  PatternCounts blocked;   // pairs that blocking gives
  PatternCounts random;    // pairs drawn at random, or all of them
  PatternCounts two;       // pairs of records with different keys
  PatternCounts known;     // pairs of records for training with equal keys
  double pairs = 0;        // that could be one, looked at or not
};
Model EstimateModel(const Scheme& scheme, const Observed& observed);

}  // namespace pulih::link

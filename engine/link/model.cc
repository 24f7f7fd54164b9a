#include "engine/link/model.h"

#include <algorithm>
#include <cmath>

namespace pulih::link {
namespace {

using LevelCounts = std::vector<std::array<double, kMaxLevel + 1>>;

constexpr uint32_t kMostRounds = 200;
constexpr double kSettled = 1e-6;
// How many pairs the first guess counts for: enough that ten pairs do not settle what a field is worth, too few to matter
// among hundreds.
constexpr double kPriorPairs = 8;
constexpr double kLeastShare = 1e-12;

void Count(const PatternCounts& patterns, LevelCounts& counts) {
  for (const auto& [pattern, many] : patterns)
    for (size_t field = 0; field < counts.size(); ++field) counts[field][LevelAt(pattern, field)] += many;
}

double Sum(const std::array<double, kMaxLevel + 1>& counts, size_t levels) {
  double sum = 0;
  for (size_t level = 1; level <= levels; ++level) sum += counts[level];
  return sum;
}

// Of two records of one thing most fields are equal, some are misspelt, few are other ones.
double FirstGuess(size_t levels, size_t level) {
  if (levels == 2) return level == 1 ? 0.9 : 0.1;
  constexpr double kGuess[] = {0, 0.80, 0.12, 0.04, 0.04};
  return kGuess[level];
}

class Estimator {
 public:
  Estimator(const Scheme& scheme, const Observed& observed) : scheme_(scheme), observed_(observed), random_(scheme.fields.size()), known_(scheme.fields.size()), two_(scheme.fields.size()) {
    Count(observed.random, random_);
    Count(observed.known, known_);
    Count(observed.two, two_);
    double known_two = 0;
    for (const auto& [pattern, many] : observed.random) drawn_ += many;
    for (const auto& [pattern, many] : observed.two) known_two += many;
    // They keep what few fields cannot tell apart from running off, and do not outweigh how two sources really differ.
    if (known_two > 0) two_worth_ = std::min(1.0, drawn_ / 2 / known_two);
    model_.fields.resize(scheme.fields.size());
    for (size_t field = 0; field < scheme.fields.size(); ++field)
      for (size_t level = 1; level <= Levels(field); ++level) model_.fields[field].m[level] = FirstGuess(Levels(field), level);
    double blocked = 0;
    for (const auto& [pattern, many] : observed.blocked) blocked += many;
    // One in twenty of the pairs that share a block is a guess that EM moves either way.
    model_.share = std::clamp(blocked / 20 / std::max(observed.pairs, 1.0), kLeastShare, 0.25);
    SetU(LevelCounts(scheme.fields.size()));
  }

  Model Make() {
    while (model_.rounds < kMostRounds && !model_.converged) model_.converged = Round() < kSettled;
    return std::move(model_);
  }

 private:
  size_t Levels(size_t field) const { return LevelsOf(scheme_.fields[field].comparator); }

  // How far the model moved.
  double Round() {
    ++model_.rounds;
    LevelCounts one(model_.fields.size());
    double ones = 0;
    for (const auto& [pattern, many] : observed_.blocked) {
      const double expected = many * ProbabilityOf(model_.Prior() + model_.WeightOf(pattern));
      ones += expected;
      for (size_t field = 0; field < one.size(); ++field) one[field][LevelAt(pattern, field)] += expected;
    }
    const double share = std::clamp(ones / std::max(observed_.pairs, 1.0), kLeastShare, 0.5);
    double moved = std::abs(std::log2(share / model_.share));
    model_.share = share;
    for (size_t field = 0; field < one.size(); ++field) {
      const double all = Sum(one[field], Levels(field)) + Sum(known_[field], Levels(field)) + kPriorPairs;
      for (size_t level = 1; level <= Levels(field); ++level) {
        const double m = (one[field][level] + known_[field][level] + kPriorPairs * FirstGuess(Levels(field), level)) / all;
        moved = std::max(moved, std::abs(m - model_.fields[field].m[level]));
        model_.fields[field].m[level] = m;
      }
    }
    SetU(one);
    return moved;
  }

  // Of the pairs drawn at random those are taken off that are one: `one`, as far as they were drawn.
  void SetU(const LevelCounts& one) {
    const double drawn_share = observed_.pairs > 0 ? std::min(drawn_ / observed_.pairs, 1.0) : 0;
    for (size_t field = 0; field < model_.fields.size(); ++field) {
      std::array<double, kMaxLevel + 1> two{};
      for (size_t level = 1; level <= Levels(field); ++level) two[level] = std::max(random_[field][level] - drawn_share * one[field][level], 0.0) + two_worth_ * two_[field][level] + 0.5;
      const double all = Sum(two, Levels(field));
      for (size_t level = 1; level <= Levels(field); ++level) model_.fields[field].u[level] = two[level] / all;
    }
  }

  const Scheme& scheme_;
  const Observed& observed_;
  LevelCounts random_, known_, two_;
  double drawn_ = 0, two_worth_ = 0;
  Model model_;
};

}  // namespace

Pattern PatternOf(const Columns& columns, size_t a, size_t b) {
  Pattern pattern = 0;
  for (size_t field = 0; field < columns.fields(); ++field)
    pattern |= static_cast<Pattern>(columns.Compare(field, columns.Value(a, field), columns.Value(b, field))) << (4 * field);
  return pattern;
}

double Model::Weight(size_t field, Level level) const { return level == 0 ? 0 : std::log2(fields[field].m[level] / fields[field].u[level]); }

double Model::WeightOf(Pattern pattern) const {
  double weight = 0;
  for (size_t field = 0; field < fields.size(); ++field) weight += Weight(field, LevelAt(pattern, field));
  return weight;
}

double Model::Prior() const { return std::log2(share / (1 - share)); }

double ProbabilityOf(double log2_odds) { return 1 / (1 + std::exp2(-log2_odds)); }

Model EstimateModel(const Scheme& scheme, const Observed& observed) { return Estimator(scheme, observed).Make(); }

}  // namespace pulih::link

#include "engine/link/link.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_map>

namespace pulih::link {
namespace {

// The same numbers on every machine: which pairs are drawn must not change a result.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Scores pairs with the weights of a model. Most pairs are told apart without comparing a text: what their equal values say
// and the most that the others could say is not enough.
class Scorer {
 public:
  Scorer(const Columns& columns, const Model& model, double least_probability)
      : columns_(columns), model_(model), prior_(model.Prior()), least_(least_probability <= 0 ? -INFINITY : std::log2(least_probability / (1 - least_probability)) - kSlack), weights_(columns.fields()), unequal_(columns.fields()), least_probability_(least_probability) {
    for (size_t field = 0; field < weights_.size(); ++field) {
      const size_t levels = LevelsOf(columns.spec(field).comparator);
      for (size_t level = 1; level <= levels; ++level) weights_[field][level] = model.Weight(field, static_cast<Level>(level));
      // Words may be the same in another order.
      const size_t from = columns.spec(field).comparator == Comparator::tokens ? 1 : 2;
      unequal_[field] = *std::max_element(weights_[field].begin() + static_cast<std::ptrdiff_t>(from), weights_[field].begin() + static_cast<std::ptrdiff_t>(levels + 1));
    }
  }

  std::optional<Link> Score(uint32_t a, uint32_t b) const {
    double most = prior_;
    for (size_t field = 0; field < weights_.size(); ++field) {
      const ValueId x = columns_.Value(a, field), y = columns_.Value(b, field);
      if (x != 0 && y != 0) most += x == y ? EqualWeight(field, x) : unequal_[field];
    }
    if (most < least_) return std::nullopt;
    Link link{a, b, 0, 0, PatternOf(columns_, a, b), 0};
    for (size_t field = 0; field < weights_.size(); ++field) {
      const ValueId x = columns_.Value(a, field);
      link.weight += x != 0 && x == columns_.Value(b, field) ? EqualWeight(field, x) : weights_[field][LevelAt(link.pattern, field)];
    }
    link.probability = ProbabilityOf(prior_ + link.weight);
    return link.probability >= least_probability_ ? std::optional(link) : std::nullopt;
  }

 private:
  // Sums in another order differ in their last bits.
  static constexpr double kSlack = 1e-6;

  // A value that two of a hundred have says more than one that fifty have.
  double EqualWeight(size_t field, ValueId value) const {
    if (!columns_.spec(field).by_frequency) return weights_[field][1];
    return std::log2(model_.fields[field].m[1] / std::max(columns_.ShareOfOthers(field, value, model_.fields[field].u[1]), 1e-9));
  }

  const Columns& columns_;
  const Model& model_;
  const double prior_, least_;
  std::vector<std::array<double, kMaxLevel + 1>> weights_;
  std::vector<double> unequal_;  // the most that values which are not the same text can say
  const double least_probability_;
};

class Linker {
 public:
  Linker(const Scheme& scheme, const std::vector<Record>& records, const LinkOptions& options, std::vector<size_t> order)
      : scheme_(scheme), options_(options), order_(std::move(order)), columns_(scheme, records, order_), sources_(order_.size()), keys_(order_.size()), roles_(order_.size()) {
    std::unordered_map<std::string_view, uint32_t> sources, keys;
    for (size_t i = 0; i < order_.size(); ++i) {
      const Record& record = records[order_[i]];
      if (!record.source.empty()) sources_[i] = sources.emplace(record.source, sources.size() + 1).first->second;
      if (!record.key.empty()) keys_[i] = keys.emplace(record.key, keys.size() + 1).first->second;
      roles_[i] = record.for_training ? Role::training : keys_[i] != 0 ? Role::keyed : Role::keyless;
    }
  }

  Result<Linked> Find() {
    const Blocks blocks(scheme_, columns_, roles_, options_.blocks);
    Linked linked;
    linked.blocks = blocks.counts();
    PULIH_TRY(Observe(blocks));
    linked.model = EstimateModel(scheme_, observed_);
    PULIH_TRY(Score(blocks, linked));
    std::sort(linked.links.begin(), linked.links.end(), [](const Link& x, const Link& y) { return x.weight != y.weight ? x.weight > y.weight : x.a != y.a ? x.a < y.a : x.b < y.b; });
    for (Link& link : linked.links) link.a = order_[link.a], link.b = order_[link.b];
    return linked;
  }

 private:
  bool MayPair(uint32_t a, uint32_t b) const {
    if (roles_[a] == Role::training || roles_[b] == Role::training) return false;
    if (roles_[a] == roles_[b] && (options_.only_to_keys || roles_[a] == Role::keyed)) return false;
    return !options_.across_sources_only || sources_[a] == 0 || sources_[a] != sources_[b];
  }
  bool ShouldStop(uint64_t& asked) const { return ++asked % 65536 == 0 && options_.should_stop && options_.should_stop(); }
  static Status Interrupted() { return Status(Code::interrupted, "link: asked to stop"); }

  Status Observe(const Blocks& blocks) {
    // Each pair counts for the share of pairs that is taken, so that counts stay those of all.
    const double all = static_cast<double>(std::max<uint64_t>(blocks.counts().pairs, 1));
    const double taken = std::min(1.0, static_cast<double>(kTrainingPairs) / all);
    const uint64_t below = taken >= 1 ? UINT64_MAX : static_cast<uint64_t>(taken * 0x1p64);
    uint64_t asked = 0;
    bool stopped = false;
    blocks.Pairs([&](uint32_t a, uint32_t b) {
      if (ShouldStop(asked)) stopped = true;
      if (stopped) return false;
      if (MayPair(a, b) && Mix((static_cast<uint64_t>(a) << 32) | b) <= below) observed_.blocked[PatternOf(columns_, a, b)] += 1 / taken;
      return true;
    });
    if (stopped) return Interrupted();
    CountPairs();
    DrawRandom();
    TakeKnown();
    return OkStatus();
  }

  void CountPairs() {
    const uint32_t sources = sources_.empty() ? 0 : *std::max_element(sources_.begin(), sources_.end());
    std::vector<double> keyless_of(sources + 1), keyed_of(sources + 1);
    double keyless = 0, keyed = 0;
    for (size_t i = 0; i < columns_.records(); ++i) {
      if (roles_[i] == Role::training) continue;
      (roles_[i] == Role::keyed ? keyed : keyless) += 1;
      (roles_[i] == Role::keyed ? keyed_of : keyless_of)[sources_[i]] += 1;
    }
    const auto pairs = [this](double without, double with) { return without * with + (options_.only_to_keys ? 0 : without * (without - 1) / 2); };
    observed_.pairs = pairs(keyless, keyed);
    if (!options_.across_sources_only) return;
    for (uint32_t source = 1; source <= sources; ++source) observed_.pairs -= pairs(keyless_of[source], keyed_of[source]);
  }

  void DrawRandom() {
    std::vector<uint32_t> all, keyed;
    for (uint32_t i = 0; i < columns_.records(); ++i) {
      if (roles_[i] != Role::training) all.push_back(i);
      if (roles_[i] == Role::keyed) keyed.push_back(i);
    }
    Draw(all, [&](uint32_t a, uint32_t b) {
      if (MayPair(a, b)) ++observed_.random[PatternOf(columns_, a, b)];
    });
    Draw(keyed, [&](uint32_t a, uint32_t b) {
      if (keys_[a] != keys_[b]) ++observed_.two[PatternOf(columns_, a, b)];
    });
  }

  // All pairs, or where they are many kRandomPairs of them.
  static void Draw(const std::vector<uint32_t>& from, const std::function<void(uint32_t, uint32_t)>& take) {
    const uint64_t n = from.size();
    if (n * (n - 1) / 2 > kRandomPairs) {
      for (uint64_t i = 0; i < kRandomPairs; ++i) {
        const uint32_t a = from[Mix(2 * i) % n], b = from[Mix(2 * i + 1) % n];
        if (a != b) take(a, b);
      }
      return;
    }
    for (size_t i = 0; i < n; ++i)
      for (size_t j = i + 1; j < n; ++j) take(from[i], from[j]);
  }

  // Neighbours among those for training of one key: a key that a thousand have is not worth half a million pairs.
  void TakeKnown() {
    std::unordered_map<uint32_t, uint32_t> last;
    for (uint32_t i = 0; i < columns_.records(); ++i) {
      if (roles_[i] != Role::training || keys_[i] == 0) continue;
      const auto [at, is_first] = last.emplace(keys_[i], i);
      if (is_first) continue;
      ++observed_.known[PatternOf(columns_, at->second, i)];
      at->second = i;
    }
  }

  Status Score(const Blocks& blocks, Linked& linked) {
    const Scorer scorer(columns_, linked.model, options_.least_probability);
    uint64_t asked = 0;
    bool stopped = false;
    blocks.Pairs([&](uint32_t a, uint32_t b) {
      if (ShouldStop(asked)) stopped = true;
      if (stopped) return false;
      if (!MayPair(a, b)) return true;
      ++linked.compared;
      if (const auto link = scorer.Score(a, b)) linked.links.push_back(*link);
      return true;
    });
    return stopped ? Interrupted() : OkStatus();
  }

  const Scheme& scheme_;
  const LinkOptions& options_;
  const std::vector<size_t> order_;
  const Columns columns_;
  std::vector<uint32_t> sources_, keys_;  // 0: none
  std::vector<Role> roles_;
  Observed observed_;
};

Status CheckScheme(const Scheme& scheme) {
  if (scheme.fields.empty() || scheme.fields.size() > kMaxFields || scheme.passes.size() > kMaxPasses) return Status(Code::invalid, "link: a scheme has 1 to 16 fields and at most 32 passes");
  for (const BlockPass& pass : scheme.passes)
    for (const BlockPart& part : pass)
      if (part.field >= scheme.fields.size()) return Status(Code::invalid, "link: a pass names a field that there is not");
  return OkStatus();
}

}  // namespace

Result<Linked> FindLinks(const Scheme& scheme, const std::vector<Record>& records, const LinkOptions& options) {
  PULIH_TRY(CheckScheme(scheme));
  if (records.size() > kMaxRecords) return Status(Code::invalid, "link: " + std::to_string(records.size()) + " records: more than can be held at once");
  std::vector<size_t> order(records.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return records[a].id < records[b].id; });
  for (size_t i = 1; i < order.size(); ++i)
    if (records[order[i]].id == records[order[i - 1]].id) return Status(Code::invalid, "link: " + records[order[i]].id + ": two records have this id");
  if (records.size() < 2) return Linked();
  return Linker(scheme, records, options, std::move(order)).Find();
}

}  // namespace pulih::link

#include "engine/link/link.h"

#include <algorithm>
#include <cmath>
#include <numeric>
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

class Linker {
 public:
  Linker(const Scheme& scheme, const std::vector<Record>& records, const LinkOptions& options, std::vector<size_t> order)
      : scheme_(scheme), options_(options), order_(std::move(order)), columns_(scheme, records, order_), sources_(order_.size()), keys_(order_.size()), has_key_(order_.size()) {
    std::unordered_map<std::string_view, uint32_t> sources, keys;
    for (size_t i = 0; i < order_.size(); ++i) {
      const Record& record = records[order_[i]];
      if (!record.source.empty()) sources_[i] = sources.emplace(record.source, sources.size() + 1).first->second;
      if (!record.key.empty()) keys_[i] = keys.emplace(record.key, keys.size() + 1).first->second;
      has_key_[i] = keys_[i] != 0;
    }
  }

  Result<Linked> Find() {
    const Blocks blocks(scheme_, columns_, has_key_, options_.blocks);
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
    if (has_key_[a] && has_key_[b]) return false;
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
    std::unordered_map<uint32_t, double> of_source, keyed_of_source;
    double all = static_cast<double>(columns_.records()), keyed = 0;
    for (size_t i = 0; i < columns_.records(); ++i) {
      keyed += has_key_[i] ? 1 : 0;
      if (!options_.across_sources_only || sources_[i] == 0) continue;
      ++of_source[sources_[i]];
      keyed_of_source[sources_[i]] += has_key_[i] ? 1 : 0;
    }
    const auto pairs = [](double n) { return n * (n - 1) / 2; };
    observed_.pairs = pairs(all) - pairs(keyed);
    for (const auto& [source, n] : of_source) observed_.pairs -= pairs(n) - pairs(keyed_of_source[source]);
    observed_.pairs = std::max(observed_.pairs, 0.0);
  }

  void DrawRandom() {
    const uint64_t n = columns_.records();
    if (n * (n - 1) / 2 <= kRandomPairs) {
      for (uint32_t a = 0; a < n; ++a)
        for (uint32_t b = a + 1; b < n; ++b)
          if (MayPair(a, b)) ++observed_.random[PatternOf(columns_, a, b)];
      return;
    }
    for (uint64_t i = 0; i < kRandomPairs; ++i) {
      const auto a = static_cast<uint32_t>(Mix(2 * i) % n), b = static_cast<uint32_t>(Mix(2 * i + 1) % n);
      if (a != b && MayPair(a, b)) ++observed_.random[PatternOf(columns_, a, b)];
    }
  }

  // Neighbours among the records of one key: a key that a thousand records have is not worth half a million pairs.
  void TakeKnown() {
    std::unordered_map<uint32_t, uint32_t> last;
    for (uint32_t i = 0; i < columns_.records(); ++i) {
      if (!has_key_[i]) continue;
      const auto [at, is_first] = last.emplace(keys_[i], i);
      if (is_first) continue;
      ++observed_.known[PatternOf(columns_, at->second, i)];
      at->second = i;
    }
  }

  Status Score(const Blocks& blocks, Linked& linked) {
    uint64_t asked = 0;
    bool stopped = false;
    const double prior = linked.model.Prior();
    blocks.Pairs([&](uint32_t a, uint32_t b) {
      if (ShouldStop(asked)) stopped = true;
      if (stopped) return false;
      if (!MayPair(a, b)) return true;
      ++linked.compared;
      Link link{a, b, 0, 0, PatternOf(columns_, a, b), 0};
      for (size_t field = 0; field < columns_.fields(); ++field) link.weight += WeightOf(linked.model, field, LevelAt(link.pattern, field), columns_.Value(a, field));
      link.probability = ProbabilityOf(prior + link.weight);
      if (link.probability >= options_.least_probability) linked.links.push_back(link);
      return true;
    });
    return stopped ? Interrupted() : OkStatus();
  }

  // A value that two of a hundred have says more than one that fifty have.
  double WeightOf(const Model& model, size_t field, Level level, ValueId value) const {
    if (level != 1 || !columns_.spec(field).by_frequency) return model.Weight(field, level);
    return std::log2(model.fields[field].m[1] / std::max(columns_.Share(field, value), 1e-9));
  }

  const Scheme& scheme_;
  const LinkOptions& options_;
  const std::vector<size_t> order_;
  const Columns columns_;
  std::vector<uint32_t> sources_, keys_;  // 0: none
  std::vector<bool> has_key_;
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

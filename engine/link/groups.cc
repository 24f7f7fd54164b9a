// One-to-one and groups: what links may join. See link.h.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "engine/link/link.h"

namespace pulih::link {
namespace {

// A place that only one record may take: partner of `record` from `source`.
using Place = std::pair<size_t, std::string_view>;

double OddsOf(double probability) {
  constexpr double kSurest = 1 - 1e-12;
  return std::min(probability, kSurest) / (1 - std::min(probability, kSurest));
}

class GroupBook {
 public:
  GroupBook(const std::vector<Record>& records, bool one_of_a_source) : parent_(records.size()), keys_(records.size()), sources_(records.size()) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
    for (size_t i = 0; i < records.size(); ++i) {
      keys_[i] = records[i].key;
      if (one_of_a_source && !records[i].source.empty()) sources_[i].insert(records[i].source);
    }
  }

  size_t Find(size_t record) {
    while (parent_[record] != record) record = parent_[record] = parent_[parent_[record]];
    return record;
  }

  void Join(size_t a, size_t b) {
    size_t x = Find(a), y = Find(b);
    if (x == y || (!keys_[x].empty() && !keys_[y].empty() && keys_[x] != keys_[y])) return;
    if (sources_[x].size() < sources_[y].size()) std::swap(x, y);
    if (std::any_of(sources_[y].begin(), sources_[y].end(), [&](std::string_view source) { return sources_[x].contains(source); })) return;
    parent_[y] = x;
    if (keys_[x].empty()) keys_[x] = keys_[y];
    sources_[x].merge(sources_[y]);
  }

 private:
  std::vector<size_t> parent_;
  std::vector<std::string_view> keys_;
  std::vector<std::set<std::string_view>> sources_;
};

}  // namespace

std::vector<Link> OneToOne(const std::vector<Record>& records, const std::vector<Link>& links) {
  std::map<Place, size_t> taken;  // by which of `kept`
  std::vector<Link> kept;
  const auto note_rival = [&](const Place& place, double probability) {
    const auto at = taken.find(place);
    if (at != taken.end()) kept[at->second].rival = std::max(kept[at->second].rival, probability);
    return at != taken.end();
  };
  for (const Link& link : links) {
    const Place of_a{link.a, records[link.b].source}, of_b{link.b, records[link.a].source};
    const bool is_a_taken = note_rival(of_a, link.probability), is_b_taken = note_rival(of_b, link.probability);
    if (is_a_taken || is_b_taken) continue;
    taken.emplace(of_a, kept.size());
    taken.emplace(of_b, kept.size());
    kept.push_back(link);
  }
  // Two that look the same cannot both be it: what each has is shared with its rival.
  for (Link& link : kept)
    if (link.rival > 0) link.probability = OddsOf(link.probability) / (1 + OddsOf(link.probability) + OddsOf(link.rival));
  return kept;
}

std::vector<size_t> Groups(const std::vector<Record>& records, const std::vector<Link>& links, bool one_of_a_source) {
  GroupBook book(records, one_of_a_source);
  for (const Link& link : links) book.Join(link.a, link.b);
  std::vector<size_t> order(records.size()), groups(records.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return records[a].id < records[b].id; });
  std::map<size_t, size_t> numbers;
  for (const size_t record : order) groups[record] = numbers.emplace(book.Find(record), numbers.size()).first->second;
  return groups;
}

}  // namespace pulih::link

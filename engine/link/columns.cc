#include "engine/link/columns.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace pulih::link {
namespace {

Level CompareNames(std::string_view a, std::string_view b) {
  const double likeness = JaroWinkler(a, b);
  return likeness >= 0.92 ? 2 : likeness >= 0.80 ? 3 : 4;
}

Level CompareCodes(std::string_view a, std::string_view b) { return static_cast<Level>(1 + EditDistance(a, b, 2)); }

Level CompareRanges(const Range& a, const Range& b) {
  if (a.least == b.least && a.beyond == b.beyond) return 1;
  if (a.least < b.beyond && b.least < a.beyond) return 2;
  const double gap = static_cast<double>(a.least < b.least ? b.least : a.least) - static_cast<double>(a.least < b.least ? a.beyond : b.beyond);
  return gap <= static_cast<double>(std::max(std::abs(a.least), std::abs(b.least))) / 20 ? 3 : 4;
}

Level CompareDays(int32_t a, int32_t b) {
  const int32_t apart = std::abs(a - b);
  return apart == 0 ? 1 : apart <= 7 ? 2 : apart <= 31 ? 3 : 4;
}

}  // namespace

size_t LevelsOf(Comparator comparator) { return comparator == Comparator::exact ? 2 : kMaxLevel; }

const char* LevelName(Comparator comparator, Level level) {
  if (level == 0) return "unknown";
  if (level == 1) return "equal";
  if (level >= LevelsOf(comparator)) return "differs";
  if (comparator == Comparator::amount || comparator == Comparator::day) return level == 2 ? (comparator == Comparator::day ? "near" : "overlaps") : "close";
  return level == 2 ? "similar" : "somewhat similar";
}

std::vector<std::string_view> WordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

Columns::Columns(const Scheme& scheme, const std::vector<Record>& records, const std::vector<size_t>& order) : scheme_(scheme), records_(order.size()), fields_(scheme.fields.size()) {
  for (size_t field = 0; field < fields_.size(); ++field) Fill(field, records, order);
}

void Columns::Fill(size_t field, const std::vector<Record>& records, const std::vector<size_t>& order) {
  Column& column = fields_[field];
  const Comparator comparator = scheme_.fields[field].comparator;
  const auto text_of = [&](size_t place) -> std::string_view {
    const Record& record = records[order[place]];
    return field < record.values.size() ? std::string_view(record.values[field]) : std::string_view();
  };
  std::vector<uint32_t> by_value(records_);
  std::iota(by_value.begin(), by_value.end(), 0u);
  std::sort(by_value.begin(), by_value.end(), [&](uint32_t a, uint32_t b) { return text_of(a) < text_of(b); });
  column.of_record.resize(records_);
  column.texts.emplace_back();
  column.counts.push_back(0);
  for (const uint32_t record : by_value) {
    const std::string_view text = text_of(record);
    if (text.empty() || (comparator == Comparator::amount && !ReadRange(text)) || (comparator == Comparator::day && !ReadDay(text))) continue;
    if (column.texts.back() != text) {
      column.texts.emplace_back(text);
      column.counts.push_back(0);
    }
    column.of_record[record] = static_cast<ValueId>(column.texts.size() - 1);
    if (records[order[record]].for_training) continue;
    ++column.counts.back();
    ++column.known;
  }
  if (comparator == Comparator::tokens) SplitWords(column);
  if (comparator == Comparator::amount)
    for (const std::string& text : column.texts) column.ranges.push_back(ReadRange(text).value_or(Range()));
  if (comparator == Comparator::day)
    for (const std::string& text : column.texts) column.days.push_back(ReadDay(text).value_or(0));
}

void Columns::SplitWords(Column& column) const {
  std::vector<std::string_view> all;
  for (const std::string& text : column.texts)
    for (const std::string_view word : WordsOf(text)) all.push_back(word);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<uint64_t> seen(all.size());
  for (size_t value = 0; value < column.texts.size(); ++value) {
    const size_t from = column.words.size();
    for (const std::string_view word : WordsOf(column.texts[value]))
      column.words.push_back(static_cast<uint32_t>(std::lower_bound(all.begin(), all.end(), word) - all.begin()));
    std::sort(column.words.begin() + static_cast<std::ptrdiff_t>(from), column.words.end());
    column.words.erase(std::unique(column.words.begin() + static_cast<std::ptrdiff_t>(from), column.words.end()), column.words.end());
    column.words_end.push_back(static_cast<uint32_t>(column.words.size()));
    for (size_t i = from; i < column.words.size(); ++i) seen[column.words[i]] += column.counts[value];
  }
  for (const uint64_t count : seen) column.word_weights.push_back(std::log2(1 + static_cast<double>(column.known) / static_cast<double>(std::max<uint64_t>(count, 1))));
}

std::span<const uint32_t> Columns::Words(size_t field, ValueId value) const {
  const Column& column = fields_[field];
  if (column.words_end.empty()) return {};
  const uint32_t from = value == 0 ? 0 : column.words_end[value - 1];
  return std::span(column.words).subspan(from, column.words_end[value] - from);
}

Level Columns::CompareWords(const Column& column, size_t field, ValueId a, ValueId b) const {
  const std::span<const uint32_t> x = Words(field, a), y = Words(field, b);
  double shared = 0, all = 0;
  for (size_t i = 0, j = 0; i < x.size() || j < y.size();) {
    const bool take_x = j == y.size() || (i < x.size() && x[i] <= y[j]);
    const bool take_y = i == x.size() || (j < y.size() && y[j] <= x[i]);
    const double weight = column.word_weights[take_x ? x[i] : y[j]];
    all += weight;
    if (take_x && take_y) shared += weight;
    i += take_x ? 1 : 0;
    j += take_y ? 1 : 0;
  }
  if (all == 0) return 4;  // blanks only
  const double share = shared / all;
  return share > 0.999 ? 1 : share >= 0.65 ? 2 : share >= 0.35 ? 3 : 4;
}

Level Columns::Compare(size_t field, ValueId a, ValueId b) const {
  if (a == 0 || b == 0) return 0;
  if (a == b) return 1;
  const Column& column = fields_[field];
  switch (scheme_.fields[field].comparator) {
    case Comparator::exact: return 2;
    case Comparator::name: return CompareNames(column.texts[a], column.texts[b]);
    case Comparator::code: return CompareCodes(column.texts[a], column.texts[b]);
    case Comparator::tokens: return CompareWords(column, field, a, b);
    case Comparator::amount: return CompareRanges(column.ranges[a], column.ranges[b]);
    case Comparator::day: return CompareDays(column.days[a], column.days[b]);
  }
  return 0;
}

double Columns::ShareOfOthers(size_t field, ValueId value, double average) const {
  // How many records a first belief is worth: a value that nobody else has is rarer than the average, but not impossible.
  constexpr double kBelief = 20;
  const Column& column = fields_[field];
  const double others = column.counts[value] > 2 ? column.counts[value] - 2 : 0;
  return (others + kBelief * average) / (static_cast<double>(column.known) + kBelief);
}

}  // namespace pulih::link

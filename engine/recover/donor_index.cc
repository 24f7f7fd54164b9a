#include "engine/recover/donor_index.h"

#include <algorithm>
#include <cstring>

namespace pulih {
namespace {

constexpr size_t kNeighbours = 8, kSpread = 128;  // of the company that a row must stand out from
constexpr size_t kLeastCompany = 16;

}  // namespace

uint32_t DonorIndex::SeedHash(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, kSeed);
  return static_cast<uint32_t>(word * 0x9E3779B97F4A7C15u >> 32);
}

DonorIndex::DonorIndex(const DonorRows& donors) : donors_(donors), present_(size_t{1} << 18), buckets_((size_t{1} << 16) + 1) {
  for (uint32_t i = 0; i < donors.rows.size(); ++i) {
    const DonorRow& row = donors.rows[i];
    const char* line = donors.text.data() + row.begin;
    for (uint16_t at = 0; row.witness && at + kSeed <= row.size; ++at) seeds_.push_back({SeedHash(line + at), i, at});
  }
  std::sort(seeds_.begin(), seeds_.end());
  size_t kept = 0;
  for (size_t i = 0; i < seeds_.size();) {
    size_t end = i;
    while (end < seeds_.size() && seeds_[end].hash == seeds_[i].hash) ++end;
    for (; end - i <= kMostPlaces && i < end; ++i) seeds_[kept++] = seeds_[i];
    i = end;
  }
  seeds_.resize(kept);
  size_t bucket = 0;
  for (size_t i = 0; i < seeds_.size(); ++i) {
    const uint32_t hash = seeds_[i].hash;
    present_[hash >> 14] |= uint64_t{1} << (hash >> 8 & 63);
    for (; bucket <= hash >> 16; ++bucket) buckets_[bucket] = static_cast<uint32_t>(i);
  }
  for (; bucket < buckets_.size(); ++bucket) buckets_[bucket] = static_cast<uint32_t>(seeds_.size());
}

size_t DonorIndex::FirstOf(uint32_t hash) const {
  const auto begin = seeds_.begin() + buckets_[hash >> 16], end = seeds_.begin() + buckets_[(hash >> 16) + 1];
  return static_cast<size_t>(std::lower_bound(begin, end, Seed{hash, 0, 0}) - seeds_.begin());
}

std::vector<DonorIndex::Column> DonorIndex::ColumnsOf(uint32_t row) const {
  const DonorRow& of = donors_.rows[row];
  const DonorTable& table = donors_.tables[of.table];
  const std::string_view line = donors_.Text(of);
  std::vector<Column> columns;
  for (uint32_t begin = 0;;) {
    // COPY writes a tab inside of a value as \t.
    const auto end = static_cast<uint32_t>(std::min(line.find('\t', begin), line.size()));
    const size_t place = columns.size();
    columns.push_back({begin, end, std::find(table.key.begin(), table.key.end(), place) != table.key.end()});
    if (end == line.size()) return columns;
    begin = end + 1;
  }
}

// In how many of the known bytes outside of the key the other row differs from this one.
size_t DonorIndex::Distance(const std::vector<Column>& columns, std::string_view line, const std::vector<bool>& known, uint32_t other) const {
  const std::string_view text = donors_.Text(donors_.rows[other]);
  size_t distance = 0, begin = 0;
  for (const Column& column : columns) {
    const size_t end = begin > text.size() ? begin : std::min(text.find('\t', begin), text.size());
    for (uint32_t i = column.begin; !column.key && i < column.end; ++i) {
      const size_t at = begin + (i - column.begin);
      if (known[i] && (at >= end || text[at] != line[i])) ++distance;
    }
    begin = end + 1;
  }
  return distance;
}

bool DonorIndex::StandsOut(uint32_t row, const std::vector<Column>& columns, const std::vector<bool>& known) const {
  const auto of_table = [this](uint32_t table) {
    return std::equal_range(donors_.rows.begin(), donors_.rows.end(), DonorRow{table, 0, 0, 0, 0, false}, [](const DonorRow& a, const DonorRow& b) { return a.table < b.table; });
  };
  const auto [from, to] = of_table(donors_.rows[row].table);
  const auto first = static_cast<size_t>(from - donors_.rows.begin()), count = static_cast<size_t>(to - from);
  const std::string_view line = donors_.Text(donors_.rows[row]);
  size_t company = 0;
  const auto close = [&](size_t other) {
    if (donors_.rows[other].identity == donors_.rows[row].identity) return false;
    ++company;
    return Distance(columns, line, known, static_cast<uint32_t>(other)) < kMargin;
  };
  const size_t place = row - first;
  for (size_t i = place > kNeighbours ? place - kNeighbours : 0; i < std::min(count, place + kNeighbours + 1); ++i)
    if (close(first + i)) return false;
  const size_t spread = std::min(count, kSpread);
  for (size_t i = 0; i < spread; ++i)
    if (close(first + i * count / spread)) return false;
  return company >= kLeastCompany;
}

// What each column is worth where these bytes of the line are known.
std::vector<DonorIndex::Bears> DonorIndex::Bearing(uint32_t row, const std::vector<Column>& columns, const std::vector<bool>& known) const {
  const DonorRow& of = donors_.rows[row];
  const DonorTable& table = donors_.tables[of.table];
  const auto shows = [&](const std::vector<RowByte>& change) {
    return std::any_of(change.begin(), change.end(), [&](const RowByte& byte) {
      return byte.column < columns.size() && byte.at < columns[byte.column].end - columns[byte.column].begin && known[columns[byte.column].begin + byte.at];
    });
  };
  std::vector<Bears> bearing(columns.size(), Bears::no);
  // Where several copies hold the row alike, the best of them counts.
  for (size_t bit = 0; bit < table.histories.size(); ++bit) {
    const CopyHistory& history = table.histories[bit];
    if ((of.sources >> bit & 1) == 0) continue;
    const bool enough = history.compared >= kComparedRows;
    const bool would_show = history.all_changes && std::all_of(history.changes.begin(), history.changes.end(), shows);
    for (size_t i = 0; i < columns.size(); ++i) {
      const bool moves = !columns[i].key && !would_show && (i >= history.differs.size() || history.differs[i]);
      bearing[i] = std::max(bearing[i], moves ? Bears::no : enough ? Bears::sure : Bears::unsure);
    }
  }
  return bearing;
}

bool DonorIndex::Links(uint32_t row, const MarkedView& text, int64_t begin, std::vector<WitnessRun>& runs) const {
  const std::string_view line = donors_.Text(donors_.rows[row]);
  // The line ends before and behind belong to the place.
  if (begin < 1 || static_cast<uint64_t>(begin) + line.size() >= text.bytes.size()) return false;
  const size_t before = static_cast<size_t>(begin) - 1, size = line.size() + 2;
  const auto written = [&](size_t i) { return i == 0 || i == size - 1 ? '\n' : line[i - 1]; };
  bool solved_disagrees = false;
  for (size_t i = 0; i < size; ++i) {
    const size_t at = before + i;
    const bool agrees = text.bytes[at] == written(i);
    if (text.markers[at] == 0 && !agrees) return false;
    if (text.markers[at] != 0 && text.solved[at] != 0 && !agrees) solved_disagrees = true;
  }
  const auto is_known = [&](size_t i) {
    const size_t at = before + i;
    return text.markers[at] == 0 || (!solved_disagrees && text.solved[at] != 0);
  };
  const std::vector<Column> columns = ColumnsOf(row);
  std::vector<bool> known(line.size());
  size_t telling = 0;
  bool by_key = true;
  for (const Column& column : columns) {
    for (uint32_t i = column.begin; i < column.end; ++i) {
      known[i] = is_known(i + 1);
      if (column.key) by_key = by_key && known[i];
      else telling += known[i];
    }
    if (column.key) by_key = by_key && is_known(column.begin) && is_known(column.end + 1);
  }
  if (!(by_key && telling >= kTellingBytes) && !(telling >= kAnchorBytes && StandsOut(row, columns, known))) return false;

  const std::vector<Bears> bearing = Bearing(row, columns, known);
  runs.clear();
  const auto add = [&](size_t i, bool sure) {
    const uint32_t marker = text.markers[before + i];
    if (marker == 0) return;
    if (!runs.empty() && runs.back().sure == sure && runs.back().at + runs.back().count == i && runs.back().marker == marker + runs.back().count) {
      ++runs.back().count;
      return;
    }
    runs.push_back({marker, static_cast<uint16_t>(i), 1, sure});
  };
  // Where a value ends is told by all that fits around it; it is as sure as the copy.
  const bool ends = std::find(bearing.begin(), bearing.end(), Bears::sure) != bearing.end();
  add(0, ends);
  for (size_t c = 0; c < columns.size(); ++c) {
    for (uint32_t i = columns[c].begin; bearing[c] != Bears::no && i < columns[c].end; ++i) add(i + 1, bearing[c] == Bears::sure);
    add(columns[c].end + 1, ends);
  }
  return true;
}

}  // namespace pulih

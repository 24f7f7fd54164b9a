// Solving markers from rows of other copies: what two rows say counts, one does not, and no wrong donor makes a wrong byte.
#include "engine/recover/solve_markers.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "engine/recover/marker_links.h"

namespace pulih {
namespace {

using Random = std::mt19937_64;
size_t Below(Random& random, size_t n) { return static_cast<size_t>(random() % n); }

// Rows of a table "id, name, sum, status, day" as COPY writes them; ids are sevens of digits that begin alike.
std::string RowText(Random& random, size_t i) {
  static const std::vector<std::string> kWhat = {"Pengadaan", "Rehabilitasi", "Pemeliharaan", "Belanja"}, kOf = {"gedung", "jalan", "irigasi", "komputer"},
                                        kWhere = {"Desa Contoh", "Kota Fiktif", "Sungai Rekaan", "Balai Contoh"};
  const auto pick = [&](const auto& from) { return from[Below(random, from.size())]; };
  return std::to_string(4000000 + i * 7) + "\t" + pick(kWhat) + " " + pick(kOf) + " " + pick(kWhere) + " paket " + std::to_string(Below(random, 90) + 10) + "\t" +
         std::to_string(100000 + Below(random, 900000)) + "000.00\t" + std::to_string(Below(random, 4)) + "\t2014-0" + std::to_string(Below(random, 9) + 1) + "-" +
         std::to_string(Below(random, 18) + 10);
}

// A text of which some bytes are unknown, and what they truly are.
struct Puzzle {
  std::string text;
  std::vector<uint32_t> markers;
  std::vector<char> truth = {0};  // by marker

  // Each byte value has `names` markers, which stand for it wherever it is lost.
  void Lose(Random& random, double rate, size_t names) {
    markers.assign(text.size(), 0);
    std::map<char, std::vector<uint32_t>> of;
    for (size_t i = 0; i < text.size(); ++i) {
      if (static_cast<double>(Below(random, 1000)) >= rate * 1000) continue;
      std::vector<uint32_t>& known = of[text[i]];
      if (known.size() < names) {
        known.push_back(static_cast<uint32_t>(truth.size()));
        truth.push_back(text[i]);
      }
      markers[i] = known[Below(random, known.size())];
    }
  }
  MarkedText Told(size_t run = 1000) const {
    return [this, run](MarkedTextTaker& taker) -> Status {
      std::string shown = text;
      for (size_t i = 0; i < shown.size(); ++i)
        if (markers[i] != 0) shown[i] = '\0';
      for (size_t at = 0; at < shown.size(); at += run) {
        const size_t count = std::min(run, shown.size() - at);
        PULIH_TRY(taker.Run(AsBytes(shown).subspan(at, count), std::span(markers).subspan(at, count)));
      }
      return taker.Break();
    };
  }
};

DonorRows NoDonors(uint64_t compared = 100) {
  DonorRows donors;
  donors.sources = {"0123456789ab (B)"};
  donors.tables = {{"public.paket", {0}, {{compared, std::vector<bool>(5), {}, true}}}};
  return donors;
}
void Add(DonorRows& donors, const std::string& line, bool witness = true) {
  const uint64_t identity = std::stoull(line.substr(0, line.find('\t')));
  donors.rows.push_back({0, static_cast<uint32_t>(donors.text.size()), static_cast<uint32_t>(line.size()), identity, witness ? 1u : 0u, witness});
  donors.text += line;
}

struct Wrong {
  size_t sure = 0, unsure = 0;
};
Wrong CountWrong(const Puzzle& puzzle, const MarkerSolution& solution) {
  Wrong wrong;
  for (uint32_t m = 1; m < puzzle.truth.size(); ++m) {
    const SolvedByte* found = solution.Find(m);
    if (found == nullptr || static_cast<char>(found->byte) == puzzle.truth[m]) continue;
    ++(found->sure ? wrong.sure : wrong.unsure);
  }
  return wrong;
}

MarkerSolution Solved(const DonorRows& donors, const MarkedText& text, SolveReport* report = nullptr) {
  auto solution = SolveMarkers(donors, text, report);
  REQUIRE(solution.ok());
  return std::move(*solution);
}

// A table whose rows have nothing in common but their form, with some bytes lost by hand.
struct Handmade {
  explicit Handmade(uint64_t compared = 100) : donors(NoDonors(compared)) {
    Random random(5);
    for (size_t i = 0; i < 40; ++i) rows.push_back(RowText(random, i));
    puzzle.text = "\n";
    for (const std::string& row : rows) puzzle.text += row + "\n";
    puzzle.markers.assign(puzzle.text.size(), 0);
  }
  // Byte `at` of row `i` is lost, and named.
  void Lose(size_t i, size_t at, uint32_t marker) { puzzle.markers[puzzle.text.find(rows[i]) + at] = marker; }
  size_t StatusOf(size_t i) const { return rows[i].rfind('\t') - 1; }

  std::vector<std::string> rows;
  Puzzle puzzle;
  DonorRows donors;
};

}  // namespace

TEST_CASE("two rows that say the same solve a marker; one row, or one row of two copies, does not") {
  Handmade made;
  made.Lose(3, made.StatusOf(3), 1);
  made.Lose(9, made.StatusOf(9), 1);
  made.rows[9][made.StatusOf(9)] = made.rows[3][made.StatusOf(3)];
  Add(made.donors, made.rows[3]);
  SECTION("one") { REQUIRE(Solved(made.donors, made.puzzle.Told()).empty()); }
  SECTION("one, twice") {
    Add(made.donors, made.rows[3]);
    REQUIRE(Solved(made.donors, made.puzzle.Told()).empty());
  }
  SECTION("two") {
    Add(made.donors, made.rows[9]);
    const MarkerSolution solution = Solved(made.donors, made.puzzle.Told());
    REQUIRE(solution.size() == 1);
    REQUIRE(static_cast<char>(solution.Find(1)->byte) == made.rows[3][made.StatusOf(3)]);
    REQUIRE(solution.Find(1)->sure);
    REQUIRE(solution.Find(1)->sources == 1);
  }
  SECTION("two, and a third that says something else") {
    Add(made.donors, made.rows[9]);
    made.Lose(12, made.StatusOf(12), 1);
    made.rows[12][made.StatusOf(12)] = static_cast<char>(made.rows[3][made.StatusOf(3)] ^ 1);
    Add(made.donors, made.rows[12]);
    SolveReport report;
    REQUIRE(Solved(made.donors, made.puzzle.Told(), &report).empty());
    REQUIRE(report.contradicted == 1);
  }
}

TEST_CASE("a row that differs in a known byte, or in length, is no witness") {
  Handmade made;
  for (const size_t i : {3u, 9u}) made.Lose(i, made.StatusOf(i), 1);
  made.rows[9][made.StatusOf(9)] = made.rows[3][made.StatusOf(3)];
  std::string other = made.rows[9];
  SECTION("a byte") { other[10] = static_cast<char>(other[10] ^ 1); }
  SECTION("longer") { other += "0"; }
  SECTION("shorter") { other.pop_back(); }
  Add(made.donors, made.rows[3]);
  Add(made.donors, other);
  REQUIRE(Solved(made.donors, made.puzzle.Told()).empty());
}

TEST_CASE("values that moved between two copies bear witness only where the change would have shown") {
  Handmade made;
  for (const size_t i : {3u, 9u}) made.Lose(i, made.StatusOf(i), 1);
  made.rows[9][made.StatusOf(9)] = made.rows[3][made.StatusOf(3)];
  Add(made.donors, made.rows[3]);
  Add(made.donors, made.rows[9]);
  CopyHistory& history = made.donors.tables[0].histories[0];
  history.differs[3] = true;
  SECTION("the status alone was seen to move") {
    history.changes = {{{3, 0}}};
    REQUIRE(Solved(made.donors, made.puzzle.Told()).empty());
  }
  SECTION("whenever it moved, the day did too, and the day is known") {
    history.changes = {{{3, 0}, {4, 9}}, {{3, 0}, {4, 8}}};
    REQUIRE(Solved(made.donors, made.puzzle.Told()).Find(1)->sure);
  }
  SECTION("there were more changes than were kept") {
    history.changes = {{{3, 0}, {4, 9}}};
    history.all_changes = false;
    REQUIRE(Solved(made.donors, made.puzzle.Told()).empty());
  }
  SECTION("too few rows to compare") {
    history.differs[3] = false;
    history.compared = kComparedRows - 1;
    REQUIRE(!Solved(made.donors, made.puzzle.Told()).Find(1)->sure);
  }
}

TEST_CASE("rows are linked by what is solved: a line end and a key become known") {
  Handmade made;
  // The digits that all keys begin with, and line ends, are lost everywhere.
  for (size_t i = 0; i < made.rows.size(); ++i) {
    made.Lose(i, 0, 1);
    made.Lose(i, made.rows[i].size(), 2);
  }
  for (size_t i = 4; i < 36; i += 2) Add(made.donors, made.rows[i]);
  const MarkerSolution solution = Solved(made.donors, made.puzzle.Told());
  REQUIRE(solution.Find(1)->byte == '4');
  REQUIRE(solution.Find(2)->byte == '\n');
}

namespace {

// What solve_markers.h says, done in the obvious way: every donor at every place, and sets for what is said.
MarkerSolution SlowRound(const DonorRows& donors, const Puzzle& puzzle, const MarkerSolution& before) {
  const DonorIndex index(donors);
  std::string bytes = puzzle.text;
  std::vector<uint8_t> solved(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (puzzle.markers[i] == 0) continue;
    const SolvedByte* found = before.Find(puzzle.markers[i]);
    solved[i] = found != nullptr;
    bytes[i] = found != nullptr ? static_cast<char>(found->byte) : '\0';
  }
  std::map<std::string, size_t> places;  // of a seed in the donors
  for (const DonorRow& row : donors.rows)
    for (size_t i = 0; row.witness && i + kSeed <= row.size; ++i) ++places[std::string(donors.Text(row).substr(i, kSeed))];
  struct Link {
    size_t row, begin;
    std::vector<WitnessRun> runs;
  };
  std::vector<Link> links;
  for (size_t row = 0; row < donors.rows.size(); ++row) {
    if (!donors.rows[row].witness) continue;
    const std::string_view line = donors.Text(donors.rows[row]);
    for (size_t begin = 1; begin + line.size() < bytes.size(); ++begin) {
      std::vector<WitnessRun> runs;
      if (!index.Links(static_cast<uint32_t>(row), {bytes, puzzle.markers, solved}, static_cast<int64_t>(begin), runs)) continue;
      bool seed = false;
      for (size_t i = 0; !seed && i + kSeed <= line.size(); ++i) {
        seed = bytes.substr(begin + i, kSeed) == line.substr(i, kSeed) && places[std::string(line.substr(i, kSeed))] <= kMostPlaces;
        for (size_t k = 0; seed && k < kSeed; ++k) seed = puzzle.markers[begin + i + k] == 0 || solved[begin + i + k];
      }
      if (seed) links.push_back({row, begin, runs});
    }
  }
  const auto identity = [&](const Link& link) { return donors.rows[link.row].identity; };
  const std::vector<Link> all = links;
  std::erase_if(links, [&](const Link& a) {
    return std::any_of(all.begin(), all.end(), [&](const Link& b) {
      if (identity(a) == identity(b)) return a.begin != b.begin;
      return a.begin <= b.begin + donors.rows[b.row].size && b.begin <= a.begin + donors.rows[a.row].size;
    });
  });
  std::map<uint32_t, std::map<char, std::pair<std::set<uint64_t>, std::set<uint64_t>>>> said;
  const auto for_bytes = [&](const Link& link, const auto& each) {
    const std::string line = "\n" + std::string(donors.Text(donors.rows[link.row])) + "\n";
    for (const WitnessRun& run : link.runs)
      for (uint32_t i = 0; i < run.count; ++i) each(run.marker - i, line[run.at + i], run.sure);
  };
  for (;;) {
    said.clear();
    for (const Link& link : links)
      for_bytes(link, [&](uint32_t marker, char byte, bool sure) {
        auto& who = said[marker][byte];
        who.first.insert(identity(link));
        if (sure) who.second.insert(identity(link));
      });
    const size_t count = links.size();
    std::erase_if(links, [&](const Link& link) {
      size_t against = 0;
      for_bytes(link, [&](uint32_t marker, char byte, bool) {
        const auto& by_byte = said[marker];
        against += by_byte.at(byte).first.size() == 1 && std::any_of(by_byte.begin(), by_byte.end(), [&](const auto& one) { return one.first != byte && one.second.first.size() >= 2; });
      });
      return against >= 2;
    });
    if (links.size() == count) break;
  }
  MarkerSolution solution;
  for (const auto& [marker, by_byte] : said)
    if (by_byte.size() == 1 && by_byte.begin()->second.first.size() >= 2)
      solution.Set(marker, static_cast<uint8_t>(by_byte.begin()->first), by_byte.begin()->second.second.size() >= 2, 1);
  return solution;
}

}  // namespace

TEST_CASE("a slow twin solves the same, and wrong donors make no wrong byte") {
  size_t solved = 0, asked = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    std::vector<std::string> rows;
    for (size_t i = 0; i < 200; ++i) rows.push_back(RowText(random, i));
    Puzzle puzzle;
    puzzle.text = "\n";
    for (size_t i = 0; i < rows.size(); ++i)
      if (i % 10 != 9) puzzle.text += rows[i] + "\n";  // every tenth is not there: lost, or of another day
    puzzle.Lose(random, 0.2 + 0.1 * static_cast<double>(seed % 4), 3 + seed % 7);
    DonorRows donors = NoDonors();
    CopyHistory& history = donors.tables[0].histories[0];
    // Rows that changed since: the sum and the day, or the name.
    history.differs = {false, true, true, false, true};
    for (uint16_t at = 0; at < 6; ++at) history.changes.push_back({{2, at}, {4, 9}});
    for (size_t i = 0; i < rows.size(); ++i) {
      std::string row = rows[i];
      const size_t what = Below(random, 20);
      if (what > 6) {
        Add(donors, row, false);  // company
        donors.rows.back().identity += 10'000'000;
        continue;
      }
      if (what == 0) {
        const size_t sum = row.find('\t', row.find('\t') + 1) + 1;
        for (const size_t at : {sum + Below(random, 6), row.size() - 1}) row[at] = static_cast<char>('0' + (row[at] - '0' + 1 + static_cast<int>(Below(random, 9))) % 10);
      }
      Add(donors, row);
    }
    const MarkerSolution solution = Solved(donors, puzzle.Told(777));
    REQUIRE(CountWrong(puzzle, solution).sure == 0);
    REQUIRE(CountWrong(puzzle, solution).unsure == 0);
    REQUIRE(Solved(donors, puzzle.Told(1 << 20)) == solution);
    MarkerSolution slow, last;
    for (unsigned round = 0; round < kSolveRounds; ++round) {
      last = SlowRound(donors, puzzle, slow);
      if (last == slow) break;
      slow = round + 1 == kSolveRounds ? slow.Common(last) : last;
    }
    REQUIRE(solution == slow);
    solved += solution.size();
    asked += puzzle.truth.size() - 1;
  }
  CHECK(solved * 10 > asked * 5);
}

TEST_CASE("a stretch longer than what is looked at at once, and hostile markers, change nothing") {
  Random random(3);
  std::vector<std::string> rows;
  Puzzle puzzle;
  puzzle.text = "\n";
  for (size_t i = 0; puzzle.text.size() < (1200u << 10); ++i) {
    rows.push_back(RowText(random, i));
    puzzle.text += rows.back() + "\n";
  }
  puzzle.Lose(random, 0.3, 200);
  DonorRows donors = NoDonors();
  for (size_t i = 0; i < rows.size(); i += 10) Add(donors, rows[i]);
  const MarkerSolution solution = Solved(donors, puzzle.Told(65536));
  REQUIRE(CountWrong(puzzle, solution).sure == 0);
  REQUIRE(solution.size() > 1000);
  REQUIRE(Solved(donors, puzzle.Told(4099)) == solution);
  // Markers at the end of what can be told apart.
  for (uint32_t& marker : puzzle.markers) marker = marker == 0 ? 0 : UINT32_MAX - marker % 2;
  (void)Solved(donors, [&](MarkedTextTaker& taker) { return taker.Run(AsBytes(puzzle.text), puzzle.markers); });
}

}  // namespace pulih

// Measures of likeness: known values, slow twins, and texts at their edges.
#include "engine/link/likeness.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/link/columns.h"

namespace pulih::link {
namespace {

// Damerau's distance in its restricted form, by the book.
size_t SlowDistance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

TEST_CASE("Jaro-Winkler gives the values of the literature") {
  CHECK(JaroWinkler("MARTHA", "MARHTA") == Approx(0.9611).epsilon(1e-4));
  CHECK(JaroWinkler("DWAYNE", "DUANE") == Approx(0.84).epsilon(1e-4));
  CHECK(JaroWinkler("DIXON", "DICKSONX") == Approx(0.8133).epsilon(1e-4));
  CHECK(JaroWinkler("", "") == 1);
  CHECK(JaroWinkler("A", "") == 0);
  CHECK(JaroWinkler("ABC", "XYZ") == 0);
}

TEST_CASE("likeness is the same both ways, between 0 and 1, and 1 of equals only") {
  std::mt19937 random(7);
  for (int round = 0; round < 4000; ++round) {
    std::string a, b;
    for (auto* text : {&a, &b})
      for (uint32_t n = random() % 90; n > 0; --n) *text += static_cast<char>('A' + random() % 4);
    const double likeness = JaroWinkler(a, b);
    CHECK(likeness >= 0);
    CHECK(likeness <= 1);
    CHECK(JaroWinkler(a, a) == 1);
    CHECK(JaroWinkler(b, a) == Approx(likeness).margin(0.06));  // Jaro's greedy matching is not wholly symmetrical
  }
}

TEST_CASE("edits are counted as the slow way counts them, up to the limit") {
  std::mt19937 random(11);
  for (int round = 0; round < 4000; ++round) {
    std::string a, b;
    for (auto* text : {&a, &b})
      for (uint32_t n = random() % 9; n > 0; --n) *text += static_cast<char>('0' + random() % 3);
    INFO(a << " " << b);
    for (const size_t limit : {0u, 1u, 2u, 8u}) CHECK(EditDistance(a, b, limit) == std::min(SlowDistance(a, b), limit + 1));
  }
  CHECK(EditDistance(std::string(200, 'x'), std::string(200, 'x'), 2) == 0);
  CHECK(EditDistance(std::string(200, 'x'), std::string(199, 'x'), 2) == 3);  // too long to look at
}

TEST_CASE("amounts and days are read, and what is none of them is none") {
  CHECK(ReadRange("100")->least == 100);
  CHECK(ReadRange("100")->beyond == 101);
  CHECK(ReadRange("100 200")->beyond == 200);
  for (const char* text : {"", " ", "x", "100 ", "100 100", "200 100", "1.5", "-5", "9223372036854775807", "92233720368547758070", "1 2 3"}) CHECK_FALSE(ReadRange(text));
  CHECK(ReadDay("1970-01-02") == 1);
  CHECK(ReadDay("2014-03-04 11:00:00") == ReadDay("20140304"));
  for (const char* text : {"", "2014", "2014-02-30", "20140230", "2014-3-4", "abcd-ef-gh", "2014-13-01"}) CHECK_FALSE(ReadDay(text));
}

Level CompareTwo(Comparator comparator, const std::string& a, const std::string& b) {
  const Scheme scheme{{{"field", comparator, false}}, {}};
  const std::vector<Record> records{{"a", "", "", {a}}, {"b", "", "", {b}}};
  const Columns columns(scheme, records, {0, 1});
  const Level level = columns.Compare(0, columns.Value(0, 0), columns.Value(1, 0));
  CHECK(columns.Compare(0, columns.Value(1, 0), columns.Value(0, 0)) == level);
  return level;
}

TEST_CASE("levels: equal, alike, differs, and 0 where one is not known") {
  CHECK(CompareTwo(Comparator::exact, "JKT", "JKT") == 1);
  CHECK(CompareTwo(Comparator::exact, "JKT", "BDG") == 2);
  CHECK(CompareTwo(Comparator::exact, "JKT", "") == 0);
  CHECK(CompareTwo(Comparator::name, "KARYA CONTOH", "KARYA CONTO") == 2);
  CHECK(CompareTwo(Comparator::name, "KARYA CONTOH", "ZZZ") == 4);
  CHECK(CompareTwo(Comparator::code, "1201901", "1201910") == 2);
  CHECK(CompareTwo(Comparator::code, "1201901", "1207777") == 4);
  CHECK(CompareTwo(Comparator::tokens, "JALAN DESA CONTOH", "CONTOH JALAN DESA") == 1);
  CHECK(CompareTwo(Comparator::tokens, "JALAN DESA CONTOH", "GEDUNG SEKOLAH") == 4);
  CHECK(CompareTwo(Comparator::tokens, "  ", "GEDUNG") == 4);
  CHECK(CompareTwo(Comparator::amount, "2361400000", "2361400000") == 1);
  CHECK(CompareTwo(Comparator::amount, "2361400000", "2355000000 2365000000") == 2);
  CHECK(CompareTwo(Comparator::amount, "2361400000", "2400000000") == 3);
  CHECK(CompareTwo(Comparator::amount, "2361400000", "3000000000") == 4);
  CHECK(CompareTwo(Comparator::amount, "2361400000", "2,3 M") == 0);
  CHECK(CompareTwo(Comparator::day, "2014-03-04", "2014-03-04 11:00:00") == 1);
  CHECK(CompareTwo(Comparator::day, "2014-03-04", "2014-03-06") == 2);
  CHECK(CompareTwo(Comparator::day, "2014-03-04", "2014-03-30") == 3);
  CHECK(CompareTwo(Comparator::day, "2014-03-04", "2015-03-04") == 4);
}

}  // namespace
}  // namespace pulih::link

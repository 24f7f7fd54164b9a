// What an export shows of a row, against a slow and obvious twin, and whatever the order in which claims arrived.
#include <algorithm>
#include <map>
#include <random>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "engine/recover/choose.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

ClaimedField Value(std::string text) { return {State::value, std::move(text), {}, false}; }
ClaimedField Null() { return {State::null, {}, {}, false}; }
ClaimedField Missing() { return {}; }
// '?' stands for a byte that is lost, '…' at the end (here '+') for a lost end.
ClaimedField Partial(std::string text) {
  ClaimedField field{State::partial, {}, {}, false};
  if (text.ends_with('+')) field.cut = true, text.pop_back();
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '?') field.unknown.push_back({static_cast<uint32_t>(i), 0}), text[i] = '\0';
  field.text = std::move(text);
  return field;
}

StoredClaim Claim(uint32_t unit, Grade grade, std::vector<ClaimedField> fields, Standing standing = Standing::live, uint64_t moment = 0) {
  static uint64_t number = 0;
  StoredClaim stored;
  stored.unit = unit;
  stored.number = ++number;
  stored.claim.table = "public.paket";
  stored.claim.fields = std::move(fields);
  stored.claim.grade = grade;
  stored.claim.standing = standing;
  stored.claim.moment = moment;
  return stored;
}

// Evidence 1 is the oldest of four with a time; 5 and 6 have none; 3 and 4 are of one time.
const ClaimSource& SourceOfUnit(uint32_t unit) {
  static const std::map<uint32_t, ClaimSource> sources{
      {1, {"aa", "2014-07-01 00:00:00+00", 3}}, {2, {"bb", "2014-10-04 15:00:00+00", 3}}, {3, {"cc", "2014-09-01 00:00:00+00", 2}},
      {4, {"dd", "2014-09-01 00:00:00+00", 2}}, {5, {"ee", "", 3}},                       {6, {"ff", "", 0}}};
  return sources.at(unit);
}
const SourceOf kSources = SourceOfUnit;

ChosenRow Choose(const std::vector<StoredClaim>& claims, size_t key_fields = 1) {
  const auto chosen = ChooseRow(claims, kSources, key_fields);
  REQUIRE(chosen);
  return *chosen;
}

const ClaimedField& Shown(const std::vector<StoredClaim>& claims, const ChosenRow& chosen, size_t field) {
  return claims[chosen.fields[field].claim].claim.fields[field];
}

// --- the twin: counts, for each claim, how many beat it; no sorting, no early ends ---------------------------------------

int Level(Grade grade) { return std::string("ABCED").find(static_cast<char>(grade)) == std::string::npos ? 9 : static_cast<int>(std::string("ABCED").find(static_cast<char>(grade))); }
int Level(Standing standing) { return standing == Standing::live ? 0 : standing == Standing::unknown ? 1 : standing == Standing::older ? 2 : 3; }

struct TwinRow {
  size_t best = 0;
  bool deleted = false;
  std::vector<std::tuple<State, std::string, Grade, bool>> fields;  // what is shown, its grade, whether disputed
};

class Twin {
 public:
  explicit Twin(const std::vector<StoredClaim>& all) {
    for (const StoredClaim& claim : all) {
      StoredClaim copy = claim;
      for (const StoredClaim& other : all)
        if (other.unit == claim.unit && other.claim.standing == claim.claim.standing && Level(claim.claim.standing) < 2 && claim.claim.moment != 0 &&
            other.claim.moment > claim.claim.moment && other.claim.grade != Grade::f)
          copy.claim.standing = Standing::older;
      if (claim.claim.grade != Grade::f) claims_.push_back(copy);
    }
  }
  std::optional<TwinRow> Make() const {
    if (claims_.empty()) return std::nullopt;
    TwinRow row;
    for (size_t i = 0; i < claims_.size(); ++i)
      if (std::none_of(claims_.begin(), claims_.end(), [&](const StoredClaim& other) { return Beats(other, claims_[i]); })) row.best = i;
    std::string newest;
    for (const StoredClaim& claim : claims_) newest = std::max(newest, SourceOfUnit(claim.unit).captured);
    bool gone = false, there = false;
    for (const StoredClaim& claim : claims_) {
      if (SourceOfUnit(claim.unit).captured != newest) continue;
      gone = gone || claim.claim.standing == Standing::deleted;
      there = there || Level(claim.claim.standing) < 2;
    }
    row.deleted = gone && !there;
    for (size_t field = 0; field < claims_[row.best].claim.fields.size(); ++field) row.fields.push_back(Field(claims_[row.best], field));
    return row;
  }

 private:
  static std::vector<int64_t> Rank(const StoredClaim& c) {
    return {Level(c.claim.standing), c.claim.grade == Grade::d};
  }
  static bool Beats(const StoredClaim& a, const StoredClaim& b) {
    if (Rank(a) != Rank(b)) return Rank(a) < Rank(b);
    const ClaimSource &x = SourceOfUnit(a.unit), &y = SourceOfUnit(b.unit);
    if (x.captured != y.captured) return x.captured > y.captured;
    if (a.claim.grade != b.claim.grade) return Level(a.claim.grade) < Level(b.claim.grade);
    const int p = x.source_class == 0 ? 99 : x.source_class, q = y.source_class == 0 ? 99 : y.source_class;
    if (p != q) return p < q;
    if (a.unit != b.unit) return x.id < y.id;
    if (a.claim.moment != b.claim.moment) return a.claim.moment > b.claim.moment;
    return a.number < b.number;
  }
  static bool Known(const ClaimedField& f) { return f.state == State::value || f.state == State::null; }

  // All texts of the right length that the damaged field could have been, tested byte by byte; -1 when `whole` is none.
  static int Left(const ClaimedField& damaged, const ClaimedField& whole) {
    if (whole.state != State::value) return -1;
    if (damaged.cut ? damaged.text.size() > whole.text.size() : damaged.text.size() != whole.text.size()) return -1;
    int left = 0;
    for (size_t i = 0; i < damaged.text.size(); ++i) {
      const bool lost = std::any_of(damaged.unknown.begin(), damaged.unknown.end(), [&](const UnknownByte& u) { return u.at == i; });
      if (!lost && damaged.text[i] != whole.text[i]) return -1;
      left += lost ? 0 : 1;
    }
    return left;
  }
  static bool OneVersion(const RowClaim& a, const RowClaim& b) {
    int shared = 0;
    for (size_t i = 0; i < a.fields.size(); ++i) {
      const ClaimedField &x = a.fields[i], &y = b.fields[i];
      if (Known(x) && Known(y) && !(x.state == y.state && x.text == y.text)) return false;
      if (Known(x) && Known(y)) ++shared;
      if (x.state == State::partial && Known(y) && Left(x, y) < 0) return false;
      if (y.state == State::partial && Known(x) && Left(y, x) < 0) return false;
      if (x.state == State::partial && Known(y) && Left(x, y) >= 8) ++shared;
    }
    return shared > 1;
  }
  std::tuple<State, std::string, Grade, bool> Field(const StoredClaim& best, size_t field) const {
    const ClaimedField& own = best.claim.fields[field];
    const bool current = Level(best.claim.standing) < 2;
    if (Known(own)) {
      bool disputed = false;
      for (const StoredClaim& other : claims_) {
        const bool equal_worth = other.claim.standing == best.claim.standing && other.claim.grade == best.claim.grade &&
                                 SourceOfUnit(other.unit).captured == SourceOfUnit(best.unit).captured &&
                                 SourceOfUnit(other.unit).source_class == SourceOfUnit(best.unit).source_class;
        const bool in_order = !current && other.unit == best.unit && other.claim.moment != best.claim.moment;
        const ClaimedField& theirs = other.claim.fields[field];
        if (equal_worth && !in_order && Known(theirs) && !(theirs.state == own.state && theirs.text == own.text)) disputed = true;
      }
      return {own.state, own.text, current && !disputed ? best.claim.grade : Grade::d, disputed};
    }
    std::vector<const StoredClaim*> donors;
    for (const StoredClaim& other : claims_) {
      if (&other == &best || !Known(other.claim.fields[field]) || (Level(other.claim.standing) < 2) != current) continue;
      if (other.unit == best.unit && other.claim.moment != best.claim.moment) continue;
      if (OneVersion(best.claim, other.claim)) donors.push_back(&other);
    }
    if (donors.empty()) return {own.state, own.text, current ? best.claim.grade : Grade::d, false};
    const StoredClaim* donor = donors.front();
    bool telling = false;
    for (const StoredClaim* one : donors) {
      if (Beats(*one, *donor)) donor = one;
      const ClaimedField &a = one->claim.fields[field], &b = donors.front()->claim.fields[field];
      if (!(a.state == b.state && a.text == b.text)) return {own.state, own.text, current ? best.claim.grade : Grade::d, false};
      if (one->unit == best.unit && best.claim.moment != 0) telling = true;
      if (own.state == State::partial && Left(own, a) >= 8) telling = true;
    }
    const Grade grade = !current || !telling || donor->claim.grade == Grade::d ? Grade::d : Grade::e;
    return {donor->claim.fields[field].state, donor->claim.fields[field].text, grade, false};
  }

  std::vector<StoredClaim> claims_;
};

StoredClaim RandomClaim(std::mt19937_64& random) {
  const auto pick = [&](uint64_t n) { return random() % n; };
  static const std::string kLong = "a long text of the row";
  std::vector<ClaimedField> fields{Value("17")};
  for (int i = 0; i < 3; ++i) {
    switch (pick(8)) {
      case 0: fields.push_back(Missing()); break;
      case 1: fields.push_back(Null()); break;
      case 2: fields.push_back(Partial("a lo?g text of+")); break;
      case 3: fields.push_back(Partial(std::string("?") + kLong.substr(1))); break;
      case 4: fields.push_back(Partial("b+")); break;
      case 5: fields.push_back(Value("b")); break;
      default: fields.push_back(Value(kLong)); break;
    }
  }
  const Grade grade = static_cast<Grade>("ABCDEF"[pick(6)]);
  const Standing standing = static_cast<Standing>(std::min<uint64_t>(pick(7), 3));
  return Claim(static_cast<uint32_t>(1 + pick(6)), grade, std::move(fields), pick(2) ? Standing::live : standing, pick(3));
}

}  // namespace

TEST_CASE("choosing agrees with a slow and obvious twin, for any order of arrival") {
  std::mt19937_64 random(2014);
  for (int round = 0; round < (std::getenv("PULIH_NIGHTLY") != nullptr ? 20000 : 2000); ++round) {
    std::vector<StoredClaim> claims;
    for (uint64_t n = 1 + random() % 6; n > 0; --n) claims.push_back(RandomClaim(random));
    const auto expected = Twin(claims).Make();
    for (int order = 0; order < 3; ++order) {
      std::shuffle(claims.begin(), claims.end(), random);
      const auto chosen = ChooseRow(claims, kSources);
      REQUIRE(chosen.has_value() == expected.has_value());
      if (!chosen) continue;
      REQUIRE(chosen->deleted == expected->deleted);
      REQUIRE(chosen->fields.size() == expected->fields.size());
      for (size_t i = 0; i < chosen->fields.size(); ++i) {
        const ClaimedField& shown = Shown(claims, *chosen, i);
        const auto& [state, text, grade, disputed] = expected->fields[i];
        CAPTURE(round, i, text, static_cast<char>(grade), static_cast<char>(chosen->fields[i].grade));
        REQUIRE(shown.state == state);
        REQUIRE(shown.text == text);
        REQUIRE(chosen->fields[i].grade == grade);
        REQUIRE(chosen->fields[i].disputed == disputed);
      }
    }
  }
}

TEST_CASE("a row that is live beats one that is proven better but superseded") {
  const std::vector<StoredClaim> claims{Claim(1, Grade::a, {Value("1"), Value("old")}, Standing::older), Claim(1, Grade::d, {Value("1"), Value("new")})};
  const ChosenRow chosen = Choose(claims);
  CHECK(Shown(claims, chosen, 1).text == "new");
  CHECK(chosen.fields[1].grade == Grade::d);
}

TEST_CASE("of two live versions in one evidence the later one is shown, however well the earlier one is proven") {
  const std::vector<StoredClaim> claims{Claim(1, Grade::a, {Value("1"), Value("old")}, Standing::live, 100), Claim(1, Grade::c, {Value("1"), Value("new")}, Standing::live, 200)};
  const ChosenRow chosen = Choose(claims);
  CHECK(Shown(claims, chosen, 1).text == "new");
  CHECK(chosen.fields[1].grade == Grade::c);
  CHECK_FALSE(chosen.fields[1].disputed);
}

TEST_CASE("a version that was superseded is shown as D at best, and only when there is no other") {
  const std::vector<StoredClaim> claims{Claim(1, Grade::a, {Value("1"), Value("old")}, Standing::older)};
  CHECK(Choose(claims).fields[1].grade == Grade::d);
}

TEST_CASE("two equally proven sources that disagree make the field D, and only that field") {
  const std::vector<StoredClaim> claims{Claim(3, Grade::b, {Value("1"), Value("x"), Value("same")}), Claim(4, Grade::b, {Value("1"), Value("y"), Value("same")})};
  const ChosenRow chosen = Choose(claims);
  CHECK(chosen.fields[0].grade == Grade::b);
  CHECK(chosen.fields[1].grade == Grade::d);
  CHECK(chosen.fields[1].disputed);
  CHECK(chosen.fields[2].grade == Grade::b);
}

TEST_CASE("evidence that is newer is no dispute") {
  const std::vector<StoredClaim> claims{Claim(1, Grade::b, {Value("1"), Value("before")}), Claim(2, Grade::b, {Value("1"), Value("after")})};
  const ChosenRow chosen = Choose(claims);
  CHECK(Shown(claims, chosen, 1).text == "after");
  CHECK(chosen.fields[1].grade == Grade::b);
}

TEST_CASE("a lost field is filled only from what nothing tells apart from the best version") {
  const StoredClaim damaged = Claim(2, Grade::b, {Value("1"), Value("open"), Missing()});
  SECTION("a claim that agrees beyond the key fills it, and the grade says that this is no proof") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Value("open"), Value("title")})};
    const ChosenRow chosen = Choose(claims);
    CHECK(Shown(claims, chosen, 2).text == "title");
    CHECK(chosen.fields[2].grade == Grade::d);
    CHECK(chosen.fields[2].filled);
    CHECK(chosen.fields[1].grade == Grade::b);
  }
  SECTION("a claim that differs elsewhere is another version") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Value("closed"), Value("title")})};
    CHECK(Shown(claims, Choose(claims), 2).state == State::missing);
  }
  SECTION("a claim that shares nothing but the key proves nothing") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Missing(), Value("title")})};
    CHECK(Shown(claims, Choose(claims), 2).state == State::missing);
  }
  SECTION("a key of two columns is still nothing but the key") {
    const std::vector<StoredClaim> claims{Claim(2, Grade::b, {Value("1"), Value("2"), Missing()}), Claim(1, Grade::a, {Value("1"), Value("2"), Value("title")})};
    CHECK(Shown(claims, Choose(claims, 2), 2).state == State::missing);
  }
  SECTION("two that could fill it and disagree leave it lost") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Value("open"), Value("x")}), Claim(3, Grade::a, {Value("1"), Value("open"), Value("y")})};
    CHECK(Shown(claims, Choose(claims), 2).state == State::missing);
  }
  SECTION("a superseded version does not fill a current one") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Value("open"), Value("x")}, Standing::older)};
    CHECK(Shown(claims, Choose(claims), 2).state == State::missing);
  }
}

TEST_CASE("what is left of a field decides whether another value may stand for it") {
  const StoredClaim damaged = Claim(2, Grade::b, {Value("1"), Value("open"), Partial("Pengadaan ??ja+")});
  SECTION("a value that fits and of which enough is left is solved from the other copy") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Value("open"), Value("Pengadaan meja sekolah")})};
    const ChosenRow chosen = Choose(claims);
    CHECK(Shown(claims, chosen, 2).text == "Pengadaan meja sekolah");
    CHECK(chosen.fields[2].grade == Grade::e);
  }
  SECTION("a value that does not fit is not taken") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Value("open"), Value("Pembangunan jalan")})};
    CHECK(Shown(claims, Choose(claims), 2).state == State::partial);
  }
  SECTION("nor is one that is too short") {
    const std::vector<StoredClaim> claims{damaged, Claim(1, Grade::a, {Value("1"), Value("open"), Value("Pengadaan")})};
    CHECK(Shown(claims, Choose(claims), 2).state == State::partial);
  }
}

TEST_CASE("a row that the newest evidence says was deleted is no row") {
  const StoredClaim gone = Claim(2, Grade::b, {Value("1"), Value("x")}, Standing::deleted);
  CHECK(Choose({gone}).deleted);
  CHECK(Choose({gone, Claim(1, Grade::a, {Value("1"), Value("x")})}).deleted);
  // Put in again under the same key, or deleted before the newest evidence was made.
  CHECK_FALSE(Choose({gone, Claim(2, Grade::b, {Value("1"), Value("y")})}).deleted);
  CHECK_FALSE(Choose({Claim(1, Grade::b, {Value("1"), Value("x")}, Standing::deleted), Claim(2, Grade::b, {Value("1"), Value("x")})}).deleted);
}

TEST_CASE("a guess is never chosen") {
  CHECK_FALSE(ChooseRow({Claim(1, Grade::f, {Value("1"), Value("x")})}, kSources));
  const std::vector<StoredClaim> claims{Claim(2, Grade::f, {Value("1"), Value("guess")}), Claim(1, Grade::d, {Value("1"), Missing()})};
  CHECK(Shown(claims, Choose(claims), 1).state == State::missing);
}

TEST_CASE("a row with very many claims is thinned without another choice") {
  std::mt19937_64 random(99);
  for (int round = 0; round < (std::getenv("PULIH_NIGHTLY") != nullptr ? 3000 : 500); ++round) {
    std::vector<StoredClaim> claims, thinned;
    for (uint64_t n = 1 + random() % 12; n > 0; --n) {
      claims.push_back(RandomClaim(random));
      thinned.push_back(claims.back());
      if (random() % 3 == 0) ThinClaims(thinned, kSources);
    }
    ThinClaims(thinned, kSources);
    const auto all = ChooseRow(claims, kSources), few = ChooseRow(thinned, kSources);
    REQUIRE(all.has_value() == few.has_value());
    if (!all) continue;
    REQUIRE(all->deleted == few->deleted);
    // Of a row that nobody holds as current, less is known of which past versions agree.
    if (Level(claims[all->order.front()].claim.standing) >= 2 || Level(thinned[few->order.front()].claim.standing) >= 2) continue;
    for (size_t i = 0; i < all->fields.size(); ++i) {
      REQUIRE(Shown(claims, *all, i) == Shown(thinned, *few, i));
      REQUIRE(all->fields[i].grade == few->fields[i].grade);
    }
  }
}

TEST_CASE("a log that holds a row a million times leaves a handful of claims") {
  std::vector<StoredClaim> claims;
  for (uint64_t moment = 1; moment <= 5000; ++moment) claims.push_back(Claim(1, Grade::a, {Value("1"), Value(std::to_string(moment))}, Standing::live, moment));
  for (int i = 0; i < 5000; ++i) claims.push_back(Claim(2, Grade::b, {Value("1"), Value("same")}));
  for (int i = 0; i < 5000; ++i) claims.push_back(Claim(3, Grade::b, {Value("1"), Value(std::to_string(i))}));
  ThinClaims(claims, kSources);
  CHECK(claims.size() <= kMaxThinned);
  CHECK(Shown(claims, Choose(claims), 1).text == "same");
}

}  // namespace pulih

// What is shown of a thing that many sources tell of, how sure it is, and that the order of their arrival never matters.
#include "engine/recover/fuse.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include <catch2/catch.hpp>

namespace pulih {
namespace {

using tender::Field;
using tender::Precision;
using tender::TenderField;

// Evidence 1 and 2 are of the best class; 4 has neither time nor class.
const ClaimSource& SourceOfUnit(uint32_t unit) {
  static const std::map<uint32_t, ClaimSource> sources{
      {1, {"aa", "2014-07-01 00:00:00+00", 1}}, {2, {"bb", "2014-10-04 15:00:00+00", 1}}, {3, {"cc", "2014-09-01 00:00:00+00", 5}}, {4, {"dd", "", 0}}};
  return sources.at(unit);
}
const SourceOf kSources = SourceOfUnit;

TenderField Exact(Field field, std::string value) { return {field, value, value, {}, Precision::exact}; }
TenderField Between(Field field, std::string least, std::string beyond) { return {field, least, least, std::move(beyond), Precision::interval}; }
TenderField Folded(Field field, std::string value) { return {field, value, value, {}, Precision::folded}; }
TenderField Day(Field field, std::string value) { return {field, value, value, {}, Precision::day}; }

StoredTender Told(uint32_t unit, std::string publisher, std::vector<TenderField> fields, uint8_t grade = 'B', std::string captured = {}) {
  StoredTender stored;
  stored.unit = unit;
  stored.claim.key = stored.claim.tender = "3295127";
  stored.claim.publisher = std::move(publisher);
  stored.claim.fields = std::move(fields);
  stored.claim.grade = grade;
  stored.claim.captured = std::move(captured);
  return stored;
}

FusedThing FuseAll(const std::vector<StoredTender>& claims) { return Fuse("3295127", claims, kSources); }
const TenderField& Shown(const std::vector<StoredTender>& claims, const FusedField& field) { return claims[field.claim].claim.fields[field.place]; }
FusedField One(const std::vector<StoredTender>& claims, Field field) {
  const FusedThing thing = FuseAll(claims);
  const FusedField* found = thing.Find(field);
  REQUIRE(found != nullptr);
  return *found;
}
using Places = std::vector<size_t>;

// What of a fused field must not hang on the places of its claims: values and publishers, sorted.
std::string Told(const std::vector<StoredTender>& claims, const FusedField& field) {
  const auto names = [&](const Places& places) {
    std::vector<std::string> all;
    for (const size_t i : places) {
      std::string one = std::to_string(claims[i].unit) + WitnessOf(claims[i], kSources) + claims[i].claim.captured + static_cast<char>(claims[i].claim.grade);
      for (const TenderField& f : claims[i].claim.fields)
        if (f.field == field.field) one += "|" + f.value + "-" + f.high;
      all.push_back(std::move(one));
    }
    std::sort(all.begin(), all.end());
    std::string text;
    for (const std::string& one : all) text += one + "\n";
    return text;
  };
  const TenderField& shown = Shown(claims, field);
  return std::string(tender::FieldName(field.field)) + " " + std::string(FieldStatusName(field.status)) + " " + shown.value + " to " + shown.high + "\nagreeing:\n" + names(field.agreeing) +
         "contradicting:\n" + names(field.contradicting) + "history:\n" + names(field.history);
}

StoredTender RandomClaim(std::mt19937_64& random, std::string publisher = {}) {
  const auto pick = [&](uint64_t n) { return random() % n; };
  const std::string publishers[] = {"LPSE 127", "LKPP", "Dinas Contoh", ""};
  const std::string times[] = {"", "2014-08-01T00:00:00Z", "2014-10-01T00:00:00Z"};
  const std::vector<std::vector<TenderField>> kinds{
      {Exact(Field::estimate, "2361400000.00"), Exact(Field::estimate, "2364000000.00"), Exact(Field::estimate, "9.00"), Between(Field::estimate, "2355000000.00", "2365000000.00"),
       Between(Field::estimate, "2361000000.00", "2363000000.00")},
      {Exact(Field::name, "Pembangunan Jalan"), Folded(Field::name, "PEMBANGUNAN JALAN"), Exact(Field::name, "Pembangunan Jembatan"), Folded(Field::name, "")},
      {Exact(Field::stage, "Pengumuman"), Exact(Field::stage, "Selesai"), Exact(Field::stage, "Evaluasi")},
      {Exact(Field::created, "2014-03-04 11:00:00"), Day(Field::created, "2014-03-04"), Exact(Field::created, "2014-03-05 08:00:00")}};
  std::vector<TenderField> fields;
  for (const auto& kind : kinds)
    if (pick(3) != 0) fields.push_back(kind[pick(kind.size())]);
  return Told(static_cast<uint32_t>(1 + pick(4)), publisher.empty() ? publishers[pick(4)] : std::move(publisher), std::move(fields), static_cast<uint8_t>("ABBBCDEF"[pick(8)]), times[pick(3)]);
}

}  // namespace

TEST_CASE("fusing tells the same for any order of claims") {
  const uint64_t seed = 127;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < (std::getenv("PULIH_NIGHTLY") != nullptr ? 30000 : 3000); ++round) {
    CAPTURE(round);
    std::vector<StoredTender> claims;
    for (uint64_t n = 1 + random() % 7; n > 0; --n) claims.push_back(RandomClaim(random));
    std::vector<std::string> expected;
    for (const FusedField& field : FuseAll(claims).fields) expected.push_back(Told(claims, field));
    for (int order = 0; order < 4; ++order) {
      std::shuffle(claims.begin(), claims.end(), random);
      const FusedThing thing = FuseAll(claims);
      REQUIRE(thing.fields.size() == expected.size());
      for (size_t i = 0; i < expected.size(); ++i) REQUIRE(Told(claims, thing.fields[i]) == expected[i]);
    }
  }
}

TEST_CASE("a claim of somebody new never turns what is certain into another certain value in silence") {
  const uint64_t seed = 2014;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  size_t certain = 0;
  for (int round = 0; round < (std::getenv("PULIH_NIGHTLY") != nullptr ? 50000 : 5000); ++round) {
    CAPTURE(round);
    std::vector<StoredTender> claims;
    for (uint64_t n = 1 + random() % 5; n > 0; --n) claims.push_back(RandomClaim(random));
    const FusedThing before = FuseAll(claims);
    std::vector<StoredTender> more = claims;
    more.push_back(RandomClaim(random, "somebody new"));
    const FusedThing after = FuseAll(more);
    for (const FusedField& field : before.fields) {
      // States change with time: their newest counts.
      if (field.status != FieldStatus::certain || tender::NatureOf(field.field) == tender::FieldNature::state) continue;
      ++certain;
      const FusedField* now = after.Find(field.field);
      REQUIRE(now != nullptr);
      if (now->status != FieldStatus::certain) continue;
      REQUIRE(ValuesAgree(field.field, Shown(claims, field), Shown(more, *now)));
    }
  }
  CHECK(certain > 500);
}

TEST_CASE("every claim that tells a field is named in one place, and the value is one that a claim gives") {
  const uint64_t seed = 99;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::vector<StoredTender> claims;
    for (uint64_t n = 1 + random() % 7; n > 0; --n) claims.push_back(RandomClaim(random));
    for (const FusedField& field : FuseAll(claims).fields) {
      REQUIRE(Shown(claims, field).field == field.field);
      REQUIRE_FALSE(Shown(claims, field).value.empty());
      REQUIRE(claims[field.claim].claim.grade != 'F');
      std::vector<size_t> all{field.claim};
      for (const auto* list : {&field.agreeing, &field.contradicting, &field.history}) {
        REQUIRE(std::is_sorted(list->begin(), list->end()));
        all.insert(all.end(), list->begin(), list->end());
      }
      std::sort(all.begin(), all.end());
      REQUIRE(std::adjacent_find(all.begin(), all.end()) == all.end());
      REQUIRE((field.status == FieldStatus::disputed) == !field.contradicting.empty());
    }
  }
}

TEST_CASE("an exact amount beats the interval that it lies in, and both are one word") {
  const std::vector<StoredTender> claims{Told(2, "LPSE 127", {Between(Field::estimate, "2355000000.00", "2365000000.00")}), Told(1, "LKPP", {Exact(Field::estimate, "2361400000.00")})};
  const FusedField field = One(claims, Field::estimate);
  CHECK(field.status == FieldStatus::certain);
  CHECK(field.claim == 1);
  CHECK(field.agreeing == Places{0});
}

TEST_CASE("the end of an interval is beyond it") {
  const TenderField interval = Between(Field::estimate, "2355000000.00", "2365000000.00");
  CHECK(ValuesAgree(Field::estimate, interval, Exact(Field::estimate, "2355000000.00")));
  CHECK(ValuesAgree(Field::estimate, Exact(Field::estimate, "2364999999.99"), interval));
  CHECK_FALSE(ValuesAgree(Field::estimate, interval, Exact(Field::estimate, "2365000000.00")));
  CHECK_FALSE(ValuesAgree(Field::estimate, interval, Exact(Field::estimate, "2354999999.99")));
  CHECK_FALSE(ValuesAgree(Field::estimate, interval, Between(Field::estimate, "2365000000.00", "2375000000.00")));
  CHECK(ValuesAgree(Field::estimate, interval, Between(Field::estimate, "2300000000.00", "2355000000.01")));
}

TEST_CASE("values agree as they are known") {
  CHECK(ValuesAgree(Field::name, Exact(Field::name, "Jalan (II)"), Folded(Field::name, "JALAN II")));
  CHECK_FALSE(ValuesAgree(Field::name, Exact(Field::name, "Jalan II"), Folded(Field::name, "JALAN III")));
  CHECK(ValuesAgree(Field::vendor_name, Folded(Field::vendor_name, "PT. Maju"), Exact(Field::vendor_name, "Maju, PT")));
  CHECK(ValuesAgree(Field::start, Day(Field::start, "2014-03-04"), Exact(Field::start, "2014-03-04 11:00:00")));
  CHECK_FALSE(ValuesAgree(Field::start, Exact(Field::start, "2014-03-04 12:00:00"), Exact(Field::start, "2014-03-04 11:00:00")));
  CHECK_FALSE(ValuesAgree(Field::name, Exact(Field::name, "..."), Exact(Field::name, "???")));
}

TEST_CASE("captures of one publisher are one witness") {
  std::vector<StoredTender> claims{Told(1, "LPSE 127", {Exact(Field::name, "Jalan")}), Told(2, "LPSE 127", {Exact(Field::name, "Jalan")}), Told(3, "LPSE 127", {Exact(Field::name, "Jalan")})};
  CHECK(One(claims, Field::name).status == FieldStatus::likely);
  CHECK(One(claims, Field::name).agreeing.size() == 2);
  CHECK(FuseAll(claims).publishers == std::vector<std::string>{"LPSE 127"});
  claims.push_back(Told(3, "LKPP", {Exact(Field::name, "Jalan")}));
  CHECK(One(claims, Field::name).status == FieldStatus::certain);
  CHECK(FuseAll(claims).publishers == std::vector<std::string>{"LKPP", "LPSE 127"});
}

TEST_CASE("without a publisher the evidence is the witness") {
  const std::vector<StoredTender> claims{Told(1, "", {Exact(Field::name, "Jalan")}), Told(1, "", {Exact(Field::name, "Jalan")})};
  CHECK(One(claims, Field::name).status == FieldStatus::likely);
  CHECK(FuseAll(claims).publishers == std::vector<std::string>{"evidence aa"});
}

TEST_CASE("what is proven is certain by itself, and what damage may have touched is no witness") {
  CHECK(One({Told(1, "LPSE 127", {Exact(Field::name, "Jalan")}, 'A')}, Field::name).status == FieldStatus::certain);
  CHECK(One({Told(1, "LPSE 127", {Exact(Field::name, "Jalan")}), Told(2, "LKPP", {Exact(Field::name, "Jalan")}, 'D')}, Field::name).status == FieldStatus::likely);
  // Nor does it speak against what is sound, and a candidate says nothing at all.
  const std::vector<StoredTender> claims{Told(1, "LPSE 127", {Exact(Field::name, "Jalan")}), Told(2, "LKPP", {Exact(Field::name, "Ja1an")}, 'D'), Told(2, "LKPP", {Exact(Field::plan, "1")}, 'F')};
  CHECK(One(claims, Field::name).status == FieldStatus::likely);
  CHECK(FuseAll(claims).Find(Field::plan) == nullptr);
}

TEST_CASE("a text that nothing could be made of is no value") {
  const FusedThing thing = FuseAll({Told(1, "LPSE 127", {{Field::budget, "sesuai DIPA", {}, {}, Precision::exact}})});
  CHECK(thing.Find(Field::budget) == nullptr);
  CHECK(thing.publishers.size() == 1);
}

TEST_CASE("a dispute names both, and prefers none in silence") {
  const std::vector<StoredTender> claims{Told(1, "LPSE 127", {Exact(Field::estimate, "100.00")}), Told(2, "LKPP", {Exact(Field::estimate, "200.00")}), Told(3, "Dinas Contoh", {Exact(Field::estimate, "100.00")})};
  const FusedField field = One(claims, Field::estimate);
  CHECK(field.status == FieldStatus::disputed);
  CHECK(field.claim == 1);  // of equal class the newest
  CHECK(field.contradicting == Places{0, 2});
}

TEST_CASE("of an immutable field one publisher that differs from itself is a dispute") {
  const std::vector<StoredTender> claims{Told(1, "LPSE 127", {Exact(Field::created, "2014-03-04 11:00:00")}), Told(2, "LPSE 127", {Exact(Field::created, "2014-03-05 11:00:00")})};
  CHECK(One(claims, Field::created).status == FieldStatus::disputed);
}

TEST_CASE("of a state the newest capture counts, and the others are its history") {
  const std::vector<StoredTender> claims{Told(1, "LPSE 127", {Exact(Field::stage, "Pengumuman")}), Told(2, "LPSE 127", {Exact(Field::stage, "Selesai")}), Told(1, "LKPP", {Exact(Field::stage, "Evaluasi")})};
  const FusedField field = One(claims, Field::stage);
  CHECK(Shown(claims, field).value == "Selesai");
  CHECK(field.status == FieldStatus::likely);
  CHECK(field.history == Places{0, 2});
  SECTION("two that differ at one moment are a dispute") {
    const std::vector<StoredTender> alike{Told(1, "LPSE 127", {Exact(Field::stage, "Pengumuman")}), Told(1, "LKPP", {Exact(Field::stage, "Evaluasi")})};
    CHECK(One(alike, Field::stage).status == FieldStatus::disputed);
  }
}

TEST_CASE("what a publisher told before it told another thing is history, whoever else is believed") {
  const std::vector<StoredTender> claims{Told(1, "LPSE 127", {Exact(Field::name, "Jalan lama")}), Told(2, "LPSE 127", {Exact(Field::name, "Jalan baru")}),
                                         Told(2, "LKPP", {Exact(Field::name, "Jalan baru")}, 'A')};
  const FusedField field = One(claims, Field::name);
  CHECK(field.claim == 2);
  CHECK(field.status == FieldStatus::certain);
  CHECK(field.history == Places{0});
}

}  // namespace pulih

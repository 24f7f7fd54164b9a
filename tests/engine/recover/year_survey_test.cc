// A year in figures: who tells of what, in which month, and what is disputed.
#include "engine/recover/year_survey.h"

#include <catch2/catch.hpp>

#include "engine/recover/tender_store.h"
#include "tests/engine/recover/recovered_rows.h"
#include "tests/engine/recover/tender_claims.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using tender::Precision;
using tender::TenderClaim;
using tender::TenderField;

TenderClaim Thing(Entity entity, const std::string& tender, const std::string& publisher, std::vector<TenderField> fields, const std::string& behind = {}) {
  return ThingOf(entity, tender + behind, tender, publisher, std::move(fields));
}
TenderClaim Tender(const std::string& code, const std::string& publisher, std::vector<TenderField> fields = {}) { return Thing(Entity::tender, code, publisher, std::move(fields)); }

YearSurvey Survey(SmallCase& small, const SurveyOptions& options = {}) {
  SilentProgress progress;
  auto survey = SurveyYear(*small.of, options, progress);
  INFO(survey.status().ToString());
  REQUIRE(survey.ok());
  return std::move(*survey);
}
PublisherCount Of(const YearSurvey& survey, const std::string& publisher) {
  for (const PublisherCount& count : survey.publishers)
    if (count.publisher == publisher) return count;
  FAIL("nobody of that name");
  return {};
}
const EntityCount& Of(const YearSurvey& survey, Entity entity) {
  for (const EntityCount& count : survey.entities)
    if (count.entity == entity) return count;
  FAIL("no such thing is counted");
  return survey.entities.front();
}

}  // namespace

TEST_CASE("captures of one publisher join nothing, those of two join a tender once") {
  SmallCase small;
  const uint32_t first = small.Add("a.html", "2014-07-01T00:00:00Z"), second = small.Add("b.html", "2014-09-01T00:00:00Z"), third = small.Add("c.json", "2014-10-01T00:00:00Z");
  Tell(small, first, {Tender("1000127", "LPSE 127", {Exact(Field::name, "Jalan")}), Tender("1001127", "LPSE 127")});
  Tell(small, second, {Tender("1000127", "LPSE 127", {Exact(Field::name, "Jalan")})});
  CHECK(Survey(small).joined == 0);
  CHECK(Of(Survey(small), Entity::tender).fields.at(Field::name).likely == 1);
  Tell(small, third, {Tender("1000127", "LKPP", {Exact(Field::name, "JALAN")}), Tender("1002127", "LKPP")});
  const YearSurvey survey = Survey(small);
  CHECK(survey.tenders == 3);
  CHECK(survey.joined == 1);
  CHECK(Of(survey, Entity::tender).things == 3);
  CHECK(Of(survey, Entity::tender).fields.at(Field::name).certain == 1);
  REQUIRE(survey.publishers.size() == 2);
  for (const auto& [name, alone] : {std::pair("LPSE 127", 1u), std::pair("LKPP", 1u)}) {
    const PublisherCount count = Of(survey, name);
    CHECK(count.things == 2);
    CHECK(count.alone == alone);
    CHECK(count.fields == 1);
    CHECK(count.confirmed == 1);
    CHECK(count.contradicted == 0);
  }
}

TEST_CASE("a dispute is counted, and every side of it is named with its place") {
  SmallCase small;
  const uint32_t first = small.Add("a.html", "2014-07-01T00:00:00Z"), second = small.Add("b.json", "2014-09-01T00:00:00Z");
  Tell(small, first, {Tender("1000127", "LPSE 127", {{Field::estimate, "2,36 M", "2355000000.00", "2365000000.00", Precision::interval}})});
  Tell(small, second, {Tender("1000127", "LKPP", {Exact(Field::estimate, "2400000000.00")})});
  const YearSurvey survey = Survey(small);
  CHECK(survey.dispute_count == 1);
  REQUIRE(survey.disputes.size() == 1);
  CHECK(survey.disputes[0].key == "1000127");
  CHECK(survey.disputes[0].field == Field::estimate);
  REQUIRE(survey.disputes[0].sides.size() == 2);
  CHECK(survey.disputes[0].sides[0].value == "2400000000.00");
  CHECK(survey.disputes[0].sides[0].publisher == "LKPP");
  CHECK(survey.disputes[0].sides[1].value == "2355000000.00 to 2365000000.00");
  CHECK(survey.disputes[0].sides[1].evidence == first);
  CHECK(survey.disputes[0].sides[1].path == "row 3");
  CHECK(survey.disputes[0].sides[1].offset == 40);
  CHECK(Of(survey, Entity::tender).fields.at(Field::estimate).disputed == 1);
  CHECK(Of(survey, "LPSE 127").contradicted == 1);
}

TEST_CASE("months count what is known of their tenders, and numbers are the width of their sequence") {
  SmallCase small;
  const uint32_t unit = small.Add("a.html");
  Tell(small, unit, {Tender("1000127", "LPSE 127", {Exact(Field::created, "2014-03-04 11:00:00"), Exact(Field::estimate, "5.00")}),
                     Tender("1009127", "LPSE 127", {Exact(Field::announced, "2014-03-20")}),
                     Tender("1020127", "LPSE 127"),
                     Thing(Entity::step, "1020127", "LPSE 127", {Exact(Field::start, "2014-04-02 08:00:00"), Exact(Field::end, "2014-04-09 08:00:00")}, "/PENGUMUMAN"),
                     Thing(Entity::step, "1020127", "LPSE 127", {Exact(Field::start, "2014-04-12 08:00:00")}, "/EVALUASI"),
                     Thing(Entity::bid, "1000127", "LPSE 127", {Exact(Field::price, "4.00")}, "/012345674"),
                     Thing(Entity::contract, "1000127", "LPSE 127", {Exact(Field::contract_value, "4.00")})});
  const YearSurvey survey = Survey(small);
  REQUIRE(survey.months.size() == 2);
  const MonthCount &march = survey.months[0], &april = survey.months[1];
  CHECK(march.month == "2014-03");
  CHECK(march.tenders == 2);
  CHECK(march.numbers == 10);
  CHECK(march.with_estimate == 1);
  CHECK(march.with_bidders == 1);
  CHECK(march.with_contract == 1);
  CHECK(march.with_steps == 0);
  CHECK(march.days == std::map<std::string, uint64_t>{{"2014-03-04", 1}, {"2014-03-20", 1}});
  CHECK(april.month == "2014-04");
  CHECK(april.with_steps == 1);
  CHECK(april.days == std::map<std::string, uint64_t>{{"2014-04-02", 1}});
  CHECK(survey.outage.empty());
}

TEST_CASE("a step without a start does not hide the first day that is known") {
  SmallCase small;
  const uint32_t unit = small.Add("a.html");
  Tell(small, unit, {Thing(Entity::step, "1020127", "LPSE 127", {Exact(Field::start, "2014-04-02 08:00:00")}, "/A"), Thing(Entity::step, "1020127", "LPSE 127", {Exact(Field::end, "2014-04-09")}, "/B")});
  const YearSurvey survey = Survey(small);
  REQUIRE(survey.months.size() == 1);
  CHECK(survey.months[0].month == "2014-04");
}

TEST_CASE("a step that touches the outage is listed, one that ends before it or begins behind it is not") {
  SmallCase small;
  const uint32_t unit = small.Add("a.html");
  const auto step = [](const std::string& name, const std::string& start, const std::string& end) {
    return Thing(Entity::step, "1000127", "LPSE 127", {Exact(Field::step_name, name), Exact(Field::start, start), Exact(Field::end, end)}, "/" + name);
  };
  Tell(small, unit, {step("A", "2014-09-20 08:00:00", "2014-10-03 23:59:00"), step("B", "2014-09-20 08:00:00", "2014-10-04 00:00:00"), step("C", "2014-10-13 23:00:00", "2014-10-20 00:00:00"),
                     step("D", "2014-10-14 00:00:00", "2014-10-20 00:00:00"), step("E", "2014-10-01 00:00:00", "2014-10-31 00:00:00")});
  std::string names;
  for (const OutageStep& one : Survey(small).outage) names += one.step;
  CHECK(names == "BCE");
}

TEST_CASE("things without a key are counted, and joined with nothing") {
  SmallCase small;
  TenderClaim claim = Thing(Entity::vendor, "", "LPSE 127", {Exact(Field::vendor_name, "PT Maju")});
  TenderClaim other = claim;
  other.publisher = "LKPP";
  Tell(small, small.Add("a.html"), {claim, other});
  const YearSurvey survey = Survey(small);
  CHECK(Of(survey, Entity::vendor).keyless == 2);
  CHECK(Of(survey, Entity::vendor).things == 0);
  CHECK(survey.tenders == 0);
  CHECK(survey.months.empty());
}

TEST_CASE("an empty case has an empty year") {
  SmallCase small;
  const YearSurvey survey = Survey(small);
  CHECK(survey.tenders == 0);
  CHECK(survey.entities.size() == std::size(tender::kEntities));
  CHECK(survey.publishers.empty());
  CHECK(survey.disputes.empty());
}

TEST_CASE("what one publisher tells otherwise in a later capture is an edit, with both places and times") {
  SmallCase small;
  const uint32_t october = small.Add("oktober.csv", "2025-10-10"), september = small.Add("september.json", "2025-09-26"), other = small.Add("lain.html", "2025-10-01");
  Tell(small, october, {Tender("3295127", "LKPP", {Exact(Field::name, "Jalan Contoh II"), Exact(Field::status, "Selesai")})});
  Tell(small, september, {Tender("3295127", "LKPP", {Exact(Field::name, "Jalan  contoh"), Exact(Field::status, "Selesai")})});
  Tell(small, other, {Tender("3295127", "LPSE 127", {Exact(Field::name, "Jalan Contoh II"), Exact(Field::status, "Aktif")})});
  const YearSurvey survey = Survey(small);
  CHECK(survey.edit_count == 1);
  REQUIRE(survey.edits.size() == 1);
  const Edit& edit = survey.edits[0];
  CHECK(edit.key == "3295127");
  CHECK(edit.field == Field::name);
  CHECK(edit.before.value == "Jalan  contoh");
  CHECK(edit.after.value == "Jalan Contoh II");
  CHECK(edit.before.evidence == september);
  CHECK(edit.after.evidence == october);
  CHECK(edit.captured_before.substr(0, 10) == "2025-09-26");
  CHECK(edit.captured.substr(0, 10) == "2025-10-10");
}

}  // namespace pulih

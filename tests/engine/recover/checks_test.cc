// Rules among records: each is broken by what breaks it, and by nothing that might still be right.
#include "engine/recover/checks.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "engine/recover/checks_html.h"
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


TenderClaim Thing(Entity entity, const std::string& tender, const std::string& behind, std::vector<TenderField> fields, const std::string& source = "spse3.view") {
  TenderClaim claim = ThingOf(entity, tender + behind, tender, "LPSE 901", std::move(fields), source);
  claim.path = "page of " + tender;
  return claim;
}
TenderClaim Tender(const std::string& code, std::vector<TenderField> fields) { return Thing(Entity::tender, code, "", std::move(fields)); }
TenderClaim Row(const std::string& code, std::vector<TenderField> fields) { return Thing(Entity::tender, code, "", std::move(fields), "row of public.lelang_seleksi"); }
TenderClaim Step(const std::string& code, const std::string& name, std::vector<TenderField> fields) { return Thing(Entity::step, code, "/" + name, std::move(fields)); }
TenderClaim Bid(const std::string& code, const std::string& vendor, std::vector<TenderField> fields) { return Thing(Entity::bid, code, "/" + vendor, std::move(fields)); }
TenderClaim Contract(const std::string& code, std::vector<TenderField> fields) { return Thing(Entity::contract, code, "", std::move(fields)); }

Checks Check(std::vector<TenderClaim> told, uint32_t shuffled = 0) {
  SmallCase small;
  const uint32_t unit = small.Add("a.html", "2014-07-01T00:00:00Z");
  std::shuffle(told.begin(), told.end(), std::mt19937(shuffled));
  TenderWriter writer(small.of->kv());
  for (const TenderClaim& claim : told) REQUIRE(writer.Add(unit, claim).ok());
  REQUIRE(writer.Commit().ok());
  SilentProgress progress;
  auto checks = CheckRecords(*small.of, progress);
  INFO(checks.status().ToString());
  REQUIRE(checks.ok());
  return std::move(*checks);
}
std::string Shown(const Checks& checks) {
  std::string shown;
  for (const BrokenCheck& broken : checks.broken) {
    shown += std::string(CheckId(broken.kind)) + " " + std::string(CheckName(broken.kind)) + " " + broken.tender + ":";
    for (const CheckSide& side : broken.sides) shown += " " + side.thing + " " + side.field + "=" + side.value + ";";
    shown += "\n";
  }
  return shown;
}

}  // namespace

TEST_CASE("E2: an end before its beginning is told with both, a day against a moment of it is not") {
  const Checks checks = Check({Step("1201901", "PEMBERIAN PENJELASAN", {Exact(Field::start, "2014-03-04 11:00:00"), Exact(Field::end, "2014-03-04 10:00:00")}),
                               Step("1202901", "PEMBERIAN PENJELASAN", {Exact(Field::start, "2014-03-04 11:00:00"), Day(Field::end, "2014-03-04")}),
                               Step("1203901", "PEMBERIAN PENJELASAN", {Exact(Field::start, "2014-03-04 11:00:00")})});
  CHECK(checks.Of(CheckKind::step_backwards).looked_at == 2);
  CHECK(Shown(checks) == "E2 step_backwards 1201901: step 1201901/PEMBERIAN PENJELASAN start=2014-03-04 11:00:00; step 1201901/PEMBERIAN PENJELASAN end=2014-03-04 10:00:00;\n");
  REQUIRE(checks.broken.size() == 1);
  CHECK(checks.broken[0].sides[0].path == "page of 1201901");
  CHECK(checks.broken[0].sides[0].offset == 40);
  CHECK(checks.broken[0].sides[0].publisher == "LPSE 901");
}

TEST_CASE("W2: an amount is above another only when every value of both intervals is") {
  const Checks checks = Check({Tender("1201901", {Exact(Field::estimate, "120.00"), Exact(Field::budget, "100.00")}), Tender("1202901", {Exact(Field::estimate, "100.00"), Exact(Field::budget, "100.00")}),
                               Tender("1203901", {Between(Field::estimate, "95.00", "105.00"), Exact(Field::budget, "100.00")}), Tender("1204901", {Exact(Field::estimate, "104.00"), Between(Field::budget, "95.00", "105.00")}),
                               Tender("1205901", {Exact(Field::estimate, "105.00"), Between(Field::budget, "95.00", "105.00")}), Tender("1206901", {Exact(Field::estimate, "100.00")}),
                               Contract("1206901", {Exact(Field::contract_value, "101.00")}), Bid("1206901", "901010017", {Exact(Field::price, "102.00"), Exact(Field::is_winner, "1")}),
                               Bid("1206901", "901010025", {Exact(Field::price, "999.00"), Exact(Field::is_winner, "0")})});
  CHECK(Shown(checks) ==
        "W2 estimate_above_budget 1201901: tender 1201901 estimate=120.00; tender 1201901 budget=100.00;\n"
        "W2 estimate_above_budget 1205901: tender 1205901 estimate=105.00; tender 1205901 budget=95.00 to 105.00;\n"
        "W2 winner_above_estimate 1206901: bid 1206901/901010017 price=102.00; tender 1206901 estimate=100.00;\n"
        "W2 contract_above_estimate 1206901: contract 1206901 contract_value=101.00; tender 1206901 estimate=100.00;\n");
  CHECK(checks.Of(CheckKind::estimate_above_budget).looked_at == 5);
}

TEST_CASE("E3: two winners, and a contract's vendor who is no bidder; where a bidder is unnamed nobody can say") {
  TenderClaim unnamed = Bid("1203901", "", {Exact(Field::price, "5.00")});
  unnamed.key.clear();
  const Checks checks = Check({Bid("1201901", "901010017", {Exact(Field::is_winner, "1"), Exact(Field::vendor_name, "PT Karya Contoh")}), Bid("1201901", "901010025", {Exact(Field::is_winner, "1"), Exact(Field::vendor_name, "CV Lain")}),
                               Contract("1201901", {Exact(Field::contract_vendor, "KARYA CONTOH, PT")}), Bid("1202901", "901010017", {Exact(Field::vendor_name, "PT Karya Contoh")}),
                               Contract("1202901", {Exact(Field::contract_vendor, "CV Orang Lain")}), unnamed, Bid("1203901", "901010017", {Exact(Field::vendor_name, "PT Karya Contoh")}),
                               Contract("1203901", {Exact(Field::contract_vendor, "CV Orang Lain")})});
  CHECK(Shown(checks) ==
        "E3 holder_no_bidder 1202901: contract 1202901 contract_vendor=CV Orang Lain;\n"
        "E3 several_winners 1201901: bid 1201901/901010017 is_winner=1; bid 1201901/901010025 is_winner=1;\n");
}

TEST_CASE("E1, E6, E7: numbers, versions and check digits") {
  TenderClaim vendor = Thing(Entity::vendor, "", "", {Exact(Field::npwp, "901010018901000")});
  const Checks checks = Check({Row("1201901", {Exact(Field::package, "11"), Exact(Field::version, "1"), Exact(Field::approved, "2014-05-01 08:00:00")}),
                               Row("1202901", {Exact(Field::package, "11"), Exact(Field::version, "2"), Exact(Field::approved, "2014-04-01 08:00:00")}), Row("1203901", {Exact(Field::package, "12"), Exact(Field::version, "3")}),
                               Row("1204555", {Exact(Field::package, "13"), Exact(Field::version, "1")}), Tender("1205555", {Exact(Field::name, "of a list")}), vendor, vendor});
  CHECK(Shown(checks) ==
        "E1 other_lpse 1204555: tender 1204555 package=13;\n"
        "E6 version_before_missing 1203901: tender 1203901 version=3; tender 1203901 package=12;\n"
        "E6 version_before_later 1202901: tender 1202901 approved=2014-04-01 08:00:00; tender 1201901 approved=2014-05-01 08:00:00;\n"
        "E7 npwp_digit : vendor without a key npwp=901010018901000;\n");
}

TEST_CASE("W1 and W4: the order of steps, of neighbours only") {
  const Checks checks = Check({Step("1201901", "PEMBERIAN PENJELASAN", {Exact(Field::start, "2014-03-04 11:00:00")}), Step("1201901", "UPLOAD DOKUMEN PENAWARAN", {Exact(Field::start, "2014-03-03 11:00:00")}),
                               Step("1202901", "PEMBERIAN PENJELASAN", {Exact(Field::start, "2014-03-04 11:00:00")}), Step("1202901", "PEMBUKAAN DOKUMEN PENAWARAN", {Exact(Field::start, "2014-03-03 11:00:00")}),
                               Step("1203901", "PENGUMUMAN PEMENANG", {Exact(Field::start, "2014-03-04 11:00:00")}),
                               Step("1203901", "MASA SANGGAH HASIL LELANG", {Exact(Field::start, "2014-03-05 11:00:00"), Exact(Field::end, "2014-03-10 11:00:00")}), Contract("1203901", {Day(Field::contract_date, "2014-03-09")}),
                               Step("1204901", "MASA SANGGAH HASIL LELANG", {Exact(Field::start, "2014-03-05 11:00:00"), Exact(Field::end, "2014-03-10 11:00:00")}), Contract("1204901", {Day(Field::contract_date, "2014-03-10")})});
  CHECK(Shown(checks) ==
        "W1 steps_out_of_order 1201901: step 1201901/PEMBERIAN PENJELASAN start=2014-03-04 11:00:00; step 1201901/UPLOAD DOKUMEN PENAWARAN start=2014-03-03 11:00:00;\n"
        "W4 contract_too_early 1203901: contract 1203901 contract_date=2014-03-09; step 1203901/MASA SANGGAH HASIL LELANG end=2014-03-10 11:00:00;\n");
  CHECK(checks.Of(CheckKind::objections_too_early).looked_at == 1);
}

TEST_CASE("W3: of days that do not rise with the numbers the fewest are told; November may be of the next year") {
  const Checks checks = Check({Tender("1201901", {Day(Field::created, "2014-01-05")}), Tender("1202901", {Day(Field::created, "2014-09-09")}), Tender("1203901", {Day(Field::created, "2014-01-06")}),
                               Tender("1204901", {Day(Field::created, "2014-01-06")}), Tender("1205901", {Day(Field::created, "2014-11-20"), Exact(Field::budget_year, "2015")}),
                               Tender("1206901", {Day(Field::created, "2014-12-01"), Exact(Field::budget_year, "2016")}), Tender("1207901", {Day(Field::created, "2014-01-01"), Exact(Field::version, "2")}), Tender("1208901", {Day(Field::created, "2014-11-20")}), Tender("1209901", {Day(Field::created, "2014-10-01")})});
  CHECK(Shown(checks) ==
        "W3 created_out_of_order 1202901: tender 1202901 created=2014-09-09; tender 1203901 created=2014-01-06;\n"
        "W3 created_out_of_order 1209901: tender 1209901 created=2014-10-01; tender 1208901 created=2014-11-20;\n"
        "W3 budget_year_apart 1206901: tender 1206901 budget_year=2016; tender 1206901 created=2014-12-01;\n");
}

TEST_CASE("W5: only of rows, and where bidders are known at all") {
  CHECK(Check({Row("1201901", {Exact(Field::name, "Jalan")})}).count == 0);
  const Checks checks = Check({Row("1201901", {Exact(Field::name, "Jalan")}), Row("1202901", {Exact(Field::name, "Gedung")}), Tender("1203901", {Exact(Field::name, "of a list")}), Bid("1202901", "901010017", {Exact(Field::price, "1.00")})});
  CHECK(Shown(checks) == "W5 no_bidder 1201901: tender 1201901 name=Jalan;\n");
}

TEST_CASE("the order of claims does not matter, and hostile texts break nothing") {
  std::mt19937 random(5);
  std::vector<TenderClaim> told;
  constexpr const char* kTexts[] = {"", "2014-03-04", "2014-03-04 11:00:00", "-1", "99999999999999999999", "1", "2", "x", "\xFF/", "0.00", "5.00", "901"};
  for (int i = 0; i < 400; ++i) {
    const Entity entity = tender::kEntities[random() % std::size(tender::kEntities)];
    std::vector<TenderField> fields;
    for (int n = 0; n < 6; ++n) {
      const auto field = static_cast<uint8_t>(random() % 110);
      if (tender::IsKnownField(field)) fields.push_back({static_cast<Field>(field), "raw", kTexts[random() % std::size(kTexts)], kTexts[random() % std::size(kTexts)], static_cast<Precision>(1 + random() % 4)});
    }
    std::string code = std::to_string(1200901 + random() % 5 * 1000);
    if (random() % 10 == 0) code = kTexts[random() % std::size(kTexts)];
    told.push_back(Thing(entity, code, random() % 2 ? "/" + std::string(kTexts[random() % std::size(kTexts)]) : std::string(), fields, random() % 2 ? "row of public.lelang_seleksi" : "spse3.view"));
  }
  const Checks first = Check(told, 1);
  CHECK(first.count > 0);
  CHECK(Shown(Check(told, 2)) == Shown(first));
  const std::string page = ChecksHtml(first, ReportLanguage::indonesian);
  CHECK(page.find("Aturan yang dilanggar") != page.npos);
  CHECK(page == ChecksHtml(Check(told, 3), ReportLanguage::indonesian));
  CHECK(ChecksHtml(Checks(), ReportLanguage::english).empty());
}

}  // namespace pulih

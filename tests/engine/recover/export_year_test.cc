// The rebuilt year as OCDS releases: what all publishers together tell of a tender, without what they dispute.
#include "engine/recover/export_year.h"

#include <catch2/catch.hpp>

#include "engine/recover/tender_store.h"
#include "tests/engine/recover/recovered_rows.h"
#include "tests/engine/recover/tender_claims.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using tender::TenderClaim;
using tender::TenderField;

TenderClaim Thing(Entity entity, const std::string& tender, const std::string& behind, const std::string& publisher, std::vector<TenderField> fields) {
  return ThingOf(entity, tender + behind, tender, publisher, std::move(fields));
}
const std::string& Text(const Json& json, std::initializer_list<std::string_view> path) {
  const Json* at = json.Path(path);
  REQUIRE(at != nullptr);
  REQUIRE(at->string() != nullptr);
  return *at->string();
}
Json Exported(SmallCase& small, const std::string& name, YearExportReport* report = nullptr) {
  SilentProgress progress;
  const std::string folder = small.folder / name;
  auto done = ExportYear(*small.of, folder, {}, progress);
  INFO(done.status().ToString());
  REQUIRE(done.ok());
  if (report != nullptr) *report = *done;
  auto bytes = ReadWholeFile(*small.files, folder + "/releases.json", 1u << 20);
  REQUIRE(bytes.ok());
  auto json = ReadJson(AsText(*bytes));
  REQUIRE(json.ok());
  return std::move(*json);
}

}  // namespace

TEST_CASE("a release joins what pages, lists and rows tell of one tender, and leaves out what they dispute") {
  SmallCase small;
  const uint32_t page = small.Add("lelang.html", "2014-10-02"), list = small.Add("daftar.json", "2014-10-03");
  Tell(small, page, {Thing(Entity::tender, "3295127", "", "LPSE 127", {Exact(Field::name, "Jalan Contoh"), Exact(Field::estimate, "1000.00"), Exact(Field::created, "2014-03-04 08:00:00")}),
                     Thing(Entity::step, "3295127", "/PENGUMUMAN", "LPSE 127", {Exact(Field::step_name, "Pengumuman"), Exact(Field::start, "2014-03-05 08:00:00"), Exact(Field::end, "2014-03-06 16:00:00")}),
                     Thing(Entity::tender, "3296127", "", "LPSE 127", {Exact(Field::name, "Tanpa tanggal")})});
  Tell(small, list, {Thing(Entity::tender, "3295127", "", "LKPP", {Exact(Field::estimate, "2000.00"), Exact(Field::budget, "3000.00")}),
                     Thing(Entity::bid, "3295127", "/901010017", "LKPP", {Exact(Field::vendor_name, "PT Karya Contoh"), Exact(Field::price, "900.00"), Exact(Field::is_winner, "1")}),
                     Thing(Entity::contract, "3295127", "", "LKPP", {Exact(Field::contract_number, "7/K/2014"), Exact(Field::contract_value, "900.00")})});
  YearExportReport report;
  const Json package = Exported(small, "out", &report);
  CHECK(report.releases == 1);
  CHECK(report.undated == 1);
  CHECK(report.disputed == 1);
  const Json* releases = package.Find("releases");
  REQUIRE(releases != nullptr);
  REQUIRE(releases->array() != nullptr);
  REQUIRE(releases->array()->size() == 1);
  const Json& release = releases->array()->front();
  CHECK(Text(release, {"ocid"}) == "ocds-spse-3295127");
  CHECK(Text(release, {"tender", "title"}) == "Jalan Contoh");
  CHECK(release.Path({"tender", "value"}) == nullptr);
  std::string text;
  WriteJson(release, text);
  CHECK_THAT(text, Catch::Contains("PT Karya Contoh") && Catch::Contains("7/K/2014") && Catch::Contains("2014-03-06T16:00:00+07:00") && !Catch::Contains("2000.00"));
  CHECK(Text(package, {"publishedDate"}) == Text(release, {"date"}));
}

TEST_CASE("the package does not hang on the order of evidence, and a folder with something in it is left alone") {
  std::string first;
  for (const bool page_first : {true, false}) {
    SmallCase small;
    uint32_t page = 0, list = 0;
    if (page_first) page = small.Add("lelang.html", "2014-10-02");
    list = small.Add("daftar.json", "2014-10-03");
    if (!page_first) page = small.Add("lelang.html", "2014-10-02");
    Tell(small, page, {Thing(Entity::tender, "3295127", "", "LPSE 127", {Exact(Field::name, "Jalan Contoh"), Exact(Field::created, "2014-03-04 08:00:00")})});
    Tell(small, list, {Thing(Entity::tender, "3295127", "", "LKPP", {Exact(Field::name, "Jalan contoh"), Exact(Field::budget, "3000.00")})});
    std::string text;
    WriteJson(Exported(small, "out"), text);
    if (first.empty()) first = text;
    CHECK(text == first);
    SilentProgress progress;
    CHECK(ExportYear(*small.of, small.folder / "out", {}, progress).status().code() == Code::already_exists);
  }
}

}  // namespace pulih

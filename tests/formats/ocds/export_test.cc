#include "formats/ocds/export.h"

#include <catch2/catch.hpp>

#include "formats/ocds/merge.h"

namespace pulih::ocds {
namespace {

Tender Bridge() {
  Tender tender;
  tender.code = "1127";
  tender.title = "Pembangunan jembatan \"Kali\"";
  tender.status = "2";
  tender.category = "2";
  tender.method = "0";
  tender.method_name = "e-Lelang Umum";
  tender.budget = "2000000000.00";
  tender.estimate = "123456789012345678.90";
  tender.unit_id = "9";
  tender.unit_name = "Dinas Bina Marga";
  tender.created = "2014-03-01 08:00:00";
  tender.changed = "2014-06-01 10:30:00.25";
  tender.award_date = "2014-05-20";
  tender.steps = {{"1", "Upload Dokumen Penawaran", "PEMASUKAN_PENAWARAN", "2014-04-01 08:00:00", "2014-04-10 15:00:00"}};
  tender.bidders = {{"71", "5", "PT Contoh", "01.234.567.8-901.000", "", "2014-04-02 09:00:00", "1900000000.00", "0.00", true},
                    {"72", "6", "CV Misal", "", "", "2014-04-03 09:00:00", "", "", false}};
  tender.contracts = {{"3", "K/3/2014", "5", "1890000000.00", "2014-06-01 00:00:00", "2014-06-02 00:00:00", ""}};
  return tender;
}

}  // namespace

TEST_CASE("a tender becomes a release with its schedule, bids, award and contract") {
  const Result<Json> release = ReleaseOf(Bridge());
  REQUIRE(release.ok());
  CHECK(JsonText(*release) ==
        R"({"ocid":"ocds-spse-1127","id":"ocds-spse-1127-2014-06-01T10:30:00.25+07:00","date":"2014-06-01T10:30:00.25+07:00","tag":["tender","award","contract"],)"
        R"("initiationType":"tender","language":"id","parties":[{"id":"satker-9","name":"Dinas Bina Marga","roles":["buyer","procuringEntity"]},)"
        R"({"id":"rekanan-5","name":"PT Contoh","identifier":{"scheme":"ID-NPWP","id":"01.234.567.8-901.000","legalName":"PT Contoh"},"roles":["tenderer","supplier"]},)"
        R"({"id":"rekanan-6","name":"CV Misal","roles":["tenderer"]}],"buyer":{"id":"satker-9","name":"Dinas Bina Marga"},)"
        R"("planning":{"budget":{"amount":{"amount":2000000000.00,"currency":"IDR"}}},"tender":{"id":"1127","title":"Pembangunan jembatan \"Kali\"","status":"complete",)"
        R"("procuringEntity":{"id":"satker-9","name":"Dinas Bina Marga"},"value":{"amount":123456789012345678.90,"currency":"IDR"},"procurementMethod":"open",)"
        R"("procurementMethodDetails":"e-Lelang Umum","mainProcurementCategory":"works",)"
        R"("tenderPeriod":{"startDate":"2014-04-01T08:00:00+07:00","endDate":"2014-04-10T15:00:00+07:00"},"numberOfTenderers":2,)"
        R"("tenderers":[{"id":"rekanan-5","name":"PT Contoh"},{"id":"rekanan-6","name":"CV Misal"}],)"
        R"("milestones":[{"id":"1","title":"Upload Dokumen Penawaran","code":"PEMASUKAN_PENAWARAN","dueDate":"2014-04-10T15:00:00+07:00"}]},)"
        R"("bids":{"details":[{"id":"71","date":"2014-04-02T09:00:00+07:00","tenderers":[{"id":"rekanan-5","name":"PT Contoh"}],"value":{"amount":1900000000.00,"currency":"IDR"}}]},)"
        R"("awards":[{"id":"1127-71","title":"Pembangunan jembatan \"Kali\"","status":"active","date":"2014-05-20T00:00:00+07:00","value":{"amount":1900000000.00,"currency":"IDR"},)"
        R"("suppliers":[{"id":"rekanan-5","name":"PT Contoh"}]}],"contracts":[{"id":"3","awardID":"1127-71","title":"K/3/2014","value":{"amount":1890000000.00,"currency":"IDR"},)"
        R"("dateSigned":"2014-06-01T00:00:00+07:00","period":{"startDate":"2014-06-02T00:00:00+07:00"}}]})");
  // It reads back, and merges.
  const Result<Json> again = ReadJson(JsonText(*release));
  REQUIRE(again.ok());
  CHECK(CompiledRelease({*again}, MergeRules::Ocds11()).ok());
}

TEST_CASE("what a tender does not say, its release leaves out") {
  Tender tender;
  tender.code = "1";
  tender.created = "2014-03-01";
  tender.estimate = "abc";
  tender.budget = "0.00";
  const Result<Json> release = ReleaseOf(tender, {"ocds-x-", "Z"});
  REQUIRE(release.ok());
  CHECK(JsonText(*release) ==
        R"({"ocid":"ocds-x-1","id":"ocds-x-1-2014-03-01T00:00:00Z","date":"2014-03-01T00:00:00Z","tag":["tender"],"initiationType":"tender","language":"id","tender":{"id":"1"}})");
  tender.created.clear();
  CHECK(ReleaseOf(tender).status().code() == Code::invalid);
  CHECK(ReleaseOf({}).status().code() == Code::invalid);
}

TEST_CASE("releases between the head and the tail of a package are JSON") {
  const std::string package = PackageHead("file:x", "LPSE \"Contoh\"", "2014-06-01T00:00:00Z") + JsonText(*ReleaseOf(Bridge())) + kPackageTail;
  const Result<Json> json = ReadJson(package);
  REQUIRE(json.ok());
  CHECK(json->Find("releases")->array()->size() == 1);
}

}  // namespace pulih::ocds

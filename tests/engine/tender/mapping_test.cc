// Records of sources as claims: what each line of them is about, and what nothing can be made of.
#include "engine/tender/mapping.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

namespace pulih::tender {
namespace {

using spse::SourceHead;
using spse::SourceRecord;
using Texts = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kNpwp = "01.234.567.4-012.000";  // its check digit holds

SourceRecord Record(std::string source, const Texts& fields, std::string of = {}) {
  SourceRecord record;
  record.source = std::move(source);
  for (const auto& [name, raw] : fields) record.fields.push_back({name, raw, 0, raw.size()});
  record.tender = std::move(of);
  record.offset = 100;
  record.length = 20;
  record.path = "row 17";
  return record;
}
std::vector<TenderClaim> Claims(const SourceRecord& record, const SourceHead& head = {}) { return ClaimsOf(BuiltInMapping(), record, head); }
const TenderClaim* Of(const std::vector<TenderClaim>& claims, Entity entity) {
  for (const TenderClaim& claim : claims)
    if (claim.entity == entity) return &claim;
  return nullptr;
}
TenderField Told(const TenderClaim& claim, Field field) {
  for (const TenderField& one : claim.fields)
    if (one.field == field) return one;
  FAIL("the claim has no such field");
  return {};
}

}  // namespace

TEST_CASE("a row of a list is a tender, and a contract where its value is told") {
  const SourceRecord row = Record("spse4.dt", {{"0", "3295127"}, {"1", "Pembangunan  Jalan"}, {"2", "Kota Contoh"}, {"3", "Tender Sudah Selesai"}, {"4", "2,36 M"}, {"6", "Lelang Umum"},
                                               {"8", "Pekerjaan Konstruksi - TA 2014"}, {"10", "Rp 2.300.000.000,00"}, {"12", "unknown"}});
  const auto claims = Claims(row, {"lpse.contoh.go.id", "2014-10-02T15:00:00Z", {}});
  REQUIRE(claims.size() == 2);
  const TenderClaim& tender = *Of(claims, Entity::tender);
  CHECK(tender.key == "3295127");
  CHECK(tender.tender == "3295127");
  CHECK(tender.publisher == "LPSE 127");
  CHECK(tender.captured == "2014-10-02T15:00:00Z");
  CHECK(tender.offset == 100);
  CHECK(tender.length == 20);
  CHECK(tender.path == "row 17");
  CHECK(Told(tender, Field::name) == TenderField{Field::name, "Pembangunan  Jalan", "Pembangunan Jalan", {}, Precision::exact});
  CHECK(Told(tender, Field::estimate) == TenderField{Field::estimate, "2,36 M", "2355000000.00", "2365000000.00", Precision::interval});
  CHECK(Told(tender, Field::category).value == "Pekerjaan Konstruksi");
  CHECK(Told(tender, Field::budget_year).value == "2014");
  const TenderClaim& contract = *Of(claims, Entity::contract);
  CHECK(contract.key == "3295127");
  CHECK(Told(contract, Field::contract_value) == TenderField{Field::contract_value, "Rp 2.300.000.000,00", "2300000000.00", {}, Precision::exact});
}

TEST_CASE("a list without a contract's value tells of no contract, and a number alone of a tender") {
  const auto claims = Claims(Record("spse4.dt", {{"0", "3295127"}, {"10", "0"}}));
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].entity == Entity::tender);
  CHECK(claims[0].fields.empty());
}

TEST_CASE("a line of bidders is a vendor and a bid") {
  const auto claims = Claims(Record("spse4.bidders", {{"Nama Peserta.nama", "PT. Maju Jaya"}, {"Nama Peserta.npwp", kNpwp}, {"Harga Penawaran", "Rp 1.500.000,00"}}, "3295127"));
  REQUIRE(claims.size() == 2);
  const TenderClaim &vendor = *Of(claims, Entity::vendor), &bid = *Of(claims, Entity::bid);
  CHECK(vendor.key == "012345674");
  CHECK(Told(vendor, Field::npwp).value == "012345674012000");
  CHECK(Told(vendor, Field::vendor_name) == TenderField{Field::vendor_name, "PT. Maju Jaya", "PT. Maju Jaya", {}, Precision::folded});
  CHECK(bid.key == "3295127/012345674");
  CHECK(bid.tender == "3295127");
  CHECK(Told(bid, Field::price).value == "1500000.00");
}

TEST_CASE("a bidder without a number that holds has no key, and is not thrown away") {
  for (const char* npwp : {"", "-", "01.234.567.5-012.000", "3171011112880001"}) {
    CAPTURE(npwp);
    const auto claims = Claims(Record("spse4.bidders", {{"Nama Peserta.nama", "PT. Maju Jaya"}, {"Nama Peserta.npwp", npwp}}, "3295127"));
    REQUIRE(claims.size() == 2);
    CHECK(claims[0].key.empty());
    CHECK(claims[1].key.empty());
    CHECK(claims[1].tender == "3295127");
  }
}

TEST_CASE("a text that nothing can be made of stays raw, without a value") {
  const auto claims = Claims(Record("spse4.view", {{"Kode Tender", "3295127"}, {"Nilai Pagu Paket", "sesuai DIPA"}, {"Tanggal Pembuatan", "31 Februari 2014"}, {"Tahun Anggaran", "jamak"}}));
  REQUIRE(claims.size() == 1);
  for (const Field field : {Field::budget, Field::created, Field::budget_year}) {
    const TenderField told = Told(claims[0], field);
    CHECK(told.value.empty());
    CHECK(told.high.empty());
    CHECK_FALSE(told.raw.empty());
  }
  CHECK(Told(claims[0], Field::budget).raw == "sesuai DIPA");
}

TEST_CASE("a step is known by its folded name, and a date without a time of day is a day") {
  const auto claims = Claims(Record("spse3.steps", {{"Tahap", "Pengumuman  Pascakualifikasi"}, {"Mulai", "30 September 2014 08:00"}, {"Sampai", "06 Oktober 2014"}}, "3295127"));
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].key == "3295127/PENGUMUMAN PASCAKUALIFIKASI");
  CHECK(Told(claims[0], Field::start).precision == Precision::exact);
  CHECK(Told(claims[0], Field::end) == TenderField{Field::end, "06 Oktober 2014", "2014-10-06", {}, Precision::day});
}

TEST_CASE("a key or a text without end fails nobody") {
  const auto step = Claims(Record("spse3.steps", {{"Tahap", std::string(600, 'x')}, {"Mulai", "30 September 2014 08:00"}}, "3295127"));
  REQUIRE(step.size() == 1);
  CHECK(step[0].key.empty());
  const auto tender = Claims(Record("spse4.view", {{"Kode Tender", "3295127"}, {"Nama Tender", std::string(kMaxTextLength + 1, 'x')}}));
  REQUIRE(tender.size() == 1);
  CHECK(tender[0].fields.empty());
}

TEST_CASE("heads of spreadsheets are compared folded") {
  const auto claims = Claims(Record("table", {{"Kode  Lelang", "3295127"}, {"nama paket", "PEMBANGUNAN JALAN"}, {"HPS (juta)", "9881,00"}, {"Pemenang", "CV Sinar"}, {"N.P.W.P", kNpwp}, {"NPWP", kNpwp}}), {});
  const TenderClaim* tender = Of(claims, Entity::tender);
  REQUIRE(tender != nullptr);
  CHECK(tender->key == "3295127");
  CHECK(Told(*tender, Field::name).precision == Precision::folded);
  CHECK(Told(*tender, Field::estimate).precision == Precision::interval);
  REQUIRE(Of(claims, Entity::bid) != nullptr);
  CHECK(Of(claims, Entity::bid)->key == "3295127/012345674");
}

TEST_CASE("whose word it is: the LPSE by the end of the number, LKPP, or who a source names") {
  CHECK(Claims(Record("spse4.list", {{"Kode", "3295007"}}))[0].publisher == "LPSE 7");
  CHECK(Claims(Record("lkpp.announcement", {{"kd_tender", "3295007"}}), {"lpse.contoh.go.id", {}, {}})[0].publisher == "LKPP");
  CHECK(Claims(Record("ocds.release", {{"/tender/id", "3295007"}, {"/ocid", "ocds-abc123-s-2016-1"}}))[0].publisher == "ocds-abc123");
  CHECK(Claims(Record("table", {{"Kode Lelang", "3295007"}}), {" Dinas\nContoh ", {}, {}})[0].publisher == "Dinas Contoh");
}

TEST_CASE("a source that no line is about, and a record without anything, tell nothing") {
  CHECK(Claims(Record("spse4.swakelola", {{"0", "3295127"}})).empty());
  CHECK(Claims(Record("spse4.dt", {})).empty());
  CHECK(Claims(Record("spse4.dt", {{"0", "bukan kode"}})).empty());
  CHECK(Claims(Record("", {{"", ""}})).empty());
}

TEST_CASE("of any texts in any field come claims that keep them word for word") {
  const uint64_t seed = 13;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::string texts[] = {"", "3295127", "2,36 M", kNpwp, "30 Oktober 2015 24:00", "\xFF\xFE", std::string("\0x", 2), " - ", "null", std::string(5000, '9'), "0", "*"};
  const auto mapping = BuiltInMapping();
  for (int round = 0; round < 3000; ++round) {
    SourceRecord record = Record(std::string(mapping[random() % mapping.size()].source), {}, texts[random() % std::size(texts)]);
    for (const MappingLine& line : mapping)
      if (line.source == record.source && random() % 3 != 0) record.fields.push_back({std::string(line.field), texts[random() % std::size(texts)], 0, 0});
    for (const TenderClaim& claim : Claims(record)) {
      REQUIRE(claim.key.size() <= kMaxKeyLength);
      REQUIRE(claim.key.find('\0') == std::string::npos);
      for (const TenderField& field : claim.fields) REQUIRE(record.fields.end() != std::find_if(record.fields.begin(), record.fields.end(), [&](const auto& f) { return f.raw == field.raw; }));
    }
  }
}

}  // namespace pulih::tender

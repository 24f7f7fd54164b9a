// What is known to be lost: named by a row that is there or by a page, and nothing that was deleted rightly.
#include "engine/recover/gaps.h"

#include <catch2/catch.hpp>

#include "engine/recover/claim_codec.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/explain.h"
#include "engine/recover/report.h"
#include "engine/recover/tender_rows.h"
#include "engine/recover/tender_store.h"
#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using tender::Precision;
using tender::TenderClaim;

// As much of SPSE as a bidder needs: public.lelang_seleksi (lls_id), public.rekanan (rkn_id, rkn_npwp), public.peserta
// (psr_id, lls_id, rkn_id) that refers to both.
Schema TenderSchema() {
  Schema schema;
  schema.types = {{PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}}, {PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}}};
  const auto table = [&](const char* name, const std::vector<std::pair<const char*, TypeIndex>>& columns) {
    SchemaTable one;
    one.schema = "public";
    one.name = name;
    for (const auto& [column, type] : columns) {
      SchemaColumn added;
      added.name = column;
      added.type = type;
      added.not_null = one.columns.empty();
      one.columns.push_back(added);
    }
    one.keys = {{std::string(name) + "_pkey", true, {0}}};
    schema.tables.push_back(one);
  };
  table("lelang_seleksi", {{"lls_id", 0}});
  table("rekanan", {{"rkn_id", 0}, {"rkn_npwp", 1}});
  table("peserta", {{"psr_id", 0}, {"lls_id", 0}, {"rkn_id", 0}});
  schema.tables[2].references = {{{1}, "public", "lelang_seleksi", {}}, {{2}, "public", "rekanan", {"rkn_id"}}};
  return schema;
}

struct TenderCase : SmallCase {
  TenderCase() {
    schema = TenderSchema();
    REQUIRE(ClaimStore(of->kv()).PutSchema(schema).ok());
  }
  void Tell(uint32_t unit, const std::vector<TenderClaim>& told) {
    TenderWriter writer(of->kv());
    for (const TenderClaim& claim : told) REQUIRE(writer.Add(unit, claim).ok());
    REQUIRE(writer.Commit().ok());
  }
  // Keys that the index of a table names.
  void Name(uint32_t unit, const std::vector<RowClaim>& keys) {
    UnitClaims writer(of->kv(), schema, unit);
    for (const RowClaim& key : keys) REQUIRE(writer.AddKey(key).ok());
    REQUIRE(writer.Commit().ok());
  }
  Gaps Find() {
    SilentProgress progress;
    EvidenceRegister evidence(of->kv());
    const auto sources = ClaimSources::Read(evidence);
    REQUIRE(sources.ok());
    REQUIRE(MakeRowTenders(of->kv(), *sources, progress).ok());
    auto gaps = FindGaps(*of, progress);
    INFO(gaps.status().ToString());
    REQUIRE(gaps.ok());
    return std::move(*gaps);
  }
};

RowClaim Lelang(const std::string& id) { return RowOf("public.lelang_seleksi", {Known(id)}); }
RowClaim Rekanan(const std::string& id, const std::string& npwp = "01.234.567.4-012.000") { return RowOf("public.rekanan", {Known(id), Known(npwp)}); }
RowClaim Peserta(const std::string& id, const std::string& lelang, const std::string& rekanan, Grade grade = Grade::b, Standing standing = Standing::live) {
  return RowOf("public.peserta", {Known(id), Known(lelang), Known(rekanan)}, grade, standing);
}
TenderClaim Bid(const std::string& tender, const std::string& vendor, uint8_t grade = 'B') {
  TenderClaim claim;
  claim.entity = Entity::bid;
  claim.key = tender + "/" + vendor;
  claim.tender = tender;
  claim.fields = {{Field::vendor_name, "PT Maju", "PT Maju", {}, Precision::folded}};
  claim.source = "spse4.bidders";
  claim.publisher = "LPSE 127";
  claim.grade = grade;
  return claim;
}

}  // namespace

TEST_CASE("a row that names a parent which is not there tells of a gap, once for all that name it") {
  TenderCase small;
  const uint32_t unit = small.Add("a.sql");
  small.Claim(unit, {Lelang("3295127"), Rekanan("1"), Peserta("10", "3295127", "1"), Peserta("11", "3295127", "2"), Peserta("12", "3295127", "2"), Peserta("13", "4000127", "1")});
  const Gaps gaps = small.Find();
  CHECK(gaps.count == 2);
  REQUIRE(gaps.missing.size() == 2);
  CHECK(gaps.missing[0].table == "public.lelang_seleksi");
  CHECK(gaps.missing[0].key == "4000127");
  CHECK(gaps.missing[0].mentions == 1);
  CHECK(gaps.missing[1].table == "public.rekanan");
  CHECK(gaps.missing[1].key == "2");
  CHECK(gaps.missing[1].tender == "3295127");
  CHECK(gaps.missing[1].what.empty());
  CHECK(gaps.missing[1].mentions == 2);
  CHECK(gaps.missing[1].why == "named by public.peserta 11 (rkn_id)");
}

TEST_CASE("nothing is concluded where nothing is missing, and from numbers alone never") {
  TenderCase small;
  CHECK(small.Find().count == 0);
  small.Claim(small.Add("a.sql"), {Lelang("3295127"), Lelang("3299127"), Rekanan("1"), Rekanan("9"), Peserta("10", "3295127", "1")});
  CHECK(small.Find().count == 0);
}

TEST_CASE("a doubtful value, a lost one and NULL name nobody") {
  TenderCase small;
  small.Claim(small.Add("a.sql"), {Lelang("3295127"), Peserta("11", "3295127", "2", Grade::d), RowOf("public.peserta", {Known("12"), Known("3295127"), NullField()}),
                                   RowOf("public.peserta", {Known("13"), Lost(), Lost()})});
  CHECK(small.Find().count == 0);
}

TEST_CASE("a row that was deleted names nobody, and a parent that was deleted is not lost") {
  TenderCase small;
  RowClaim gone = Rekanan("2");
  gone.standing = Standing::deleted;
  small.Claim(small.Add("a.sql"), {Lelang("3295127"), gone, Peserta("11", "3295127", "2"), Peserta("12", "3295127", "77", Grade::b, Standing::deleted)});
  CHECK(small.Find().count == 0);
}

TEST_CASE("a bidder that a page tells of and no row is a gap, and one that a row tells of is none") {
  TenderCase small;
  const uint32_t dump = small.Add("a.sql"), page = small.Add("page.html");
  small.Claim(dump, {Lelang("3295127"), Rekanan("1"), Peserta("10", "3295127", "1")});
  small.Tell(page, {Bid("3295127", "012345674"), Bid("3295127", "987654321")});
  const Gaps gaps = small.Find();
  REQUIRE(gaps.missing.size() == 1);
  const MissingRecord& missing = gaps.missing[0];
  CHECK(missing.table == "public.peserta");
  CHECK(missing.key.empty());
  CHECK(missing.tender == "3295127");
  CHECK(missing.what == "bidder with NPWP 987654321");
  CHECK(missing.why == "told of by LPSE 127 (spse4.bidders)");
  CHECK(missing.holders == std::vector<std::string>{"LPSE 127"});
}

TEST_CASE("what damage may have touched tells of no gap") {
  TenderCase small;
  small.Claim(small.Add("a.sql"), {Lelang("3295127")});
  small.Tell(small.Add("page.html"), {Bid("3295127", "987654321", 'D'), Bid("3295127", "987654322", 'F')});
  CHECK(small.Find().count == 0);
}

TEST_CASE("of a tender whose bidder was deleted or has no known number a page's bidder is no gap") {
  TenderCase small;
  const uint32_t dump = small.Add("a.sql"), page = small.Add("page.html");
  SECTION("deleted") { small.Claim(dump, {Lelang("3295127"), Rekanan("1"), Peserta("10", "3295127", "1", Grade::b, Standing::deleted)}); }
  SECTION("no number") { small.Claim(dump, {Lelang("3295127"), Rekanan("1", "-"), Peserta("10", "3295127", "1")}); }
  small.Tell(page, {Bid("3295127", "987654321")});
  CHECK(small.Find().count == 0);
}

TEST_CASE("a tender that only a page tells of is a gap, with who tells of it as its holder") {
  TenderCase small;
  small.Claim(small.Add("a.sql"), {Lelang("3295127")});
  TenderClaim told;
  told.key = told.tender = "4000127";
  told.source = "lkpp.announcement";
  told.publisher = "LKPP";
  small.Tell(small.Add("page.html"), {told});
  const Gaps gaps = small.Find();
  REQUIRE(gaps.missing.size() == 1);
  CHECK(gaps.missing[0].table == "public.lelang_seleksi");
  CHECK(gaps.missing[0].key == "4000127");
  REQUIRE_FALSE(gaps.missing[0].holders.empty());
  CHECK(gaps.missing[0].holders[0] == "LKPP");
}

TEST_CASE("derived claims of rows are made anew, not twice") {
  TenderCase small;
  const uint32_t dump = small.Add("a.sql");
  small.Claim(dump, {Lelang("3295127"), Rekanan("1"), Peserta("10", "3295127", "1")});
  (void)small.Find();
  (void)small.Find();
  const auto bids = TenderStore(small.of->kv()).Of(Entity::bid, "3295127/012345674");
  REQUIRE(bids.ok());
  REQUIRE(bids->size() == 1);
  CHECK((*bids)[0].claim.source == "row of public.peserta");
  CHECK((*bids)[0].claim.publisher == "LPSE 127");
  CHECK((*bids)[0].unit == dump);
}

RowClaim IndexedRekanan(const std::string& id, Standing standing) {
  RowClaim key = RowOf("public.rekanan", {Known(id), Lost()}, Grade::d, standing);
  key.path = "index rekanan_pkey » page 3 » leads to page 9 item 4";
  return key;
}

TEST_CASE("a key that only an index has is missing, and is no row") {
  TenderCase small;
  const uint32_t dump = small.Add("a.sql"), folder = small.Add("data");
  small.Claim(dump, {Rekanan("1"), RowOf("public.rekanan", {Known("2"), Lost()}, Grade::d, Standing::deleted), Peserta("11", "3295127", "5"), Lelang("3295127")});
  // 1 is there; 2 is known, as deleted; of 3 two entries speak, one of a page that is lost; 5 is named by a row, too.
  small.Name(folder, {IndexedRekanan("1", Standing::live), IndexedRekanan("2", Standing::live), IndexedRekanan("3", Standing::unknown), IndexedRekanan("3", Standing::live),
                      IndexedRekanan("4", Standing::unknown), IndexedRekanan("5", Standing::unknown)});
  const Gaps gaps = small.Find();
  CHECK(gaps.count == 3);
  REQUIRE(gaps.missing.size() == 3);
  CHECK(gaps.missing[0].key == "3");
  CHECK(gaps.missing[0].by_index);
  CHECK_FALSE(gaps.missing[0].may_be_deleted);
  CHECK(gaps.missing[0].why == "named by index rekanan_pkey » page 3 » leads to page 9 item 4 of evidence 2 (data)");
  CHECK(gaps.missing[1].key == "4");
  CHECK(gaps.missing[1].may_be_deleted);
  CHECK(gaps.missing[1].why.ends_with("; may have been deleted"));
  CHECK(gaps.missing[2].key == "5");
  CHECK(gaps.missing[2].by_index);
  CHECK_FALSE(gaps.missing[2].may_be_deleted);
  CHECK(gaps.missing[2].mentions == 2);

  SECTION("no row of it is counted, nor found where rows are") {
    ClaimStore store(small.of->kv());
    uint64_t rows = 0;
    REQUIRE(store.ScanRows("public.rekanan", [](auto&) {}, [&](ByteView, auto&) -> Result<bool> {
      ++rows;
      return true;
    }).ok());
    CHECK(rows == 2);
  }
  SECTION("explained as what it is") {
    auto explained = ExplainRow(*small.of, "rekanan", "4");
    REQUIRE(explained.ok());
    CHECK(explained->claims.empty());
    CHECK(explained->fields.empty());
    REQUIRE(explained->indexed.size() == 1);
    CHECK(explained->may_be_deleted);
    CHECK(explained->indexed[0].evidence.name == "data");
    CHECK_FALSE(ExplainRow(*small.of, "rekanan", "3")->may_be_deleted);
    CHECK(ExplainRow(*small.of, "rekanan", "1")->indexed.empty());
    CHECK(ExplainRow(*small.of, "rekanan", "99").status().code() == Code::not_found);
  }
  SECTION("and taken back with its evidence") {
    REQUIRE(ClaimStore(small.of->kv()).RemoveUnit(folder).ok());
    CHECK(small.Find().count == 1);
  }
  SECTION("a row that turns up ends it") {
    small.Claim(small.Add("b.sql"), {Rekanan("3")});
    CHECK(small.Find().count == 2);
  }
}

}  // namespace pulih

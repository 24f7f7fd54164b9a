// Records without a key: who they may be, what a person says of it, and what that changes.
#include "engine/recover/candidates.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "engine/recover/candidates_html.h"
#include "engine/recover/checks.h"
#include "engine/recover/link_rulings.h"
#include "engine/recover/year_survey.h"
#include "tests/engine/recover/recovered_rows.h"
#include "tests/engine/recover/tender_claims.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using tender::TenderClaim;
using tender::TenderField;


TenderClaim Thing(Entity entity, const std::string& key, const std::string& tender, const std::string& publisher, std::vector<TenderField> fields) {
  return ThingOf(entity, key, tender, publisher, std::move(fields), "spse3.bidders");
}
std::string Npwp(int i) { return "9010" + std::to_string(10000 + i); }
std::string Name(int i) {
  constexpr const char* kFirst[] = {"Karya", "Bangun", "Maju", "Sinar", "Tirta", "Graha", "Mitra", "Cipta", "Prima", "Wahana"};
  constexpr const char* kSecond[] = {"Contoh", "Abadi", "Jaya", "Sentosa", "Utama", "Mandiri", "Nusa", "Persada", "Lestari", "Makmur"};
  return std::string(kFirst[i % 10]) + " " + kSecond[i / 10 % 10] + " " + kFirst[(i + 3) % 10];
}

// A hundred vendors of two publishers, each bidding for one of ten tenders; a third tells of some of them by name alone.
struct LinkCase : SmallCase {
  explicit LinkCase(uint32_t shuffled = 0) {
    std::vector<std::pair<int, TenderClaim>> told;
    for (int i = 0; i < 100; ++i) {
      const std::string tender = std::to_string(1200 + i % 10) + "901";
      told.push_back({0, Thing(Entity::vendor, Npwp(i), "", "LPSE 901", {Exact(Field::vendor_name, "PT " + Name(i)), Exact(Field::address, "Jalan Contoh " + std::to_string(i))})});
      told.push_back({1, Thing(Entity::vendor, Npwp(i), "", "LKPP", {Exact(Field::vendor_name, Name(i) + ", PT")})});
      told.push_back({0, Thing(Entity::bid, tender + "/" + Npwp(i), tender, "LPSE 901", {Exact(Field::vendor_name, "PT " + Name(i)), Exact(Field::price, std::to_string(1000 + i * 7) + ".00")})});
    }
    for (int i = 0; i < 20; ++i) {
      told.push_back({2, Thing(Entity::vendor, "", "", "ULP", {Exact(Field::vendor_name, "CV. " + Name(i)), Exact(Field::unit_code, "told by ULP")})});
      told.push_back({2, Thing(Entity::bid, "", std::to_string(1200 + i % 10) + "901", "ULP", {Exact(Field::vendor_name, Name(i))})});
    }
    told.push_back({2, Thing(Entity::vendor, "", "", "ULP", {Exact(Field::vendor_name, "Zzyx Qwerty Vvv")})});
    units = {Add("a.html", "2014-07-01T00:00:00Z"), Add("b.json", "2014-08-01T00:00:00Z"), Add("c.csv", "2014-09-01T00:00:00Z")};
    std::shuffle(told.begin(), told.end(), std::mt19937(shuffled));
    TenderWriter writer(of->kv());
    for (const auto& [unit, claim] : told) REQUIRE(writer.Add(units[static_cast<size_t>(unit)], claim).ok());
    REQUIRE(writer.Commit().ok());
  }
  ClaimSources Sources() {
    EvidenceRegister evidence(of->kv());
    auto sources = ClaimSources::Read(evidence);
    REQUIRE(sources.ok());
    return std::move(*sources);
  }
  std::vector<LinkCandidate> Make() {
    SilentProgress progress;
    const auto made = MakeCandidates(of->kv(), Sources(), progress);
    INFO(made.status().ToString());
    REQUIRE(made.ok());
    auto candidates = ReadCandidates(of->kv());
    REQUIRE(candidates.ok());
    CHECK(candidates->size() == *made);
    return std::move(*candidates);
  }
  YearSurvey Survey() {
    SilentProgress progress;
    auto survey = SurveyYear(*of, {}, progress);
    REQUIRE(survey.ok());
    return std::move(*survey);
  }
  uint64_t Keyless(Entity entity) {
    for (const EntityCount& count : Survey().entities)
      if (count.entity == entity) return count.keyless;
    return 0;
  }
  std::vector<uint32_t> units;
};

std::string Shown(const std::vector<LinkCandidate>& candidates) {
  std::string shown;
  for (const LinkCandidate& candidate : candidates) {
    LinkCandidate same = candidate;
    same.evidence = 0;  // a number by order of arrival
    const Bytes bytes = EncodeCandidate(same);
    shown.append(bytes.begin(), bytes.end());
  }
  return shown;
}

const LinkCandidate& VendorOf(const std::vector<LinkCandidate>& candidates, int i) {
  for (const LinkCandidate& candidate : candidates)
    if (candidate.entity == Entity::vendor && candidate.to == Npwp(i)) return candidate;
  FAIL("no such candidate");
  return candidates.front();
}

}  // namespace

TEST_CASE("who is told of by name alone becomes a candidate for whom that name is, and nothing is joined") {
  LinkCase small;
  const uint64_t vendors = small.Keyless(Entity::vendor), bids = small.Keyless(Entity::bid);
  const std::vector<LinkCandidate> candidates = small.Make();
  size_t right = 0;
  for (int i = 0; i < 20; ++i)
    for (const LinkCandidate& candidate : candidates) {
      if (candidate.entity == Entity::vendor && candidate.to == Npwp(i)) right += candidate.fields.at(0).said == "CV. " + Name(i) ? 1 : 0;
      if (candidate.entity == Entity::bid && candidate.to == std::to_string(1200 + i % 10) + "901/" + Npwp(i)) right += candidate.fields.at(0).said == Name(i) ? 1 : 0;
    }
  CHECK(right == 40);
  CHECK(candidates.size() == 40);
  for (const LinkCandidate& candidate : candidates) {
    CHECK(candidate.record.size() == 16);
    CHECK(candidate.publisher == "ULP");
    CHECK(candidate.probability >= kLeastCandidate);
    CHECK(candidate.fields.at(0).agrees);
    CHECK(candidate.fields.at(0).how == "equal");
    if (candidate.entity == Entity::bid) CHECK(candidate.to.starts_with(candidate.tender + "/"));
  }
  CHECK(small.Keyless(Entity::vendor) == vendors);
  CHECK(small.Keyless(Entity::bid) == bids);
  CHECK(Shown(small.Make()) == Shown(candidates));  // made anew: the same
}

TEST_CASE("candidates do not hang on the order of evidence, and are read as they were written") {
  LinkCase first(1), second(2);
  const std::vector<LinkCandidate> candidates = first.Make();
  CHECK(Shown(second.Make()) == Shown(candidates));
  for (const LinkCandidate& candidate : candidates) {
    const Bytes bytes = EncodeCandidate(candidate);
    const auto again = DecodeCandidate(bytes);
    REQUIRE(again.ok());
    CHECK(EncodeCandidate(*again) == bytes);
    for (size_t length = 0; length < bytes.size(); ++length) CHECK_FALSE(DecodeCandidate(ByteView(bytes).first(length)).ok());
  }
}

TEST_CASE("a ruling joins a record at grade D, and taking it back undoes all of it") {
  LinkCase small;
  const std::vector<LinkCandidate> candidates = small.Make();
  const std::string record = VendorOf(candidates, 3).record;
  const uint64_t before = small.Keyless(Entity::vendor);
  const YearSurvey first = small.Survey();
  REQUIRE(DecideLink(*small.of, {record, Npwp(3), false, "Ibu Sari", "the same director"}).ok());
  CHECK(small.Keyless(Entity::vendor) == before - 1);
  CHECK(small.Survey().dispute_count == first.dispute_count);
  auto store = LinkedStore::Open(*small.of, small.Sources());
  REQUIRE(store.ok());
  const auto claims = store->Of(Entity::vendor, Npwp(3));
  REQUIRE(claims.ok());
  REQUIRE(claims->size() == 3);
  const StoredTender& joined = claims->back();
  CHECK(joined.claim.grade == 'D');
  CHECK(joined.claim.path.find("joined by Ibu Sari") != std::string::npos);
  const FusedThing thing = Fuse(Npwp(3), *claims, small.Sources().source_of());
  CHECK((*claims)[thing.Find(Field::unit_code)->claim].claim.publisher == "ULP");  // fills what nobody else tells
  CHECK(thing.Find(Field::unit_code)->status == FieldStatus::likely);
  CHECK((*claims)[thing.Find(Field::vendor_name)->claim].claim.publisher != "ULP");
  const std::string page = CandidatesHtml(candidates, ReadLinkRulings(*small.of), ReportLanguage::indonesian);
  CHECK(page.find("digabung oleh Ibu Sari") != page.npos);
  CHECK(page.find("belum diputuskan") != page.npos);
  REQUIRE(WithdrawLink(*small.of, {record, "", false, "Ibu Sari", "another director"}).ok());
  CHECK(small.Keyless(Entity::vendor) == before);
  const std::vector<LinkRuling> rulings = ReadLinkRulings(*small.of);
  REQUIRE(rulings.size() == 1);
  CHECK(rulings[0].withdrawn);
  CHECK(WithdrawLink(*small.of, {record, "", false, "Ibu Sari", "again"}).status().code() == Code::not_found);
}

TEST_CASE("a later ruling replaces the one before, and one that says apart joins nothing") {
  LinkCase small;
  const std::string record = VendorOf(small.Make(), 4).record;
  const uint64_t before = small.Keyless(Entity::vendor);
  REQUIRE(DecideLink(*small.of, {record, Npwp(4), false, "Budi", "name"}).ok());
  REQUIRE(DecideLink(*small.of, {record, Npwp(4), true, "Ibu Sari", "another address"}).ok());
  CHECK(small.Keyless(Entity::vendor) == before);
  REQUIRE(DecideLink(*small.of, {record, Npwp(5), false, "Ibu Sari", "sworn"}).ok());
  CHECK(small.Keyless(Entity::vendor) == before - 1);
  const std::vector<LinkRuling> rulings = ReadLinkRulings(*small.of);
  REQUIRE(rulings.size() == 3);
  CHECK((rulings[0].withdrawn && rulings[1].withdrawn && !rulings[2].withdrawn));
  CHECK(RulingOn(rulings, record)->to == Npwp(5));
}

TEST_CASE("what cannot be ruled is refused: no such record, no such thing, another tender's bid, no name, no reason") {
  LinkCase small;
  const std::vector<LinkCandidate> candidates = small.Make();
  const std::string vendor = VendorOf(candidates, 3).record;
  const auto bid = std::find_if(candidates.begin(), candidates.end(), [](const LinkCandidate& one) { return one.entity == Entity::bid && one.tender == "1203901"; });
  REQUIRE(bid != candidates.end());
  CHECK(DecideLink(*small.of, {"0000000000000000", Npwp(3), false, "Budi", "why"}).status().code() == Code::not_found);
  CHECK(DecideLink(*small.of, {vendor, "999999999", false, "Budi", "why"}).status().code() == Code::not_found);
  CHECK(DecideLink(*small.of, {vendor, "", false, "Budi", "why"}).status().code() == Code::invalid);
  CHECK(DecideLink(*small.of, {vendor, Npwp(3), false, "", "why"}).status().code() == Code::invalid);
  CHECK(DecideLink(*small.of, {vendor, Npwp(3), false, "Budi", ""}).status().code() == Code::invalid);
  CHECK(DecideLink(*small.of, {bid->record, "1204901/" + Npwp(4), false, "Budi", "why"}).status().code() == Code::invalid);
  CHECK(ReadLinkRulings(*small.of).empty());
  // A vendor that is known may have bid where nobody else says so: it is a bid of its own, and comes last.
  REQUIRE(DecideLink(*small.of, {bid->record, "1203901/" + Npwp(98), false, "Budi", "list of bidders, signed"}).ok());
  auto store = LinkedStore::Open(*small.of, small.Sources());
  REQUIRE(store.ok());
  std::string last;
  REQUIRE(store->Scan(Entity::bid, [&](const std::string& key, std::vector<StoredTender>&) -> Result<bool> { last = key; return true; }).ok());
  CHECK(last == "1203901/" + Npwp(98));
  SilentProgress progress;
  CHECK(CheckRecords(*small.of, progress).ok());
}

TEST_CASE("hostile names stand escaped on the page") {
  LinkCandidate candidate;
  candidate.record = "0123456789abcdef";
  candidate.publisher = "<script>alert(1)</script>";
  candidate.fields = {{Field::vendor_name, "equal", true, "<img src=x>", "<b>"}};
  const std::string page = CandidatesHtml({candidate}, {}, ReportLanguage::english);
  CHECK(page.find("<script") == page.npos);
  CHECK(page.find("<img") == page.npos);
}

}  // namespace pulih

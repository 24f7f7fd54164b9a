// Claims about tenders as bytes, and in the store: what comes back, in which order, and what is taken back.
#include "engine/recover/tender_store.h"

#include <random>

#include <catch2/catch.hpp>

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using tender::Precision;
using tender::TenderClaim;

TenderClaim Claim(Entity entity, const std::string& key, const std::string& name = "Pembangunan Jalan") {
  TenderClaim claim;
  claim.entity = entity;
  claim.key = key;
  claim.tender = "3295127";
  claim.fields = {{Field::name, name, name, {}, Precision::exact}};
  claim.source = "spse4.dt";
  claim.publisher = "LPSE 127";
  return claim;
}
// Something of everything.
TenderClaim FullClaim() {
  TenderClaim claim = Claim(Entity::bid, "3295127/012345674");
  claim.fields.push_back({Field::price, "2,36 M", "2355000000.00", "2365000000.00", Precision::interval});
  claim.fields.push_back({Field::start, "6 Okt", {}, {}, Precision::day});
  claim.captured = "2014-10-02T15:00:00Z";
  claim.grade = 'E';
  claim.file = 3;
  claim.offset = 1ull << 50;
  claim.length = 8192;
  claim.path = "member 12 » row 3";
  return claim;
}

using Things = std::vector<std::pair<std::string, std::vector<std::string>>>;  // key, and "unit name" of each claim
Things ThingsOf(TenderStore& store, Entity entity) {
  Things things;
  REQUIRE(store.Scan(entity, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
    things.push_back({key, {}});
    for (const StoredTender& stored : claims) things.back().second.push_back(std::to_string(stored.unit) + " " + stored.claim.fields.front().value);
    return true;
  }).ok());
  return things;
}
void Add(OrderedKv& kv, uint32_t unit, const std::vector<TenderClaim>& claims, TenderWriter::Kind kind = TenderWriter::Kind::extracted) {
  TenderWriter writer(kv, kind);
  for (const TenderClaim& claim : claims) REQUIRE(writer.Add(unit, claim).ok());
  REQUIRE(writer.Commit().ok());
}
size_t EntriesOf(OrderedKv& kv) {
  size_t count = 0;
  REQUIRE(kv.Scan({}, {}, [&](ByteView, ByteView) { return ++count != 0; }).ok());
  return count;
}

}  // namespace

TEST_CASE("a claim about a tender comes back as it was") {
  for (const TenderClaim& claim : {FullClaim(), TenderClaim{}, Claim(Entity::unit, "")}) {
    const auto again = DecodeTenderClaim(EncodeTenderClaim(claim));
    REQUIRE(again.ok());
    CHECK(*again == claim);
  }
}

TEST_CASE("the bytes of a claim about a tender are these") {
  TenderClaim claim;
  claim.entity = Entity::vendor;
  claim.key = "k";
  claim.tender = "t";
  claim.fields = {{Field::npwp, "r", "v", "h", Precision::interval}};
  claim.source = "s";
  claim.publisher = "p";
  claim.captured = "c";
  claim.grade = 'C';
  claim.file = 5;
  claim.offset = 300;
  claim.length = 7;
  claim.path = "w";
  const Bytes expected{3, 1, 'k', 1, 't', 1, 61, 2, 1, 'r', 1, 'v', 1, 'h', 1, 's', 1, 'p', 1, 'c', 'C', 5, 0xAC, 0x02, 7, 1, 'w'};
  CHECK(EncodeTenderClaim(claim) == expected);
}

TEST_CASE("a claim about a tender cut short, longer, or with any byte changed is refused or is exactly what is written") {
  const Bytes good = EncodeTenderClaim(FullClaim());
  for (size_t n = 0; n < good.size(); ++n) CHECK_FALSE(DecodeTenderClaim(ByteView(good).first(n)).ok());
  Bytes longer = good;
  longer.push_back(0);
  CHECK_FALSE(DecodeTenderClaim(longer).ok());
  size_t accepted = 0;
  for (size_t at = 0; at < good.size(); ++at)
    for (int change = 1; change < 256; ++change) {
      Bytes bad = good;
      bad[at] ^= static_cast<uint8_t>(change);
      const auto decoded = DecodeTenderClaim(bad);
      if (!decoded.ok()) continue;
      ++accepted;
      if (EncodeTenderClaim(*decoded) != bad) FAIL("accepted what it does not write, at byte " << at);
    }
  CHECK(accepted > 0);  // letters of texts
  const uint64_t seed = 5;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    Bytes noise(random() % 64);
    for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
    if (!noise.empty()) noise[0] = static_cast<uint8_t>(1 + random() % 6);
    const auto decoded = DecodeTenderClaim(noise);
    if (decoded.ok() && EncodeTenderClaim(*decoded) != noise) FAIL("accepted what it does not write");
  }
}

TEST_CASE("a claim about a tender beyond its limits is refused") {
  TenderClaim claim = FullClaim();
  claim.key = std::string(tender::kMaxKeyLength + 1, 'k');
  CHECK_FALSE(DecodeTenderClaim(EncodeTenderClaim(claim)).ok());
  claim.key = std::string("a\0b", 3);
  CHECK_FALSE(DecodeTenderClaim(EncodeTenderClaim(claim)).ok());
  const auto kv = NewMemoryKv();
  TenderWriter writer(*kv);
  CHECK_FALSE(writer.Add(1, claim).ok());
  claim = FullClaim();
  claim.fields[0].raw = std::string(tender::kMaxTextLength + 1, 'x');
  CHECK_FALSE(DecodeTenderClaim(EncodeTenderClaim(claim)).ok());
  claim = FullClaim();
  claim.fields.assign(257, claim.fields[0]);
  CHECK_FALSE(DecodeTenderClaim(EncodeTenderClaim(claim)).ok());
  claim = FullClaim();
  claim.length = UINT64_MAX;
  CHECK_FALSE(DecodeTenderClaim(EncodeTenderClaim(claim)).ok());
  claim = FullClaim();
  claim.grade = 'G';
  CHECK_FALSE(DecodeTenderClaim(EncodeTenderClaim(claim)).ok());
}

TEST_CASE("claims about one thing stand together in the order of keys, those without a key one by one in front") {
  const auto kv = NewMemoryKv();
  Add(*kv, 2, {Claim(Entity::tender, "3295127", "b"), Claim(Entity::tender, "", "keyless"), Claim(Entity::tender, "100127", "c"), Claim(Entity::contract, "1", "other")});
  Add(*kv, 1, {Claim(Entity::tender, "3295127", "a"), Claim(Entity::tender, "", "keyless too"), Claim(Entity::tender, "32951270", "longer")});
  TenderStore store(*kv);
  CHECK(ThingsOf(store, Entity::tender) == Things{{"", {"1 keyless too"}}, {"", {"2 keyless"}}, {"100127", {"2 c"}}, {"3295127", {"1 a", "2 b"}}, {"32951270", {"1 longer"}}});
  CHECK(ThingsOf(store, Entity::contract) == Things{{"1", {"2 other"}}});
  CHECK(ThingsOf(store, Entity::step).empty());
  const auto of = store.Of(Entity::tender, "3295127");
  REQUIRE(of.ok());
  REQUIRE(of->size() == 2);
  CHECK((*of)[0].unit == 1);
  CHECK((*of)[1].claim == Claim(Entity::tender, "3295127", "b"));
  CHECK(store.Of(Entity::tender, "329512")->empty());
  CHECK(store.Of(Entity::tender, "")->size() == 2);
}

TEST_CASE("a scan over things ends when it is told to, and passes a failure on") {
  const auto kv = NewMemoryKv();
  Add(*kv, 1, {Claim(Entity::tender, "1"), Claim(Entity::tender, "2"), Claim(Entity::tender, "3")});
  TenderStore store(*kv);
  int seen = 0;
  CHECK(store.Scan(Entity::tender, [&](const std::string&, auto&) -> Result<bool> { return ++seen < 2; }).ok());
  CHECK(seen == 2);
  for (const char* at : {"1", "2", "3"}) {
    const Status status = store.Scan(Entity::tender, [&](const std::string& key, auto&) -> Result<bool> {
      if (key == at) return Status(Code::interrupted, "interrupted");
      return true;
    });
    CHECK(status.code() == Code::interrupted);
  }
}

TEST_CASE("a unit is taken back whole, and what was derived alone, and nothing of another unit") {
  const auto kv = NewMemoryKv();
  Add(*kv, 1, {Claim(Entity::tender, "1", "one"), Claim(Entity::bid, "", "keyless")});
  Add(*kv, 256, {Claim(Entity::tender, "1", "far")});
  const size_t before = EntriesOf(*kv);
  Add(*kv, 1, {Claim(Entity::tender, "1", "row"), Claim(Entity::step, "1/x", "row")}, TenderWriter::Kind::derived);
  TenderStore store(*kv);
  CHECK(ThingsOf(store, Entity::tender) == Things{{"1", {"1 one", "1 row", "256 far"}}});
  REQUIRE(store.RemoveDerived(1).ok());
  CHECK(EntriesOf(*kv) == before);
  CHECK(ThingsOf(store, Entity::tender) == Things{{"1", {"1 one", "256 far"}}});
  REQUIRE(store.RemoveUnit(1).ok());
  CHECK(ThingsOf(store, Entity::tender) == Things{{"1", {"256 far"}}});
  CHECK(ThingsOf(store, Entity::bid).empty());
  REQUIRE(store.RemoveUnit(256).ok());
  CHECK(EntriesOf(*kv) == 0);
}

TEST_CASE("a unit of more claims than one batch comes whole and goes whole") {
  const auto kv = NewMemoryKv();
  TenderWriter writer(*kv);
  constexpr int kMany = 20000;
  for (int i = 0; i < kMany; ++i) REQUIRE(writer.Add(7, Claim(Entity::tender, std::to_string(1000 + i))).ok());
  REQUIRE(writer.Commit().ok());
  CHECK(EntriesOf(*kv) == 2 * kMany);
  REQUIRE(TenderStore(*kv).RemoveUnit(7).ok());
  CHECK(EntriesOf(*kv) == 0);
}

TEST_CASE("a damaged entry of the store is corrupt, and no crash") {
  const auto kv = NewMemoryKv();
  REQUIRE(kv->Write([](KvBatch& batch) { batch.Put(Bytes{'W', 1, 'x'}, Bytes{1}); }).ok());
  CHECK(TenderStore(*kv).Scan(Entity::tender, [](const std::string&, auto&) -> Result<bool> { return true; }).code() == Code::corrupt);
}

}  // namespace pulih

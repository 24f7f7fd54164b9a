#include "engine/recover/candidates.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/crypto/sha256.h"
#include "engine/link/link.h"
#include "engine/recover/candidate_fields.h"
#include "engine/recover/fuse.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::TenderField;

constexpr size_t kRecordDigits = 16, kMaxListed = 64;
constexpr Entity kLinked[] = {Entity::tender, Entity::vendor, Entity::bid, Entity::unit};

Bytes StoreKey(const LinkCandidate& candidate) {
  Bytes key{'L', static_cast<uint8_t>(candidate.entity)};
  Append(key, AsBytes(candidate.record));
  return key;
}

std::string Shown(const TenderField& field) { return field.high.empty() ? field.value : field.value + " to " + field.high; }

// What one publisher says in one way, and where one of the claims that say it stands.
struct Keyless {
  tender::TenderClaim claim;
  std::string witness, place_id;  // the evidence's SHA-256: which claim is shown must not hang on the order of arrival
  uint32_t evidence = 0;
  uint64_t claims = 0;
};

class CandidateMaker {
 public:
  CandidateMaker(OrderedKv& kv, const ClaimSources& sources, Entity entity, ProgressListener& progress)
      : kv_(kv), store_(kv), source_of_(sources.source_of()), entity_(entity), plan_(PlanOf(entity)), progress_(progress) {}

  Result<uint64_t> Make() {
    PULIH_TRY(Collect());
    if (records_.size() <= keyless_.size()) return uint64_t{0};
    link::LinkOptions options;
    options.least_probability = kLeastCandidate;
    options.only_to_keys = true;
    options.should_stop = [this] { return progress_.ShouldStop(); };
    progress_.Report({.phase = "linking", .current = tender::EntityName(entity_)});
    PULIH_TRY_ASSIGN(const link::Linked linked, link::FindLinks(plan_.scheme, records_, options));
    std::vector<LinkCandidate> candidates;
    for (const link::Link& one : link::OneToOne(records_, linked.links)) {
      PULIH_TRY_ASSIGN(LinkCandidate candidate, CandidateOf(one));
      candidates.push_back(std::move(candidate));
    }
    PULIH_TRY(kv_.Write([&](KvBatch& batch) {
      for (const LinkCandidate& candidate : candidates) batch.Put(StoreKey(candidate), EncodeCandidate(candidate));
    }));
    return candidates.size();
  }

 private:
  // Claims without a key come first: when the things with one come, it is known which matter.
  Status Collect() {
    return store_.Scan(entity_, [this](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
      if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
      if (key.empty()) {
        for (StoredTender& claim : claims) TakeKeyless(claim);
        return true;
      }
      if (keyless_.empty()) return false;
      if (!is_ready_) AddKeyless();
      if (entity_ == Entity::bid && !tenders_.contains(claims.front().claim.tender)) return true;
      TakeThing(key, claims);
      return true;
    });
  }

  void TakeKeyless(StoredTender& claim) {
    if (claim.claim.grade == 'F') return;
    if (entity_ == Entity::bid && claim.claim.tender.empty()) return;  // of which tender nobody knows
    Keyless& record = keyless_[RecordOf(claim, source_of_)];
    ++record.claims;
    std::string id = source_of_(claim.unit).id;
    if (record.claims > 1 && std::tie(record.place_id, record.claim.path, record.claim.offset) <= std::tie(id, claim.claim.path, claim.claim.offset)) return;
    record.witness = WitnessOf(claim, source_of_);
    record.place_id = std::move(id);
    record.evidence = claim.unit;
    tenders_.insert(claim.claim.tender);
    record.claim = std::move(claim.claim);
  }

  void AddKeyless() {
    is_ready_ = true;
    for (const auto& [id, record] : keyless_) {
      link::Record one{"0/" + id, record.witness, {}, std::vector<std::string>(plan_.fields.size()), false};
      for (size_t i = 0; i < plan_.fields.size(); ++i) {
        if (plan_.fields[i].is_tender) one.values[i] = record.claim.tender;
        for (const TenderField& field : record.claim.fields)
          if (!plan_.fields[i].is_tender && field.field == plan_.fields[i].field && !field.value.empty() && one.values[i].empty()) one.values[i] = ComparedText(plan_.fields[i], plan_.scheme.fields[i].comparator, field);
      }
      records_.push_back(std::move(one));
    }
  }

  void TakeThing(const std::string& key, const std::vector<StoredTender>& claims) {
    records_.push_back(RecordOfThing("1/" + key, key, claims));
    std::map<std::string, std::vector<StoredTender>> by_witness;
    for (const StoredTender& claim : claims) by_witness[WitnessOf(claim, source_of_)].push_back(claim);
    if (by_witness.size() < 2) return;
    for (const auto& [witness, told] : by_witness) {
      records_.push_back(RecordOfThing("2/" + key + '\n' + witness, key, told));
      records_.back().for_training = true;
    }
  }

  link::Record RecordOfThing(std::string id, const std::string& key, const std::vector<StoredTender>& claims) const {
    const FusedThing thing = Fuse(key, claims, source_of_);
    link::Record record{std::move(id), {}, key, std::vector<std::string>(plan_.fields.size()), false};
    for (size_t i = 0; i < plan_.fields.size(); ++i) {
      if (plan_.fields[i].is_tender) record.values[i] = claims.front().claim.tender;
      else if (const FusedField* field = thing.Find(plan_.fields[i].field)) record.values[i] = ComparedText(plan_.fields[i], plan_.scheme.fields[i].comparator, claims[field->claim].claim.fields[field->place]);
    }
    return record;
  }

  Result<LinkCandidate> CandidateOf(const link::Link& one) {
    const link::Record &without = records_[one.a], &with = records_[one.b];  // "0/" is before "1/"
    const Keyless& record = keyless_.at(without.id.substr(2));
    LinkCandidate candidate;
    candidate.record = without.id.substr(2);
    candidate.entity = entity_;
    candidate.to = with.key;
    candidate.tender = record.claim.tender;
    candidate.publisher = record.witness;
    candidate.probability = one.probability, candidate.rival = one.rival, candidate.weight = one.weight;
    candidate.claims = record.claims;
    candidate.evidence = record.evidence, candidate.offset = record.claim.offset, candidate.path = record.claim.path;
    PULIH_TRY_ASSIGN(const std::vector<StoredTender> claims, store_.Of(entity_, with.key));
    const FusedThing thing = Fuse(with.key, claims, source_of_);
    for (size_t i = 0; i < plan_.fields.size(); ++i) {
      const link::Level level = link::LevelAt(one.pattern, i);
      const FusedField* fused = plan_.fields[i].is_tender ? nullptr : thing.Find(plan_.fields[i].field);
      if (level == 0 || fused == nullptr) continue;
      CandidateField field{plan_.fields[i].field, link::LevelName(plan_.scheme.fields[i].comparator, level), level < link::LevelsOf(plan_.scheme.fields[i].comparator), {}, Shown(claims[fused->claim].claim.fields[fused->place])};
      for (const TenderField& told : record.claim.fields)
        if (told.field == field.field && field.said.empty()) field.said = Shown(told);
      candidate.fields.push_back(std::move(field));
    }
    return candidate;
  }

  OrderedKv& kv_;
  TenderStore store_;
  const SourceOf source_of_;
  const Entity entity_;
  const LinkPlan plan_;
  ProgressListener& progress_;
  bool is_ready_ = false;
  std::map<std::string, Keyless> keyless_;            // by record
  std::unordered_set<std::string> tenders_;           // that have a thing without a key
  std::vector<link::Record> records_;
};

std::string Text(ByteReader& in) { return std::string(in.SizedText()); }

}  // namespace

std::string RecordOf(const StoredTender& claim, const SourceOf& source_of) {
  std::set<std::tuple<uint8_t, std::string_view, std::string_view>> says;
  for (const TenderField& field : claim.claim.fields)
    if (!field.value.empty()) says.emplace(static_cast<uint8_t>(field.field), field.value, field.high);
  ByteWriter out;
  out.U8(static_cast<uint8_t>(claim.claim.entity));
  out.Sized(WitnessOf(claim, source_of));
  out.Sized(claim.claim.tender);
  for (const auto& [field, value, high] : says) {
    out.U8(field);
    out.Sized(value);
    out.Sized(high);
  }
  return Sha256Of(out.view()).hex().substr(0, kRecordDigits);
}

Result<uint64_t> MakeCandidates(OrderedKv& kv, const ClaimSources& sources, ProgressListener& progress) {
  PULIH_TRY(kv.Write([](KvBatch& batch) { batch.DeleteRange(Bytes{'L'}, Bytes{'L' + 1}); }));
  uint64_t made = 0;
  for (const Entity entity : kLinked) {
    PULIH_TRY_ASSIGN(const uint64_t of_kind, CandidateMaker(kv, sources, entity, progress).Make());
    made += of_kind;
  }
  return made;
}

Result<std::vector<LinkCandidate>> ReadCandidates(OrderedKv& kv) {
  std::vector<LinkCandidate> candidates;
  Status failed;
  PULIH_TRY(kv.Scan(Bytes{'L'}, Bytes{'L'}, [&](ByteView, ByteView value) {
    auto candidate = DecodeCandidate(value);
    if (!candidate.ok()) failed = candidate.status();
    else candidates.push_back(std::move(*candidate));
    return failed.ok();
  }));
  PULIH_TRY(failed);
  std::sort(candidates.begin(), candidates.end(), [](const LinkCandidate& a, const LinkCandidate& b) { return std::tuple(a.entity, -a.probability, a.record) < std::tuple(b.entity, -b.probability, b.record); });
  return candidates;
}

Bytes EncodeCandidate(const LinkCandidate& candidate) {
  ByteWriter out;
  out.U8(static_cast<uint8_t>(candidate.entity));
  for (const std::string* text : {&candidate.record, &candidate.to, &candidate.tender, &candidate.publisher, &candidate.path}) out.Sized(*text);
  for (const double number : {candidate.probability, candidate.rival, candidate.weight}) out.Le64(std::bit_cast<uint64_t>(number));
  out.Varint(candidate.claims);
  out.Varint(candidate.evidence);
  out.Varint(candidate.offset);
  out.Varint(candidate.fields.size());
  for (const CandidateField& field : candidate.fields) {
    out.U8(static_cast<uint8_t>(field.field));
    out.U8(field.agrees ? 1 : 0);
    for (const std::string* text : {&field.how, &field.said, &field.has}) out.Sized(*text);
  }
  return std::move(out).Take();
}

Result<LinkCandidate> DecodeCandidate(ByteView bytes) {
  ByteReader in(bytes);
  LinkCandidate candidate;
  const uint8_t entity = in.U8();
  if (!tender::IsKnownEntity(entity)) in.Fail();
  candidate.entity = static_cast<Entity>(entity);
  for (std::string* text : {&candidate.record, &candidate.to, &candidate.tender, &candidate.publisher, &candidate.path}) *text = Text(in);
  for (double* number : {&candidate.probability, &candidate.rival, &candidate.weight}) *number = std::bit_cast<double>(in.Le64());
  candidate.claims = in.Varint();
  candidate.evidence = static_cast<uint32_t>(in.Varint());
  candidate.offset = in.Varint();
  const uint64_t fields = in.Varint();
  if (fields > kMaxListed) in.Fail();
  for (uint64_t i = 0; i < fields && !in.failed(); ++i) {
    CandidateField field;
    const uint8_t number = in.U8();
    if (!tender::IsKnownField(number)) in.Fail();
    field.field = static_cast<tender::Field>(number);
    field.agrees = in.U8() == 1;
    for (std::string* text : {&field.how, &field.said, &field.has}) *text = Text(in);
    candidate.fields.push_back(std::move(field));
  }
  if (!in.Finish()) return Status(Code::corrupt, "reading a candidate: it is not as it is written");
  return candidate;
}

}  // namespace pulih

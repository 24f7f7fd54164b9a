#include "engine/recover/link_rulings.h"

#include <functional>

#include "engine/recover/fuse.h"

namespace pulih {
namespace {

using tender::Entity;

constexpr std::string_view kJoined = "record joined", kApart = "record kept apart", kTakenBack = "record ruling withdrawn";

std::string TextOf(const CustodyEntry& entry, std::string_view name) {
  for (const auto& [key, value] : entry.detail)
    if (key == name) return value;
  return {};
}

LinkRuling RulingOf(const CustodyEntry& entry) {
  LinkRuling ruling;
  ruling.number = entry.sequence;
  ruling.time = entry.time.substr(0, 19) + "Z";
  ruling.who = entry.who;
  ruling.record = TextOf(entry, "record");
  ruling.entity = TextOf(entry, "entity");
  ruling.to = TextOf(entry, "to");
  ruling.is_joined = entry.what == kJoined;
  ruling.by = TextOf(entry, "by");
  ruling.reason = TextOf(entry, "reason");
  return ruling;
}

const LinkRuling* Holding(const std::vector<LinkRuling>& rulings, const std::string& record) {
  for (const LinkRuling& ruling : rulings)
    if (!ruling.withdrawn && ruling.record == record) return &ruling;
  return nullptr;
}

// Claims without a key come first: the rest is not read.
Status ScanKeyless(TenderStore& store, Entity entity, const std::function<bool(StoredTender& claim)>& each) {
  return store.Scan(entity, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
    if (!key.empty()) return false;
    for (StoredTender& claim : claims)
      if (!each(claim)) return false;
    return true;
  });
}

struct FoundRecord {
  Entity entity = Entity::tender;
  std::string tender;
};
Result<FoundRecord> FindRecord(TenderStore& store, const ClaimSources& sources, const std::string& record) {
  const SourceOf source_of = sources.source_of();
  std::optional<FoundRecord> found;
  for (const Entity entity : tender::kEntities) {
    PULIH_TRY(ScanKeyless(store, entity, [&](StoredTender& claim) {
      if (RecordOf(claim, source_of) == record) found = FoundRecord{entity, claim.claim.tender};
      return !found;
    }));
    if (found) return std::move(*found);
  }
  return Status(Code::not_found, "decide: " + record + ": no record without a key has this name", "`recover report --json` lists them under candidates");
}

Status CheckTarget(TenderStore& store, const FoundRecord& record, const std::string& to) {
  const std::string thing = std::string(tender::EntityName(record.entity)) + " " + to;
  if (to.empty() || to.size() > tender::kMaxKeyLength || to.find('\0') != to.npos) return Status(Code::invalid, "decide: which " + std::string(tender::EntityName(record.entity)) + "? it needs a key");
  const bool is_bid = record.entity == Entity::bid;
  if (is_bid && (record.tender.empty() || !to.starts_with(record.tender + "/")))
    return Status(Code::invalid, "decide: " + thing + ": the record is a bid for " + (record.tender.empty() ? "a tender that is not known" : "tender " + record.tender), "its key is that tender's, a slash, and the vendor's");
  PULIH_TRY_ASSIGN(const std::vector<StoredTender> claims, store.Of(record.entity, to));
  if (!claims.empty()) return OkStatus();
  // A vendor that is known may have bid though no other source says so.
  if (is_bid) {
    PULIH_TRY_ASSIGN(const std::vector<StoredTender> vendor, store.Of(Entity::vendor, to.substr(record.tender.size() + 1)));
    if (!vendor.empty()) return OkStatus();
  }
  return Status(Code::not_found, "decide: " + thing + ": no evidence tells of it");
}

Status CheckNames(const DecideLinkOptions& options) {
  if (options.by.empty()) return Status(Code::invalid, "decide: who decides? a ruling needs a name");
  return options.reason.empty() ? Status(Code::invalid, "decide: why? a ruling needs a reason") : OkStatus();
}

}  // namespace

std::vector<LinkRuling> ReadLinkRulings(Case& of) {
  std::vector<LinkRuling> rulings;
  std::map<std::string, size_t> holding;  // by record
  for (const CustodyEntry& entry : of.custody().entries()) {
    if (entry.what != kJoined && entry.what != kApart && entry.what != kTakenBack) continue;
    LinkRuling ruling = RulingOf(entry);
    if (const auto before = holding.find(ruling.record); before != holding.end()) {
      rulings[before->second].withdrawn = true;
      rulings[before->second].withdrawn_by = entry.sequence;
      holding.erase(before);
    }
    if (entry.what == kTakenBack) continue;
    holding[ruling.record] = rulings.size();
    rulings.push_back(std::move(ruling));
  }
  return rulings;
}

Result<LinkRuling> DecideLink(Case& of, const DecideLinkOptions& options) {
  PULIH_TRY(CheckNames(options));
  EvidenceRegister evidence(of.kv());
  PULIH_TRY_ASSIGN(const ClaimSources sources, ClaimSources::Read(evidence));
  TenderStore store(of.kv());
  PULIH_TRY_ASSIGN(const FoundRecord record, FindRecord(store, sources, options.record));
  if (record.entity == Entity::step || record.entity == Entity::contract) return Status(Code::invalid, "decide: " + options.record + ": a " + std::string(tender::EntityName(record.entity)) + " is joined with its tender, and not by itself");
  PULIH_TRY(CheckTarget(store, record, options.to));
  PULIH_TRY(of.custody().Append(std::string(options.apart ? kApart : kJoined), "",
                                {{"record", options.record}, {"entity", std::string(tender::EntityName(record.entity))}, {"to", options.to}, {"by", options.by}, {"reason", options.reason}}));
  return RulingOf(of.custody().entries().back());
}

Result<LinkRuling> WithdrawLink(Case& of, const DecideLinkOptions& options) {
  PULIH_TRY(CheckNames(options));
  const std::vector<LinkRuling> rulings = ReadLinkRulings(of);
  const LinkRuling* holding = Holding(rulings, options.record);
  if (holding == nullptr) return Status(Code::not_found, "decide: " + options.record + ": no ruling on this record holds");
  PULIH_TRY(of.custody().Append(std::string(kTakenBack), "",
                                {{"record", holding->record}, {"entity", holding->entity}, {"to", holding->to}, {"ruling", std::to_string(holding->number)}, {"by", options.by}, {"reason", options.reason}}));
  LinkRuling taken = *holding;
  taken.withdrawn = true;
  taken.withdrawn_by = of.custody().entries().back().sequence;
  return taken;
}

Result<LinkedStore> LinkedStore::Open(Case& of, const ClaimSources& sources) {
  LinkedStore linked(of.kv());
  std::map<std::string, LinkRuling> joins;  // by record
  for (LinkRuling& ruling : ReadLinkRulings(of))
    if (!ruling.withdrawn && ruling.is_joined) joins[ruling.record] = std::move(ruling);
  if (joins.empty()) return linked;
  const SourceOf source_of = sources.source_of();
  for (const Entity entity : tender::kEntities)
    PULIH_TRY(ScanKeyless(linked.store_, entity, [&](StoredTender& claim) {
      const auto join = joins.find(RecordOf(claim, source_of));
      if (join == joins.end()) return true;
      linked.moved_.emplace(claim.unit, claim.number);
      claim.claim.key = join->second.to;
      if (entity == Entity::tender) claim.claim.tender = join->second.to;
      claim.claim.grade = 'D';
      claim.claim.path += " » joined by " + join->second.by + ", " + join->second.time + ": " + join->second.reason;
      linked.joined_[{entity, join->second.to}].push_back(std::move(claim));
      return true;
    }));
  return linked;
}

Status LinkedStore::Scan(Entity entity, const TenderStore::EachThing& each) {
  if (joined_.empty()) return store_.Scan(entity, each);
  std::set<std::string> seen;
  bool ended = false;
  PULIH_TRY(store_.Scan(entity, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
    if (key.empty()) std::erase_if(claims, [&](const StoredTender& claim) { return moved_.contains({claim.unit, claim.number}); });
    if (claims.empty()) return true;
    if (const auto joined = joined_.find({entity, key}); joined != joined_.end()) {
      seen.insert(key);
      claims.insert(claims.end(), joined->second.begin(), joined->second.end());
    }
    PULIH_TRY_ASSIGN(const bool goes_on, each(key, claims));
    ended = !goes_on;
    return goes_on;
  }));
  for (const auto& [thing, told] : joined_) {
    if (ended || thing.first != entity || seen.contains(thing.second)) continue;
    std::vector<StoredTender> claims = told;
    PULIH_TRY_ASSIGN(const bool goes_on, each(thing.second, claims));
    ended = !goes_on;
  }
  return OkStatus();
}

Result<std::vector<StoredTender>> LinkedStore::Of(Entity entity, const std::string& key) {
  PULIH_TRY_ASSIGN(std::vector<StoredTender> claims, store_.Of(entity, key));
  if (const auto joined = joined_.find({entity, key}); joined != joined_.end()) claims.insert(claims.end(), joined->second.begin(), joined->second.end());
  return claims;
}

}  // namespace pulih

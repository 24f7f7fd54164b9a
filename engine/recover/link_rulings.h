// A person says which thing a record without a key is (candidates.h), or that it is not the one that it was taken for. Kept as a
// line of the custody log, signed, with name and reason; taken back by another such line, and nothing is erased.
//
// A record that a ruling joins tells what it tells about that thing, from then on, wherever fused values are shown. The joining
// proves nothing, so its fields are of grade D there: they fill what nobody else tells, they make nothing certain, and they
// dispute nothing that is proven. Rows (export, load) and what is missing are not touched by it.
//
// What cannot be: to join a record to a thing that nothing with a key tells of, a bid to another tender's, or a thing that has a
// key already: two keys never become one.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/recover/candidates.h"
#include "engine/recover/case.h"

namespace pulih {

struct LinkRuling {
  uint64_t number = 0;             // its line in the custody log
  std::string time, who;           // of the log: ISO 8601, user and host
  std::string record, entity;      // "tender", "vendor", …
  std::string to;                  // key of the thing
  bool is_joined = false;          // false: the record is not that thing
  std::string by, reason;
  bool withdrawn = false;
  uint64_t withdrawn_by = 0;       // the line that took it back, or that ruled otherwise
};

// Every one of the custody log, in its order.
std::vector<LinkRuling> ReadLinkRulings(Case& of);

struct DecideLinkOptions {
  std::string record, to;
  bool apart = false;              // it is not that thing
  std::string by, reason;          // neither may be empty
};
// not_found for a record that no evidence has, or a thing that there is not; `invalid` for one that cannot be it. The case is open
// for writing. A ruling on the same record replaces the one before.
Result<LinkRuling> DecideLink(Case& of, const DecideLinkOptions& options);
// Takes back what holds for the record (`to` is not looked at); not_found where no ruling does.
Result<LinkRuling> WithdrawLink(Case& of, const DecideLinkOptions& options);

// The store as rulings have it: claims of joined records stand with the thing, and no longer among those without a key.
class LinkedStore {
 public:
  static Result<LinkedStore> Open(Case& of, const ClaimSources& sources);

  // As TenderStore has them. A thing that only joined records tell of comes last.
  Status Scan(tender::Entity entity, const TenderStore::EachThing& each);
  Result<std::vector<StoredTender>> Of(tender::Entity entity, const std::string& key);

 private:
  explicit LinkedStore(OrderedKv& kv) : store_(kv) {}

  TenderStore store_;
  std::map<std::pair<tender::Entity, std::string>, std::vector<StoredTender>> joined_;  // by thing
  std::set<std::pair<uint32_t, uint64_t>> moved_;
};

}  // namespace pulih

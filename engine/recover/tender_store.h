// Keeps claims about the procurement domain (engine/tender/tender_claim.h) in the case's key-value folder, beside row
// claims and by the same rules: nothing is merged or overwritten, and a unit can be taken back whole.
//
//   'W' entity u8 ‖ key ‖ 0 ‖ be32 unit ‖ be64 number    a claim: all claims about one thing stand together, in the order of keys
//   'V' be32 unit ‖ be64 number                          the key of that claim
//
// Claims that were made of rows of the database (tender_rows.h) are derived: their numbers have the highest bit, and they are
// dropped and made anew after each run.
//
// The key may be empty: then the claim is about a thing that has none (tender_claim.h), and all such stand together.
// Thread-safe as OrderedKv is; a TenderWriter is for one thread.
//
// As bytes (for the pipe from a decoder, too; hostile): entity u8 ‖ key ‖ tender ‖ fields ‖ source ‖ publisher ‖ captured ‖
// grade u8 ‖ file ‖ offset ‖ length ‖ path; a field: number u8 ‖ precision u8 ‖ raw ‖ value ‖ high. Strings and lists as in
// claim_codec.h.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/catalog/ordered_kv.h"
#include "engine/tender/tender_claim.h"

namespace pulih {

Bytes EncodeTenderClaim(const tender::TenderClaim& claim);
// `corrupt` when the bytes are not exactly what the encoder writes, or the claim breaks the limits of tender_claim.h.
Result<tender::TenderClaim> DecodeTenderClaim(ByteView bytes);

struct StoredTender {
  uint32_t unit = 0;
  uint64_t number = 0;
  tender::TenderClaim claim;
};

class TenderStore {
 public:
  explicit TenderStore(OrderedKv& kv) : kv_(kv) {}

  Status RemoveUnit(uint32_t unit);
  Status RemoveDerived(uint32_t unit);
  // The claims about one thing after another, in the order of keys; claims without a key come first, one by one. False
  // ends it.
  using EachThing = std::function<Result<bool>(const std::string& key, std::vector<StoredTender>& claims)>;
  Status Scan(tender::Entity entity, const EachThing& each);
  Result<std::vector<StoredTender>> Of(tender::Entity entity, const std::string& key);

 private:
  Status RemoveFrom(uint32_t unit, Bytes from);
  Status ScanPrefix(ByteView prefix, const std::function<Result<bool>(const std::string& key, StoredTender claim)>& each);
  OrderedKv& kv_;
};

// Takes what units give; in the store when Commit (or an Add that filled a batch) returned ok. Memory: one batch, 16 MiB.
class TenderWriter {
 public:
  enum class Kind : uint8_t { extracted, derived };
  explicit TenderWriter(OrderedKv& kv, Kind kind = Kind::extracted) : kv_(kv), kind_(kind) {}
  Status Add(uint32_t unit, const tender::TenderClaim& claim);
  Status Commit();

 private:
  OrderedKv& kv_;
  const Kind kind_;
  std::map<uint32_t, uint64_t> numbers_;  // of the next claim of each unit
  std::vector<std::pair<Bytes, Bytes>> batch_;
  size_t batch_bytes_ = 0;
};

}  // namespace pulih

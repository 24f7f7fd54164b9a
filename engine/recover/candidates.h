// Things that sources tell of without a key (a bidder by its name, a tender without its number), and which thing with a key
// each may be: scored by engine/link, one to one inside a publisher, and never joined here. A person confirms (link_rulings.h).
//
// A record is what one publisher tells in one way: captures of the same text are one record, and its id is a digest of what it
// says and who says it, so that a ruling holds for later copies of it, too, and not for another text.
//
//   'L' entity u8 ‖ id of the record (16 digits)    the best candidate for it
//
// Derived: dropped and made anew after each run, from what the evidence says. One thread. Memory: the things and records of one
// kind at a time, some hundred bytes each; of bids those of tenders that have one without a key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/tender_store.h"

namespace pulih {

// Below, a candidate is not worth a person's time.
inline constexpr double kLeastCandidate = 0.5;

struct CandidateField {
  tender::Field field = tender::Field::name;
  std::string how;             // "equal", "similar", …, "differs"
  bool agrees = false;
  std::string said, has;       // by the record, by the thing
};

struct LinkCandidate {
  std::string record;          // 16 hexadecimal digits
  tender::Entity entity = tender::Entity::tender;
  std::string to;              // key of the thing that it may be
  std::string tender;          // that the record is of, where known
  std::string publisher;
  double probability = 0, rival = 0;  // rival: of the best other for the same place
  double weight = 0;           // log2 of how much what was compared speaks for it
  uint64_t claims = 0;         // that are this record
  std::vector<CandidateField> fields;  // known on both sides
  uint32_t evidence = 0;       // where one of the claims stands
  uint64_t offset = 0;
  std::string path;
};

// Of a claim without a key.
std::string RecordOf(const StoredTender& claim, const SourceOf& source_of);

// How many candidates there are now.
Result<uint64_t> MakeCandidates(OrderedKv& kv, const ClaimSources& sources, ProgressListener& progress);

// By kind of thing, the likeliest first.
Result<std::vector<LinkCandidate>> ReadCandidates(OrderedKv& kv);

// As bytes, for the store.
Bytes EncodeCandidate(const LinkCandidate& candidate);
Result<LinkCandidate> DecodeCandidate(ByteView bytes);

}  // namespace pulih

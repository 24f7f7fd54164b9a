// What runs leave in a case beside claims: marks of units that are done, what each unit told of schemas, and the schema
// that was given. Keys begin with 'R'. Thread-safe as OrderedKv is.
#pragma once

#include <optional>

#include "engine/recover/run.h"

namespace pulih {

// Grows when decoders give other claims for the same bytes: then every unit is read again.
inline constexpr uint8_t kExtractionVersion = 5;
// Grows when the same claims are solved in another way.
inline constexpr uint8_t kSolvingVersion = 1;

class RunMarks {
 public:
  explicit RunMarks(OrderedKv& kv) : kv_(kv) {}

  Result<std::optional<UnitResult>> Find(uint32_t number);  // none: not done, or by another version
  Status Put(const UnitResult& result);
  Status Drop(uint32_t number);
  Result<std::vector<UnitResult>> List();

  // What the claims were like when markers were solved last: a digest of all marks. None: they were not, or it was broken off.
  Result<std::optional<Digest>> FindSolved();
  Status PutSolved(const Digest& marks);
  Status DropSolved();
  Result<Digest> MarksNow();

  Result<std::optional<Schema>> FindLearnt(uint32_t number);
  Status PutLearnt(uint32_t number, const Schema& schema);
  Result<std::optional<Schema>> FindGiven();
  Status PutGiven(const Schema& schema);

 private:
  OrderedKv& kv_;
};

}  // namespace pulih

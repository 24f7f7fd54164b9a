// Rulings: a person who knows says what a field of a row is. A ruling is kept as a line of the custody log, signed and in its
// place in time like all others, with name and reason; it is taken back by another such line, and nothing is erased.
//
// In a row it counts as a claim of class 7 that stands above all others for this one field. It proves nothing, so the field's
// grade is D and it is marked decided; but where the evidence has that very value undisputed, its claim and grade stay and the
// ruling is only a mark. A key cannot be ruled on: that would make another row. Nor can a row that no evidence has (I9).
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/recover/case.h"
#include "engine/recover/choose.h"
#include "engine/recover/evidence.h"

namespace pulih {

// The unit of claims that are rulings; StoredClaim::number is then the line of the custody log.
inline constexpr uint32_t kRulingUnit = 0xffffffff;
inline constexpr uint8_t kRulingClass = 7;

struct Ruling {
  uint64_t number = 0;               // its line in the custody log
  std::string time, who;             // of the log: ISO 8601, user and host
  std::string table, key, column;    // "public.paket", key words, name
  std::optional<std::string> value;  // nullopt: NULL
  std::string by, reason;
  bool withdrawn = false;
  uint64_t withdrawn_by = 0;  // the line that took it back, or that ruled otherwise
};

class Decisions {
 public:
  // Every ruling of the custody log; those that still hold are found by Apply. `schema`: the case's.
  static Result<Decisions> Read(Case& of, const Schema& schema);

  // Puts rulings on this row in their places: their claims are appended to `claims`.
  void Apply(const std::string& table, ByteView key, std::vector<StoredClaim>& claims, ChosenRow& chosen) const;

  const std::vector<Ruling>& all() const { return rulings_; }  // in the order of the log
  // The ruling behind a claim of kRulingUnit.
  const Ruling* Find(uint64_t number) const;
  bool empty() const { return standing_.empty(); }

 private:
  struct Standing {
    size_t ruling = 0, field = 0, fields = 0;  // place in rulings_; the column, of how many
  };
  std::vector<Ruling> rulings_;
  std::map<std::pair<std::string, Bytes>, std::vector<Standing>> standing_;
};

// How a ruling is shown where evidence is asked for.
Evidence EvidenceOfRuling(const Ruling& ruling);

struct DecideOptions {
  std::string table, key, column;    // "paket" or "ekontrak.paket"; as `explain` takes it
  std::optional<std::string> value;  // nullopt: NULL
  std::string by, reason;            // neither may be empty
};
// `invalid` for a value that the column's type cannot hold, a column that there is not, or one of the key; not_found for a row
// that no evidence has. The case is open for writing. A ruling on the same field replaces the one before.
Result<Ruling> Decide(Case& of, const DecideOptions& options);
// Takes back what holds for the field (`value` is not looked at); not_found where no ruling does.
Result<Ruling> WithdrawDecision(Case& of, const DecideOptions& options);

}  // namespace pulih

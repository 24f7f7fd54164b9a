// Of all claims of one row, what an export shows. It chooses, it does not fuse: a value is taken whole from one claim, and
// where two claims of equal worth disagree the grade says so. What lost stays in the case, and `explain` shows it.
//
// A claim is better than another, in this order: its row was live (or may have been), it is proven (A, B, C, E), its
// evidence is newer, its grade, the class of its evidence, it came later inside its evidence; at last the name of its
// evidence, so that the choice never depends on the order in which evidence came. Of two live versions in one evidence the
// earlier counts as superseded, however well it is proven.
//
// A field that damage took is filled from another claim only when that is a version of the row that nothing tells apart from
// the best one: current too, a value beyond the key in common, none that differs, and the bytes that are left of the field
// fit. Where several such claims disagree it stays lost. What was filled is E when something proves the version (a good
// piece of the field itself, or one moment in one evidence), else D: two versions may differ in this very field.
//
// Pure. Borrows the claims.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/recover/claim_store.h"

namespace pulih {

// What of an evidence matters here.
struct ClaimSource {
  std::string id;            // its SHA-256 in hexadecimal
  std::string captured;      // ISO 8601 in UTC, so that it compares as text; empty: older than any
  uint8_t source_class = 0;  // 1 (best) to 7, 0: not known, worse than any
};
using SourceOf = std::function<const ClaimSource&(uint32_t unit)>;

struct ChosenRow {
  struct FieldChoice {
    size_t claim = 0;            // place in the claims given
    Grade grade = Grade::d;
    bool disputed = false;       // another claim of equal worth has another value
    bool filled = false;         // from another claim than the best
    bool decided = false;        // a person ruled on it (decide.h)
  };
  std::vector<FieldChoice> fields;
  std::vector<size_t> order;     // the claims, the best first
  bool deleted = false;          // the newest evidence says that the row was deleted: not to be shown as a row
};

inline bool IsProven(Grade grade) { return grade != Grade::d && grade != Grade::f; }

// nullopt when no claim may be shown (grade F only). `key_fields`: how many of the fields are the row's key, which all of
// its claims have in common.
std::optional<ChosenRow> ChooseRow(const std::vector<StoredClaim>& claims, const SourceOf& source_of, size_t key_fields = 1);

// For a row with very many claims: drops, of each evidence, versions that were superseded but for the best, and whatever is
// there twice; and where that is not enough, all but the best kMaxThinned. What ChooseRow chooses of a current row stays.
inline constexpr size_t kMaxThinned = 1024;
void ThinClaims(std::vector<StoredClaim>& claims, const SourceOf& source_of);

}  // namespace pulih

// Of all claims about one thing of the procurement domain, the value of each field and how sure it is. It chooses, it never
// computes: a value is one that a claim gives, word for word. Nothing is overwritten; the claims stay, and the ones that a
// value rests on, or speaks against, are named.
//
//   certain    proven (grade A), or told alike by two publishers that do not copy from each other
//   likely     told by one publisher only
//   disputed   told differently where it may not differ: both values are named, none is preferred in silence
//   unknown    no claim has a value
//
// Which claim counts, in this order: proven before not; the class of its evidence (1 best); of fields of state the newest
// capture; exact before rounded; newest capture; grade; at last the name of the evidence. So the order in which evidence came
// never matters.
//
// Whether two values agree depends on how they are known: a rounded amount agrees with every exact one in its interval, a
// day with every moment of it, a text without its letter case with all that fold alike. Captures of one publisher are one
// witness: of a slow field its best counts, and what it told otherwise at another time is history, whoever else is believed;
// of an immutable one any difference is a dispute.
//
// Pure. Borrows the claims.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/choose.h"
#include "engine/recover/tender_store.h"

namespace pulih {

enum class FieldStatus : uint8_t { certain = 1, likely = 2, disputed = 3, unknown = 4 };
std::string_view FieldStatusName(FieldStatus status);

struct FusedField {
  tender::Field field = tender::Field::name;
  FieldStatus status = FieldStatus::unknown;
  size_t claim = 0, place = 0;          // the value: claims[claim].fields[place]
  std::vector<size_t> agreeing;         // other claims that tell it alike, ascending
  std::vector<size_t> contradicting;    // that tell something else where they may not
  std::vector<size_t> history;          // that tell what it was before
};

struct FusedThing {
  tender::Entity entity = tender::Entity::tender;
  std::string key;
  std::vector<FusedField> fields;       // by field
  std::vector<std::string> publishers;  // sorted; each once

  const FusedField* Find(tender::Field field) const;
};

// `claims`: all of one key, not empty.
FusedThing Fuse(const std::string& key, const std::vector<StoredTender>& claims, const SourceOf& source_of);

// Whether two values of one field can both be true of one state of the thing.
bool ValuesAgree(tender::Field field, const tender::TenderField& a, const tender::TenderField& b);

// Who a claim is of, for counting witnesses: its publisher, else the evidence that it is in.
std::string WitnessOf(const StoredTender& claim, const SourceOf& source_of);

}  // namespace pulih

#include "engine/recover/fuse.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/tender/money.h"
#include "engine/tender/names.h"

namespace pulih {
namespace {

using tender::Field;
using tender::FieldNature;
using tender::Precision;
using tender::TenderField;

bool IsMoney(Field field) {
  switch (field) {
    case Field::budget:
    case Field::estimate:
    case Field::price:
    case Field::corrected_price:
    case Field::contract_value: return true;
    default: return false;
  }
}
bool IsVendorName(Field field) { return field == Field::vendor_name || field == Field::contract_vendor; }
bool IsMoment(Field field) {
  switch (field) {
    case Field::created:
    case Field::approved:
    case Field::announced:
    case Field::start:
    case Field::end:
    case Field::registered:
    case Field::contract_date:
    case Field::contract_start:
    case Field::contract_end: return true;
    default: return false;
  }
}

// [least, beyond) in sen.
struct Amount {
  int64_t least = 0, beyond = 0;
};
std::optional<Amount> AmountOf(const TenderField& field) {
  const auto least = tender::Sen(field.value);
  if (!least) return std::nullopt;
  if (field.precision != Precision::interval) return Amount{*least, *least + 1};
  const auto beyond = tender::Sen(field.high);
  return beyond ? std::optional(Amount{*least, *beyond}) : std::nullopt;
}

bool IsExact(const TenderField& field) { return field.precision == Precision::exact; }

// One claim's telling of one field.
struct Telling {
  size_t claim = 0, place = 0;
  const TenderField* field = nullptr;
  std::string witness, captured, id;
  int class_rank = 8;
  uint8_t grade = 'B';
  bool proven() const { return grade != 'D' && grade != 'F'; }
};

class FieldFusion {
 public:
  FieldFusion(Field field, std::vector<Telling> tellings) : field_(field), nature_(tender::NatureOf(field)), tellings_(std::move(tellings)) {}

  FusedField Make() {
    std::sort(tellings_.begin(), tellings_.end(), [this](const Telling& a, const Telling& b) { return IsBetter(a, b); });
    const Telling& best = tellings_.front();
    FusedField fused;
    fused.field = field_;
    fused.claim = best.claim;
    fused.place = best.place;
    std::set<std::string> witnesses{best.witness};
    // When each witness told its best: what it told at another time is no word against anybody.
    std::map<std::string, std::string> spoken;
    for (const Telling& telling : tellings_) spoken.emplace(telling.witness, telling.captured);
    for (size_t i = 1; i < tellings_.size(); ++i) {
      const Telling& other = tellings_[i];
      if (ValuesAgree(field_, *best.field, *other.field)) {
        fused.agreeing.push_back(other.claim);
        // What damage may have touched is no witness.
        if (other.proven()) witnesses.insert(other.witness);
      } else if (IsHistory(best, other, spoken[other.witness])) {
        fused.history.push_back(other.claim);
      } else if (other.proven() || !best.proven()) {
        fused.contradicting.push_back(other.claim);
      }
    }
    for (auto* list : {&fused.agreeing, &fused.contradicting, &fused.history}) std::sort(list->begin(), list->end());
    if (!fused.contradicting.empty()) fused.status = FieldStatus::disputed;
    else if (best.proven() && (best.grade == 'A' || witnesses.size() > 1)) fused.status = FieldStatus::certain;
    else fused.status = FieldStatus::likely;
    return fused;
  }

 private:
  bool IsBetter(const Telling& a, const Telling& b) const {
    if (a.proven() != b.proven()) return a.proven();
    if (a.class_rank != b.class_rank) return a.class_rank < b.class_rank;
    if (nature_ == FieldNature::state && a.captured != b.captured) return a.captured > b.captured;
    if (IsExact(*a.field) != IsExact(*b.field)) return IsExact(*a.field);
    if (a.captured != b.captured) return a.captured > b.captured;
    const int rank_a = RankOf(static_cast<Grade>(a.grade)), rank_b = RankOf(static_cast<Grade>(b.grade));
    if (rank_a != rank_b) return rank_a < rank_b;
    // From here on they are of equal worth: any order will do that does not hang on the order of arrival.
    return std::tie(a.id, a.field->value, a.field->high, a.witness, a.field->precision, a.claim) < std::tie(b.id, b.field->value, b.field->high, b.witness, b.field->precision, b.claim);
  }

  // What it was before, told truly: by a publisher at another time than its best telling (`spoken`), and of state by
  // anybody earlier.
  bool IsHistory(const Telling& best, const Telling& other, const std::string& spoken) const {
    if (nature_ == FieldNature::immutable) return false;
    if (other.captured != spoken) return true;
    // States differ by time and not by fault, unless both were seen at one known moment.
    return nature_ == FieldNature::state && (other.captured != best.captured || best.captured.empty());
  }

  const Field field_;
  const FieldNature nature_;
  std::vector<Telling> tellings_;
};

}  // namespace

std::string_view FieldStatusName(FieldStatus status) {
  switch (status) {
    case FieldStatus::certain: return "certain";
    case FieldStatus::likely: return "likely";
    case FieldStatus::disputed: return "disputed";
    case FieldStatus::unknown: break;
  }
  return "unknown";
}

bool ValuesAgree(Field field, const TenderField& a, const TenderField& b) {
  if (a.value == b.value && a.high == b.high) return true;
  if (IsMoney(field)) {
    const auto x = AmountOf(a), y = AmountOf(b);
    return x && y && x->least < y->beyond && y->least < x->beyond;
  }
  if (IsMoment(field)) {
    // A day and a moment of it.
    if (a.precision != Precision::day && b.precision != Precision::day) return false;
    return a.value.substr(0, 10) == b.value.substr(0, 10);
  }
  // Two texts of marks only have nothing that folding could compare.
  const std::string folded = IsVendorName(field) ? tender::FoldVendor(a.value) : tender::Fold(a.value);
  return !folded.empty() && folded == (IsVendorName(field) ? tender::FoldVendor(b.value) : tender::Fold(b.value));
}

std::string WitnessOf(const StoredTender& claim, const SourceOf& source_of) {
  return claim.claim.publisher.empty() ? "evidence " + source_of(claim.unit).id : claim.claim.publisher;
}

const FusedField* FusedThing::Find(Field field) const {
  for (const FusedField& one : fields)
    if (one.field == field) return &one;
  return nullptr;
}

FusedThing Fuse(const std::string& key, const std::vector<StoredTender>& claims, const SourceOf& source_of) {
  FusedThing thing;
  thing.entity = claims.front().claim.entity;
  thing.key = key;
  std::map<Field, std::vector<Telling>> tellings;
  std::set<std::string> publishers;
  for (size_t i = 0; i < claims.size(); ++i) {
    const tender::TenderClaim& claim = claims[i].claim;
    const ClaimSource& source = source_of(claims[i].unit);
    const std::string witness = WitnessOf(claims[i], source_of);
    publishers.insert(witness);
    if (claim.grade == 'F') continue;
    for (size_t place = 0; place < claim.fields.size(); ++place) {
      if (claim.fields[place].value.empty()) continue;
      Telling telling{i, place, &claim.fields[place], witness, claim.captured.empty() ? source.captured : claim.captured, source.id, 8, claim.grade};
      if (source.source_class != 0) telling.class_rank = source.source_class;
      tellings[claim.fields[place].field].push_back(std::move(telling));
    }
  }
  thing.publishers.assign(publishers.begin(), publishers.end());
  for (auto& [field, told] : tellings) thing.fields.push_back(FieldFusion(field, std::move(told)).Make());
  return thing;
}

}  // namespace pulih

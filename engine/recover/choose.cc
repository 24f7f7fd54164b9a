#include "engine/recover/choose.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace pulih {
namespace {

using State = ClaimedField::State;

// So many bytes of a field, left where they were, tell its version: fewer may fit by chance.
constexpr size_t kTellingBytes = 8;

bool IsWhole(const ClaimedField& field) { return field.state == State::value || field.state == State::null; }

bool SameValue(const ClaimedField& a, const ClaimedField& b) { return a.state == b.state && a.text == b.text; }

int StandingRank(Standing standing) {
  switch (standing) {
    case Standing::live: return 0;
    case Standing::unknown: return 1;
    case Standing::older: return 2;
    case Standing::deleted: break;
  }
  return 3;
}
bool IsCurrent(Standing standing) { return standing == Standing::live || standing == Standing::unknown; }

Grade Worse(Grade a, Grade b) { return RankOf(a) >= RankOf(b) ? a : b; }

int ClassRank(uint8_t source_class) { return source_class == 0 ? 8 : source_class; }

// How many bytes are left of a damaged field; nullopt when they, or its length, are not those of `whole`.
std::optional<size_t> FittingBytes(const ClaimedField& damaged, const ClaimedField& whole) {
  const std::string &left = damaged.text, &text = whole.text;
  if (whole.state != State::value || left.size() > text.size() || (!damaged.cut && left.size() != text.size())) return std::nullopt;
  size_t known = 0;
  auto lost = damaged.unknown.begin();
  for (size_t at = 0; at < left.size(); ++at) {
    if (lost != damaged.unknown.end() && lost->at == at) {
      ++lost;
      continue;
    }
    if (left[at] != text[at]) return std::nullopt;
    ++known;
  }
  return known;
}

class Choice {
 public:
  Choice(const std::vector<StoredClaim>& claims, const SourceOf& source_of, size_t key_fields)
      : claims_(claims), source_of_(source_of), key_fields_(key_fields) {}

  std::optional<ChosenRow> Make() {
    Supersede();
    for (size_t i = 0; i < claims_.size(); ++i)
      if (claims_[i].claim.grade != Grade::f) row_.order.push_back(i);
    if (row_.order.empty()) return std::nullopt;
    std::sort(row_.order.begin(), row_.order.end(), [&](size_t a, size_t b) { return Better(a, b); });
    row_.deleted = IsDeleted();
    const size_t best = row_.order.front();
    for (size_t field = 0; field < claims_[best].claim.fields.size(); ++field) row_.fields.push_back(OfField(best, field));
    return std::move(row_);
  }

  // Which claims stay when there are very many.
  std::vector<size_t> MakeThin() {
    Supersede();
    for (size_t i = 0; i < claims_.size(); ++i) row_.order.push_back(i);
    std::sort(row_.order.begin(), row_.order.end(), [&](size_t a, size_t b) { return Better(a, b); });
    std::set<std::pair<uint32_t, Standing>> has_past;
    std::vector<size_t> kept;
    for (const size_t i : row_.order) {
      if (claims_[i].claim.grade == Grade::f) continue;
      if (!IsCurrent(standing_[i]) && !has_past.insert({claims_[i].unit, standing_[i]}).second) continue;
      if (kept.size() < kMaxThinned) kept.push_back(i);
    }
    return kept;
  }

 private:
  // Of the live versions in one evidence only the newest is current, and so with those whose fate is not known.
  void Supersede() {
    std::map<std::pair<uint32_t, Standing>, uint64_t> newest;
    for (const StoredClaim& stored : claims_) {
      uint64_t& moment = newest[{stored.unit, stored.claim.standing}];
      if (stored.claim.grade != Grade::f) moment = std::max(moment, stored.claim.moment);
    }
    for (const StoredClaim& stored : claims_) {
      const RowClaim& claim = stored.claim;
      const bool superseded = IsCurrent(claim.standing) && claim.moment != 0 && claim.moment < newest[{stored.unit, claim.standing}];
      standing_.push_back(superseded ? Standing::older : claim.standing);
    }
  }

  bool Better(size_t i, size_t j) const {
    const RowClaim &a = claims_[i].claim, &b = claims_[j].claim;
    const ClaimSource &x = source_of_(claims_[i].unit), &y = source_of_(claims_[j].unit);
    const auto first = [this](size_t claim, Grade grade) { return std::tuple(StandingRank(standing_[claim]), IsProven(grade) ? 0 : 1); };
    if (first(i, a.grade) != first(j, b.grade)) return first(i, a.grade) < first(j, b.grade);
    if (x.captured != y.captured) return x.captured > y.captured;
    const auto then = [](Grade grade, const ClaimSource& source) { return std::tuple(RankOf(grade), ClassRank(source.source_class)); };
    if (then(a.grade, x) != then(b.grade, y)) return then(a.grade, x) < then(b.grade, y);
    // From here on claims are of equal worth; evidence has its name from its content.
    if (x.id != y.id) return x.id < y.id;
    // What was solved knows all that the claim of the same bytes did, and more.
    if (IsDerived(claims_[i].number) != IsDerived(claims_[j].number)) return IsDerived(claims_[i].number);
    return std::tuple(b.moment, claims_[i].number) < std::tuple(a.moment, claims_[j].number);
  }

  // The newest evidence that knows of the row says that it is gone.
  bool IsDeleted() const {
    std::string newest;
    for (const size_t i : row_.order) newest = std::max(newest, source_of_(claims_[i].unit).captured);
    bool deleted = false;
    for (const size_t i : row_.order) {
      if (source_of_(claims_[i].unit).captured != newest) continue;
      if (IsCurrent(standing_[i])) return false;
      if (standing_[i] == Standing::deleted) deleted = true;
    }
    return deleted;
  }

  ChosenRow::FieldChoice OfField(size_t best, size_t field) const {
    const RowClaim& claim = claims_[best].claim;
    // A version that was superseded is true of its day only.
    ChosenRow::FieldChoice choice{best, IsCurrent(standing_[best]) ? claim.grade : Grade::d};
    if (!IsWhole(claim.fields[field])) {
      Fill(best, field, choice);
      return choice;
    }
    for (const size_t i : row_.order) choice.disputed = choice.disputed || Disputes(best, i, field);
    if (choice.disputed) choice.grade = Grade::d;
    return choice;
  }

  bool Disputes(size_t best, size_t i, size_t field) const {
    const RowClaim &a = claims_[best].claim, &b = claims_[i].claim;
    const ClaimSource &x = source_of_(claims_[best].unit), &y = source_of_(claims_[i].unit);
    if (standing_[i] != standing_[best] || a.grade != b.grade || x.source_class != y.source_class || x.captured != y.captured) return false;
    // Versions that were superseded differ, and one is later than the other.
    if (!IsCurrent(standing_[best]) && claims_[i].unit == claims_[best].unit && a.moment != b.moment) return false;
    return field < b.fields.size() && IsWhole(b.fields[field]) && !SameValue(a.fields[field], b.fields[field]);
  }

  void Fill(size_t best, size_t field, ChosenRow::FieldChoice& choice) const {
    std::optional<size_t> donor;
    bool telling = false;
    for (const size_t i : row_.order) {
      bool tells = false;
      if (!MayFill(best, i, field, tells)) continue;
      if (donor && !SameValue(claims_[*donor].claim.fields[field], claims_[i].claim.fields[field])) return;
      if (!donor) donor = i;
      telling = telling || tells;
    }
    if (!donor) return;
    choice.claim = *donor;
    choice.filled = true;
    choice.grade = IsCurrent(standing_[best]) && telling ? Worse(Grade::e, claims_[*donor].claim.grade) : Grade::d;
  }

  bool MayFill(size_t best, size_t i, size_t field, bool& tells) const {
    const RowClaim &a = claims_[best].claim, &b = claims_[i].claim;
    if (i == best || field >= b.fields.size() || !IsWhole(b.fields[field]) || IsCurrent(standing_[i]) != IsCurrent(standing_[best])) return false;
    const bool one_evidence = claims_[i].unit == claims_[best].unit;
    if (one_evidence && a.moment != b.moment) return false;
    if (!Agree(a, b)) return false;
    const ClaimedField& lost = a.fields[field];
    tells = (one_evidence && a.moment != 0) || (lost.state == State::partial && FittingBytes(lost, b.fields[field]) >= kTellingBytes);
    return true;
  }

  // Nothing tells the two versions apart, and something beyond the key says that they are one.
  bool Agree(const RowClaim& a, const RowClaim& b) const {
    size_t shared = 0;
    for (size_t i = 0; i < std::min(a.fields.size(), b.fields.size()); ++i) {
      const ClaimedField &x = a.fields[i], &y = b.fields[i];
      if (IsWhole(x) && IsWhole(y)) {
        if (!SameValue(x, y)) return false;
        ++shared;
      } else if (x.state == State::partial && IsWhole(y)) {
        const std::optional<size_t> left = FittingBytes(x, y);
        if (!left) return false;
        if (*left >= kTellingBytes) ++shared;
      } else if (IsWhole(x) && y.state == State::partial && !FittingBytes(y, x)) {
        return false;
      }
    }
    return shared > key_fields_;
  }

  const std::vector<StoredClaim>& claims_;
  const SourceOf& source_of_;
  const size_t key_fields_;
  std::vector<Standing> standing_;  // of each claim, with what its own evidence says of newer ones
  ChosenRow row_;
};

}  // namespace

std::optional<ChosenRow> ChooseRow(const std::vector<StoredClaim>& claims, const SourceOf& source_of, size_t key_fields) {
  return Choice(claims, source_of, key_fields).Make();
}

void ThinClaims(std::vector<StoredClaim>& claims, const SourceOf& source_of) {
  std::vector<size_t> kept = Choice(claims, source_of, 0).MakeThin();
  std::sort(kept.begin(), kept.end());
  std::vector<StoredClaim> thinned;
  for (const size_t i : kept) {
    const RowClaim& claim = claims[i].claim;
    // The claims of one evidence come one after another, so what is there twice often stands side by side.
    if (!thinned.empty() && thinned.back().unit == claims[i].unit && thinned.back().claim.fields == claim.fields && thinned.back().claim.grade == claim.grade &&
        thinned.back().claim.standing == claim.standing && thinned.back().claim.moment == claim.moment)
      continue;
    thinned.push_back(std::move(claims[i]));
  }
  claims = std::move(thinned);
}

}  // namespace pulih

// Rules among fused values: see check_book.h.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "engine/recover/check_book.h"
#include "engine/tender/moment.h"
#include "engine/tender/money.h"
#include "engine/tender/names.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;
using tender::Precision;
using tender::TenderField;

// What is kept of a fused value until all of its tender is known.
struct Kept {
  std::string value, high;
  Precision precision = Precision::exact;
  bool empty() const { return value.empty(); }
};

struct Step {
  std::string key;
  Kept start, end;
};
struct Bid {
  std::string key, vendor;  // folded name
  Kept price;
  bool is_winner = false;
};
struct Dossier {
  bool is_row = false;      // a row of the database tells of it
  bool has_unnamed = false; // a bidder without key or name: it may be anybody
  Kept name, estimate, budget, created, approved, budget_year, package, version;
  std::vector<Step> steps;
  std::vector<Bid> bids;
  bool has_contract = false;
  Kept contract_value, contract_date, contract_vendor;
};

// A package is made some days before its tender has a number: up to so many apart, days are in order.
constexpr int64_t kDaysApart = 14;

// By folded name, of SPSE 3 and 4.
bool IsObjections(const std::string& step) { return step.starts_with("MASA SANGGAH") && step.find("KUALIFIKASI") == step.npos && step.find("BANDING") == step.npos; }
bool IsAnnouncement(const std::string& step) { return step.starts_with("PENGUMUMAN PEMENANG"); }
std::string StepName(const std::string& key) { return key.substr(key.find('/') + 1); }

// Whether a is before b however they are to be taken: a day against a moment is compared by days.
bool IsBefore(const Kept& a, const Kept& b) {
  if (a.empty() || b.empty()) return false;
  if (a.precision == Precision::day || b.precision == Precision::day) return a.value.substr(0, 10) < b.value.substr(0, 10);
  return a.value < b.value;
}
// Whether a is above b for each value that the two can have.
bool IsAbove(const Kept& a, const Kept& b) {
  const auto least = tender::Sen(a.value);
  const auto most = tender::Sen(b.precision == Precision::interval ? b.high : b.value);
  if (!least || !most) return false;
  return b.precision == Precision::interval ? *least >= *most : *least > *most;
}

std::optional<uint64_t> NumberOf(std::string_view text) {
  uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

// "1201901": the sequence number and the LPSE's.
struct TenderNumber {
  uint64_t sequence = 0, lpse = 0;
};
std::optional<TenderNumber> CodeOf(const std::string& tender) {
  const auto number = NumberOf(tender);
  return number && tender.size() > 3 ? std::optional(TenderNumber{*number / 1000, *number % 1000}) : std::nullopt;
}

class TenderChecker {
 public:
  TenderChecker(LinkedStore& store, const ClaimSources& sources, const CheckWords& words, CheckBook& book, ProgressListener& progress)
      : store_(store), sources_(sources), words_(words), book_(book), progress_(progress) {}

  Status Check() {
    for (const Entity entity : {Entity::tender, Entity::step, Entity::bid, Entity::contract}) PULIH_TRY(Collect(entity));
    PULIH_TRY(CheckNumbers());
    CheckLpse();
    for (const auto& [tender, dossier] : dossiers_) {
      CheckSteps(tender, dossier);
      CheckMoney(tender, dossier);
      CheckWinners(tender, dossier);
      CheckYear(tender, dossier);
      CheckAfterwards(tender, dossier);
    }
    CheckRepeats();
    CheckCreated();
    return OkStatus();
  }

 private:
  Status Collect(Entity entity) {
    const SourceOf source_of = sources_.source_of();
    uint64_t seen = 0;
    return store_.Scan(entity, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
      if (++seen % 4096 == 0) {
        progress_.Report({.phase = "checking", .files_done = seen, .current = tender::EntityName(entity)});
        if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
      }
      const std::string& code = entity == Entity::tender ? key : claims.front().claim.tender;
      if (code.empty()) return true;
      if (key.empty()) {
        if (entity == Entity::bid) dossiers_[code].has_unnamed = true;
        return true;
      }
      Take(Fuse(key, claims, source_of), claims, dossiers_[code]);
      return true;
    });
  }

  void Take(const FusedThing& thing, const std::vector<StoredTender>& claims, Dossier& dossier) {
    const auto keep = [&](Field field) {
      const FusedField* fused = thing.Find(field);
      if (fused == nullptr) return Kept();
      const TenderField& from = claims[fused->claim].claim.fields[fused->place];
      return Kept{from.value, from.high, from.precision};
    };
    switch (thing.entity) {
      case Entity::tender:
        dossier.is_row = std::any_of(claims.begin(), claims.end(), [](const StoredTender& claim) { return claim.claim.source == "row of public.lelang_seleksi"; });
        dossier.name = keep(Field::name), dossier.estimate = keep(Field::estimate), dossier.budget = keep(Field::budget);
        dossier.created = keep(Field::created), dossier.approved = keep(Field::approved), dossier.budget_year = keep(Field::budget_year);
        dossier.package = keep(Field::package), dossier.version = keep(Field::version);
        break;
      case Entity::step: dossier.steps.push_back({thing.key, keep(Field::start), keep(Field::end)}); break;
      case Entity::bid: {
        Bid bid{thing.key, tender::FoldVendor(keep(Field::vendor_name).value), keep(Field::price), keep(Field::is_winner).value == "1"};
        knows_bids_ = true;
        dossier.has_unnamed = dossier.has_unnamed || bid.vendor.empty();
        dossier.bids.push_back(std::move(bid));
        break;
      }
      case Entity::contract:
        dossier.has_contract = true;
        dossier.contract_value = keep(Field::contract_value), dossier.contract_date = keep(Field::contract_date), dossier.contract_vendor = keep(Field::contract_vendor);
        break;
      case Entity::vendor:
      case Entity::unit: break;
    }
  }

  // E7. What fails has no key, so it stands among the things without one; each number is told once.
  Status CheckNumbers() {
    std::set<std::string> told;
    return store_.Scan(Entity::vendor, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
      for (const StoredTender& claim : claims)
        for (const TenderField& field : claim.claim.fields) {
          if (field.field != Field::npwp || field.value.size() != 15 || !told.insert(field.value).second) continue;
          book_.Look(CheckKind::npwp_digit);
          if (!key.empty() || tender::HoldsCheckDigit(std::string_view(field.value).substr(0, 9))) continue;
          CheckSide side{"vendor without a key", std::string(tender::FieldName(Field::npwp)), field.value, WitnessOf(claim, sources_.source_of()), claim.claim.path, claim.unit, claim.claim.offset, static_cast<char>(claim.claim.grade)};
          book_.BreakRows(CheckKind::npwp_digit, claim.claim.tender, {std::move(side)});
        }
      return true;
    });
  }

  // E1. Without the LPSE's own settings its number is the one that most of its tenders have.
  void CheckLpse() {
    std::map<uint64_t, uint64_t> counts;
    for (const auto& [tender, dossier] : dossiers_)
      if (const auto code = CodeOf(tender); code && dossier.is_row) ++counts[code->lpse];
    if (counts.empty()) return;
    uint64_t own = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
    if (const auto told = NumberOf(words_.own_number)) own = *told;
    for (const auto& [tender, dossier] : dossiers_) {
      const auto code = CodeOf(tender);
      if (!code || !dossier.is_row) continue;
      book_.Look(CheckKind::other_lpse);
      if (code->lpse != own) book_.Break(CheckKind::other_lpse, tender, {{Entity::tender, tender, Field::package}});
    }
  }

  // E2, W1.
  void CheckSteps(const std::string& tender, const Dossier& dossier) {
    std::multimap<int, const Step*> ordered;
    for (const Step& step : dossier.steps) {
      if (!step.start.empty() && !step.end.empty()) {
        book_.Look(CheckKind::step_backwards);
        if (IsBefore(step.end, step.start)) book_.Break(CheckKind::step_backwards, tender, {{Entity::step, step.key, Field::start}, {Entity::step, step.key, Field::end}});
      }
      const auto order = words_.step_order.find(StepName(step.key));
      if (order != words_.step_order.end() && !step.start.empty()) ordered.emplace(order->second, &step);
    }
    if (ordered.size() > 1) book_.Look(CheckKind::steps_out_of_order);
    // Only of neighbours: what a step that is not known would say, nobody knows.
    for (const auto& [number, step] : ordered)
      for (auto [next, end] = ordered.equal_range(number + 1); next != end; ++next)
        if (IsBefore(next->second->start, step->start)) book_.Break(CheckKind::steps_out_of_order, tender, {{Entity::step, step->key, Field::start}, {Entity::step, next->second->key, Field::start}});
  }

  // W2.
  void CheckMoney(const std::string& tender, const Dossier& dossier) {
    const auto check = [&](CheckKind kind, const Kept& higher, const Kept& lower, FusedPlace of_higher, Field of_lower) {
      if (higher.empty() || lower.empty()) return;
      book_.Look(kind);
      if (IsAbove(higher, lower)) book_.Break(kind, tender, {std::move(of_higher), {Entity::tender, tender, of_lower}});
    };
    check(CheckKind::estimate_above_budget, dossier.estimate, dossier.budget, {Entity::tender, tender, Field::estimate}, Field::budget);
    check(CheckKind::contract_above_estimate, dossier.contract_value, dossier.estimate, {Entity::contract, tender, Field::contract_value}, Field::estimate);
    for (const Bid& bid : dossier.bids)
      if (bid.is_winner) check(CheckKind::winner_above_estimate, bid.price, dossier.estimate, {Entity::bid, bid.key, Field::price}, Field::estimate);
  }

  // E3, W5.
  void CheckWinners(const std::string& tender, const Dossier& dossier) {
    std::vector<FusedPlace> winners;
    for (const Bid& bid : dossier.bids)
      if (bid.is_winner) winners.push_back({Entity::bid, bid.key, Field::is_winner});
    if (!winners.empty()) book_.Look(CheckKind::several_winners);
    if (winners.size() > 1) book_.Break(CheckKind::several_winners, tender, std::move(winners));
    if (!dossier.contract_vendor.empty() && !dossier.bids.empty() && !dossier.has_unnamed) {
      book_.Look(CheckKind::holder_no_bidder);
      const std::string holder = tender::FoldVendor(dossier.contract_vendor.value);
      if (std::none_of(dossier.bids.begin(), dossier.bids.end(), [&](const Bid& bid) { return bid.vendor == holder; }))
        book_.Break(CheckKind::holder_no_bidder, tender, {{Entity::contract, tender, Field::contract_vendor}});
    }
    if (!dossier.is_row || !knows_bids_) return;
    book_.Look(CheckKind::no_bidder);
    if (dossier.bids.empty() && !dossier.has_unnamed) book_.Break(CheckKind::no_bidder, tender, {{Entity::tender, tender, Field::name}});
  }

  // W3: what is bought in November may be of the next year's budget.
  void CheckYear(const std::string& tender, const Dossier& dossier) {
    const auto year = NumberOf(dossier.budget_year.value);
    const auto created = NumberOf(std::string_view(dossier.created.value).substr(0, 4));
    if (!year || !created || dossier.created.value.size() < 7) return;
    book_.Look(CheckKind::budget_year_apart);
    const bool is_late = std::string_view(dossier.created.value).substr(5, 2) >= "11";
    if (*year != *created && !(is_late && *year == *created + 1))
      book_.Break(CheckKind::budget_year_apart, tender, {{Entity::tender, tender, Field::budget_year}, {Entity::tender, tender, Field::created}});
  }

  // W4.
  void CheckAfterwards(const std::string& tender, const Dossier& dossier) {
    const Step *announced = nullptr, *objections = nullptr;
    for (const Step& step : dossier.steps) {
      if (IsAnnouncement(StepName(step.key))) announced = &step;
      if (IsObjections(StepName(step.key))) objections = &step;
    }
    if (objections == nullptr) return;
    if (announced != nullptr && !announced->start.empty() && !objections->start.empty()) {
      book_.Look(CheckKind::objections_too_early);
      if (IsBefore(objections->start, announced->start)) book_.Break(CheckKind::objections_too_early, tender, {{Entity::step, announced->key, Field::start}, {Entity::step, objections->key, Field::start}});
    }
    if (dossier.contract_date.empty() || objections->end.empty()) return;
    book_.Look(CheckKind::contract_too_early);
    if (IsBefore(dossier.contract_date, objections->end)) book_.Break(CheckKind::contract_too_early, tender, {{Entity::contract, tender, Field::contract_date}, {Entity::step, objections->key, Field::end}});
  }

  // E6.
  void CheckRepeats() {
    std::map<std::pair<std::string, uint64_t>, std::string> by_version;  // of each package
    for (const auto& [tender, dossier] : dossiers_)
      if (const auto version = NumberOf(dossier.version.value); version && !dossier.package.empty()) by_version.emplace(std::pair(dossier.package.value, *version), tender);
    for (const auto& [place, tender] : by_version) {
      const auto& [package, version] = place;
      if (version < 2) continue;
      book_.Look(CheckKind::version_before_missing);
      const auto before = by_version.find({package, version - 1});
      if (before == by_version.end()) {
        book_.Break(CheckKind::version_before_missing, tender, {{Entity::tender, tender, Field::version}, {Entity::tender, tender, Field::package}});
        continue;
      }
      const Kept &now = dossiers_[tender].approved, &then = dossiers_[before->second].approved;
      if (now.empty() || then.empty()) continue;
      book_.Look(CheckKind::version_before_later);
      if (IsBefore(now, then)) book_.Break(CheckKind::version_before_later, tender, {{Entity::tender, tender, Field::approved}, {Entity::tender, before->second, Field::approved}});
    }
  }

  // W3: days of creation rise with the sequence of an LPSE. The fewest tenders that make the others rise are told, each with
  // the neighbour that it should not have passed; repeats keep the day of their package and are left aside.
  void CheckCreated() {
    struct Place {
      uint64_t lpse = 0, sequence = 0;
      int64_t number = 0;  // of the day
      std::string day, tender;
    };
    std::vector<Place> places;
    for (const auto& [name, dossier] : dossiers_) {
      const auto code = CodeOf(name);
      const auto version = NumberOf(dossier.version.value);
      if (code && !dossier.created.empty() && version.value_or(1) == 1)
        if (const auto number = tender::DayNumber(dossier.created.value)) places.push_back({code->lpse, code->sequence, *number, dossier.created.value.substr(0, 10), name});
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return std::tie(a.lpse, a.sequence) < std::tie(b.lpse, b.sequence); });
    for (size_t from = 0, to = 0; from < places.size(); from = to) {
      while (to < places.size() && places[to].lpse == places[from].lpse) ++to;
      // The longest run of days that never falls: by length, the run that ends earliest.
      std::vector<size_t> ends, before(to - from, SIZE_MAX);
      for (size_t i = from; i < to; ++i) {
        book_.Look(CheckKind::created_out_of_order);
        const auto at = std::upper_bound(ends.begin(), ends.end(), i, [&](size_t a, size_t b) { return places[a].day < places[b].day; });
        if (at != ends.begin()) before[i - from] = *(at - 1);
        if (at == ends.end()) ends.push_back(i);
        else *at = i;
      }
      std::vector<bool> rises(to - from);
      for (size_t i = ends.empty() ? SIZE_MAX : ends.back(); i != SIZE_MAX; i = before[i - from]) rises[i - from] = true;
      std::vector<size_t> after(to - from, SIZE_MAX);  // the next that rises
      for (size_t i = to; i-- > from;) after[i - from] = rises[i - from] ? i : i + 1 < to ? after[i + 1 - from] : SIZE_MAX;
      size_t last = SIZE_MAX;
      for (size_t i = from; i < to; ++i) {
        if (rises[i - from]) {
          last = i;
          continue;
        }
        const size_t next = after[i - from];
        const bool is_early = last != SIZE_MAX && places[last].number - places[i].number > kDaysApart;
        const bool is_late = next != SIZE_MAX && places[i].number - places[next].number > kDaysApart;
        if (is_early || is_late)
          book_.Break(CheckKind::created_out_of_order, places[i].tender, {{Entity::tender, places[i].tender, Field::created}, {Entity::tender, places[is_early ? last : next].tender, Field::created}});
      }
    }
  }

  LinkedStore& store_;
  const ClaimSources& sources_;
  const CheckWords& words_;
  CheckBook& book_;
  ProgressListener& progress_;
  std::map<std::string, Dossier> dossiers_;  // by kode lelang
  bool knows_bids_ = false;
};

}  // namespace

Status CheckTenders(LinkedStore& store, const ClaimSources& sources, const CheckWords& words, CheckBook& book, ProgressListener& progress) {
  return TenderChecker(store, sources, words, book, progress).Check();
}

}  // namespace pulih

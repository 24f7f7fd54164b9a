#include "engine/recover/year_survey.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <unordered_map>

#include "engine/recover/claim_sources.h"
#include "engine/recover/link_rulings.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Field;

const tender::TenderField& ValueOf(const std::vector<StoredTender>& claims, const FusedField& field) { return claims[field.claim].claim.fields[field.place]; }

// What is counted by tender, until months are known.
struct TenderMarks {
  std::string day;
  bool estimate = false, steps = false, bidders = false, contract = false;
};

class Surveyor {
 public:
  Surveyor(LinkedStore store, const SurveyOptions& options, ClaimSources sources, ProgressListener& progress)
      : store_(std::move(store)), options_(options), sources_(std::move(sources)), progress_(progress) {}

  Result<YearSurvey> Make() {
    const SourceOf source_of = sources_.source_of();
    for (const Entity entity : tender::kEntities) {
      EntityCount count;
      count.entity = entity;
      uint64_t seen = 0;
      PULIH_TRY(store_.Scan(entity, [&](const std::string& key, std::vector<StoredTender>& claims) -> Result<bool> {
        if (++seen % 4096 == 0) {
          progress_.Report({.phase = "fusing", .files_done = seen, .current = std::string(tender::EntityName(entity))});
          if (progress_.ShouldStop()) return Status(Code::interrupted, "interrupted");
        }
        if (key.empty()) {
          ++count.keyless;
          return true;
        }
        PULIH_TRY(Take(Fuse(key, claims, source_of), claims, count));
        return true;
      }));
      survey_.entities.push_back(std::move(count));
    }
    Months();
    for (auto& [name, count] : publishers_) {
      count.publisher = name;
      survey_.publishers.push_back(std::move(count));
    }
    return std::move(survey_);
  }

 private:
  Status Take(const FusedThing& thing, const std::vector<StoredTender>& claims, EntityCount& count) {
    ++count.things;
    if (thing.entity == Entity::tender) {
      ++survey_.tenders;
      survey_.joined += thing.publishers.size() > 1 ? 1 : 0;
    }
    for (const std::string& publisher : thing.publishers) {
      PublisherCount& of = publishers_[publisher];
      ++of.things;
      of.alone += thing.publishers.size() == 1 ? 1 : 0;
    }
    for (const FusedField& field : thing.fields) PULIH_TRY(TakeField(thing, field, claims, count.fields[field.field]));
    Mark(thing, claims);
    return OkStatus();
  }

  Status TakeField(const FusedThing& thing, const FusedField& field, const std::vector<StoredTender>& claims, FieldCount& count) {
    switch (field.status) {
      case FieldStatus::certain: ++count.certain; break;
      case FieldStatus::likely: ++count.likely; break;
      case FieldStatus::disputed: ++count.disputed; break;
      case FieldStatus::unknown: ++count.unknown; break;
    }
    const SourceOf source_of = sources_.source_of();
    std::set<std::string> alike{WitnessOf(claims[field.claim], source_of)}, against;
    for (const size_t i : field.agreeing) alike.insert(WitnessOf(claims[i], source_of));
    for (const size_t i : field.contradicting) against.insert(WitnessOf(claims[i], source_of));
    for (const std::string& publisher : alike) {
      ++publishers_[publisher].fields;
      publishers_[publisher].confirmed += alike.size() > 1 ? 1 : 0;
    }
    for (const std::string& publisher : against) ++publishers_[publisher].contradicted;
    TakeEdits(thing, field, claims);
    if (field.status == FieldStatus::disputed) TakeDispute(thing, field, claims);
    if (!options_.each_value || field.status == FieldStatus::unknown) return OkStatus();
    return options_.each_value({thing, field, claims, claims[field.claim].claim.tender, {alike.begin(), alike.end()}});
  }

  void TakeDispute(const FusedThing& thing, const FusedField& field, const std::vector<StoredTender>& claims) {
    ++survey_.dispute_count;
    if (survey_.disputes.size() >= kMaxDisputes) return;
    Dispute dispute{thing.entity, thing.key, field.field, {}};
    AddSide(dispute, claims, field.claim);
    for (const size_t i : field.contradicting) AddSide(dispute, claims, i);
    survey_.disputes.push_back(std::move(dispute));
  }

  void AddSide(Dispute& dispute, const std::vector<StoredTender>& claims, size_t i) const {
    if (const tender::TenderField* field = FieldOf(claims[i], dispute.field)) dispute.sides.push_back(SideOf(claims[i], *field));
  }
  static const tender::TenderField* FieldOf(const StoredTender& claim, Field wanted) {
    for (const tender::TenderField& field : claim.claim.fields)
      if (field.field == wanted) return &field;
    return nullptr;
  }
  Dispute::Side SideOf(const StoredTender& claim, const tender::TenderField& field) const {
    const std::string value = field.high.empty() ? field.value : field.value + " to " + field.high;
    return {value, WitnessOf(claim, sources_.source_of()), claim.claim.path, claim.unit, claim.claim.offset};
  }

  // Of each publisher the captures in their order: where two that follow each other cannot both be true, somebody changed it.
  void TakeEdits(const FusedThing& thing, const FusedField& field, const std::vector<StoredTender>& claims) {
    if (field.history.empty() && field.contradicting.empty()) return;
    struct Told {
      std::string publisher, captured, id, value;
      size_t claim;
      const tender::TenderField* field;
      bool operator<(const Told& other) const { return std::tie(publisher, captured, id, value, claim) < std::tie(other.publisher, other.captured, other.id, other.value, other.claim); }
    };
    std::vector<Told> told;
    const SourceOf source_of = sources_.source_of();
    const auto add = [&](size_t i) {
      const ClaimSource& source = source_of(claims[i].unit);
      if (const tender::TenderField* value = FieldOf(claims[i], field.field))
        told.push_back({WitnessOf(claims[i], source_of), claims[i].claim.captured.empty() ? source.captured : claims[i].claim.captured, source.id, value->value, i, value});
    };
    add(field.claim);
    for (const auto* list : {&field.agreeing, &field.contradicting, &field.history}) std::for_each(list->begin(), list->end(), add);
    std::sort(told.begin(), told.end());
    for (size_t i = 1; i < told.size(); ++i) {
      const Told &before = told[i - 1], &after = told[i];
      if (before.publisher != after.publisher || before.captured == after.captured || ValuesAgree(field.field, *before.field, *after.field)) continue;
      if (++survey_.edit_count > kMaxDisputes) continue;
      survey_.edits.push_back({thing.entity, thing.key, field.field, before.captured, after.captured, SideOf(claims[before.claim], *before.field), SideOf(claims[after.claim], *after.field)});
    }
  }

  void Mark(const FusedThing& thing, const std::vector<StoredTender>& claims) {
    const std::string code = thing.entity == Entity::tender ? thing.key : claims.front().claim.tender;
    if (code.empty()) return;
    TenderMarks& marks = marks_[code];
    const auto day_of = [&](Field field) {
      const FusedField* fused = thing.Find(field);
      return fused != nullptr ? ValueOf(claims, *fused).value.substr(0, 10) : std::string();
    };
    switch (thing.entity) {
      case Entity::tender:
        marks.estimate = thing.Find(Field::estimate) != nullptr;
        for (const Field field : {Field::created, Field::announced, Field::approved})
          if (marks.day.empty()) marks.day = day_of(field);
        break;
      case Entity::step: {
        marks.steps = true;
        const std::string start = day_of(Field::start), end = day_of(Field::end);
        if (first_step_[code].empty() || (!start.empty() && start < first_step_[code])) first_step_[code] = start;
        NoteOutage(thing, claims, code, start, end);
        break;
      }
      case Entity::bid: marks.bidders = true; break;
      case Entity::contract: marks.contract = true; break;
      case Entity::vendor:
      case Entity::unit: break;
    }
  }

  void NoteOutage(const FusedThing& thing, const std::vector<StoredTender>& claims, const std::string& code, const std::string& start, const std::string& end) {
    if (start.empty() || start > options_.outage_to || (end.empty() ? start : end) < options_.outage_from) return;
    const FusedField *from = thing.Find(Field::start), *to = thing.Find(Field::end), *name = thing.Find(Field::step_name);
    OutageStep step{code, name != nullptr ? ValueOf(claims, *name).value : thing.key.substr(thing.key.find('/') + 1), ValueOf(claims, *from).value,
                    to != nullptr ? ValueOf(claims, *to).value : std::string(), from->status};
    survey_.outage.push_back(std::move(step));
  }

  void Months() {
    struct Range {
      uint64_t least = UINT64_MAX, greatest = 0;
    };
    std::map<std::string, MonthCount> months;
    std::map<std::string, Range> ranges;
    for (auto& [code, marks] : marks_) {
      std::string day = marks.day;
      if (day.empty())
        if (const auto at = first_step_.find(code); at != first_step_.end()) day = at->second;
      const std::string name = day.size() < 7 ? std::string() : day.substr(0, 7);
      MonthCount& month = months[name];
      ++month.tenders;
      if (!day.empty()) ++month.days[day];
      month.with_estimate += marks.estimate ? 1 : 0;
      month.with_steps += marks.steps ? 1 : 0;
      month.with_bidders += marks.bidders ? 1 : 0;
      month.with_contract += marks.contract ? 1 : 0;
      // Sequence times 1000 plus the number of the LPSE.
      uint64_t sequence = 0;
      const char* end = code.data() + (code.size() > 3 ? code.size() - 3 : 0);
      if (!name.empty() && end != code.data() && std::from_chars(code.data(), end, sequence).ptr == end) {
        ranges[name].least = std::min(ranges[name].least, sequence);
        ranges[name].greatest = std::max(ranges[name].greatest, sequence);
      }
    }
    for (auto& [name, month] : months) {
      month.month = name;
      if (const auto at = ranges.find(name); at != ranges.end()) month.numbers = at->second.greatest - at->second.least + 1;
      survey_.months.push_back(std::move(month));
    }
  }

  LinkedStore store_;
  const SurveyOptions& options_;
  const ClaimSources sources_;
  ProgressListener& progress_;
  YearSurvey survey_;
  std::map<std::string, PublisherCount> publishers_;
  std::unordered_map<std::string, TenderMarks> marks_;
  std::unordered_map<std::string, std::string> first_step_;
};

}  // namespace

Result<YearSurvey> SurveyYear(Case& of, const SurveyOptions& options, ProgressListener& progress) {
  EvidenceRegister evidence(of.kv());
  PULIH_TRY_ASSIGN(ClaimSources sources, ClaimSources::Read(evidence));
  PULIH_TRY_ASSIGN(LinkedStore store, LinkedStore::Open(of, sources));
  return Surveyor(std::move(store), options, std::move(sources), progress).Make();
}

}  // namespace pulih

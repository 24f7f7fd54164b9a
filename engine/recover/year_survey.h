// What a case knows of the tenders of a year, in figures: by month, by thing and field, by publisher, and what is disputed.
// report.h counts rows and bytes; this counts things of the procurement domain, fused (fuse.h).
//
//   joined      tenders that at least two publishers tell of, by tender number; captures of one publisher count once
//   alone       of a publisher: things that nobody else tells of
//   confirmed   of a publisher: fields of which somebody else tells the same
//   contradicted  … something else where it may not differ
//   edits       what one publisher told otherwise at another time: no dispute, but somebody's change
//
// A number that is missing in the sequence of tender numbers is not a lost tender: three in ten were never public. So months
// have both counts, and the fill of the months before the outage to hold them against.
//
// Reads the case only, one thread. Memory grows with publishers, months and what is disputed (at most kMaxDisputes listed).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/recover/case.h"
#include "engine/recover/fuse.h"

namespace pulih {

inline constexpr size_t kMaxDisputes = 100000;

// One field of the rebuilt year, as it is told to SurveyOptions::each_value. Views last for the call.
struct RebuiltValue {
  const FusedThing& thing;
  const FusedField& field;
  const std::vector<StoredTender>& claims;  // of the thing
  std::string_view tender;                  // its number, where the thing is of one
  std::vector<std::string> publishers;      // that tell it alike; sorted
  const StoredTender& claim() const { return claims[field.claim]; }
  const tender::TenderField& value() const { return claim().claim.fields[field.place]; }
};

struct SurveyOptions {
  std::string outage_from = "2014-10-04", outage_to = "2014-10-13";  // local days, both inside
  std::function<Status(const RebuiltValue&)> each_value;             // by thing and field; may be empty
};

struct FieldCount {
  uint64_t certain = 0, likely = 0, disputed = 0, unknown = 0;
};

struct EntityCount {
  tender::Entity entity = tender::Entity::tender;
  uint64_t things = 0;
  uint64_t keyless = 0;  // claims about things without a key
  std::map<tender::Field, FieldCount> fields;
};

struct MonthCount {
  std::string month;               // "2014-03"
  uint64_t tenders = 0;            // known, by the day of creation or, where unknown, the first day that is known
  uint64_t with_estimate = 0, with_steps = 0, with_bidders = 0, with_contract = 0;
  uint64_t numbers = 0;            // of the sequence, between the least and the greatest of the month
  std::map<std::string, uint64_t> days;  // "2014-03-17"
};

struct PublisherCount {
  std::string publisher;
  uint64_t things = 0, alone = 0, fields = 0, confirmed = 0, contradicted = 0;
};

struct Dispute {
  tender::Entity entity = tender::Entity::tender;
  std::string key;
  tender::Field field = tender::Field::name;
  struct Side {
    std::string value, publisher, path;
    uint32_t evidence = 0;
    uint64_t offset = 0;
  };
  std::vector<Side> sides;
};

// What one publisher told of a field in two captures that follow each other in time, where it is not the same.
struct Edit {
  tender::Entity entity = tender::Entity::tender;
  std::string key;
  tender::Field field = tender::Field::name;
  std::string captured_before, captured;  // ISO 8601; before: empty when not known
  Dispute::Side before, after;
};

struct OutageStep {
  std::string tender, step, start, end;
  FieldStatus status = FieldStatus::unknown;
};

struct YearSurvey {
  uint64_t tenders = 0, joined = 0;
  std::vector<EntityCount> entities;
  std::vector<MonthCount> months;
  std::vector<PublisherCount> publishers;
  std::vector<Dispute> disputes;
  uint64_t dispute_count = 0;
  std::vector<Edit> edits;           // by thing and field, then in the order of their captures; at most kMaxDisputes
  uint64_t edit_count = 0;
  std::vector<OutageStep> outage;    // steps that touch the window
};

Result<YearSurvey> SurveyYear(Case& of, const SurveyOptions& options, ProgressListener& progress);

}  // namespace pulih

// Takes the rows out of the evidence of a case. For each unit, a child in the sandbox (sandbox.h) reads it twice: first for
// the shape of the database, then, with the schema of the whole case, for claims.
//
//   learn     what each unit tells of schemas; kept in the case, so done once for each unit
//   merge     one schema for the case (case_schema.h), with what the caller gives on top; the claim store keeps it
//   extract   each unit that is not done, or was done with another schema: its claims are dropped and made anew
//   solve     where claims changed: what damage took from a stream is asked of the rows of other evidence (solve_markers.h);
//             the rows that come of it are derived claims (claim_store.h), dropped and made anew each time
//
// Resumable at any point: a unit counts as done when its mark is written, with its last claims; until then it is done again
// from its start, after its claims were dropped. The same evidence and schema give the same claims, for any `jobs`.
// Evidence is hashed again before it is read: what changed since it was added is not read, and told.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/recover/case.h"
#include "engine/recover/evidence.h"
#include "engine/recover/extract.h"
#include "engine/recover/sandbox.h"

namespace pulih {

struct RunOptions {
  std::optional<Schema> given;  // of --schema; kept in the case until another one is given
  unsigned jobs = 1;
  SandboxLimits limits;
  // Which decoder a piece of evidence gets; none where none fits. Called once in each child.
  std::function<std::unique_ptr<Extractor>(const Evidence&)> extractor;
};

enum class UnitState : uint8_t {
  done = 1,     // with what its remarks say
  none = 2,     // nothing here reads such evidence
  failed = 3,   // `why`; what it told until then is kept
};

// What became of a unit: also the mark that is kept in the case.
struct UnitResult {
  uint32_t number = 0;
  UnitState state = UnitState::done;
  std::string why;
  uint64_t tenders = 0;        // claims about the procurement domain, of sources that are no database
  uint64_t rows = 0, ranges = 0, remarks = 0, damaged_bytes = 0;
  uint64_t unfit = 0;          // claims that did not fit the schema, and were left out
  bool has_seccomp = true;
  bool fresh = false;          // of this run; not kept
  Digest schema;               // what it was read with
};

struct RunReport {
  std::vector<UnitResult> units;  // all of the case, by number
  size_t tables = 0;
  double seconds = 0;
  uint64_t bytes = 0;             // of the units that were read now
  uint64_t solved = 0;            // rows that were solved from other evidence, now
  bool is_whole() const;          // nothing failed and nothing was damaged
};

Result<RunReport> RunRecovery(Case& of, const RunOptions& options, ProgressListener& progress);

// For reports: what the last run left.
Result<std::vector<UnitResult>> ListUnitResults(OrderedKv& kv);

}  // namespace pulih

// Loads the rows of a case (rebuilt_rows.h) into a live PostgreSQL that has the tables already, in one transaction: all that
// can be loaded, or with any conflict nothing. Beside the rows a schema `provenance` says of each field where it came from
// (load_provenance.h has its tables).
//
//   rows of a case → staged as text → typed, checked by the table's own constraints → compared with what is there
//                  → inserted, parents before children → foreign keys that fail put back NOT VALID → provenance
//
// What becomes of a row:
//   loaded       it is in the table. A row whose parent is lost too: it is listed in provenance.orphans
//   same         an equal row is there already
//   conflict     another row with its key is there: nothing is ever overwritten
//   incomplete   a value that the table needs is lost, or is none that it takes: in provenance.incomplete, with what is known
//   below        its grade is worse than was asked for
// No default of the table stands in for a value that was lost, and no sequence is moved unless that is asked for (I9).
//
// One thread, one connection; memory does not grow with the case, but for a few bytes a row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/recover/case.h"
#include "engine/recover/claim.h"

namespace pulih {

struct LoadOptions {
  std::string conninfo;
  Grade worst = Grade::d;      // rows of worse grade are not loaded
  bool skip_existing = false;  // rows in conflict are left out, instead of ending all
  bool set_sequences = false;  // of columns that take their values from a sequence: it goes on above the highest loaded
  bool dry_run = false;        // all is done and taken back
  std::string program;         // for provenance.loads
};

struct LoadedTable {
  std::string table;  // "public.paket"
  uint64_t rows = 0;  // that the case has
  uint64_t loaded = 0, same = 0, conflicts = 0, incomplete = 0, below = 0;
  uint64_t orphans = 0;  // of those loaded
  uint64_t deleted = 0;  // that the newest evidence knows as deleted: not among `rows`
  std::string left_out;  // why none was loaded: "the database has no such table"
};

struct LoadProblem {
  std::string table, key, why;
};

struct LoadSequence {
  std::string sequence, column;  // "public.seq_paket", "public.paket.pkt_id"
  std::string next, highest;     // what it would give next; the highest value loaded
  bool set = false;
};

struct LoadReport {
  uint64_t load = 0;                // its number in provenance.loads; 0 when nothing was committed
  std::vector<LoadedTable> tables;  // by name
  uint64_t orphans = 0;
  std::vector<std::string>
      not_valid;  // foreign keys that were put back NOT VALID: "public.peserta: peserta_lls_id_fkey"
  std::vector<LoadSequence> sequences;             // that stand below what was loaded
  std::vector<LoadProblem> conflicts, incomplete;  // the first kToldProblems of each
  std::vector<std::string> warnings;
  uint64_t unassigned = 0;  // rows that fit several tables, or none: not loaded
  bool committed = false;

  uint64_t Sum(uint64_t LoadedTable::*count) const {
    uint64_t sum = 0;
    for (const LoadedTable& table : tables) sum += table.*count;
    return sum;
  }
};
inline constexpr size_t kToldProblems = 20;

// The case may be open for reading. A conflict is a result (`committed` is false), not an error. Errors name the table, and
// the row and the constraint where the server says them.
Result<LoadReport> LoadCase(Case& of, const LoadOptions& options, ProgressListener& progress);

}  // namespace pulih

// What a case holds, told as numbers: evidence and what became of every byte of it (I8), rows by table and grade, what
// was left out and why. report_html.h draws it.
//
// Reads the case only, one thread. Memory grows with the number of pieces of evidence and of stretches of damage, not
// with rows.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/recover/byte_account.h"
#include "engine/recover/case.h"
#include "engine/recover/evidence.h"
#include "engine/recover/run.h"

namespace pulih {

struct ReportedFile {
  EvidenceFile file;
  std::vector<BlockRun> blocks;            // its block map
  FateBytes bytes;                         // they add up to the file's size
};

struct ReportedEvidence {
  Evidence evidence;
  std::vector<EvidenceOrigin> origins;
  UnitResult result;                       // number 0 when the evidence was not read yet
  std::vector<ReportedFile> files;
  std::vector<ReportedRange> ranges;       // the most bytes first
  std::vector<std::string> remarks;
  FateBytes bytes;                         // they add up to the evidence
};

struct ReportedTable {
  std::string table;
  uint64_t rows = 0, deleted = 0, disputed_fields = 0, decided_fields = 0, missing_fields = 0, unkeyed = 0;
  std::map<char, uint64_t> grades;         // rows by their worst grade
};

struct CaseReport {
  std::string id, path, public_key, custody_head;
  uint64_t custody_entries = 0;
  std::vector<ReportedEvidence> evidence;  // by number
  std::vector<SkippedPath> left_out;       // paths that are no evidence
  std::vector<ReportedTable> tables;
  std::vector<std::string> empty_tables;   // of the schema, without a row in any evidence
  uint64_t rows = 0, unassigned = 0;
};

Result<CaseReport> ReportCase(Case& of, ProgressListener& progress);

}  // namespace pulih

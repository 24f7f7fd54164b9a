// Adds evidence to a case: finds it (find_units.h), reads each file once, hashes it whole and by 4 KiB block, maps what
// its blocks are, enters it in the register and in the custody log. Evidence is opened read-only (I6) and stays where
// it is.
//
// One thread. Interrupted, what was read whole is in the case and the rest is not; the same call again goes on: a file
// that is as it was (size, times, inode) is not read twice.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/progress.h"
#include "engine/recover/case.h"
#include "engine/recover/evidence.h"

namespace pulih {

struct AddOptions {
  std::string custodian, origin;
  uint8_t source_class = 0;  // 1 to 7; 0: by content
  std::string captured;      // ISO 8601; empty: by content
};

struct AddReport {
  std::vector<Evidence> evidence;  // in order; new and known
  std::vector<bool> is_new;        // of each
  uint64_t files = 0, bytes = 0, files_read = 0, bytes_read = 0;
  std::vector<SkippedPath> skipped;
  double seconds = 0;
};

Result<AddReport> AddEvidence(Case& of, const std::vector<std::string>& paths, const AddOptions& options, ProgressListener& progress);

}  // namespace pulih

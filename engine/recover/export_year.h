// The rebuilt year as one OCDS 1.1 release package, releases.json: a release for each tender that anybody tells of, joined from
// rows, pages, lists and feeds (fuse.h). export.h writes the rows of the database; what only a page told is here alone.
//
// A field that is disputed is left out, and counted: a release has no room for two values. So is a rounded amount. Vendors are
// known by the first nine digits of their NPWP, or by their number in the database. A tender without any date is left out.
//
// Same evidence, same bytes: the package is dated by its newest release, and named by the case's evidence, not by the hour.
// One thread. Memory grows with the tenders of the case: all of them are held, some kilobytes each.
#pragma once

#include <string>

#include "engine/os/file_system.h"
#include "engine/progress.h"
#include "engine/recover/case.h"
#include "formats/ocds/export.h"

namespace pulih {

struct YearExportReport {
  uint64_t releases = 0;
  uint64_t undated = 0;    // tenders without any date
  uint64_t disputed = 0;   // fields left out
};

// `directory` is made when it is not there; already_exists when something is in it.
Result<YearExportReport> ExportYear(Case& of, const std::string& directory, const ocds::ReleaseOptions& options, ProgressListener& progress);

}  // namespace pulih

// Writes the tenders of the SPSE databases in a snapshot as OCDS 1.1 release packages, one file a database:
// releases.json, or DATABASE.releases.json where there are several.
//
// The rows of the five tables that belong to tenders go through one external sort by the tender's code, so that each
// tender meets its own rows; what they name (package, vendor, …) is looked up. So neither memory nor the number of
// reads of a table grows with the database.
//
// A release is dated by the newest auditupdate of its tender, package, schedule, bidders, contracts and letters of
// appointment: a vendor who moves house does not change the tenders of ten years. Of a text column that holds times
// (from a CSV file), and of infinite ones, only "YYYY-MM-DD" and "YYYY-MM-DD hh:mm:ss[.ffffff]" count.
//
// A tender that cannot be read whole is left out and told.
#pragma once

#include <string>

#include "engine/crypto/random.h"
#include "engine/os/file_system.h"
#include "engine/progress.h"
#include "engine/records/export_tables.h"
#include "engine/records/row_sorter.h"
#include "formats/ocds/export.h"

namespace pulih {

struct OcdsExportOptions {
  std::string directory;   // made when it is not there
  RowSorterOptions sorting;
  ocds::ReleaseOptions release;
};

// Each file stands in the report as its table lelang_seleksi, with the number of releases. not_found when the snapshot
// has no SPSE database, or one that lacks tables or columns: nothing is written then.
Result<ExportReport> ExportOcds(ReadSession& session, const Snapshot& snapshot, const OcdsExportOptions& options, FileSystem& files, RandomSource& random,
                                ProgressListener& progress);

}  // namespace pulih

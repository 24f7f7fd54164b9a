// Rebuilds a whole database from a snapshot in an empty one: DDL before data, rows by binary COPY over several
// connections, large objects, sequence values, then constraints, indexes and the rest.
//
// What the snapshot left out (tables that were excluded, locked, or that its role might not read) is told, and the rest
// comes back without it.
//
// It never touches a database that is not empty. A failure leaves the target half built and says so, in its message and
// by a schema "pulih_unfinished_restore" in the target: it was empty before, and can be dropped. One call, threads started and joined inside.
#pragma once

#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/records/table_reader.h"

namespace pulih {

struct RestoreDatabaseOptions {
  std::string conninfo;  // of the empty target
  std::string database;  // which, where the snapshot has several; empty: the only one
  unsigned jobs = 2;
  bool no_owner = false;       // leave out ALTER … OWNER TO
  bool no_privileges = false;  // leave out GRANT and REVOKE
};
struct RestoreDatabaseReport {
  std::string database;
  uint64_t tables = 0, rows = 0, bytes = 0, large_objects = 0, sequences = 0;
  // "table: what" for rows that the repository could not give, or that the snapshot does not have; and what of the
  // definitions cannot be without them: foreign keys, views.
  std::vector<std::string> damaged;
  std::vector<std::string> warnings;
  double seconds = 0;
};
Result<RestoreDatabaseReport> RestoreDatabase(ReadSession& session, const Snapshot& snapshot,
                                              const RestoreDatabaseOptions& options, ProgressListener& progress);

}  // namespace pulih

// Why a snapshot has no rows of a table. One that was locked that night is not one that was dropped, and a snapshot of
// files alone says nothing of any table: who compares or looks up must not take the one for the other.
//
// Read from the descriptor map (formats/repo/table.h, "unread"). Borrows nothing; not thread-safe beyond the session.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/records/table_reader.h"

namespace pulih {

struct AbsentTable {
  bool was_gone = false;     // the snapshot is of its database, and there was no such table
  bool no_database = false;  // the snapshot is not of its database at all
  std::string why;           // of all others: "it could not be read: somebody kept it locked for 30 s: …"
};
// Of a table that the snapshot has no root of.
Result<AbsentTable> WhyAbsent(ReadSession& session, const Snapshot& snapshot, const TableName& whole);

// What to say of a name that fits none of the snapshot's tables: when it fits one that was not read, which and why; `none`
// otherwise.
Status NotInSnapshot(ReadSession& session, const Snapshot& snapshot, const TableName& words, Status none);

}  // namespace pulih

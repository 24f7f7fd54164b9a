// The parts of a database that are not tables: large objects and the values of sequences.
#pragma once

#include <string>
#include <vector>

#include "engine/source/pg_client.h"
#include "engine/source/postgres_catalog.h"
#include "engine/source/row_visitor.h"

namespace pulih {

// Of the pseudo table that large objects stand in: loid (the key), owner, acl, comment, data.
TableDescriptor LargeObjectTable(const std::string& database, const std::string& encoding);

// Visits that table, when there are any large objects. One that cannot be read, or is above 1 GiB, is a problem.
// They come in pieces.
Status VisitLargeObjects(PgClient& client, const TableDescriptor& table, RowVisitor& visitor);

// Sequences have no snapshot: a value is that of now, never an older one than rows of the snapshot have.
Result<std::vector<SequenceValue>> ReadSequences(PgClient& client, const std::vector<CatalogSequence>& sequences,
                                                 RowVisitor& visitor);

}  // namespace pulih

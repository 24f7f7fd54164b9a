// Reads a CSV file as a table. See table_source.h.
#pragma once

#include "engine/source/table_bytes.h"
#include "engine/source/table_source.h"
#include "engine/source/table_visit.h"

namespace pulih {

// `name` is the table's.
Status VisitCsv(const TableBytes& bytes, const TableFile& file, const std::string& name, const TableFileOptions& options, TableVisit& visit);

}  // namespace pulih

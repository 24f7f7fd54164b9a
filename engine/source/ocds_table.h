// Reads OCDS releases as two tables: the releases, and what each contracting process has become. See table_source.h.
#pragma once

#include "engine/source/json_table.h"

namespace pulih {

// False: this is no OCDS, nothing was told or begun.
Result<bool> LooksLikeOcds(const TableBytes& bytes, const JsonForm& form);

Status VisitOcds(const TableBytes& bytes, const JsonForm& form, const TableFile& file, const std::string& name, const TableFileOptions& options,
                 TableVisit& visit);

}  // namespace pulih

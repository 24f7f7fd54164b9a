// One schema for a case out of what was given and what each piece of evidence told, and for each unit the schema that
// its decoder works with.
//
// The columns of a table are the same in the case and in every unit, so claims of all units have the same fields: as given
// where a schema was given, else the version with the most columns (of several, the one of the evidence that came first).
// What a unit's own catalog tells of the physical form (dropped columns, numbers of files) goes into its unit only.
// Pure.
#pragma once

#include <vector>

#include "formats/postgres/schema.h"

namespace pulih {

// `learnt`: in the order of evidence.
Schema MergeSchemas(const Schema& given, const std::vector<const Schema*>& learnt);
Schema SchemaOfUnit(const Schema& of_case, const Schema& learnt_here);

}  // namespace pulih

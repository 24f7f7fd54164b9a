// The part of `pulih restore` that rebuilds a database, and how it is told.
#pragma once

#include "engine/records/restore_database.h"
#include "tools/context.h"

namespace pulih {

// {"name": …, "tables": …, …}: as an element, or after Key().
void WriteDatabaseJson(JsonWriter& json, const RestoreDatabaseReport& report);
void PrintDatabase(const Context& context, const RestoreDatabaseReport& report);

}  // namespace pulih

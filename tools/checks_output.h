// Rules that records break (engine/recover/checks.h) as JSON, as lines on the terminal, and as CSV.
#pragma once

#include <string>

#include "engine/os/file_system.h"
#include "engine/recover/checks.h"
#include "tools/context.h"

namespace pulih {

// Members of the object that is being written: broken_checks, check_counts, checks.
void WriteChecksJson(Context& context, const Checks& checks);
void PrintChecks(Context& context, const Checks& checks);
// checks.csv, a line for each value, into a folder that is there; nothing when no rule is broken.
Status WriteChecksCsv(FileSystem& files, const std::string& directory, const Checks& checks);

}  // namespace pulih

// One run of the program: words in, answer on stdout, exit code out.
#pragma once

#include <string>
#include <vector>

#include "tools/arguments.h"
#include "tools/exit_code.h"
#include "tools/output.h"

namespace pulih {

Exit RunProgram(const std::vector<std::string>& words, const EnvironmentLookup& environment, Output& out);

}  // namespace pulih

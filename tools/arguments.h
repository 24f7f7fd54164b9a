// Fills in the options of a command from where they may stand: the config file, then the environment, then the
// command line; each beats the one before. Then asks whether all that is required is there.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "tools/command_line.h"
#include "tools/context.h"

namespace pulih {

// The value of an environment variable; nothing when it is not set or empty.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// `global` is what the program's global options point to.
Status FillIn(const ProgramSpec& program, const ParsedLine& line, const GlobalOptions& global,
              const EnvironmentLookup& environment);

// $XDG_<KIND>_HOME/pulih, else ~/<fallback>/pulih; nothing when neither is known.
std::optional<std::string> XdgPlace(const EnvironmentLookup& environment, const std::string& variable,
                                    const std::string& fallback);

}  // namespace pulih

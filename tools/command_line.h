// Takes the command line apart: which command, and which options were given with what. What the values mean, and
// whether one is missing, is arguments.h.
//
// options_cli11.cc is the only file that includes CLI11: its headers cost seconds.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tools/command.h"

namespace pulih {

struct GivenOption {
  const OptionSpec* option = nullptr;  // of the program's spec
  std::vector<std::string> values;
};

struct ParsedLine {
  const CommandSpec* command = nullptr;  // none: help, --version, or a group's name only
  const CommandGroup* group = nullptr;
  std::vector<GivenOption> options;
};

// `words` without the program's name. Global options may stand before or after the command. `invalid` for what
// no option takes. Borrows from `program`.
Result<ParsedLine> ParseCommandLine(const ProgramSpec& program, const std::vector<std::string>& words);

}  // namespace pulih

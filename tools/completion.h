// Completion scripts for bash, zsh and fish, from the descriptions of the commands. Pure.
#pragma once

#include <string>

#include "tools/command.h"

namespace pulih {

std::string BashCompletion(const ProgramSpec& program);
std::string ZshCompletion(const ProgramSpec& program);
std::string FishCompletion(const ProgramSpec& program);

}  // namespace pulih

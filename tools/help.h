// --help of the program, of a group and of a command, from their descriptions; the man pages and the option tables
// of docs/commands/ say the same. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/command.h"

namespace pulih {

std::string ProgramHelp(const ProgramSpec& program);
std::string GroupHelp(const ProgramSpec& program, const CommandGroup& group);
std::string CommandHelp(const ProgramSpec& program, const CommandSpec& command);

// "-r, --repo URL"
std::string OptionHeading(const OptionSpec& option);
// The help with what stands in for the option: "…  [PULIH_REPO]".
std::string OptionText(const OptionSpec& option);
// The options that may stand on the command line.
std::vector<const OptionSpec*> Visible(const std::vector<OptionSpec>& options);

// Exit code and meaning, in order.
const std::vector<std::pair<int, std::string_view>>& ExitCodeTable();

// "| option | meaning |" with a row for each argument and option: stands in docs/commands/<command>.md.
std::string MarkdownTable(const std::vector<OptionSpec>& arguments, const std::vector<OptionSpec>& options);

}  // namespace pulih

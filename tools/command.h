// What a command and its options are called, mean and fill in: the one description from which the command line
// is parsed (options_cli11.cc), defaults are read (config_file.h), and help, completions, man pages and the
// tables in docs/commands/ are made.
//
// A CommandSpec owns the variables that its options point to, through `run`: each cmd_<name>.cc keeps them in a
// struct that the closure shares. Values. Read next: command_list.h.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "tools/exit_code.h"

namespace pulih {

struct Context;

// Where a value came from. Later ones beat earlier ones.
enum class Origin : uint8_t { unset, config_file, environment, command_line };

// What a shell offers after the option.
enum class Completes : uint8_t { nothing, file, directory };

// A flag, a text (the last one given counts), a list (each adds one), a number.
using OptionTarget = std::variant<bool*, std::string*, std::vector<std::string>*, std::optional<uint64_t>*>;

struct OptionSpec {
  std::string names;       // "-r,--repo"; an argument without a dash: "PATH"
  std::string value = {};  // what the value is called; empty for flags and arguments
  std::string help;        // one or two sentences, the first without a capital, no full stop at the end
  OptionTarget target;
  std::vector<std::string> choices = {};
  uint64_t min = 0, max = std::numeric_limits<uint64_t>::max();  // of a number
  Completes completes = Completes::nothing;
  bool required = false;
  std::string environment = {};      // the variable that stands in for it
  bool on_command_line = true;       // false: a secret, which only the config file and the environment may hold
  Origin* origin = nullptr;          // told where the value came from
  bool of_repository = false;        // of every command that opens one: the help of others does not list it

  bool is_flag() const { return std::holds_alternative<bool*>(target); }
  bool is_list() const { return std::holds_alternative<std::vector<std::string>*>(target); }
  bool is_argument() const { return on_command_line && names.front() != '-'; }
  std::string long_name() const;   // "repo": without dashes; the key in a config file
  std::string short_name() const;  // "r", or empty
};

struct Example {
  std::string what;     // "the nightly run, by a key that opens nothing"
  std::string command;  // "pulih --key night.key backup /srv/documents"
};

struct CommandSpec {
  std::string name;         // "backup", "key add"
  std::string summary;      // one line, lower case
  std::string description;  // paragraphs, separated by blank lines
  std::vector<OptionSpec> arguments, options;
  std::vector<Example> examples;
  std::function<Result<Exit>(Context&)> run;
  bool has_json = true;     // false: it writes something else to stdout
  bool needs_repository = true;
};

// A word that several commands begin with.
struct CommandGroup {
  std::string name, summary;
};

struct ProgramSpec {
  std::vector<OptionSpec> global;
  std::vector<CommandGroup> groups;
  std::vector<CommandSpec> commands;

  const CommandSpec* Find(std::string_view name) const;
  const CommandGroup* FindGroup(std::string_view name) const;
};

// Sets the target of one option; `invalid`, naming the option, for a value that it does not take. A flag takes
// "true" and "false".
Status Assign(const OptionSpec& option, const std::vector<std::string>& values, Origin origin);

// The option's name as a person types it: "--repo", or "PATH".
std::string SpokenName(const OptionSpec& option);

// "[--tag TAG]… --to DIR SNAP[:PATH] [PATH]…": what follows the command's name.
std::string Synopsis(const CommandSpec& command);

Status UsageError(std::string message, std::string hint = {});

}  // namespace pulih

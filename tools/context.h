// What every command gets: the global options, and where its answer goes. The answer goes to stdout, once;
// everything else that is said goes to stderr.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/command.h"
#include "tools/json_output.h"
#include "tools/output.h"

namespace pulih {

struct GlobalOptions {
  std::string repo, key, passphrase_file, passphrase_command, passphrase, config, cache, state;
  Origin key_from = Origin::unset, passphrase_file_from = Origin::unset, passphrase_command_from = Origin::unset,
         passphrase_from = Origin::unset;
  bool accept_rollback = false, json = false, quiet = false, verbose = false, no_progress = false;
  bool help = false, version = false;
};

struct Context {
  const ProgramSpec& program;
  const GlobalOptions& global;
  Output& out;
  JsonWriter& json;
  std::vector<std::string> warnings = {};  // said so far: reports of commands repeat them

  // One line on stderr, unless --quiet; kept for the report. The same text is said once.
  void Warn(const std::string& text);
  // One line on stderr with --verbose.
  void Note(std::string_view text) const;
};

// "pulih: message", and the hint on the next line.
void PrintError(const Status& status);

}  // namespace pulih

// Defaults from a TOML file: keys are the long names of options, global ones at the top or in [global], a
// command's in a table of its name ([backup], [key.add]). A command's table may also set global options, for
// that command only.
//
//   repo = "/srv/backup"
//   key = "/etc/pulih/backup.key"
//
//   [backup]
//   exclude = ["*.tmp", "cache/"]
//   one-file-system = true
//
// Pure: text in, values out. toml++ stays in config_file.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "tools/command.h"
#include "tools/command_line.h"

namespace pulih {

// The values for `command` (nullptr: global ones only), global first. `invalid`, naming file, line and key, for
// text that is not TOML, keys and tables that mean nothing, values of another type. All of the file is checked,
// whatever the command.
Result<std::vector<GivenOption>> ReadConfig(const ProgramSpec& program, const CommandSpec* command, std::string_view text,
                                            const std::string& file_name);

}  // namespace pulih

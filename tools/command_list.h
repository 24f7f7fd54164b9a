// All commands of the program. Each is in cmd_<name>.cc; a command that is not in this list does not exist, neither
// for the command line nor for help.
#pragma once

#include "tools/command.h"
#include "tools/context.h"

namespace pulih {

// The global options fill in `global`, which the caller keeps.
ProgramSpec DescribeProgram(GlobalOptions& global);

CommandSpec InitCommand();
std::vector<CommandSpec> KeyCommands();
CommandSpec BackupCommand();
CommandSpec SnapshotsCommand();
CommandSpec LsCommand();
CommandSpec FindCommand();
CommandSpec DiffCommand();
CommandSpec DumpCommand();
CommandSpec StatsCommand();
CommandSpec RestoreCommand();
CommandSpec VerifyCommand();
std::vector<CommandSpec> RecordsCommands();
CommandSpec RecordsHistoryCommand();
CommandSpec RecordsDiffCommand();
CommandSpec RecordsRestoreCommand();
CommandSpec RecordsExportCommand();
std::vector<CommandSpec> RecoverCommands();
CommandSpec RecoverRunCommand();
CommandSpec RecoverReportCommand();
CommandSpec RecoverExplainCommand();
CommandSpec RecoverExportCommand();
CommandSpec RecoverDecideCommand();
CommandSpec RecoverLoadCommand();
CommandSpec RecoverSnapshotCommand();
CommandSpec CompletionCommand();
CommandSpec ManCommand();

}  // namespace pulih

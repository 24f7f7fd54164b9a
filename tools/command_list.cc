#include "tools/command_list.h"

namespace pulih {
namespace {

std::vector<OptionSpec> GlobalSpecs(GlobalOptions& g) {
  return {
      {.names = "-r,--repo", .value = "URL", .help = "the repository: a directory", .target = &g.repo,
       .completes = Completes::directory, .environment = "PULIH_REPO", .of_repository = true},
      {.names = "--key", .value = "FILE", .help = "open it with this key file, made by `pulih key export`", .target = &g.key,
       .completes = Completes::file, .environment = "PULIH_KEY", .origin = &g.key_from, .of_repository = true},
      {.names = "--passphrase-file", .value = "FILE", .help = "the passphrase is the first line of this file",
       .target = &g.passphrase_file, .completes = Completes::file, .origin = &g.passphrase_file_from, .of_repository = true},
      {.names = "--passphrase-command", .value = "COMMAND", .help = "the passphrase is the first line that this shell command prints",
       .target = &g.passphrase_command, .origin = &g.passphrase_command_from, .of_repository = true},
      {.names = "--passphrase", .value = "TEXT", .help = "the passphrase itself; never on the command line", .target = &g.passphrase,
       .environment = "PULIH_PASSPHRASE", .on_command_line = false, .origin = &g.passphrase_from, .of_repository = true},
      {.names = "--config", .value = "FILE", .help = "defaults for options, in TOML; $XDG_CONFIG_HOME/pulih/config.toml when it is there",
       .target = &g.config, .completes = Completes::file},
      {.names = "--cache", .value = "DIR", .help = "where the catalog is kept, which may be deleted at any time; $XDG_CACHE_HOME/pulih",
       .target = &g.cache, .completes = Completes::directory, .of_repository = true},
      {.names = "--state", .value = "DIR", .help = "where it is kept what was seen of each repository; $XDG_STATE_HOME/pulih",
       .target = &g.state, .completes = Completes::directory, .of_repository = true},
      {.names = "--accept-rollback", .help = "go on although the repository shows less than was seen before", .target = &g.accept_rollback, .of_repository = true},
      {.names = "--json", .help = "answer with one JSON document on standard output", .target = &g.json},
      {.names = "-q,--quiet", .help = "no reports and no warnings; errors and problems only", .target = &g.quiet},
      {.names = "-v,--verbose", .help = "say more, and list everything", .target = &g.verbose},
      {.names = "--no-progress", .help = "no progress line, also on a terminal", .target = &g.no_progress},
      {.names = "-h,--help", .help = "explain the command and its options", .target = &g.help},
      {.names = "--version", .help = "name the version of the program and of the formats that it writes", .target = &g.version},
  };
}

}  // namespace

ProgramSpec DescribeProgram(GlobalOptions& global) {
  ProgramSpec program;
  program.global = GlobalSpecs(global);
  program.groups = {{"key", "passphrases, key files, rotation"}, {"records", "rows of databases and tables: look up, compare, bring back"},
                    {"recover", "rebuild what was lost from partial copies"}};
  program.commands.push_back(InitCommand());
  for (CommandSpec& command : KeyCommands()) program.commands.push_back(std::move(command));
  for (auto* make : {BackupCommand, SnapshotsCommand, LsCommand, FindCommand, DiffCommand, DumpCommand, StatsCommand,
                     RestoreCommand, VerifyCommand}) {
    program.commands.push_back(make());
  }
  for (CommandSpec& command : RecordsCommands()) program.commands.push_back(std::move(command));
  for (CommandSpec& command : RecoverCommands()) program.commands.push_back(std::move(command));
  for (auto* make : {CompletionCommand, ManCommand}) program.commands.push_back(make());
  return program;
}

}  // namespace pulih

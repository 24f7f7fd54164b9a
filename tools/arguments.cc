#include "tools/arguments.h"

#include <algorithm>

#include "engine/os/file_system.h"
#include "tools/config_file.h"

namespace pulih {
namespace {

constexpr uint64_t kMaxConfigFileSize = 1u << 20;

Status AssignAll(const std::vector<GivenOption>& given, Origin origin) {
  for (const GivenOption& one : given) PULIH_TRY(Assign(*one.option, one.values, origin));
  return OkStatus();
}

Status ReadConfigFile(const ProgramSpec& program, const CommandSpec* command, const GlobalOptions& global,
                      const EnvironmentLookup& environment) {
  std::string path = global.config;
  if (path.empty()) {
    const auto place = XdgPlace(environment, "XDG_CONFIG_HOME", ".config");
    if (!place) return OkStatus();
    path = *place + "/config.toml";
  }
  const std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  auto text = ReadWholeFile(*files, path, kMaxConfigFileSize);
  if (!text.ok()) {
    if (global.config.empty() && text.status().code() == Code::not_found) return OkStatus();
    return std::move(text).error().Within("reading the config file");
  }
  PULIH_TRY_ASSIGN(const auto values, ReadConfig(program, command, AsText(*text), path));
  return AssignAll(values, Origin::config_file);
}

Status ReadEnvironment(const std::vector<OptionSpec>& options, const EnvironmentLookup& environment) {
  for (const OptionSpec& option : options) {
    if (option.environment.empty()) continue;
    if (const auto value = environment(option.environment)) PULIH_TRY(Assign(option, {*value}, Origin::environment));
  }
  return OkStatus();
}

Status CheckRequired(const CommandSpec& command) {
  const auto is_missing = [](const OptionSpec& option) {
    if (!option.required) return false;
    if (const auto* text = std::get_if<std::string*>(&option.target)) return (*text)->empty();
    if (const auto* list = std::get_if<std::vector<std::string>*>(&option.target)) return (*list)->empty();
    if (const auto* number = std::get_if<std::optional<uint64_t>*>(&option.target)) return !(*number)->has_value();
    return false;
  };
  for (const auto* options : {&command.arguments, &command.options}) {
    for (const OptionSpec& option : *options) {
      if (!is_missing(option)) continue;
      const std::string name = SpokenName(option) + (option.value.empty() ? "" : " " + option.value);
      return UsageError(command.name + ": " + name + " is missing", "see `pulih " + command.name + " --help`");
    }
  }
  return OkStatus();
}

}  // namespace

std::optional<std::string> XdgPlace(const EnvironmentLookup& environment, const std::string& variable,
                                    const std::string& fallback) {
  // The XDG base directory specification: a relative path is to be ignored.
  if (const auto base = environment(variable); base && (*base)[0] == '/') return *base + "/pulih";
  if (const auto home = environment("HOME")) return *home + "/" + fallback + "/pulih";
  return std::nullopt;
}

Status FillIn(const ProgramSpec& program, const ParsedLine& line, const GlobalOptions& global,
              const EnvironmentLookup& environment) {
  // --config and --help first: they decide what else is read.
  PULIH_TRY(AssignAll(line.options, Origin::command_line));
  if (global.help || global.version || line.command == nullptr) return OkStatus();
  PULIH_TRY(ReadConfigFile(program, line.command, global, environment));
  PULIH_TRY(ReadEnvironment(program.global, environment));
  PULIH_TRY(AssignAll(line.options, Origin::command_line));
  return CheckRequired(*line.command);
}

}  // namespace pulih

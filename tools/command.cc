#include "tools/command.h"

#include <algorithm>
#include <charconv>

namespace pulih {
namespace {

Status BadValue(const OptionSpec& option, const std::string& value, const std::string& why) {
  return UsageError(SpokenName(option) + ": '" + value + "': " + why);
}

std::string AnyOf(const std::vector<std::string>& choices) {
  std::string all;
  for (const std::string& choice : choices) all += (all.empty() ? "" : ", ") + choice;
  return all;
}

Status CheckChoice(const OptionSpec& option, const std::string& value) {
  if (option.choices.empty() || std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end()) {
    return OkStatus();
  }
  return BadValue(option, value, "not one of " + AnyOf(option.choices));
}

Result<uint64_t> ParseNumber(const OptionSpec& option, const std::string& value) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return BadValue(option, value, "not a number");
  if (number < option.min || number > option.max) {
    return BadValue(option, value, "not between " + std::to_string(option.min) + " and " + std::to_string(option.max));
  }
  return number;
}

}  // namespace

std::string OptionSpec::long_name() const {
  const size_t dashes = names.find("--");
  return dashes == std::string::npos ? names : names.substr(dashes + 2);
}

std::string OptionSpec::short_name() const {
  return names.size() >= 2 && names[0] == '-' && names[1] != '-' ? names.substr(1, 1) : "";
}

const CommandSpec* ProgramSpec::Find(std::string_view name) const {
  for (const CommandSpec& command : commands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

const CommandGroup* ProgramSpec::FindGroup(std::string_view name) const {
  for (const CommandGroup& group : groups) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

Status UsageError(std::string message, std::string hint) {
  return Status(Code::invalid, std::move(message), std::move(hint));
}

std::string SpokenName(const OptionSpec& option) {
  return option.names.find("--") != std::string::npos ? "--" + option.long_name() : option.names;
}

Status Assign(const OptionSpec& option, const std::vector<std::string>& values, Origin origin) {
  if (values.empty()) return OkStatus();
  for (const std::string& value : values) PULIH_TRY(CheckChoice(option, value));
  const std::string& last = values.back();
  if (bool* const* flag = std::get_if<bool*>(&option.target)) {
    if (last != "true" && last != "false") return BadValue(option, last, "not true or false");
    **flag = last == "true";
  } else if (std::string* const* text = std::get_if<std::string*>(&option.target)) {
    **text = last;
  } else if (std::vector<std::string>* const* list = std::get_if<std::vector<std::string>*>(&option.target)) {
    **list = values;
  } else {
    PULIH_TRY_ASSIGN(const uint64_t number, ParseNumber(option, last));
    *std::get<std::optional<uint64_t>*>(option.target) = number;
  }
  if (option.origin != nullptr) *option.origin = origin;
  return OkStatus();
}

std::string Synopsis(const CommandSpec& command) {
  std::string line;
  const auto add = [&](const std::string& word) { line += (line.empty() ? "" : " ") + word; };
  if (std::any_of(command.options.begin(), command.options.end(), [](const OptionSpec& o) { return !o.required; })) {
    add("[OPTION]…");
  }
  for (const OptionSpec& option : command.options) {
    if (option.required) add(SpokenName(option) + " " + option.value);
  }
  for (const OptionSpec& argument : command.arguments) {
    const std::string word = argument.required ? argument.names : "[" + argument.names + "]";
    add(argument.is_list() ? word + "…" : word);
  }
  return line;
}

}  // namespace pulih

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/similar_word.h"
#include "tools/command_line.h"

namespace pulih {
namespace {

// One of our options beside CLI11's.
struct Bound {
  const OptionSpec* spec;
  CLI::Option* option;
  std::unique_ptr<std::vector<std::string>> values;  // of an argument
};

void Bind(CLI::App& app, const OptionSpec& spec, std::vector<Bound>& bound) {
  if (!spec.on_command_line) return;
  Bound one{&spec, nullptr, nullptr};
  if (spec.is_argument()) {
    one.values = std::make_unique<std::vector<std::string>>();
    one.option = app.add_option(spec.names, *one.values);
    one.option->expected(spec.is_list() ? -1 : 1)->type_size(1)->allow_extra_args(spec.is_list());
  } else if (spec.is_flag()) {
    one.option = app.add_flag(spec.names);
  } else {
    one.option = app.add_option(spec.names)->type_size(1)->expected(1);
  }
  // How often an option may be given is ours to say.
  one.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->required(false);
  bound.push_back(std::move(one));
}

// `commands` are the names of those that stand where `word` does; `before` is what stands in front: "records ".
Status NoCommand(const std::string& before, const std::string& word, const std::vector<std::string>& commands, std::string hint) {
  const std::string similar = SimilarWord(word, commands);
  if (!similar.empty()) hint = "did you mean `pulih " + before + similar + "`? " + hint;
  return UsageError("there is no command `" + before + word + "`", std::move(hint));
}

std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

// Whether `word` stands in front of the command that was found: `pulih help records`.
bool StandsBefore(const std::vector<std::string>& words, const std::string& word, const std::string& command) {
  const auto at = std::find(words.begin(), words.end(), word);
  return at != words.end() && at < std::find(words.begin(), words.end(), command);
}

Status Explain(const CLI::App& app, const CLI::App* chosen, const std::vector<std::string>& words, const CLI::ParseError& error) {
  std::string command = "pulih";
  if (chosen != nullptr) {
    const CLI::App* group = chosen->get_parent();  // of `records get`; the program itself for `ls`
    if (group != nullptr && group != &app) command += " " + group->get_name();
    command += " " + chosen->get_name();
  }
  const std::string hint = "see `" + command + " --help`";
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> extras = app.remaining(true);
    const std::string first = extras.empty() ? "" : extras.front();
    if (first.size() > 1 && first[0] == '-') return UsageError("there is no option " + first, hint);
    if (chosen == nullptr) return NoCommand("", first, CommandsOf(app), hint);
    const CLI::App* parent = chosen->get_parent();
    const std::string& outermost = parent != nullptr && parent != &app ? parent->get_name() : chosen->get_name();
    if (StandsBefore(words, first, outermost)) return NoCommand("", first, CommandsOf(app), hint);
    if (const std::vector<std::string> below = CommandsOf(*chosen); !below.empty()) return NoCommand(chosen->get_name() + " ", first, below, hint);
    return UsageError("'" + first + "' is one argument too many", hint);
  }
  std::string message = error.what();
  if (const size_t at = message.find(" requires"); at != std::string::npos && at < message.size()) {
    message = message.substr(0, at) + ": a value is missing";
  }
  if (const size_t at = message.find(": 1 required"); at != std::string::npos) {
    message = message.substr(0, at) + ": a value is missing";
  }
  return UsageError(message, hint);
}

std::vector<std::string> ValuesOf(const Bound& bound) {
  if (!bound.spec->is_flag()) return bound.values ? *bound.values : bound.option->results();
  return {bound.option->as<std::vector<bool>>().back() ? "true" : "false"};
}

// The words behind `--` are arguments whatever they look like. (CLI11 hands them to the program instead of the command
// once the command's list of paths has a word.)
Status TakeArguments(const std::vector<std::string>& words, ParsedLine& line) {
  size_t next = 0;
  for (const std::string& word : words) {
    const OptionSpec* argument = nullptr;
    std::vector<std::string>* values = nullptr;
    while (line.command != nullptr && next < line.command->arguments.size() && argument == nullptr) {
      const OptionSpec& candidate = line.command->arguments[next];
      const auto given = std::find_if(line.options.begin(), line.options.end(), [&](const GivenOption& g) { return g.option == &candidate; });
      if (given == line.options.end()) {
        argument = &candidate;
        values = &line.options.emplace_back(GivenOption{argument, {}}).values;
      } else if (candidate.is_list()) {
        argument = &candidate;
        values = &given->values;
      } else {
        ++next;
      }
    }
    if (argument == nullptr) return UsageError("'" + word + "' is one argument too many");
    values->push_back(word);
  }
  return OkStatus();
}

}  // namespace

Result<ParsedLine> ParseCommandLine(const ProgramSpec& program, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.require_subcommand(0, 1);
  std::vector<Bound> bound;
  // Global options stand before the command or after it, so each command gets them too. (CLI11 could pass up what a
  // command does not know, but would then take the PATH in `backup restore` for another command.)
  const auto bind_global = [&](CLI::App& to) {
    for (const OptionSpec& option : program.global) Bind(to, option, bound);
  };
  bind_global(app);

  std::vector<std::pair<const CommandGroup*, CLI::App*>> groups;
  for (const CommandGroup& group : program.groups) {
    CLI::App* sub = app.add_subcommand(group.name);
    sub->require_subcommand(0, 1);
    bind_global(*sub);
    groups.emplace_back(&group, sub);
  }
  std::vector<std::pair<const CommandSpec*, CLI::App*>> commands;
  for (const CommandSpec& command : program.commands) {
    const size_t blank = command.name.find(' ');
    CLI::App* parent = blank == std::string::npos ? &app : app.get_subcommand(command.name.substr(0, blank));
    CLI::App* sub = parent->add_subcommand(blank == std::string::npos ? command.name : command.name.substr(blank + 1));
    bind_global(*sub);
    for (const OptionSpec& option : command.options) Bind(*sub, option, bound);
    for (const OptionSpec& argument : command.arguments) Bind(*sub, argument, bound);
    commands.emplace_back(&command, sub);
  }

  const auto chosen = [&]() -> const CLI::App* {
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return at == &app ? nullptr : at;
  };
  const auto end_of_options = std::find(words.begin(), words.end(), "--");
  try {
    app.parse(std::vector<std::string>(std::make_reverse_iterator(end_of_options), words.rend()));
  } catch (const CLI::ParseError& error) {
    return Explain(app, chosen(), words, error);
  }

  ParsedLine line;
  for (const auto& [group, sub] : groups) {
    if (sub == chosen()) line.group = group;
  }
  for (const auto& [command, sub] : commands) {
    if (sub == chosen()) line.command = command;
  }
  for (const Bound& one : bound) {
    if (one.option->count() == 0) continue;
    const std::vector<std::string> values = ValuesOf(one);
    const auto given = std::find_if(line.options.begin(), line.options.end(), [&](const GivenOption& g) { return g.option == one.spec; });
    if (given == line.options.end()) {
      line.options.push_back({one.spec, values});
    } else if (!one.spec->is_flag()) {
      given->values.insert(given->values.end(), values.begin(), values.end());
    }
  }
  if (end_of_options != words.end()) PULIH_TRY(TakeArguments({end_of_options + 1, words.end()}, line));
  return line;
}

}  // namespace pulih

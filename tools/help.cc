#include "tools/help.h"

#include <algorithm>

#include "tools/render.h"

namespace pulih {
namespace {

constexpr size_t kColumns = 100;
constexpr size_t kHeadingColumns = 34;

std::string Indented(std::string_view text, size_t indent) {
  std::string out;
  for (const std::string& line : Wrap(text, kColumns - indent)) {
    out += (line.empty() ? "" : std::string(indent, ' ') + line) + "\n";
  }
  return out;
}

// A heading, and its text beside it, or below where the heading is long.
std::string Row(const std::string& heading, const std::string& text) {
  std::string out = "  " + heading;
  const std::vector<std::string> lines = Wrap(text, kColumns - kHeadingColumns);
  bool beside = heading.size() + 4 <= kHeadingColumns;
  if (!beside) out += "\n";
  for (const std::string& line : lines) {
    out += beside ? Pad("", kHeadingColumns - heading.size() - 2, Align::left) : std::string(kHeadingColumns, ' ');
    out += line + "\n";
    beside = false;
  }
  return out;
}

std::string OptionRows(const std::vector<OptionSpec>& options) {
  std::string out;
  for (const OptionSpec* option : Visible(options)) out += Row(OptionHeading(*option), OptionText(*option));
  return out;
}

bool IsInGroup(const CommandSpec& command, const CommandGroup& group) {
  return command.name.starts_with(group.name + " ");
}

}  // namespace

std::vector<const OptionSpec*> Visible(const std::vector<OptionSpec>& options) {
  std::vector<const OptionSpec*> visible;
  for (const OptionSpec& option : options) {
    if (option.on_command_line) visible.push_back(&option);
  }
  return visible;
}

std::string OptionHeading(const OptionSpec& option) {
  if (option.is_argument()) return option.names;
  std::string heading = option.short_name().empty() ? "    " : "-" + option.short_name() + ", ";
  heading += "--" + option.long_name();
  return option.value.empty() ? heading : heading + " " + option.value;
}

std::string OptionText(const OptionSpec& option) {
  std::string text = option.help;
  if (!option.choices.empty()) {
    const bool is_told = std::all_of(option.choices.begin(), option.choices.end(),
                                     [&](const std::string& choice) { return option.help.find(choice) != std::string::npos; });
    std::string all;
    for (const std::string& choice : option.choices) all += (all.empty() ? "" : ", ") + choice;
    if (!is_told) text += ": " + all;
  }
  return option.environment.empty() ? text : text + " [" + option.environment + "]";
}

std::string ProgramHelp(const ProgramSpec& program) {
  std::string out = "pulih: encrypted, deduplicated backups that can be verified and brought back\n\n";
  out += "usage: pulih [OPTION]… COMMAND [OPTION]… [ARGUMENT]…\n\ncommands:\n";
  const CommandGroup* last_group = nullptr;
  for (const CommandSpec& command : program.commands) {
    const CommandGroup* group = nullptr;
    for (const CommandGroup& one : program.groups) {
      if (IsInGroup(command, one)) group = &one;
    }
    if (group == nullptr) {
      out += Row(command.name, command.summary);
    } else if (group != last_group) {
      std::string names;
      for (const CommandSpec& member : program.commands) {
        if (IsInGroup(member, *group)) names += (names.empty() ? "" : "|") + member.name.substr(group->name.size() + 1);
      }
      out += Row(group->name + " " + names, group->summary);
    }
    last_group = group;
  }
  out += "\noptions of every command, before or after its name:\n" + OptionRows(program.global);
  out += "\nPULIH_PASSPHRASE holds the passphrase where no file and no command gives it.\n";
  out += "`pulih COMMAND --help` explains a command.\n";
  return out;
}

std::string GroupHelp(const ProgramSpec& program, const CommandGroup& group) {
  std::string out = "pulih " + group.name + ": " + group.summary + "\n\ncommands:\n";
  for (const CommandSpec& command : program.commands) {
    if (IsInGroup(command, group)) out += Row(command.name, command.summary);
  }
  return out + "\n`pulih " + group.name + " COMMAND --help` explains a command.\n";
}

std::string CommandHelp(const ProgramSpec& program, const CommandSpec& command) {
  const std::string synopsis = Synopsis(command);
  std::string out = "pulih " + command.name + ": " + command.summary + "\n\nusage: pulih " + command.name + (synopsis.empty() ? "" : " " + synopsis) + "\n\n";
  out += Indented(command.description, 0);
  if (!command.arguments.empty()) out += "\narguments:\n" + OptionRows(command.arguments);
  if (!command.options.empty()) out += "\noptions:\n" + OptionRows(command.options);
  std::vector<OptionSpec> global = program.global;
  if (!command.needs_repository) std::erase_if(global, [](const OptionSpec& option) { return option.of_repository; });
  out += "\noptions of every command:\n" + OptionRows(global);
  if (!command.examples.empty()) out += "\nexamples:\n";
  for (const Example& example : command.examples) {
    if (!example.what.empty()) out += "  " + example.what + ":\n";
    out += (example.what.empty() ? "  " : "    ") + example.command + "\n";
  }
  return out;
}

const std::vector<std::pair<int, std::string_view>>& ExitCodeTable() {
  static const std::vector<std::pair<int, std::string_view>> kTable = {
      {0, "done"},
      {1, "failed"},
      {2, "the command line, the config file or an argument makes no sense"},
      {3, "done, but something was damaged, skipped or incomplete: the report says what"},
      {10, "there is no repository"},
      {11, "in use"},
      {12, "wrong key or passphrase, or the role of the key may not do this"},
      {130, "interrupted"},
  };
  return kTable;
}

std::string MarkdownTable(const std::vector<OptionSpec>& arguments, const std::vector<OptionSpec>& options) {
  // '|' would end a cell, '<' begin a tag.
  const auto cell = [](std::string text) {
    for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
    return text;
  };
  std::string out = "| option | meaning |\n|---|---|\n";
  for (const auto* specs : {&arguments, &options}) {
    for (const OptionSpec* option : Visible(*specs)) {
      std::string heading = OptionHeading(*option);
      heading.erase(0, heading.find_first_not_of(' '));
      out += "| `" + cell(heading) + "` | " + cell(OptionText(*option)) + " |\n";
    }
  }
  return out;
}

}  // namespace pulih

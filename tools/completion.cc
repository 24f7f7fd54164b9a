#include "tools/completion.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "tools/help.h"

namespace pulih {
namespace {

// 'text' for a shell of the Bourne family, and for fish.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// A description inside zsh's _arguments: brackets and colons end it there.
std::string ZshText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

// First words of all commands: "init", "key", "backup", …
std::vector<std::string> TopWords(const ProgramSpec& program) {
  std::vector<std::string> words;
  for (const CommandSpec& command : program.commands) {
    const std::string first = command.name.substr(0, command.name.find(' '));
    if (std::find(words.begin(), words.end(), first) == words.end()) words.push_back(first);
  }
  return words;
}

std::vector<std::string> MemberWords(const ProgramSpec& program, const CommandGroup& group) {
  std::vector<std::string> words;
  for (const CommandSpec& command : program.commands) {
    if (command.name.starts_with(group.name + " ")) words.push_back(command.name.substr(group.name.size() + 1));
  }
  return words;
}

std::vector<std::string> OptionWords(const std::vector<OptionSpec>& options) {
  std::vector<std::string> words;
  for (const OptionSpec* option : Visible(options)) {
    if (!option->short_name().empty()) words.push_back("-" + option->short_name());
    words.push_back("--" + option->long_name());
  }
  return words;
}

std::string_view SummaryOf(const ProgramSpec& program, const std::string& word) {
  if (const CommandGroup* group = program.FindGroup(word)) return group->summary;
  const CommandSpec* command = program.Find(word);
  return command != nullptr ? std::string_view(command->summary) : std::string_view();
}

std::string BashPattern(const OptionSpec& option) {
  return (option.short_name().empty() ? "" : "-" + option.short_name() + "|") + "--" + option.long_name();
}

// What is offered for an option's value.
std::string BashReply(const OptionSpec& option) {
  if (!option.choices.empty()) return "COMPREPLY=($(compgen -W " + Quoted(Joined(option.choices)) + " -- \"$word\"))";
  if (option.completes == Completes::file) return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")";
  if (option.completes == Completes::directory) return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\")";
  return "COMPREPLY=()";
}

// A word and what may come behind it.
std::string BashBeginning(const std::string& words) { return Quoted(words) + "|" + Quoted(words + " ") + "*"; }

// The options that take a value, each name once. One that offers something else in another command (--table: files for
// `backup`, a name for `records diff`) asks which command it is.
class BashValues {
 public:
  // `command`: empty for an option of all commands.
  void Add(const OptionSpec& option, const std::string& command) {
    if (option.is_flag()) return;
    const std::string pattern = BashPattern(option);
    auto value = std::find_if(values_.begin(), values_.end(), [&](const Value& one) { return one.pattern == pattern; });
    if (value == values_.end()) value = values_.insert(values_.end(), Value{pattern, {}});
    value->commands[BashReply(option)].push_back(command);
  }

  std::string Patterns() const {
    std::string patterns;
    for (const Value& value : values_) patterns += (patterns.empty() ? "" : "|") + value.pattern;
    return patterns;
  }

  std::string Arms() const {
    std::string arms;
    for (const Value& value : values_) {
      const bool is_alike = value.commands.size() == 1;
      arms += "    " + value.pattern + ") " + (is_alike ? value.commands.begin()->first : "case $command in\n" + ByCommand(value) + "      esac") + "; return ;;\n";
    }
    return arms;
  }

 private:
  struct Value {
    std::string pattern;
    std::map<std::string, std::vector<std::string>> commands;  // by what is offered
  };

  static std::string ByCommand(const Value& value) {
    std::string arms;
    for (const auto& [reply, commands] : value.commands) {
      std::string beginnings;
      for (const std::string& command : commands) beginnings += (beginnings.empty() ? "" : "|") + BashBeginning(command);
      arms += "      " + beginnings + ") " + reply + " ;;\n";
    }
    return arms;
  }

  std::vector<Value> values_;
};

bool TakesFiles(const CommandSpec& command) {
  return std::any_of(command.arguments.begin(), command.arguments.end(),
                     [](const OptionSpec& argument) { return argument.completes != Completes::nothing; });
}

}  // namespace

std::string BashCompletion(const ProgramSpec& program) {
  BashValues values;
  for (const OptionSpec* option : Visible(program.global)) values.Add(*option, "");
  for (const CommandSpec& command : program.commands) {
    for (const OptionSpec* option : Visible(command.options)) values.Add(*option, command.name);
  }

  std::string out = "# bash completion for pulih; made by `pulih completion bash`\n_pulih() {\n";
  out += "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command='' i\n  COMPREPLY=()\n";
  out += "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n";
  out += "      " + values.Patterns() + ") ((i++)) ;;\n      -*) ;;\n";
  out += "      *) command+=${command:+ }${COMP_WORDS[i]} ;;\n    esac\n  done\n";
  out += "  case $previous in\n" + values.Arms() + "  esac\n";
  out += "  local options=" + Quoted(Joined(OptionWords(program.global))) + " words=''\n  case $command in\n";
  out += "    '') words=" + Quoted(Joined(TopWords(program))) + " ;;\n";
  for (const CommandGroup& group : program.groups) {
    out += "    " + Quoted(group.name) + ") words=" + Quoted(Joined(MemberWords(program, group))) + " ;;\n";
  }
  for (const CommandSpec& command : program.commands) {
    std::string action = "options+=" + Quoted(" " + Joined(OptionWords(command.options)));
    for (const OptionSpec& argument : command.arguments) {
      if (!argument.choices.empty()) action += "; words=" + Quoted(Joined(argument.choices));
    }
    if (TakesFiles(command)) {
      action += "; [[ $word == -* ]] || { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return; }";
    }
    out += "    " + BashBeginning(command.name) + ") " + action + " ;;\n";
  }
  out += "  esac\n  [[ $word == -* ]] && words=$options\n";
  out += "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -F _pulih pulih\n";
  return out;
}

namespace {

std::string ZshAction(const OptionSpec& option) {
  if (!option.choices.empty()) return "(" + Joined(option.choices) + ")";
  if (option.completes == Completes::file) return "_files";
  if (option.completes == Completes::directory) return "_files -/";
  return "";
}

std::string ZshOption(const OptionSpec& option) {
  std::string out;
  std::vector<std::string> names;
  if (!option.short_name().empty()) names.push_back("-" + option.short_name());
  names.push_back("--" + option.long_name());
  for (const std::string& name : names) {
    std::string spec = (option.is_list() ? "*" : "") + name + "[" + ZshText(option.help) + "]";
    if (!option.is_flag()) spec += ":" + ZshText(option.value) + ":" + ZshAction(option);
    out += " \\\n      " + Quoted(spec);
  }
  return out;
}

std::string ZshDescribe(const ProgramSpec& program, const std::vector<std::string>& words, const std::string& prefix) {
  std::string out = "      local -a words_here=(";
  for (const std::string& word : words) out += "\n        " + Quoted(ZshText(word) + ":" + std::string(SummaryOf(program, prefix + word)));
  return out + ")\n      _describe command words_here\n";
}

}  // namespace

std::string ZshCompletion(const ProgramSpec& program) {
  std::string global;
  for (const OptionSpec* option : Visible(program.global)) global += ZshOption(*option);
  std::string out = "#compdef pulih\n# zsh completion for pulih; made by `pulih completion zsh`\n_pulih() {\n";
  out += "  local context state line curcontext=$curcontext\n  typeset -A opt_args\n";
  out += "  local -a global=(" + global + ")\n  _arguments -C $global '1: :->command' '*:: :->rest'\n";
  out += "  case $state in\n    command)\n" + ZshDescribe(program, TopWords(program), "") + "      ;;\n    rest)\n";
  out += "      local name=$line[1]\n      case $name in\n";
  for (const CommandGroup& group : program.groups) {
    out += "        " + group.name + ")\n          if ((CURRENT == 1)); then\n" +
           ZshDescribe(program, MemberWords(program, group), group.name + " ") +
           "            return\n          fi\n          name=\"" + group.name + " $words[1]\"\n          shift words\n          ((CURRENT--))\n          ;;\n";
  }
  out += "      esac\n      case $name in\n";
  for (const CommandSpec& command : program.commands) {
    std::string specs;
    for (const OptionSpec* option : Visible(command.options)) specs += ZshOption(*option);
    for (const OptionSpec& argument : command.arguments) {
      specs += " \\\n      " + Quoted(std::string(argument.is_list() ? "*" : "") + ":" + ZshText(argument.names) + ":" + ZshAction(argument));
    }
    out += "        " + Quoted(command.name) + ") _arguments $global" + specs + " ;;\n";
  }
  return out + "      esac\n      ;;\n  esac\n}\n_pulih \"$@\"\n";
}

namespace {

std::string FishOption(const OptionSpec& option, const std::string& condition) {
  std::string line = "complete -c pulih" + condition;
  if (!option.short_name().empty()) line += " -s " + option.short_name();
  line += " -l " + option.long_name();
  if (!option.is_flag()) {
    line += " -r";
    if (!option.choices.empty()) {
      line += " -f -a " + Quoted(Joined(option.choices));
    } else if (option.completes == Completes::directory) {
      line += " -f -a '(__fish_complete_directories)'";
    } else {
      line += option.completes == Completes::file ? " -F" : " -f";
    }
  }
  return line + " -d " + Quoted(option.help) + "\n";
}

}  // namespace

std::string FishCompletion(const ProgramSpec& program) {
  std::string out = "# fish completion for pulih; made by `pulih completion fish`\ncomplete -c pulih -f\n";
  for (const OptionSpec* option : Visible(program.global)) out += FishOption(*option, "");
  const std::vector<std::string> top = TopWords(program);
  for (const std::string& word : top) {
    out += "complete -c pulih -n __fish_use_subcommand -a " + word + " -d " + Quoted(SummaryOf(program, word)) + "\n";
  }
  for (const CommandGroup& group : program.groups) {
    const std::vector<std::string> members = MemberWords(program, group);
    const std::string condition =
        " -n '__fish_seen_subcommand_from " + group.name + "; and not __fish_seen_subcommand_from " + Joined(members) + "'";
    for (const std::string& member : members) {
      out += "complete -c pulih" + condition + " -a " + member + " -d " + Quoted(SummaryOf(program, group.name + " " + member)) + "\n";
    }
  }
  for (const CommandSpec& command : program.commands) {
    const size_t blank = command.name.find(' ');
    std::string test = "__fish_seen_subcommand_from " + command.name.substr(0, blank);
    if (blank != std::string::npos) test += "; and __fish_seen_subcommand_from " + command.name.substr(blank + 1);
    const std::string condition = " -n '" + test + "'";
    for (const OptionSpec* option : Visible(command.options)) out += FishOption(*option, condition);
    for (const OptionSpec& argument : command.arguments) {
      if (!argument.choices.empty()) out += "complete -c pulih" + condition + " -a " + Quoted(Joined(argument.choices)) + "\n";
    }
    if (TakesFiles(command)) out += "complete -c pulih" + condition + " -F\n";
  }
  return out;
}

}  // namespace pulih

// The one description of commands and options: is it complete, and does each option fill in something of its own.
#include "tools/command.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tools/command_list.h"
#include "tools/command_line.h"
#include "tools/completion.h"
#include "tools/help.h"
#include "tools/man_page.h"

using namespace pulih;

namespace {

const void* AddressOf(const OptionSpec& option) {
  return std::visit([](auto* target) { return static_cast<const void*>(target); }, option.target);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

template <typename F>
void ForEachOption(const ProgramSpec& program, F each) {
  for (const OptionSpec& option : program.global) each(option, "pulih");
  for (const CommandSpec& command : program.commands) {
    for (const OptionSpec& option : command.options) each(option, command.name);
    for (const OptionSpec& argument : command.arguments) each(argument, command.name);
  }
}

// The page of a command in docs/commands/: those of a group share one.
std::string DocPage(const std::string& command) {
  return std::string(PULIH_SOURCE_DIR) + "/docs/commands/" + command.substr(0, command.find(' ')) + ".md";
}

}  // namespace

TEST_CASE("every option has a help text, a target of its own and a name that is free") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  std::set<const void*> targets;
  std::set<std::string> global_names;
  for (const OptionSpec& option : program.global) {
    CHECK(global_names.insert(option.long_name()).second);
    if (!option.short_name().empty()) CHECK(global_names.insert(option.short_name()).second);
  }
  ForEachOption(program, [&](const OptionSpec& option, const std::string& command) {
    INFO(command << " " << option.names);
    CHECK_FALSE(option.help.empty());
    CHECK(std::isupper(static_cast<unsigned char>(option.help[0])) == 0);
    CHECK(option.help.back() != '.');
    REQUIRE(AddressOf(option) != nullptr);
    CHECK(targets.insert(AddressOf(option)).second);
    CHECK(option.is_flag() == (option.value.empty() && !option.is_argument()));
  });
  for (const CommandSpec& command : program.commands) {
    INFO(command.name);
    std::set<std::string> names = global_names;
    for (const OptionSpec& option : command.options) {
      INFO(option.names);
      CHECK(names.insert(option.long_name()).second);
      if (!option.short_name().empty()) CHECK(names.insert(option.short_name()).second);
    }
    CHECK_FALSE(command.summary.empty());
    CHECK_FALSE(command.description.empty());
    CHECK_FALSE(command.examples.empty());
    CHECK(command.run != nullptr);
  }
}

TEST_CASE("a value given on the command line arrives in the option's variable") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  for (const CommandSpec& command : program.commands) {
    for (const auto* options : {&command.options, &program.global}) {
      for (const OptionSpec& option : *options) {
        if (!option.on_command_line) continue;
        const std::string value = !option.choices.empty()                                          ? option.choices.back()
                                  : std::holds_alternative<std::optional<uint64_t>*>(option.target) ? std::to_string(option.min)
                                                                                                    : "-strange value";
        std::vector<std::string> words;
        std::istringstream name(command.name);
        for (std::string word; name >> word;) words.push_back(word);
        words.push_back("--" + option.long_name());
        if (!option.is_flag()) words.push_back(value);
        INFO(command.name << " --" << option.long_name() << " " << value);
        auto line = ParseCommandLine(program, words);
        REQUIRE(line.ok());
        CHECK(line->command == &command);
        REQUIRE(line->options.size() == 1);
        CHECK(line->options[0].option == &option);
        CHECK(line->options[0].values == std::vector<std::string>{option.is_flag() ? "true" : value});
        REQUIRE(Assign(option, line->options[0].values, Origin::command_line).ok());
        if (option.is_flag()) CHECK(*std::get<bool*>(option.target));
        if (option.is_list()) CHECK(std::get<std::vector<std::string>*>(option.target)->back() == value);
        if (const auto* text = std::get_if<std::string*>(&option.target)) CHECK(**text == value);
        if (const auto* number = std::get_if<std::optional<uint64_t>*>(&option.target)) CHECK((*number)->value() == option.min);
      }
    }
  }
}

TEST_CASE("each option's variable is read by its command") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  // The member behind `.target = &a->member` must stand once more in the file that names it, or in a file that uses
  // what it belongs to; a description without a use is a promise that nobody keeps.
  const std::string source_of_rows = ReadFile(std::string(PULIH_SOURCE_DIR) + "/tools/row_sources.cc");
  const std::string source_of_passphrases = ReadFile(std::string(PULIH_SOURCE_DIR) + "/tools/passphrase_source.cc");
  for (const char* file : {"cmd_init", "cmd_key", "cmd_key_export", "cmd_key_rotate", "cmd_backup", "cmd_ls", "cmd_find", "cmd_diff",
                           "cmd_dump", "cmd_restore", "cmd_verify", "cmd_snapshots", "cmd_records", "cmd_records_changes", "cmd_records_restore",
                           "cmd_records_export"}) {
    const std::string text = ReadFile(std::string(PULIH_SOURCE_DIR) + "/tools/" + file + ".cc");
    REQUIRE_FALSE(text.empty());
    for (size_t at = 0; (at = text.find(".target = &", at)) != std::string::npos; ++at) {
      const size_t arrow = text.find_first_of(".>", at + 11) + 1;
      const std::string member = text.substr(arrow, text.find_first_of(",}", arrow) - arrow);
      INFO(file << ": " << member);
      size_t uses = 0;
      for (size_t use = 0; (use = text.find("." + member, use)) != std::string::npos; ++use) ++uses;
      // What NewPassphraseOptions describes is read where passphrases are.
      if (std::string(file) == "cmd_key" && source_of_passphrases.find("source." + member) != std::string::npos) ++uses;
      // What names rows is read where their sources are made.
      if (member.starts_with("rows.") && source_of_rows.find("arguments." + member.substr(5)) != std::string::npos) ++uses;
      CHECK(uses >= (text[arrow - 1] == '.' ? 2u : 1u));
    }
  }
}

TEST_CASE("global options may stand before or after the command, and lists may repeat") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  const auto line = ParseCommandLine(program, {"-r", "/before", "backup", "--tag", "a", "x", "--json", "--tag", "b", "y", "-v"});
  REQUIRE(line.ok());
  CHECK(line->command->name == "backup");
  for (const GivenOption& given : line->options) {
    if (given.option->names == "PATH") CHECK(given.values == std::vector<std::string>{"x", "y"});
    if (given.option->names == "--tag") CHECK(given.values == std::vector<std::string>{"a", "b"});
    if (given.option->names == "-r,--repo") CHECK(given.values == std::vector<std::string>{"/before"});
  }
  CHECK(line->options.size() == 5);
}

TEST_CASE("arguments may be called like commands, and options end at --") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  const auto line = ParseCommandLine(program, {"backup", "restore", "key", "--", "--tag", "-x"});
  REQUIRE(line.ok());
  CHECK(line->command->name == "backup");
  REQUIRE(line->options.size() == 1);
  CHECK(line->options[0].values == std::vector<std::string>{"restore", "key", "--tag", "-x"});
}

TEST_CASE("what no command takes is told by name") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  const auto refused = [&](const std::vector<std::string>& words, const std::string& name) {
    const auto line = ParseCommandLine(program, words);
    REQUIRE_FALSE(line.ok());
    CHECK(line.status().code() == Code::invalid);
    INFO(line.status().message());
    CHECK(line.status().message().find(name) != std::string::npos);
  };
  refused({"frobnicate"}, "frobnicate");
  refused({"snapshots", "--frobnicate"}, "--frobnicate");
  refused({"snapshots", "extra"}, "extra");
  refused({"key", "frobnicate"}, "frobnicate");
  refused({"restore", "latest", "--to"}, "--to");
  CHECK(ParseCommandLine(program, {"key"})->group->name == "key");
  CHECK(ParseCommandLine(program, {})->command == nullptr);
}

TEST_CASE("a value outside its bounds or choices is refused with the option's name") {
  std::optional<uint64_t> level;
  std::string role;
  const OptionSpec number{.names = "--level", .value = "N", .help = "x", .target = &level, .min = 1, .max = 12};
  const OptionSpec choice{.names = "--role", .value = "ROLE", .help = "x", .target = &role, .choices = {"a", "b"}};
  for (const char* bad : {"0", "13", "x", "", "-1", "1.5", "99999999999999999999"}) {
    INFO(bad);
    const Status status = Assign(number, {bad}, Origin::command_line);
    CHECK(status.code() == Code::invalid);
    CHECK(status.message().find("--level") != std::string::npos);
  }
  CHECK(Assign(number, {"12"}, Origin::command_line).ok());
  CHECK(level == 12u);
  CHECK(Assign(choice, {"c"}, Origin::command_line).code() == Code::invalid);
}

TEST_CASE("help names every option of a command and every command") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  const std::string all = ProgramHelp(program);
  for (const CommandSpec& command : program.commands) {
    const std::string help = CommandHelp(program, command);
    for (const OptionSpec& option : command.options) CHECK(help.find("--" + option.long_name()) != std::string::npos);
    CHECK(all.find(command.name.substr(command.name.find(' ') + 1)) != std::string::npos);
    for (size_t from = 0; from < help.size();) {
      const size_t end = help.find('\n', from);
      const std::string_view line = std::string_view(help).substr(from, end - from);
      const bool is_example = line.starts_with("    pulih") || line.starts_with("  pulih") || line.find(" | ") != std::string_view::npos;
      INFO(line);
      CHECK((line.size() <= 130 || is_example));
      from = end + 1;
    }
  }
  CHECK(all.find("--passphrase TEXT") == std::string::npos);  // a secret has no place on the command line
}

TEST_CASE("nothing promises a command that does not exist") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  std::string all = ProgramHelp(program);
  for (const CommandSpec& command : program.commands) all += CommandHelp(program, command);
  // A name may be broken over two lines.
  all = std::regex_replace(all, std::regex("\\s+"), " ");
  for (size_t at = 0; (at = all.find("`pulih ", at)) != std::string::npos; ++at) {
    const std::string words = all.substr(at + 7, all.find('`', at + 1) - at - 7);
    if (words.starts_with("COMMAND") || words.starts_with("--") || words.find("COMMAND") != std::string::npos) continue;
    INFO(words);
    const bool exists = std::any_of(program.commands.begin(), program.commands.end(),
                                    [&](const CommandSpec& command) { return (words + " ").starts_with(command.name + " "); });
    CHECK(exists);
  }
}

TEST_CASE("completion scripts are shell, and offer every command") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  const auto parses = [](const std::string& shell, const std::string& script) {
    if (std::system(("command -v " + shell + " >/dev/null 2>&1").c_str()) != 0) return true;  // not on this machine
    const std::string file = "completion_test." + shell;
    std::ofstream(file) << script;
    const bool ok = std::system((shell + " -n " + file).c_str()) == 0;
    std::remove(file.c_str());
    return ok;
  };
  CHECK(parses("bash", BashCompletion(program)));
  CHECK_FALSE(parses("bash", BashCompletion(program) + "\nif then"));
  CHECK(parses("zsh", ZshCompletion(program)));
  CHECK(parses("fish", FishCompletion(program)));
  for (const std::string& script : {BashCompletion(program), ZshCompletion(program), FishCompletion(program)}) {
    for (const CommandSpec& command : program.commands) CHECK(script.find(command.name.substr(command.name.find(' ') + 1)) != std::string::npos);
    CHECK(script.find("if-changed") != std::string::npos);
  }
}

TEST_CASE("bash offers files for --table where it is a file, and not where it is a table") {
  if (std::system("command -v bash >/dev/null 2>&1") != 0) return;  // not on this machine
  GlobalOptions global;
  const std::string file = "completion_values.bash";
  std::ofstream(file) << BashCompletion(DescribeProgram(global)) <<
      "compopt() { :; }\n"  // of a shell that is completing; this one is not
      "offered() { COMP_WORDS=(pulih \"$@\" '') COMP_CWORD=$(($# + 1)); _pulih; [ ${#COMPREPLY[@]} -gt 0 ]; }\n"
      "offered backup /srv --table && offered --repo x backup --table && ! offered records diff a b --table && "
      "! offered records export latest --table && offered records restore --mode\n";
  CHECK(std::system(("bash " + file).c_str()) == 0);
  std::remove(file.c_str());
}

TEST_CASE("there is a man page for each command, with its options") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  const auto pages = ManPages(program);
  CHECK(pages.size() == program.commands.size() + 1);
  for (const auto& [name, text] : pages) {
    INFO(name);
    CHECK(name.ends_with(".1"));
    CHECK(text.starts_with(".TH "));
    CHECK(text.find(".SH NAME") != std::string::npos);
  }
  const auto backup = std::find_if(pages.begin(), pages.end(), [](const auto& page) { return page.first == "pulih-backup.1"; });
  REQUIRE(backup != pages.end());
  CHECK(backup->second.find("exclude\\-if\\-present") != std::string::npos);
}

// With PULIH_UPDATE_DOCS set the tables are written instead of compared.
TEST_CASE("the option tables in docs/commands are those of the commands") {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  const bool update = std::getenv("PULIH_UPDATE_DOCS") != nullptr;
  const auto check = [&](const std::string& page, const std::string& name, const std::string& table) {
    INFO(page << ": " << name);
    std::string text = ReadFile(page);
    const std::string begin = "<!-- options: " + name + " -->\n", end = "<!-- end -->\n";
    const size_t from = text.find(begin);
    REQUIRE(from != std::string::npos);
    const size_t start = from + begin.size();
    const size_t stop = text.find(end, start);
    REQUIRE(stop != std::string::npos);
    if (update) {
      text.replace(start, stop - start, table);
      std::ofstream(page, std::ios::binary) << text;
    } else {
      CHECK(text.substr(start, stop - start) == table);
    }
  };
  check(std::string(PULIH_SOURCE_DIR) + "/docs/commands/README.md", "global", MarkdownTable({}, program.global));
  for (const CommandSpec& command : program.commands) {
    if (!command.options.empty() || !command.arguments.empty()) {
      check(DocPage(command.name), command.name, MarkdownTable(command.arguments, command.options));
    }
    CHECK(ReadFile(DocPage(command.name)).find("pulih " + command.name + (Synopsis(command).empty() ? "" : " " + Synopsis(command))) != std::string::npos);
  }
  const std::string readme = ReadFile(std::string(PULIH_SOURCE_DIR) + "/docs/commands/README.md");
  for (const auto& [code, meaning] : ExitCodeTable()) {
    CHECK(readme.find("| " + std::to_string(code) + " | " + std::string(meaning) + " |") != std::string::npos);
  }
}

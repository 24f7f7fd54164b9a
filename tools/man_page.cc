#include "tools/man_page.h"

#include <algorithm>

#include "tools/help.h"

namespace pulih {
namespace {

// Text inside roff: a backslash begins an escape, a dash would become a hyphen, and a line that begins with a dot
// or a quote is a request.
std::string Roff(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins_line = i == 0 || text[i - 1] == '\n';
    if (begins_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Heading(const std::string& page, const std::string& summary) {
  return ".TH \"" + Roff(page) + "\" 1 \"\" \"pulih " PULIH_VERSION "\" \"pulih\"\n.SH NAME\n" + Roff(page) + " \\- " + Roff(summary) + "\n";
}

std::string Paragraphs(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    out += (out.empty() ? "" : ".PP\n") + Roff(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return out;
}

std::string OptionList(const std::vector<OptionSpec>& options) {
  std::string out;
  for (const OptionSpec* option : Visible(options)) {
    std::string heading = OptionHeading(*option);
    heading.erase(0, heading.find_first_not_of(' '));
    out += ".TP\n\\fB" + Roff(heading) + "\\fR\n" + Roff(OptionText(*option)) + ".\n";
  }
  return out;
}

std::string ExitCodes() {
  std::string out = ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : ExitCodeTable()) out += ".TP\n\\fB" + std::to_string(code) + "\\fR\n" + Roff(meaning) + ".\n";
  return out;
}

std::string PageName(const std::string& command) {
  std::string name = "pulih-" + command;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string ProgramPage(const ProgramSpec& program) {
  std::string out = Heading("pulih", "encrypted, deduplicated backups that can be verified and brought back");
  out += ".SH SYNOPSIS\n.B pulih\n[OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n.SH COMMANDS\n";
  for (const CommandSpec& command : program.commands) {
    out += ".TP\n\\fB" + Roff(command.name) + "\\fR\n" + Roff(command.summary) + ". See \\fB" + Roff(PageName(command.name)) + "\\fR(1).\n";
  }
  out += ".SH OPTIONS\nThese may stand before or after the command.\n" + OptionList(program.global);
  out += ".SH ENVIRONMENT\n";
  for (const OptionSpec& option : program.global) {
    if (!option.environment.empty()) out += ".TP\n\\fB" + option.environment + "\\fR\n" + Roff(option.help) + ".\n";
  }
  out += ".SH FILES\n.TP\n\\fB$XDG_CONFIG_HOME/pulih/config.toml\\fR\n"
         "Defaults: keys are the long names of options; those of a command stand in a table of its name. The command line "
         "beats the environment, which beats this file.\n";
  return out + ExitCodes();
}

std::string CommandPage(const CommandSpec& command) {
  std::string out = Heading(PageName(command.name), command.summary);
  out += ".SH SYNOPSIS\n.B pulih " + Roff(command.name) + "\n" + Roff(Synopsis(command)) + "\n.SH DESCRIPTION\n" + Paragraphs(command.description);
  if (!command.arguments.empty()) out += ".SH ARGUMENTS\n" + OptionList(command.arguments);
  out += ".SH OPTIONS\n" + OptionList(command.options) + ".PP\nThe options of every command are explained in \\fBpulih\\fR(1).\n";
  if (!command.examples.empty()) out += ".SH EXAMPLES\n";
  for (const Example& example : command.examples) {
    out += ".TP\n" + (example.what.empty() ? std::string("\\&") : Roff(example.what) + ":") + "\n\\fB" + Roff(example.command) + "\\fR\n";
  }
  return out + ExitCodes() + ".SH SEE ALSO\n\\fBpulih\\fR(1)\n";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ManPages(const ProgramSpec& program) {
  std::vector<std::pair<std::string, std::string>> pages = {{"pulih.1", ProgramPage(program)}};
  for (const CommandSpec& command : program.commands) pages.emplace_back(PageName(command.name) + ".1", CommandPage(command));
  return pages;
}

}  // namespace pulih

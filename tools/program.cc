#include "tools/program.h"

#include <algorithm>
#include <exception>
#include <new>

#include "formats/repo/config.h"
#include "formats/repo/file_entry.h"
#include "formats/repo/frame.h"
#include "formats/repo/key_slot.h"
#include "formats/repo/log_entry.h"
#include "formats/repo/manifest.h"
#include "formats/repo/node.h"
#include "formats/repo/pack.h"
#include "tools/command_list.h"
#include "tools/help.h"
#include "tools/json_output.h"

namespace pulih {
namespace {

struct FormatVersion {
  const char* name;
  unsigned version;
};
constexpr FormatVersion kFormats[] = {
    {"config", kConfigVersion}, {"pack", kPackVersion},         {"frame", kFrameVersion}, {"node", kNodeVersion},
    {"entry", kFileEntryVersion}, {"manifest", kManifestVersion}, {"log", kLogEntryVersion}, {"key slot", kKeySlotVersion},
};

void ShowVersion(Context& context) {
  if (context.global.json) {
    context.json.BeginObject();
    context.json.Field("version", PULIH_VERSION);
    context.json.Key("formats");
    context.json.BeginObject();
    for (const FormatVersion& format : kFormats) context.json.Field(format.name, format.version);
    context.json.EndObject();
    context.json.EndObject();
    return;
  }
  context.out.Line("pulih " PULIH_VERSION);
  std::string line;
  for (const FormatVersion& format : kFormats) line += (line.empty() ? "formats: " : ", ") + (format.name + (" " + std::to_string(format.version)));
  context.out.Line(line);
}

// Where nothing is said, caches and state are where the XDG base directory specification puts them.
Status FillInPlaces(GlobalOptions& global, const EnvironmentLookup& environment) {
  if (global.cache.empty()) {
    const auto place = XdgPlace(environment, "XDG_CACHE_HOME", ".cache");
    if (!place) return UsageError("there is no place for the catalog: HOME is not set", "give --cache DIR");
    global.cache = *place;
  }
  if (global.state.empty()) {
    const auto place = XdgPlace(environment, "XDG_STATE_HOME", ".local/state");
    if (!place) return UsageError("there is no place to keep what was seen: HOME is not set", "give --state DIR");
    global.state = *place;
  }
  return OkStatus();
}

Result<Exit> RunCommand(const CommandSpec& command, GlobalOptions& global, const EnvironmentLookup& environment, Context& context) {
  if (global.json && !command.has_json) {
    return UsageError("--json: `pulih " + command.name + "` writes something else to standard output");
  }
  if (command.needs_repository) PULIH_TRY(FillInPlaces(global, environment));
  return command.run(context);
}

// Help, --version or a command.
Result<Exit> Serve(const ProgramSpec& program, const ParsedLine& line, GlobalOptions& global,
                   const EnvironmentLookup& environment, Context& context) {
  if (global.help) {
    context.out.Write(line.command != nullptr ? CommandHelp(program, *line.command)
                      : line.group != nullptr ? GroupHelp(program, *line.group)
                                              : ProgramHelp(program));
    return Exit::done;
  }
  if (global.version) {
    ShowVersion(context);
    return Exit::done;
  }
  if (line.group != nullptr) return UsageError("which command of `" + line.group->name + "`?", "see `pulih " + line.group->name + " --help`");
  if (line.command == nullptr) return UsageError("no command is given", "see `pulih --help`");
  return RunCommand(*line.command, global, environment, context);
}

Result<Exit> Answer(const ProgramSpec& program, const std::vector<std::string>& words, GlobalOptions& global,
                    const EnvironmentLookup& environment, Context& context) {
  // What is thrown is a mistake of ours or a full memory, and a script that asked for JSON gets it all the same.
  try {
    PULIH_TRY_ASSIGN(const ParsedLine line, ParseCommandLine(program, words));
    PULIH_TRY(FillIn(program, line, global, environment));
    return Serve(program, line, global, environment, context);
  } catch (const std::bad_alloc&) {
    return Status(Code::too_large, "out of memory");
  } catch (const std::exception& error) {
    return Status(Code::io, std::string("internal error: ") + error.what());
  }
}

// Whether --json was asked for, also where the line as a whole makes no sense and filled in nothing.
bool AsksForJson(const std::vector<std::string>& words, const GlobalOptions& global) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return global.json || std::find(words.begin(), end, "--json") != end;
}

// With --json an error is a document too, unless a list had begun: then the list is closed.
void ShowError(const Status& status, bool as_json, Context& context) {
  PrintError(status);
  if (!as_json) return;
  if (context.json.started()) {
    context.json.Close();
    return;
  }
  context.json.BeginObject();
  context.json.Key("error");
  context.json.BeginObject();
  context.json.Field("code", CodeName(status.code()));
  context.json.Field("message", std::string_view(status.message()));
  context.json.Field("hint", std::string_view(status.hint()));
  context.json.EndObject();
  context.json.EndObject();
}

}  // namespace

Exit RunProgram(const std::vector<std::string>& words, const EnvironmentLookup& environment, Output& out) {
  GlobalOptions global;
  const ProgramSpec program = DescribeProgram(global);
  JsonWriter json(out);
  Context context{program, global, out, json};

  const Result<Exit> done = Answer(program, words, global, environment, context);
  const Exit exit = done.ok() ? *done : ExitOf(done.status().code());
  if (!done.ok()) ShowError(done.status(), AsksForJson(words, global), context);

  const Status flushed = out.Flush();
  // `records find … | head -1`: who left has what he wanted.
  if (flushed.ok() || out.reader_left()) return exit;
  if (done.ok()) PrintError(flushed);
  return exit == Exit::done ? Exit::failed : exit;
}

}  // namespace pulih

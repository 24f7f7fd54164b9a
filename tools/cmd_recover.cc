// pulih recover open, add: a case and its evidence. `recover run` is in cmd_recover_run.cc.
#include <memory>

#include "engine/recover/ingest.h"
#include "tools/case_session.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/quantity.h"
#include "tools/recover_output.h"
#include "tools/render.h"
#include "tools/report.h"

namespace pulih {
namespace {

// --- open --------------------------------------------------------------------------------------------------------------

struct OpenArguments {
  std::string path;
};

Result<Exit> RunOpen(const OpenArguments& arguments, Context& context) {
  CasePlace place;
  PULIH_TRY_ASSIGN(const std::string path, AbsolutePath(arguments.path));
  PULIH_TRY_ASSIGN(const auto made, Case::Create(path, place.environment()));
  if (context.global.json) {
    JsonWriter& json = context.json;
    json.BeginObject();
    json.Field("case", std::string_view(made->id()));
    json.PathField("path", path);
    json.Field("public_key", std::string_view(ToHex(made->public_key())));
    json.EndObject();
  } else if (!context.global.quiet) {
    context.out.Line("made case " + made->id() + " in " + EscapeName(path));
    context.out.Line("public key of its custody log: " + ToHex(made->public_key()));
    context.out.Line("note the key outside of this machine: who has it can check the log");
  }
  return Exit::done;
}

// --- add ---------------------------------------------------------------------------------------------------------------

struct AddArguments {
  std::string path;
  std::vector<std::string> evidence;
  std::string custodian, origin, captured;
  std::optional<uint64_t> source_class;
};

std::string KindText(const Evidence& evidence) {
  std::string text(evidence.unit == UnitKind::file ? FileKindName(evidence.kind) : UnitKindName(evidence.unit));
  if (!evidence.detail.empty()) text += ", " + EscapeText(evidence.detail);
  return text;
}

void WriteEvidence(JsonWriter& json, const Evidence& evidence, bool is_new) {
  json.BeginObject();
  WriteEvidenceFields(json, evidence);
  json.Field("files", evidence.files);
  json.Field("bytes", evidence.bytes);
  json.Field("new", is_new);
  json.EndObject();
}

void WriteJson(Context& context, const AddReport& report) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("files", report.files);
  json.Field("bytes", report.bytes);
  json.Field("bytes_read", report.bytes_read);
  json.Key("evidence");
  json.BeginArray();
  for (size_t i = 0; i < report.evidence.size(); ++i) WriteEvidence(json, report.evidence[i], report.is_new[i]);
  json.EndArray();
  json.Key("skipped");
  json.BeginArray();
  for (const SkippedPath& skipped : report.skipped) {
    json.BeginObject();
    json.PathField("path", skipped.path);
    json.Field("why", std::string_view(skipped.why));
    json.EndObject();
  }
  json.EndArray();
  json.Field("warnings", context.warnings);
  json.Field("seconds", report.seconds);
  json.EndObject();
}

void Print(Context& context, const AddReport& report) {
  Table table({{"", Align::right}, {"what"}, {"size", Align::right}, {"class", Align::right}, {"captured"}, {"name"}});
  for (size_t i = 0; i < report.evidence.size(); ++i) {
    const Evidence& e = report.evidence[i];
    table.Add({std::to_string(e.number), KindText(e), SizeText(e.bytes), e.source_class == 0 ? "?" : std::to_string(e.source_class),
               e.captured.empty() ? "unknown" : EscapeText(e.captured), EscapeName(e.name) + (report.is_new[i] ? "" : " (known)")});
  }
  if (!table.empty()) table.Print(context.out);
  context.out.Line(CountOf(report.evidence.size(), "piece") + " of evidence, " + CountOf(report.files, "file") + ", " + SizeText(report.bytes) +
                   " in " + DurationText(report.seconds));
}

Result<Exit> RunAdd(const AddArguments& arguments, Context& context) {
  AddOptions options{.custodian = arguments.custodian, .origin = arguments.origin, .captured = arguments.captured};
  options.source_class = static_cast<uint8_t>(arguments.source_class.value_or(0));
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::write));
  if (!arguments.captured.empty()) {
    const int64_t now = opened.place->clock.NowNs();
    // An age has no place in a log that is read years later.
    PULIH_TRY(ParseMoment("--captured", arguments.captured, now, LocalZoneMinutesOf(arguments.captured, now)).status());
    if (arguments.captured.size() < 10) return UsageError("--captured: " + arguments.captured + ": a date or a time is needed, like 2014-10-04T22:00:00+07:00");
  }
  ProgressLine progress(context.global);
  auto done = AddEvidence(*opened.folder, arguments.evidence, options, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  if (context.global.json) WriteJson(context, *done);
  else if (!context.global.quiet) Print(context, *done);
  std::vector<std::string> lines;
  for (const SkippedPath& skipped : done->skipped) lines.push_back(EscapeName(skipped.path) + ": " + EscapeText(skipped.why));
  if (!lines.empty()) PrintProblems(context, "left out", lines, lines.size());
  return lines.empty() ? Exit::done : Exit::incomplete;
}

CommandSpec OpenCommand() {
  auto a = std::make_shared<OpenArguments>();
  CommandSpec spec;
  spec.name = "recover open";
  spec.summary = "make a case: the folder of one recovery";
  spec.description =
      "Makes the folder in which a recovery happens, with a key of its own for the custody log. A case holds what is known of "
      "evidence and what was read from it, never the evidence itself. It needs no repository.\n\n"
      "The public key that is printed lets anybody check the custody log later: note it outside of this machine.";
  spec.arguments = {CaseArgument(a->path)};
  spec.examples = {{"a case for what is left of 2014", "pulih recover open /srv/case-2014"}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return RunOpen(*a, context); };
  return spec;
}

CommandSpec AddCommand() {
  auto a = std::make_shared<AddArguments>();
  CommandSpec spec;
  spec.name = "recover add";
  spec.summary = "add evidence: dumps, data directories, WAL, any partial copy";
  spec.description =
      "Reads each file below the paths once, without changing it, and enters it in the case: what it is by its content, its SHA-256, a hash "
      "and a kind for every 4 KiB of it, and where it was found. A folder is walked; a data directory, a directory dump and a folder of WAL "
      "segments are one piece of evidence each, every other file is one of its own. Links are not followed. Evidence stays where it is and "
      "must stay there: `recover run` reads it again and says when it changed. Work on images and copies, never on the disk that is failing.\n\n"
      "Class (1, best, to 7) says how far a source is to be trusted, and --captured when its content was current. Without them both come "
      "from the content: a pg_dump archive tells when it was made; the time of a file tells nothing. The same content added again is one "
      "piece of evidence with one more origin.\n\n"
      "The exit code is 3 when something below the paths was left out. An interrupted call can be made again: what was read is not read twice.";
  spec.arguments = {CaseArgument(a->path), {.names = "PATH", .help = "a file or a folder", .target = &a->evidence, .completes = Completes::file, .required = true}};
  spec.options = {{.names = "--custodian", .value = "NAME", .help = "who handed it over", .target = &a->custodian},
                  {.names = "--origin", .value = "TEXT", .help = "where it was before: a machine, a cupboard, an address", .target = &a->origin},
                  {.names = "--class", .value = "N", .help = "how far to trust it, 1 (best) to 7", .target = &a->source_class, .min = 1, .max = 7},
                  {.names = "--captured", .value = "TIME", .help = "when its content was current: 2014-10-04, 2014-10-04T22:00:00+07:00", .target = &a->captured}};
  spec.examples = {{"a stick that somebody found", "pulih recover add /srv/case-2014 /media/stick --custodian \"Budi, helpdesk\" --origin \"desk drawer\""},
                   {"a dump whose date is known", "pulih recover add /srv/case-2014 epns.dump --captured 2014-09-27T22:00:00+07:00"}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return RunAdd(*a, context); };
  return spec;
}

}  // namespace

// The one place where the commands of `recover` are listed; each stands in its cmd_recover_<name>.cc.
std::vector<CommandSpec> RecoverCommands() {
  std::vector<CommandSpec> commands;
  for (auto* make : {OpenCommand, AddCommand, RecoverRunCommand, RecoverReportCommand, RecoverExplainCommand, RecoverExportCommand,
                     RecoverDecideCommand, RecoverLoadCommand, RecoverSnapshotCommand}) commands.push_back(make());
  return commands;
}

}  // namespace pulih

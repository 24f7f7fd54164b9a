// pulih verify: is all of it there, and is it right.
#include <algorithm>
#include <memory>

#include "engine/verify/verify.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/quantity.h"
#include "tools/render.h"
#include "tools/report.h"
#include "tools/session.h"

namespace pulih {
namespace {

struct Arguments {
  bool read_data = false;
  std::string sample;
  std::optional<uint64_t> seed, jobs;
};

Result<VerifyOptions> MakeOptions(const Arguments& arguments) {
  VerifyOptions options;
  options.read_data = arguments.read_data;
  if (!arguments.sample.empty()) {
    if (arguments.read_data) return UsageError("verify: --read-data and --sample exclude each other");
    PULIH_TRY_ASSIGN(options.sample_percent, ParsePercent("--sample", arguments.sample));
  } else if (arguments.seed) {
    return UsageError("verify: --seed goes with --sample");
  }
  options.sample_seed = arguments.seed;
  options.threads = JobsOf(arguments.jobs);
  return options;
}

void WriteDamage(JsonWriter& json, const Damage& damage) {
  json.BeginObject();
  json.Field("what", std::string_view(damage.what));
  json.Field("object", std::string_view(damage.object));
  json.Field("why", std::string_view(damage.why));
  std::vector<std::string> paths, encoded;
  bool all_lossless = true;
  for (const std::string& path : damage.paths) {
    bool lossless = true;
    paths.push_back(ToUtf8(FullPath(path), &lossless));
    encoded.push_back(Base64(FullPath(path)));
    all_lossless = all_lossless && lossless;
  }
  json.Field("paths", paths);
  if (!all_lossless) json.Field("paths_b64", encoded);
  json.Field("paths_count", damage.paths_count);
  json.Field("tables", damage.tables);
  json.Field("snapshots", damage.snapshots);
  json.EndObject();
}

void WriteJson(Context& context, const VerifyReport& report) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("result", report.ok() ? "ok" : "damaged");
  json.Field("level", std::string_view(report.level));
  json.Field("snapshots", report.snapshots);
  json.Field("packs", report.packs);
  json.Field("packs_read", report.packs_read);
  report.objects ? json.Field("objects", *report.objects) : json.NullField("objects");
  json.Field("frames_opened", report.frames_opened);
  json.Field("bytes_read", report.bytes_read);
  json.Field("log_entries", report.log_entries);
  if (report.sample_seed) json.Field("sample_seed", *report.sample_seed);
  json.Field("seconds", report.seconds);
  json.Key("damage");
  json.BeginArray();
  for (const Damage& damage : report.damage) WriteDamage(json, damage);
  json.EndArray();
  json.Field("not_checked", report.not_checked);
  json.Field("notes", report.notes);
  json.Field("warnings", context.warnings);
  json.EndObject();
}

void PrintDamage(Context& context, const Damage& damage) {
  Output& out = context.out;
  out.Line("  " + damage.what + " " + EscapeName(damage.object) + ": " + EscapeText(damage.why));
  if (!damage.snapshots.empty()) {
    std::string line = "    in snapshots";
    const size_t shown = context.global.verbose ? damage.snapshots.size() : std::min(damage.snapshots.size(), kListedProblems);
    for (size_t i = 0; i < shown; ++i) line += " " + ShortId(damage.snapshots[i]);
    if (damage.snapshots.size() > shown) line += " and " + CountText(damage.snapshots.size() - shown) + " more";
    out.Line(line);
  }
  for (const std::string& table : damage.tables) out.Line("    table " + EscapeText(table));
  const size_t shown = context.global.verbose ? damage.paths.size() : std::min(damage.paths.size(), kListedProblems);
  for (size_t i = 0; i < shown; ++i) out.Line("    " + PathText(damage.paths[i]));
  if (damage.paths_count > shown) out.Line("    … and " + CountText(damage.paths_count - shown) + " more");
}

void Print(Context& context, const VerifyReport& report) {
  Output& out = context.out;
  if (!report.ok()) out.Line("damaged:");
  for (const Damage& damage : report.damage) PrintDamage(context, damage);
  if (context.global.quiet) return;
  for (const std::string& what : report.not_checked) out.Line("not checked: " + EscapeText(what));
  for (const std::string& note : report.notes) out.Line("note: " + EscapeText(note));
  std::string line = report.ok() ? "ok: " : CountOf(report.damage.size(), "finding") + ": ";
  line += CountOf(report.snapshots, "snapshot") + ", " + CountOf(report.packs, "pack");
  if (report.objects) line += ", " + CountOf(*report.objects, "object");
  if (report.packs_read > 0) line += ", " + CountOf(report.packs_read, "pack") + " read whole (" + SizeText(report.bytes_read) + ")";
  if (report.sample_seed) line += ", sample of seed " + std::to_string(*report.sample_seed);
  out.Line(line + " in " + DurationText(report.seconds));
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const VerifyOptions options, MakeOptions(arguments));
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::check));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  ProgressLine progress(context.global);
  auto done = Verify(*reader, options, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  if (context.global.json) {
    WriteJson(context, *done);
  } else {
    Print(context, *done);
  }
  return done->ok() ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec VerifyCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "verify";
  spec.summary = "check the repository and say what suffers";
  spec.description =
      "Without options it checks the structure: every config, certificate, snapshot, log entry and pack, their names and "
      "signatures, and that everything that a snapshot reaches is in a pack. With --read-data every pack is read whole "
      "and, with a key that may, every object is opened and its content checked; --sample does that with a random part of "
      "the packs, which --seed repeats.\n\n"
      "Damage is named with the snapshots and paths that suffer, and the exit code is 3. Packs that no snapshot uses, "
      "left by a run that was killed, are no damage. What could not be checked, and why, is said too. Nothing in the "
      "repository is changed.";
  spec.options = {
      {.names = "--read-data", .help = "read and check everything that is stored", .target = &a->read_data},
      {.names = "--sample", .value = "N%", .help = "read and check a random part of the packs", .target = &a->sample},
      {.names = "--seed", .value = "N", .help = "choose the same part as a run that reported this seed", .target = &a->seed},
      JobsOption(a->jobs),
  };
  spec.examples = {{"every day", "pulih verify"}, {"every week", "pulih verify --sample 10%"}, {"all of it", "pulih verify --read-data"}};
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

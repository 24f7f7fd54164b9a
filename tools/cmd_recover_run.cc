// pulih recover run: rows out of evidence.
#include <memory>

#include "engine/recover/extractors.h"
#include "engine/recover/run.h"
#include "formats/postgres/ddl.h"
#include "tools/case_session.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/render.h"
#include "tools/report.h"
#include "tools/session.h"

namespace pulih {
namespace {

constexpr uint64_t kMaxSchemaFile = 64u << 20;

struct Arguments {
  std::string path, schema;
  std::optional<uint64_t> jobs;
};

std::string_view StateName(UnitState state) {
  switch (state) {
    case UnitState::done: return "done";
    case UnitState::none: return "not read";
    case UnitState::failed: return "failed";
  }
  return "?";
}

void WriteJson(Context& context, const RunReport& report, const std::vector<Evidence>& evidence) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("result", report.is_whole() ? "ok" : "damaged");
  json.Field("tables", report.tables);
  json.Field("bytes", report.bytes);
  json.Field("solved", report.solved);
  json.Key("units");
  json.BeginArray();
  for (const UnitResult& unit : report.units) {
    json.BeginObject();
    json.Field("evidence", unit.number);
    if (unit.number <= evidence.size()) json.PathField("name", evidence[unit.number - 1].name);
    json.Field("state", StateName(unit.state));
    if (!unit.why.empty()) json.Field("why", std::string_view(unit.why));
    json.Field("rows", unit.rows);
    json.Field("rows_left_out", unit.unfit);
    json.Field("damaged_bytes", unit.damaged_bytes);
    json.Field("sandboxed", unit.has_seccomp);
    json.Field("fresh", unit.fresh);
    json.EndObject();
  }
  json.EndArray();
  json.Field("warnings", context.warnings);
  json.Field("seconds", report.seconds);
  json.EndObject();
}

void Print(Context& context, const RunReport& report, const std::vector<Evidence>& evidence) {
  Table table({{"", Align::right}, {"state"}, {"rows", Align::right}, {"damaged", Align::right}, {"name"}});
  uint64_t rows = 0, not_read = 0, fresh = 0;
  for (const UnitResult& unit : report.units) {
    rows += unit.rows;
    fresh += unit.fresh ? 1 : 0;
    not_read += unit.state == UnitState::none ? 1 : 0;
    if (unit.state == UnitState::none && !context.global.verbose) continue;
    table.Add({std::to_string(unit.number), std::string(StateName(unit.state)) + (unit.fresh ? "" : " before"), CountText(unit.rows),
               unit.damaged_bytes == 0 ? "" : SizeText(unit.damaged_bytes), unit.number <= evidence.size() ? EscapeName(evidence[unit.number - 1].name) : ""});
  }
  if (!table.empty()) table.Print(context.out);
  if (not_read > 0) context.out.Line(CountOf(not_read, "piece") + " of evidence of a kind that this version does not read");
  context.out.Line(CountOf(rows, "claim") + " of rows, " + CountOf(report.tables, "table") + ", " + CountOf(fresh, "piece") + " of evidence read now (" +
                   SizeText(report.bytes) + ") in " + DurationText(report.seconds));
  if (report.solved > 0) context.out.Line(CountOf(report.solved, "row") + " behind damage solved, whole or in part, from rows of other evidence");
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::write));
  RunOptions options;
  options.jobs = JobsOf(arguments.jobs);
  options.extractor = ChooseExtractor;
  if (!arguments.schema.empty()) {
    PULIH_TRY_ASSIGN(const Bytes script, ReadWholeFile(*opened.place->files, arguments.schema, kMaxSchemaFile));
    options.given = ReadDdl(AsText(script));
    if (options.given->tables.empty()) return Status(Code::invalid, "reading a schema: " + arguments.schema + ": no table is made in it");
  }
  ProgressLine progress(context.global);
  auto done = RunRecovery(*opened.folder, options, progress);
  progress.Clear();
  if (!done.ok()) return std::move(done).error();
  PULIH_TRY_ASSIGN(const auto evidence, EvidenceRegister(opened.folder->kv()).List());
  std::vector<std::string> failures;
  for (const UnitResult& unit : done->units) {
    if (unit.state == UnitState::failed) failures.push_back("evidence " + std::to_string(unit.number) + ": " + EscapeText(unit.why));
    if (unit.state != UnitState::none && !unit.has_seccomp) context.Warn("this kernel offers no seccomp: decoders ran with limits, but without a filter of system calls");
  }
  if (context.global.json) WriteJson(context, *done, evidence);
  else if (!context.global.quiet) Print(context, *done, evidence);
  if (!failures.empty()) PrintProblems(context, "of the evidence could not be read to the end", failures, failures.size());
  return done->is_whole() ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec RecoverRunCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "recover run";
  spec.summary = "take the rows out of the evidence";
  spec.description =
      "Reads every piece of evidence that was not read yet: first for the shape of the database, then for its rows. Each row is kept as a "
      "claim: what it says, from which bytes, and how well it is proven. Nothing is guessed: what damage took is missing.\n\n"
      "Where no evidence tells which tables there were, --schema gives a script that makes them (pg_dump --schema-only of any copy of the "
      "application); the case keeps it. When a schema comes to light, evidence that it concerns is read again.\n\n"
      "Decoders run in a process of their own that can open nothing and reach nobody; one that ends badly costs its piece of evidence, which "
      "is told. Interrupt it at any time: what is done stays done, and the next call goes on. The exit code is 3 when evidence was damaged or "
      "could not be read to its end.";
  spec.arguments = {CaseArgument(a->path)};
  spec.options = {{.names = "--schema", .value = "FILE", .help = "a script of SQL that makes the tables", .target = &a->schema, .completes = Completes::file}, JobsOption(a->jobs)};
  spec.examples = {{"all that was added", "pulih recover run /srv/case-2014"},
                   {"with the tables of the application", "pulih recover run /srv/case-2014 --schema schema.sql"}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

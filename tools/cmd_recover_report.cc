// pulih recover report: what a case holds, as text, JSON, or a page to look at.
#include <memory>

#include "engine/os/atomic_file.h"
#include "engine/recover/candidates_html.h"
#include "engine/recover/checks_html.h"
#include "engine/recover/report.h"
#include "engine/recover/report_html.h"
#include "engine/recover/year_html.h"
#include "engine/tender/moment.h"
#include "tools/candidates_output.h"
#include "tools/case_session.h"
#include "tools/checks_output.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/progress.h"
#include "tools/recover_output.h"
#include "tools/render.h"
#include "tools/year_output.h"

namespace pulih {
namespace {

struct Arguments {
  std::string path, output, csv, language = "en", outage = "2014-10-04..2014-10-13";
};

std::string_view StateName(const UnitResult& result) {
  if (result.number == 0) return "not read yet";
  switch (result.state) {
    case UnitState::done: return "done";
    case UnitState::none: return "no decoder";
    case UnitState::failed: return "failed";
  }
  return "?";
}

std::string_view FateName(RangeFate fate) { return fate == RangeFate::read ? "read" : fate == RangeFate::skipped ? "skipped" : "damaged"; }

void WriteFiles(JsonWriter& json, const ReportedEvidence& one) {
  json.Key("files");
  json.BeginArray();
  for (const ReportedFile& file : one.files) {
    json.BeginObject();
    json.PathField("name", file.file.name);
    json.Field("sha256", std::string_view(file.file.sha256.hex()));
    json.Field("kind", FileKindName(file.file.kind));
    json.Field("bytes", file.file.size);
    json.Field("read", file.bytes.read);
    json.Field("skipped", file.bytes.skipped);
    json.Field("damaged", file.bytes.damaged);
    json.Field("not_looked_at", file.bytes.untold);
    json.Key("block_map");
    json.BeginArray();
    for (const BlockRun& run : file.blocks) {
      json.BeginObject();
      json.Field("kind", BlockKindName(run.kind));
      json.Field("blocks", run.blocks);
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
}

void WriteEvidence(JsonWriter& json, const ReportedEvidence& one) {
  const Evidence& evidence = one.evidence;
  json.BeginObject();
  WriteEvidenceFields(json, evidence);
  json.Key("found_at");
  json.BeginArray();
  for (const EvidenceOrigin& origin : one.origins) {
    json.BeginObject();
    json.PathField("path", origin.path);
    json.Field("custodian", std::string_view(origin.custodian));
    json.Field("origin", std::string_view(origin.origin));
    json.EndObject();
  }
  json.EndArray();
  json.Field("state", StateName(one.result));
  if (!one.result.why.empty()) json.Field("why", std::string_view(one.result.why));
  json.Field("rows", one.result.rows);
  json.Field("bytes", evidence.bytes);
  json.Field("read", one.bytes.read);
  json.Field("skipped", one.bytes.skipped);
  json.Field("damaged", one.bytes.damaged);
  json.Field("not_looked_at", one.bytes.untold);
  json.Key("ranges");
  json.BeginArray();
  for (const ReportedRange& range : one.ranges) {
    json.BeginObject();
    json.Field("fate", FateName(range.fate));
    json.Field("what", std::string_view(range.what));
    json.Field("stretches", range.stretches);
    json.Field("bytes", range.bytes);
    json.EndObject();
  }
  json.EndArray();
  json.Field("remarks", one.remarks);
  WriteFiles(json, one);
  json.EndObject();
}

void WriteTable(JsonWriter& json, const ReportedTable& table) {
  json.BeginObject();
  json.Field("rows", table.rows);
  json.Key("grades");
  json.BeginObject();
  for (const auto& [grade, rows] : table.grades) json.Field(std::string_view(&grade, 1), rows);
  json.EndObject();
  json.Field("missing_fields", table.missing_fields);
  json.Field("disputed_fields", table.disputed_fields);
  json.Field("decided_fields", table.decided_fields);
  json.Field("deleted", table.deleted);
  json.Field("unkeyed", table.unkeyed);
  json.EndObject();
}

// All that the report shows.
struct Shown {
  CaseReport report;
  YearSurvey survey;
  Gaps gaps;
  Checks checks;
  std::vector<LinkCandidate> candidates;
  std::vector<LinkRuling> link_rulings;
};

void WriteJson(Context& context, const Shown& shown) {
  const CaseReport& report = shown.report;
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("case", std::string_view(report.id));
  json.PathField("path", report.path);
  json.Key("custody");
  json.BeginObject();
  json.Field("entries", report.custody_entries);
  json.Field("head", std::string_view(report.custody_head));
  json.Field("public_key", std::string_view(report.public_key));
  json.EndObject();
  json.Field("rows", report.rows);
  json.Field("unassigned", report.unassigned);
  WriteYearJson(context, shown.survey, shown.gaps);
  WriteChecksJson(context, shown.checks);
  WriteCandidatesJson(context, shown.candidates, shown.link_rulings);
  json.Key("tables");
  json.BeginObject();
  for (const ReportedTable& table : report.tables) {
    json.Key(ToUtf8(table.table));
    WriteTable(json, table);
  }
  json.EndObject();
  json.Field("empty_tables", report.empty_tables);
  json.Key("evidence");
  json.BeginArray();
  for (const ReportedEvidence& one : report.evidence) WriteEvidence(json, one);
  json.EndArray();
  json.Key("left_out");
  json.BeginArray();
  for (const SkippedPath& path : report.left_out) {
    json.BeginObject();
    json.PathField("path", path.path);
    json.Field("why", std::string_view(path.why));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void PrintRemarks(Context& context, const CaseReport& report) {
  constexpr size_t kTold = 5;
  for (const ReportedEvidence& one : report.evidence) {
    const std::string number = "evidence " + std::to_string(one.evidence.number) + ": ";
    for (size_t i = 0; i < std::min(kTold, one.remarks.size()); ++i) context.out.Line(number + EscapeText(one.remarks[i]));
    if (one.remarks.size() > kTold) context.out.Line(number + CountOf(one.remarks.size() - kTold, "more remark") + " (--json, or the page of -o)");
  }
}

void PrintEmptyTables(Context& context, const CaseReport& report) {
  if (report.empty_tables.empty()) return;
  std::string names;
  for (const std::string& name : report.empty_tables) names += (names.empty() ? "" : ", ") + EscapeText(name);
  context.out.Line("no row of " + CountOf(report.empty_tables.size(), "table") + ": " + names);
}

void Print(Context& context, const CaseReport& report) {
  context.out.Line("case " + report.id + ": " + CountOf(report.evidence.size(), "piece") + " of evidence, " + CountOf(report.rows, "row") + " of " +
                   CountOf(report.tables.size(), "table"));
  Table evidence({{"", Align::right}, {"state"}, {"rows", Align::right}, {"size", Align::right}, {"read", Align::right}, {"left out", Align::right}, {"damaged", Align::right}, {"name"}});
  for (const ReportedEvidence& one : report.evidence)
    evidence.Add({std::to_string(one.evidence.number), std::string(StateName(one.result)), CountText(one.result.rows), SizeText(one.evidence.bytes), SizeText(one.bytes.read),
                  SizeText(one.bytes.skipped + one.bytes.untold), one.bytes.damaged == 0 ? "" : SizeText(one.bytes.damaged), EscapeName(one.evidence.name)});
  if (!evidence.empty()) evidence.Print(context.out);
  PrintRemarks(context, report);
  if (report.tables.empty()) return;
  context.out.Line("");
  Table tables({{"table"}, {"rows", Align::right}, {"A", Align::right}, {"B", Align::right}, {"C", Align::right}, {"E", Align::right}, {"D", Align::right}, {"fields missing", Align::right}, {"deleted", Align::right}});
  for (const ReportedTable& table : report.tables) {
    std::vector<std::string> cells{EscapeText(table.table), CountText(table.rows)};
    for (const char letter : {'A', 'B', 'C', 'E', 'D'}) {
      const auto found = table.grades.find(letter);
      cells.push_back(found == table.grades.end() ? "" : CountText(found->second));
    }
    cells.push_back(table.missing_fields == 0 ? "" : CountText(table.missing_fields));
    cells.push_back(table.deleted == 0 ? "" : CountText(table.deleted));
    tables.Add(std::move(cells));
  }
  tables.Print(context.out);
  PrintEmptyTables(context, report);
  if (report.unassigned != 0) context.out.Line(CountOf(report.unassigned, "row") + " that fit several tables, or none");
}

// "2014-10-04..2014-10-13"
Status ReadOutage(const std::string& text, SurveyOptions& options) {
  const size_t dots = text.find("..");
  const auto from = dots == text.npos ? std::nullopt : tender::ReadMoment(text.substr(0, dots)), to = dots == text.npos ? std::nullopt : tender::ReadMoment(text.substr(dots + 2));
  if (!from || !to || from->has_time || to->has_time || to->value < from->value)
    return Status(Code::invalid, "reading the outage: " + text + ": it is not two days, the first before the second", "write it as 2014-10-04..2014-10-13");
  options.outage_from = from->value;
  options.outage_to = to->value;
  return OkStatus();
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  SurveyOptions options;
  PULIH_TRY(ReadOutage(arguments.outage, options));
  const auto language = arguments.language == "id" ? ReportLanguage::indonesian : ReportLanguage::english;
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::read));
  ProgressLine progress(context.global);
  Shown shown;
  PULIH_TRY_ASSIGN(shown.report, ReportCase(*opened.folder, progress));
  std::unique_ptr<YearCsv> lists;
  if (!arguments.csv.empty()) {
    PULIH_TRY_ASSIGN(lists, YearCsv::Begin(*opened.place->files, arguments.csv));
    options.each_value = [&lists](const RebuiltValue& value) { return lists->Value(value); };
  }
  PULIH_TRY_ASSIGN(shown.survey, SurveyYear(*opened.folder, options, progress));
  PULIH_TRY_ASSIGN(shown.gaps, FindGaps(*opened.folder, progress));
  PULIH_TRY_ASSIGN(shown.checks, CheckRecords(*opened.folder, progress));
  PULIH_TRY_ASSIGN(shown.candidates, ReadCandidates(opened.folder->kv()));
  shown.link_rulings = ReadLinkRulings(*opened.folder);
  progress.Clear();
  FileSystem& files = *opened.place->files;
  if (!arguments.output.empty()) {
    const std::string more = ChecksHtml(shown.checks, language) + CandidatesHtml(shown.candidates, shown.link_rulings, language);
    PULIH_TRY(ReplaceFile(files, arguments.output, AsBytes(ReportHtml(shown.report, YearHtml(shown.survey, shown.gaps, options, language, more), language))));
  }
  if (lists) {
    PULIH_TRY(lists->Finish(shown.survey, shown.gaps));
    PULIH_TRY(WriteChecksCsv(files, arguments.csv, shown.checks));
    PULIH_TRY(WriteCandidatesCsv(files, arguments.csv, shown.candidates));
  }
  if (context.global.json) {
    WriteJson(context, shown);
  } else if (!context.global.quiet && arguments.output.empty()) {
    Print(context, shown.report);
    PrintYear(context, shown.survey, shown.gaps);
    PrintChecks(context, shown.checks);
    PrintCandidates(context, shown.candidates, shown.link_rulings);
  } else if (!context.global.quiet) {
    context.out.Line("wrote " + EscapeName(arguments.output));
  }
  bool whole = true;
  for (const ReportedEvidence& one : shown.report.evidence) whole = whole && one.bytes.damaged == 0 && one.result.state != UnitState::failed;
  return whole ? Exit::done : Exit::incomplete;
}

}  // namespace

CommandSpec RecoverReportCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "recover report";
  spec.summary = "what a case holds: evidence, rows, grades, damage";
  spec.description =
      "Tells of each piece of evidence what became of every byte: read, left out and why, or damaged; and of each table how many rows were "
      "recovered and how well they are proven. With -o it writes one page of HTML that needs nothing else, in which the block maps of the evidence are drawn.\n\n"
      "Of tenders, steps, vendors, bidders and contracts it tells how sure each field is (certain, likely, disputed), what each publisher gives that nobody else "
      "has, and which records are lost although something that is there speaks of them, with who may still hold them. Rules that records break (an end before "
      "its beginning, a winner who is no bidder) are listed with both values, and for things told of without a key the thing that each may be, by likeness: "
      "nothing is joined before `recover decide --link` says so.\n\n"
      "The exit code is 3 when some of the evidence is damaged or could not be read to its end.";
  spec.arguments = {CaseArgument(a->path)};
  spec.options = {{.names = "-o,--output", .value = "FILE", .help = "a page of HTML; a file that is there is replaced", .target = &a->output, .completes = Completes::file},
                  {.names = "--csv", .value = "DIR", .help = "every field of every tender, and the lists behind every figure, as CSV files into an empty folder", .target = &a->csv, .completes = Completes::directory},
                  {.names = "--lang", .value = "LANGUAGE", .help = "of the page: en, or id for Indonesian", .target = &a->language, .choices = {"en", "id"}},
                  {.names = "--outage", .value = "DAYS", .help = "days in which the service stood still; every step of a tender that touches them is listed (2014-10-04..2014-10-13 when not given)", .target = &a->outage}};
  spec.examples = {{"on the terminal", "pulih recover report /srv/case-2014"}, {"a page to look at", "pulih recover report /srv/case-2014 -o report.html"}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

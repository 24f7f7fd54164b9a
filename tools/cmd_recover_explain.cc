// pulih recover explain: where a row comes from, to the byte.
#include <memory>

#include "engine/recover/decide.h"
#include "engine/recover/explain.h"
#include "engine/recover/explain_table.h"
#include "tools/case_session.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/recover_output.h"
#include "tools/render.h"

namespace pulih {
namespace {

constexpr size_t kShownText = 60;  // of a value, on a terminal

struct Arguments {
  std::string path, table, key;
};

std::string FileOf(const ExplainedClaim& claim, uint32_t file) {
  return file < claim.files.size() ? claim.files[file].name : "file " + std::to_string(file);
}

void WriteField(JsonWriter& json, const ClaimedField& field) {
  json.BeginObject();
  json.Field("state", FieldStateName(field.state));
  if (field.state == ClaimedField::State::value || field.state == ClaimedField::State::partial) json.Field("text", std::string_view(field.text));
  if (field.state == ClaimedField::State::partial) {
    json.Key("lost_bytes");
    json.BeginArray();
    for (const UnknownByte& byte : field.unknown) json.Number(byte.at);
    json.EndArray();
    json.Field("cut", field.cut);
  }
  json.EndObject();
}

void WriteSource(JsonWriter& json, const ExplainedClaim& claim) {
  json.Field("evidence", claim.evidence.number);
  json.Field("id", std::string_view(claim.evidence.id.hex()));
  json.PathField("name", claim.evidence.name);
  json.Key("found_at");
  json.BeginArray();
  for (const EvidenceOrigin& origin : claim.origins) {
    json.BeginObject();
    json.PathField("path", origin.path);
    if (!origin.custodian.empty()) json.Field("custodian", std::string_view(origin.custodian));
    if (!origin.origin.empty()) json.Field("origin", std::string_view(origin.origin));
    json.EndObject();
  }
  json.EndArray();
  json.Field("path", std::string_view(claim.stored.claim.path));
  json.Key("bytes");
  json.BeginArray();
  for (const ByteRange& range : claim.stored.claim.bytes) {
    json.BeginObject();
    json.PathField("file", FileOf(claim, range.file));
    if (range.file < claim.files.size()) json.Field("sha256", std::string_view(claim.files[range.file].sha256.hex()));
    json.Field("offset", range.offset);
    json.Field("length", range.length);
    json.EndObject();
  }
  json.EndArray();
}

// A key out of an index: no row, so no fields and no grade.
void WriteIndexed(JsonWriter& json, const ExplainedClaim& claim) {
  json.BeginObject();
  WriteSource(json, claim);
  json.EndObject();
}

void WriteClaim(JsonWriter& json, const Explanation& explained, const ExplainedClaim& claim) {
  const RowClaim& row = claim.stored.claim;
  json.BeginObject();
  WriteSource(json, claim);
  json.Field("grade", std::string_view(reinterpret_cast<const char*>(&row.grade), 1));
  json.Field("standing", StandingName(row.standing));
  json.Key("fields");
  json.BeginObject();
  for (size_t i = 0; i < row.fields.size(); ++i) {
    json.Key(i < explained.columns.size() ? explained.columns[i] : "column" + std::to_string(i + 1));
    WriteField(json, row.fields[i]);
  }
  json.EndObject();
  json.EndObject();
}

void WriteJson(Context& context, const Explanation& explained) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("table", std::string_view(explained.table));
  json.Field("key", std::string_view(explained.key));
  json.Field("deleted", explained.deleted);
  json.Field("seen", explained.seen);
  json.Key("fields");
  json.BeginObject();
  for (size_t i = 0; i < explained.fields.size(); ++i) {
    const ChosenRow::FieldChoice& choice = explained.fields[i];
    json.Key(i < explained.columns.size() ? explained.columns[i] : "column" + std::to_string(i + 1));
    json.BeginObject();
    json.Field("claim", choice.claim);
    json.Field("grade", std::string_view(reinterpret_cast<const char*>(&choice.grade), 1));
    json.Field("disputed", choice.disputed);
    json.Field("decided", choice.decided);
    json.EndObject();
  }
  json.EndObject();
  json.Key("claims");
  json.BeginArray();
  for (const ExplainedClaim& claim : explained.claims) WriteClaim(json, explained, claim);
  json.EndArray();
  if (!explained.indexed.empty()) {
    json.Field("may_be_deleted", explained.may_be_deleted);
    json.Key("indexed");
    json.BeginArray();
    for (const ExplainedClaim& claim : explained.indexed) WriteIndexed(json, claim);
    json.EndArray();
  }
  json.EndObject();
}

std::string Shown(const ClaimedField& field) {
  switch (field.state) {
    case ClaimedField::State::null: return "NULL";
    case ClaimedField::State::missing: return "(lost)";
    default: break;
  }
  std::string text = EscapeText(std::string_view(field.text).substr(0, kShownText));
  if (field.text.size() > kShownText) text += "… (" + CountText(field.text.size()) + " bytes)";
  if (field.state == ClaimedField::State::partial) text += field.cut ? " (its end is lost)" : " (" + CountOf(field.unknown.size(), "byte") + " lost)";
  return text;
}

void PrintSource(Context& context, const ExplainedClaim& claim) {
  context.out.Line("  sha256  " + claim.evidence.id.hex());
  for (const EvidenceOrigin& origin : claim.origins)
    context.out.Line("  from    " + EscapeName(origin.path) + (origin.custodian.empty() ? "" : ", by " + EscapeText(origin.custodian)) +
                     (origin.origin.empty() ? "" : ", " + EscapeText(origin.origin)));
  context.out.Line("  path    " + EscapeText(claim.stored.claim.path));
  for (const ByteRange& range : claim.stored.claim.bytes)
    context.out.Line("  bytes   " + EscapeName(FileOf(claim, range.file)) + ", offset " + std::to_string(range.offset) + ", " + CountOf(range.length, "byte"));
}

void PrintIndexed(Context& context, const Explanation& explained) {
  context.out.Line(EscapeText(explained.table) + " " + EscapeText(explained.words) + ": an index says that this row was there; no copy of the row was found" +
                   (explained.may_be_deleted ? ". It may have been deleted" : ""));
  for (const ExplainedClaim& claim : explained.indexed) {
    context.out.Line("");
    context.out.Line("index entry: evidence " + EvidenceText(claim.evidence));
    PrintSource(context, claim);
  }
}

void PrintClaim(Context& context, const ExplainedClaim& claim, size_t number) {
  const RowClaim& row = claim.stored.claim;
  context.out.Line("");
  if (claim.stored.unit == kRulingUnit) {
    context.out.Line("claim " + std::to_string(number) + ": " + EscapeText(row.path));
    return;
  }
  context.out.Line("claim " + std::to_string(number) + ": evidence " + EvidenceText(claim.evidence) + ", grade " + std::string(1, static_cast<char>(row.grade)) + ", " +
                   std::string(StandingName(row.standing)));
  PrintSource(context, claim);
}

void Print(Context& context, const Explanation& explained) {
  if (!explained.indexed.empty()) return PrintIndexed(context, explained);
  context.out.Line(EscapeText(explained.table) + " " + EscapeText(explained.key) + ": " + CountOf(explained.seen, "claim") + (explained.seen == explained.claims.size() ? "" : ", of which " + CountText(explained.claims.size()) + " matter") +
                   (explained.deleted ? "; the newest evidence says that the row was deleted" : ""));
  Table table({{"column"}, {"grade"}, {"claim", Align::right}, {"value"}});
  for (size_t i = 0; i < explained.fields.size(); ++i) {
    const ChosenRow::FieldChoice& choice = explained.fields[i];
    const ClaimedField& field = explained.claims[choice.claim].stored.claim.fields[i];
    table.Add({i < explained.columns.size() ? EscapeText(explained.columns[i]) : "column" + std::to_string(i + 1),
               std::string(1, static_cast<char>(choice.grade)) + (choice.disputed ? " disputed" : "") + (choice.decided ? " decided" : ""), std::to_string(choice.claim + 1), Shown(field)});
  }
  if (!table.empty()) table.Print(context.out);
  for (size_t i = 0; i < explained.claims.size(); ++i) PrintClaim(context, explained.claims[i], i + 1);
}

void WriteJson(Context& context, const TableExplanation& explained) {
  JsonWriter& json = context.json;
  json.BeginObject();
  json.Field("table", std::string_view(explained.table));
  json.Key("evidence");
  json.BeginArray();
  for (const TableInEvidence& one : explained.evidence) {
    json.BeginObject();
    json.Field("evidence", one.evidence.number);
    json.Field("id", std::string_view(one.evidence.id.hex()));
    json.PathField("name", one.evidence.name);
    json.Field("claims", one.claims);
    json.Key("bytes");
    json.BeginArray();
    for (const TableInFile& place : one.files) {
      json.BeginObject();
      json.PathField("file", place.file);
      json.Field("claims", place.claims);
      json.Field("offset", place.from);
      json.Field("length", place.to - place.from);
      json.EndObject();
    }
    json.EndArray();
    json.Key("damage");
    json.BeginArray();
    for (const DamagedStretch& stretch : one.damage) {
      json.BeginObject();
      json.PathField("file", stretch.file);
      json.Field("offset", stretch.offset);
      json.Field("length", stretch.length);
      json.Field("what", std::string_view(stretch.what));
      json.EndObject();
    }
    json.EndArray();
    json.Field("damage_not_told", one.damage_not_told);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void Print(Context& context, const TableExplanation& explained) {
  uint64_t claims = 0;
  for (const TableInEvidence& one : explained.evidence) claims += one.claims;
  context.out.Line(EscapeText(explained.table) + ": " + CountOf(claims, "claim") + " in " + CountOf(explained.evidence.size(), "piece") + " of evidence");
  if (claims == 0) context.out.Line("no row of it was found; if there were any, they stood in what is damaged or in evidence that is not here");
  for (const TableInEvidence& one : explained.evidence) {
    context.out.Line("");
    context.out.Line("evidence " + EvidenceText(one.evidence) + ": " + CountOf(one.claims, "claim") + ", sha256 " + one.evidence.id.hex());
    for (const TableInFile& place : one.files)
      context.out.Line("  rows     " + EscapeName(place.file) + ", offset " + std::to_string(place.from) + " to " + std::to_string(place.to) + ", " + CountOf(place.claims, "claim"));
    for (const DamagedStretch& stretch : one.damage)
      context.out.Line("  damaged  " + EscapeName(stretch.file) + ", offset " + std::to_string(stretch.offset) + ", " + CountOf(stretch.length, "byte") + ": " + EscapeText(stretch.what));
    if (one.damage_not_told != 0) context.out.Line("  and " + CountOf(one.damage_not_told, "shorter stretch") + " of damage");
    if (one.damage.empty()) context.out.Line("  of its " + CountOf(one.evidence.bytes, "byte") + " none is known to be damaged; a copy that was cut ends there");
  }
}

Result<Exit> RunTable(const Arguments& arguments, Case& folder, Context& context) {
  PULIH_TRY_ASSIGN(const TableExplanation explained, ExplainTable(folder, arguments.table));
  if (context.global.json) WriteJson(context, explained);
  else Print(context, explained);
  return Exit::done;
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::read));
  if (arguments.key.empty()) return RunTable(arguments, *opened.folder, context);
  PULIH_TRY_ASSIGN(const Explanation explained, ExplainRow(*opened.folder, arguments.table, arguments.key));
  if (context.global.json) WriteJson(context, explained);
  else Print(context, explained);
  return Exit::done;
}

}  // namespace

CommandSpec RecoverExplainCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "recover explain";
  spec.summary = "tell where a row comes from, to the byte";
  spec.description =
      "Shows every claim of one row, the best first: which evidence it comes from (its SHA-256, who handed it over), in which bytes of which "
      "file it stood, by which path it was found, and how well it is proven; and for each field which claim an export takes it from.\n\n"
      "The bytes of a row of a compressed dump are those of the compressed stream. Claims that were not taken are shown too: nothing that was found is thrown away.\n\n"
      "Without KEY it tells of the table: which evidence holds rows of it and where, and which bytes of the evidence are damaged, for there the "
      "rest may have stood.";
  spec.arguments = {CaseArgument(a->path),
                    {.names = "TABLE", .help = "[SCHEMA.]TABLE", .target = &a->table, .required = true},
                    {.names = "KEY", .help = "values of the key's columns, joined by commas; without it the table is explained", .target = &a->key}};
  spec.examples = {{"one package", "pulih recover explain /srv/case-2014 paket 29900127"}, {"for a program", "pulih recover explain /srv/case-2014 paket 29900127 --json"}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

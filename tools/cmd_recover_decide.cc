// pulih recover decide: a person's ruling on one field.
#include <memory>

#include "engine/recover/decide.h"
#include "engine/recover/link_rulings.h"
#include "tools/candidates_output.h"
#include "tools/case_session.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/render.h"

namespace pulih {
namespace {

struct Arguments {
  std::string path, table, key, column, value, by, reason, link, to, apart;
  Origin value_from = Origin::unset;
  bool null = false, withdraw = false, list = false;
};

void WriteRuling(JsonWriter& json, const Ruling& ruling) {
  json.BeginObject();
  json.Field("ruling", ruling.number);
  json.Field("time", std::string_view(ruling.time));
  json.Field("who", std::string_view(ruling.who));
  json.Field("table", std::string_view(ruling.table));
  json.Field("key", std::string_view(ruling.key));
  json.Field("column", std::string_view(ruling.column));
  if (ruling.value) json.Field("value", std::string_view(*ruling.value));
  else json.NullField("value");
  json.Field("by", std::string_view(ruling.by));
  json.Field("reason", std::string_view(ruling.reason));
  json.Field("holds", !ruling.withdrawn);
  if (ruling.withdrawn) json.Field("ended_by", ruling.withdrawn_by);
  json.EndObject();
}

std::string ValueText(const Ruling& ruling) { return ruling.value ? EscapeText(*ruling.value) : "NULL"; }

Result<Exit> RunList(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::read));
  PULIH_TRY_ASSIGN(const Decisions decisions, Decisions::Read(*opened.folder, Schema()));
  const std::vector<LinkRuling> links = ReadLinkRulings(*opened.folder);
  if (context.global.json) {
    context.json.BeginArray();
    for (const Ruling& ruling : decisions.all()) WriteRuling(context.json, ruling);
    for (const LinkRuling& ruling : links) WriteLinkRuling(context.json, ruling);
    context.json.EndArray();
    return Exit::done;
  }
  Table table({{"", Align::right}, {"time"}, {"field"}, {"value"}, {"by"}, {"reason"}, {"state"}});
  for (const Ruling& ruling : decisions.all()) {
    table.Add({std::to_string(ruling.number), ruling.time,
               EscapeText(ruling.table + " " + ruling.key + " " + ruling.column), ValueText(ruling),
               EscapeText(ruling.by), EscapeText(ruling.reason),
               ruling.withdrawn ? "ended by " + std::to_string(ruling.withdrawn_by) : "holds"});
  }
  for (const LinkRuling& ruling : links) {
    table.Add({std::to_string(ruling.number), ruling.time, "record " + EscapeText(ruling.record),
               std::string(ruling.is_joined ? "is " : "is not ") + EscapeText(ruling.entity + " " + ruling.to),
               EscapeText(ruling.by), EscapeText(ruling.reason),
               ruling.withdrawn ? "ended by " + std::to_string(ruling.withdrawn_by) : "holds"});
  }
  if (!table.empty()) table.Print(context.out);
  else if (!context.global.quiet) context.out.Line("nobody has decided anything in this case");
  return Exit::done;
}

Status CheckLinkArguments(const Arguments& arguments) {
  if (!arguments.table.empty() || arguments.null)
    return UsageError("recover decide: --link rules on a record, and not on a field of a row");
  if (arguments.by.empty() || arguments.reason.empty())
    return UsageError("recover decide: a ruling needs a name and a reason: --by NAME --reason TEXT");
  const int said = static_cast<int>(!arguments.to.empty()) + static_cast<int>(!arguments.apart.empty()) +
                   static_cast<int>(arguments.withdraw);
  return said == 1 ? OkStatus() : UsageError("recover decide: give one of --to KEY, --apart KEY and --withdraw");
}

Status CheckArguments(const Arguments& arguments) {
  const bool has_value = arguments.value_from != Origin::unset;
  if (arguments.list)
    return arguments.table.empty() && !arguments.withdraw ? OkStatus()
                                                          : UsageError("recover decide: --list takes the case alone");
  if (!arguments.link.empty()) return CheckLinkArguments(arguments);
  if (!arguments.to.empty() || !arguments.apart.empty())
    return UsageError("recover decide: --to and --apart say what a record is: give --link RECORD");
  if (arguments.table.empty() || arguments.key.empty() || arguments.column.empty())
    return UsageError("recover decide: which field? give TABLE, KEY and COLUMN, or --list");
  if (arguments.by.empty() || arguments.reason.empty())
    return UsageError("recover decide: a ruling needs a name and a reason: --by NAME --reason TEXT");
  const int said =
      static_cast<int>(has_value) + static_cast<int>(arguments.null) + static_cast<int>(arguments.withdraw);
  return said == 1 ? OkStatus() : UsageError("recover decide: give one of VALUE, --null and --withdraw");
}

Result<Exit> RunLink(const Arguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::write));
  const bool apart = !arguments.apart.empty();
  const DecideLinkOptions options{arguments.link, apart ? arguments.apart : arguments.to, apart, arguments.by,
                                  arguments.reason};
  PULIH_TRY_ASSIGN(const LinkRuling ruling,
                   arguments.withdraw ? WithdrawLink(*opened.folder, options) : DecideLink(*opened.folder, options));
  if (context.global.json) {
    WriteLinkRuling(context.json, ruling);
  } else if (!context.global.quiet) {
    const std::string record = "record " + EscapeText(ruling.record);
    context.out.Line(arguments.withdraw ? "withdrew ruling " + std::to_string(ruling.number) + ": " + record + " stands by itself again"
                                        : "ruling " + std::to_string(ruling.number) + ": " + record +
                                              (ruling.is_joined ? " is " : " is not ") +
                                              EscapeText(ruling.entity + " " + ruling.to));
  }
  return Exit::done;
}

Result<Exit> Run(const Arguments& arguments, Context& context) {
  PULIH_TRY(CheckArguments(arguments));
  if (arguments.list) return RunList(arguments, context);
  if (!arguments.link.empty()) return RunLink(arguments, context);
  PULIH_TRY_ASSIGN(const OpenedCase opened, OpenCase(arguments.path, CaseAccess::write));
  DecideOptions options{arguments.table, arguments.key, arguments.column, std::nullopt, arguments.by, arguments.reason};
  if (!arguments.null) options.value = arguments.value;
  PULIH_TRY_ASSIGN(const Ruling ruling,
                   arguments.withdraw ? WithdrawDecision(*opened.folder, options) : Decide(*opened.folder, options));
  if (context.global.json) {
    WriteRuling(context.json, ruling);
  } else if (!context.global.quiet) {
    const std::string field = EscapeText(ruling.table + " " + ruling.key + " " + ruling.column);
    context.out.Line(arguments.withdraw
                         ? "withdrew ruling " + std::to_string(ruling.number) + ": " + field +
                               " is again what the evidence says"
                         : "ruling " + std::to_string(ruling.number) + ": " + field + " is " + ValueText(ruling));
  }
  return Exit::done;
}

}  // namespace

CommandSpec RecoverDecideCommand() {
  auto a = std::make_shared<Arguments>();
  CommandSpec spec;
  spec.name = "recover decide";
  spec.summary = "a person says what a field is, with name and reason; or takes that back";
  spec.description =
      "Keeps a ruling on one field of a row as a signed line of the case's custody log: what, who says so, why, when. "
      "From then on `export`, `explain`, `load`, "
      "`snapshot` and `report` show the value and mark it decided. A ruling is a claim of class 7: it proves nothing, "
      "so the field's grade is D, unless "
      "evidence has that very value.\n\n"
      "A later ruling on the same field replaces the one before; --withdraw takes it back. Nothing is erased: --list "
      "shows all of them. A key, and a row that no "
      "evidence has, cannot be decided.\n\n"
      "With --link a person says which tender, vendor, bid or unit a record without a key is. It then tells what it tells about "
      "that thing in `report`, at grade D: it fills what nobody else tells, makes nothing certain, and disputes nothing that is proven.";
  spec.arguments = {
      CaseArgument(a->path),
      {.names = "TABLE", .help = "[SCHEMA.]TABLE", .target = &a->table},
      {.names = "KEY", .help = "which row, as for `records get`", .target = &a->key},
      {.names = "COLUMN", .help = "which field", .target = &a->column},
      {.names = "VALUE", .help = "what it is, as PostgreSQL writes it", .target = &a->value, .origin = &a->value_from}};
  spec.options = {{.names = "--by", .value = "NAME", .help = "who decides", .target = &a->by},
                  {.names = "--reason", .value = "TEXT", .help = "why: what was looked at", .target = &a->reason},
                  {.names = "--null", .help = "instead of VALUE: it is NULL", .target = &a->null},
                  {.names = "--withdraw", .help = "instead of VALUE: take the ruling back", .target = &a->withdraw},
                  {.names = "--link", .value = "RECORD", .help = "rule on a record without a key, as `recover report` names it", .target = &a->link},
                  {.names = "--to", .value = "KEY", .help = "with --link: the record is the thing of this key", .target = &a->to},
                  {.names = "--apart", .value = "KEY", .help = "with --link: the record is not the thing of this key", .target = &a->apart},
                  {.names = "--list", .help = "all rulings of the case", .target = &a->list}};
  spec.examples = {{"a price that the signed contract shows",
                    "pulih recover decide /srv/case-2014 paket 105 pkt_hps 890000000.00 --by \"Ibu Sari\" --reason "
                    "\"contract 12/2014, page 3\""},
                   {"taken back",
                    "pulih recover decide /srv/case-2014 paket 105 pkt_hps --withdraw --by \"Ibu Sari\" --reason "
                    "\"another contract\""},
                   {"a bidder without NPWP is this vendor",
                    "pulih recover decide /srv/case-2014 --link 0123456789abcdef --to 901010017 --by \"Ibu Sari\" --reason "
                    "\"the same address and director\""}};
  spec.needs_repository = false;
  spec.run = [a](Context& context) { return Run(*a, context); };
  return spec;
}

}  // namespace pulih

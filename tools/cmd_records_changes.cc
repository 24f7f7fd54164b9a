// pulih records history, diff: how rows changed.
#include <algorithm>
#include <array>
#include <memory>

#include "engine/base/time_text.h"
#include "engine/records/row_changes.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/record_output.h"
#include "tools/render.h"
#include "tools/session.h"
#include "tools/signals.h"

namespace pulih {
namespace {

std::string_view KindName(RowChangeKind kind) {
  switch (kind) {
    case RowChangeKind::added: return "added";
    case RowChangeKind::changed: return "changed";
    case RowChangeKind::removed: return "removed";
  }
  return "unknown";
}

// {"pkt_hps": {"before": …, "after": …}}: a column that one side does not have is null there.
Status WriteFields(JsonWriter& json, const std::vector<std::string>& fields, const TableReader& before_table, const StoredRow& before,
                   const TableReader& after_table, const StoredRow& after) {
  const auto write = [&](const char* side, const TableReader& table, const StoredRow& row, const std::string& name) -> Status {
    json.Key(side);
    if (const auto column = ColumnNamed(table.descriptor(), name)) return WriteJsonValue(json, table, row, *column);
    json.Null();
    return OkStatus();
  };
  json.Key("fields");
  json.BeginObject();
  for (const std::string& name : fields) {
    json.Key(ToUtf8(name));
    json.BeginObject();
    PULIH_TRY(write("before", before_table, before, name));
    PULIH_TRY(write("after", after_table, after, name));
    json.EndObject();
  }
  json.EndObject();
  return OkStatus();
}

Result<std::string> ValueOf(const TableReader& table, const StoredRow& row, const std::string& name, size_t width) {
  const auto column = ColumnNamed(table.descriptor(), name);
  if (!column) return std::string("(no such column)");
  if (std::holds_alternative<std::monostate>(row.columns[*column])) return std::string("(null)");
  return CellText(table, row, *column, width);
}

Status PrintFields(Context& context, const std::vector<std::string>& fields, const TableReader& before_table, const StoredRow& before,
                   const TableReader& after_table, const StoredRow& after) {
  for (const std::string& name : fields) {
    // Both stand in one line: "    name: before → after".
    const size_t around = 4 + DisplayWidth(EscapeName(name)) + 2 + 3;
    const size_t both = ValueColumns(context, around), width = context.out.terminal_columns() > 0 ? (both + 1) / 2 : both;
    PULIH_TRY_ASSIGN(const std::string was, ValueOf(before_table, before, name, width));
    PULIH_TRY_ASSIGN(const std::string is, ValueOf(after_table, after, name, width));
    context.out.Line("    " + EscapeName(name) + ": " + was + " → " + is);
  }
  return OkStatus();
}

// --- history -----------------------------------------------------------------------------------------------------------

struct HistoryArguments {
  std::string table, key;
  SnapshotFilter filter;
};

// By `recover snapshot`, from partial copies: its time is that of the rebuilding.
bool IsRebuilt(const Snapshot& snapshot) {
  if (!snapshot.content) return false;
  const std::vector<std::string>& tags = snapshot.content->tags;
  return std::find(tags.begin(), tags.end(), "rebuilt") != tags.end();
}

Status WriteHistoryJson(JsonWriter& json, const std::vector<Snapshot>& snapshots, const std::vector<RowVersion>& versions) {
  json.BeginArray();
  for (size_t i = 0; i < versions.size(); ++i) {
    const RowVersion& version = versions[i];
    const Snapshot& snapshot = snapshots[version.snapshot];
    json.BeginObject();
    json.Field("snapshot", std::string_view(snapshot.id.hex()));
    json.Field("time", std::string_view(FormatUtc(snapshot.meta.time_ns)));
    json.Field("change", KindName(version.kind));
    json.Field("rebuilt", IsRebuilt(snapshot));
    if (version.kind == RowChangeKind::changed) {
      PULIH_TRY(WriteFields(json, version.fields, *versions[i - 1].table, *versions[i - 1].row, *version.table, *version.row));
    } else {
      json.Key("fields");
      json.BeginObject();
      json.EndObject();
    }
    json.Key("row");
    if (version.row) {
      PULIH_TRY(WriteJsonRow(json, *version.table, *version.row));
    } else {
      json.Null();
    }
    json.EndObject();
  }
  json.EndArray();
  return OkStatus();
}

Status PrintHistory(Context& context, const std::vector<Snapshot>& snapshots, const RowHistoryResult& history) {
  const std::vector<RowVersion>& versions = history.versions;
  for (size_t i = 0; i < versions.size(); ++i) {
    const RowVersion& version = versions[i];
    const Snapshot& snapshot = snapshots[version.snapshot];
    context.out.Line(ShortId(snapshot.id.hex()) + "  " + TimeText(snapshot.meta.time_ns) + "  " + std::string(KindName(version.kind)) + (IsRebuilt(snapshot) ? " (rebuilt)" : ""));
    if (version.kind == RowChangeKind::changed) {
      PULIH_TRY(PrintFields(context, version.fields, *versions[i - 1].table, *versions[i - 1].row, *version.table, *version.row));
    } else if (version.row && context.global.verbose) {
      for (const ColumnDescriptor& column : version.table->descriptor().columns) {
        PULIH_TRY_ASSIGN(const std::string value, ValueOf(*version.table, *version.row, column.name, 0));
        context.out.Line("    " + EscapeName(column.name) + ": " + value);
      }
    }
  }
  if (context.global.quiet) return OkStatus();
  const bool in_all = history.looked_through == snapshots.size();
  context.out.Line(CountOf(versions.size(), "version") + " in " +
                   (in_all ? CountOf(snapshots.size(), "snapshot")
                           : CountText(history.looked_through) + " of " + CountOf(snapshots.size(), "snapshot") + " (the others do not have the table)"));
  return OkStatus();
}

Result<Exit> RunHistory(const HistoryArguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const TableName name, ParseTableName(arguments.table));
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(std::vector<Snapshot> snapshots, session->ListAll());
  PULIH_TRY_ASSIGN(snapshots, SelectSnapshots(std::move(snapshots), arguments.filter));
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  PULIH_TRY_ASSIGN(const RowHistoryResult history, RowHistory(*reader, snapshots, name, arguments.key));
  const std::vector<RowVersion>& versions = history.versions;
  for (const auto& [place, why] : history.unread) {
    context.Warn("snapshot " + ShortId(snapshots[place].id.hex()) + " says nothing of this row: " + EscapeText(why));
  }
  PULIH_TRY(context.global.json ? WriteHistoryJson(context.json, snapshots, versions) : PrintHistory(context, snapshots, history));
  return session->refused_snapshots() > 0 || !history.unread.empty() ? Exit::incomplete : Exit::done;
}

// --- diff ----------------------------------------------------------------------------------------------------------------

struct DiffArguments {
  std::string before, after, table;
  SnapshotFilter filter;
};

struct Compared {
  ReadSession& reader;
  Snapshot before, after;
  std::optional<TableName> table;

  const Snapshot& Lacking(const NotCompared& one) const { return one.is_in_before ? after : before; }
  Result<DiffCounts> Each(const std::function<Status(const RowChange&)>& each) const {
    return DiffRows(reader, before, after, table, [&](const RowChange& change) -> Result<bool> {
      PULIH_TRY(each(change));
      return !StopRequested();
    });
  }
};

const TableReader& TableOf(const RowChange& change) { return change.after ? *change.table_after : *change.table_before; }
const StoredRow& RowOf(const RowChange& change) { return change.after ? *change.after : *change.before; }

// Before the first byte of an answer: half of one that then fails would look like a whole.
Status CheckTables(const Compared& compared) {
  PULIH_TRY_ASSIGN(std::vector<TableName> names, TableNames(compared.before));
  PULIH_TRY_ASSIGN(const std::vector<TableName> more, TableNames(compared.after));
  names.insert(names.end(), more.begin(), more.end());
  if (compared.table) return ResolveTable(names, *compared.table, "the two snapshots").status();
  if (names.empty()) return Status(Code::not_found, "comparing rows: neither snapshot holds any table", "`pulih snapshots` shows which do");
  return OkStatus();
}

Status WriteChangeJson(JsonWriter& json, const RowChange& change) {
  const TableReader& table = TableOf(change);
  json.BeginObject();
  json.Field("table", std::string_view(TableRootName(table.descriptor())));
  json.Field("key", std::string_view(table.KeyText(RowOf(change))));
  if (change.before && change.before->count > 1) json.Field("count_before", change.before->count);
  if (change.after && change.after->count > 1) json.Field("count_after", change.after->count);
  if (change.kind == RowChangeKind::changed) {
    PULIH_TRY(WriteFields(json, change.fields, *change.table_before, *change.before, *change.table_after, *change.after));
  } else {
    json.Key("row");
    PULIH_TRY(WriteJsonRow(json, table, RowOf(change)));
  }
  json.EndObject();
  return OkStatus();
}

// Three lists, so three passes: each costs what changed, and none holds it. False: something could not be compared.
Result<bool> WriteDiffJson(JsonWriter& json, const Compared& compared) {
  json.BeginObject();
  DiffCounts counts;
  for (const auto& [kind, name] : {std::pair(RowChangeKind::added, "added"), std::pair(RowChangeKind::removed, "removed"),
                                   std::pair(RowChangeKind::changed, "changed")}) {
    json.Key(name);
    json.BeginArray();
    PULIH_TRY_ASSIGN(counts, compared.Each([&](const RowChange& change) { return change.kind == kind ? WriteChangeJson(json, change) : OkStatus(); }));
    json.EndArray();
  }
  json.Field("tables_compared", counts.tables_compared);
  json.Field("tables_only_before", counts.tables_only_before);
  json.Field("tables_only_after", counts.tables_only_after);
  json.Key("tables_not_compared");
  json.BeginArray();
  for (const NotCompared& one : counts.not_compared) {
    json.BeginObject();
    json.Field("table", std::string_view(one.table));
    json.Field("snapshot", std::string_view(compared.Lacking(one).id.hex()));
    json.Field("why", std::string_view(one.why));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return counts.not_compared.empty();
}

Result<bool> PrintDiff(Context& context, const Compared& compared) {
  std::string table_name;
  PULIH_TRY_ASSIGN(const DiffCounts counts, compared.Each([&](const RowChange& change) -> Status {
    const TableReader& table = TableOf(change);
    if (const std::string name = TableRootName(table.descriptor()); name != table_name) {
      table_name = name;
      context.out.Line(EscapeText(name));
    }
    const char* mark = change.kind == RowChangeKind::added ? "+ " : change.kind == RowChangeKind::removed ? "- " : "~ ";
    context.out.Line(std::string("  ") + mark + EscapeName(table.KeyText(RowOf(change))));
    if (change.kind != RowChangeKind::changed) return OkStatus();
    return PrintFields(context, change.fields, *change.table_before, *change.before, *change.table_after, *change.after);
  }));
  for (const std::string& name : counts.tables_only_before) context.out.Line("table gone: " + EscapeText(name));
  for (const std::string& name : counts.tables_only_after) context.out.Line("table new: " + EscapeText(name));
  for (const NotCompared& one : counts.not_compared) {
    const std::string what = one.table.ends_with('/') ? "tables of " + one.table.substr(0, one.table.size() - 1) : one.table;
    context.out.Line("not compared: " + EscapeText(what) + ": not in snapshot " + ShortId(compared.Lacking(one).id.hex()) + ": " + EscapeText(one.why));
  }
  if (!context.global.quiet) {
    context.out.Line(CountText(counts.added) + " added, " + CountText(counts.removed) + " removed, " + CountText(counts.changed) + " changed, in " +
                     CountOf(counts.tables_compared, "table"));
  }
  return counts.not_compared.empty();
}

Result<Exit> RunDiff(const DiffArguments& arguments, Context& context) {
  std::optional<TableName> table;
  if (!arguments.table.empty()) {
    PULIH_TRY_ASSIGN(table, ParseTableName(arguments.table));
  }
  PULIH_TRY_ASSIGN(const auto session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, session->ListAll());
  PULIH_TRY_ASSIGN(ReadSession * const reader, session->reader());
  Compared compared{*reader, {}, {}, std::move(table)};
  PULIH_TRY_ASSIGN(compared.before, ChooseSnapshot(snapshots, arguments.before, arguments.filter));
  PULIH_TRY_ASSIGN(compared.after, ChooseSnapshot(snapshots, arguments.after, arguments.filter));
  PULIH_TRY(CheckTables(compared));
  PULIH_TRY_ASSIGN(const bool is_whole, context.global.json ? WriteDiffJson(context.json, compared) : PrintDiff(context, compared));
  if (StopRequested()) return Status(Code::interrupted, "interrupted");
  return session->refused_snapshots() > 0 || !is_whole ? Exit::incomplete : Exit::done;
}

}  // namespace

CommandSpec RecordsHistoryCommand() {
  auto a = std::make_shared<HistoryArguments>();
  CommandSpec spec;
  spec.name = "records history";
  spec.summary = "show each version of one row";
  spec.description =
      "Goes through all snapshots and shows each version of a row with the snapshot that shows it first: when it appeared, which fields "
      "changed and how, when it was gone. A snapshot that does not hold the table says nothing about the row.\n\n"
      "--verbose shows all fields of a row that appeared.";
  spec.arguments = {{.names = "TABLE", .help = "[DATABASE/][SCHEMA.]TABLE", .target = &a->table, .required = true},
                    {.names = "KEY", .help = "which row, as for `records get`", .target = &a->key, .required = true}};
  spec.options = FilterOptions(a->filter);
  spec.examples = {{"who changed the price", "pulih records history paket 4300127"}};
  spec.run = [a](Context& context) { return RunHistory(*a, context); };
  return spec;
}

CommandSpec RecordsDiffCommand() {
  auto a = std::make_shared<DiffArguments>();
  CommandSpec spec;
  spec.name = "records diff";
  spec.summary = "show which rows changed between two snapshots";
  spec.description =
      "Lists the rows that were added (+), removed (-) and changed (~) from snapshot A to snapshot B, table by table, and for what changed "
      "the fields with their values before and after. The time that this takes follows the number of changes, not the size of the database.\n\n"
      "A table that one of the two does not have, because it was locked or left out that night, or because the snapshot is of something else, is "
      "named and not compared, and the exit code is 3: none of its rows came or went.";
  spec.arguments = {{.names = "A", .help = "the snapshot before: an id, latest~1, a date", .target = &a->before, .required = true},
                    {.names = "B", .help = "the snapshot after", .target = &a->after, .required = true}};
  spec.options = {{.names = "--table", .value = "TABLE", .help = "only this table", .target = &a->table}};
  for (OptionSpec& option : FilterOptions(a->filter)) spec.options.push_back(std::move(option));
  spec.examples = {{"since the night before", "pulih records diff latest~1 latest"},
                   {"of one table since a day", "pulih records diff 2014-10-03 latest --table paket"}};
  spec.run = [a](Context& context) { return RunDiff(*a, context); };
  return spec;
}

}  // namespace pulih

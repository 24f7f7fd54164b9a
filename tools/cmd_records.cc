// pulih records tables, get, find: looking rows up.
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/records/filter.h"
#include "engine/records/partitions.h"
#include "engine/records/related_rows.h"
#include "engine/records/row_key_text.h"
#include "engine/records/table_reader.h"
#include "tools/command_list.h"
#include "tools/escape.h"
#include "tools/found_rows.h"
#include "tools/record_output.h"
#include "tools/render.h"
#include "tools/report.h"
#include "tools/session.h"
#include "tools/signals.h"

namespace pulih {
namespace {

OptionSpec SnapshotArgument(std::string& target) {
  return {.names = "SNAP", .help = "an id of 8 or more digits, latest, latest~N, or a date", .target = &target, .required = true};
}
OptionSpec TableArgument(std::string& target) {
  return {.names = "TABLE", .help = "[DATABASE/][SCHEMA.]TABLE; the table's name alone where only one has it", .target = &target, .required = true};
}

// What every one of these begins with.
struct Opened {
  std::unique_ptr<Session> session;
  ReadSession* reader = nullptr;
  Snapshot snapshot;
};
Result<Opened> OpenSnapshot(Context& context, const std::string& words, const SnapshotFilter& filter) {
  Opened opened;
  PULIH_TRY_ASSIGN(opened.session, Session::Open(context, Intent::read));
  PULIH_TRY_ASSIGN(const auto snapshots, opened.session->ListAll());
  PULIH_TRY_ASSIGN(opened.snapshot, ChooseSnapshot(snapshots, words, filter));
  PULIH_TRY_ASSIGN(opened.reader, opened.session->reader());
  return opened;
}

// --- tables ------------------------------------------------------------------------------------------------------------

struct TablesArguments {
  std::string snapshot;
  SnapshotFilter filter;
};

std::string KeyColumnsText(const TableDescriptor& table) {
  std::string names;
  for (const uint32_t column : table.key) names += (names.empty() ? "" : ", ") + EscapeName(table.columns[column].name);
  return names.empty() ? "(none)" : names;
}

void WriteTableJson(JsonWriter& json, const ListedTable& table) {
  const TableDescriptor& d = table.descriptor;
  json.BeginObject();
  json.Field("table", std::string_view(TableRootName(d)));
  json.Field("database", std::string_view(d.database));
  json.Field("schema", std::string_view(d.schema));
  json.Field("name", std::string_view(d.name));
  json.Field("rows", table.rows);
  json.Key("key");
  json.BeginArray();
  for (const uint32_t column : d.key) json.Text(d.columns[column].name);
  json.EndArray();
  json.Key("columns");
  json.BeginArray();
  for (const ColumnDescriptor& column : d.columns) {
    json.BeginObject();
    json.Field("name", std::string_view(column.name));
    json.Field("type", std::string_view(column.type_text));
    json.Field("not_null", column.not_null);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

Result<Exit> RunTables(const TablesArguments& arguments, Context& context) {
  PULIH_TRY_ASSIGN(const Opened opened, OpenSnapshot(context, arguments.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(const auto tables, ListTables(*opened.reader, opened.snapshot));
  if (context.global.json) {
    context.json.BeginArray();
    for (const ListedTable& table : tables) WriteTableJson(context.json, table);
    context.json.EndArray();
    return Exit::done;
  }
  Table list({{"TABLE"}, {"ROWS", Align::right}, {"COLUMNS", Align::right}, {"KEY"}});
  uint64_t rows = 0;
  for (const ListedTable& table : tables) {
    rows += table.rows;
    list.Add({SpokenTable(table.descriptor), CountText(table.rows), CountText(table.descriptor.columns.size()), KeyColumnsText(table.descriptor)});
  }
  list.Print(context.out);
  if (!context.global.quiet) context.out.Line(CountOf(tables.size(), "table") + ", " + CountOf(rows, "row"));
  return Exit::done;
}

// --- get -----------------------------------------------------------------------------------------------------------------

struct GetArguments {
  std::string snapshot, table, key;
  bool follow = false, csv = false;
  std::optional<uint64_t> jobs;
  SnapshotFilter filter;
};

Status PrintRow(Context& context, const TableReader& table, const StoredRow& row) {
  Table cells({{"COLUMN"}, {"VALUE"}});
  size_t names = 0;
  for (const ColumnDescriptor& column : table.descriptor().columns) names = std::max(names, DisplayWidth(EscapeName(column.name)));
  const size_t width = ValueColumns(context, names + 2);
  for (size_t i = 0; i < table.descriptor().columns.size(); ++i) {
    PULIH_TRY_ASSIGN(std::string cell, CellText(table, row, i, width));
    const bool is_null = std::holds_alternative<std::monostate>(row.columns[i]);
    cells.Add({EscapeName(table.descriptor().columns[i].name), is_null ? "(null)" : std::move(cell)});
  }
  cells.Print(context.out);
  return OkStatus();
}

// What hangs on the row, table by table: that of the row first, for the others hang on it.
Status PrintRelated(Context& context, const RelatedRows& rows, size_t asked) {
  std::vector<size_t> order = {asked};
  for (size_t table = 0; table < rows.tables.size(); ++table) {
    if (table != asked) order.push_back(table);
  }
  for (const size_t table : order) {
    const TableReader& reader = rows.tables[table];
    Table list({{"KEY"}, {"BECAUSE OF"}});
    uint64_t count = 0;
    const auto add = [&](const RelatedRow& row) {
      if (row.table != table) return;
      list.Add({EscapeName(reader.KeyText(row.row)), row.because.empty() ? "(asked for)" : EscapeText(row.because)});
      ++count;
    };
    for (const RelatedRow& row : rows.rows) {
      if (row.because.empty()) add(row);
    }
    for (const RelatedRow& row : rows.rows) {
      if (!row.because.empty()) add(row);
    }
    context.out.Line("");
    context.out.Line(SpokenTable(reader.descriptor()) + ": " + CountOf(count, "row"));
    list.Print(context.out);
  }
  return OkStatus();
}

Status WriteFollowedJson(JsonWriter& json, const RelatedRows& rows) {
  const auto asked = std::find_if(rows.rows.begin(), rows.rows.end(), [](const RelatedRow& row) { return row.because.empty(); });
  const auto write = [&](const RelatedRow& row) -> Status {
    const TableReader& table = rows.tables[row.table];
    json.Field("table", std::string_view(TableRootName(table.descriptor())));
    json.Field("key", std::string_view(table.KeyText(row.row)));
    if (!row.because.empty()) json.Field("because", std::string_view(row.because));
    json.Key("row");
    return WriteJsonRow(json, table, row.row);
  };
  json.BeginObject();
  PULIH_TRY(write(*asked));
  json.Key("related");
  json.BeginArray();
  for (const RelatedRow& row : rows.rows) {
    if (&row == &*asked) continue;
    json.BeginObject();
    PULIH_TRY(write(row));
    json.EndObject();
  }
  json.EndArray();
  json.Field("damaged", rows.damaged);
  json.EndObject();
  return OkStatus();
}

Result<Exit> RunGet(const GetArguments& arguments, Context& context) {
  if (arguments.csv && context.global.json) return UsageError("records get: --csv and --json exclude each other");
  if (arguments.csv && arguments.follow) return UsageError("records get: --csv shows one table, --follow several", "use --json");
  PULIH_TRY_ASSIGN(const TableName name, ParseTableName(arguments.table));
  PULIH_TRY_ASSIGN(const Opened opened, OpenSnapshot(context, arguments.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(const RelatedRows rows,
                   FindRelatedRows(*opened.reader, opened.snapshot, name, {arguments.key}, arguments.follow, JobsOf(arguments.jobs)));
  const auto asked = std::find_if(rows.rows.begin(), rows.rows.end(), [](const RelatedRow& row) { return row.because.empty(); });
  const TableReader& table = rows.tables[asked->table];
  if (context.global.json) {
    PULIH_TRY(arguments.follow ? WriteFollowedJson(context.json, rows) : WriteJsonRow(context.json, table, asked->row));
  } else if (arguments.csv) {
    PULIH_TRY_ASSIGN(const auto columns, ChosenColumns(table.descriptor(), ""));
    context.out.Write(CsvHeader(table, columns));
    PULIH_TRY(WriteCsvLine(context.out, table, asked->row, columns));
  } else {
    PULIH_TRY(PrintRow(context, table, asked->row));
    if (arguments.follow) PULIH_TRY(PrintRelated(context, rows, asked->table));
  }
  for (const std::string& damage : rows.damaged) context.Warn(damage);
  return rows.damaged.empty() ? Exit::done : Exit::incomplete;
}

// --- find ------------------------------------------------------------------------------------------------------------------

struct FindArguments {
  std::string snapshot, table, where, columns;
  Origin where_from = Origin::unset;
  std::optional<uint64_t> limit;
  bool csv = false;
  SnapshotFilter filter;
};

// Looks through one table after the other.
class RowSearch {
 public:
  RowSearch(const FindArguments& arguments, Context& context)
      : arguments_(arguments), context_(context), limit_(arguments.limit.value_or(UINT64_MAX)), found_(context, arguments.csv) {}

  Status LookThrough(const TableReader& table, std::vector<size_t> columns) {
    std::optional<Filter> filter;
    if (!arguments_.where.empty()) {
      PULIH_TRY_ASSIGN(filter, Filter::Parse(arguments_.where, table.descriptor()));
    }
    found_.Begin(table, std::move(columns));
    const auto words = filter ? filter->KeyWords() : std::nullopt;
    if (words) {
      // The filter names one row: it is looked up, not searched for.
      PULIH_TRY_ASSIGN(const Bytes key, table.KeyOf(JoinKeyWords(*words)));
      PULIH_TRY_ASSIGN(const auto row, table.Get(key));
      if (row) (void)Take(table, filter, *row);
    } else {
      PULIH_TRY(table.Scan({}, [&](const StoredRow& row) { return Take(table, filter, row); },
                           [&](const MapGap& gap) {
                             has_gaps_ = true;
                             context_.Warn(SpokenTable(table.descriptor()) + ": a part of the table is damaged: " + gap.why.message());
                           }));
    }
    found_.Finish();
    return std::move(failure_);
  }

  bool is_over() const { return found_.count() >= limit_ || StopRequested() || !context_.out.ok(); }
  uint64_t count() const { return found_.count(); }
  bool has_gaps() const { return has_gaps_; }

 private:
  // False ends the search.
  bool Take(const TableReader& table, const std::optional<Filter>& filter, const StoredRow& row) {
    if (is_over()) return false;
    if (filter) {
      const auto fits = filter->Matches(table, row);
      if (fits.status().code() == Code::too_large) {
        // Whether this row fits is not known: it is told, and the others are looked at.
        has_gaps_ = true;
        context_.Warn(SpokenTable(table.descriptor()) + " " + EscapeName(table.KeyText(row)) + ": " + EscapeText(fits.status().message()));
        return true;
      }
      if (!fits.ok()) failure_ = fits.status();
      if (!fits.ok() || !*fits) return failure_.ok();
    }
    failure_ = found_.Show(row);
    return failure_.ok() && !is_over();
  }

  const FindArguments& arguments_;
  Context& context_;
  const uint64_t limit_;
  FoundRows found_;
  Status failure_;
  bool has_gaps_ = false;
};

// Partitions may have the columns of their table in an order of their own.
Result<std::vector<size_t>> SameColumns(const TableDescriptor& first, const std::vector<size_t>& chosen, const TableDescriptor& table) {
  std::vector<size_t> places;
  for (const size_t column : chosen) {
    const auto place = ColumnNamed(table, first.columns[column].name);
    if (!place) return Status(Code::corrupt, TableRootName(table) + ": it has not the columns of the table that it is a partition of");
    places.push_back(*place);
  }
  return places;
}

Result<Exit> RunFind(const FindArguments& arguments, Context& context) {
  if (arguments.csv && context.global.json) return UsageError("records find: --csv and --json exclude each other");
  if (arguments.where_from != Origin::unset && arguments.where.empty()) {
    return UsageError("records find: --where is empty", "leave it out to see all rows");
  }
  PULIH_TRY_ASSIGN(const TableName name, ParseTableName(arguments.table));
  PULIH_TRY_ASSIGN(const Opened opened, OpenSnapshot(context, arguments.snapshot, arguments.filter));
  PULIH_TRY_ASSIGN(const std::vector<ListedTable> tables, FindTableOrPartitions(*opened.reader, opened.snapshot, name));
  const TableDescriptor& first = tables.front().descriptor;
  PULIH_TRY_ASSIGN(const std::vector<size_t> columns, ChosenColumns(first, arguments.columns));
  RowSearch search(arguments, context);
  for (size_t i = 0; i < tables.size() && !search.is_over(); ++i) {
    const TableReader table(*opened.reader, tables[i]);
    PULIH_TRY_ASSIGN(std::vector<size_t> places, SameColumns(first, columns, table.descriptor()));
    PULIH_TRY(search.LookThrough(table, std::move(places)));
  }
  if (StopRequested()) return Status(Code::interrupted, "interrupted");
  if (search.count() == 0 && !context.global.json && !context.global.quiet) std::fprintf(stderr, "pulih: no row matches\n");
  return search.has_gaps() ? Exit::incomplete : Exit::done;
}

CommandSpec TablesCommand() {
  auto a = std::make_shared<TablesArguments>();
  CommandSpec spec;
  spec.name = "records tables";
  spec.summary = "list the tables of a snapshot";
  spec.description = "Lists each table that a snapshot holds, with the number of its rows, of its columns, and the columns that its rows are found by.";
  spec.arguments = {SnapshotArgument(a->snapshot)};
  spec.options = FilterOptions(a->filter);
  spec.examples = {{"of last night", "pulih records tables latest"}};
  spec.run = [a](Context& context) { return RunTables(*a, context); };
  return spec;
}

CommandSpec GetCommand() {
  auto a = std::make_shared<GetArguments>();
  CommandSpec spec;
  spec.name = "records get";
  spec.summary = "show one row by its key";
  spec.description =
      "Shows the row of a table that has this key, as it was in a snapshot.\n\n"
      "KEY is the values of the key's columns in key order, joined by commas, with CSV quoting where a value holds one; or "
      "column=value,…; or # and 64 digits for a row of a table without a key.\n\n"
      "--follow adds what hangs on the row: rows that point at it by a foreign key, rows that hang on those, and the rows of "
      "files that they name by a blb_id.";
  spec.arguments = {SnapshotArgument(a->snapshot), TableArgument(a->table),
                    {.names = "KEY", .help = "which row", .target = &a->key, .required = true}};
  spec.options = {{.names = "--follow", .help = "with the rows that hang on it", .target = &a->follow},
                  {.names = "--csv", .help = "as CSV with a header", .target = &a->csv}, JobsOption(a->jobs)};
  for (OptionSpec& option : FilterOptions(a->filter)) spec.options.push_back(std::move(option));
  spec.examples = {{"one tender", "pulih records get latest lelang_seleksi 29900127"},
                   {"with its schedule, bidders and documents", "pulih records get latest lelang_seleksi 29900127 --follow"},
                   {"a key of two columns", "pulih records get 2014-10-03 blob_table 5127,0"}};
  spec.run = [a](Context& context) { return RunGet(*a, context); };
  return spec;
}

CommandSpec FindRowsCommand() {
  auto a = std::make_shared<FindArguments>();
  CommandSpec spec;
  spec.name = "records find";
  spec.summary = "find rows by their values";
  spec.description =
      "Reads a table of a snapshot in the order of its keys and shows the rows that fit. With --json one object a line, {key, row}, "
      "as rows are found.\n\n"
      "EXPRESSION: column = value, also != < <= > >=; column ~ 'regular expression' (~* without case, !~ not); column is null; column "
      "between a and b; column in (a, b); joined by and, or, not and parentheses. Text in single quotes. Numbers are compared as numbers, times as "
      "times; a comparison with NULL holds for no row.";
  spec.arguments = {SnapshotArgument(a->snapshot), TableArgument(a->table)};
  spec.options = {{.names = "--where", .value = "EXPRESSION", .help = "only rows for which this holds", .target = &a->where, .origin = &a->where_from},
                  {.names = "--columns", .value = "LIST", .help = "only these columns: a,b", .target = &a->columns},
                  {.names = "--limit", .value = "N", .help = "at most so many rows", .target = &a->limit, .min = 1},
                  {.names = "--csv", .help = "as CSV with a header", .target = &a->csv}};
  for (OptionSpec& option : FilterOptions(a->filter)) spec.options.push_back(std::move(option));
  spec.examples = {{"by a word in the name", "pulih records find latest paket --where \"pkt_nama ~* 'jembatan'\" --columns pkt_id,pkt_nama"},
                   {"by amount", "pulih records find latest paket --where 'pkt_hps > 1000000000 and pkt_status = 1'"}};
  spec.run = [a](Context& context) { return RunFind(*a, context); };
  return spec;
}

}  // namespace

std::vector<CommandSpec> RecordsCommands() {
  std::vector<CommandSpec> commands;
  for (auto* make : {TablesCommand, GetCommand, FindRowsCommand, RecordsHistoryCommand, RecordsDiffCommand, RecordsRestoreCommand, RecordsExportCommand}) {
    commands.push_back(make());
  }
  return commands;
}

}  // namespace pulih

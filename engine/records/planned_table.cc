#include "engine/records/planned_table.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/records/column_fit.h"
#include "engine/records/row_in_parts.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

// Values of column f.
const std::string kInsert = "1", kSame = "2", kDiffers = "3", kInserting = "4", kInserted = "5";

std::string Join(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (&word != &words.front()) out += between;
    out += word;
  }
  return out;
}

// A list of values as people read it, in one column: "(12, 3)".
std::string ShownValues(const std::vector<std::string>& expressions) {
  std::string texts;
  for (const std::string& one : expressions) texts += (texts.empty() ? "(" : ", (") + one + ")::text";
  return "'(' || pg_catalog.array_to_string(ARRAY[" + texts + "], ', ', 'null') || ')'";
}

size_t PlaceIn(const PgText& text) {
  size_t place = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), place);
  return place;
}

}  // namespace

PlannedTable::PlannedTable(PgClient& client, const TableReader& reader, size_t number, RestoreMode mode,
                           RestoreRowsReport& report)
    : client_(client), reader_(reader), mode_(mode), report_(report), staged_(number) {}

std::string PlannedTable::Utf8(const PgText& text) const {
  return ToUtf8(AsBytes(text.value_or("")), reader_.descriptor().encoding);
}

void PlannedTable::Conflict(size_t row, const std::string& why) {
  RowPlan& plan = report_.plan[row];
  plan.why += (plan.fate == RowFate::conflict ? "; " : "") + why;
  plan.fate = RowFate::conflict;
}

void PlannedTable::ConflictAll(const std::string& why) {
  usable_ = false;
  for (const size_t row : rows_) Conflict(row, why);
}

// --- the target's table ---

Status PlannedTable::Prepare(const TargetTypes& types, std::vector<size_t> rows) {
  rows_ = std::move(rows);
  const TableDescriptor& table = reader_.descriptor();
  if (table.origin != TableOrigin::postgres) {
    return Status(Code::invalid,
                  "bringing rows back: " + TableRootName(table) + ": it came from a file, not from a database",
                  "`pulih records export` writes it as a file again");
  }
  PULIH_TRY_ASSIGN(target_, FindTargetTable(client_, table.schema, table.name, true));
  if (!target_) {
    ConflictAll("the database has no such table");
    return OkStatus();
  }
  if (mode_ == RestoreMode::side_table) PULIH_TRY(MakeSideTable());
  return CompareWithTarget(types);
}

Status PlannedTable::MakeSideTable() {
  const std::string name = SideTableName(target_->name);
  const std::string side = SqlName(target_->schema) + "." + SqlName(name);
  const Status made = client_.Execute("CREATE TABLE IF NOT EXISTS " + side + " (LIKE " + target_->sql_name() + ")");
  if (!made.ok()) return Status(made).Within("making table " + side);
  const std::string schema = target_->schema;
  PULIH_TRY_ASSIGN(target_, FindTargetTable(client_, schema, name, true));
  if (!target_) return Status(Code::invalid, "making table " + side + ": there is something else of this name");
  return OkStatus();
}

Status PlannedTable::CompareWithTarget(const TargetTypes& types) {
  const TableDescriptor& table = reader_.descriptor();
  const std::string name = TableRootName(table);
  const std::vector<uint32_t> numbers = types.NumbersOf(table.types);
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnDescriptor& had = table.columns[i];
    const TargetColumn* has = target_->Column(had.name);
    if (has == nullptr && !had.generated) {
      ++report_.columns_missing;
      report_.warnings.push_back(name + ": the database has no column " + QuoteName(had.name) +
                                 " any more: its values stay away");
    }
    if (has == nullptr || has->generated || had.generated) continue;
    if (!KeepsValues(numbers[had.type], had.type_text, has->type, has->type_text)) {
      ConflictAll("column " + QuoteName(Utf8(had.name)) + " was of type " + Utf8(had.type_text) + " and is " +
                  Utf8(has->type_text) + " now");
      return OkStatus();
    }
    staged_.Add(table, i);
  }
  for (const TargetColumn& has : target_->columns) {
    const bool was_there = std::any_of(table.columns.begin(), table.columns.end(),
                                       [&](const ColumnDescriptor& had) { return had.name == has.name; });
    if (!was_there && has.may_be_left_out()) {
      report_.warnings.push_back(name + ": column " + QuoteName(has.name) + " is new: inserted rows get its default");
    }
  }
  keyed_ = staged_.SetKey(table) && mode_ != RestoreMode::side_table;
  if (!target_->triggers.empty()) {
    report_.warnings.push_back(
        name + ": its triggers fire for what is inserted, as for any row: " + Join(target_->triggers, ", "));
  }
  return OkStatus();
}

std::string PlannedTable::IsWritten(const std::string& alias) const {
  return mode_ == RestoreMode::overwrite ? alias + ".f IN (" + kInsert + ", " + kDiffers + ")"
                                         : alias + ".f = " + kInsert;
}

// --- what would become of the rows ---

Status PlannedTable::Stage(const RelatedRows& rows, const TargetTypes& types) {
  std::string columns;
  for (size_t i = 0; i < staged_.size(); ++i)
    columns += ", t." + SqlName(staged_.names()[i]) + " AS " + StagedColumns::Name(i);
  PULIH_TRY(client_.Execute(
      "CREATE TEMPORARY TABLE " + staged_.bare_table() +
      " ON COMMIT DROP AS SELECT 0::bigint AS r, 0::bigint AS n, 0::bigint AS w, 0 AS f, ''::text AS d" + columns +
      " FROM " + target_->only() + " t WITH NO DATA"));
  PULIH_TRY(SendRows(rows, types));
  PULIH_TRY(client_.Execute("ANALYZE " + temp()));
  PULIH_TRY(keyed_ ? CompareByKey() : CompareWhole());
  return ReadFates();
}

Status PlannedTable::CompareByKey() {
  return client_.Execute("UPDATE " + temp() + " o SET f = CASE WHEN x.hit IS NULL THEN " + kInsert +
                         " WHEN x.d = '' THEN " + kSame + " ELSE " + kDiffers +
                         " END, d = x.d FROM (SELECT s.r, t.tableoid AS hit, " + staged_.Differences("t", "s") +
                         " AS d FROM " + temp() + " s LEFT JOIN " + target_->only() + " t ON " +
                         staged_.JoinOnKey("t", "s") + ") x WHERE x.r = o.r");
}

// Equal rows that are there count for as many.
Status PlannedTable::CompareWhole() {
  PULIH_TRY(client_.Execute("UPDATE " + temp() +
                            " s SET w = s.n, n = s.n - LEAST(s.n, (SELECT pg_catalog.count(*) FROM " + target_->only() +
                            " t WHERE " + staged_.Equal("t", "s") + "))"));
  return client_.Execute("UPDATE " + temp() + " SET f = CASE WHEN n = 0 THEN " + kSame + " ELSE " + kInsert + " END");
}

Status PlannedTable::SendRows(const RelatedRows& rows, const TargetTypes& types) {
  RowLoader loader(client_, reader_, staged_.places(), types.NumbersOf(reader_.descriptor().types));
  std::string into = temp() + " (r, n";
  for (size_t i = 0; i < staged_.size(); ++i) into += ", " + StagedColumns::Name(i);
  PULIH_TRY(loader.Begin(into + ")"));
  for (const size_t place : rows_) {
    const StoredRow& row = rows.rows[place].row;
    if (NeedsParts(row)) {
      Conflict(
          place,
          "its values come to more than a server takes as one row; `pulih restore` brings it back with its database");
      continue;
    }
    if (const Status fetched = loader.Fetch(row); !fetched.ok()) {
      Conflict(place, "the repository cannot give it: " + fetched.message());
      continue;
    }
    if (Status put = loader.Put(row, {static_cast<int64_t>(place), static_cast<int64_t>(row.count)}); !put.ok()) {
      loader.Abandon("a row could not be sent");
      return put;
    }
  }
  return loader.End().status();
}

Status PlannedTable::ReadFates() {
  PULIH_TRY_ASSIGN(const PgRows fates, client_.Query("SELECT r, f, d FROM " + temp() + " ORDER BY r"));
  for (const auto& row : fates.rows) {
    const size_t place = row.size() < 3 ? report_.plan.size() : PlaceIn(row[0]);
    if (place >= report_.plan.size())
      return Status(Code::corrupt, "bringing rows back: the server's answer is not what was asked for");
    RowPlan& plan = report_.plan[place];
    const std::string fate = row[1].value_or("");
    const bool overwrites = mode_ == RestoreMode::overwrite;
    plan.fate = fate == kSame                      ? RowFate::same
                : fate == kDiffers                 ? (overwrites ? RowFate::overwrite : RowFate::differs)
                : mode_ == RestoreMode::side_table ? RowFate::side
                                                   : RowFate::insert;
    if (fate == kDiffers) plan.fields = FieldsOf(row[2].value_or(""));
  }
  return OkStatus();
}

std::vector<std::string> PlannedTable::FieldsOf(const std::string& places) const {
  std::vector<std::string> fields;
  for (size_t at = 0; at < places.size();) {
    const size_t end = std::min(places.find(',', at), places.size());
    if (const size_t column = PlaceIn(places.substr(at, end - at)); column < staged_.size())
      fields.push_back(Utf8(staged_.names()[column]));
    at = end + 1;
  }
  return fields;
}

// --- conflicts ---

Status PlannedTable::Check(const std::vector<PlannedTable>& all) {
  if (!usable_) return OkStatus();
  for (const TargetColumn& column : target_->columns) {
    if (column.may_be_left_out() || staged_.PlaceOf(column.name)) continue;
    PULIH_TRY(MarkRows("SELECT s.r, '' FROM " + temp() + " s WHERE s.f = " + kInsert,
                       "column " + QuoteName(Utf8(column.name)) + " is new, must not be null and has no default"));
  }
  if (mode_ == RestoreMode::side_table) return OkStatus();
  for (const TargetForeignKey& key : target_->foreign_keys) PULIH_TRY(CheckForeignKey(key, all));
  for (const TargetUnique& unique : target_->uniques) PULIH_TRY(CheckUnique(unique));
  return OkStatus();
}

// `sql` gives r and the end of the message.
Status PlannedTable::MarkRows(const std::string& sql, const std::string& before) {
  PULIH_TRY_ASSIGN(const PgRows rows, client_.Query(sql + " ORDER BY 1"));
  for (const auto& row : rows.rows) {
    const size_t place = row.size() < 2 ? report_.plan.size() : PlaceIn(row[0]);
    if (place >= report_.plan.size())
      return Status(Code::corrupt, "bringing rows back: the server's answer is not what was asked for");
    Conflict(place, before + Utf8(row[1]));
  }
  return OkStatus();
}

// Whether the rows' parents are in the database: "EXISTS (…)". `staged`: the constraint's columns as staged.
std::string PlannedTable::ParentExists(const TargetForeignKey& key, const std::vector<std::string>& staged) const {
  std::string parent;
  for (size_t i = 0; i < staged.size(); ++i)
    parent += (i == 0 ? "p." : " AND p.") + SqlName(key.ref_columns[i]) + " = " + staged[i];
  const std::string table =
      (key.ref_is_partitioned ? "" : "ONLY ") + SqlName(key.ref_schema) + "." + SqlName(key.ref_name);
  return "EXISTS (SELECT FROM " + table + " p WHERE " + parent + ")";
}

bool PlannedTable::IsParentOf(const TargetForeignKey& key) const {
  return usable_ && (target_->oid == key.ref_table || target_->root == key.ref_table);
}

Status PlannedTable::CheckForeignKey(const TargetForeignKey& key, const std::vector<PlannedTable>& all) {
  const auto staged = staged_.Of(key.columns, "s");
  if (!staged) return OkStatus();  // a column that is new: it gets its default
  std::string sql = "SELECT s.r, " + ShownValues(*staged) +
                    " || ' is neither in the database nor among these rows' FROM " + temp() + " s WHERE " +
                    IsWritten("s") + " AND NOT " + ParentExists(key, *staged);
  for (const std::string& column : *staged) sql += " AND " + column + " IS NOT NULL";
  for (const PlannedTable& parent : all) {
    const auto theirs = parent.IsParentOf(key) ? parent.staged_.Of(key.ref_columns, "q") : std::nullopt;
    if (!theirs) continue;
    std::string in_plan;
    for (size_t i = 0; i < staged->size(); ++i) in_plan += " AND " + (*theirs)[i] + " = " + (*staged)[i];
    sql += " AND NOT EXISTS (SELECT FROM " + parent.temp() + " q WHERE " + parent.IsWritten("q") + in_plan + ")";
  }
  const std::string parent = QuoteName(Utf8(key.ref_name)) + " (" + Utf8(Join(key.ref_columns, ", ")) + ")";
  return MarkRows(sql, "constraint " + QuoteName(Utf8(key.name)) + ": " + parent + " = ");
}

Status PlannedTable::CheckUnique(const TargetUnique& unique) {
  const auto staged = staged_.Of(unique.columns, "s");
  const bool is_key = keyed_ && unique.columns.size() == staged_.key().size() &&
                      std::is_permutation(staged_.key().begin(), staged_.key().end(), unique.columns.begin());
  if (!staged || is_key) return OkStatus();
  std::string on, not_same;
  for (size_t i = 0; i < staged->size(); ++i) {
    on += (i == 0 ? "t." : " AND t.") + SqlName(unique.columns[i]) +
          (unique.nulls_equal ? " IS NOT DISTINCT FROM " : " = ") + (*staged)[i];
  }
  std::vector<std::string> their_key;
  for (const std::string& column : staged_.key()) their_key.push_back("t." + SqlName(column));
  if (keyed_) {
    not_same = " AND NOT (" + staged_.JoinOnKey("t", "s") + ")";
    // What is overwritten as well may give the value up: the server will say.
    if (mode_ == RestoreMode::overwrite) {
      not_same += " AND NOT EXISTS (SELECT FROM " + temp() + " q WHERE q.f = " + kDiffers + " AND " +
                  staged_.JoinOnKey("t", "q") + ")";
    }
  }
  const std::string other =
      keyed_ ? " || ' is taken by row ' || " + ShownValues(their_key) : " || ' is taken by another row'";
  const std::string from = temp() + " s JOIN " + target_->only() + " t ON " + on;
  return MarkRows(
      "SELECT s.r, " + ShownValues(*staged) + other + " FROM " + from + " WHERE " + IsWritten("s") + not_same,
      "constraint " + QuoteName(Utf8(unique.name)) + ": (" + Utf8(Join(unique.columns, ", ")) + ") = ");
}

// --- writing ---

// Rows of one statement may point at each other, and what can be deferred is looked at in the end. Of the rest, parents
// that are planned must be there before.
std::string PlannedTable::IsReady(const std::vector<PlannedTable>& all) const {
  std::string ready = "true";
  for (const TargetForeignKey& key : target_->foreign_keys) {
    const auto staged = staged_.Of(key.columns, "s");
    const bool is_planned =
        std::any_of(all.begin(), all.end(), [&](const PlannedTable& other) { return other.IsParentOf(key); });
    if (!staged || !is_planned || key.deferrable || key.ref_table == target_->oid) continue;
    std::string no_parent;
    for (const std::string& column : *staged) no_parent += column + " IS NULL OR ";
    ready += " AND (" + no_parent + ParentExists(key, *staged) + ")";
  }
  return ready;
}

Result<uint64_t> PlannedTable::InsertReady(const std::vector<PlannedTable>& all) {
  if (!usable_) return uint64_t{0};
  PULIH_TRY_ASSIGN(const PgRows begun, client_.Query("UPDATE " + temp() + " s SET f = " + kInserting + " WHERE s.f = " +
                                                     kInsert + " AND " + IsReady(all) + " RETURNING s.n"));
  if (begun.rows.empty()) return uint64_t{0};
  uint64_t expected = 0;
  for (const auto& row : begun.rows) expected += row.empty() ? 0 : PlaceIn(row.front());
  std::vector<std::string> into, from;
  for (size_t i = 0; i < staged_.size(); ++i) {
    into.push_back(SqlName(staged_.names()[i]));
    from.push_back("s." + StagedColumns::Name(i));
  }
  const std::string into_list = into.empty() ? "" : " (" + Join(into, ", ") + ") OVERRIDING SYSTEM VALUE";
  auto inserted =
      client_.Query("INSERT INTO " + target_->sql_name() + into_list + " SELECT " + Join(from, ", ") + " FROM " +
                    temp() + " s, pg_catalog.generate_series(1, s.n) WHERE s.f = " + kInserting + " ORDER BY s.r");
  const std::string what = "inserting rows into " + TableRootName(reader_.descriptor());
  if (!inserted.ok()) return std::move(inserted).error().Within(what);
  if (inserted->affected != expected) {
    return Status(Code::invalid, what + ": " + std::to_string(inserted->affected) + " of " + std::to_string(expected) +
                                     " went in: a trigger or a rule of the table kept the rest");
  }
  PULIH_TRY(client_.Execute("UPDATE " + temp() + " SET f = " + kInserted + " WHERE f = " + kInserting));
  return expected;
}

Status PlannedTable::RefuseRest() {
  if (!usable_) return OkStatus();
  return MarkRows("SELECT s.r, '' FROM " + temp() + " s WHERE s.f = " + kInsert,
                  "it points at rows that point at it, by constraints that cannot be deferred");
}

Result<uint64_t> PlannedTable::Overwrite() {
  if (!usable_ || !keyed_ || mode_ != RestoreMode::overwrite) return uint64_t{0};
  std::string set;
  for (size_t i = 0; i < staged_.size(); ++i) {
    const std::string& name = staged_.names()[i];
    const bool is_key = std::find(staged_.key().begin(), staged_.key().end(), name) != staged_.key().end();
    if (is_key || target_->Column(name)->identity == 'a') continue;  // which no UPDATE may set
    set += (set.empty() ? "" : ", ") + SqlName(name) + " = s." + StagedColumns::Name(i);
  }
  if (set.empty()) return uint64_t{0};
  const std::string what = "overwriting rows of " + TableRootName(reader_.descriptor());
  PULIH_TRY_ASSIGN(const PgRows differ,
                   client_.Query("SELECT pg_catalog.count(*) FROM " + temp() + " WHERE f = " + kDiffers));
  const size_t expected = differ.rows.empty() || differ.rows[0].empty() ? 0 : PlaceIn(differ.rows[0][0]);
  auto updated = client_.Query("UPDATE " + target_->only() + " t SET " + set + " FROM " + temp() +
                               " s WHERE s.f = " + kDiffers + " AND " + staged_.JoinOnKey("t", "s"));
  if (!updated.ok()) return std::move(updated).error().Within(what);
  if (updated->affected != expected) {
    return Status(Code::invalid, what + ": " + std::to_string(updated->affected) + " of " + std::to_string(expected) +
                                     " were changed: a trigger or a rule of the table kept the rest");
  }
  return updated->affected;
}

// --- afterwards ---

Status PlannedTable::CheckWritten() {
  if (!usable_) return OkStatus();
  return keyed_ ? CheckWrittenByKey() : CheckWrittenWhole();
}

Status PlannedTable::CheckWrittenByKey() {
  const std::string written =
      mode_ == RestoreMode::overwrite ? "s.f IN (" + kInserted + ", " + kDiffers + ")" : "s.f = " + kInserted;
  PULIH_TRY_ASSIGN(const PgRows rows,
                   client_.Query("SELECT x.r, x.hit IS NULL, x.d FROM (SELECT s.r, t.tableoid AS hit, " +
                                 staged_.Differences("t", "s") + " AS d FROM " + temp() + " s LEFT JOIN " +
                                 target_->only() + " t ON " + staged_.JoinOnKey("t", "s") + " WHERE " + written +
                                 ") x WHERE x.hit IS NULL OR x.d <> '' ORDER BY 1"));
  for (const auto& row : rows.rows) {
    const size_t place = row.size() < 3 ? report_.plan.size() : PlaceIn(row[0]);
    if (place >= report_.plan.size())
      return Status(Code::corrupt, "bringing rows back: the server's answer is not what was asked for");
    if (row[1] == "t") {
      Conflict(place, "written, it was not there: a trigger or a rule of the table took it away");
      continue;
    }
    report_.plan[place].fields.clear();
    Conflict(place, "written, it was another row: a trigger or a rule of the table changes " +
                        Join(FieldsOf(row[2].value_or("")), ", "));
  }
  return OkStatus();
}

// Which column it is cannot be told without a key.
Status PlannedTable::CheckWrittenWhole() {
  return MarkRows("SELECT s.r, '' FROM " + temp() + " s WHERE s.f = " + kInserted +
                      " AND s.w > (SELECT pg_catalog.count(*) FROM " + target_->only() + " t WHERE " +
                      staged_.Equal("t", "s") + ")",
                  "written, it was not there: a trigger or a rule of the table changes it");
}

}  // namespace pulih

#include "engine/records/planned_table.h"

#include <algorithm>
#include <charconv>
#include <utility>

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

// "numeric(12,2)[]" taken apart: the words around the modifier, and its numbers.
struct TypeWords {
  std::string bare;
  std::vector<int> modifier;
};
TypeWords WordsOf(const std::string& text) {
  const size_t open = text.find('('), close = text.find(')', open);
  if (open == text.npos || close == text.npos) return {text, {}};
  TypeWords words{text.substr(0, open) + text.substr(close + 1), {}};
  for (size_t at = open + 1; at < close;) {
    const size_t end = std::min(text.find(',', at), close);
    int number = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + end, number);
    if (read.ec != std::errc() || read.ptr != text.data() + end) return {text, {}};
    words.modifier.push_back(number);
    at = end + 1;
  }
  return words;
}

// Whether the column takes every value that it had and changes none: a narrower one would round or cut without a word.
// `had`, `has`: numbers of types in the target; the texts have their modifiers.
bool KeepsValues(uint32_t had, const std::string& had_text, uint32_t has, const std::string& has_text) {
  const auto is_text = [](uint32_t number) { return number == pg_oid::kText || number == pg_oid::kVarchar; };
  const TypeWords before = WordsOf(had_text), now = WordsOf(has_text);
  if (is_text(had) && is_text(has)) {
    const bool is_wider = !before.modifier.empty() && !now.modifier.empty() && before.modifier[0] <= now.modifier[0];
    return now.modifier.empty() || is_wider;
  }
  if (had != has || before.bare != now.bare) return false;
  if (now.modifier.empty() || before.modifier == now.modifier) return true;
  // numeric: as many digits before the point, and behind it.
  const auto digits = [](const TypeWords& words) { return words.modifier[0] - words.modifier[1]; };
  return had == pg_oid::kNumeric && before.modifier.size() == 2 && now.modifier.size() == 2 &&
         before.modifier[1] <= now.modifier[1] && digits(before) <= digits(now);
}

bool IsBytes(const TypeList& types, TypeIndex type) {
  while (types[type].kind == PgTypeKind::domain) type = types[type].element;
  return types[type].oid == pg_oid::kBytea;
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
    : client_(client), reader_(reader), number_(number), mode_(mode), report_(report) {}

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
      report_.warnings.push_back(name + ": the database has no column " + QuoteName(had.name) +
                                 " any more: its values stay away");
    }
    if (has == nullptr || has->generated || had.generated) continue;
    if (!KeepsValues(numbers[had.type], had.type_text, has->type, has->type_text)) {
      ConflictAll("column " + QuoteName(Utf8(had.name)) + " was of type " + Utf8(had.type_text) + " and is " +
                  Utf8(has->type_text) + " now");
      return OkStatus();
    }
    columns_.push_back(i);
    names_.push_back(had.name);
  }
  for (const TargetColumn& has : target_->columns) {
    const bool was_there = std::any_of(table.columns.begin(), table.columns.end(),
                                       [&](const ColumnDescriptor& had) { return had.name == has.name; });
    if (!was_there && has.may_be_left_out()) {
      report_.warnings.push_back(name + ": column " + QuoteName(has.name) + " is new: inserted rows get its default");
    }
  }
  for (const uint32_t column : table.key) key_.push_back(table.columns[column].name);
  keyed_ =
      mode_ != RestoreMode::side_table && !key_.empty() &&
      std::all_of(key_.begin(), key_.end(), [&](const std::string& column) { return PlaceOf(column).has_value(); });
  if (!target_->triggers.empty()) {
    report_.warnings.push_back(
        name + ": its triggers fire for what is inserted, as for any row: " + Join(target_->triggers, ", "));
  }
  return OkStatus();
}

// --- SQL's pieces ---

std::optional<size_t> PlannedTable::PlaceOf(const std::string& column) const {
  const auto found = std::find(names_.begin(), names_.end(), column);
  return found == names_.end() ? std::nullopt : std::optional<size_t>(static_cast<size_t>(found - names_.begin()));
}

std::optional<std::vector<std::string>> PlannedTable::StagedColumns(const std::vector<std::string>& columns,
                                                                    const std::string& alias) const {
  std::vector<std::string> staged;
  for (const std::string& column : columns) {
    const std::optional<size_t> place = PlaceOf(column);
    if (!place) return std::nullopt;
    staged.push_back(alias + "." + Staged(*place));
  }
  return staged;
}

std::string PlannedTable::JoinOnKey(const std::string& target_alias, const std::string& staged_alias) const {
  const std::vector<std::string> staged = *StagedColumns(key_, staged_alias);
  std::string on;
  for (size_t i = 0; i < key_.size(); ++i)
    on += (i == 0 ? "" : " AND ") + target_alias + "." + SqlName(key_[i]) + " = " + staged[i];
  return on;
}

// As text, values of every type can be compared, and only what is written the same is the same (1.5 is not 1.50).
std::string PlannedTable::Differ(size_t i, const std::string& target_alias, const std::string& staged_alias) const {
  const std::string theirs = target_alias + "." + SqlName(names_[i]), ours = staged_alias + "." + Staged(i);
  const TableDescriptor& table = reader_.descriptor();
  if (IsBytes(table.types, table.columns[columns_[i]].type)) return theirs + " IS DISTINCT FROM " + ours;
  return "(" + theirs + ")::text COLLATE \"C\" IS DISTINCT FROM (" + ours + ")::text COLLATE \"C\"";
}

// The places of columns that differ, as text: "0,4".
std::string PlannedTable::Differences(const std::string& target_alias, const std::string& staged_alias) const {
  std::string differences;
  for (size_t i = 0; i < names_.size(); ++i) {
    differences += (i == 0 ? "CASE WHEN " : ", CASE WHEN ") + Differ(i, target_alias, staged_alias) + " THEN '" +
                   std::to_string(i) + "' END";
  }
  return "pg_catalog.array_to_string(ARRAY[" + differences + "]::text[], ',')";
}

std::string PlannedTable::Equal(const std::string& target_alias, const std::string& staged_alias) const {
  std::string equal = "true";
  for (size_t i = 0; i < names_.size(); ++i) equal += " AND NOT (" + Differ(i, target_alias, staged_alias) + ")";
  return equal;
}

std::string PlannedTable::IsWritten(const std::string& alias) const {
  return mode_ == RestoreMode::overwrite ? alias + ".f IN (" + kInsert + ", " + kDiffers + ")"
                                         : alias + ".f = " + kInsert;
}

// --- what would become of the rows ---

Status PlannedTable::Stage(const RelatedRows& rows, const TargetTypes& types) {
  std::string columns;
  for (size_t i = 0; i < names_.size(); ++i) columns += ", t." + SqlName(names_[i]) + " AS " + Staged(i);
  PULIH_TRY(client_.Execute("CREATE TEMPORARY TABLE pulih_rows_" + std::to_string(number_) +
                            " ON COMMIT DROP AS SELECT 0::bigint AS r, 0::bigint AS n, 0::bigint AS w, 0 AS f, ''::text AS d" +
                            columns + " FROM " + target_->only() + " t WITH NO DATA"));
  PULIH_TRY(SendRows(rows, types));
  PULIH_TRY(client_.Execute("ANALYZE " + temp()));
  PULIH_TRY(keyed_ ? CompareByKey() : CompareWhole());
  return ReadFates();
}

Status PlannedTable::CompareByKey() {
  return client_.Execute("UPDATE " + temp() + " o SET f = CASE WHEN x.hit IS NULL THEN " + kInsert +
                         " WHEN x.d = '' THEN " + kSame + " ELSE " + kDiffers +
                         " END, d = x.d FROM (SELECT s.r, t.tableoid AS hit, " + Differences("t", "s") +
                         " AS d FROM " + temp() + " s LEFT JOIN " + target_->only() +
                         " t ON " + JoinOnKey("t", "s") + ") x WHERE x.r = o.r");
}

// Equal rows that are there count for as many.
Status PlannedTable::CompareWhole() {
  PULIH_TRY(client_.Execute("UPDATE " + temp() + " s SET w = s.n, n = s.n - LEAST(s.n, (SELECT pg_catalog.count(*) FROM " +
                            target_->only() + " t WHERE " + Equal("t", "s") + "))"));
  return client_.Execute("UPDATE " + temp() + " SET f = CASE WHEN n = 0 THEN " + kSame + " ELSE " + kInsert + " END");
}

Status PlannedTable::SendRows(const RelatedRows& rows, const TargetTypes& types) {
  RowLoader loader(client_, reader_, columns_, types.NumbersOf(reader_.descriptor().types));
  std::string into = temp() + " (r, n";
  for (size_t i = 0; i < names_.size(); ++i) into += ", " + Staged(i);
  PULIH_TRY(loader.Begin(into + ")"));
  for (const size_t place : rows_) {
    const StoredRow& row = rows.rows[place].row;
    if (NeedsParts(row)) {
      Conflict(place, "its values come to more than a server takes as one row; `pulih restore` brings it back with its database");
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
    if (const size_t column = PlaceIn(places.substr(at, end - at)); column < names_.size())
      fields.push_back(Utf8(names_[column]));
    at = end + 1;
  }
  return fields;
}

// --- conflicts ---

Status PlannedTable::Check(const std::vector<PlannedTable>& all) {
  if (!usable_) return OkStatus();
  for (const TargetColumn& column : target_->columns) {
    if (column.may_be_left_out() || PlaceOf(column.name)) continue;
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
  const auto staged = StagedColumns(key.columns, "s");
  if (!staged) return OkStatus();  // a column that is new: it gets its default
  std::string sql = "SELECT s.r, " + ShownValues(*staged) +
                    " || ' is neither in the database nor among these rows' FROM " + temp() + " s WHERE " +
                    IsWritten("s") + " AND NOT " + ParentExists(key, *staged);
  for (const std::string& column : *staged) sql += " AND " + column + " IS NOT NULL";
  for (const PlannedTable& parent : all) {
    const auto theirs = parent.IsParentOf(key) ? parent.StagedColumns(key.ref_columns, "q") : std::nullopt;
    if (!theirs) continue;
    std::string in_plan;
    for (size_t i = 0; i < staged->size(); ++i) in_plan += " AND " + (*theirs)[i] + " = " + (*staged)[i];
    sql += " AND NOT EXISTS (SELECT FROM " + parent.temp() + " q WHERE " + parent.IsWritten("q") + in_plan + ")";
  }
  const std::string parent = QuoteName(Utf8(key.ref_name)) + " (" + Utf8(Join(key.ref_columns, ", ")) + ")";
  return MarkRows(sql, "constraint " + QuoteName(Utf8(key.name)) + ": " + parent + " = ");
}

Status PlannedTable::CheckUnique(const TargetUnique& unique) {
  const auto staged = StagedColumns(unique.columns, "s");
  const bool is_key = keyed_ && unique.columns.size() == key_.size() &&
                      std::is_permutation(key_.begin(), key_.end(), unique.columns.begin());
  if (!staged || is_key) return OkStatus();
  std::string on, not_same;
  for (size_t i = 0; i < staged->size(); ++i) {
    on += (i == 0 ? "t." : " AND t.") + SqlName(unique.columns[i]) +
          (unique.nulls_equal ? " IS NOT DISTINCT FROM " : " = ") + (*staged)[i];
  }
  std::vector<std::string> their_key;
  for (const std::string& column : key_) their_key.push_back("t." + SqlName(column));
  if (keyed_) {
    not_same = " AND NOT (" + JoinOnKey("t", "s") + ")";
    // What is overwritten as well may give the value up: the server will say.
    if (mode_ == RestoreMode::overwrite) {
      not_same +=
          " AND NOT EXISTS (SELECT FROM " + temp() + " q WHERE q.f = " + kDiffers + " AND " + JoinOnKey("t", "q") + ")";
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
    const auto staged = StagedColumns(key.columns, "s");
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
  for (size_t i = 0; i < names_.size(); ++i) {
    into.push_back(SqlName(names_[i]));
    from.push_back("s." + Staged(i));
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
  for (size_t i = 0; i < names_.size(); ++i) {
    const bool is_key = std::find(key_.begin(), key_.end(), names_[i]) != key_.end();
    if (is_key || target_->Column(names_[i])->identity == 'a') continue;  // which no UPDATE may set
    set += (set.empty() ? "" : ", ") + SqlName(names_[i]) + " = s." + Staged(i);
  }
  if (set.empty()) return uint64_t{0};
  const std::string what = "overwriting rows of " + TableRootName(reader_.descriptor());
  PULIH_TRY_ASSIGN(const PgRows differ,
                   client_.Query("SELECT pg_catalog.count(*) FROM " + temp() + " WHERE f = " + kDiffers));
  const size_t expected = differ.rows.empty() || differ.rows[0].empty() ? 0 : PlaceIn(differ.rows[0][0]);
  auto updated = client_.Query("UPDATE " + target_->only() + " t SET " + set + " FROM " + temp() +
                               " s WHERE s.f = " + kDiffers + " AND " + JoinOnKey("t", "s"));
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
                                 Differences("t", "s") + " AS d FROM " + temp() + " s LEFT JOIN " + target_->only() +
                                 " t ON " + JoinOnKey("t", "s") + " WHERE " + written +
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
                      Equal("t", "s") + ")",
                  "written, it was not there: a trigger or a rule of the table changes it");
}

}  // namespace pulih

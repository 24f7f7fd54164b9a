#include "engine/recover/load_table.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "formats/postgres/copy_text.h"
#include "formats/text/encoding.h"
#include "formats/text/json.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

constexpr size_t kFlushAt = 1u << 20;
constexpr std::array<Grade, 5> kBestFirst{Grade::a, Grade::b, Grade::c, Grade::e, Grade::d};

std::string Column(size_t place) { return "c" + std::to_string(place); }
std::string Letter(Grade grade) { return std::string(1, static_cast<char>(grade)); }

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += between;
    text += part;
  }
  return text;
}

// A key is told even where it is no text that a database could hold.
std::string Clean(std::string_view text) {
  std::string clean = MendUtf8(text);
  std::erase(clean, '\0');
  return clean;
}

bool IsText(std::string_view text) { return text.find('\0') == text.npos && IsUtf8(text); }

// Fields of which a part is known, as JSON; nothing when there is none.
std::string PartsOf(const std::vector<const SchemaColumn*>& columns, const std::vector<const ClaimedField*>& fields) {
  Json::Object parts;
  for (size_t i = 0; i < std::min(columns.size(), fields.size()); ++i) {
    if (fields[i]->state != State::partial) continue;
    std::string known = Clean(KnownPart(*fields[i]));
    parts.push_back({columns[i]->name, Json(Json::Object{{"known", Json(std::move(known))},
                                                         {"lost_bytes", Json(LostBytes(*fields[i]))}})});
  }
  return parts.empty() ? "" : JsonText(Json(std::move(parts)));
}

// Of the server's words for a unique constraint of a temporary table, what tells something: "Key (a)=(1) already exists."
std::string Detail(const std::string& message) {
  const size_t at = message.find("\": ");
  return at == message.npos ? message : message.substr(at + 3);
}

}  // namespace

std::string TypeWithoutModifier(const std::string& type_text) {
  const size_t open = type_text.find('('), close = type_text.find(')', open == type_text.npos ? 0 : open);
  if (open == type_text.npos || close == type_text.npos || type_text.front() == '"') return type_text;
  const std::string name = type_text.substr(0, open), rest = type_text.substr(close + 1);
  // Alone these words mean one character and one bit.
  if (name == "character") return "pg_catalog.bpchar" + rest;
  if (name == "bit") return "pg_catalog.varbit" + rest;
  return name + rest;
}

uint64_t CountIn(const PgText& text) {
  uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

Status LoadTable::Failed(Status why, const std::string& doing) const {
  return std::move(why).Within(doing + " " + table_.name);
}

bool LoadTable::Loads(const std::string& column) const {
  return std::any_of(columns_.begin(), columns_.end(), [&](const Loaded& one) { return one.name == column; });
}

// --- finding ---

Result<bool> LoadTable::Prepare(LoadReport& report) {
  if (table_.known == nullptr) {
    counts_.left_out = "no schema tells its columns: give one to `recover run` with --schema";
    return false;
  }
  PULIH_TRY_ASSIGN(target_, FindTargetTable(client_, table_.known->schema, table_.known->name, true));
  if (!target_) {
    counts_.left_out = "the database has no such table";
    return false;
  }
  for (size_t i = 0; i < table_.columns.size(); ++i) {
    const TargetColumn* column = target_->Column(table_.columns[i]->name);
    if (column == nullptr)
      report.warnings.push_back(table_.name + ": the database's table has no column " + table_.columns[i]->name +
                                ": its values are not loaded");
    if (column == nullptr || column->generated) continue;
    columns_.push_back({i, column->name, TypeWithoutModifier(column->type_text),
                        column->type_text.starts_with("numeric("), column->not_null});
  }
  for (const TargetColumn& column : target_->columns) {
    if (Loads(column.name) || column.generated) continue;
    if (!column.may_be_left_out()) {
      counts_.left_out = "the database's table needs a column " + column.name + " of which the case knows nothing";
      return false;
    }
    report.warnings.push_back(table_.name + ": the case knows no column " + column.name +
                              ": it is left as the database makes it");
  }
  for (const std::string& trigger : target_->triggers)
    report.warnings.push_back(table_.name + ": its trigger " + trigger + " runs for each row");
  PULIH_TRY(MakeTables());
  return true;
}

Status LoadTable::MakeTables() {
  std::string columns;
  for (size_t i = 0; i < table_.columns.size(); ++i) columns += ", " + Column(i) + " text";
  PULIH_TRY(client_.Execute("CREATE TEMP TABLE " + staged().substr(8) +
                            " (r bigint, g text, o text, k text, m text, p text, f text, w text" + columns +
                            ") ON COMMIT DROP"));
  std::string sql = "CREATE TEMP TABLE " + typed().substr(8) + " (LIKE " + target_->sql_name() +
                    " INCLUDING CONSTRAINTS INCLUDING INDEXES) ON COMMIT DROP;"
                    "ALTER TABLE " +
                    typed() + " ADD COLUMN pulih_r bigint";
  for (const TargetColumn& column : target_->columns)
    if (!Loads(column.name) && column.not_null) sql += ", ALTER COLUMN " + SqlName(column.name) + " DROP NOT NULL";
  if (Status made = client_.Execute(sql); !made.ok()) return Failed(std::move(made), "making room for rows of");
  return OkStatus();
}

// --- staging ---

std::string LoadTable::Incomplete(const std::vector<const ClaimedField*>& fields) const {
  std::vector<std::string> lost, null, no_text;
  for (const Loaded& column : columns_) {
    const State state = column.place < fields.size() ? fields[column.place]->state : State::missing;
    if (state == State::value && !IsText(fields[column.place]->text)) no_text.push_back(column.name);
    if (!column.not_null || state == State::value) continue;
    (state == State::null ? null : lost).push_back(column.name);
  }
  std::vector<std::string> why;
  if (!lost.empty()) why.push_back("lost, and may not be NULL: " + Joined(lost, ", "));
  if (!null.empty()) why.push_back("NULL, and may not be: " + Joined(null, ", "));
  if (!no_text.empty()) why.push_back("not text in UTF-8: " + Joined(no_text, ", "));
  return Joined(why, "; ");
}

Status LoadTable::PutRow(const std::optional<std::string>& key, Grade grade, Grade order,
                         const std::vector<const ClaimedField*>& fields) {
  const auto cell = [&](std::string_view text) {
    AppendCopyField(text, buffer_);
    buffer_ += '\t';
  };
  const std::string why = Incomplete(fields), parts = PartsOf(table_.columns, fields);
  std::string missing;
  for (size_t i = 0; i < table_.columns.size(); ++i) {
    const bool known = i < fields.size() && (fields[i]->state == State::null ||
                                             (fields[i]->state == State::value && IsText(fields[i]->text)));
    missing += known ? '0' : '1';
  }
  cell(std::to_string(rows_++));
  cell(Letter(grade));
  cell(Letter(order));
  if (key) cell(Clean(*key));
  else buffer_ += "\\N\t";
  cell(missing);
  if (parts.empty()) buffer_ += "\\N\t";
  else cell(parts);
  if (why.empty()) {
    buffer_ += "\\N\t\\N";
  } else {
    cell("incomplete");
    AppendCopyField(why, buffer_);
  }
  for (size_t i = 0; i < table_.columns.size(); ++i) {
    buffer_ += '\t';
    if (missing[i] == '0' && fields[i]->state == State::value) AppendCopyField(fields[i]->text, buffer_);
    else buffer_ += "\\N";
  }
  buffer_ += '\n';
  return buffer_.size() >= kFlushAt ? Flush() : OkStatus();
}

Status LoadTable::Flush() {
  if (buffer_.empty()) return OkStatus();
  if (Status put = client_.PutCopy(AsBytes(buffer_)); !put.ok()) return Failed(std::move(put), "staging rows of");
  buffer_.clear();
  return OkStatus();
}

Status LoadTable::Stage(RebuiltRows& rows, Grade worst, ProgressListener& progress) {
  if (Status begun = client_.BeginCopyIn("COPY " + staged() + " FROM STDIN"); !begun.ok())
    return Failed(std::move(begun), "staging rows of");
  std::vector<const ClaimedField*> fields;
  Status sent = rows.Scan(
      table_, "loading", progress,
      [&](const RebuiltRow& row) -> Result<bool> {
        ++counts_.rows;
        if (RankOf(row.worst) > RankOf(worst)) {
          ++counts_.below;
          return true;
        }
        fields.clear();
        for (const RebuiltField& field : row.fields) fields.push_back(field.value);
        PULIH_TRY(PutRow(RebuiltRows::KeyWords(table_, row), row.worst, row.worst_undecided, fields));
        return true;
      },
      &counts_.deleted);
  // A row whose key is lost cannot be a row of the table, whatever else is known of it.
  if (sent.ok())
    sent = rows.ScanUnkeyed(table_, [&](StoredClaim& stored) -> Result<bool> {
      if (stored.claim.grade == Grade::f) return true;
      ++counts_.rows;
      if (RankOf(stored.claim.grade) > RankOf(worst)) {
        ++counts_.below;
        return true;
      }
      fields.clear();
      for (const ClaimedField& field : stored.claim.fields) fields.push_back(&field);
      PULIH_TRY(PutRow(std::nullopt, stored.claim.grade, stored.claim.grade, fields));
      return true;
    });
  if (sent.ok()) sent = Flush();
  if (!sent.ok()) {
    buffer_.clear();
    client_.AbandonCopyIn("the load has ended");
    return sent;
  }
  if (auto taken = client_.EndCopyIn(); !taken.ok()) return Failed(std::move(taken).error(), "staging rows of");
  // Of a table without a key such a row would be told by nothing at all.
  return client_.Execute(
      "UPDATE " + staged() +
      " SET f = 'incomplete', w = 'a value is lost, and the table has no key' WHERE k IS NULL AND f IS NULL; ANALYZE " +
      staged());
}

// --- checking ---

Status LoadTable::Check() {
  for (const Grade grade : kBestFirst) PULIH_TRY(Fill(0, rows_, grade));
  return RefuseRounded();
}

// By halves down to the rows that cannot be: the server names only the first, and not by its key.
Status LoadTable::Fill(uint64_t from, uint64_t to, Grade grade) {
  if (from >= to) return OkStatus();
  std::string why;
  PULIH_TRY_ASSIGN(const bool filled, TryFill(from, to, grade, why));
  if (filled) return OkStatus();
  if (to - from == 1) return MarkWhere("incomplete", why, std::to_string(from));
  const uint64_t middle = from + (to - from) / 2;
  PULIH_TRY(Fill(from, middle, grade));
  return Fill(middle, to, grade);
}

Result<bool> LoadTable::TryFill(uint64_t from, uint64_t to, Grade grade, std::string& why) {
  std::vector<std::string> into, texts;
  for (const Loaded& column : columns_) {
    into.push_back(SqlName(column.name));
    texts.push_back("s." + Column(column.place) + "::" + column.type);
  }
  into.emplace_back("pulih_r");
  texts.emplace_back("s.r");
  PULIH_TRY(client_.Execute("SAVEPOINT pulih_fill"));
  const Status filled =
      client_.Execute("INSERT INTO " + typed() + " (" + Joined(into, ", ") + ") SELECT " + Joined(texts, ", ") +
                      " FROM " + staged() + " s WHERE s.f IS NULL AND s.o = '" + Letter(grade) +
                      "' AND s.r >= " + std::to_string(from) + " AND s.r < " + std::to_string(to) + " ORDER BY s.r");
  if (filled.ok()) {
    PULIH_TRY(client_.Execute("RELEASE SAVEPOINT pulih_fill"));
    return true;
  }
  const std::string state = client_.last_sqlstate();
  if (filled.code() == Code::io) return filled;
  PULIH_TRY(client_.Execute("ROLLBACK TO SAVEPOINT pulih_fill"));
  // 22: a value is none of its type; 23: a constraint. All else is not the row's fault.
  if (!state.starts_with("22") && !state.starts_with("23")) return Failed(filled, "checking rows of");
  why = state == "23505"
            ? "another row of the case, of the same grade or better, stands in its place: " + Detail(filled.message())
            : filled.message();
  return false;
}

// What numeric(p, s) would round is another value than the evidence has.
Status LoadTable::RefuseRounded() {
  for (const Loaded& column : columns_) {
    if (!column.is_rounded) continue;
    PULIH_TRY(MarkWhere("incomplete", column.name + " has more digits than the column takes",
                        "SELECT t.pulih_r FROM " + typed() + " t JOIN " + staged() + " s ON s.r = t.pulih_r WHERE t." +
                            SqlName(column.name) + " <> s." + Column(column.place) + "::numeric"));
  }
  return OkStatus();
}

// `numbers`: rows, as they stand in an IN (…).
Status LoadTable::MarkWhere(const std::string& fate, const std::string& why, const std::string& numbers) {
  Status marked = client_.Execute("UPDATE " + staged() + " SET f = " + SqlLiteral(fate) + ", w = " + SqlLiteral(why) +
                                  " WHERE f IS NULL AND r IN (" + numbers +
                                  ");"
                                  "DELETE FROM " +
                                  typed() + " t USING " + staged() + " s WHERE s.r = t.pulih_r AND s.f IS NOT NULL");
  return marked.ok() ? OkStatus() : Failed(std::move(marked), "checking rows of");
}

// Compared as texts: not every type has an equality. What is not known differs from nothing.
std::string LoadTable::SameInAll(const std::string& there, const std::string& ours) const {
  std::vector<std::string> equal{"true"};
  for (const Loaded& column : columns_) {
    const std::string name = SqlName(column.name);
    equal.push_back("(substr(s.m, " + std::to_string(column.place + 1) + ", 1) = '1' OR format('%s', " + there + "." +
                    name + ") = format('%s', " + ours + "." + name + ") AND (" + there + "." + name + " IS NULL) = (" +
                    ours + "." + name + " IS NULL))");
  }
  return Joined(equal, " AND ");
}

Status LoadTable::CompareWithTarget() {
  PULIH_TRY_ASSIGN(const PgRows any, client_.Query("SELECT EXISTS (SELECT FROM " + target_->only() + ")"));
  if (any.rows.empty() || any.rows[0].empty() || any.rows[0][0] != "t") return OkStatus();
  const std::string ours = typed() + " t JOIN " + staged() + " s ON s.r = t.pulih_r";
  std::vector<std::string> joins;
  for (const TargetUnique& unique : target_->uniques) {
    std::vector<std::string> on;
    for (const std::string& column : unique.columns)
      on.push_back("x." + SqlName(column) + (unique.nulls_equal ? " IS NOT DISTINCT FROM t." : " = t.") +
                   SqlName(column));
    joins.push_back(ours + " JOIN " + target_->only() + " x ON " + Joined(on, " AND "));
  }
  if (joins.empty()) {
    std::vector<std::string> x, t;
    for (const Loaded& column : columns_) {
      x.push_back("x." + SqlName(column.name));
      t.push_back("t." + SqlName(column.name));
    }
    joins.push_back(ours + " JOIN " + target_->only() + " x ON ROW(" + Joined(x, ", ") + ")::text = ROW(" +
                    Joined(t, ", ") + ")::text");
  }
  const std::string why_not = "the database has another row with the same ";
  for (size_t i = 0; i < joins.size(); ++i) {
    PULIH_TRY(MarkWhere("same", "", "SELECT t.pulih_r FROM " + joins[i] + " WHERE " + SameInAll("x", "t")));
    const std::string what = i < target_->uniques.size()
                                 ? Joined(target_->uniques[i].columns, ", ") + " (" + target_->uniques[i].name + ")"
                                 : "values";
    PULIH_TRY(MarkWhere("conflict", why_not + what, "SELECT t.pulih_r FROM " + joins[i]));
  }
  return OkStatus();
}

// --- writing ---

Status LoadTable::Insert() {
  std::vector<std::string> names;
  for (const Loaded& column : columns_) names.push_back(SqlName(column.name));
  const std::string list = Joined(names, ", ");
  PULIH_TRY_ASSIGN(const PgRows ready, client_.Query("SELECT count(*) FROM " + typed()));
  auto inserted = client_.Query("INSERT INTO " + target_->sql_name() + " (" + list +
                                ") OVERRIDING SYSTEM VALUE SELECT " + list + " FROM " + typed() + " ORDER BY pulih_r");
  if (!inserted.ok()) return Failed(std::move(inserted).error(), "inserting rows into");
  const uint64_t expected = ready.rows.empty() ? 0 : CountIn(ready.rows[0][0]);
  if (inserted->affected != expected)
    return Failed(Status(Code::invalid, std::to_string(inserted->affected) + " of " + std::to_string(expected) +
                                            " went in: a trigger or a rule of the table kept the rest"),
                  "inserting rows into");
  return OkStatus();
}

Status LoadTable::Tell(const std::string& load, LoadReport& report) {
  PULIH_TRY_ASSIGN(const PgRows fates,
                   client_.Query("SELECT coalesce(f, ''), count(*) FROM " + staged() + " GROUP BY 1"));
  for (const auto& row : fates.rows) {
    if (row.size() < 2) continue;
    const std::string fate = row[0].value_or("");
    uint64_t& count = fate == "same"         ? counts_.same
                      : fate == "conflict"   ? counts_.conflicts
                      : fate == "incomplete" ? counts_.incomplete
                                             : counts_.loaded;
    count = CountIn(row[1]);
  }
  for (const auto& [fate, told] :
       {std::pair("conflict", &report.conflicts), std::pair("incomplete", &report.incomplete)}) {
    PULIH_TRY_ASSIGN(const PgRows first, client_.Query("SELECT k, w FROM " + staged() + " WHERE f = '" + fate +
                                                       "' ORDER BY r LIMIT " + std::to_string(kToldProblems)));
    for (const auto& row : first.rows)
      if (row.size() == 2 && told->size() < kToldProblems)
        told->push_back({table_.name, row[0].value_or(""), row[1].value_or("")});
  }
  std::vector<std::string> names, texts;
  for (size_t i = 0; i < table_.columns.size(); ++i) {
    names.push_back(SqlLiteral(table_.columns[i]->name));
    texts.push_back("s." + Column(i));
  }
  const std::string known = "(SELECT coalesce(jsonb_object_agg(x.n, x.v), '{}') FROM unnest(ARRAY[" +
                            Joined(names, ", ") + "]::text[], ARRAY[" + Joined(texts, ", ") +
                            "]::text[]) WITH ORDINALITY x (n, v, i) WHERE substr(s.m, x.i::int, 1) = '0')";
  Status told = client_.Execute(
      "INSERT INTO provenance.incomplete (load, \"table\", key, grade, why, known, known_in_part) SELECT " + load +
      ", " + SqlLiteral(table_.name) + ", s.k, s.g, s.w, " + known + ", s.p::jsonb FROM " + staged() +
      " s WHERE s.f = 'incomplete' ORDER BY s.r");
  return told.ok() ? OkStatus() : Failed(std::move(told), "listing incomplete rows of");
}

Result<std::vector<LoadFate>> LoadTable::Fates() {
  std::vector<LoadFate> fates(rows_, LoadFate::loaded);
  PULIH_TRY_ASSIGN(const PgRows rows, client_.Query("SELECT r, f FROM " + staged() + " WHERE f IS NOT NULL"));
  for (const auto& row : rows.rows) {
    const uint64_t number = CountIn(row.front());
    if (number < fates.size()) fates[number] = row.back() == "incomplete" ? LoadFate::incomplete : LoadFate::left;
  }
  return fates;
}

}  // namespace pulih

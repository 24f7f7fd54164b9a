#include "engine/recover/load_provenance.h"

#include <set>

#include "engine/recover/field_groups.h"
#include "formats/postgres/copy_text.h"
#include "formats/text/encoding.h"
#include "formats/text/json.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

constexpr size_t kFlushAt = 2u << 20;

constexpr const char* kTables = R"(
CREATE SCHEMA IF NOT EXISTS provenance;
CREATE TABLE IF NOT EXISTS provenance.loads (
  load bigint PRIMARY KEY, case_id text NOT NULL, loaded_at timestamptz NOT NULL, who text NOT NULL, program text NOT NULL,
  options jsonb NOT NULL, rows bigint NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS provenance.evidence (
  case_id text, number bigint, sha256 text NOT NULL, name text NOT NULL, kind text NOT NULL, class integer, captured text, custodian text, path text,
  PRIMARY KEY (case_id, number));
CREATE TABLE IF NOT EXISTS provenance.claims (
  load bigint REFERENCES provenance.loads ON DELETE CASCADE, claim text, evidence bigint, path text NOT NULL, bytes jsonb NOT NULL, grade "char" NOT NULL, standing text NOT NULL,
  PRIMARY KEY (load, claim));
CREATE TABLE IF NOT EXISTS provenance.taken (
  load bigint NOT NULL REFERENCES provenance.loads ON DELETE CASCADE, "table" text NOT NULL, key text NOT NULL, columns text[] NOT NULL, state text NOT NULL, grade "char",
  disputed boolean NOT NULL, filled boolean NOT NULL, decided boolean NOT NULL, claim text, known_in_part text, lost_bytes text);
CREATE INDEX IF NOT EXISTS taken_key ON provenance.taken ("table", key);
CREATE TABLE IF NOT EXISTS provenance.orphans (
  load bigint NOT NULL REFERENCES provenance.loads ON DELETE CASCADE, "table" text NOT NULL, key text NOT NULL, foreign_key text NOT NULL, columns text[] NOT NULL, "values" text[] NOT NULL, parent text NOT NULL);
CREATE TABLE IF NOT EXISTS provenance.incomplete (
  load bigint NOT NULL REFERENCES provenance.loads ON DELETE CASCADE, "table" text NOT NULL, key text, grade "char" NOT NULL, why text NOT NULL, known jsonb NOT NULL, known_in_part jsonb);
CREATE OR REPLACE VIEW provenance.fields AS
  SELECT t.load, t."table", t.key, c.name AS "column", t.state, t.grade, t.disputed, t.filled, t.decided, t.claim, t.known_in_part, t.lost_bytes
  FROM provenance.taken t CROSS JOIN LATERAL unnest(t.columns) c (name);
CREATE OR REPLACE VIEW provenance.sources AS
  SELECT f.load, f."table", f.key, f."column", f.state, f.grade, f.disputed, f.filled, f.decided, e.number AS evidence, e.name, e.class, e.captured, c.path, c.bytes, f.claim
  FROM provenance.fields f JOIN provenance.loads l USING (load) LEFT JOIN provenance.claims c USING (load, claim)
  LEFT JOIN provenance.evidence e ON e.case_id = l.case_id AND e.number = c.evidence;
)";

std::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::live: return "live";
    case Standing::older: return "older";
    case Standing::deleted: return "deleted";
    case Standing::unknown: break;
  }
  return "unknown";
}

std::string OptionsText(const LoadOptions& options) {
  return JsonText(Json(Json::Object{{"min_grade", Json(std::string(1, static_cast<char>(options.worst)))},
                                    {"skip_existing", Json(options.skip_existing)},
                                    {"set_sequences", Json(options.set_sequences)}}));
}

// One line of COPY, cell by cell.
class Line {
 public:
  explicit Line(std::string& out) : out_(out) {}
  ~Line() { out_ += '\n'; }
  Line& Text(std::string_view text) {
    Next();
    std::string clean = MendUtf8(text);
    std::erase(clean, '\0');
    AppendCopyField(clean, out_);
    return *this;
  }
  Line& Null() {
    Next();
    out_ += "\\N";
    return *this;
  }
  Line& Flag(bool flag) { return Text(flag ? "t" : "f"); }

 private:
  void Next() {
    if (!first_) out_ += '\t';
    first_ = false;
  }
  std::string& out_;
  bool first_ = true;
};

// As text[] has it.
std::string ArrayText(const std::vector<std::string>& words) {
  std::string text = "{";
  for (const std::string& word : words) {
    text += text.size() == 1 ? "\"" : ",\"";
    for (const char c : word) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

PgText OrNull(const std::string& text) { return text.empty() ? PgText() : PgText(MendUtf8(text)); }

}  // namespace

Status MakeProvenance(PgClient& client) {
  if (Status made = client.Execute(kTables); !made.ok()) return std::move(made).Within("making the schema provenance");
  return OkStatus();
}

Result<std::string> BeginLoad(PgClient& client, Case& of, RebuiltRows& rows, const LoadOptions& options) {
  PULIH_TRY_ASSIGN(
      const PgRows begun,
      client.Query("INSERT INTO provenance.loads (load, case_id, loaded_at, who, program, options) SELECT "
                   "coalesce(max(load), 0) + 1, $1, now(), $2, $3, $4::jsonb FROM provenance.loads RETURNING load",
                   {of.id(), MendUtf8(of.environment().who), options.program, OptionsText(options)}));
  if (begun.rows.empty() || !begun.rows[0][0])
    return Status(Code::corrupt, "loading: the server's answer is not what was asked for");
  EvidenceRegister evidence(of.kv());
  for (const auto& [number, one] : rows.sources().all()) {
    PULIH_TRY_ASSIGN(const std::vector<EvidenceOrigin> origins, evidence.Origins(number));
    const EvidenceOrigin from = origins.empty() ? EvidenceOrigin() : origins.front();
    PULIH_TRY(client
                  .Query("INSERT INTO provenance.evidence VALUES ($1, $2::bigint, $3, $4, $5, $6::integer, $7, $8, $9) "
                         "ON CONFLICT DO NOTHING",
                         {of.id(), std::to_string(number), one.id.hex(), MendUtf8(one.name),
                          std::string(one.unit == UnitKind::file ? FileKindName(one.kind) : UnitKindName(one.unit)),
                          one.source_class == 0 ? PgText() : std::to_string(one.source_class), OrNull(one.captured),
                          OrNull(from.custodian), OrNull(from.path)})
                  .status());
  }
  return *begun.rows[0][0];
}

Status FieldRecorder::Record(const LoadTable& table, Grade worst, const std::vector<LoadFate>& fates,
                             ProgressListener& progress) {
  uint64_t number = 0;
  PULIH_TRY(rows_.Scan(table.rebuilt(), "noting where from", progress, [&](const RebuiltRow& row) -> Result<bool> {
    if (RankOf(row.worst) > RankOf(worst)) return true;
    if (number >= fates.size())
      return Status(Code::corrupt, "loading " + table.rebuilt().name + ": the case changed meanwhile");
    if (fates[number++] == LoadFate::left) return true;
    PULIH_TRY(PutRow(table.rebuilt(), row));
    return true;
  }));
  return Flush();
}

Status FieldRecorder::PutRow(const RebuiltTable& table, const RebuiltRow& row) {
  const std::string key = RebuiltRows::KeyWords(table, row);
  std::set<std::string> told;
  PULIH_TRY(ForEachGroup(table, row, rows_.sources(), [&](const FieldGroup& group) -> Status {
    std::vector<std::string> columns;
    for (const size_t place : group.places) columns.push_back(table.columns[place]->name);
    const RebuiltField& field = *group.field;
    {
      Line line(taken_);
      line.Text(load_).Text(table.name).Text(key).Text(ArrayText(columns)).Text(StateName(field.value->state));
      if (field.is_known())
        line.Text(std::string(1, static_cast<char>(field.grade)))
            .Flag(field.disputed)
            .Flag(field.filled)
            .Flag(field.decided)
            .Text(group.claim)
            .Null()
            .Null();
      else line.Null().Flag(false).Flag(false).Flag(false).Null();
      if (field.value->state == State::partial) line.Text(KnownPart(*field.value)).Text(LostBytes(*field.value));
      else if (!field.is_known()) line.Null().Null();
    }
    return field.is_known() && told.insert(group.claim).second ? PutClaim(*field.claim, group.claim) : OkStatus();
  }));
  return taken_.size() + claims_.size() >= kFlushAt ? Flush() : OkStatus();
}

Status FieldRecorder::PutClaim(const StoredClaim& stored, const std::string& id) {
  PULIH_TRY_ASSIGN(const std::string ranges, RangesOf(stored));
  Line line(claims_);
  line.Text(load_).Text(id);
  if (stored.unit == kRulingUnit) line.Null();
  else line.Text(std::to_string(stored.unit));
  line.Text(stored.claim.path)
      .Text(ranges)
      .Text(std::string(1, static_cast<char>(stored.claim.grade)))
      .Text(StandingName(stored.claim.standing));
  return OkStatus();
}

Result<std::string> FieldRecorder::RangesOf(const StoredClaim& stored) {
  if (stored.claim.bytes.empty()) return std::string("[]");
  if (!files_.contains(stored.unit)) { PULIH_TRY_ASSIGN(files_[stored.unit], evidence_.Files(stored.unit)); }
  const std::vector<EvidenceFile>& files = files_[stored.unit];
  Json::Array ranges;
  for (const ByteRange& range : stored.claim.bytes) {
    const std::string file =
        range.file < files.size() ? MendUtf8(files[range.file].name) : "file " + std::to_string(range.file);
    ranges.push_back(Json(Json::Object{{"file", Json(file)},
                                       {"offset", Json(JsonNumber{std::to_string(range.offset)})},
                                       {"length", Json(JsonNumber{std::to_string(range.length)})}}));
  }
  return JsonText(Json(std::move(ranges)));
}

Status FieldRecorder::Flush() {
  PULIH_TRY(Send("provenance.claims (load, claim, evidence, path, bytes, grade, standing)", claims_));
  return Send(
      "provenance.taken (load, \"table\", key, columns, state, grade, disputed, filled, decided, claim, known_in_part, "
      "lost_bytes)",
      taken_);
}

Status FieldRecorder::Send(const std::string& into, std::string& lines) {
  if (lines.empty()) return OkStatus();
  Status sent = client_.BeginCopyIn("COPY " + into + " FROM STDIN");
  if (sent.ok()) sent = client_.PutCopy(AsBytes(lines));
  if (sent.ok()) sent = client_.EndCopyIn().status();
  lines.clear();
  return sent.ok() ? OkStatus() : std::move(sent).Within("writing provenance");
}

}  // namespace pulih

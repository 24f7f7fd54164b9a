#include "engine/recover/snapshot_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/recover/explain.h"
#include "engine/recover/field_groups.h"
#include "formats/postgres/value_text.h"
#include "formats/text/encoding.h"

namespace pulih {
namespace {

using State = ClaimedField::State;

// What asks a visitor to stop, where an engine function asks a listener.
class StopOf final : public ProgressListener {
 public:
  explicit StopOf(RowVisitor& visitor) : visitor_(visitor) {}
  void Report(const Progress&) override {}
  bool ShouldStop() override { return visitor_.ShouldStop(); }

 private:
  RowVisitor& visitor_;
};

// `type` and those that it refers to, copied from one list into another.
TypeIndex CopyType(const TypeList& from, TypeIndex type, TypeList& to) {
  PgType copy = from[type];
  const bool refers =
      copy.kind != PgTypeKind::base && copy.kind != PgTypeKind::enumeration && copy.kind != PgTypeKind::composite;
  if (refers) copy.element = CopyType(from, copy.element, to);
  for (PgTypeField& field : copy.fields) field.type = CopyType(from, field.type, to);
  const auto found = std::find(to.begin(), to.end(), copy);
  if (found != to.end()) return static_cast<TypeIndex>(found - to.begin());
  to.push_back(std::move(copy));
  return static_cast<TypeIndex>(to.size() - 1);
}

bool IsReadable(const TypeList& types, TypeIndex type) {
  return type < types.size() && ValueImage(types, type, "").status().code() != Code::unsupported;
}

const PgType kText{PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}};

// The descriptor that a backup of the database itself would give, as far as the schema knows.
TableDescriptor LiveDescriptor(const Schema& schema, const RebuiltTable& table, const std::string& database) {
  TableDescriptor live = DescriptorOf(schema, *table.known);
  live.origin = TableOrigin::postgres;
  live.database = database;
  live.types.clear();
  for (ColumnDescriptor& column : live.columns) {
    const bool readable = IsReadable(schema.types, column.type);
    column.type = readable ? CopyType(schema.types, column.type, live.types) : CopyType({kText}, 0, live.types);
    if (!readable) column.type_text = "text";
    column.not_null = false;  // a lost value is NULL
  }
  live.comment = "rebuilt by `pulih recover`: a value that is NULL here may be lost; provenance.fields tells";
  return live;
}

TableDescriptor TextTable(const std::string& database, const std::string& name, const std::vector<std::string>& columns,
                          size_t key) {
  TableDescriptor table;
  table.database = database;
  table.schema = "provenance";
  table.name = name;
  table.types = {kText};
  for (const std::string& column : columns) {
    ColumnDescriptor one;
    one.name = column;
    one.type_text = "text";
    table.columns.push_back(std::move(one));
  }
  for (uint32_t i = 0; i < key; ++i) table.key.push_back(i);
  return table;
}

// A row of texts; borrowed views live as long as the object.
class TextRow {
 public:
  TextRow& Put(std::string text) {
    texts_.push_back(MendUtf8(text));
    return *this;
  }
  TextRow& Null() {
    texts_.push_back(std::nullopt);
    return *this;
  }
  Status Send(RowVisitor& visitor) const {
    RowImages images;
    for (const auto& text : texts_) images.push_back(text ? std::optional<ByteView>(AsBytes(*text)) : std::nullopt);
    return visitor.Row(images);
  }

 private:
  std::vector<std::optional<std::string>> texts_;
};

// Whether the row can hold the field as it is.
bool IsSound(const Schema& schema, const SchemaColumn& column, const RebuiltField& field) {
  if (field.value->state != State::value) return true;
  if (!IsReadable(schema.types, column.type)) return true;
  return ValueImage(schema.types, column.type, field.value->text).ok();
}

}  // namespace

Result<std::unique_ptr<RebuiltSource>> RebuiltSource::Open(Case& of, std::string database) {
  std::unique_ptr<RebuiltSource> source(new RebuiltSource(of, std::move(database)));
  PULIH_TRY_ASSIGN(source->rows_, RebuiltRows::Open(of));
  return source;
}

Status RebuiltSource::Visit(RowVisitor& visitor) {
  for (const RebuiltTable& table : rows_->tables()) {
    if (table.known == nullptr) {
      PULIH_TRY(
          visitor.Problem(table.name, Status(Code::not_found, "no schema tells its columns: its rows are left out",
                                             "give one to `recover run` with --schema")));
      continue;
    }
    PULIH_TRY(VisitTable(table, visitor));
  }
  PULIH_TRY(VisitFields(visitor));
  PULIH_TRY(VisitEvidence(visitor));
  DatabaseDescriptor database;
  database.name = database_;
  database.encoding = "UTF8";
  database.server_version_text = "rebuilt from case " + of_.id();
  database.time_ns = of_.environment().clock.NowNs();
  return visitor.Database(database, {}, {});
}

Status RebuiltSource::VisitTable(const RebuiltTable& table, RowVisitor& visitor) {
  const TableDescriptor descriptor = LiveDescriptor(rows_->schema(), table, database_);
  PULIH_TRY(visitor.BeginTable(descriptor));
  StopOf stop(visitor);
  uint64_t lost_keys = 0;
  std::vector<Bytes> held(descriptor.columns.size());
  RowImages images(descriptor.columns.size());
  PULIH_TRY(rows_->Scan(table, "reading rows", stop, [&](const RebuiltRow& row) -> Result<bool> {
    for (size_t i = 0; i < images.size(); ++i) {
      images[i].reset();
      if (i >= row.fields.size() || row.fields[i].value->state != State::value) continue;
      Result<Bytes> image = ValueImage(descriptor.types, descriptor.columns[i].type, row.fields[i].value->text);
      if (!image.ok()) continue;
      held[i] = std::move(*image);
      images[i] = ByteView(held[i]);
    }
    const bool has_key =
        std::all_of(table.key.begin(), table.key.end(), [&](size_t place) { return images[place].has_value(); });
    if (!has_key) {
      ++lost_keys;
      return true;
    }
    PULIH_TRY(visitor.Row(images));
    return true;
  }));
  PULIH_TRY(visitor.EndTable());
  if (lost_keys == 0) return OkStatus();
  return visitor.Problem(
      table.name, Status(Code::corrupt,
                         std::to_string(lost_keys) + " rows are left out: a value of their key is none of its type"));
}

Status RebuiltSource::PutFields(const std::string& table, const std::string& key, const std::string& columns,
                                const RebuiltField& field, const std::string& claim, bool sound, RowVisitor& visitor) {
  TextRow line;
  line.Put(table).Put(key).Put(columns).Put(sound ? std::string(StateName(field.value->state)) : "unreadable");
  if (field.is_known()) {
    line.Put(std::string(1, static_cast<char>(field.grade)))
        .Put(field.disputed ? "true" : "false")
        .Put(field.decided ? "true" : "false")
        .Put(claim);
    const Evidence* evidence = rows_->sources().evidence(field.claim->unit);
    if (evidence != nullptr) line.Put(std::to_string(evidence->number));
    else line.Null();
    line.Put(field.claim->claim.path);
  } else {
    line.Null().Put("false").Put("false").Null().Null().Null();
  }
  if (field.value->state == State::partial) line.Put(KnownPart(*field.value)).Put(LostBytes(*field.value));
  else if (!sound) line.Put(field.value->text).Null();
  else line.Null().Null();
  return line.Send(visitor);
}

Status RebuiltSource::VisitFields(RowVisitor& visitor) {
  PULIH_TRY(visitor.BeginTable(TextTable(database_, "fields",
                                         {"table", "key", "columns", "state", "grade", "disputed", "decided", "claim",
                                          "evidence", "where", "known_in_part", "lost_bytes"},
                                         3)));
  StopOf stop(visitor);
  for (const RebuiltTable& table : rows_->tables()) {
    if (table.known == nullptr) continue;
    PULIH_TRY(rows_->Scan(table, "reading fields", stop, [&](const RebuiltRow& row) -> Result<bool> {
      const std::string key = RebuiltRows::KeyWords(table, row);
      PULIH_TRY(ForEachGroup(table, row, rows_->sources(), [&](const FieldGroup& group) -> Status {
        std::string sound;
        for (const size_t place : group.places) {
          const std::string& column = table.columns[place]->name;
          if (IsSound(rows_->schema(), *table.columns[place], row.fields[place]))
            sound += (sound.empty() ? "" : ",") + column;
          else PULIH_TRY(PutFields(table.name, key, column, row.fields[place], group.claim, false, visitor));
        }
        return sound.empty() ? OkStatus() : PutFields(table.name, key, sound, *group.field, group.claim, true, visitor);
      }));
      return true;
    }));
  }
  return visitor.EndTable();
}

Status RebuiltSource::VisitEvidence(RowVisitor& visitor) {
  PULIH_TRY(visitor.BeginTable(
      TextTable(database_, "evidence", {"number", "sha256", "name", "class", "captured", "custodian", "path"}, 1)));
  EvidenceRegister evidence(of_.kv());
  for (const auto& [number, one] : rows_->sources().all()) {
    PULIH_TRY_ASSIGN(const std::vector<EvidenceOrigin> origins, evidence.Origins(number));
    const EvidenceOrigin from = origins.empty() ? EvidenceOrigin() : origins.front();
    TextRow line;
    line.Put(std::to_string(number))
        .Put(one.id.hex())
        .Put(one.name)
        .Put(std::to_string(one.source_class))
        .Put(one.captured)
        .Put(from.custodian)
        .Put(from.path);
    PULIH_TRY(line.Send(visitor));
  }
  return visitor.EndTable();
}

Result<std::optional<std::string>> DatabaseLike(const std::vector<RebuiltTable>& tables,
                                                const std::vector<TableName>& names) {
  std::set<std::string> ours;
  for (const RebuiltTable& table : tables)
    if (table.known != nullptr) ours.insert(table.known->schema + "." + table.known->name);
  std::map<std::string, std::set<std::string>> shared;
  for (const TableName& name : names) {
    const std::string table = name.schema.value_or("") + "." + name.table;
    if (name.database && !name.database->empty() && ours.contains(table)) shared[*name.database].insert(table);
  }
  size_t most = 0;
  std::vector<std::string> best;
  for (const auto& [database, of_it] : shared) {
    if (of_it.size() > most) best.clear();
    if (of_it.size() < most) continue;
    most = of_it.size();
    best.push_back(database);
  }
  if (best.empty()) return std::optional<std::string>();
  if (best.size() == 1) return std::optional<std::string>(best.front());
  std::string all;
  for (const std::string& database : best) all += (all.empty() ? "" : ", ") + database;
  return Status(Code::invalid, "several databases of the repository have such tables: " + all,
                "say which the case belongs to: --database NAME");
}

}  // namespace pulih

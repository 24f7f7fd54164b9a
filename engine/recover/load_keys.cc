#include "engine/recover/load_keys.h"

#include <algorithm>
#include <set>

namespace pulih {
namespace {

std::string AllOf(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " AND ") + part;
  return text;
}

}  // namespace

const LoadTable* LoadKeys::Parent(const TargetForeignKey& key) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(),
                                  [&](const LoadTable* table) { return table->target().oid == key.ref_table; });
  return found == tables_.end() ? nullptr : *found;
}

bool LoadKeys::IsAside(const LoadTable& table, const std::string& key) const {
  return std::any_of(aside_.begin(), aside_.end(),
                     [&](const Aside& one) { return one.table == &table && one.name == key; });
}

Status LoadKeys::FindOrphans(const std::string& load, LoadReport& report) {
  for (LoadTable* table : tables_)
    for (const TargetForeignKey& key : table->target().foreign_keys)
      PULIH_TRY(FindOrphansOf(*table, key, load, report));
  for (LoadTable* table : tables_) {
    // One row may lack several parents.
    PULIH_TRY_ASSIGN(const PgRows rows,
                     client_.Query("SELECT count(DISTINCT key) FROM provenance.orphans WHERE load = " + load +
                                   " AND \"table\" = " + SqlLiteral(table->rebuilt().name)));
    table->counts().orphans = rows.rows.empty() ? 0 : CountIn(rows.rows[0][0]);
  }
  return OkStatus();
}

Status LoadKeys::FindOrphansOf(LoadTable& child, const TargetForeignKey& key, const std::string& load,
                               LoadReport& report) {
  const LoadTable* parent = Parent(key);
  std::vector<std::string> has_all, in_target, in_case;
  std::string columns, values;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    // A column that is not loaded is NULL, or the table's default; then there is nothing to look for.
    if (!child.Loads(key.columns[i])) return OkStatus();
    const std::string own = "t." + SqlName(key.columns[i]);
    has_all.push_back(own + " IS NOT NULL");
    in_target.push_back("p." + SqlName(key.ref_columns[i]) + " = " + own);
    in_case.push_back("q." + SqlName(key.ref_columns[i]) + " = " + own);
    columns += (i == 0 ? "" : ", ") + SqlLiteral(key.columns[i]);
    values += (i == 0 ? "" : ", ") + std::string("format('%s', ") + own + ")";
  }
  const std::string only = key.ref_is_partitioned ? "" : "ONLY ";
  std::string orphan = AllOf(has_all) + " AND NOT EXISTS (SELECT FROM " + only + SqlName(key.ref_schema) + "." +
                       SqlName(key.ref_name) + " p WHERE " + AllOf(in_target) + ")";
  if (parent != nullptr)
    orphan += " AND NOT EXISTS (SELECT FROM " + parent->typed() + " q WHERE " + AllOf(in_case) + ")";
  auto found = client_.Query(
      "INSERT INTO provenance.orphans (load, \"table\", key, foreign_key, columns, \"values\", parent) SELECT " + load +
      ", " + SqlLiteral(child.rebuilt().name) + ", s.k, " + SqlLiteral(key.name) + ", ARRAY[" + columns +
      "]::text[], ARRAY[" + values + "]::text[], " + SqlLiteral(key.ref_schema + "." + key.ref_name) + " FROM " +
      child.typed() + " t JOIN " + child.staged() + " s ON s.r = t.pulih_r WHERE " + orphan + " ORDER BY t.pulih_r");
  if (!found.ok())
    return std::move(found).error().Within("looking for parents of " + child.rebuilt().name + " by " + key.name);
  if (found->affected == 0) return OkStatus();
  report.orphans += found->affected;
  return PutAside(child, key.name, true);
}

Status LoadKeys::PutAside(const LoadTable& table, const std::string& key, bool not_valid) {
  if (IsAside(table, key)) return OkStatus();
  PULIH_TRY_ASSIGN(const PgRows rows,
                   client_.Query("SELECT pg_catalog.pg_get_constraintdef(oid), pg_catalog.obj_description(oid, "
                                 "'pg_constraint') FROM pg_catalog.pg_constraint"
                                 " WHERE conrelid = $1::pg_catalog.oid AND conname = $2 AND contype = 'f'",
                                 {std::to_string(table.target().oid), key}));
  if (rows.rows.size() != 1 || rows.rows[0].size() != 2)
    return Status(Code::corrupt, "setting aside " + key + " of " + table.rebuilt().name +
                                     ": the server's answer is not what was asked for");
  aside_.push_back({&table, key, rows.rows[0][0].value_or(""), rows.rows[0][1].value_or(""), not_valid});
  return OkStatus();
}

Result<std::vector<LoadTable*>> LoadKeys::Open() {
  std::vector<LoadTable*> order, waiting = tables_;
  std::set<const LoadTable*> placed;
  // Of a key that is checked at the end, and of one to the own table, nothing has to go first.
  const auto blocks = [&](const LoadTable& table, const TargetForeignKey& key) {
    const LoadTable* parent = Parent(key);
    return parent != nullptr && parent != &table && !key.deferrable && !placed.contains(parent) &&
           !IsAside(table, key.name);
  };
  while (!waiting.empty()) {
    auto next = std::find_if(waiting.begin(), waiting.end(), [&](const LoadTable* table) {
      return std::none_of(table->target().foreign_keys.begin(), table->target().foreign_keys.end(),
                          [&](const TargetForeignKey& key) { return blocks(*table, key); });
    });
    if (next == waiting.end()) {
      next = waiting.begin();
      for (const TargetForeignKey& key : (*next)->target().foreign_keys)
        if (blocks(**next, key)) PULIH_TRY(PutAside(**next, key.name, false));
    }
    placed.insert(*next);
    order.push_back(*next);
    waiting.erase(next);
  }
  for (const Aside& one : aside_) {
    Status dropped =
        client_.Execute("ALTER TABLE " + one.table->target().sql_name() + " DROP CONSTRAINT " + SqlName(one.name));
    if (!dropped.ok())
      return std::move(dropped).Within("setting aside " + one.name + " of " + one.table->rebuilt().name);
  }
  PULIH_TRY(client_.Execute("SET CONSTRAINTS ALL DEFERRED"));
  return order;
}

Status LoadKeys::Close(LoadReport& report) {
  if (Status checked = client_.Execute("SET CONSTRAINTS ALL IMMEDIATE"); !checked.ok())
    return std::move(checked).Within("loading: checking deferred constraints");
  for (const Aside& one : aside_) {
    const bool not_valid = one.not_valid && !one.definition.ends_with(" NOT VALID");
    std::string sql = "ALTER TABLE " + one.table->target().sql_name() + " ADD CONSTRAINT " + SqlName(one.name) + " " +
                      one.definition + (not_valid ? " NOT VALID" : "");
    if (!one.comment.empty())
      sql += "; COMMENT ON CONSTRAINT " + SqlName(one.name) + " ON " + one.table->target().sql_name() + " IS " +
             SqlLiteral(one.comment);
    if (Status added = client_.Execute(sql); !added.ok())
      return std::move(added).Within("putting back " + one.name + " of " + one.table->rebuilt().name);
    if (one.not_valid) report.not_valid.push_back(one.table->rebuilt().name + ": " + one.name);
  }
  std::sort(report.not_valid.begin(), report.not_valid.end());
  return OkStatus();
}

}  // namespace pulih

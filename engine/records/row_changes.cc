#include "engine/records/row_changes.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/crypto/sha256.h"
#include "engine/records/absent_tables.h"

namespace pulih {
namespace {

bool IsNull(const RowColumn& column) { return std::holds_alternative<std::monostate>(column); }

// For a value that is too long to be held.
Result<Digest> DigestOf(const TableReader& table, const StoredRow& row, size_t column) {
  Sha256 hash;
  PULIH_TRY(table.ImageInPieces(row, column, [&](ByteView piece) {
    hash.Update(piece);
    return OkStatus();
  }));
  return hash.Finish();
}

// A column may be moved out in one row and not in the other although it is the same.
Result<bool> SameValue(const TableReader& a, const StoredRow& row_a, size_t x, const TableReader& b, const StoredRow& row_b, size_t y) {
  const RowColumn &one = row_a.columns[x], &other = row_b.columns[y];
  if (IsNull(one) || IsNull(other)) return IsNull(one) && IsNull(other);
  if (LengthOf(one) != LengthOf(other)) return false;
  const ByteView *image = std::get_if<ByteView>(&one), *image_other = std::get_if<ByteView>(&other);
  if (image != nullptr && image_other != nullptr) return Compare(*image, *image_other) == 0;
  if (image == nullptr && image_other == nullptr && std::get<MovedColumn>(one) == std::get<MovedColumn>(other)) return true;
  PULIH_TRY_ASSIGN(const Digest digest, DigestOf(a, row_a, x));
  PULIH_TRY_ASSIGN(const Digest digest_other, DigestOf(b, row_b, y));
  return digest == digest_other;
}

// One table in two snapshots.
class TableDiff {
 public:
  TableDiff(ReadSession& session, const TableReader* before, const TableReader* after, DiffCounts& counts,
            const std::function<Result<bool>(const RowChange&)>& each)
      : session_(session), before_(before), after_(after), counts_(counts), each_(each) {}

  // False: `each` asked to stop.
  Result<bool> Run() {
    ++counts_.tables_compared;
    if (before_ != nullptr && after_ != nullptr) {
      if (before_->root() == after_->root()) return true;
      PULIH_TRY(MapDiff(session_.reader(), before_->root(), after_->root(), {},
                        [&](ByteView key, std::optional<ByteView> old_value, std::optional<ByteView> new_value) { return Take(key, old_value, new_value); }));
    } else {
      const TableReader& only = before_ != nullptr ? *before_ : *after_;
      const bool is_old = before_ != nullptr;
      PULIH_TRY(only.ScanEncoded(
          {}, [&](ByteView key, ByteView value) { return Take(key, is_old ? std::optional(value) : std::nullopt, is_old ? std::nullopt : std::optional(value)); },
          [&](const MapGap& gap) {
            if (failure_.ok()) failure_ = Status(gap.why).Within("comparing " + TableRootName(only.descriptor()));
          }));
    }
    PULIH_TRY(std::move(failure_));
    return goes_on_;
  }

 private:
  bool Take(ByteView key, std::optional<ByteView> old_value, std::optional<ByteView> new_value) {
    failure_ = Tell(key, old_value, new_value);
    return failure_.ok() && goes_on_;
  }

  Status Tell(ByteView key, std::optional<ByteView> old_value, std::optional<ByteView> new_value) {
    RowChange change;
    if (old_value) {
      PULIH_TRY_ASSIGN(change.before, before_->RowOf(key, *old_value));
      change.table_before = before_;
    }
    if (new_value) {
      PULIH_TRY_ASSIGN(change.after, after_->RowOf(key, *new_value));
      change.table_after = after_;
    }
    change.kind = !old_value ? RowChangeKind::added : !new_value ? RowChangeKind::removed : RowChangeKind::changed;
    if (change.kind == RowChangeKind::changed) {
      PULIH_TRY_ASSIGN(change.fields, ChangedFields(*before_, *change.before, *after_, *change.after));
      // A column that came empty, or in another place: the row says the same.
      if (change.fields.empty() && change.before->count == change.after->count) return OkStatus();
    }
    ++(change.kind == RowChangeKind::added ? counts_.added : change.kind == RowChangeKind::removed ? counts_.removed : counts_.changed);
    PULIH_TRY_ASSIGN(goes_on_, each_(change));
    return OkStatus();
  }

  ReadSession& session_;
  const TableReader *before_, *after_;
  DiffCounts& counts_;
  const std::function<Result<bool>(const RowChange&)>& each_;
  Status failure_;
  bool goes_on_ = true;
};

Result<std::vector<TableName>> NamesOf(const Snapshot& snapshot, const std::optional<TableName>& table) {
  PULIH_TRY_ASSIGN(std::vector<TableName> names, TableNames(snapshot));
  if (!table) return names;
  std::erase_if(names, [&](const TableName& whole) { return !NameFits(*table, whole); });
  return names;
}

}  // namespace

Result<std::vector<std::string>> ChangedFields(const TableReader& table_before, const StoredRow& before, const TableReader& table_after,
                                               const StoredRow& after) {
  std::vector<std::string> fields;
  const auto &old_columns = table_before.descriptor().columns, &new_columns = table_after.descriptor().columns;
  if (before.columns.size() != old_columns.size() || after.columns.size() != new_columns.size()) {
    return Status(Code::corrupt, "comparing rows of " + TableRootName(table_after.descriptor()) + ": a row has other columns than its table");
  }
  for (size_t i = 0; i < new_columns.size(); ++i) {
    const auto was = ColumnNamed(table_before.descriptor(), new_columns[i].name);
    if (!was) {
      if (!IsNull(after.columns[i])) fields.push_back(new_columns[i].name);
      continue;
    }
    PULIH_TRY_ASSIGN(const bool same, SameValue(table_before, before, *was, table_after, after, i));
    if (!same) fields.push_back(new_columns[i].name);
  }
  for (size_t i = 0; i < old_columns.size(); ++i) {
    if (!ColumnNamed(table_after.descriptor(), old_columns[i].name) && !IsNull(before.columns[i])) fields.push_back(old_columns[i].name);
  }
  return fields;
}

Result<DiffCounts> DiffRows(ReadSession& session, const Snapshot& before, const Snapshot& after, const std::optional<TableName>& table,
                            const std::function<Result<bool>(const RowChange&)>& each) {
  PULIH_TRY_ASSIGN(const std::vector<TableName> old_names, NamesOf(before, table));
  PULIH_TRY_ASSIGN(const std::vector<TableName> new_names, NamesOf(after, table));
  std::map<std::string, TableName> all;
  for (const auto* names : {&old_names, &new_names}) {
    for (const TableName& name : *names) all.emplace(TableRootName(name), name);
  }
  if (table) {
    std::vector<TableName> candidates;
    for (const auto& [full, name] : all) candidates.push_back(name);
    PULIH_TRY(ResolveTable(candidates, *table, "the two snapshots").status());
  } else if (all.empty()) {
    return Status(Code::not_found, "comparing rows: neither snapshot holds any table", "`pulih snapshots` shows which do");
  }
  DiffCounts counts;
  std::set<std::string> passed_over;
  for (const auto& [full, name] : all) {
    const auto old_root = before.Root(full), new_root = after.Root(full);
    if (!old_root || !new_root) {
      PULIH_TRY_ASSIGN(AbsentTable absent, WhyAbsent(session, old_root ? after : before, name));
      if (!absent.was_gone) {
        const std::string what = absent.no_database ? DatabaseRootName(*name.database) : full;
        if (passed_over.insert(what).second) counts.not_compared.push_back({what, old_root.has_value(), std::move(absent.why)});
        continue;
      }
    }
    if (old_root && new_root && *old_root == *new_root && before.Root(DatabaseRootName(*name.database)) == after.Root(DatabaseRootName(*name.database))) {
      ++counts.tables_compared;
      continue;
    }
    PULIH_TRY_ASSIGN(std::optional<ListedTable> old_table, OpenTable(session, before, name));
    PULIH_TRY_ASSIGN(std::optional<ListedTable> new_table, OpenTable(session, after, name));
    std::optional<TableReader> old_reader, new_reader;
    if (old_table) old_reader.emplace(session, std::move(*old_table));
    if (new_table) new_reader.emplace(session, std::move(*new_table));
    if (!new_reader) counts.tables_only_before.push_back(full);
    if (!old_reader) counts.tables_only_after.push_back(full);
    TableDiff diff(session, old_reader ? &*old_reader : nullptr, new_reader ? &*new_reader : nullptr, counts, each);
    PULIH_TRY_ASSIGN(const bool goes_on, diff.Run());
    if (!goes_on) break;
  }
  return counts;
}

namespace {

// The row as one snapshot has it; nothing in `row` when it was not there.
Result<RowVersion> VersionIn(ReadSession& session, const Snapshot& snapshot, const TableName& name, std::string_view key_words) {
  PULIH_TRY_ASSIGN(std::optional<ListedTable> table, OpenTable(session, snapshot, name));
  if (!table) return Status(Code::corrupt, "opening table " + TableRootName(name) + ": the manifest has no root of what its columns are");
  RowVersion version;
  version.table = std::make_shared<const TableReader>(session, std::move(*table));
  PULIH_TRY_ASSIGN(const Bytes key, version.table->KeyOf(key_words));
  PULIH_TRY_ASSIGN(version.row, version.table->Get(key));
  return version;
}

}  // namespace

Result<RowHistoryResult> RowHistory(ReadSession& session, const std::vector<Snapshot>& snapshots, const TableName& words,
                                           std::string_view key_words) {
  std::vector<TableName> names;
  for (const Snapshot& snapshot : snapshots) {
    PULIH_TRY_ASSIGN(const std::vector<TableName> here, TableNames(snapshot));
    names.insert(names.end(), here.begin(), here.end());
  }
  PULIH_TRY_ASSIGN(const TableName name, ResolveTable(names, words, "the repository"));
  const std::string full = TableRootName(name);

  RowHistoryResult result;
  std::vector<RowVersion>& versions = result.versions;
  Status no_key;
  bool any_read = false, last_was_read = false;
  std::optional<ObjectId> last_root;
  for (size_t i = 0; i < snapshots.size(); ++i) {
    const auto root = snapshots[i].Root(full);
    if (!root) continue;
    if (root == last_root) {
      result.looked_through += last_was_read;
      continue;
    }
    last_root = root;
    last_was_read = false;
    auto read = VersionIn(session, snapshots[i], name, key_words);
    if (!read.ok()) {
      // One odd night does not take the others along.
      if (read.status().code() != Code::corrupt && read.status().code() != Code::invalid) return std::move(read).error();
      if (read.status().code() == Code::invalid) no_key = read.status();
      result.unread.emplace_back(i, read.status().message());
      continue;
    }
    any_read = last_was_read = true;
    ++result.looked_through;
    RowVersion version = std::move(read).value();
    version.snapshot = i;
    const RowVersion* last = versions.empty() ? nullptr : &versions.back();
    const bool was_there = last != nullptr && last->row.has_value();
    if (!version.row) {
      if (!was_there) continue;
      version.kind = RowChangeKind::removed;
    } else if (was_there) {
      PULIH_TRY_ASSIGN(version.fields, ChangedFields(*last->table, *last->row, *version.table, *version.row));
      if (version.fields.empty() && last->row->count == version.row->count) continue;
      version.kind = RowChangeKind::changed;
    }
    versions.push_back(std::move(version));
  }
  if (!any_read && !no_key.ok()) return no_key;
  if (versions.empty() && result.unread.empty()) {
    return Status(Code::not_found, full + ": no snapshot has a row " + std::string(key_words), "`pulih records find` looks for rows by their values");
  }
  return result;
}

}  // namespace pulih

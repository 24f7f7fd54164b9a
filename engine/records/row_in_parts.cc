#include "engine/records/row_in_parts.h"

#include <string>

#include "engine/records/row_loader.h"

namespace pulih {
namespace {

// A value may take more room there than its image does.
constexpr uint64_t kSafeAtOnce = 768u << 20;

std::string PartName(size_t number) { return "pg_temp.pulih_part_" + std::to_string(number); }

class PartLoader {
 public:
  PartLoader(PgClient& client, const TableReader& reader, const TargetTable& target,
             const std::vector<uint32_t>& numbers)
      : client_(client), reader_(reader), target_(target), numbers_(numbers) {}

  // One row of some of its columns, in a table of its own.
  Status Load(const StoredRow& row, const std::vector<size_t>& columns) {
    if (columns.empty()) return OkStatus();
    const std::string part = PartName(parts_++), alias = "p" + std::to_string(parts_);
    std::string names;
    for (const size_t column : columns) {
      const std::string name = SqlName(reader_.descriptor().columns[column].name);
      names += (names.empty() ? "" : ", ") + name;
      into_ += (into_.empty() ? "" : ", ") + name;
      values_ += (values_.empty() ? "" : ", ") + alias + "." + name;
    }
    from_ += (from_.empty() ? "" : ", ") + part + " " + alias;
    PULIH_TRY(client_.Execute("CREATE TEMPORARY TABLE " + part + " AS SELECT " + names + " FROM " + target_.only() +
                              " WITH NO DATA"));
    RowLoader loader(client_, reader_, columns, numbers_);
    PULIH_TRY(loader.Begin(part + " (" + names + ")"));
    Status sent = loader.Fetch(row);
    if (sent.ok()) sent = loader.Put(row);
    if (!sent.ok()) {
      loader.Abandon("a row could not be sent");
      return sent;
    }
    return loader.End().status();
  }

  Status Insert(uint64_t count) {
    const std::string sql = "INSERT INTO " + target_.sql_name() + " (" + into_ + ") OVERRIDING SYSTEM VALUE SELECT " +
                            values_ + " FROM " + from_;
    for (uint64_t i = 0; i < count; ++i) PULIH_TRY(client_.Execute(sql));
    for (size_t i = 0; i < parts_; ++i) PULIH_TRY(client_.Execute("DROP TABLE " + PartName(i)));
    return OkStatus();
  }

 private:
  PgClient& client_;
  const TableReader& reader_;
  const TargetTable& target_;
  const std::vector<uint32_t>& numbers_;
  size_t parts_ = 0;
  std::string into_, values_, from_;
};

}  // namespace

bool NeedsParts(const StoredRow& row) {
  uint64_t moved = 0, columns = 0;
  for (const RowColumn& column : row.columns) {
    if (!std::holds_alternative<MovedColumn>(column)) continue;
    moved += LengthOf(column);
    ++columns;
  }
  return columns > 1 && moved > kSafeAtOnce;
}

Status InsertInParts(PgClient& client, const TableReader& reader, const TargetTable& target,
                     const std::vector<size_t>& columns, const std::vector<uint32_t>& numbers, const StoredRow& row) {
  PartLoader loader(client, reader, target, numbers);
  std::vector<size_t> rest;
  for (const size_t column : columns) {
    if (std::holds_alternative<MovedColumn>(row.columns[column])) {
      PULIH_TRY(loader.Load(row, {column}));
    } else {
      rest.push_back(column);
    }
  }
  PULIH_TRY(loader.Load(row, rest));
  return loader.Insert(row.count).Within("restoring " + TableRootName(reader.descriptor()) + " " + reader.KeyText(row));
}

}  // namespace pulih

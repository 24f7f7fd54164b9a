#include "engine/source/copy_crew.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/base/endian.h"
#include "engine/source/pg_row.h"
#include "engine/source/postgres_session.h"
#include "formats/postgres/copy_binary.h"

namespace pulih {
namespace {

constexpr size_t kBlockBytes = 256u << 10;
constexpr std::chrono::milliseconds kWait{200};  // how soon a wish to stop is noticed

constexpr const char* kLockNotAvailable = "55P03";

Status AskedToStop() { return Status(Code::interrupted, "reading the database: asked to stop"); }

}  // namespace

void ByteRate::Take(uint64_t bytes, const std::atomic<bool>& stop) {
  if (bytes_per_second_ == 0) return;
  using std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  const auto now = steady_clock::now();
  next_ = std::max(next_, now) + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(
                                     static_cast<double>(bytes) / static_cast<double>(bytes_per_second_)));
  const auto until = next_;
  lock.unlock();
  while (!stop && steady_clock::now() < until) {
    std::this_thread::sleep_for(std::min<steady_clock::duration>(kWait, until - steady_clock::now()));
  }
}

std::string CopyStatement(const CatalogTable& table) {
  std::string columns;
  for (const ColumnDescriptor& column : table.table.columns)
    columns += (columns.empty() ? "" : ", ") + SqlName(column.name);
  const std::string name = SqlName(table.table.schema) + "." + SqlName(table.table.name);
  const bool select = table.has_generated || !table.condition.empty();
  return "COPY " +
         (select ? "(SELECT " + columns + " FROM ONLY " + name + " " + table.condition + ")"
                 : name + (columns.empty() ? "" : " (" + columns + ")")) +
         " TO STDOUT (FORMAT binary)";
}

CopyCrew::CopyCrew(std::vector<PgClient*> clients, const std::vector<CatalogTable>& tables, uint64_t bytes_per_second,
                   const LongRowLimits& limits)
    : clients_(std::move(clients)),
      tables_(tables),
      rate_(bytes_per_second),
      limits_(limits),
      owners_(tables.size(), kNobody) {
  for (size_t i = 0; i < clients_.size(); ++i)
    lanes_.push_back(std::make_unique<Lane>(kCopyAheadBytes / clients_.size()));
}

size_t CopyCrew::Claim(size_t number) {
  std::lock_guard lock(mutex_);
  if (stopped_ || next_table_ == tables_.size()) return kNobody;
  owners_[next_table_] = number;
  claimed_.notify_all();
  return next_table_++;
}

void CopyCrew::Work(size_t number) {
  for (size_t table = Claim(number); table != kNobody; table = Claim(number)) {
    if (!ReadTable(number, tables_[table])) break;
  }
}

Status CopyCrew::Push(Lane& lane, CopyBlock block) {
  // By what is held: a block of a small table is small, but there may be many of them.
  const size_t weight = block.bytes.capacity() + sizeof(CopyBlock);
  rate_.Take(block.bytes.size(), stopped_);
  return lane.Push(std::move(block), weight) ? OkStatus() : AskedToStop();
}

Status CopyCrew::CopyRows(PgClient& client, Lane& lane, const std::string& statement) {
  CopyBlock block;
  PULIH_TRY(client.CopyOut(statement, [&](ByteView message) {
    if (!block.bytes.empty() && block.bytes.size() + message.size() > kBlockBytes)
      PULIH_TRY(Push(lane, std::exchange(block, {})));
    Append(block.bytes, message);
    return OkStatus();
  }));
  return block.bytes.empty() ? OkStatus() : Push(lane, std::move(block));
}

Status CopyCrew::CopyLongRow(PgClient& client, Lane& lane, const LongRows& table, const LongRow& row) {
  CopyBlock block;
  block.kind = CopyBlock::Kind::long_row;
  block.long_values = row.values;
  PULIH_TRY(client.CopyOut(table.CopyRow(row), [&](ByteView message) {
    Append(block.bytes, message);
    return OkStatus();
  }));
  PULIH_TRY(Push(lane, std::move(block)));
  for (const LongValue& value : row.values) PULIH_TRY(CopyPieces(client, lane, table, row, value));
  return OkStatus();
}

Status CopyCrew::CopyPieces(PgClient& client, Lane& lane, const LongRows& table, const LongRow& row,
                            const LongValue& value) {
  uint64_t got = 0;
  CopyParser parser(2);
  const auto take = [&](const CopyRow& piece) -> Status {
    const bool follows =
        piece[0] && piece[0]->size() == sizeof(int32_t) && LoadBe<uint32_t>(piece[0]->data()) == got + 1;
    if (!follows || !piece[1] || piece[1]->empty() || piece[1]->size() > value.length - got)
      return Status(Code::corrupt, "the server sends other pieces of a long value than were asked for");
    got += piece[1]->size();
    CopyBlock block;
    block.kind = CopyBlock::Kind::piece;
    block.bytes = ToBytes(*piece[1]);
    return Push(lane, std::move(block));
  };
  PULIH_TRY(client.CopyOut(table.CopyPieces(row, value), [&](ByteView message) { return parser.Feed(message, take); }));
  PULIH_TRY(parser.Finish());
  return got == value.length ? OkStatus() : Status(Code::corrupt, "the server sends less of a long value than it said");
}

Status CopyCrew::Copy(PgClient& client, Lane& lane, const CatalogTable& table) {
  const LongRows long_rows(table, limits_);
  PULIH_TRY_ASSIGN(const std::vector<LongRow> found, long_rows.Find(client));
  PULIH_TRY(CopyRows(client, lane, found.empty() ? CopyStatement(table) : long_rows.CopyOthers()));
  // Rows are sorted by who takes them, so these may come last, while the table is still locked and they lie where they lay.
  for (const LongRow& row : found) PULIH_TRY(CopyLongRow(client, lane, long_rows, row));
  // TRUNCATE and rewriting ALTERs take effect for older snapshots, too: the table would look empty. Taking locks on
  // all tables first, as pg_dump does, would make those wait for us, and all writers wait behind them.
  PULIH_TRY_ASSIGN(const PgRows now, client.Query("SELECT pg_catalog.pg_relation_filenode($1::pg_catalog.oid)",
                                                  {std::to_string(table.oid)}));
  if (now.rows.empty() || PgRow(now.rows[0]).Oid(0) != table.file_node) {
    return Status(Code::in_use, "it was truncated, rewritten or dropped after the snapshot was taken",
                  "the next backup has it");
  }
  return OkStatus();
}

// False when the worker can go on with no other table.
bool CopyCrew::ReadTable(size_t number, const CatalogTable& table) {
  PgClient& client = *clients_[number];
  Lane& lane = *lanes_[number];
  CopyBlock last;
  last.why = Copy(client, lane, table);
  if (last.why.code() == Code::in_use && client.last_sqlstate() == kLockNotAvailable) {
    last.why = Status(Code::in_use, "somebody kept it locked for " + std::to_string(kLockWaitSeconds) + " s: " + last.why.message(),
                      "the next backup has it");
  }
  last.kind = last.why.ok() ? CopyBlock::Kind::end : CopyBlock::Kind::failed;
  if (stopped_) return false;
  // Also after success: it gives back the lock on the table.
  Status back = last.why.code() == Code::io ? last.why : ReturnToSavepoint(client);
  const bool is_lost = !back.ok();
  if (is_lost) {
    last.kind = CopyBlock::Kind::lost;
    last.why = std::move(back);
  }
  return lane.Push(std::move(last), sizeof(CopyBlock)) && !is_lost;
}

Result<CopyBlock> CopyCrew::Next(size_t table, const std::function<bool()>& should_stop) {
  size_t owner = kNobody;
  while (owner == kNobody) {
    if (should_stop()) return AskedToStop();
    std::unique_lock lock(mutex_);
    claimed_.wait_for(lock, kWait, [&] { return owners_[table] != kNobody; });
    owner = owners_[table];
  }
  for (;;) {
    if (should_stop()) return AskedToStop();
    bool timed_out = false;
    std::optional<CopyBlock> block = lanes_[owner]->PopWithin(kWait, timed_out);
    if (block) return std::move(*block);
    if (!timed_out) return AskedToStop();
  }
}

void CopyCrew::Stop() {
  stopped_ = true;
  for (PgClient* client : clients_) client->Abort();
  for (const auto& lane : lanes_) lane->Cancel();
}

}  // namespace pulih

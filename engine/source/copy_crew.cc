#include "engine/source/copy_crew.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/source/pg_row.h"
#include "engine/source/postgres_session.h"

namespace pulih {
namespace {

constexpr size_t kBlockBytes = 256u << 10;
constexpr std::chrono::milliseconds kWait{200};  // how soon a wish to stop is noticed

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

CopyCrew::CopyCrew(std::vector<PgClient*> clients, const std::vector<CatalogTable>& tables, uint64_t bytes_per_second)
    : clients_(std::move(clients)), tables_(tables), rate_(bytes_per_second), owners_(tables.size(), kNobody) {
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

Status CopyCrew::Copy(PgClient& client, Lane& lane, const CatalogTable& table) {
  Bytes block;
  const auto push = [&] {
    // By what is held: a block of a small table is small, but there may be many of them.
    const size_t weight = block.capacity() + sizeof(CopyBlock);
    rate_.Take(block.size(), stopped_);
    const bool pushed = lane.Push(CopyBlock{CopyBlock::Kind::bytes, std::move(block), {}}, weight);
    block = Bytes();
    return pushed ? OkStatus() : AskedToStop();
  };
  PULIH_TRY(client.CopyOut(CopyStatement(table), [&](ByteView message) {
    if (!block.empty() && block.size() + message.size() > kBlockBytes) PULIH_TRY(push());
    Append(block, message);
    return OkStatus();
  }));
  if (!block.empty()) PULIH_TRY(push());
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

#include "engine/records/table_copies.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/records/row_in_parts.h"
#include "engine/records/row_loader.h"

namespace pulih {
namespace {

constexpr auto kReportEvery = std::chrono::milliseconds(100);

// What the threads share.
struct Shared {
  const std::vector<const TableReader*>& queue;
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> bytes{0};
  std::mutex mutex;  // of all below
  std::condition_variable ended;
  size_t running = 0;
  Status failure;  // the first
  TableCopiesReport& report;
};

Status CheckShape(const TableDescriptor& table, const TargetTable& target, const std::vector<uint32_t>& numbers) {
  const auto differs = [&](const std::string& why) {
    return Status(Code::invalid, "restoring " + TableRootName(table) + ": the target's table differs: " + why);
  };
  if (table.columns.size() != target.columns.size()) {
    return differs("it has " + std::to_string(target.columns.size()) + " columns, the snapshot " +
                   std::to_string(table.columns.size()));
  }
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const ColumnDescriptor& had = table.columns[i];
    const TargetColumn& has = target.columns[i];
    if (had.name != has.name)
      return differs("column " + std::to_string(i + 1) + " is " + QuoteName(has.name) + ", not " + QuoteName(had.name));
    if (numbers[had.type] != has.type)
      return differs("column " + QuoteName(had.name) + " is of type " + has.type_text + ", not " + had.type_text);
  }
  return OkStatus();
}

// A guess at how long a table takes; how many bytes its rows have is not known before they are read. Documents weigh.
uint64_t WeightOf(const TableReader& table) {
  constexpr uint64_t kDocument = 50;  // in columns
  uint64_t columns = 1;
  for (const ColumnDescriptor& column : table.descriptor().columns) {
    columns += table.descriptor().types[column.type].oid == pg_oid::kBytea ? kDocument : 1;
  }
  return table.rows() * columns;
}

class Worker {
 public:
  Worker(PgClient& client, const TargetTypes& types, Shared& shared)
      : client_(client), types_(types), shared_(shared) {}

  void Run() {
    Status status;
    while (status.ok() && !shared_.stop) {
      const size_t mine = shared_.next++;
      if (mine >= shared_.queue.size()) break;
      status = CopyTable(*shared_.queue[mine]);
    }
    std::lock_guard lock(shared_.mutex);
    if (!status.ok()) {
      if (shared_.failure.ok()) shared_.failure = status;
      shared_.stop = true;
    }
    --shared_.running;
    shared_.ended.notify_one();
  }

 private:
  Status CopyTable(const TableReader& reader) {
    const TableDescriptor& table = reader.descriptor();
    PULIH_TRY_ASSIGN(const std::optional<TargetTable> target,
                     FindTargetTable(client_, table.schema, table.name, false));
    if (!target) return LeaveOut(reader);
    if (target->is_of_extension) return LeaveToExtension(table);
    const std::vector<uint32_t> numbers = types_.NumbersOf(table.types);
    PULIH_TRY(CheckShape(table, *target, numbers));
    std::vector<size_t> columns;
    std::string names;
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (target->columns[i].generated) continue;
      columns.push_back(i);
      names += (names.empty() ? "" : ", ") + SqlName(table.columns[i].name);
    }
    // Of a table without such columns a row is there all the same; with an empty list COPY takes rows of none.
    const std::string into = target->sql_name() + (names.empty() ? "" : " (" + names + ")");
    RowLoader loader(client_, reader, columns, numbers);
    PULIH_TRY(loader.Begin(into));
    uint64_t rows = 0;
    std::vector<StoredRow> in_parts;
    if (Status sent = SendRows(reader, loader, rows, in_parts); !sent.ok()) {
      loader.Abandon("the restore has ended");
      return sent;
    }
    PULIH_TRY_ASSIGN(const uint64_t taken, loader.End());
    if (taken != rows) {
      return Status(Code::io, "restoring " + TableRootName(table) + ": the server took " + std::to_string(taken) +
                                  " rows of " + std::to_string(rows));
    }
    uint64_t bytes = loader.sent();
    for (const StoredRow& row : in_parts) {
      if (shared_.stop) return Status(Code::interrupted, "restoring rows: asked to stop");
      PULIH_TRY(InsertInParts(client_, reader, *target, columns, numbers, row));
      rows += row.count;
      for (const RowColumn& column : row.columns) bytes += row.count * LengthOf(column);
    }
    std::lock_guard lock(shared_.mutex);
    ++shared_.report.tables;
    shared_.report.rows += rows;
    shared_.report.bytes += bytes;
    return OkStatus();
  }

  // `in_parts`: rows that are whole and cannot be sent so. There are few: each is of 768 MiB at least.
  Status SendRows(const TableReader& reader, RowLoader& loader, uint64_t& rows, std::vector<StoredRow>& in_parts) {
    Status failure;
    uint64_t told = 0;
    const auto damaged = [&](const std::string& what) {
      std::lock_guard lock(shared_.mutex);
      shared_.report.damaged.push_back(TableRootName(reader.descriptor()) + ": " + what);
    };
    PULIH_TRY(reader.Scan(
        {},
        [&](StoredRow row) {
          if (const Status fetched = loader.Fetch(row); !fetched.ok()) {
            damaged("row " + reader.KeyText(row) + ": " + fetched.message());
            return true;
          }
          if (NeedsParts(row)) {
            in_parts.push_back(std::move(row));
            return true;
          }
          for (uint64_t i = 0; i < row.count && failure.ok(); ++i, ++rows) {
            failure = shared_.stop ? Status(Code::interrupted, "restoring rows: asked to stop") : loader.Put(row);
          }
          shared_.bytes += loader.sent() - told;
          told = loader.sent();
          return failure.ok();
        },
        [&](const MapGap& gap) { damaged(gap.why.message()); }));
    return failure;
  }

  Status LeaveOut(const TableReader& reader) {
    std::lock_guard lock(shared_.mutex);
    shared_.report.damaged.push_back(TableRootName(reader.descriptor()) +
                                     ": left out: the target has no such table, and the snapshot no definition that "
                                     "makes it");
    return OkStatus();
  }

  Status LeaveToExtension(const TableDescriptor& table) {
    std::lock_guard lock(shared_.mutex);
    shared_.report.warnings.push_back(TableRootName(table) +
                                      ": belongs to an extension, which has filled it: its rows were left as they are");
    return OkStatus();
  }

  PgClient& client_;
  const TargetTypes& types_;
  Shared& shared_;
};

// Until all threads have ended; from here on nothing else talks to the listener.
void WatchThreads(Shared& shared, const std::vector<std::unique_ptr<PgClient>>& clients, uint64_t total,
                  ProgressListener& progress) {
  std::unique_lock lock(shared.mutex);
  bool aborted = false;
  while (shared.running > 0) {
    shared.ended.wait_for(lock, kReportEvery);
    lock.unlock();
    Progress now;
    now.phase = "restoring rows";
    now.files_done = std::min<uint64_t>(shared.next, total);
    now.files_total = total;
    now.bytes_done = shared.bytes;
    progress.Report(now);
    if (progress.ShouldStop() && !aborted) {
      shared.stop = aborted = true;
      for (const auto& client : clients) client->Abort();
    }
    lock.lock();
  }
  if (aborted) shared.failure = Status(Code::interrupted, "restoring rows: asked to stop");
}

}  // namespace

Status PrepareRestoreSession(PgClient& client, const std::string& encoding) {
  // As pg_dump's own scripts begin; and what is written is one piece until the end, so no commit waits for the disk.
  return client.Execute(
      "SET client_encoding = " + SqlLiteral(encoding) +
      ";SET standard_conforming_strings = on;SELECT pg_catalog.set_config('search_path', '', false);"
      "SET statement_timeout = 0;SET lock_timeout = 0;SET idle_in_transaction_session_timeout = 0;SET "
      "check_function_bodies = false;"
      "SET xmloption = content;SET client_min_messages = warning;SET row_security = off;SET synchronous_commit = off");
}

Status CopyTables(const std::vector<TableReader>& tables, const TableCopiesOptions& options, ProgressListener& progress,
                  TableCopiesReport& report) {
  if (tables.empty()) return OkStatus();
  std::vector<const TableReader*> queue;
  for (const TableReader& table : tables) queue.push_back(&table);
  std::stable_sort(queue.begin(), queue.end(),
                   [](const TableReader* a, const TableReader* b) { return WeightOf(*a) > WeightOf(*b); });
  const size_t jobs = std::clamp<size_t>(options.jobs, 1, queue.size());
  std::vector<std::unique_ptr<PgClient>> clients;
  for (size_t i = 0; i < jobs; ++i) {
    PULIH_TRY_ASSIGN(std::unique_ptr<PgClient> client, ConnectPostgres(options.conninfo, "pulih restore"));
    PULIH_TRY(PrepareRestoreSession(*client, tables.front().descriptor().encoding));
    clients.push_back(std::move(client));
  }
  PULIH_TRY_ASSIGN(const TargetTypes types, TargetTypes::Read(*clients.front()));

  Shared shared{.queue = queue, .mutex = {}, .ended = {}, .running = jobs, .failure = {}, .report = report};
  std::vector<std::thread> threads;
  for (const auto& client : clients) {
    threads.emplace_back([&shared, &types, own = client.get()] { Worker(*own, types, shared).Run(); });
  }
  WatchThreads(shared, clients, queue.size(), progress);
  for (std::thread& thread : threads) thread.join();
  return shared.failure;
}

}  // namespace pulih

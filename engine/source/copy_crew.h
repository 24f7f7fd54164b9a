// A crew of connections that read tables ahead of the thread that takes their rows.
//
// Each worker takes the next table of the plan, in order, and puts what COPY gives into its own lane, a queue of bounded
// size; so a later table is under way while an earlier one is taken, and what is held is at most the sum of the lanes.
// Workers claim tables in order and a lane is in order, so whoever takes tables in order never waits for ever: all that
// stands before table i in its lane are tables that were taken already.
//
// Run the workers, one thread each; Next is for one other thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/bounded_queue.h"
#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/source/long_rows.h"
#include "engine/source/pg_client.h"
#include "engine/source/postgres_catalog.h"

namespace pulih {

// Of all lanes together. A row that is larger by itself passes when its lane is empty.
inline constexpr size_t kCopyAheadBytes = 16u << 20;

// Keeps a flow of bytes below a rate. Thread-safe.
class ByteRate {
 public:
  explicit ByteRate(uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}
  // Waits until `bytes` more may flow, or `stop`.
  void Take(uint64_t bytes, const std::atomic<bool>& stop);

 private:
  const uint64_t bytes_per_second_;  // 0: no limit
  std::mutex mutex_;
  std::chrono::steady_clock::time_point next_{};
};

// A table comes as: bytes, …, for each row that is too long to come whole (long_rows.h) a long_row and its pieces, and end.
// In place of any of them may stand failed, or lost: the connection, and with it the whole visit.
struct CopyBlock {
  enum class Kind : uint8_t { bytes, long_row, piece, end, failed, lost };
  Kind kind = Kind::bytes;
  Bytes bytes;  // whole messages of COPY; of a long row, a stream of its own; of a piece, that part of an image
  std::vector<LongValue> long_values = {};  // of a long row: what its pieces are, one value after the other
  Status why = {};
};

class CopyCrew {
 public:
  // Borrows both; one worker per client, each in its transaction.
  CopyCrew(std::vector<PgClient*> clients, const std::vector<CatalogTable>& tables, uint64_t bytes_per_second,
           const LongRowLimits& limits = {});

  size_t size() const { return clients_.size(); }
  // What worker `number` does until the tables are used up or Stop is called.
  void Work(size_t number);
  // The next block of a table; `interrupted` when should_stop says so.
  Result<CopyBlock> Next(size_t table, const std::function<bool()>& should_stop);
  // Ends all workers at once: their connections are of no more use.
  void Stop();

 private:
  using Lane = BoundedQueue<CopyBlock>;
  static constexpr size_t kNobody = static_cast<size_t>(-1);

  size_t Claim(size_t number);
  bool ReadTable(size_t number, const CatalogTable& table);
  Status Copy(PgClient& client, Lane& lane, const CatalogTable& table);
  Status CopyRows(PgClient& client, Lane& lane, const std::string& statement);
  Status CopyLongRow(PgClient& client, Lane& lane, const LongRows& table, const LongRow& row);
  Status CopyPieces(PgClient& client, Lane& lane, const LongRows& table, const LongRow& row, const LongValue& value);
  Status Push(Lane& lane, CopyBlock block);

  const std::vector<PgClient*> clients_;
  const std::vector<CatalogTable>& tables_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  ByteRate rate_;
  const LongRowLimits limits_;
  std::atomic<bool> stopped_{false};

  std::mutex mutex_;
  std::condition_variable claimed_;
  std::vector<size_t> owners_;  // of tables; kNobody until claimed
  size_t next_table_ = 0;
};

// COPY … TO STDOUT of a table's own rows, in the order of its columns.
std::string CopyStatement(const CatalogTable& table);

}  // namespace pulih

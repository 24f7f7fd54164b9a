// RowLoader sends stored rows into one table of a PostgreSQL server as binary COPY: images go back as they were captured,
// with the target's numbers of types in them. What was moved out of a long row is read twice and streamed, so memory does
// not grow with it (but for composites and arrays of them, whose images must be whole to be changed).
//
// One thread. Borrows the client and the reader.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/records/table_reader.h"
#include "engine/source/pg_client.h"

namespace pulih {

class RowLoader {
 public:
  // `columns`: places in the reader's descriptor, in the order in which the COPY names them. `numbers`: of its types in
  // the target (TargetTypes::NumbersOf).
  RowLoader(PgClient& client, const TableReader& reader, std::vector<size_t> columns, std::vector<uint32_t> numbers);

  // `into`: what stands between COPY and FROM: the table and its columns.
  Status Begin(const std::string& into);
  // Reads what was moved out of the row and readies its images, so that nothing of a row is sent that the repository
  // cannot give whole. A failure here is the row's own: another row can be put instead.
  Status Fetch(const StoredRow& row);
  // The row that was fetched last, with bigints before its own columns. Any failure ends the COPY.
  Status Put(const StoredRow& row, const std::vector<int64_t>& before = {});
  // How many rows the server has taken.
  Result<uint64_t> End();
  void Abandon(const std::string& why);

  // Bytes sent so far.
  uint64_t sent() const { return sent_ + buffer_.size(); }

 private:
  Status PutColumns(const StoredRow& row);
  bool Streams(const RowColumn& column, TypeIndex type) const;
  Status SendPieces(const StoredRow& row, size_t column, const std::function<Status(ByteView)>& send) const;
  Status FetchColumn(const StoredRow& row, size_t column, Bytes& into);
  Status PutColumn(const StoredRow& row, size_t column, const Bytes& fetched);
  void Be16(uint16_t value);
  void Be32(uint32_t value);
  Status FlushIfFull();
  Status Flush();
  Status Failed(const Status& why) const;

  PgClient& client_;
  const TableReader& reader_;
  std::vector<size_t> columns_;
  std::vector<uint32_t> numbers_;
  std::vector<bool> holds_numbers_;  // by type: whether there are numbers of types in its images
  Bytes buffer_;
  bool is_long_ = false;        // the row that was fetched last
  std::vector<Bytes> fetched_;  // by columns_, of those that cannot be sent as they lie in the row
  uint64_t sent_ = 0;
};

}  // namespace pulih

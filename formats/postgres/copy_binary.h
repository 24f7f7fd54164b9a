// The stream of COPY … (FORMAT binary), in both directions.
//
//   "PGCOPY\n" FF "\r\n" 00 | be32 flags | be32 length of an extension, its bytes
//   each row: be16 number of columns | per column be32 length (-1: NULL), the image
//   be16 -1
//
// Pure. The parser takes the stream in pieces cut anywhere; a row that lies whole in one piece is not copied. What is
// held of a row grows with the bytes that have come, not with what a length says. Source of the layout:
// https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace pulih {

// The images of a row's columns; nullopt is NULL.
using CopyRow = std::vector<std::optional<ByteView>>;

// A row with its lengths. PostgreSQL itself builds no message above 1 GiB (MaxAllocSize).
inline constexpr uint64_t kMaxCopyRow = 1u << 30;

class CopyParser {
 public:
  explicit CopyParser(size_t columns) : columns_(columns), row_(columns) {}

  // Calls `each` for every row that is complete, borrowed for the call; its failure comes back. `corrupt` for bytes
  // that are no such stream; nothing can be fed after a failure.
  Status Feed(ByteView bytes, const std::function<Status(const CopyRow&)>& each);
  // `corrupt` unless the stream came to its end.
  Status Finish() const;

 private:
  enum class Part : uint8_t { header, rows, behind };
  Status Parse(ByteView bytes, size_t& used, const std::function<Status(const CopyRow&)>& each);
  Status ParseHeader(ByteView bytes, size_t& used);
  Status ParseRow(ByteView bytes, size_t& used);

  size_t columns_;
  Part part_ = Part::header;
  CopyRow row_;
  Bytes held_;         // the beginning of what is not complete
  size_t needed_ = 0;  // how many bytes `held_` must have before another look is worth it
};

// Each appends.
void AppendCopyHeader(Bytes& out);
Status AppendCopyRow(const CopyRow& row, Bytes& out);  // `too_large` above kMaxCopyRow
void AppendCopyTrailer(Bytes& out);

}  // namespace pulih

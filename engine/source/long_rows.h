// Some rows are too long to be taken whole: COPY hands a row over in one message, and what stands on both ends of the
// connection then holds it several times; above 1 GiB (two columns of 600 MB) the server cannot build the message at all.
// This finds them before their table is copied, and says how to take the other rows, and these in pieces.
//
// A row is long when the images of its columns that could be long come to more than a limit. Of a long row, the columns
// above kMaxInlineRow go in pieces: those that are moved out of their row in any case (formats/repo/row.h), so that what
// is stored does not depend on how it came. Their images are cut on the server: of bytea that lies there uncompressed
// piece by piece, of all else from an image that it makes once.
//
// Never in pieces: columns of the key; composites, arrays of them, ranges, types of extensions.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/pg_client.h"
#include "engine/source/postgres_catalog.h"

namespace pulih {

struct LongRowLimits {
  // With less than this outside of its rows, in bytes as the server compresses them, a table has nothing that is long:
  // most tables, which so pay nothing.
  uint64_t outside_bytes = 1u << 20;
  uint64_t row_bytes = 8u << 20;
  uint32_t piece_bytes = 1u << 20;
};

struct LongValue {
  size_t place = 0;  // of its column
  uint64_t length = 0;
};
struct LongRow {
  std::string ctid;  // where it lies, as long as the table is locked
  std::vector<LongValue> values;
};

class LongRows {
 public:
  LongRows(const CatalogTable& table, const LongRowLimits& limits);

  // The long rows of the table, which stays locked against being rewritten until the transaction goes back.
  Result<std::vector<LongRow>> Find(PgClient& client) const;
  // COPY of the rows that are not long.
  std::string CopyOthers() const;
  // COPY of one long row, with NULL for the columns that go in pieces.
  std::string CopyRow(const LongRow& row) const;
  // COPY of the pieces of one: rows of int4, where it begins, counted from 1, and bytea.
  std::string CopyPieces(const LongRow& row, const LongValue& value) const;

 private:
  struct Candidate {
    size_t place = 0;
    std::string length, image;  // SQL: of the image, the number of its bytes; and the image, as bytea
  };

  std::string name() const;
  std::string Sum() const;

  const CatalogTable& table_;
  const LongRowLimits limits_;
  std::vector<Candidate> candidates_;
};

}  // namespace pulih

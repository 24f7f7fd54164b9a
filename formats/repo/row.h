// A row as the map of a table keeps it under its key, and the key.
//
// Value, version 1:
//   u8 version | varint count | varint columns | ceil(columns / 8) bytes: bit i % 8 of byte i / 8 is set where column i is NULL
//   | for each column that is not: varint (length << 1 | moved out) | inline: the image
//                                                                   | moved out: varint count, count × extent
//   extent = ObjectId 32, varint offset, varint length; lengths add up to the column's
// `count`: how many equal rows this is, in a table without a key; else 1. An image is what the type's `send` function
// gives (COPY … (FORMAT binary)), with 0 for the type numbers inside.
//
// A row of more than kMaxInlineRow bytes moves columns out, the longest first, until the rest fits.
//
// Pure; a decoded row borrows from its bytes. Canonical (I5).
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "formats/repo/file_entry.h"

namespace pulih {

inline constexpr uint8_t kRowVersion = 1;
inline constexpr uint64_t kMaxInlineRow = 64u << 10;

struct MovedColumn {
  uint64_t length = 0;
  std::vector<Extent> extents;
  bool operator==(const MovedColumn&) const = default;
};
// NULL, an image, or where the image is.
using RowColumn = std::variant<std::monostate, ByteView, MovedColumn>;
using RowColumns = std::vector<RowColumn>;
// Of its image, wherever it is; 0 for NULL.
uint64_t LengthOf(const RowColumn& column);

struct DecodedRow {
  uint64_t count = 1;
  RowColumns columns;  // borrow
};

void EncodeRow(const RowColumns& columns, Bytes& out);  // appends; count is 1
// The same row, said to stand for `count`.
Bytes WithCount(ByteView row, uint64_t count);
Result<DecodedRow> DecodeRow(ByteView bytes);
// The images of some columns (`which` ascends) of a row that DecodeRow would take, without looking at those behind:
// for reading many rows fast. Nothing for NULL and for what was moved out. `corrupt` when it ends early.
Status ReadColumns(ByteView row, const std::vector<uint32_t>& which, std::vector<std::optional<ByteView>>& images);
std::vector<ObjectId> LinksOfRow(const RowColumns& columns);

}  // namespace pulih

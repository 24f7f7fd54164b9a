// The text of values that are too long to be held. What they were moved out of their row for, they are read for: in pieces.
//
// bytea, text, varchar, char(n), xml, json and jsonb come in pieces; another type's text is not made of parts of its
// image, so such a value is held whole, however long it is.
//
// Pure but for reading; one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/records/table_reader.h"

namespace pulih {

// Whether the row's values are better not held together.
bool IsLongRow(const StoredRow& row);
// Whether this value of a long row is written as it is read. Its text is then that of text, of bytes or of JSON: a number
// that was moved out is short enough to be held, and stays a number.
bool ComesInPieces(const TableDescriptor& table, const StoredRow& row, size_t column);

// The same text as ColumnText gives; nothing for NULL. A piece is cut between characters.
Status ColumnTextInPieces(const TableReader& table, const StoredRow& row, size_t column,
                          const std::function<Status(std::string_view)>& each);

// The beginning of it, at least `size` bytes where it has as many. Reads no more than that takes.
Result<std::optional<std::string>> ColumnTextStart(const TableReader& table, const StoredRow& row, size_t column,
                                                   size_t size);

// Reads what was moved out of these columns: a row that is written while it is read could not be taken back.
Status CheckReadable(const TableReader& table, const StoredRow& row, const std::vector<size_t>& columns);

}  // namespace pulih

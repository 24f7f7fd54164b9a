// Rows as people and scripts see them: cells of a table, JSON values, fields of CSV. Shared by the `records` commands.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/records/table_reader.h"
#include "tools/context.h"
#include "tools/render.h"

namespace pulih {

// A value in JSON: numbers as numbers of any length (NaN and infinities as text), booleans, json and jsonb as what they
// are, everything else as PostgreSQL writes it, NULL as null.
Status WriteJsonValue(JsonWriter& json, const TableReader& table, const StoredRow& row, size_t column);
// The row as one object, column by column.
Status WriteJsonRow(JsonWriter& json, const TableReader& table, const StoredRow& row);

// How many columns of a value are shown beside `used` others: what is left of the terminal, at least 20; elsewhere enough
// for all that people read; 0, all, with --verbose.
size_t ValueColumns(const Context& context, size_t used);
// A value for a cell: NULL as nothing, control characters escaped, cut at `columns` with an ellipsis (0: never).
Result<std::string> CellText(const TableReader& table, const StoredRow& row, size_t column, size_t columns);

// A line of CSV in UTF-8: NULL is an empty field, an empty text "". A failure leaves nothing or, when the repository is
// damaged while it is read, a part of the line.
Status WriteCsvLine(Output& out, const TableReader& table, const StoredRow& row, const std::vector<size_t>& columns);
std::string CsvHeader(const TableReader& table, const std::vector<size_t>& columns);

// The places of the named columns ("a,b", in double quotes where they hold a comma), all when empty.
Result<std::vector<size_t>> ChosenColumns(const TableDescriptor& table, const std::string& names);

// The snapshot and the session of a command that reads records.
std::string SpokenTable(const TableDescriptor& table);  // "epns_prod/public.paket", escaped

}  // namespace pulih

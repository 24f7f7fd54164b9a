// A RowFormat writes the rows of one table as text:
//
//   csv    a header; NULL and what is not known are an empty field (the grades tell which), the empty text is ""
//   jsonl  an object for each row: numbers and booleans as such, json as it is, all else as text; NULL is null, and a field that
//          is not known is not there
//   sql    an INSERT for each row; what is not known is NULL and named in a comment behind it
//
// Pure. One row at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/recover/export.h"
#include "engine/recover/rebuilt_rows.h"

namespace pulih {

class RowFormat {
 public:
  virtual ~RowFormat() = default;
  static std::unique_ptr<RowFormat> Make(RecoveredFormat format, const Schema& schema, const RebuiltTable& table);

  virtual std::string_view ending() const = 0;  // ".csv"
  // Both append whole lines.
  virtual void Begin(const std::vector<std::string>& columns, std::string& out) = 0;
  virtual void Row(const std::vector<std::string>& columns, const RebuiltRow& row, std::string& out) = 0;
};

// The tables' names, those first that others point at by foreign keys; where they point at each other in a circle, by name.
std::vector<std::string> ParentsFirst(const std::vector<RebuiltTable>& tables);
// For what stands between single quotes behind a backslash command.
std::string QuotedForPsql(std::string_view text);

}  // namespace pulih

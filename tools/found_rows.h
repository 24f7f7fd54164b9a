// Prints what `records find` finds as it is found: JSON lines, CSV, or columns under one header for people.
//
// For people rows come in blocks, the first of which says how wide columns are: later rows keep to that, so that the header
// need not come again. On a terminal what does not fit is cut; elsewhere only what no line should hold (ValueColumns).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/records/table_reader.h"
#include "tools/context.h"
#include "tools/render.h"

namespace pulih {

// One table at a time: Finish() ends it. Borrows both the context and the table.
class FoundRows {
 public:
  FoundRows(Context& context, bool csv);

  // `columns` are places in this table's.
  void Begin(const TableReader& table, std::vector<size_t> columns);
  Status Show(const StoredRow& row);
  void Finish();
  uint64_t count() const { return count_; }

 private:
  Status ShowJson(const StoredRow& row);
  std::vector<Column> Titles() const;
  void PrintHeader();

  Context& context_;
  const bool csv_;
  const size_t terminal_;    // its columns; 0: it is none, or nothing is to be cut
  const size_t most_;        // columns of a value; 0: all
  const TableReader* table_ = nullptr;
  std::vector<size_t> columns_;
  bool has_csv_header_ = false;
  std::vector<Column> titles_;                   // of the header that was printed
  std::vector<size_t> widths_;
  std::vector<std::vector<std::string>> block_;
  size_t block_bytes_ = 0;
  uint64_t count_ = 0;
};

}  // namespace pulih

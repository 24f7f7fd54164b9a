// Rows of a table become records: the head is found among the first rows, each further row gives its cells under the
// names in the head. Serves CSV, spreadsheets and tables of pages; LKPP's datasets are known by their heads.
//
// The head is the first row that has nearly as many texts as the widest of the first rows, and no numbers. Titles above
// it, a row that only numbers the columns, and empty rows are passed over. A table without a head gives no records.
//
// One thread. Memory: the first rows. Read next: csv_source.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/spse/source_sink.h"

namespace pulih::spse {

struct TableCell {
  std::string text;
  bool is_null = true;  // nothing stood there
  uint64_t offset = 0, length = 0;
};

struct TableRow {
  std::vector<TableCell> cells;
  uint64_t number = 0;  // as its reader counts, for the path
  uint64_t offset = 0, length = 0;
  bool cut = false;
};

class TableRows {
 public:
  // `strict`: a row with more or fewer cells than the head is damaged (CSV). Rows of spreadsheets end where they like.
  TableRows(bool strict, std::string where, const SourceLimits& limits, SourceSink& sink)
      : strict_(strict), where_(std::move(where)), limits_(limits), sink_(sink) {}
  Status Row(TableRow row);
  // No more rows.
  Status Finish();

  // 0 before the head was found.
  size_t columns() const { return head_.size(); }
  bool FitsHead(const TableRow& row) const;
  uint64_t records() const { return records_; }

 private:
  void FindHead();
  Status Decide();
  Status Tell(const TableRow& row);

  const bool strict_;
  const std::string where_;
  const SourceLimits& limits_;
  SourceSink& sink_;
  std::vector<TableRow> first_;
  bool decided_ = false;
  std::vector<std::string> head_;
  std::string source_ = "table", captured_;
  bool head_told_ = false;
  uint64_t head_number_ = 0, records_ = 0;
};

}  // namespace pulih::spse

#include "tools/found_rows.h"

#include <algorithm>
#include <utility>

#include "formats/postgres/value_text.h"
#include "tools/escape.h"
#include "tools/record_output.h"

namespace pulih {
namespace {

constexpr size_t kBlockRows = 500;
constexpr size_t kBlockBytes = 1u << 20;
constexpr size_t kWidestPadding = 60;   // where nothing is cut, one long value is not to move all others to the right
constexpr size_t kNarrowestColumn = 10;
constexpr size_t kGap = 2;

// The widest columns give way until the line fits.
void FitInto(size_t line, std::vector<size_t>& widths) {
  const auto total = [&](size_t most) {
    size_t sum = kGap * (widths.size() - 1);
    for (const size_t width : widths) sum += std::min(width, most);
    return sum;
  };
  size_t most = std::max(*std::max_element(widths.begin(), widths.end()), kNarrowestColumn);
  while (most > kNarrowestColumn && total(most) > line) --most;
  for (size_t& width : widths) width = std::min(width, most);
}

}  // namespace

FoundRows::FoundRows(Context& context, bool csv)
    : context_(context), csv_(csv), terminal_(context.global.verbose ? 0 : context.out.terminal_columns()), most_(ValueColumns(context, 0)) {}

void FoundRows::Begin(const TableReader& table, std::vector<size_t> columns) {
  table_ = &table;
  columns_ = std::move(columns);
  // Partitions of one table have the same columns.
  if (csv_ && !std::exchange(has_csv_header_, true)) context_.out.Write(CsvHeader(table, columns_));
}

Status FoundRows::Show(const StoredRow& row) {
  ++count_;
  if (context_.global.json) return ShowJson(row);
  if (csv_) {
    for (uint64_t i = 0; i < row.count; ++i) PULIH_TRY(WriteCsvLine(context_.out, *table_, row, columns_));
    return OkStatus();
  }
  std::vector<std::string> cells;
  if (table_->descriptor().key.empty()) cells.push_back(table_->KeyText(row));
  for (const size_t column : columns_) {
    PULIH_TRY_ASSIGN(std::string cell, CellText(*table_, row, column, most_));
    cells.push_back(std::move(cell));
  }
  for (const std::string& cell : cells) block_bytes_ += cell.size();
  block_.push_back(std::move(cells));
  if (block_.size() == kBlockRows || block_bytes_ > kBlockBytes) Finish();
  return OkStatus();
}

std::vector<Column> FoundRows::Titles() const {
  const TableDescriptor& table = table_->descriptor();
  std::vector<Column> titles;
  if (table.key.empty()) titles.push_back({"#"});
  for (const size_t column : columns_) {
    const bool is_number = ClassOf(table.types, table.columns[column].type) == ValueClass::number;
    titles.push_back({EscapeName(table.columns[column].name), is_number ? Align::right : Align::left});
  }
  return titles;
}

void FoundRows::PrintHeader() {
  widths_.clear();
  for (size_t i = 0; i < titles_.size(); ++i) {
    size_t width = 0;
    for (const auto& cells : block_) width = std::max(width, DisplayWidth(cells[i]));
    if (terminal_ == 0) width = std::min(width, kWidestPadding);
    widths_.push_back(std::max(width, DisplayWidth(titles_[i].title)));
  }
  if (terminal_ > 0 && !widths_.empty()) FitInto(terminal_, widths_);
  std::vector<std::string> cells;
  for (const Column& title : titles_) cells.push_back(title.title);
  context_.out.Line(AlignedLine(titles_, cells, widths_, terminal_ > 0));
}

void FoundRows::Finish() {
  if (block_.empty()) return;
  std::vector<Column> titles = Titles();
  if (titles != titles_ || widths_.empty()) {
    titles_ = std::move(titles);
    PrintHeader();
  }
  for (const auto& cells : block_) context_.out.Line(AlignedLine(titles_, cells, widths_, terminal_ > 0));
  block_.clear();
  block_bytes_ = 0;
}

Status FoundRows::ShowJson(const StoredRow& row) {
  JsonWriter& json = context_.json;
  json.BeginLine();
  json.Field("key", std::string_view(table_->KeyText(row)));
  if (row.count > 1) json.Field("count", row.count);
  json.Key("row");
  json.BeginObject();
  for (const size_t column : columns_) {
    json.Key(ToUtf8(table_->descriptor().columns[column].name));
    PULIH_TRY(WriteJsonValue(json, *table_, row, column));
  }
  json.EndObject();
  json.EndObject();
  return OkStatus();
}

}  // namespace pulih

#include "formats/spse/table_rows.h"

#include <algorithm>
#include <utility>

#include "formats/spse/lkpp.h"
#include "formats/spse/source_text.h"

namespace pulih::spse {
namespace {

constexpr size_t kRowsToFindHead = 40;
constexpr size_t kLongestName = 200;

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.' || c == ',' || c == '-' || c == ' '; });
}

std::string Trimmed(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      blank = !out.empty();
    } else {
      if (blank) out.push_back(' ');
      blank = false;
      out.push_back(c);
    }
  }
  return out;
}

size_t Filled(const TableRow& row) {
  return static_cast<size_t>(std::count_if(row.cells.begin(), row.cells.end(), [](const TableCell& cell) { return !Trimmed(cell.text).empty(); }));
}

bool MayBeHead(const TableRow& row, size_t widest) {
  const size_t filled = Filled(row);
  if (row.cut || filled < 2 || filled * 10 < widest * 7) return false;
  return std::none_of(row.cells.begin(), row.cells.end(), [](const TableCell& cell) {
    return IsNumber(cell.text) || cell.text.size() > kLongestName || HasDamage(cell.text);
  });
}

// "1 2 3 4" or "(1) (2) (3)" below a head.
bool NumbersColumns(const TableRow& row) {
  size_t expected = 0, numbers = 0;
  for (const TableCell& cell : row.cells) {
    std::string text = Trimmed(cell.text);
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '(' || c == ')'; }), text.end());
    ++expected;
    if (text.empty()) continue;
    if (text != std::to_string(expected)) return false;
    ++numbers;
  }
  return numbers >= 3;
}

}  // namespace

void TableRows::FindHead() {
  size_t widest = 0;
  for (const TableRow& row : first_) widest = std::max(widest, Filled(row));
  const auto found = std::find_if(first_.begin(), first_.end(), [&](const TableRow& row) { return MayBeHead(row, widest); });
  if (found == first_.end()) return;
  head_number_ = found->number;
  for (const TableCell& cell : found->cells) {
    const std::string name = Trimmed(cell.text);
    const auto same = std::count(head_.begin(), head_.end(), name);
    head_.push_back(name.empty() || same == 0 ? name : name + " (" + std::to_string(same + 1) + ")");
  }
  const std::string_view lkpp = LkppSource(head_);
  if (!lkpp.empty()) source_ = std::string(lkpp);
}

Status TableRows::Decide() {
  decided_ = true;
  FindHead();
  std::vector<TableRow> rows = std::move(first_);
  first_.clear();
  if (head_.empty()) return OkStatus();
  for (const TableRow& row : rows) {
    if (row.number > head_number_) PULIH_TRY(Tell(row));
  }
  return OkStatus();
}

bool TableRows::FitsHead(const TableRow& row) const {
  if (head_.empty()) return true;
  if (row.cells.size() < head_.size()) return false;
  return std::all_of(row.cells.begin() + static_cast<ptrdiff_t>(head_.size()), row.cells.end(), [](const TableCell& cell) { return cell.text.empty(); });
}

Status TableRows::Row(TableRow row) {
  if (decided_) return head_.empty() ? OkStatus() : Tell(row);
  first_.push_back(std::move(row));
  return first_.size() < kRowsToFindHead ? OkStatus() : Decide();
}

Status TableRows::Finish() { return decided_ ? OkStatus() : Decide(); }

Status TableRows::Tell(const TableRow& row) {
  if (Filled(row) == 0 || NumbersColumns(row)) return OkStatus();
  const bool damaged = std::any_of(row.cells.begin(), row.cells.end(), [](const TableCell& cell) { return HasDamage(cell.text); });
  // A hole may have joined the beginning of one row to the end of another: nothing of it counts.
  if (damaged || (strict_ && !row.cut && !FitsHead(row))) {
    return sink_.Range({row.offset, row.length, SourceFate::damaged, damaged ? "row with a hole" : "row with other columns than the head"});
  }
  if (records_ >= limits_.max_records) return OkStatus();
  SourceRecord record;
  record.source = source_;
  record.offset = row.offset;
  record.length = row.length;
  record.cut = row.cut;
  record.path = where_ + "row " + std::to_string(row.number);
  const bool is_lkpp = source_ != "table";
  for (size_t i = 0; i < std::min(row.cells.size(), head_.size()); ++i) {
    const TableCell& cell = row.cells[i];
    if (cell.is_null || head_[i].empty() || (is_lkpp && cell.text == "null")) continue;
    record.fields.push_back({head_[i], cell.text, cell.offset, cell.length});
  }
  if (record.fields.empty()) return OkStatus();
  if (is_lkpp && IsPartOfTender(source_)) {
    if (const std::string* tender = record.Find("kd_tender"); tender != nullptr) record.tender = *tender;
  }
  const std::string* day = is_lkpp ? record.Find("_event_date") : nullptr;
  if (!head_told_ || (day != nullptr && *day != captured_)) {
    head_told_ = true;
    if (day != nullptr) captured_ = *day;
    PULIH_TRY(sink_.Head({is_lkpp ? "LKPP" : "", captured_, ""}));
  }
  ++records_;
  return sink_.Record(record);
}

}  // namespace pulih::spse

#include "formats/spse/csv_source.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "formats/spse/source_text.h"
#include "formats/spse/table_rows.h"
#include "formats/text/csv.h"

namespace pulih::spse {
namespace {

constexpr size_t kHeadToJudge = 64u << 10;
// A row that goes on for longer has lost a quote.
constexpr size_t kMostLinesInRow = 200;
constexpr size_t kMostBytesInRow = 1u << 20;

// Behind the line that begins at `at`: LF, CRLF or CR end one.
size_t LineEnd(std::string_view text, size_t at) {
  const size_t end = text.find_first_of("\r\n", at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

// Takes the rows that one line completes.
class RowTaker : public CsvSink {
 public:
  Status CsvRow(const CsvFields& fields, uint64_t) override {
    cells.clear();
    for (const auto& field : fields) cells.push_back({field ? std::string(*field) : std::string(), !field, 0, 0});
    taken = true;
    return OkStatus();
  }
  std::vector<TableCell> cells;
  bool taken = false;
};

class CsvSource {
 public:
  CsvSource(const SourceText& text, const SourceLimits& limits, SourceSink& sink)
      : source_(text), text_(text.text()), sink_(sink), rows_(true, "", limits, sink), dialect_(DetectDialect(text_.substr(0, kHeadToJudge))) {}

  Status Run() {
    Restart(0);
    for (;;) {
      while (at_ < text_.size()) PULIH_TRY(Line());
      if (row_begin_ == text_.size()) break;
      if (parser_->Finish().ok()) {
        if (taker_.taken) PULIH_TRY(Take(true));
        break;
      }
      // What followed the quote is read again, line by line, as rows of their own.
      PULIH_TRY(LoseLine("a quote that nothing closes"));
    }
    return rows_.Finish();
  }

 private:
  void Restart(size_t at) {
    parser_ = std::make_unique<CsvParser>(dialect_, taker_);
    at_ = row_begin_ = at;
    lines_ = 0;
    taker_.taken = false;
  }

  Status LoseLine(const char* why) {
    const size_t end = std::min(LineEnd(text_, row_begin_), at_);
    PULIH_TRY(sink_.Range({source_.OffsetOf(row_begin_), source_.OffsetOf(end) - source_.OffsetOf(row_begin_), SourceFate::damaged, why}));
    Restart(end);
    ++number_;
    return OkStatus();
  }

  Status Take(bool cut) {
    taker_.taken = false;
    TableRow row;
    row.cells = std::move(taker_.cells);
    row.offset = source_.OffsetOf(row_begin_);
    row.length = source_.OffsetOf(at_) - row.offset;
    row.cut = cut;
    if (!cut && lines_ > 0 && !rows_.FitsHead(row)) return LoseLine("a quote out of place");
    row.number = ++number_;
    if (cut && !row.cells.empty()) {
      const size_t columns = rows_.columns() != 0 ? rows_.columns() : width_;
      const bool whole = text_.back() == dialect_.quote && row.cells.size() == columns;
      row.cut = !whole;
      if (!whole) row.cells.pop_back();
    }
    for (TableCell& cell : row.cells) cell.offset = row.offset, cell.length = row.length;
    width_ = row.cells.size();
    row_begin_ = at_;
    lines_ = 0;
    return rows_.Row(std::move(row));
  }

  Status Line() {
    const size_t end = LineEnd(text_, at_);
    PULIH_TRY(parser_->Feed(text_.substr(at_, end - at_)));
    at_ = end;
    if (taker_.taken) return Take(false);
    if (text_[end - 1] == '\n' && end - row_begin_ == 1) {  // the second half of a CRLF
      row_begin_ = end;
      return OkStatus();
    }
    if (++lines_ <= kMostLinesInRow && end - row_begin_ <= kMostBytesInRow) return OkStatus();
    return LoseLine("a quote that nothing closes");
  }

  const SourceText& source_;
  const std::string_view text_;
  SourceSink& sink_;
  TableRows rows_;
  const Dialect dialect_;
  RowTaker taker_;
  std::unique_ptr<CsvParser> parser_;
  size_t at_ = 0, row_begin_ = 0, lines_ = 0;
  size_t width_ = 0;  // of the row before
  uint64_t number_ = 0;
};

// Fields of the first rows.
class WidthCounter : public CsvSink {
 public:
  Status CsvRow(const CsvFields& fields, uint64_t) override {
    if (fields.size() > 1) ++rows_of[fields.size()];
    ++rows;
    return OkStatus();
  }
  std::map<size_t, size_t> rows_of;
  size_t rows = 0;
};

}  // namespace

bool LooksLikeCsv(ByteView bytes) {
  const ByteView head = bytes.first(std::min(bytes.size(), kHeadToJudge));
  const SourceText text(head);
  const std::string_view first = text.text();
  if (std::count_if(first.begin(), first.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }) >
      static_cast<ptrdiff_t>(first.size() / 2)) {
    return false;
  }
  WidthCounter counter;
  CsvParser parser(DetectDialect(first), counter);
  if (!parser.Feed(first).ok()) return false;
  size_t best = 0, columns = 0;
  for (const auto& [width, rows] : counter.rows_of) {
    if (rows > best) best = rows, columns = width;
  }
  return columns >= 3 && best * 2 >= counter.rows && counter.rows >= 2;
}

Status ReadCsvSource(ByteView bytes, const SourceLimits& limits, SourceSink& sink) {
  const SourceText text(bytes);
  PULIH_TRY(sink.Range({0, bytes.size(), SourceFate::read, "CSV"}));
  return CsvSource(text, limits, sink).Run();
}

}  // namespace pulih::spse

#include "formats/text/csv.h"

#include <algorithm>
#include <map>

namespace pulih {
namespace {

constexpr char kDelimiters[] = {',', ';', '\t', '|'};
constexpr size_t kRowsToJudgeBy = 200;

// Counts the fields of the first rows.
class FieldCounter : public CsvSink {
 public:
  Status CsvRow(const CsvFields& fields, uint64_t) override {
    if (fields.size() == 1 && !fields[0]) return OkStatus();  // an empty line says nothing
    counts_.push_back(fields.size());
    return counts_.size() < kRowsToJudgeBy ? OkStatus() : Status(Code::interrupted, "enough rows");
  }
  // Rows with as many fields as most, over all rows; 0 when there is nothing to cut.
  double Evenness() const {
    std::map<size_t, size_t> rows_of;
    for (const size_t count : counts_) ++rows_of[count];
    size_t fields = 0, rows = 0;
    for (const auto& [count, number] : rows_of) {
      if (number >= rows) fields = count, rows = number;
    }
    columns_ = fields;
    return fields < 2 ? 0 : static_cast<double>(rows) / static_cast<double>(counts_.size());
  }
  size_t columns() const { return columns_; }

 private:
  std::vector<size_t> counts_;
  mutable size_t columns_ = 0;
};

}  // namespace

Dialect DetectDialect(std::string_view text) {
  Dialect best;
  double best_evenness = 0;
  size_t best_columns = 0;
  // The last line may be cut; a text of one line is judged as it stands.
  const size_t last_line_end = text.find_last_of("\r\n");
  if (last_line_end != std::string_view::npos) text = text.substr(0, last_line_end + 1);
  for (const char delimiter : kDelimiters) {
    FieldCounter counter;
    CsvParser parser({delimiter, '"'}, counter);
    Status parsed = parser.Feed(text);
    if (parsed.ok()) parsed = parser.Finish();
    const double evenness = counter.Evenness();
    if (evenness > best_evenness || (evenness == best_evenness && evenness > 0 && counter.columns() > best_columns)) {
      best.delimiter = delimiter;
      best_evenness = evenness;
      best_columns = counter.columns();
    }
  }
  return best;
}

Status CsvParser::TooLarge(std::string_view what) const {
  return Status(Code::too_large, "read CSV: line " + std::to_string(row_line_) + ": " + std::string(what));
}

Status CsvParser::Feed(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    // Runs of ordinary characters are copied at once.
    size_t end = at;
    if (state_ == State::unquoted) {
      while (end < text.size() && text[end] != dialect_.delimiter && text[end] != '\n' && text[end] != '\r') ++end;
    } else if (state_ == State::quoted) {
      while (end < text.size() && text[end] != dialect_.quote && text[end] != '\n') ++end;
    }
    if (end > at) {
      text_.append(text, at, end - at);
      const size_t begin = fields_.empty() ? 0 : fields_.back().end;
      if (text_.size() - begin > kMaxCsvField) return TooLarge("a field has more than 64 MiB (an open quote?)");
      if (text_.size() > kMaxCsvRow) return TooLarge("the row has more than 256 MiB");
      at = end;
      continue;
    }
    PULIH_TRY(Take(text[at++]));
  }
  return OkStatus();
}

Status CsvParser::Take(char c) {
  if (state_ == State::after_cr) {
    state_ = State::field_start;
    if (c == '\n') return OkStatus();
  }
  if (state_ == State::quoted) {
    if (c == dialect_.quote) {
      state_ = State::quote_in_quoted;
    } else {
      if (c == '\n') ++line_;
      text_.push_back(c);
    }
    return OkStatus();
  }
  if (c == dialect_.quote && state_ == State::quote_in_quoted) {
    text_.push_back(c);
    state_ = State::quoted;
    return OkStatus();
  }
  if (c == dialect_.quote && state_ == State::field_start) {
    quoted_field_ = true;
    state_ = State::quoted;
    return OkStatus();
  }
  if (c == dialect_.delimiter) return EndField();
  if (c == '\n' || c == '\r') {
    PULIH_TRY(EndField());
    PULIH_TRY(EndRow());
    ++line_;
    row_line_ = line_;
    if (c == '\r') state_ = State::after_cr;
    return OkStatus();
  }
  text_.push_back(c);
  state_ = State::unquoted;
  return OkStatus();
}

Status CsvParser::EndField() {
  const size_t begin = fields_.empty() ? 0 : fields_.back().end;
  if (fields_.size() == kMaxCsvColumns) return TooLarge("the row has more than 1600 fields");
  fields_.push_back({text_.size(), text_.size() == begin && !quoted_field_});
  quoted_field_ = false;
  state_ = State::field_start;
  return OkStatus();
}

Status CsvParser::EndRow() {
  views_.clear();
  size_t begin = 0;
  for (const Field& field : fields_) {
    if (field.is_null) {
      views_.push_back(std::nullopt);
    } else {
      views_.push_back(std::string_view(text_).substr(begin, field.end - begin));
    }
    begin = field.end;
  }
  Status taken = sink_.CsvRow(views_, row_line_);
  fields_.clear();
  text_.clear();
  return taken;
}

Status CsvParser::Finish() {
  if (state_ == State::quoted) {
    return Status(Code::corrupt, "read CSV: line " + std::to_string(row_line_) + ": a quote is never closed");
  }
  const bool row_is_open = state_ == State::unquoted || state_ == State::quote_in_quoted || !fields_.empty();
  if (!row_is_open) return OkStatus();
  PULIH_TRY(EndField());
  return EndRow();
}

void CsvWriter::AppendQuoted(std::string_view part, std::string& out) const {
  for (size_t at = 0;;) {
    const size_t quote = part.find(dialect_.quote, at);
    out.append(part, at, quote - at);  // to the end where there is none
    if (quote == std::string_view::npos) return;
    out.append(2, dialect_.quote);
    at = quote + 1;
  }
}

void CsvWriter::AppendField(std::string_view text, std::string& out) const {
  const char special[] = {dialect_.delimiter, dialect_.quote, '\r', '\n'};
  const std::string_view needs_quotes(special, sizeof special);
  // A byte order mark at the start of a file would be taken off it.
  if (!text.empty() && text.find_first_of(needs_quotes) == std::string_view::npos && text.substr(0, 3) != "\xEF\xBB\xBF") {
    out.append(text);
    return;
  }
  out.push_back(dialect_.quote);
  AppendQuoted(text, out);
  out.push_back(dialect_.quote);
}

void CsvWriter::AppendRow(const CsvFields& fields, std::string& out) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out.push_back(dialect_.delimiter);
    if (fields[i]) AppendField(*fields[i], out);
  }
  out.push_back('\n');
}

}  // namespace pulih

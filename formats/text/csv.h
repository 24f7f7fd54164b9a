// CSV: rows of fields between delimiters (RFC 4180), as spreadsheets, databases and people write it.
//
//   Dialect dialect = DetectDialect(first bytes, as UTF-8);
//   CsvParser parser(dialect, sink);  Feed(…)*, Finish()
//
// A quoted field may hold delimiters, line ends and doubled quotes. An unquoted empty field is NULL, a quoted one is
// the empty text: the parser tells them apart and CsvWriter writes them so. Lines end in LF, CRLF or CR. What is
// sloppy but clear is taken as it is meant: a quote inside an unquoted field is a character, and what follows a closing
// quote belongs to the field. How many fields a row has is for the sink to judge.
//
// Pure; memory is bounded by the largest row. UTF-8 in and out (encoding.h). Read next: csv.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace pulih {

inline constexpr size_t kMaxCsvField = 64u << 20;
inline constexpr size_t kMaxCsvRow = 256u << 20;
inline constexpr size_t kMaxCsvColumns = 1600;  // as many as a PostgreSQL table may have

struct Dialect {
  char delimiter = ',';  // , ; tab |
  char quote = '"';
  bool operator==(const Dialect&) const = default;
};
// The delimiter that cuts the first lines of `text` most evenly, and the comma when none does. `text` may end anywhere.
Dialect DetectDialect(std::string_view text);

// A field's text, or nullopt: nothing at all stood between the delimiters.
using CsvFields = std::vector<std::optional<std::string_view>>;

class CsvSink {
 public:
  virtual ~CsvSink() = default;
  // `line` is where the row begins, from 1. The views last for the call. A failure ends the parse. An empty line is a
  // row of one NULL.
  virtual Status CsvRow(const CsvFields& fields, uint64_t line) = 0;
};

class CsvParser {
 public:
  CsvParser(const Dialect& dialect, CsvSink& sink) : dialect_(dialect), sink_(sink) {}
  Status Feed(std::string_view text);
  // The last row may lack its line end. `corrupt` when a quote is still open: line of the row in the message.
  Status Finish();

 private:
  enum class State : uint8_t { field_start, unquoted, quoted, quote_in_quoted, after_cr };
  struct Field {
    size_t end;  // in text_; it begins where the one before ended
    bool is_null;
  };
  Status Take(char c);
  Status EndField();
  Status EndRow();
  Status TooLarge(std::string_view what) const;

  Dialect dialect_;
  CsvSink& sink_;
  State state_ = State::field_start;
  bool quoted_field_ = false;
  uint64_t line_ = 1, row_line_ = 1;
  std::string text_;  // the fields of the row, end to end
  std::vector<Field> fields_;
  CsvFields views_;
};

// Appends one row and a line end (LF). Quotes only where it must.
class CsvWriter {
 public:
  explicit CsvWriter(const Dialect& dialect = {}) : dialect_(dialect) {}
  void AppendRow(const CsvFields& fields, std::string& out) const;
  // One field of it.
  void AppendField(std::string_view text, std::string& out) const;
  // A part of a field that stands in quotes, without these.
  void AppendQuoted(std::string_view part, std::string& out) const;

 private:
  Dialect dialect_;
};

}  // namespace pulih

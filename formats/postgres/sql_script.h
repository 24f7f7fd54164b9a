// Reads a plain dump (pg_dump -Fp, or a script by hand) line by line: statements, blocks of COPY data, and the rows in
// them; and finds its way again behind damage.
//
// A line whose beginning is lost is told by its flag. Behind one, inside COPY data, rows go on to the end of the block, but
// it is no longer sure that the table is still the same: a hole can swallow the end of one block and the beginning of the
// next. In a statement everything is lost up to the next line that begins like a statement of pg_dump.
//
// A text that begins with rows is COPY data without its statement.
//
// It keeps one statement, and nothing of COPY data. Pure; one thread per object. Text is hostile: a statement longer than
// kMaxStatement is passed over. Source: src/bin/pg_dump, src/bin/psql/psqlscanslash.l.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "formats/postgres/ddl.h"
#include "formats/postgres/sql_token.h"

namespace pulih {

inline constexpr size_t kMaxStatement = 256u << 20;

struct ScriptLine {
  std::string_view text;    // without its line end
  bool torn_begin = false;  // what stood before it is lost: it may begin inside a line
  bool torn_end = false;    // what followed is lost
  bool unknown = false;     // has bytes that are not known
};

struct CopyTarget {
  SqlName table;                     // empty name: not known
  std::vector<std::string> columns;  // as the statement lists them; empty: all
};
// "COPY schema.table (a, b) FROM stdin;". False for any other line.
bool ReadCopyStatement(std::string_view text, CopyTarget& target);

class SqlScriptSink {
 public:
  virtual ~SqlScriptSink() = default;
  // A whole statement other than INSERT and COPY, with its semicolon. `standard`: backslashes in '…' are plain.
  virtual Status Statement(std::string_view text) = 0;
  // INSERT INTO …; `complete` false: the end is lost, `text` goes as far as it is known. `line_begin`: how many lines
  // before this one it began.
  virtual Status Insert(std::string_view text, bool complete, size_t lines_before) = 0;
  virtual Status CopyBegins(const CopyTarget& target) = 0;
  // A line of COPY data. `sure`: of the target that CopyBegins told last; else damage lies between.
  virtual Status CopyRow(const ScriptLine& line, bool sure) = 0;
  virtual Status CopyEnds() = 0;
  // A line that could not be made anything of.
  virtual Status Lost(const ScriptLine& line) = 0;
};

class SqlScriptReader {
 public:
  explicit SqlScriptReader(SqlScriptSink& sink) : sink_(sink) {}

  Status Line(const ScriptLine& line);
  Status Finish();  // a statement that has no end is told

 private:
  enum class Mode : uint8_t { statements, copy, lost };
  Status InStatements(const ScriptLine& line);
  Status InCopy(const ScriptLine& line);
  Status InLost(const ScriptLine& line);
  Status EndStatement();
  Status DropStatement(bool told);
  bool BeginsCopy(std::string_view text, Status& told);

  SqlScriptSink& sink_;
  Mode mode_ = Mode::statements;
  StatementEnd end_;
  std::string statement_;
  size_t lines_before_ = 0;
  bool sure_ = true;         // copy: nothing was lost since it began
  bool standard_ = true;
  bool started_ = false;     // a line that is not empty has come
};

}  // namespace pulih

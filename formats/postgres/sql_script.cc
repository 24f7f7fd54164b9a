#include "formats/postgres/sql_script.h"

#include "formats/postgres/copy_text.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

bool BeginsWith(std::string_view text, std::string_view words) {
  return text.size() >= words.size() && EqualWords(text.substr(0, words.size()), words);
}

// What a line can begin with after damage to be believed to begin a statement. Prose could begin so as well, but then
// nothing comes of it.
bool BeginsStatement(std::string_view line) {
  for (const std::string_view words : {"insert into ", "create ", "alter ", "set ", "select pg_catalog.", "comment on ", "grant ", "revoke "}) {
    if (BeginsWith(line, words)) return true;
  }
  return false;
}

// Whether a text that begins with this line is COPY data without its statement, as a file of a directory dump is.
bool LooksLikeRow(std::string_view line) {
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos || tab == 0) return false;
  for (const std::string_view word : {"create", "insert", "set", "select", "alter", "drop", "begin", "copy", "comment", "grant", "update",
                                      "delete", "with", "start", "truncate", "--", "/*", "\\"}) {
    if (BeginsWith(line, word)) return line.starts_with("\\N\t");
  }
  return true;
}

// Whether the text is blank but for comments that end in it.
bool IsBlank(std::string_view text) {
  SqlTokens tokens(text);
  return tokens.AtEnd();
}

}  // namespace

bool ReadCopyStatement(std::string_view text, CopyTarget& target) {
  text = Trimmed(text);
  if (!BeginsWith(text, "copy ") || text.size() < 16 || !text.ends_with(';')) return false;
  SqlTokens tokens(text);
  tokens.Accept("copy");
  target = {};
  if (!TakeSqlName(tokens, target.table)) return false;
  if (tokens.AcceptSymbol("(")) {
    do {
      if (!tokens.Peek().IsName()) return false;
      target.columns.push_back(tokens.Next().text);
    } while (tokens.AcceptSymbol(","));
    if (!tokens.AcceptSymbol(")")) return false;
  }
  if (tokens.Accept("with")) tokens.Accept("oids");
  return tokens.Accept("from") && tokens.Accept("stdin");
}

bool SqlScriptReader::BeginsCopy(std::string_view text, Status& told) {
  CopyTarget target;
  if (!ReadCopyStatement(text, target)) return false;
  mode_ = Mode::copy;
  sure_ = true;
  told = sink_.CopyBegins(target);
  return true;
}

Status SqlScriptReader::Line(const ScriptLine& line) {
  if (line.torn_begin) {
    if (mode_ == Mode::statements) {
      PULIH_TRY(DropStatement(true));
      mode_ = Mode::lost;
    } else if (mode_ == Mode::copy) {
      sure_ = false;
    }
  }
  if (!started_ && !line.text.empty()) {
    started_ = true;
    if (mode_ == Mode::statements && !line.unknown && LooksLikeRow(line.text)) {
      mode_ = Mode::copy;
      sure_ = false;
      PULIH_TRY(sink_.CopyBegins(CopyTarget()));
    }
  }
  switch (mode_) {
    case Mode::copy: return InCopy(line);
    case Mode::lost: return InLost(line);
    case Mode::statements: return InStatements(line);
  }
  return OkStatus();
}

Status SqlScriptReader::InCopy(const ScriptLine& line) {
  if (IsCopyEnd(line.text) && !line.unknown && !line.torn_end) {
    mode_ = Mode::statements;
    return sink_.CopyEnds();
  }
  if (!sure_ && !line.unknown) {
    // The end of the block may be lost.
    Status told;
    if (BeginsCopy(line.text, told)) return told;
    if (BeginsStatement(line.text) || line.text.starts_with("--")) {
      mode_ = Mode::statements;
      PULIH_TRY(sink_.CopyEnds());
      return InStatements(line);
    }
  }
  return sink_.CopyRow(line, sure_);
}

Status SqlScriptReader::InLost(const ScriptLine& line) {
  if (line.torn_begin || line.unknown) return sink_.Lost(line);
  Status told;
  if (BeginsCopy(line.text, told)) return told;
  if (IsCopyEnd(line.text)) {
    mode_ = Mode::statements;
    return sink_.CopyEnds();
  }
  if (BeginsStatement(line.text)) {
    mode_ = Mode::statements;
    return InStatements(line);
  }
  // Tabs stand in rows and hardly anywhere else in a dump.
  if (line.text.find('\t') != std::string_view::npos) {
    mode_ = Mode::copy;
    sure_ = false;
    PULIH_TRY(sink_.CopyBegins(CopyTarget()));
    return sink_.CopyRow(line, false);
  }
  return sink_.Lost(line);
}

Status SqlScriptReader::DropStatement(bool told) {
  Status status;
  if (told && !statement_.empty() && BeginsWith(Trimmed(statement_), "insert into "))
    status = sink_.Insert(statement_, false, lines_before_);
  statement_.clear();
  lines_before_ = 0;
  end_.Reset();
  return status;
}

Status SqlScriptReader::EndStatement() {
  Status status;
  const std::string_view text = Trimmed(statement_);
  if (BeginsWith(text, "insert into ")) {
    status = sink_.Insert(statement_, true, lines_before_);
  } else if (!BeginsCopy(text, status)) {
    status = sink_.Statement(statement_);
    if (BeginsWith(text, "set standard_conforming_strings")) {
      standard_ = text.find("off") == std::string_view::npos;
      end_.set_standard_strings(standard_);
    }
  }
  statement_.clear();
  lines_before_ = 0;
  return status;
}

Status SqlScriptReader::InStatements(const ScriptLine& line) {
  std::string_view rest = line.text;
  if (line.unknown) {
    PULIH_TRY(DropStatement(true));
    mode_ = Mode::lost;
    return sink_.Lost(line);
  }
  if (!end_.inside_quotes()) {
    // A line for psql (\connect, \restrict), and a COPY that another statement without its end would swallow.
    if (rest.starts_with('\\') && Trimmed(statement_).empty()) return OkStatus();
    Status told;
    if (BeginsWith(rest, "copy ") && BeginsCopy(rest, told)) {
      statement_.clear();
      lines_before_ = 0;
      end_.Reset();
      end_.set_standard_strings(standard_);
      return told;
    }
    // Comments before a statement are not of it.
    if (rest.starts_with("--") && Trimmed(statement_).empty()) return OkStatus();
  }
  bool ended = false;
  while (mode_ == Mode::statements) {
    const size_t end = end_.Feed(rest);
    if (end == std::string_view::npos) break;
    statement_ += rest.substr(0, end);
    rest.remove_prefix(end);
    PULIH_TRY(EndStatement());
    ended = true;
  }
  if (mode_ != Mode::statements) return OkStatus();
  if (line.torn_end) {
    statement_ += rest;
    return DropStatement(true);
  }
  end_.Feed("\n");
  statement_ += rest;
  statement_ += '\n';
  if (statement_.size() > kMaxStatement) {
    PULIH_TRY(DropStatement(false));
    mode_ = Mode::lost;
    return sink_.Lost(line);
  }
  // What is behind a statement on its line is a comment, as a rule.
  if ((ended || statement_.size() < 4096) && !end_.inside_quotes() && IsBlank(statement_)) {
    statement_.clear();
    lines_before_ = 0;
    return OkStatus();
  }
  ++lines_before_;
  return OkStatus();
}

Status SqlScriptReader::Finish() {
  if (mode_ == Mode::copy) return sink_.CopyEnds();
  if (mode_ == Mode::statements) return DropStatement(true);
  return OkStatus();
}

namespace {

class DdlScript : public SqlScriptSink {
 public:
  explicit DdlScript(const DdlLimits& limits) : reader(limits) {}
  Status Statement(std::string_view text) override {
    reader.Take(text);
    return OkStatus();
  }
  Status Insert(std::string_view text, bool complete, size_t) override {
    if (complete) reader.Take(text);
    return OkStatus();
  }
  Status CopyBegins(const CopyTarget&) override { return OkStatus(); }
  Status CopyRow(const ScriptLine&, bool) override { return OkStatus(); }
  Status CopyEnds() override { return OkStatus(); }
  Status Lost(const ScriptLine&) override { return OkStatus(); }

  DdlReader reader;
};

}  // namespace

Schema ReadDdl(std::string_view script, const DdlLimits& limits) {
  DdlScript sink(limits);
  SqlScriptReader reader(sink);
  // None of the calls fails: the sink never does.
  Status status;
  for (size_t at = 0; at < script.size() && status.ok();) {
    const size_t end = std::min(script.find('\n', at), script.size());
    ScriptLine line;
    line.text = script.substr(at, end - at);
    if (line.text.ends_with('\r')) line.text.remove_suffix(1);
    status = reader.Line(line);
    at = end + 1;
  }
  // The last statement may lack its semicolon.
  ScriptLine end;
  end.text = ";";
  if (status.ok()) status = reader.Line(end);
  return std::move(sink.reader).Finish();
}

}  // namespace pulih

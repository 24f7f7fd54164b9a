#include "engine/recover/dump_rows.h"

#include "formats/postgres/copy_text.h"

namespace pulih {

namespace {

std::string Quoted(std::string_view name) {
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return "\"" + std::string(name) + "\"";
  }
  return std::string(name);
}

// "COPY public.paket (pkt_id, …) FROM stdin;" as pg_dump writes it, to be compared with a line that has unknown bytes.
class CopyStatements {
 public:
  explicit CopyStatements(const Schema& schema) : schema_(schema) {
    for (const SchemaTable& table : schema.tables) {
      std::string text = "COPY " + Quoted(table.schema) + "." + Quoted(table.name) + " (";
      bool first = true;
      for (const SchemaColumn& column : table.columns) {
        if (column.dropped) continue;
        text += (first ? "" : ", ") + Quoted(column.name);
        first = false;
      }
      texts_.push_back(text + ") FROM stdin;");
    }
  }

  // The table whose statement the line can be, when it can be only one's and enough of it is known.
  std::optional<size_t> Match(const TextLine& line) const {
    const size_t known = line.text.size() - line.unknown.size();
    if (known < 12 || known * 4 < line.text.size()) return std::nullopt;
    std::optional<size_t> found;
    for (size_t i = 0; i < texts_.size(); ++i) {
      if (texts_[i].size() != line.text.size() || !Agrees(line, texts_[i])) continue;
      if (found) return std::nullopt;
      found = i;
    }
    return found;
  }
  CopyTarget TargetOf(size_t table) const {
    return {{schema_.tables[table].schema, schema_.tables[table].name}, {}};
  }

 private:
  static bool Agrees(const TextLine& line, std::string_view text) {
    size_t next = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (next < line.unknown.size() && line.unknown[next].at == i) {
        ++next;
        continue;
      }
      if (line.text[i] != text[i]) return false;
    }
    return true;
  }

  const Schema& schema_;
  std::vector<std::string> texts_;
};

class RowScanner : public LineTaker, public SqlScriptSink {
 public:
  RowScanner(const Schema& known, RowTaker& taker) : taker_(taker), statements_(known) {
    DdlLimits none;
    none.max_rows = 0;
    ddl_ = DdlReader(none);
  }

  Status Text(const DumpText& text) {
    text_ = &text;
    in_copy_ = !text.is_script;
    lines_.clear();
    if (in_copy_) {
      PULIH_TRY(NewGroup(text.has_target, !text.aside_target, text.target));
      return taker_.WantsRows() ? TellLines(text.source, *this) : OkStatus();
    }
    script_.emplace(*this);
    unfinished_ = 0;
    crlf_ = false;
    PULIH_TRY(TellLines(text.source, *this));
    const bool ends_in_rows = in_copy_;
    PULIH_TRY(script_->Finish());
    if (ends_in_rows) return taker_.EndsEarly("it ends inside the rows of " + target_.table.schema + "." + target_.table.name + ": what came behind them is lost");
    return unfinished_ > 0 ? taker_.EndsEarly("it ends without the line that pg_dump writes last: what came behind is lost") : OkStatus();
  }

  // Somebody's editor may have ended each line with CR LF. COPY escapes a CR that is data, so one at the end of a row is not:
  // where the statement before the rows has one too, it is taken off.
  Status Line(const TextLine& line) override {
    if (!in_copy_ || !crlf_ || line.torn_end || !line.text.ends_with('\r')) return OneLine(line);
    TextLine without = line;
    without.text.remove_suffix(1);
    return OneLine(without);
  }

  Status OneLine(const TextLine& line) {
    if (!text_->is_script) {
      if (!in_copy_) return OkStatus();
      if (IsCopyEnd(line.text) && !line.torn_begin) {
        in_copy_ = false;
        return OkStatus();
      }
      // A data block may hold the end of its data a second time, as lines of nothing.
      if (line.text.empty() && line.unknown.empty() && line.torn_begin) return OkStatus();
      return TellRow(line);
    }
    line_ = &line;
    trust_ = line.trust;
    if (line.torn_begin || line.torn_end || !line.unknown.empty()) taker_.Torn();
    for (const ByteRange& range : line.bytes) lines_.push_back(range);
    line_ends_.push_back(lines_.size());
    ScriptLine told;
    told.text = line.text;
    if (!in_copy_ && !line.torn_end) crlf_ = told.text.ends_with('\r');
    if (told.text.ends_with('\r') && !in_copy_) told.text.remove_suffix(1);
    if (!in_copy_ && told.text == "-- PostgreSQL database dump") ++unfinished_;
    if (!in_copy_ && told.text == "-- PostgreSQL database dump complete" && unfinished_ > 0) --unfinished_;
    told.torn_begin = line.torn_begin;
    told.torn_end = line.torn_end;
    told.unknown = !line.unknown.empty();
    if (told.unknown && !line.torn_begin && !line.torn_end) {
      if (const auto table = statements_.Match(line)) {
        // What it says is known all the same: no other statement has this length and these bytes.
        guessed_ = "COPY " + Quoted(statements_.TargetOf(*table).table.schema) + "." +
                   Quoted(statements_.TargetOf(*table).table.name) + " FROM stdin;";
        told.text = guessed_;
        told.unknown = false;
        told.torn_begin = true;  // whatever came before is over
      }
    }
    return script_->Line(told);
  }

  Status Statement(std::string_view text) override {
    if (ObjectScript::Wants(text)) {
      const std::vector<ByteRange> bytes = LastLines(1);
      ForgetLines();
      return taker_.Object(text, trust_, text_->state, bytes);
    }
    ForgetLines();
    ddl_.Take(text);
    return taker_.Ddl(text);
  }
  Status Insert(std::string_view text, bool complete, size_t lines_before) override {
    InsertReader reader(text, ddl_.standard_strings());
    std::vector<ByteRange> bytes = LastLines(lines_before + 1);
    if (reader.ok()) {
      CopyTarget target{reader.head().table, reader.head().columns};
      if (target.table.schema.empty()) target.table.schema = ddl_.default_schema();
      InsertedValues values;
      bool whole = false;
      while (reader.NextRow(values, whole)) {
        if (complete && !whole) continue;
        InsertedRow row;
        row.target = &target;
        row.values = &values;
        row.complete = whole;
        row.trust = trust_;
        row.state = text_->state;
        row.bytes = &bytes;
        PULIH_TRY(taker_.Inserted(row));
      }
    }
    ForgetLines();
    return OkStatus();
  }
  Status CopyBegins(const CopyTarget& target) override {
    ForgetLines();
    in_copy_ = true;
    target_ = target;
    if (target_.table.schema.empty() && !target_.table.name.empty()) target_.table.schema = ddl_.default_schema();
    return NewGroup(!target_.table.name.empty(), true, target_);
  }
  Status CopyRow(const ScriptLine& line, bool) override {
    if (line.torn_begin) PULIH_TRY(NewGroup(!target_.table.name.empty(), false, target_));
    ForgetLines();
    return TellRow(*line_);
  }
  Status CopyEnds() override {
    in_copy_ = false;
    ForgetLines();
    return OkStatus();
  }
  Status Lost(const ScriptLine&) override {
    ForgetLines();
    return text_->source.streams.empty() ? taker_.Lost(*line_) : OkStatus();
  }

 private:
  // Rows end with a line end, always: one without is cut, even where nothing else shows it.
  Status TellRow(const TextLine& line) {
    if (!line.ends_text || line.torn_end) return taker_.Row(line);
    TextLine cut = line;
    cut.torn_end = true;
    return taker_.Row(cut);
  }
  Status NewGroup(bool has_target, bool sure, const CopyTarget& target) {
    RowGroup group;
    group.number = groups_++;
    group.has_target = has_target;
    group.sure = sure;
    group.target = target;
    group.path = text_->path;
    group.order = text_->order;
    group.state = text_->state;
    group.plain = text_->source.streams.empty();
    return taker_.Group(group);
  }
  void ForgetLines() {
    lines_.clear();
    line_ends_.clear();
  }
  std::vector<ByteRange> LastLines(size_t count) const {
    const size_t skip = line_ends_.size() > count ? line_ends_[line_ends_.size() - count - 1] : 0;
    std::vector<ByteRange> bytes;
    for (size_t i = skip; i < lines_.size(); ++i) {
      if (!bytes.empty() && lines_[i].offset <= bytes.back().offset + bytes.back().length && lines_[i].offset >= bytes.back().offset) {
        bytes.back().length = std::max(bytes.back().length, lines_[i].offset + lines_[i].length - bytes.back().offset);
      } else {
        bytes.push_back(lines_[i]);
      }
    }
    return bytes;
  }

  RowTaker& taker_;
  const CopyStatements statements_;
  std::optional<SqlScriptReader> script_;
  DdlReader ddl_;
  const DumpText* text_ = nullptr;
  const TextLine* line_ = nullptr;
  SegmentTrust trust_ = SegmentTrust::exact;
  CopyTarget target_;
  std::string guessed_;
  bool in_copy_ = false, crlf_ = false;
  int unfinished_ = 0;  // dumps in this text that have begun and did not say that they are complete
  size_t groups_ = 0;
  std::vector<ByteRange> lines_;   // of the statement that goes on here
  std::vector<size_t> line_ends_;
};

}  // namespace

Status TellRows(DumpTexts& texts, const Schema& known, RowTaker& taker) {
  RowScanner scanner(known, taker);
  return texts.ForEach([&scanner](const DumpText& text) { return scanner.Text(text); });
}

}  // namespace pulih

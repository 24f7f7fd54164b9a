// Takes SQL apart into words, names, texts and symbols, as PostgreSQL's scanner does: comments (nested too) are passed
// over, quotes of every kind are opened. A text or comment that never ends ends with the input, and says so.
//
// It is *not* a parser, and knows no operators: each symbol is one character, but for "::".
//
// Tokens own their text. One thread per object. Source: src/backend/parser/scan.l.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace pulih {

struct SqlToken {
  enum class Kind : uint8_t {
    end,
    word,    // unquoted, in lower case: a keyword or a name
    name,    // "quoted"
    text,    // 'text', E'text', $$text$$, B'…', X'…'
    number,
    symbol,  // one character, or "::"
  };
  Kind kind = Kind::end;
  std::string text;
  size_t begin = 0, end = 0;  // in the input
  char prefix = 0;            // of a text: the letter before it, in lower case
  bool complete = true;       // false: its closing quote is missing

  bool Is(std::string_view word) const { return kind == Kind::word && text == word; }
  bool IsSymbol(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  bool IsName() const { return kind == Kind::word || kind == Kind::name; }
};

class SqlTokens {
 public:
  // `input` must last as long as this.
  explicit SqlTokens(std::string_view input) : input_(input) {}
  // False: a backslash in '…' is an escape, as before standard_conforming_strings.
  void set_standard_strings(bool standard) { standard_strings_ = standard; }

  // Valid until that token is taken.
  const SqlToken& Peek(size_t ahead = 0);
  SqlToken Next();
  // Takes the next token when it is that word, or that symbol.
  bool Accept(std::string_view word);
  bool AcceptSymbol(std::string_view symbol);
  bool AtEnd() { return Peek().kind == SqlToken::Kind::end; }
  size_t offset() { return Peek().begin; }

 private:
  SqlToken Scan();
  void SkipBlank();
  bool SkipComment();
  void ScanQuoted(char quote, bool escapes, SqlToken& token);
  bool ScanDollar(SqlToken& token);
  void ScanEscape(std::string& out);

  std::string_view input_;
  size_t at_ = 0;
  bool standard_strings_ = true;
  std::deque<SqlToken> ahead_;  // references to its tokens outlast those added behind
};

// Where a statement ends: follows a script line by line without keeping it. Feed it text; it says where the first
// semicolon outside quotes, comments and parentheses is.
class StatementEnd {
 public:
  // The place behind the semicolon that ends the statement, or npos when it goes on. After an end it begins anew.
  size_t Feed(std::string_view text);
  void Reset() { *this = StatementEnd(); }
  // Inside a text or comment: a line that begins here says nothing by its first words.
  bool inside_quotes() const { return state_ != State::plain && state_ != State::line_comment; }
  void set_standard_strings(bool standard) { standard_strings_ = standard; }

 private:
  enum class State : uint8_t { plain, text, escape_text, name, dollar, line_comment, comment };
  size_t Plain(std::string_view text, size_t at);

  State state_ = State::plain;
  bool standard_strings_ = true;
  size_t word_size_ = 0;       // of the word that goes on here: a $ in it opens no quote
  char before_ = 0;            // the character before, for E'…'
  unsigned depth_ = 0;         // of parentheses, or of comments
  unsigned parentheses_ = 0;
  std::string tag_;            // of the dollar quote, with both dollars
};

}  // namespace pulih

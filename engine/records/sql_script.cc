#include "engine/records/sql_script.h"

#include <string>
#include <vector>

namespace pulih {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0; }
bool IsWord(char c) { return IsWordStart(c) || (c >= '0' && c <= '9') || c == '$'; }

std::string Upper(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// Walks over a script token by token.
class Scanner {
 public:
  enum class Token : uint8_t { end, space, word, name, semicolon, open, close, other };

  explicit Scanner(std::string_view text) : text_(text) {}
  size_t at() const { return at_; }
  void MoveTo(size_t at) { at_ = at; }
  std::string_view Between(size_t from) const { return text_.substr(from, at_ - from); }

  Token Next() {
    if (at_ == text_.size()) return Token::end;
    const char c = text_[at_];
    const std::string_view two = text_.substr(at_, 2);
    if (IsSpace(c)) return Take(1, Token::space);
    if (two == "--") return SkipTo(text_.find('\n', at_), 1, Token::space);
    if (two == "/*") return Comment();
    if (c == '\'') return Quoted('\'', false, Token::other);
    if (c == '"') return Quoted('"', false, Token::name);
    if ((c == 'e' || c == 'E') && two.size() == 2 && two[1] == '\'') {
      ++at_;
      return Quoted('\'', true, Token::other);
    }
    if (c == '$') return Dollar();
    if (IsWordStart(c)) {
      while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
      return Token::word;
    }
    if (c == ';') return Take(1, Token::semicolon);
    if (c == '(') return Take(1, Token::open);
    if (c == ')') return Take(1, Token::close);
    // A number may have letters and a dollar sign behind it, which begin nothing.
    do ++at_;
    while (c >= '0' && c <= '9' && at_ < text_.size() && IsWord(text_[at_]));
    return Token::other;
  }

 private:
  Token Take(size_t n, Token token) {
    at_ += n;
    return token;
  }
  // Behind what was found at `place`, or to the end.
  Token SkipTo(size_t place, size_t length, Token token) {
    at_ = place == std::string_view::npos ? text_.size() : place + length;
    return token;
  }

  Token Comment() {
    size_t depth = 0;
    do {
      const std::string_view two = text_.substr(at_, 2);
      if (two == "/*") {
        ++depth;
        at_ += 2;
      } else if (two == "*/") {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
    return Token::space;
  }

  // A doubled quote ends one piece and begins the next, which comes to the same.
  Token Quoted(char quote, bool escapes, Token token) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (escapes && text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      } else if (text_[at_] == quote) {
        if (text_.substr(at_ + 1, 1) != std::string_view(&quote, 1)) return Take(1, token);
        ++at_;
      }
    }
    return token;
  }

  // $$ … $$ or $tag$ … $tag$; else a parameter.
  Token Dollar() {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '$' && IsWord(text_[end])) ++end;
    const bool is_tag = end < text_.size() && text_[end] == '$' && (end == at_ + 1 || IsWordStart(text_[at_ + 1]));
    if (!is_tag) return Take(1, Token::other);
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    return SkipTo(text_.find(tag, end + 1), tag.size(), Token::other);
  }

  std::string_view text_;
  size_t at_ = 0;
};

// The first words of a statement, in capitals; a quoted name counts as an empty one.
std::vector<std::string> FirstWords(std::string_view statement, size_t n) {
  std::vector<std::string> words;
  Scanner scanner(statement);
  for (;;) {
    const size_t from = scanner.at();
    const Scanner::Token token = scanner.Next();
    if (token == Scanner::Token::end || words.size() == n) return words;
    if (token == Scanner::Token::word) words.push_back(Upper(scanner.Between(from)));
    if (token == Scanner::Token::name) words.emplace_back();
  }
}

bool IsRoutine(std::string_view statement) {
  const std::vector<std::string> words = FirstWords(statement, 4);
  if (words.empty() || words[0] != "CREATE") return false;
  const size_t what = words.size() > 3 && words[1] == "OR" && words[2] == "REPLACE" ? 3 : 1;
  return words.size() > what && (words[what] == "FUNCTION" || words[what] == "PROCEDURE");
}

}  // namespace

Status ForEachStatement(std::string_view script, const std::function<Status(std::string_view)>& each) {
  Scanner scanner(script);
  size_t start = 0, parentheses = 0, blocks = 0;
  bool begun = false;
  for (;;) {
    const size_t from = scanner.at();
    if (!begun && from < script.size() && script[from] == '\\') {
      const size_t line = script.find('\n', from);
      scanner.MoveTo(line == std::string_view::npos ? script.size() : line);
      continue;
    }
    const Scanner::Token token = scanner.Next();
    const bool ends =
        token == Scanner::Token::end || (token == Scanner::Token::semicolon && parentheses == 0 && blocks == 0);
    if (ends) {
      if (begun) PULIH_TRY(each(script.substr(start, from - start)));
      if (token == Scanner::Token::end) return OkStatus();
      begun = false;
      parentheses = blocks = 0;
      continue;
    }
    if (!begun && token != Scanner::Token::space) {
      begun = true;
      start = from;
    }
    if (token == Scanner::Token::open) ++parentheses;
    if (token == Scanner::Token::close && parentheses > 0) --parentheses;
    if (token != Scanner::Token::word) continue;
    // BEGIN ATOMIC … END of a function holds statements of its own, and CASE … END.
    const std::string word = Upper(scanner.Between(from));
    if (word == "BEGIN" && IsRoutine(script.substr(start, from - start))) ++blocks;
    if (word == "CASE" && blocks > 0) ++blocks;
    if (word == "END" && blocks > 0) --blocks;
  }
}

StatementKind KindOfStatement(std::string_view statement) {
  const std::vector<std::string> first = FirstWords(statement, 3);
  if (first.empty()) return StatementKind::other;
  if (first[0] == "GRANT" || first[0] == "REVOKE") return StatementKind::privileges;
  if (first[0] == "SET") return StatementKind::setting;
  if (first.size() < 3) return StatementKind::other;
  if (first[0] == "ALTER" && first[1] == "DEFAULT" && first[2] == "PRIVILEGES") return StatementKind::privileges;
  if (first[0] == "COMMENT" && first[1] == "ON" && first[2] == "EXTENSION") return StatementKind::extension_comment;
  if (first[0] != "ALTER") return StatementKind::other;
  // ALTER what name OWNER TO role: the last words, but for the role, which may be quoted.
  const std::vector<std::string> all = FirstWords(statement, 1000);
  const size_t n = all.size();
  return n >= 5 && all[n - 3] == "OWNER" && all[n - 2] == "TO" ? StatementKind::owner : StatementKind::other;
}

}  // namespace pulih

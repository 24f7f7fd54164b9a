#include "formats/postgres/sql_token.h"

#include <algorithm>
#include <cstring>

#include "formats/postgres/words.h"

namespace pulih {

namespace {

bool BeginsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool InWord(char c) { return BeginsWord(c) || IsDigit(c) || c == '$'; }

// The length of "$tag$" at the beginning of `text`; 0 when there is none.
size_t DollarTag(std::string_view text) {
  if (text.empty() || text[0] != '$') return 0;
  size_t at = 1;
  if (at < text.size() && BeginsWord(text[at])) {
    while (at < text.size() && text[at] != '$' && InWord(text[at])) ++at;
  }
  return at < text.size() && text[at] == '$' ? at + 1 : 0;
}

void AppendCodePoint(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x110000) {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace

const SqlToken& SqlTokens::Peek(size_t ahead) {
  while (ahead_.size() <= ahead) ahead_.push_back(Scan());
  return ahead_[ahead];
}

SqlToken SqlTokens::Next() {
  Peek();
  SqlToken token = std::move(ahead_.front());
  ahead_.pop_front();
  return token;
}

bool SqlTokens::Accept(std::string_view word) {
  if (!Peek().Is(word)) return false;
  ahead_.pop_front();
  return true;
}

bool SqlTokens::AcceptSymbol(std::string_view symbol) {
  if (!Peek().IsSymbol(symbol)) return false;
  ahead_.pop_front();
  return true;
}

bool SqlTokens::SkipComment() {
  const std::string_view rest = input_.substr(at_);
  if (rest.starts_with("--")) {
    at_ = std::min(input_.find('\n', at_), input_.size());
    return true;
  }
  if (!rest.starts_with("/*")) return false;
  size_t depth = 0;
  while (at_ < input_.size()) {
    const std::string_view here = input_.substr(at_, 2);
    if (here == "/*") {
      ++depth;
      at_ += 2;
    } else if (here == "*/") {
      at_ += 2;
      if (--depth == 0) break;
    } else {
      ++at_;
    }
  }
  return true;
}

void SqlTokens::SkipBlank() {
  for (;;) {
    while (at_ < input_.size() && IsSpace(input_[at_])) ++at_;
    if (!SkipComment()) return;
  }
}

// Behind a backslash inside E'…'.
void SqlTokens::ScanEscape(std::string& out) {
  if (at_ >= input_.size()) return;
  const char c = input_[at_++];
  const auto digits = [this](size_t most, int base) {
    uint32_t value = 0;
    for (size_t n = 0; n < most && at_ < input_.size(); ++n, ++at_) {
      const int digit = HexValue(input_[at_]);
      if (digit < 0 || digit >= base) break;
      value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
    }
    return value;
  };
  switch (c) {
    case 'b': out += '\b'; return;
    case 'f': out += '\f'; return;
    case 'n': out += '\n'; return;
    case 'r': out += '\r'; return;
    case 't': out += '\t'; return;
    case 'x': out += static_cast<char>(digits(2, 16)); return;
    case 'u': AppendCodePoint(digits(4, 16), out); return;
    case 'U': AppendCodePoint(digits(8, 16), out); return;
    default: break;
  }
  if (c < '0' || c > '7') {
    out += c;
    return;
  }
  --at_;
  out += static_cast<char>(digits(3, 8));
}

void SqlTokens::ScanQuoted(char quote, bool escapes, SqlToken& token) {
  ++at_;
  while (at_ < input_.size()) {
    const char c = input_[at_++];
    if (c == quote) {
      if (at_ >= input_.size() || input_[at_] != quote) return;
      ++at_;  // a doubled quote stands for itself
      token.text += quote;
    } else if (c == '\\' && escapes) {
      ScanEscape(token.text);
    } else {
      token.text += c;
    }
  }
  token.complete = false;
}

bool SqlTokens::ScanDollar(SqlToken& token) {
  const size_t length = DollarTag(input_.substr(at_));
  if (length == 0) return false;
  const std::string_view tag = input_.substr(at_, length);
  const size_t begin = at_ + length;
  const size_t end = input_.find(tag, begin);
  token.kind = SqlToken::Kind::text;
  token.complete = end != std::string_view::npos;
  token.text = input_.substr(begin, token.complete ? end - begin : std::string_view::npos);
  at_ = token.complete ? end + length : input_.size();
  return true;
}

SqlToken SqlTokens::Scan() {
  SkipBlank();
  SqlToken token;
  token.begin = token.end = at_;
  if (at_ >= input_.size()) return token;
  const char c = input_[at_];
  const char next = at_ + 1 < input_.size() ? input_[at_ + 1] : '\0';
  if (c == '\'') {
    token.kind = SqlToken::Kind::text;
    ScanQuoted('\'', !standard_strings_, token);
  } else if (c == '"') {
    token.kind = SqlToken::Kind::name;
    ScanQuoted('"', false, token);
  } else if (next == '\'' && c != '\0' && std::strchr("eEbBxXnN", c) != nullptr) {
    token.kind = SqlToken::Kind::text;
    const char letter = LowerCase(c);
    token.prefix = letter;
    ++at_;
    ScanQuoted('\'', letter == 'e', token);
  } else if (BeginsWord(c)) {
    token.kind = SqlToken::Kind::word;
    while (at_ < input_.size() && InWord(input_[at_])) token.text += LowerCase(input_[at_++]);
  } else if (IsDigit(c) || (c == '.' && IsDigit(next))) {
    token.kind = SqlToken::Kind::number;
    const auto goes_on = [this] {
      const char digit = input_[at_];
      if (IsDigit(digit) || digit == '.' || BeginsWord(digit)) return true;
      const char before = at_ > 0 ? LowerCase(input_[at_ - 1]) : '\0';
      return (digit == '-' || digit == '+') && before == 'e';
    };
    while (at_ < input_.size() && goes_on()) token.text += input_[at_++];
  } else if (!ScanDollar(token)) {
    token.kind = SqlToken::Kind::symbol;
    token.text = input_.substr(at_, c == ':' && next == ':' ? 2 : 1);
    at_ += token.text.size();
  }
  token.end = at_;
  return token;
}

// What stands outside quotes. Returns the place to go on at, or behind the semicolon with state_ left as it was.
size_t StatementEnd::Plain(std::string_view text, size_t at) {
  const char c = text[at];
  const char next = at + 1 < text.size() ? text[at + 1] : '\0';
  const bool in_word = word_size_ != 0;
  const bool after_e = word_size_ == 1 && LowerCase(before_) == 'e';
  before_ = c;
  word_size_ = InWord(c) ? word_size_ + 1 : 0;
  if (c == '\'') {
    state_ = !standard_strings_ || after_e ? State::escape_text : State::text;
  } else if (c == '"') {
    state_ = State::name;
  } else if (c == '-' && next == '-') {
    state_ = State::line_comment;
  } else if (c == '/' && next == '*') {
    state_ = State::comment;
    depth_ = 1;
    return at + 2;
  } else if (c == '$' && !in_word) {
    if (const size_t length = DollarTag(text.substr(at)); length != 0) {
      tag_ = text.substr(at, length);
      state_ = State::dollar;
      return at + length;
    }
  } else if (c == '(') {
    ++parentheses_;
  } else if (c == ')' && parentheses_ > 0) {
    --parentheses_;
  }
  return at + 1;
}

size_t StatementEnd::Feed(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    switch (state_) {
      case State::plain:
        if (c == ';' && parentheses_ == 0) {
          const bool standard = standard_strings_;
          Reset();
          standard_strings_ = standard;
          return at + 1;
        }
        at = Plain(text, at);
        break;
      case State::text:
      case State::escape_text: {
        if (c == '\\' && state_ == State::escape_text) {
          at += 2;
          break;
        }
        if (c == '\'') {  // a doubled quote opens the text again at once, and in the same way
          const bool escapes = state_ == State::escape_text;
          state_ = State::plain;
          before_ = escapes ? 'e' : '\'';
          word_size_ = escapes ? 1 : 0;
        }
        ++at;
        break;
      }
      case State::name:
        if (c == '"') state_ = State::plain;
        ++at;
        break;
      case State::dollar: {
        const size_t end = text.find(tag_, at);
        if (end == std::string_view::npos) return std::string_view::npos;
        at = end + tag_.size();
        state_ = State::plain;
        break;
      }
      case State::line_comment:
        if (c == '\n') state_ = State::plain;
        ++at;
        break;
      case State::comment:
        if (text.substr(at, 2) == "*/") {
          if (--depth_ == 0) state_ = State::plain;
          at += 2;
        } else if (text.substr(at, 2) == "/*") {
          ++depth_;
          at += 2;
        } else {
          ++at;
        }
        break;
    }
  }
  return std::string_view::npos;
}

}  // namespace pulih

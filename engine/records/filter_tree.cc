#include "engine/records/filter_tree.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace pulih {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
// What a bare word cannot hold. A minus, a dot or a colon it can: -1.5, 2024-01-31, 10:30.
bool EndsWord(char c) { return IsSpace(c) || std::string_view("()=!<>~,'\"").find(c) != std::string_view::npos; }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

struct Token {
  enum class Kind : uint8_t { word, text, name, sign, end };
  Kind kind = Kind::end;
  std::string value;  // of text and name: without its quotes
  size_t place = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<Token> Next() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    Token token;
    token.place = at_;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '\'' || c == '"') {
      token.kind = c == '\'' ? Token::Kind::text : Token::Kind::name;
      PULIH_TRY_ASSIGN(token.value, Quoted(c));
      return token;
    }
    if (EndsWord(c)) {
      token.kind = Token::Kind::sign;
      PULIH_TRY_ASSIGN(token.value, Sign());
      return token;
    }
    token.kind = Token::Kind::word;
    while (at_ < text_.size() && !EndsWord(text_[at_])) token.value += text_[at_++];
    return token;
  }

 private:
  Result<std::string> Quoted(char quote) {
    const size_t start = at_++;
    std::string out;
    for (;; ++at_) {
      if (at_ == text_.size()) return FilterError(text_, start, "the quote is not closed");
      if (text_[at_] == quote && text_.substr(at_ + 1, 1) != std::string_view(&quote, 1)) break;
      if (text_[at_] == quote) ++at_;
      out += text_[at_];
    }
    ++at_;
    return out;
  }

  Result<std::string> Sign() {
    // Longer ones first.
    for (const std::string_view sign : {"!~*", "!~", "!=", "<>", "<=", ">=", "~*", "~", "=", "<", ">", "(", ")", ","}) {
      if (text_.substr(at_, sign.size()) != sign) continue;
      at_ += sign.size();
      return std::string(sign);
    }
    return FilterError(text_, at_, "'!' stands only in !=, !~ and !~*");
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::optional<CompareOp> OpOf(std::string_view sign) {
  if (sign == "=") return CompareOp::equal;
  if (sign == "!=" || sign == "<>") return CompareOp::unequal;
  if (sign == "<") return CompareOp::less;
  if (sign == "<=") return CompareOp::less_equal;
  if (sign == ">") return CompareOp::greater;
  if (sign == ">=") return CompareOp::greater_equal;
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), lexer_(text) {}

  Result<FilterTree> Parse() {
    PULIH_TRY(Advance());
    PULIH_TRY_ASSIGN(FilterTree tree, Expression(0));
    if (token_.kind != Token::Kind::end) return Unexpected("'and', 'or' or the end");
    return tree;
  }

 private:
  using Kind = FilterTree::Kind;

  Status Advance() {
    PULIH_TRY_ASSIGN(token_, lexer_.Next());
    return OkStatus();
  }
  Status Wrong(std::string_view why) const { return FilterError(text_, token_.place, why); }
  Status Unexpected(std::string_view wanted) const {
    const std::string_view found = text_.substr(token_.place, 20);
    const std::string here = token_.kind == Token::Kind::end
                                 ? "it ends"
                                 : "here stands '" + std::string(found.substr(0, found.find(' '))) + "'";
    return Wrong(here + " where " + std::string(wanted) + " is expected");
  }
  bool AtWord(std::string_view word) const { return token_.kind == Token::Kind::word && Lower(token_.value) == word; }
  bool AtSign(std::string_view sign) const { return token_.kind == Token::Kind::sign && token_.value == sign; }
  bool AtKeyword() const {
    for (const std::string_view word : {"and", "or", "not", "is", "null", "in", "between"}) {
      if (AtWord(word)) return true;
    }
    return false;
  }
  Status Expect(std::string_view sign) {
    if (!AtSign(sign)) return Unexpected("'" + std::string(sign) + "'");
    return Advance();
  }

  Result<FilterTree> Expression(size_t depth) { return Chain(depth, Kind::any); }
  Result<FilterTree> Chain(size_t depth, Kind kind) {
    const std::string_view joint = kind == Kind::any ? "or" : "and";
    FilterTree chain;
    chain.kind = kind;
    for (;;) {
      PULIH_TRY_ASSIGN(FilterTree part, kind == Kind::any ? Chain(depth, Kind::all) : Factor(depth));
      chain.parts.push_back(std::move(part));
      if (!AtWord(joint)) break;
      PULIH_TRY(Advance());
    }
    if (chain.parts.size() == 1) return FilterTree(std::move(chain.parts.front()));
    return chain;
  }

  Result<FilterTree> Factor(size_t depth) {
    if (depth >= kMaxFilterDepth) return Wrong("too many parentheses and 'not' inside one another");
    if (AtWord("not")) {
      PULIH_TRY(Advance());
      FilterTree negation;
      negation.kind = Kind::negation;
      PULIH_TRY_ASSIGN(FilterTree part, Factor(depth + 1));
      negation.parts.push_back(std::move(part));
      return negation;
    }
    if (!AtSign("(")) return Condition();
    PULIH_TRY(Advance());
    PULIH_TRY_ASSIGN(FilterTree inner, Expression(depth + 1));
    PULIH_TRY(Expect(")"));
    return inner;
  }

  Result<FilterTree> Condition() {
    FilterTree tree;
    const bool is_name = token_.kind == Token::Kind::name || (token_.kind == Token::Kind::word && !AtKeyword());
    if (!is_name) return Unexpected("a column");
    tree.column = {token_.value, token_.place, token_.kind == Token::Kind::name};
    PULIH_TRY(Advance());
    if (AtWord("is")) return NullTest(std::move(tree));
    if (AtWord("not")) {
      tree.negated = true;
      PULIH_TRY(Advance());
      if (!AtWord("in") && !AtWord("between")) return Unexpected("'in' or 'between'");
    }
    if (AtWord("in")) return OneOf(std::move(tree));
    if (AtWord("between")) return Within(std::move(tree));
    return Comparison(std::move(tree));
  }

  Result<FilterTree> NullTest(FilterTree tree) {
    tree.kind = Kind::null_test;
    PULIH_TRY(Advance());
    if (AtWord("not")) {
      tree.negated = true;
      PULIH_TRY(Advance());
    }
    if (!AtWord("null")) return Unexpected("'null'");
    PULIH_TRY(Advance());
    return tree;
  }

  Result<FilterTree> OneOf(FilterTree tree) {
    tree.kind = Kind::one_of;
    PULIH_TRY(Advance());
    PULIH_TRY(Expect("("));
    for (;;) {
      PULIH_TRY(Value(tree));
      if (!AtSign(",")) break;
      PULIH_TRY(Advance());
    }
    PULIH_TRY(Expect(")"));
    return tree;
  }

  Result<FilterTree> Within(FilterTree tree) {
    tree.kind = Kind::within;
    PULIH_TRY(Advance());
    PULIH_TRY(Value(tree));
    if (!AtWord("and")) return Unexpected("'and'");
    PULIH_TRY(Advance());
    PULIH_TRY(Value(tree));
    return tree;
  }

  Result<FilterTree> Comparison(FilterTree tree) {
    const std::string sign = token_.kind == Token::Kind::sign ? token_.value : std::string();
    if (const std::optional<CompareOp> op = OpOf(sign)) {
      tree.kind = Kind::comparison;
      tree.op = *op;
    } else if (sign == "~" || sign == "~*" || sign == "!~" || sign == "!~*") {
      tree.kind = Kind::pattern;
      tree.negated = sign.front() == '!';
      tree.ignore_case = sign.back() == '*';
    } else {
      return Unexpected("a comparison");
    }
    PULIH_TRY(Advance());
    PULIH_TRY(Value(tree));
    return tree;
  }

  Status Value(FilterTree& tree) {
    if (AtWord("null")) return Wrong("nothing is equal to null; write 'is null'");
    const bool is_value = token_.kind == Token::Kind::text || (token_.kind == Token::Kind::word && !AtKeyword());
    if (token_.kind == Token::Kind::name)
      return Wrong("double quotes are for names of columns; a value takes single ones");
    if (!is_value) return Unexpected("a value");
    tree.values.push_back({token_.value, token_.place, token_.kind == Token::Kind::text});
    return Advance();
  }

  std::string_view text_;
  Lexer lexer_;
  Token token_;
};

}  // namespace

Status FilterError(std::string_view text, size_t place, std::string_view why) {
  const std::string_view before = text.substr(0, place);
  const auto characters = std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xc0) != 0x80; });
  return Status(Code::invalid, "filter: at character " + std::to_string(characters + 1) + ": " + std::string(why));
}

Result<FilterTree> ParseFilterTree(std::string_view text) {
  if (text.size() > kMaxFilterText) {
    return Status(Code::too_large, "filter: text of " + std::to_string(text.size()) + " bytes: at most " +
                                       std::to_string(kMaxFilterText) + " are read");
  }
  return Parser(text).Parse();
}

}  // namespace pulih

#include "engine/records/regex.h"

#include <re2/re2.h>

#include <string>
#include <utility>

namespace pulih {
namespace {

// Of the compiled expression and its automata together. What does not fit runs without the fast automaton, not without a bound.
constexpr int64_t kMemory = 8 << 20;

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Regex::Regex(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::Compile(std::string_view pattern, bool ignore_case) {
  re2::RE2::Options options(re2::RE2::Quiet);  // else it would print
  options.set_max_mem(kMemory);
  options.set_case_sensitive(!ignore_case);
  options.set_dot_nl(true);
  options.set_never_capture(true);
  auto compiled = std::make_unique<re2::RE2>(Piece(pattern), options);
  if (!compiled->ok()) return Status(Code::invalid, "regular expression: " + compiled->error());
  return Regex(std::move(compiled));
}

bool Regex::FoundIn(std::string_view text) const { return re2::RE2::PartialMatch(Piece(text), *compiled_); }

}  // namespace pulih

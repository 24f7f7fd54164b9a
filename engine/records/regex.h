// Regular expressions of RE2's syntax, the only ones here: matching takes time in proportion to the text and memory
// below a bound, whatever the expression, so one that a person types can neither hang nor exhaust the program.
//
// Text is UTF-8. `.` matches a newline too, ^ and $ are the text's ends, as in PostgreSQL. RE2's home is regex.cc.
// Immutable and thread-safe.
#pragma once

#include <memory>
#include <string_view>

#include "engine/base/result.h"

namespace re2 {
class RE2;
}

namespace pulih {

class Regex {
 public:
  // `invalid`, with RE2's reason, for what is none, and for one that needs too much memory.
  static Result<Regex> Compile(std::string_view pattern, bool ignore_case);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // Whether it matches somewhere in `text`.
  bool FoundIn(std::string_view text) const;

 private:
  explicit Regex(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace pulih

// "Name: value" lines up to an empty one, as HTTP, WARC and mail have them: names in any case, values that go on in lines
// that begin with a blank, line ends CRLF or LF.
//
// Pure. Source: RFC 9112 §5, RFC 5322 §2.2, ISO 28500 §4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pulih::web {

inline constexpr size_t kMostHead = 256u << 10;
inline constexpr size_t kMostHeadFields = 2000;

struct HeadFields {
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  size_t size = 0;      // with the empty line
  bool ended = false;   // by an empty line; else the bytes end first, or a line is no field
  // The first of this name (lower case); empty when there is none.
  std::string_view Find(std::string_view name) const;
};
HeadFields ReadHeadFields(std::string_view text);

// A parameter of a value: of `text/html; charset="utf-8"` that of "charset".
std::string Parameter(std::string_view value, std::string_view name);
// The value without its parameters, in lower case: "text/html".
std::string BaseValue(std::string_view value);
std::string LowerCase(std::string_view text);

}  // namespace pulih::web

#include "engine/source/pg_client.h"

namespace pulih {

std::string SqlName(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// No encoding that a server may use has a quote or a backslash inside a character of several bytes
// (PG_VALID_BE_ENCODING), so bytes can be looked at one by one.
std::string SqlLiteral(std::string_view text) {
  const bool has_backslash = text.find('\\') != std::string_view::npos;
  std::string out = has_backslash ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

std::string ConninfoWord(std::string_view keyword, std::string_view value) {
  std::string out = std::string(keyword) + "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + '\'';
}

}  // namespace pulih

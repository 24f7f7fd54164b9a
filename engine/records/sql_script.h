// Takes a script of SQL, as pg_dump writes it, apart into statements, and says of a statement what kind it is where that
// decides what becomes of its failure. It knows what a statement's end may hide in (quotes of every kind, comments,
// parentheses, BEGIN ATOMIC … END of a function), and nothing else of SQL.
//
// Pure; time and memory in proportion to the text.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "engine/base/status.h"

namespace pulih {

// Calls `each` with every statement, without its semicolon and the comments before it; borrowed from `script`. Lines
// for psql itself (\restrict) are left out.
Status ForEachStatement(std::string_view script, const std::function<Status(std::string_view)>& each);

enum class StatementKind : uint8_t {
  owner,              // ALTER … OWNER TO …
  privileges,         // GRANT, REVOKE, ALTER DEFAULT PRIVILEGES
  extension_comment,  // COMMENT ON EXTENSION
  setting,            // SET name = value
  other,
};
StatementKind KindOfStatement(std::string_view statement);

}  // namespace pulih

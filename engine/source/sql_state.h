// What a server's SQLSTATE says that the caller can do about a failure: the list stands in pg_client.h. Pure.
#pragma once

#include <string_view>

#include "engine/base/status.h"

namespace pulih {

// Of an empty one, which is libpq's own complaint, `io`; of one that is not known, `invalid`.
Code CodeOfSqlState(std::string_view state);

}  // namespace pulih

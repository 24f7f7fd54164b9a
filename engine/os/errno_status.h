// One place that turns errno into a Status: `operation: path: reason`.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace pulih {

// `error` is an errno value. The path is shown as it is; tools escape it for terminals.
Status ErrnoStatus(int error, std::string_view operation, std::string_view path);

}  // namespace pulih

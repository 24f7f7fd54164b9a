// What commands that take a snapshot have in common: whose host it says, and that a repository is never stored in itself.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/source/exclude.h"

namespace pulih {

std::string ThisHost();

// A repository is never stored in itself: each night would store the one before again. To be added last, so that no pattern
// brings it back; under the name that was given and under its true one.
Status ExcludeRepository(const std::string& repository, ExcludeRules& rules);

}  // namespace pulih

// Parts that the reports of several commands share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/context.h"

namespace pulih {

// How many problems are listed one by one without --verbose.
inline constexpr size_t kListedProblems = 20;

// "3 entries could not be backed up whole:" and the first of `lines`, on stderr; also with --quiet. `count` may be
// more than there are lines.
void PrintProblems(const Context& context, std::string_view what, const std::vector<std::string>& lines, uint64_t count);

}  // namespace pulih

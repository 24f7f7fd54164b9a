// A name out of data (of a table, a schema) as a part of a file's name: '/', '%', '.', and control characters stand as %XX, so
// that no name can leave its folder, hide, or look like another. Pure.
#pragma once

#include <string>
#include <string_view>

namespace pulih {

std::string FileNamePart(std::string_view name);

}  // namespace pulih

// Man pages in roff (man(7)), from the descriptions of the commands. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/command.h"

namespace pulih {

// File name ("pulih.1", "pulih-key-add.1") and text of each page.
std::vector<std::pair<std::string, std::string>> ManPages(const ProgramSpec& program);

}  // namespace pulih

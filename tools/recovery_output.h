// The recovery text: printed for paper, or written to a file that only its owner reads.
#pragma once

#include <string>

#include "engine/os/file_system.h"
#include "tools/context.h"

namespace pulih {

OptionSpec RecoveryFileOption(std::string& file);

// Before anything is made: `already_exists` when the file is there.
Status CheckRecoveryFile(FileSystem& files, const std::string& file);

// With a file: writes it there (mode 0600). Otherwise a field of the open JSON object, or lines on stdout. When the
// file cannot be written the text is shown after all, with a warning: it exists only once.
void HandOverRecoveryText(Context& context, FileSystem& files, const std::string& file, const std::string& text);

}  // namespace pulih

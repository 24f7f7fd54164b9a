// Opening a case from the command line: who is at work, and the folder that an argument names.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/crypto/random.h"
#include "engine/os/clock.h"
#include "engine/os/file_system.h"
#include "engine/recover/case.h"
#include "tools/command.h"

namespace pulih {

// What a case takes from outside. Outlives it.
struct CasePlace {
  std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  std::unique_ptr<RandomSource> random = NewSystemRandom();
  SystemClock clock;

  CaseEnvironment environment();
};

struct OpenedCase {
  std::unique_ptr<CasePlace> place;
  std::unique_ptr<Case> folder;
};
Result<OpenedCase> OpenCase(const std::string& path, CaseAccess access);
// The folder's whole path: a custody log names places that anybody can find.
Result<std::string> AbsolutePath(const std::string& path);

OptionSpec CaseArgument(std::string& target);

}  // namespace pulih

// The exit codes of the program, in one place. Scripts rely on them: docs/commands/README.md lists them.
#pragma once

#include "engine/base/status.h"

namespace pulih {

enum class Exit : int {
  done = 0,
  failed = 1,
  usage = 2,
  incomplete = 3,  // done, but something was damaged, skipped or incomplete: the report says what
  no_repository = 10,
  in_use = 11,
  wrong_key = 12,  // also: the role of the key may not do this
  interrupted = 130,
};

Exit ExitOf(Code code);

}  // namespace pulih

#include "tools/exit_code.h"

namespace pulih {

Exit ExitOf(Code code) {
  switch (code) {
    case Code::ok: return Exit::done;
    case Code::invalid: return Exit::usage;
    case Code::no_repository: return Exit::no_repository;
    case Code::in_use: return Exit::in_use;
    case Code::wrong_key: return Exit::wrong_key;
    case Code::interrupted: return Exit::interrupted;
    case Code::not_found:
    case Code::already_exists:
    case Code::corrupt:
    case Code::unsupported:
    case Code::denied:
    case Code::no_space:
    case Code::io:
    case Code::rollback:
    case Code::too_large: return Exit::failed;
  }
  return Exit::failed;
}

}  // namespace pulih

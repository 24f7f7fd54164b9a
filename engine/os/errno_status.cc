#include "engine/os/errno_status.h"

#include <cerrno>
#include <cstring>

namespace pulih {

namespace {

Code CodeOf(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return Code::no_space;
    case EACCES:
    case EPERM:
    case EROFS: return Code::denied;
    case ENOENT: return Code::not_found;
    case EEXIST: return Code::already_exists;
    case EILSEQ:
    case ENAMETOOLONG: return Code::invalid;  // a name that this file system does not take
    default: return Code::io;
  }
}

// The system's words, in our case: "No such file" -> "no such file", but "RPC struct is bad" stays.
std::string ReasonOf(int error) {
  const char* words = strerrordesc_np(error);  // never translated, and safe between threads
  if (words == nullptr) return "error " + std::to_string(error);
  std::string reason = words;
  const bool capital = reason.size() > 1 && reason[0] >= 'A' && reason[0] <= 'Z';
  const bool acronym = capital && reason[1] >= 'A' && reason[1] <= 'Z';
  if (capital && !acronym) reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  return reason;
}

}  // namespace

Status ErrnoStatus(int error, std::string_view operation, std::string_view path) {
  std::string message(operation);
  message.append(": ").append(path).append(": ").append(ReasonOf(error));
  return Status(CodeOf(error), std::move(message));
}

}  // namespace pulih

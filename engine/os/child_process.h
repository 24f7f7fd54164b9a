// Runs another program and takes what it writes. Used for pg_dump, which knows best how DDL is written.
//
// The child gets the environment that it is given and nothing else, /dev/null as its input, and none of our
// descriptors (all of ours are close-on-exec). It is killed and waited for whenever this returns a failure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace pulih {

struct ChildRequest {
  std::string program;                   // a path: it is not looked for
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // "NAME=value"; of two with one name the last counts
  size_t max_output = 64u << 20;         // more is `too_large`
  size_t max_errors = 64u << 10;         // of stderr; what is beyond is dropped
  std::function<bool()> should_stop;     // asked now and then; may be empty
};

struct ChildResult {
  int exit_code = 0;  // 128 + number for a signal, as shells have it
  std::string output, errors;
};

Result<ChildResult> RunChild(const ChildRequest& request);

// Where in the PATH of `environment` the program lies; empty when nowhere. A name with a slash is its own place.
std::string FindProgram(const std::string& name, const std::vector<std::string>& environment);

}  // namespace pulih

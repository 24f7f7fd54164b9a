// Ctrl-C and termination. The first signal asks the running operation to stop at a safe place; the second ends the
// program at once. A signal handler can reach nothing but a global: this flag is the program's only one.
#pragma once

namespace pulih {

// Handles SIGINT, SIGTERM and SIGHUP; ignores SIGPIPE, so that a closed pipe is an error of the write.
void InstallSignalHandlers();
bool StopRequested();

}  // namespace pulih

#include "tools/signals.h"

#include <signal.h>
#include <unistd.h>

#include "tools/exit_code.h"

namespace pulih {
namespace {

volatile sig_atomic_t g_stop_requested = 0;

void OnSignal(int) {
  if (g_stop_requested != 0) ::_exit(static_cast<int>(Exit::interrupted));
  g_stop_requested = 1;
}

}  // namespace

void InstallSignalHandlers() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;  // the engine's calls are not to fail halfway
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    // nohup and the like: what was ignored stays ignored.
    struct sigaction before {};
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    ::sigaction(signal, &action, nullptr);
  }
  // What these two say comes back from the write as well, and there it can be told.
  action.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::sigaction(signal, &action, nullptr);
}

bool StopRequested() { return g_stop_requested != 0; }

}  // namespace pulih

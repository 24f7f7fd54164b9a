#include "tools/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "engine/os/errno_status.h"
#include "engine/os/unique_fd.h"
#include "tools/command.h"
#include "tools/signals.h"

namespace pulih {
namespace {

constexpr size_t kMaxLine = 4096;
constexpr size_t kNarrowest = 20, kUsualWidth = 80;

// Turns the echo off and back on.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_quiet_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (is_quiet_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  bool is_quiet() const { return is_quiet_; }

 private:
  int fd_;
  termios before_{};
  bool is_quiet_ = false;
};

void Say(int fd, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n <= 0) return;
    done += static_cast<size_t>(n);
  }
}

}  // namespace

size_t TerminalColumns(int fd) {
  if (::isatty(fd) == 0) return 0;
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < kNarrowest ? kUsualWidth : size.ws_col;
}

Result<SecretBytes> AskSecret(const std::string& prompt, const std::string& hint) {
  const UniqueFd tty(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!tty) return UsageError("there is no passphrase, and no terminal to ask for one", hint);
  const QuietTerminal quiet(tty.get());
  if (!quiet.is_quiet()) return UsageError("the terminal cannot hide what is typed", hint);
  Say(tty.get(), prompt);
  SecretBytes line(kMaxLine);
  size_t size = 0;
  bool at_end = false;
  while (!at_end) {
    // Unlike read(2), poll(2) comes back after a signal.
    pollfd ready{tty.get(), POLLIN, 0};
    const int polled = ::poll(&ready, 1, -1);
    if (StopRequested()) {
      Say(tty.get(), "\n");
      return Status(Code::interrupted, "interrupted");
    }
    if (polled < 0 && errno == EINTR) continue;
    if (size == kMaxLine) return Status(Code::too_large, "the passphrase is too long");
    const ssize_t n = ::read(tty.get(), line.data() + size, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "read", "/dev/tty");
    at_end = n == 0 || line.data()[size] == '\n';
    if (!at_end) ++size;
  }
  Say(tty.get(), "\n");
  return SecretBytes::CopyOf(line.view().first(size));
}

}  // namespace pulih

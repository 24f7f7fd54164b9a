#include "tools/output.h"

#include <cerrno>

#include "engine/os/errno_status.h"
#include "tools/terminal.h"

namespace pulih {
namespace {
constexpr size_t kBufferBytes = 64u << 10;
}

void Output::Write(std::string_view text) {
  buffer_ += text;
  if (file_ != nullptr && buffer_.size() >= kBufferBytes) Drain();
}

void Output::Drain() {
  if (error_ == 0 && std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size()) error_ = errno;
  buffer_.clear();
}

Status Output::Flush() {
  if (file_ != nullptr) {
    Drain();
    if (error_ == 0 && std::fflush(file_) != 0) error_ = errno;
  }
  return error_ == 0 ? OkStatus() : ErrnoStatus(error_, "write", "standard output");
}

size_t Output::terminal_columns() const { return file_ == nullptr ? 0 : TerminalColumns(::fileno(file_)); }

bool Output::reader_left() const { return error_ == EPIPE; }

}  // namespace pulih

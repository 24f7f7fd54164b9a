// Output: stdout, buffered. A failure sticks, so that a listing may write on and ask now and then.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace pulih {

class Output {
 public:
  // Without a file everything stays in text(): for tests.
  explicit Output(std::FILE* file = nullptr) : file_(file) {}

  void Write(std::string_view text);
  void Line(std::string_view text) {
    Write(text);
    Write("\n");
  }
  // True until something could not be written: a listing may stop then.
  bool ok() const { return error_ == 0; }
  // Writes out what is buffered; the first failure of all that was written.
  Status Flush();
  // How wide the terminal is that this goes to; 0 when it goes to none.
  size_t terminal_columns() const;
  // The reader went away (`pulih ls … | head`): nothing to complain about.
  bool reader_left() const;
  const std::string& text() const { return buffer_; }

 private:
  void Drain();

  std::FILE* file_;
  std::string buffer_;
  int error_ = 0;
};

}  // namespace pulih

#include "tools/context.h"

#include <algorithm>
#include <cstdio>

#include "tools/escape.h"

namespace pulih {

void Context::Warn(const std::string& text) {
  if (std::find(warnings.begin(), warnings.end(), text) != warnings.end()) return;
  if (!global.quiet) std::fprintf(stderr, "pulih: warning: %s\n", EscapeText(text).c_str());
  warnings.push_back(text);
}

void Context::Note(std::string_view text) const {
  if (global.verbose) std::fprintf(stderr, "pulih: %s\n", EscapeText(text).c_str());
}

void PrintError(const Status& status) {
  std::fprintf(stderr, "pulih: %s\n", EscapeText(status.message()).c_str());
  if (!status.hint().empty()) std::fprintf(stderr, "hint: %s\n", EscapeText(status.hint()).c_str());
}

}  // namespace pulih

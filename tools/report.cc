#include "tools/report.h"

#include <algorithm>
#include <cstdio>

#include "tools/escape.h"
#include "tools/render.h"

namespace pulih {

void PrintProblems(const Context& context, std::string_view what, const std::vector<std::string>& lines, uint64_t count) {
  if (count == 0) return;
  std::fprintf(stderr, "pulih: %s %s:\n", CountOf(count, "entry").c_str(), std::string(what).c_str());
  const size_t shown = context.global.verbose ? lines.size() : std::min(lines.size(), kListedProblems);
  for (size_t i = 0; i < shown; ++i) std::fprintf(stderr, "  %s\n", EscapeText(lines[i]).c_str());
  if (count > shown) {
    const bool more_is_known = !context.global.verbose && lines.size() > shown;
    std::fprintf(stderr, "  … and %s more%s\n", CountText(count - shown).c_str(), more_is_known ? " (--verbose lists them)" : "");
  }
}

}  // namespace pulih

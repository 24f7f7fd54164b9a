#include "tools/backup_place.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <string_view>

namespace pulih {

std::string ThisHost() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

Status ExcludeRepository(const std::string& repository, ExcludeRules& rules) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(repository, ignored).lexically_normal();
  for (const auto& path : {absolute, std::filesystem::weakly_canonical(absolute, ignored)}) {
    std::string pattern;
    for (const char c : path.string()) {
      if (std::string_view("\\*?[]!").find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
    if (!pattern.ends_with('/')) pattern += '/';
    if (pattern.size() > 1) PULIH_TRY(rules.Add(pattern));
  }
  return OkStatus();
}

}  // namespace pulih

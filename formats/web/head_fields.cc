#include "formats/web/head_fields.h"

#include <algorithm>
#include <cctype>

namespace pulih::web {
namespace {

std::string_view Trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") + 1 - from);
}

}  // namespace

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view HeadFields::Find(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

HeadFields ReadHeadFields(std::string_view text) {
  text = text.substr(0, kMostHead);
  HeadFields head;
  while (head.size < text.size() && head.fields.size() < kMostHeadFields) {
    const size_t newline = text.find('\n', head.size);
    if (newline == std::string_view::npos) return head;
    std::string_view line = text.substr(head.size, newline - head.size);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) {
      head.size = newline + 1;
      head.ended = true;
      return head;
    }
    const size_t colon = line.find(':');
    if (line[0] == ' ' || line[0] == '\t') {
      if (head.fields.empty()) return head;
      head.fields.back().second.append(" ").append(Trim(line));
    } else if (colon == 0 || colon == std::string_view::npos) {
      return head;
    } else {
      head.fields.emplace_back(LowerCase(Trim(line.substr(0, colon))), std::string(Trim(line.substr(colon + 1))));
    }
    head.size = newline + 1;
  }
  return head;
}

std::string Parameter(std::string_view value, std::string_view name) {
  for (size_t at = value.find(';'); at != std::string_view::npos; at = value.find(';', at)) {
    ++at;
    const size_t equals = value.find('=', at);
    if (equals == std::string_view::npos) return {};
    if (LowerCase(Trim(value.substr(at, equals - at))) != name) continue;
    std::string_view rest = Trim(value.substr(equals + 1));
    if (!rest.empty() && rest[0] == '"') return std::string(rest.substr(1, rest.find('"', 1) == std::string_view::npos ? rest.size() : rest.find('"', 1) - 1));
    return std::string(Trim(rest.substr(0, rest.find(';'))));
  }
  return {};
}

std::string BaseValue(std::string_view value) { return LowerCase(Trim(value.substr(0, value.find(';')))); }

}  // namespace pulih::web

// Matching is done on two levels, each a glob with one kind of star: components of a path under `**`, bytes
// of a component under `*`. On each level a mismatch goes back to the last star only, which is enough (what an
// earlier star could still take, the last one can take as well) and keeps hostile patterns from costing more
// than pattern × text.
#include "engine/source/exclude.h"

#include <algorithm>
#include <optional>

namespace pulih {

namespace {

constexpr size_t kNone = std::string_view::npos;

// A set "[…]" that starts at pattern[at]; `end` is behind its ']'.
struct Set {
  bool matches = false;
  size_t end = 0;
};

// Nothing when the set has no end. A ']' right after the start is a member, and so is a '-' at either edge.
std::optional<Set> MatchSet(std::string_view pattern, size_t at, unsigned char byte) {
  size_t i = at + 1;
  const bool negated = i < pattern.size() && pattern[i] == '!';
  if (negated) ++i;
  bool found = false;
  const auto take = [&]() -> std::optional<unsigned char> {
    if (i < pattern.size() && pattern[i] == '\\') ++i;
    if (i >= pattern.size()) return std::nullopt;
    return static_cast<unsigned char>(pattern[i++]);
  };
  for (bool first = true;; first = false) {
    if (i >= pattern.size()) return std::nullopt;
    if (pattern[i] == ']' && !first) return Set{found != negated, i + 1};
    const auto low = take();
    if (!low) return std::nullopt;
    auto high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = take();
      if (!high) return std::nullopt;
    }
    found = found || (*low <= byte && byte <= *high);
  }
}

// One step other than a star: how far `pattern` moves on when it takes `byte`, 0 when it does not.
size_t StepOver(std::string_view pattern, size_t at, char byte) {
  switch (pattern[at]) {
    case '?': return 1;
    case '[':
      if (const auto set = MatchSet(pattern, at, static_cast<unsigned char>(byte))) return set->matches ? set->end - at : 0;
      return byte == '[' ? 1 : 0;  // never closed: a byte like any other
    case '\\':
      if (at + 1 < pattern.size()) return pattern[at + 1] == byte ? 2 : 0;
      return byte == '\\' ? 1 : 0;
    default: return pattern[at] == byte ? 1 : 0;
  }
}

// Both without '/'.
bool ComponentMatches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = kNone, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (const size_t step = p < pattern.size() ? StepOver(pattern, p, text[t]) : 0; step != 0) {
      p += step;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// The component that starts at `at`, and in `next` where the following one starts: kNone at the end.
std::string_view Component(std::string_view path, size_t at, size_t& next) {
  const size_t slash = path.find('/', at);
  next = slash == kNone ? kNone : slash + 1;
  return path.substr(at, slash == kNone ? kNone : slash - at);
}

bool SetsAreClosed(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '[') {
      // A set cannot reach over a '/'.
      const auto set = MatchSet(pattern.substr(0, pattern.find('/', i)), i, 0);
      if (!set) return false;
      i = set->end - 1;
    }
  }
  return true;
}

// One '/' where there were several; "\/" is a '/' as it is.
std::string WithSingleSlashes(std::string_view pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      if (pattern[i + 1] == '/') continue;
      out += pattern[i++];
      out += pattern[i];
    } else if (pattern[i] != '/' || out.empty() || out.back() != '/') {
      out += pattern[i];
    }
  }
  return out;
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;                // kNone behind the last component
  size_t star = kNone, star_text = 0;  // the components behind the last "**", and where they were tried last
  while (t != kNone) {
    size_t next_p = kNone, next_t = kNone;
    const std::string_view component = Component(text, t, next_t);
    const std::string_view wanted = p == kNone ? std::string_view() : Component(pattern, p, next_p);
    if (p != kNone && wanted == "**") {
      if (next_p == kNone) return true;  // at the end it takes what is left, one component or more
      star = p = next_p;
      star_text = t;
    } else if (p != kNone && ComponentMatches(wanted, component)) {
      p = next_p;
      t = next_t;
    } else if (star != kNone) {
      Component(text, star_text, next_t);
      p = star;
      t = star_text = next_t;
    } else {
      return false;
    }
  }
  return p == kNone;
}

Status ExcludeRules::Add(std::string_view pattern) {
  const auto refuse = [&](std::string_view why) {
    return Status(Code::invalid, "read exclude pattern: " + std::string(pattern) + ": " + std::string(why));
  };
  Rule rule;
  rule.negated = pattern.starts_with('!');
  rule.pattern = WithSingleSlashes(pattern.substr(rule.negated ? 1 : 0));
  rule.directories_only = rule.pattern.ends_with('/');
  if (rule.directories_only) rule.pattern.pop_back();
  rule.anchored = rule.pattern.starts_with('/');
  if (rule.anchored) rule.pattern.erase(0, 1);
  if (rule.pattern.empty()) return refuse("it is empty");
  if (!SetsAreClosed(rule.pattern)) return refuse("a set is not closed");
  rule.whole_path = rule.anchored || rule.pattern.find('/') != std::string::npos;
  // The end of a path by whole components is any run of components before it.
  if (rule.whole_path && !rule.anchored) rule.pattern.insert(0, "**/");
  rules_.push_back(std::move(rule));
  return OkStatus();
}

Status ExcludeRules::AddLines(std::string_view text, std::string_view file_name) {
  size_t number = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = text.substr(start, end - start);
    start = end + 1;
    ++number;
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    // A blank behind a backslash was meant.
    while (!line.empty() && is_blank(line.back()) && !(line.size() > 1 && line[line.size() - 2] == '\\')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    PULIH_TRY(Add(line).Within(std::string(file_name) + ":" + std::to_string(number)));
  }
  return OkStatus();
}

bool ExcludeRules::Excludes(std::string_view path, bool is_directory) const {
  if (path.starts_with('/')) path.remove_prefix(1);
  const std::string_view name = path.substr(path.rfind('/') + 1);  // the whole path when there is no '/'
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->directories_only && !is_directory) continue;
    const bool matches = rule->whole_path ? GlobMatch(rule->pattern, path) : GlobMatch(rule->pattern, name);
    if (matches) return !rule->negated;
  }
  return false;
}

}  // namespace pulih

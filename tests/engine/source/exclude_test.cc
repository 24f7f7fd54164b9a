#include "engine/source/exclude.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace pulih {

namespace {

struct GlobCase {
  const char* pattern;
  const char* text;
  bool matches;
};

const GlobCase kGlobCases[] = {
    {"a", "a", true}, {"a", "b", false}, {"a", "aa", false}, {"", "", true}, {"", "a", false}, {"a", "", false},
    // One star stays in its component.
    {"*", "", true}, {"*", "abc", true}, {"*", "a/b", false}, {"*.tmp", "x.tmp", true}, {"*.tmp", ".tmp", true},
    {"*.tmp", "x.tmpx", false}, {"a*", "a", true}, {"a*b*c", "aXbYc", true}, {"a*b*c", "abbc", true},
    {"a*b*c", "acb", false}, {"a/*", "a/b", true}, {"a/*", "a/b/c", false}, {"*/c", "a/b/c", false},
    {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    // One byte.
    {"?", "a", true}, {"?", "", false}, {"?", "/", false}, {"a?c", "abc", true}, {"a?c", "a/c", false}, {"??", "\xc3\xa9", true},
    // Sets.
    {"[abc]", "b", true}, {"[abc]", "d", false}, {"[a-c]x", "bx", true}, {"[a-c]", "d", false}, {"[!a-c]", "d", true},
    {"[!a-c]", "b", false}, {"[]]", "]", true}, {"[!]]", "]", false}, {"[!]]", "a", true}, {"[a-]", "-", true},
    {"[-a]", "-", true}, {"[\\]]", "]", true}, {"[\\!a]", "!", true}, {"[a\\-c]", "b", false}, {"[a\\-c]", "-", true},
    {"[!a]", "/", false}, {"a[!b]c", "a/c", false}, {"[\x80-\xff]", "\xe9", true}, {"[a-c][x-z]", "by", true},
    {"[abc", "[abc", true}, {"[abc", "a", false},
    // Runs of components.
    {"**", "a", true}, {"**", "a/b/c", true}, {"**/c", "c", true}, {"**/c", "a/b/c", true}, {"**/c", "a/b/cc", false},
    {"a/**", "a/b", true}, {"a/**", "a/b/c", true}, {"a/**", "a", false}, {"a/**/z", "a/z", true},
    {"a/**/z", "a/b/c/z", true}, {"a/**/z", "a/b/c", false}, {"**/b/**/d", "a/b/c/b/d", true},
    {"**/b/**/d", "a/b/c/x", false}, {"a**b", "axxb", true}, {"a**b", "ax/xb", false}, {"**/**", "a", true},
    {"**/a/*/b", "a/a/x/b", true}, {"**/a/b/a/c", "a/b/a/b/a/c", true},
    // The next byte as it is.
    {"\\*", "*", true}, {"\\*", "a", false}, {"\\?", "?", true}, {"\\[a]", "[a]", true}, {"\\\\", "\\", true},
    {"a\\", "a\\", true}, {"\\a", "a", true},
    // Bytes.
    {"a\nb", "a\nb", true}, {"*", "\xff\xfe\n", true}, {"-*", "-rf", true},
};

// The same answer by trying everything.
bool SlowSet(std::string_view pattern, size_t& end, unsigned char byte, bool& closed) {
  bool members[256] = {};
  size_t i = 1;
  const bool negated = i < pattern.size() && pattern[i] == '!';
  if (negated) ++i;
  const size_t first = i;
  for (closed = false; i < pattern.size(); ) {
    if (pattern[i] == ']' && i != first) { closed = true; break; }
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      for (int b = static_cast<unsigned char>(pattern[i]); b <= static_cast<unsigned char>(pattern[i + 2]); ++b) members[b] = true;
      i += 3;
    } else {
      members[static_cast<unsigned char>(pattern[i++])] = true;
    }
  }
  end = i + 1;
  return members[byte] != negated;
}

bool SlowBytes(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (size_t n = 0; n <= text.size(); ++n) {
      if (SlowBytes(pattern.substr(1), text.substr(n))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0] == '?') return SlowBytes(pattern.substr(1), text.substr(1));
  if (pattern[0] == '[') {
    size_t end = 0;
    bool closed = false;
    const bool in = SlowSet(pattern, end, static_cast<unsigned char>(text[0]), closed);
    if (closed) return in && SlowBytes(pattern.substr(end), text.substr(1));
  }
  return pattern[0] == text[0] && SlowBytes(pattern.substr(1), text.substr(1));
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

bool SlowComponents(const std::vector<std::string_view>& pattern, size_t p, const std::vector<std::string_view>& text, size_t t) {
  if (p == pattern.size()) return t == text.size();
  if (pattern[p] == "**") {
    const size_t least = p + 1 == pattern.size() ? 1 : 0;
    for (size_t n = t + least; n <= text.size(); ++n) {
      if (SlowComponents(pattern, p + 1, text, n)) return true;
    }
    return false;
  }
  return t < text.size() && SlowBytes(pattern[p], text[t]) && SlowComponents(pattern, p + 1, text, t + 1);
}

struct ExcludeCase {
  const char* pattern;
  const char* path;
  bool is_directory;
  bool excluded;
};

const ExcludeCase kExcludeCases[] = {
    // A name at any depth.
    {"*.tmp", "/a/b/x.tmp", false, true}, {"*.tmp", "/x.tmp", false, true}, {"*.tmp", "/x.tmp/a", false, false},
    {"cache", "/home/cache", true, true}, {"cache", "/home/cache2", true, false}, {"cache", "/cache/x", false, false},
    {"a*c", "/x/abc", false, true}, {"?", "/x/y", false, true}, {".*", "/home/.ssh", true, true}, {"**", "/a/b", false, true},
    // The end of a path, by whole components.
    {"cache/thumbs", "/home/cache/thumbs", true, true}, {"cache/thumbs", "/home/mycache/thumbs", true, false},
    {"cache/thumbs", "/home/cache/x/thumbs", true, false}, {"cache/thumbs", "/cache/thumbs", true, true},
    {"cache/*", "/x/cache/y", false, true}, {"cache/*", "/x/cache", true, false}, {"a/**/b", "/x/a/1/2/b", false, true},
    {"cache/**", "/x/cache/1/2", false, true}, {"**/b", "/a/b", false, true},
    // The whole path.
    {"/var/cache/*", "/var/cache/apt", true, true}, {"/var/cache/*", "/x/var/cache/apt", true, false},
    {"/var/cache", "/var/cache", true, true}, {"/var", "/var", true, true}, {"/var", "/x/var", true, false},
    {"/*", "/a", true, true}, {"/*", "/a/b", true, false}, {"/**/x", "/a/b/x", false, true}, {"/**", "/a", true, true},
    {"//var///cache", "/var/cache", true, true}, {"\\/var", "/var", true, true},
    // Folders only.
    {"build/", "/src/build", true, true}, {"build/", "/src/build", false, false}, {"/src/build/", "/src/build", true, true},
    {"a/b/", "/x/a/b", true, true}, {"a/b/", "/x/a/b", false, false}, {"build//", "/src/build", true, true},
    {"**/", "/a/b", true, true}, {"**/", "/a/b", false, false},
    // Stored form works as well, and bytes are only bytes.
    {"/var", "var", true, true}, {"\xff*", "/a/\xff\xfe", false, true}, {"a b", "/x/a b", false, true},
    {"\\!x", "/a/!x", false, true}, {"\\#x", "/a/#x", false, true}, {"*\n*", "/a/b\nc", false, true},
};

}  // namespace

TEST_CASE("a glob matches as its grammar says") {
  for (const GlobCase& c : kGlobCases) {
    INFO("pattern " << c.pattern << " text " << c.text);
    CHECK(GlobMatch(c.pattern, c.text) == c.matches);
  }
}

TEST_CASE("a glob agrees with a slow matcher on random patterns") {
  std::mt19937 random(20140101);
  const std::string pattern_bytes = "ab*?/[]!-", text_bytes = "ab/b-";
  const auto draw = [&](const std::string& bytes, size_t most) {
    std::string out;
    for (size_t n = random() % (most + 1); n > 0; --n) out += bytes[random() % bytes.size()];
    return out;
  };
  size_t matched = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string pattern = draw(pattern_bytes, 8);
    if (random() % 3 == 0) pattern.insert(0, "**/");
    if (random() % 3 == 0) pattern += "/**/a";
    const std::string text = draw(text_bytes, 8);
    const bool expected = SlowComponents(Split(pattern), 0, Split(text), 0);
    matched += expected;
    if (GlobMatch(pattern, text) != expected) FAIL_CHECK("pattern " << pattern << " text " << text);
  }
  CHECK(matched > 1000);
}

TEST_CASE("an exclude pattern matches as its form says") {
  for (const ExcludeCase& c : kExcludeCases) {
    INFO("pattern " << c.pattern << " path " << c.path << (c.is_directory ? " (folder)" : ""));
    ExcludeRules rules;
    REQUIRE(rules.Add(c.pattern).ok());
    CHECK(rules.Excludes(c.path, c.is_directory) == c.excluded);
  }
}

TEST_CASE("the last pattern that matches decides") {
  ExcludeRules rules;
  REQUIRE(rules.empty());
  REQUIRE(rules.Add("*.log").ok());
  REQUIRE(rules.Add("!important.log").ok());
  REQUIRE(rules.Add("/tmp/important.log").ok());
  REQUIRE(!rules.empty());
  CHECK(rules.Excludes("/var/a.log", false));
  CHECK_FALSE(rules.Excludes("/var/important.log", false));
  CHECK(rules.Excludes("/tmp/important.log", false));
  CHECK_FALSE(rules.Excludes("/var/a.txt", false));
}

TEST_CASE("an exclude pattern that means nothing is refused by name") {
  ExcludeRules rules;
  for (const char* pattern : {"", "!", "/", "//", "!/", "a[bc", "x/[a", "[", "[!", "[]", "[a/b]", "[a\\", "!a["}) {
    INFO(pattern);
    const Status status = rules.Add(pattern);
    CHECK(status.code() == Code::invalid);
    CHECK(status.message().find(pattern) != std::string::npos);
  }
  CHECK(rules.empty());
}

TEST_CASE("a file of exclude patterns may hold comments, blanks and either line end") {
  ExcludeRules rules;
  REQUIRE(rules.AddLines("# comment\n\n   \n*.tmp  \t\r\nblank\\ \n/last", "rules.txt").ok());
  CHECK(rules.Excludes("/a/x.tmp", false));
  CHECK(rules.Excludes("/a/blank ", false));
  CHECK_FALSE(rules.Excludes("/a/blank", false));
  CHECK(rules.Excludes("/last", false));
  CHECK_FALSE(rules.Excludes("/a/# comment", false));

  const Status bad = rules.AddLines("ok\n\n[x\n", "rules.txt");
  CHECK(bad.code() == Code::invalid);
  CHECK(bad.message().find("rules.txt:3") != std::string::npos);
}

}  // namespace pulih

// Which paths of a tree are left out: patterns as restic and gitignore users know them.
//
//   pattern without '/'        matches a name at any depth:            *.tmp
//   pattern with '/'           matches the end of a path, by whole components: cache/thumbs; with a leading '/'
//                              the whole absolute path:                /var/cache/*
//   pattern ending in '/'      folders only
//   *  any run without '/'     ?  one byte other than '/'     [a-z] [!a-z]  a set     **  any run of components
//   \  the next byte as it is  a leading '!' takes back what an earlier pattern excluded
// The last pattern that matches decides. What lies below an excluded folder is never visited, so '!' cannot
// bring it back. Bytes, not characters: names need not be UTF-8.
//
// Pure. Thread-safe once built.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace pulih {

// One glob over a whole string, '/' being special as above: also used by `find`.
bool GlobMatch(std::string_view pattern, std::string_view text);

class ExcludeRules {
 public:
  // `invalid`, naming the pattern, for an unclosed set or an empty pattern.
  Status Add(std::string_view pattern);
  // Lines of a file: blank ones and those that start with '#' are skipped; trailing blanks are cut.
  Status AddLines(std::string_view text, std::string_view file_name);
  bool empty() const { return rules_.empty(); }
  // `path` is absolute, without a slash at its end.
  bool Excludes(std::string_view path, bool is_directory) const;

 private:
  struct Rule {
    std::string pattern;
    bool anchored = false, directories_only = false, negated = false, whole_path = false;
  };
  std::vector<Rule> rules_;
};

}  // namespace pulih

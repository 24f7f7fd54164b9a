#include "engine/source/tree_source.h"

#include <algorithm>

#include "engine/source/tree_walk.h"

namespace pulih {

namespace {

// '/' counts as the smallest byte, so that all that is below a folder follows it at once.
bool BeforeInMapOrder(const std::string& a, const std::string& b) {
  const auto weight = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return weight(x) < weight(y); });
}

bool IsInside(const std::string& path, const std::string& folder) {
  if (folder.empty() || path == folder) return true;
  return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
}

}  // namespace

std::string StoredPath(std::string_view path, std::string_view working_directory) {
  std::string whole;
  if (!path.starts_with('/')) whole.append(working_directory).append("/");
  whole.append(path);
  std::string stored;
  for (size_t start = 0; start < whole.size();) {
    const size_t end = std::min(whole.find('/', start), whole.size());
    const std::string_view component = std::string_view(whole).substr(start, end - start);
    start = end + 1;
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      const size_t slash = stored.rfind('/');
      stored.resize(slash == std::string::npos ? 0 : slash);
      continue;
    }
    if (!stored.empty()) stored += '/';
    stored += component;
  }
  return stored;
}

TreeSource::TreeSource(TreeOptions options) : options_(std::move(options)) {}

Status TreeSource::Walk(const std::string& working_directory, TreeVisitor& visitor) {
  std::vector<std::string> roots;
  for (const std::string& root : options_.roots) {
    if (root.empty()) return Status(Code::invalid, "read tree: a path is empty");
    if (root.find('\0') != std::string::npos) return Status(Code::invalid, "read tree: a path holds a zero byte");
    roots.push_back(StoredPath(root, working_directory));
  }
  std::sort(roots.begin(), roots.end(), BeforeInMapOrder);
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  TreeWalk walk(options_, visitor);
  for (size_t i = 0; i < roots.size();) {
    size_t end = i + 1;
    while (end < roots.size() && IsInside(roots[end], roots[i])) ++end;  // these come with the outer one
    PULIH_TRY(walk.Root(roots[i], {roots.begin() + static_cast<ptrdiff_t>(i) + 1, roots.begin() + static_cast<ptrdiff_t>(end)}));
    i = end;
  }
  return OkStatus();
}

}  // namespace pulih

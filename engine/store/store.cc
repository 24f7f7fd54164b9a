#include "engine/store/store.h"

#include <algorithm>

namespace pulih {

namespace {

constexpr size_t kMaxComponents = 4;
constexpr size_t kMaxComponentSize = 120;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// No leading dot: it keeps out ".", ".." and what file systems hide (".nfs…", ".snapshot").
bool IsValidComponent(std::string_view component) {
  return !component.empty() && component.size() <= kMaxComponentSize && component.front() != '.' &&
         std::all_of(component.begin(), component.end(), IsNameCharacter);
}

}  // namespace

bool IsValidBlobName(const std::string& name) {
  std::string_view rest = name;
  for (size_t count = 1; count <= kMaxComponents; ++count) {
    const size_t slash = rest.find('/');
    const std::string_view component = rest.substr(0, slash);
    if (!IsValidComponent(component)) return false;
    if (count == 1 && component == "tmp") return false;
    if (slash == std::string_view::npos) return true;
    rest.remove_prefix(slash + 1);
  }
  return false;
}

Result<Bytes> GetWhole(Store& store, const std::string& name, uint64_t limit) {
  PULIH_TRY_ASSIGN(const uint64_t size, store.Size(name));
  if (size > limit || size > UINT32_MAX) {
    return Status(Code::too_large, "read blob: " + name + ": " + std::to_string(size) + " bytes, at most " +
                                       std::to_string(std::min<uint64_t>(limit, UINT32_MAX)) + " are expected");
  }
  return store.Get(name, 0, static_cast<uint32_t>(size));
}

}  // namespace pulih

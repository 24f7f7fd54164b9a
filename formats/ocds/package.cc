#include "formats/ocds/package.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pulih::ocds {
namespace {

// A record in a package in an array.
constexpr int kMaxPackageDepth = 2;

bool IsLink(const Json& value) { return value.Find("url") != nullptr && value.Find("ocid") == nullptr; }

Json WithoutReleases(const Json& record) {
  Json::Object left;
  for (const JsonMember& member : *record.object()) {
    if (member.key != "releases" || member.value.array() == nullptr) {
      left.push_back(member);
      continue;
    }
    Json::Array links;
    std::copy_if(member.value.array()->begin(), member.value.array()->end(), std::back_inserter(links), IsLink);
    if (!links.empty()) left.push_back({member.key, Json(std::move(links))});
  }
  return Json(std::move(left));
}

Status Take(const Json& value, const PackageTaker& take, int depth) {
  if (IsLink(value)) return OkStatus();
  const bool is_record = IsRecord(value);
  bool is_package = false;
  for (const std::string& member : PackageMembers()) {
    const Json* inner = value.Find(member);
    if (inner == nullptr || inner->array() == nullptr || depth > kMaxPackageDepth) continue;
    is_package = !is_record;
    for (const Json& item : *inner->array()) PULIH_TRY(Take(item, take, depth + 1));
  }
  if (is_record) return take.record(WithoutReleases(value));
  return is_package ? OkStatus() : take.release(value);
}

}  // namespace

const std::vector<std::string>& PackageMembers() {
  static const std::vector<std::string> members = {"releases", "records"};
  return members;
}

const std::string* TextOf(const Json& value, std::string_view key) {
  const Json* found = value.Find(key);
  return found == nullptr ? nullptr : found->string();
}

bool IsRecord(const Json& value) {
  if (TextOf(value, "ocid") == nullptr) return false;
  return value.Find("releases") != nullptr || value.Find("compiledRelease") != nullptr || value.Find("versionedRelease") != nullptr;
}

bool IsRelease(const Json& value) {
  return TextOf(value, "ocid") != nullptr && (value.Find("tag") != nullptr || value.Find("date") != nullptr) && !IsRecord(value);
}

bool IsCompiled(const Json& release) {
  const Json* tag = release.Find("tag");
  if (tag == nullptr || tag->array() == nullptr) return false;
  return std::any_of(tag->array()->begin(), tag->array()->end(), [](const Json& word) { return word == Json("compiled"); });
}

Status TakePackage(const Json& value, const PackageTaker& take) { return Take(value, take, 0); }

Status TakeFrame(const Json& value, const PackageTaker& take) {
  if (IsRecord(value)) return take.record(WithoutReleases(value));
  return IsRelease(value) ? take.release(value) : OkStatus();
}

}  // namespace pulih::ocds

// What stands in OCDS files: releases, records (the releases of one contracting process together, with what their
// publisher merged), and packages of either. Tells them apart and takes them apart.
//
// Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "formats/text/json.h"

namespace pulih::ocds {

// The members of a package and of a record that hold others: "releases", "records".
const std::vector<std::string>& PackageMembers();

bool IsRelease(const Json& value);
bool IsRecord(const Json& value);
// A release that a publisher merged from others: its tag says "compiled".
bool IsCompiled(const Json& release);

struct PackageTaker {
  std::function<Status(const Json& release)> release;  // also what is odd, and neither package nor record
  std::function<Status(const Json& record)> record;    // what is left of it: links, and what its publisher merged
};
// Hands over what is in a release, a record or a package; a record behind its releases. Of a release that is only
// named by a link there is nothing to hand over.
Status TakePackage(const Json& value, const PackageTaker& take);
// The same for an object whose arrays of PackageMembers were cut out and handed over before.
Status TakeFrame(const Json& value, const PackageTaker& take);

// A member that is a text; nullptr for any other.
const std::string* TextOf(const Json& value, std::string_view key);

}  // namespace pulih::ocds

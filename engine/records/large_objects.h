// Large objects go into a snapshot as rows of a table that PostgreSQL does not have in this shape: pg_catalog.
// pg_largeobject with loid, owner, acl, comment and data (all of it). This makes them anew in a target.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/records/table_reader.h"
#include "engine/source/pg_client.h"

namespace pulih {

bool IsLargeObjects(const TableDescriptor& table);

// One item of an access list as its `out` function writes it: grantee=privileges/grantor.
struct AclItem {
  std::string grantee;     // empty: PUBLIC
  std::string privileges;  // a letter each, '*' behind one that may be passed on
  bool operator==(const AclItem&) const = default;
};
// The text of an aclitem[]; `corrupt` for what is none. Pure.
Result<std::vector<AclItem>> ParseAcl(std::string_view text);

struct LargeObjectsOptions {
  bool with_owner = true, with_privileges = true;
};
struct LargeObjectsReport {
  uint64_t objects = 0, bytes = 0;
  std::vector<std::string> damaged, warnings;
};
// `stop` is asked between pieces.
Status RestoreLargeObjects(PgClient& client, const TableReader& table, const LargeObjectsOptions& options,
                           const std::function<bool()>& stop, LargeObjectsReport& report);

}  // namespace pulih

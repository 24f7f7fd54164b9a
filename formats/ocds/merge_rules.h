// Where in a release the merge does not go by the common rule: fields that a merged release does not have, and arrays
// that are replaced whole. The schema of the data says so (release-schema.json of any version and with any extensions);
// where it does not come with the data, a table of OCDS 1.1 (and of 1.0) stands in.
//
// A value; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "formats/text/json.h"

namespace pulih::ocds {

enum class MergeRule : uint8_t {
  usual,    // objects member by member, arrays of objects by their `id`, all else: the newer replaces the older
  omit,     // not in a merged release
  replace,  // the newer replaces the older whole
};

class MergeRules {
 public:
  // Reads omitWhenMerged, wholeListMerge and arrays whose items have no `id` (1.1), mergeStrategy ocdsOmit and
  // ocdsVersion (1.0). `invalid` when this is no schema: references that lead nowhere or in circles.
  static Result<MergeRules> FromSchema(const Json& schema);
  static MergeRules Ocds11();
  static MergeRules Ocds10();

  // `path` is "/tender/items/unit": member names, arrays leave no trace.
  MergeRule At(std::string_view path) const;

 private:
  // Stands for a path that ends with these names, wherever it begins.
  struct Ending {
    std::string names;
    MergeRule rule;
  };
  std::unordered_map<std::string, MergeRule> exact_;
  std::vector<Ending> endings_;
};

}  // namespace pulih::ocds

// OCDS merging: refused or done, in both ways alike; what is merged can be merged again.
#include "formats/ocds/merge.h"

#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const Result<Json> releases = ReadJson(AsText({data, size}));
  if (!releases.ok() || releases->array() == nullptr) return 0;
  const ocds::MergeRules rules = ocds::MergeRules::Ocds11();
  const Result<Json> compiled = ocds::CompiledRelease(*releases->array(), rules);
  const Result<Json> versioned = ocds::VersionedRelease(*releases->array(), rules);
  if (compiled.ok() != versioned.ok()) std::abort();
  if (!compiled.ok()) return 0;
  ++accepted_inputs;
  // A compiled release merged alone is itself but for its id: nothing in it is null or empty that a merge would drop.
  const Result<Json> again = ocds::CompiledRelease({*compiled}, rules);
  if (!again.ok() || again->object()->size() != compiled->object()->size()) std::abort();
  return 0;
}

// Tar: whatever the bytes, members and damaged stretches lie inside them, in order, and do not overlap.
#include "formats/archive/tar.h"

#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const TarList list = ListTar({data, size}, 1000);
  uint64_t at = 0;
  for (const TarMember& member : list.members) {
    if (member.header < at || member.begin < member.header + kTarBlock || member.size > member.stated_size) std::abort();
    at = member.begin + member.size;
    if (at > size) std::abort();
  }
  at = 0;
  for (const TarStretch& stretch : list.damaged) {
    if (stretch.begin < at || stretch.size == 0) std::abort();
    at = stretch.begin + stretch.size;
    if (at > size) std::abort();
  }
  accepted_inputs += !list.members.empty() && list.damaged.empty();
  return 0;
}

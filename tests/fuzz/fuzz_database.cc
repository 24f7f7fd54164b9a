#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return pulih::RequireIdentity(data, size, pulih::ReencodeDatabase);
}
